//! The Google Sheets plugin: one row for each payment in a spreadsheet of the merchant, kept by the payment's id, and a history of what
//! happened in a tab of its own. The host fetches the access tokens of a service account. It must not decide anything about money: what
//! people write into the spreadsheet is shown to nobody as a fact, and what the host says is written there.

#![cfg_attr(not(target_arch = "wasm32"), expect(clippy::result_large_err, reason = "an outcome is made once a call"))]

mod api;
mod book;
mod cell;
mod columns;
mod compare;
mod find;
mod history;
mod layout;
mod refusal;
mod row;
mod settings;
mod setup;
mod sync;
mod tags;

use kamurj_sdk::{Crm, Delivery, Finding, Host, ListItem, ListRequest, Occurrence, Outcome, Wish};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct GoogleSheets;

impl Crm for GoogleSheets {
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome {
        sync::sync(host, delivery).unwrap_or_else(|outcome| outcome)
    }

    fn tick(host: &impl Host, occurrence: &Occurrence) -> Outcome {
        match occurrence.name.as_str() {
            "compare" => compare::compare(host, occurrence).unwrap_or_else(|outcome| outcome),
            _ => Outcome::done(),
        }
    }

    fn check(host: &impl Host) -> Outcome {
        setup::check(host).unwrap_or_else(|outcome| outcome)
    }

    fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        setup::connect(host, wish)
    }

    fn offer(host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        setup::offer(host, wanted)
    }
}

kamurj_sdk::crm!(GoogleSheets, wit = "../../wit");
