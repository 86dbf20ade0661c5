//! The Bitrix24 connection: shows each payment at its deal or smart invoice, notes what happened to the money, keeps a task for each
//! exception, makes payments for records that ask for one, and compares the portal with the journal. What it does when is
//! `kamurj-crm`'s; here is how a portal is spoken to. It must not take a word of the portal as a fact about money.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod access;
mod check;
mod choices;
mod events;
mod fields;
mod funnels;
mod items;
mod kind;
mod looks;
mod marks;
mod notes;
mod orders;
mod portal;
mod query;
mod refusal;
mod rest;
mod settings;
mod setup;
mod tasks;
mod warned;

use kamurj_sdk::{
    Crm, Delivery, Finding, Host, InboundRequest, Level, ListItem, ListRequest, Occurrence, Outcome, Wish,
};

use crate::portal::Portal;
use crate::settings::Settings;

/// Id of this plugin, also in every CRM reference that points to it.
pub(crate) const ID: &str = "bitrix24";

/// Runs after which an event whose record could not be read is left to the catch-up.
const PATIENCE: u32 = 5;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Bitrix24;

impl Crm for Bitrix24 {
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        sync(host, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome {
        let outcome = events::handle(host, request).unwrap_or_else(|outcome| outcome);
        // An event is a hint, and the catch-up finds what it hinted at: a portal that is down for long makes nobody's work of it.
        let is_hint = request.path == events::EVENT || request.path == events::APP_EVENT;
        if is_hint && request.run >= PATIENCE && matches!(outcome.kind.as_str(), "retry" | "ambiguous") {
            host.log(Level::Warn, "The portal could not be asked about an event; the catch-up will", &[]);
            return Outcome::done();
        }
        outcome
    }

    fn tick(host: &impl Host, occurrence: &Occurrence) -> Outcome {
        tick(host, occurrence).unwrap_or_else(|outcome| outcome)
    }

    fn check(host: &impl Host) -> Outcome {
        check::check(host).unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, wish)
    }

    fn offer(host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        choices::offer(host, wanted)
    }
}

fn sync(host: &impl Host, delivery: &Delivery) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let portal = Portal::new(host, &settings, delivery.run)?;
    kamurj_crm::sync(host, &portal, &settings.crm, settings.create_deal, delivery)
}

fn tick(host: &impl Host, occurrence: &Occurrence) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let portal = Portal::new(host, &settings, occurrence.run)?;
    match occurrence.name.as_str() {
        "compare" => kamurj_crm::compare::compare(host, &portal, &settings.crm, occurrence),
        "catch-up" => kamurj_crm::requests::catch_up_regularly(host, &portal, &settings.crm, occurrence),
        _ => Ok(Outcome::done()),
    }
}

kamurj_sdk::crm!(Bitrix24, wit = "../../wit");
