//! The Bitrix24 connection: moves the deal of a payment through the merchant's stages, fills its payment fields and
//! writes one timeline comment for each thing that happened to the money. It must not take a word of the portal as a
//! fact about money: it only writes there.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod comment;
mod deal;
mod fields;
mod record;
mod rest;
mod settings;
mod sync;
mod texts;
mod view;
mod yerevan;

use kamurj_sdk::{Crm, Delivery, Descriptor, Host, HostRequest, Outcome, SecretRequest};

/// Id of this plugin, also in every CRM reference that points to it.
pub(crate) const ID: &str = "bitrix24";

/// Events that a deal is told of.
pub(crate) const EVENTS: &[&str] = &[
    "payment.created",
    "payment.pending",
    "payment.paid",
    "payment.failed",
    "payment.expired",
    "payment.cancelled",
    "payment.manual_review",
    "payment.partially_refunded",
    "payment.refunded",
];

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Bitrix24;

impl Crm for Bitrix24 {
    fn describe() -> Descriptor {
        Descriptor {
            id: ID,
            name: "Bitrix24",
            version: env!("CARGO_PKG_VERSION"),
            description: "Moves deals as payments go on, fills their payment fields and notes what happened to the money.",
            events: EVENTS,
            hosts: vec![HostRequest {
                origin: "{portal}",
                reason: "Your portal: reads and updates deals and adds timeline comments.",
            }],
            secrets: vec![SecretRequest {
                name: "webhook_secret",
                label: "Secret of an inbound webhook with the right CRM",
                placements: &["path"],
                required: true,
            }],
            routes: Vec::new(),
            settings_schema: settings::SCHEMA,
        }
    }

    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        sync::sync(host, delivery).unwrap_or_else(|outcome| outcome)
    }
}

kamurj_sdk::crm!(Bitrix24, wit = "../../wit");
