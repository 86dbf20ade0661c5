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

use kamurj_sdk::{Crm, Delivery, Host, Outcome};

/// Id of this plugin, also in every CRM reference that points to it.
pub(crate) const ID: &str = "bitrix24";

/// Events that a deal is told of.
pub const EVENTS: &[&str] = &[
    "payment.created",
    "payment.pending",
    "payment.paid",
    "payment.paid_again",
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
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        sync::sync(host, delivery).unwrap_or_else(|outcome| outcome)
    }
}

kamurj_sdk::crm!(Bitrix24, wit = "../../wit");
