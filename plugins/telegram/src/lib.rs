//! The Telegram channel: a bot that shows a catalogue, makes payment links, and tells the chat how a payment ended. It
//! must not decide anything about money: it asks for payments and repeats what the host says of them.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod api;
mod deliver;
mod inbound;
mod link;
mod pay_command;
mod record;
mod settings;
mod texts;
mod update;

use kamurj_sdk::{Channel, Delivery, Host, InboundRequest, Outcome};

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "telegram";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

impl Channel for Telegram {
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        deliver::deliver(host, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        inbound::handle(host, request).unwrap_or_else(|outcome| outcome)
    }
}

kamurj_sdk::channel!(Telegram, wit = "../../wit");
