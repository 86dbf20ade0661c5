//! What the customer does on the phone and sees there.

use super::Channel;
use crate::World;
use crate::customer::CUSTOMER;
use kamurj_sandbox::graph::{Act, Chats};
use kamurj_sandbox::{telegram, whatsapp};

/// The customer's number at WhatsApp.
pub const PHONE: &str = "37491112233";
/// The customer's name at Meta's doubles.
pub(super) const WHO: &str = "ani";
/// The page of the stories.
pub(super) const PAGE: &str = "110000000000001";
/// The Instagram account of the stories.
pub(super) const PROFESSIONAL: &str = "17840000000000041";

/// A message that the shop sent and the customer sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bubble {
    /// What it says.
    pub text: String,
    /// What stands on its buttons, those that open pages among them.
    pub buttons: Vec<String>,
    /// Where its button leads.
    pub url: Option<String>,
    /// The template that it was made from.
    pub template: Option<String>,
}

fn graph(world: &World, channel: Channel) -> (&Chats, &'static str) {
    match channel {
        Channel::Messenger => (&world.sandbox.messenger, PAGE),
        _ => (&world.sandbox.instagram, PROFESSIONAL),
    }
}

impl World {
    /// The customer's id in this channel.
    pub fn conversation(&self, channel: Channel) -> String {
        match channel {
            Channel::Telegram => CUSTOMER.to_string(),
            Channel::WhatsApp => {
                let people = self.sandbox.whatsapp.view().people;
                people.into_iter().find(|person| person.phone == PHONE).expect("the customer wrote").user_id
            }
            Channel::Messenger => Chats::id_of(PAGE, WHO),
            Channel::Instagram => Chats::id_of(PROFESSIONAL, WHO),
        }
    }

    /// The customer writes, and nothing has come of it yet.
    pub fn writes(&self, channel: Channel, words: &str) {
        match channel {
            Channel::Telegram => {
                self.sandbox.telegram.say(CUSTOMER, words, None).expect("the chat takes it");
            }
            Channel::WhatsApp => {
                self.sandbox.whatsapp.say(PHONE, words).expect("the chat takes it");
            }
            Channel::Messenger | Channel::Instagram => {
                let (chats, account) = graph(self, channel);
                chats.say(account, WHO, words).expect("the chat takes it");
            }
        }
    }

    /// The customer writes.
    pub async fn says(&mut self, channel: Channel, words: &str) {
        self.writes(channel, words);
        self.settles().await;
    }

    /// The customer taps the newest button that begins with these words, and nothing has come of it yet.
    pub fn touches(&self, channel: Channel, words: &str) {
        let shown = self.bubbles(channel);
        let titles = shown.iter().rev().flat_map(|bubble| &bubble.buttons);
        let title = titles.into_iter().find(|title| title.starts_with(words));
        let title = title.unwrap_or_else(|| panic!("{channel:?}: no button `{words}` in {shown:#?}")).clone();
        match channel {
            Channel::Telegram => {
                self.sandbox.telegram.tap_title(CUSTOMER, &title).expect("the tap is taken");
            }
            Channel::WhatsApp => {
                self.sandbox.whatsapp.tap_title(PHONE, &title).expect("the tap is taken");
            }
            Channel::Messenger | Channel::Instagram => {
                let (chats, account) = graph(self, channel);
                chats.tap_title(account, WHO, &title).expect("the tap is taken");
            }
        }
    }

    /// The customer taps the newest button that begins with these words.
    pub async fn taps(&mut self, channel: Channel, words: &str) {
        self.touches(channel, words);
        self.settles().await;
    }

    /// The customer comes by a link that names a thing on sale, in the way that the service has for it.
    pub async fn comes_by(&mut self, channel: Channel, item: &str) {
        match channel {
            Channel::Telegram => {
                let link = format!("https://t.me/kamurj_sandbox_bot?start={item}");
                self.sandbox.telegram.follow(CUSTOMER, &link).expect("a link of the bot");
            }
            Channel::WhatsApp => {
                let link = format!("https://wa.me/37410000000?text=%23{item}");
                self.sandbox.whatsapp.follow(PHONE, &link).expect("a link of the number");
            }
            Channel::Messenger | Channel::Instagram => {
                let (chats, account) = graph(self, channel);
                chats.follow(account, WHO, item).expect("a link of the account");
            }
        }
        self.settles().await;
    }

