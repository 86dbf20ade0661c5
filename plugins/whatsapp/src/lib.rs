//! The WhatsApp channel: a business number on the Cloud API that shows a catalogue, makes payment links, and tells the chat how a
//! payment ended. What it says and asks is `kamurj-chat`'s; here is how the Cloud API is spoken to. It must not decide anything about
//! money: it asks for payments and repeats what the host says of them.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod api;
mod bundle;
mod cloud;
mod content;
mod identity;
mod refusal;
mod settings;
mod setup;
mod status;
mod template;
mod webhook;

use kamurj_sdk::{Channel, Delivery, Finding, Host, InboundRequest, Outcome, Wish, read_settings};

use crate::cloud::Cloud;
use crate::settings::Settings;

/// Id of this plugin, also in every channel reference that it makes.
pub(crate) const ID: &str = "whatsapp";

/// The route that Meta calls.
pub(crate) const ROUTE: &str = "webhook";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct WhatsApp;

impl Channel for WhatsApp {
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome {
        let settings = match read_settings::<Settings>(host) {
            Ok(settings) => settings,
            Err(outcome) => return outcome,
        };
        let cloud = Cloud::new(host, &settings, delivery.run);
        kamurj_chat::deliver(host, &cloud, &settings.shop, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        if request.path != ROUTE {
            return Outcome::done();
        }
        bundle::handle(host, request).unwrap_or_else(|outcome| outcome)
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

kamurj_sdk::channel!(WhatsApp, wit = "../../wit");
