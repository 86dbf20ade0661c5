//! Takes what happens in a chat: shows what is on sale, asks what a link wants to know, turns a choice or a manager's `/pay` into a
//! payment link. The host has verified, stored and deduplicated the event; should it come again all the same, the payment's key and the
//! record keep it to one payment and one link. It must not write down how a payment stands.

use kamurj_sdk::{Error, Host, Language, Outcome, plain};

use crate::catalogue::{self, Item};
use crate::dialogue::Dialogue;
use crate::event::{Event, Kind};
use crate::link::{self, Reader};
use crate::pay_command;
use crate::people;
use crate::sending::{self, Tag};
use crate::service::{Message, Purpose, Service};
use crate::settings::Settings;
use crate::texts;

/// Who was not heard for so long is greeted anew, milliseconds; where people of the shop write in the same chat.
const AWAY_MS: u64 = 12 * 60 * 60 * 1000;

/// Takes one event of a verified request, whose id is the owner.
pub fn handle<H: Host, S: Service>(
    host: &H,
    service: &S,
    settings: &Settings,
    owner: &str,
    event: &Event,
) -> Result<Outcome, Outcome> {
    match &event.kind {
        Kind::Other => return Ok(Outcome::done()),
        Kind::Reachable(reachable) => {
            people::set_reachable(host, &event.chat.id, *reachable);
            return Ok(Outcome::done());
        }
        // Customers write in private; of groups only the managers' own is heard.
        _ if event.from.is_bot || !(event.chat.private || settings.is_manager(&event.chat.id)) => {
            return Ok(Outcome::done());
        }
        _ => {}
    }
    let told = event.from.language.or_else(|| match &event.kind {
        Kind::Text(text) => texts::language_of(text),
        _ => None,
    });
    let remembered = people::language_of(host, &event.chat.id);
    let language = told.or(remembered).unwrap_or_else(|| settings.usual_language());
    let shop = Shop { host, service, settings, owner, event, language };
    if let Kind::Inbox(text) = &event.kind {
        return shop.inbox(text);
    }
    let before = people::heard(host, event, told);
    match &event.kind {
        Kind::Text(text) => shop.text(text, before),
        Kind::Press { press, data } => shop.press(press, data),
        Kind::Open(reference) => shop.open(reference),
        Kind::Inbox(_) | Kind::Reachable(_) | Kind::Other => Ok(Outcome::done()),
    }
}

/// What every answer needs.
pub(crate) struct Shop<'a, H, S> {
    pub(crate) host: &'a H,
    pub(crate) service: &'a S,
    pub(crate) settings: &'a Settings,
    pub(crate) owner: &'a str,
    pub(crate) event: &'a Event,
    pub(crate) language: Language,
}