    /// The customer blocks the shop, or lets it write again.
    pub async fn blocks(&mut self, channel: Channel, blocked: bool) {
        match channel {
            Channel::Telegram => self.sandbox.telegram.block(CUSTOMER, blocked).expect("a known chat"),
            Channel::WhatsApp => self.sandbox.whatsapp.block(PHONE, blocked).expect("a known chat"),
            Channel::Messenger | Channel::Instagram => {
                let (chats, account) = graph(self, channel);
                chats.act(account, WHO, Act::Block { blocked }).expect("a known chat");
            }
        }
        self.settles().await;
    }

    /// The shop's messages that the customer sees, the oldest first.
    pub fn bubbles(&self, channel: Channel) -> Vec<Bubble> {
        match channel {
            Channel::Telegram => self.telegram_bubbles(),
            Channel::WhatsApp => self.whatsapp_bubbles(),
            Channel::Messenger | Channel::Instagram => self.graph_bubbles(channel),
        }
    }

    /// The last of them.
    pub fn last_bubble(&self, channel: Channel) -> Bubble {
        self.bubbles(channel).pop().unwrap_or_else(|| panic!("{channel:?}: nothing was written to the customer"))
    }

    /// How many of them say this.
    pub fn said_in(&self, channel: Channel, words: &str) -> usize {
        self.bubbles(channel).iter().filter(|bubble| bubble.text.contains(words)).count()
    }

    /// The payment's page that the newest message with one leads to.
    pub fn pay_link(&self, channel: Channel) -> String {
        let shown = self.bubbles(channel);
        let url = shown.iter().rev().find_map(|bubble| bubble.url.clone());
        url.unwrap_or_else(|| panic!("{channel:?}: no link in {shown:#?}"))
    }

    fn telegram_bubbles(&self) -> Vec<Bubble> {
        let chats = self.sandbox.telegram.view().chats;
        let messages = chats.into_iter().filter(|chat| chat.id == CUSTOMER).flat_map(|chat| chat.messages);
        let bubble = |message: telegram::Message| {
            let buttons: Vec<_> = message.buttons.into_iter().flatten().collect();
            Bubble {
                text: message.text,
                url: buttons.iter().find_map(|button| button.url.clone()),
                buttons: buttons.into_iter().map(|button| button.text).collect(),
                template: None,
            }
        };
        messages.filter(|message| message.from == telegram::Side::Bot).map(bubble).collect()
    }

    fn whatsapp_bubbles(&self) -> Vec<Bubble> {
        let people = self.sandbox.whatsapp.view().people;
        let messages = people.into_iter().filter(|person| person.phone == PHONE).flat_map(|person| person.messages);
        let seen = |message: &whatsapp::Message| {
            let here = matches!(message.progress, whatsapp::Progress::Delivered | whatsapp::Progress::Read);
            message.from == whatsapp::Side::Business && here
        };
        let bubble = |message: whatsapp::Message| Bubble {
            text: [Some(message.text), message.footer].into_iter().flatten().collect::<Vec<_>>().join("\n"),
            url: message.buttons.iter().find_map(|button| button.url.clone()),
            buttons: message.buttons.into_iter().map(|button| button.text).collect(),
            template: message.template,
        };
        messages.filter(seen).map(bubble).collect()
    }

    fn graph_bubbles(&self, channel: Channel) -> Vec<Bubble> {
        let (chats, account) = graph(self, channel);
        let accounts = chats.view().accounts.into_iter().filter(|known| known.id == account);
        let people = accounts.flat_map(|account| account.people).filter(|person| person.who == WHO);
        let messages = people.flat_map(|person| person.messages);
        let bubble = |message: kamurj_sandbox::graph::Message| {
            let cards = message.cards.into_iter().flat_map(|card| card.buttons);
            let buttons: Vec<_> = message.buttons.into_iter().chain(cards).chain(message.quick_replies).collect();
            let in_text = message.text.split_whitespace().find(|word| word.starts_with("http")).map(str::to_owned);
            Bubble {
                url: buttons.iter().find_map(|button| button.url.clone()).or(in_text),
                text: message.text,
                buttons: buttons.into_iter().map(|button| button.title).collect(),
                template: message.template,
            }
        };
        messages.filter(|message| message.from == kamurj_sandbox::graph::Side::Account).map(bubble).collect()
    }
}
