//! Takes updates: greets, turns a pressed item or a manager's `/pay` into a payment link, and notes who blocked the bot.
//! The host has verified, stored and deduplicated the update; should it come again all the same, the payment's key and
//! the record keep it to one payment and one link. It must not write down how a payment stands.

use kamurj_sdk::{Error, Host, InboundRequest, Language, Outcome, minor_to_decimal, plain};
use serde_json::{Value, json};

use crate::api::{Api, Trouble};
use crate::link::{self, Reader, Wanted};
use crate::pay_command;
use crate::record;
use crate::settings::{Item, Settings};
use crate::texts;
use crate::update::{Chat, Kind, Person, Update};

/// The route that `setWebhook` points to.
pub(crate) const ROUTE: &str = "update";

/// What every answer needs.
struct Context<'a, H> {
    host: &'a H,
    settings: &'a Settings,
    api: Api<'a, H>,
    update_id: i64,
}

pub(crate) fn handle(host: &impl Host, request: &InboundRequest) -> Result<Outcome, Outcome> {
    if request.path != ROUTE {
        return Ok(Outcome::done());
    }
    let update = Update::parse(&request.body)
        .ok_or_else(|| Outcome::bad_request("malformed-update", "the body is not an update of the Bot API"))?;
    let settings = Settings::read(host)?;
    let context = Context { host, settings: &settings, api: Api::new(host, &settings.api_base), update_id: update.id };
    match update.kind {
        Kind::Text { chat, from, text } if context.listens_to(&chat, &from) => {
            record::set_reachable(host, &chat.id, true);
            context.text(&chat, &from, &text)
        }
        Kind::Press { id, chat, from, data } if context.listens_to(&chat, &from) => {
            record::set_reachable(host, &chat.id, true);
            context.press(&id, &chat, &from, &data)
        }
        Kind::Membership { chat, status } => {
            match status.as_str() {
                "kicked" | "left" => record::set_reachable(host, &chat.id, false),
                "member" | "administrator" => record::set_reachable(host, &chat.id, true),
                _ => {}
            }
            Ok(Outcome::done())
        }
        Kind::Text { .. } | Kind::Press { .. } | Kind::Other => Ok(Outcome::done()),
    }
}

impl<H: Host> Context<'_, H> {
    /// Customers write in private; of groups only the managers' own is heard. Other bots are not answered, because two
    /// polite bots never stop.
    fn listens_to(&self, chat: &Chat, from: &Person) -> bool {
        !from.is_bot && (chat.private || self.settings.is_manager(&chat.id))
    }

    fn text(&self, chat: &Chat, from: &Person, text: &str) -> Result<Outcome, Outcome> {
        let manager = self.settings.is_manager(&chat.id);
        let (command, arguments) = command(text);
        match (command.as_str(), manager) {
            ("start" | "help", _) => self.greet(chat, from),
            ("pay", true) => self.pay(chat, from, arguments),
            ("pay", false) => self.say(chat, &texts::not_a_manager(from.language, &chat.id)),
            // A managers' group talks about other things too.
            _ if !chat.private => Ok(Outcome::done()),
            (_, true) => self.say(chat, texts::manager_usage(from.language)),
            (_, false) => self.say(chat, texts::hint(from.language)),
        }
    }

    fn greet(&self, chat: &Chat, from: &Person) -> Result<Outcome, Outcome> {
        let catalogue = self.settings.catalogue(from.language)?;
        let name = from.name.as_deref().unwrap_or_default();
        let mut text = texts::greeting(from.language, name, !catalogue.is_empty());
        if self.settings.is_manager(&chat.id) {
            text = format!("{text}\n\n{}", texts::manager_usage(from.language));
        }
        let rows: Vec<Value> = catalogue.iter().map(|item| json!([self.button(item, from.language)])).collect();
        let buttons = if rows.is_empty() { Value::Null } else { Value::Array(rows) };
        self.finish(chat, self.api.send_again(&chat.id, &text, &buttons, "greet").map(drop))
    }

    fn button(&self, item: &Item, language: Language) -> Value {
        let price = self.host.format_money(&item.price, language.tag());
        json!({ "text": format!("{} — {price}", item.title), "callback_data": format!("item:{}", item.id) })
    }

    fn press(&self, press: &str, chat: &Chat, from: &Person, data: &str) -> Result<Outcome, Outcome> {
        let catalogue = self.settings.catalogue(from.language)?;
        let item = data.strip_prefix("item:").and_then(|id| catalogue.iter().find(|item| item.id == id));
        let Some(item) = item else {
            self.api.answer_press(press, Some(texts::item_gone(from.language)));
            return Ok(Outcome::done());
        };
        self.api.answer_press(press, None);
        let wanted = Wanted {
            update_id: self.update_id,
            chat,
            from,
            reader: Reader::Customer,
            title: &item.title,
            price: item.price.clone(),
        };
        match link::create(self.host, &wanted) {
            Ok(payment) => link::send(self.host, &self.api, &payment, chat, Reader::Customer),
            Err(error) if error.retryable => Err(error.into()),
            Err(error) => {
                self.say(chat, texts::sorry(from.language))?;
                Err(refused_item(item, error))
            }
        }
    }

    fn pay(&self, chat: &Chat, from: &Person, arguments: &str) -> Result<Outcome, Outcome> {
        let command = match pay_command::parse(arguments) {
            Some(Ok(command)) => command,
            Some(Err(fault)) => return self.say(chat, &texts::amount_fault(from.language, fault)),
            None => return self.say(chat, texts::manager_usage(from.language)),
        };
        let described = !command.description.is_empty();
        let wanted = Wanted {
            update_id: self.update_id,
            chat,
            from,
            reader: Reader::Manager,
            title: if described { &command.description } else { texts::nameless(from.language) },
            price: command.amount,
        };
        match link::create(self.host, &wanted) {
            Ok(payment) => link::send(self.host, &self.api, &payment, chat, Reader::Manager),
            Err(error) if error.retryable => Err(error.into()),
            Err(error) => self.say(chat, &texts::refused(from.language, &plain(&error.message, 300))),
        }
    }

    /// One plain answer. A second copy would do no harm.
    fn say(&self, chat: &Chat, text: &str) -> Result<Outcome, Outcome> {
        self.finish(chat, self.api.send_again(&chat.id, text, &Value::Null, "answer").map(drop))
    }

    fn finish(&self, chat: &Chat, sent: Result<(), Trouble>) -> Result<Outcome, Outcome> {
        match sent {
            Ok(()) => Ok(Outcome::done()),
            Err(trouble) => Err(link::ended(self.host, &chat.id, trouble.into())),
        }
    }
}

fn refused_item(item: &Item, error: Error) -> Outcome {
    let price = minor_to_decimal(&item.price);
    let mut outcome = Outcome::from(error);
    outcome.message = format!("catalogue item `{}` for {price}: {}", item.id, outcome.message);
    outcome
}

/// Splits `/pay@shop_bot 12500 Cake` into the command's name and the rest; the name is empty for ordinary text.
fn command(text: &str) -> (String, &str) {
    let Some(text) = text.trim_start().strip_prefix('/') else {
        return (String::new(), text);
    };
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word.split('@').next().unwrap_or_default().to_ascii_lowercase(), rest)
}
