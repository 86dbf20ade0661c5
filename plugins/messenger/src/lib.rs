//! The Messenger channel: the chat of a Facebook page. It shows what is on sale, makes payment links, and tells how a payment ended; what
//! it says and asks is `kamurj-chat`'s, how Graph is spoken to is `kamurj-graph`'s, and here is what only Messenger has. It must not decide
//! anything about money: it asks for payments and repeats what the host says of them.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod page;
mod settings;
mod setup;
mod templates;
mod utility;

use kamurj_chat::Tag;
use kamurj_graph::{Echo, Heard, Turn, each, read};
use kamurj_sdk::{Channel, Delivery, Finding, Host, InboundRequest, Outcome, Wish, read_settings};

use crate::page::Page;
use crate::settings::Settings;

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "messenger";

/// The route that the app's webhook points to.
pub(crate) const ROUTE: &str = "webhook";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Messenger;

impl Channel for Messenger {
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        let settings = match read_settings::<Settings>(host) {
            Ok(settings) => settings,
            Err(outcome) => return outcome,
        };
        let page = Page::new(host, &settings, "");
        kamurj_chat::deliver(host, &page, &settings.shop, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        handle(host, request).unwrap_or_else(|outcome| outcome)
    }

    fn check(host: &impl Host) -> Outcome {
        read_settings::<Settings>(host)
            .and_then(|settings| setup::check(host, &settings))
            .unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, &read_settings(host)?, wish)
    }
}

fn handle(host: &impl Host, request: &InboundRequest) -> Result<Outcome, Outcome> {
    if request.path != ROUTE {
        return Ok(Outcome::done());
    }
    let settings: Settings = read_settings(host)?;
    let events = read(&request.body, "page", &settings.page_id).ok_or_else(|| {
        Outcome::bad_request("malformed-event", "the body is not a webhook of the Messenger Platform")
    })?;
    Ok(each(host, request, &events, |turn, heard| match heard {
        Heard::Event(event) => {
            let page = Page::new(host, &settings, &turn.steps);
            kamurj_chat::handle(host, &page, &settings.shop, &turn.owner, event)
        }
        Heard::Echo(echo) => echoed(host, &settings, turn, echo),
    }))
}

/// The page wrote: a message of ours is known to have arrived, and a person in the page's inbox may have asked for a link.
fn echoed(host: &impl Host, settings: &Settings, turn: &Turn, echo: &Echo) -> Result<Outcome, Outcome> {
    if Tag::read(&echo.metadata).is_some() {
        kamurj_chat::saw(host, &echo.metadata, &echo.mid);
        return Ok(Outcome::done());
    }
    // Only apps give metadata.
    if !echo.metadata.is_empty() || settings.app_id.as_ref().is_some_and(|own| *own == echo.app) {
        return Ok(Outcome::done());
    }
    let page = Page::new(host, settings, &turn.steps);
    kamurj_chat::handle(host, &page, &settings.shop, &turn.owner, &echo.inbox())
}

kamurj_sdk::channel!(Messenger, wit = "../../wit");
