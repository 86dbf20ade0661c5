//! The Telegram channel: a bot that shows a catalogue, makes payment links, and tells the chat how a payment ended. What it says and
//! asks is `kamurj-chat`'s; here is how the Bot API is spoken to. It must not decide anything about money: it asks for payments and
//! repeats what the host says of them.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod api;
mod bot;
mod setup;
mod update;

use kamurj_chat::Settings as Shop;
use kamurj_sdk::{Channel, Delivery, Finding, Host, InboundRequest, Outcome, Wish, read_settings};
use serde::Deserialize;

use crate::bot::Bot;
use crate::update::Update;

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "telegram";

/// The route that `setWebhook` points to.
pub(crate) const ROUTE: &str = "update";

/// What the operator entered; its schema is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Origin of the Bot API.
    pub(crate) api_base: String,
    #[serde(flatten)]
    pub(crate) shop: Shop,
}

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

impl Channel for Telegram {
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        let settings = match read_settings::<Settings>(host) {
            Ok(settings) => settings,
            Err(outcome) => return outcome,
        };
        let bot = Bot::new(host, &settings.api_base);
        kamurj_chat::deliver(host, &bot, &settings.shop, delivery).unwrap_or_else(|outcome| outcome)
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
    let update = Update::parse(&request.body)
        .ok_or_else(|| Outcome::bad_request("malformed-update", "the body is not an update of the Bot API"))?;
    let settings: Settings = read_settings(host)?;
    let bot = Bot::new(host, &settings.api_base);
    kamurj_chat::handle(host, &bot, &settings.shop, &request.id, &update.event)
}

kamurj_sdk::channel!(Telegram, wit = "../../wit");
