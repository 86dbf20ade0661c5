//! The amoCRM and Kommo plugin: shows every payment at its lead, marks invoices, and lets leads ask for payments. What is written when is
//! `kamurj-crm`'s; here is how the account's API is spoken to. It must not decide anything about money: it shows what the host says.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod account;
mod api;
mod choices;
mod desk;
mod fields;
mod hook;
mod invoice;
mod lead;
mod moves;
mod notes;
mod order;
mod pipelines;
mod refusal;
mod settings;
mod setup;
mod tasks;
mod waiting;

use kamurj_sdk::{
    Crm, Delivery, Finding, Host, InboundRequest, ListItem, ListRequest, Occurrence, Outcome, Wish, read_settings,
};

use crate::account::Account;
use crate::settings::Settings;

/// Id of this plugin, also in every reference to a record of its.
pub(crate) const ID: &str = "amocrm";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct AmoCrm;

fn sync(host: &impl Host, delivery: &Delivery) -> Result<Outcome, Outcome> {
    let settings: Settings = read_settings(host)?;
    let is_invoice =
        |reference: &kamurj_sdk::CrmRef| reference.plugin == ID && reference.entity_type == invoice::INVOICE;
    if !settings.mark_invoices && delivery.payment.crm.as_ref().is_some_and(is_invoice) {
        return Ok(Outcome::done());
    }
    kamurj_crm::sync(host, &Account::new(host, &settings), &settings.crm, settings.create_lead, delivery)
}

fn tick(host: &impl Host, occurrence: &Occurrence) -> Result<Outcome, Outcome> {
    let settings: Settings = read_settings(host)?;
    match occurrence.name.as_str() {
        "compare" => kamurj_crm::compare::compare(host, &Account::new(host, &settings), &settings.crm, occurrence),
        "catch-up" => waiting::catch_up(host, &settings, occurrence),
        _ => Ok(Outcome::done()),
    }
}

impl Crm for AmoCrm {
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        sync(host, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        read_settings::<Settings>(host)
            .and_then(|settings| hook::handle(host, &settings, request))
            .unwrap_or_else(|outcome| outcome)
    }

    fn tick(host: &impl Host, occurrence: &Occurrence) -> Outcome {
        tick(host, occurrence).unwrap_or_else(|outcome| outcome)
    }

    fn check(host: &impl Host) -> Outcome {
        read_settings::<Settings>(host)
            .and_then(|settings| setup::check(host, &settings))
            .unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, &read_settings(host)?, wish)
    }

    fn offer(host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        choices::offer(host, &read_settings(host)?, wanted)
    }
}

kamurj_sdk::crm!(AmoCrm, wit = "../../wit");
