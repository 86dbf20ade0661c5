//! What the shop's people do: in a chat of their own with the bot, or, where the service has an inbox, in the customer's.

use super::Channel;
use super::phone::{PAGE, PROFESSIONAL, WHO};
use crate::World;
use crate::customer::MANAGER;
use kamurj_sandbox::graph::Act;
use kamurj_sandbox::whatsapp;

/// The manager's number at WhatsApp.
pub(super) const MANAGER_PHONE: &str = "37491999999";

impl World {
    /// A manager writes a command where it is written in this channel.
    pub async fn manager_asks(&mut self, channel: Channel, words: &str) {
        match channel {
            Channel::Telegram => {
                self.sandbox.telegram.say(MANAGER, words, None).expect("the chat takes it");
            }
            Channel::WhatsApp => {
                self.sandbox.whatsapp.say(MANAGER_PHONE, words).expect("the chat takes it");
            }
            Channel::Messenger => {
                let act = Act::Staff { text: words.to_owned() };
                self.sandbox.messenger.act(PAGE, WHO, act).expect("the inbox takes it");
            }
            Channel::Instagram => {
                let act = Act::Staff { text: words.to_owned() };
                self.sandbox.instagram.act(PROFESSIONAL, WHO, act).expect("the inbox takes it");
            }
        }
        self.settles().await;
    }

    /// The link that came of it: the manager's to forward, or in the customer's chat already.
    pub fn link_for_manager(&self, channel: Channel) -> String {
        match channel {
            Channel::Telegram => self.link(MANAGER).expect("the manager gets a link"),
            Channel::WhatsApp => {
                let people = self.sandbox.whatsapp.view().people;
                let manager = people.into_iter().find(|person| person.phone == MANAGER_PHONE).expect("a manager");
                let sent = manager.messages.into_iter().filter(|message| message.from == whatsapp::Side::Business);
                sent.flat_map(|message| message.buttons).filter_map(|button| button.url).next_back().expect("a link")
            }
            Channel::Messenger | Channel::Instagram => self.pay_link(channel),
        }
    }
}
