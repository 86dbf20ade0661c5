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

use kamurj_sdk::{
    Channel, Delivery, Descriptor, Host, HostRequest, InboundRequest, InboundRoute, Outcome, SecretRequest,
};

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "telegram";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

impl Channel for Telegram {
    fn describe() -> Descriptor {
        Descriptor {
            id: ID,
            name: "Telegram",
            version: env!("CARGO_PKG_VERSION"),
            description: "A Telegram bot that shows a catalogue, sends payment links and shows how each payment ended.",
            events: &["payment.paid", "payment.failed", "payment.expired", "payment.cancelled"],
            hosts: vec![HostRequest {
                origin: "{api_base}",
                reason: "The Bot API: sends and edits the bot's messages.",
            }],
            secrets: vec![
                SecretRequest {
                    name: "bot_token",
                    label: "Bot token from @BotFather",
                    placements: &["path"],
                    required: true,
                },
                SecretRequest {
                    name: "webhook_secret",
                    label: "Secret token given to setWebhook",
                    placements: &["verify"],
                    required: true,
                },
            ],
            routes: vec![InboundRoute {
                path: inbound::ROUTE,
                scheme: "header-equals-secret",
                secret: "webhook_secret",
                field: "x-telegram-bot-api-secret-token",
                dedup: &["/update_id"],
                lane: &[
                    "/message/chat/id",
                    "/callback_query/message/chat/id",
                    "/callback_query/from/id",
                    "/my_chat_member/chat/id",
                ],
                headers: &[],
            }],
            settings_schema: settings::SCHEMA,
        }
    }

    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        deliver::deliver(host, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        inbound::handle(host, request).unwrap_or_else(|outcome| outcome)
    }
}

kamurj_sdk::channel!(Telegram, wit = "../../wit");
