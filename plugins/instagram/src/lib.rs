//! The Instagram channel: the direct messages of a professional account, connected by Instagram Login or through its Facebook page. It shows
//! what is on sale, makes payment links, and tells how a payment ended; what it says and asks is `kamurj-chat`'s, how Graph is spoken to is
//! `kamurj-graph`'s, and here is what only Instagram has. It must not decide anything about money: it asks for payments and repeats what the
//! host says of them.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod account;
mod echoes;
mod settings;
mod setup;
mod token;

use kamurj_graph::{Echo, Heard, Turn, each, read};
use kamurj_sdk::{Channel, Delivery, Finding, Host, InboundRequest, Occurrence, Outcome, Wish};

use crate::account::Account;
use crate::settings::Settings;

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "instagram";

/// The route that the app's webhook points to.
pub(crate) const ROUTE: &str = "webhook";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Instagram;

impl Channel for Instagram {
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        let settings = match Settings::read(host) {
            Ok(settings) => settings,
            Err(outcome) => return outcome,
        };
        let account = Account::new(host, &settings, "");
        kamurj_chat::deliver(host, &account, &settings.shop, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        handle(host, request).unwrap_or_else(|outcome| outcome)
    }

    fn tick(host: &impl Host, occurrence: &Occurrence) -> Outcome {
        if occurrence.name != token::SCHEDULE {
            return Outcome::done();
        }
        Settings::read(host).and_then(|settings| token::renew(host, &settings)).unwrap_or_else(|outcome| outcome)
    }

    fn check(host: &impl Host) -> Outcome {
        Settings::read(host).and_then(|settings| setup::check(host, &settings)).unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, &Settings::read(host)?, wish)
    }
}

fn handle(host: &impl Host, request: &InboundRequest) -> Result<Outcome, Outcome> {
    if request.path != ROUTE {
        return Ok(Outcome::done());
    }
    let settings = Settings::read(host)?;
    let events = read(&request.body, "instagram", &settings.account_id).ok_or_else(|| {
        Outcome::bad_request("malformed-event", "the body is not a webhook of the Instagram Platform")
    })?;
    Ok(each(host, request, &events, |turn, heard| match heard {
        Heard::Event(event) => {
            let account = Account::new(host, &settings, &turn.steps);
            kamurj_chat::handle(host, &account, &settings.shop, &turn.owner, event)
        }
        Heard::Echo(echo) => echoed(host, &settings, turn, echo),
    }))
}

/// The account wrote: a message of ours is known to have arrived, and a person in the account's inbox may have asked for a link.
fn echoed(host: &impl Host, settings: &Settings, turn: &Turn, echo: &Echo) -> Result<Outcome, Outcome> {
    if let Some(mark) = echoes::mark_of(host, &echo.chat, &echo.text) {
        kamurj_chat::saw(host, &mark, &echo.mid);
        return Ok(Outcome::done());
    }
    if settings.app_id.as_ref().is_some_and(|own| *own == echo.app) {
        return Ok(Outcome::done());
    }
    let account = Account::new(host, settings, &turn.steps);
    kamurj_chat::handle(host, &account, &settings.shop, &turn.owner, &echo.inbox())
}

kamurj_sdk::channel!(Instagram, wit = "../../wit");