impl<H: Host, S: Service> Shop<'_, H, S> {
    pub(crate) fn chat(&self) -> &str {
        &self.event.chat.id
    }

    fn is_manager(&self) -> bool {
        self.settings.is_manager(self.chat())
    }

    fn text(&self, text: &str, before: Option<u64>) -> Result<Outcome, Outcome> {
        let (command, arguments) = command(text);
        match (command.as_str(), self.is_manager()) {
            ("start", _) if !arguments.trim().is_empty() => return self.open(arguments.trim()),
            ("start" | "help" | "menu", _) => return self.greet(),
            ("cancel", _) => return self.give_up(),
            ("pay", true) => return self.pay(arguments, Reader::Manager),
            ("pay", false) => return self.say(&texts::not_a_manager(self.language, self.chat())),
            // A managers' group talks about other things too.
            _ if !self.event.chat.private => return Ok(Outcome::done()),
            _ => {}
        }
        if command.is_empty()
            && let Some(dialogue) = Dialogue::load(self.host, self.chat())
        {
            return self.answered(dialogue, |ask| Some(ask.typed(text)));
        }
        if let Some(item) = self.named_in(text)? {
            return self.choose(&item);
        }
        let away = before.is_none_or(|at| self.host.now_ms().saturating_sub(at) > AWAY_MS);
        match (self.is_manager(), self.service.kit().talkative) {
            (true, _) => self.say(texts::manager_usage(self.language)),
            _ if texts::asks_for_menu(text) => self.greet(),
            (false, true) => self.say(texts::hint(self.language)),
            (false, false) if away && !self.settings.catalogue.is_empty() => self.greet(),
            (false, false) => Ok(Outcome::done()),
        }
    }

    /// The thing on sale that a text such as `#cake` names.
    fn named_in(&self, text: &str) -> Result<Option<Item>, Outcome> {
        for word in text.split_whitespace().filter_map(|word| word.strip_prefix('#')) {
            if let Some(item) = catalogue::find(self.host, self.settings, word, self.language)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// A link led here: to the thing that it names, or to all of them.
    fn open(&self, reference: &str) -> Result<Outcome, Outcome> {
        let reference = reference.strip_prefix("item:").unwrap_or(reference);
        match catalogue::find(self.host, self.settings, reference, self.language)? {
            Some(item) => self.choose(&item),
            None => self.greet(),
        }
    }

    fn greet(&self) -> Result<Outcome, Outcome> {
        let items = catalogue::items(self.host, self.settings, self.language)?;
        let name = self.event.from.name.as_deref().unwrap_or_default();
        let mut text = texts::greeting(self.language, name, !items.is_empty());
        if self.is_manager() {
            text = format!("{text}\n\n{}", texts::manager_usage(self.language));
        } else if self.event.from.language.is_none() {
            text = format!("{text}\n\n{}", texts::other_languages(self.language));
        }
        self.show(&text, &items, 0, "greet")
    }

    fn show(&self, text: &str, items: &[Item], page: usize, step: &str) -> Result<Outcome, Outcome> {
        let choices = catalogue::page(self.host, items, page, self.service.kit().choices, self.language);
        self.send(&Message::choices(text, texts::on_sale(self.language), choices), step)
    }

    fn press(&self, press: &str, data: &str) -> Result<Outcome, Outcome> {
        if let Some(id) = data.strip_prefix("item:") {
            let item = catalogue::find(self.host, self.settings, id, self.language)?;
            let Some(item) = item else { return self.note(press, texts::item_gone(self.language)) };
            self.service.acknowledge(press, None);
            return self.choose(&item);
        }
        if let Some(page) = data.strip_prefix("page:").and_then(|page| page.parse().ok()) {
            self.service.acknowledge(press, None);
            let items = catalogue::items(self.host, self.settings, self.language)?;
            return self.show(texts::on_sale(self.language), &items, page, "page");
        }
        if let Some((token, what)) = data.strip_prefix("ask:").and_then(|rest| rest.split_once(':')) {
            let dialogue = Dialogue::load(self.host, self.chat());
            let current = dialogue
                .filter(|dialogue| dialogue.token(&dialogue.asked) == token || dialogue.heard == self.event.key);
            let Some(dialogue) = current else { return self.note(press, texts::outdated(self.language)) };
            self.service.acknowledge(press, None);
            return match what {
                "cancel" => self.give_up(),
                "skip" => self.skipped(dialogue),
                _ => self.answered(dialogue, |ask| {
                    what.parse::<usize>().ok().and_then(|index| Some(ask.options.get(index)?.0.clone()))
                }),
            };
        }
        match data.strip_prefix("renew:") {
            Some(payment) => self.renew(press, payment),
            None if data == "menu" => {
                self.service.acknowledge(press, None);
                self.greet()
            }
            None => self.note(press, texts::item_gone(self.language)),
        }
    }

    /// A manager's words for any amount: their own chat gets the link to forward, a customer's chat gets it for the customer.
    fn pay(&self, arguments: &str, reader: Reader) -> Result<Outcome, Outcome> {
        let command = match pay_command::parse(arguments) {
            Some(Ok(command)) => command,
            Some(Err(fault)) => return self.say(&texts::amount_fault(self.language, fault)),
            None => return self.say(texts::manager_usage(self.language)),
        };
        let described = !command.description.is_empty();
        let title = if described { &command.description } else { texts::nameless(self.language) };
        match link::create(self.host, self.service, self.event, (self.language, reader), (title, &command.amount)) {
            Ok(payment) => self.send_link(&payment, reader),
            Err(error) if error.retryable => Err(error.into()),
            Err(error) => self.say(&texts::refused(self.language, &plain(&error.message, 300))),
        }
    }

    /// What a person of the shop wrote to a customer: only the command is for the bot, and the customer is not bothered with its
    /// faults.
    fn inbox(&self, text: &str) -> Result<Outcome, Outcome> {
        let (command, arguments) = command(text);
        if command != "pay" {
            return Ok(Outcome::done());
        }
        match pay_command::parse(arguments) {
            Some(Ok(_)) => self.pay(arguments, Reader::Customer),
            _ => Err(Outcome::bad_request("pay", "`/pay` in the inbox was not understood: write `/pay 12500 Cake`")),
        }
    }

    /// The customer of an expired payment of this chat wants a new link.
    fn renew(&self, press: &str, id: &str) -> Result<Outcome, Outcome> {
        let gone = || self.note(press, texts::not_renewed(self.language));
        let known = match self.host.payment(id) {
            Ok(payment) => payment,
            Err(error) if error.retryable => return Err(error.into()),
            Err(_) => return gone(),
        };
        let own = known
            .channel
            .as_ref()
            .is_some_and(|channel| channel.plugin == self.service.id() && channel.conversation == self.event.chat.id);
        if !own {
            return gone();
        }
        match self.host.renew_payment(id) {
            Ok(payment) if link::is_payable(&payment) => {
                self.service.acknowledge(press, None);
                link::send_again(self.host, self.service, &payment, self.chat(), (self.owner, "send-renewed"))
            }
            Err(error) if error.retryable => Err(error.into()),
            Ok(_) | Err(_) => gone(),
        }
    }

    pub(crate) fn send_link(&self, payment: &kamurj_sdk::Payment, reader: Reader) -> Result<Outcome, Outcome> {
        link::send(self.host, self.service, payment, &self.event.chat, (self.owner, reader))
    }

    pub(crate) fn refused(&self, error: Error, what: &str) -> Result<Outcome, Outcome> {
        if error.retryable {
            return Err(error.into());
        }
        self.say(texts::sorry(self.language))?;
        let mut outcome = Outcome::from(error);
        outcome.message = format!("{what}: {}", outcome.message);
        Err(outcome)
    }

    fn note(&self, press: &str, note: &str) -> Result<Outcome, Outcome> {
        if self.service.acknowledge(press, Some(note)) { Ok(Outcome::done()) } else { self.say(note) }
    }

    pub(crate) fn say(&self, text: &str) -> Result<Outcome, Outcome> {
        self.say_as(text, "answer")
    }

    pub(crate) fn say_as(&self, text: &str, step: &str) -> Result<Outcome, Outcome> {
        self.send(&Message::talk(text), step)
    }

    pub(crate) fn send(&self, message: &Message, step: &str) -> Result<Outcome, Outcome> {
        let tag = Tag::new(self.owner, step, Purpose::Talk, "");
        sending::send(self.host, self.service, self.chat(), message, &tag).map(|_| Outcome::done())
    }
}

/// Splits `/pay@shop_bot 12500 Cake` into the command's name and the rest; the name is empty for ordinary text.
fn command(text: &str) -> (String, &str) {
    let Some(text) = text.trim_start().strip_prefix('/') else {
        return (String::new(), text);
    };
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word.split('@').next().unwrap_or_default().to_ascii_lowercase(), rest)
}
