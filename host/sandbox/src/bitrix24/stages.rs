//! The deal funnel: its stages in order, and `crm.status.list`. It must not know which stage means what to a payment.

use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::api::{Found, Parameters, object};

/// A stage of the funnel.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Stage {
    /// Its `STATUS_ID`.
    pub id: &'static str,
    /// Its name on the board.
    pub name: &'static str,
    /// `S` for success, `F` for failure, nothing in between.
    pub semantics: Option<&'static str>,
}

/// The default funnel of a new portal, with the stages that a shop adds for payments (`UC_…`, as portals name them).
pub(super) fn funnel() -> Vec<Stage> {
    [
        ("NEW", "New", None),
        ("PREPARATION", "Awaiting payment", None),
        ("PREPAYMENT_INVOICE", "Invoiced", None),
        ("UC_PAYFAIL", "Payment failed", None),
        ("UC_REVIEW", "Needs a look", None),
        ("EXECUTING", "Paid, in work", None),
        ("FINAL_INVOICE", "Final invoice", None),
        ("UC_PARTREF", "Partly refunded", None),
        ("WON", "Won", Some("S")),
        ("LOSE", "Lost", Some("F")),
        ("APOLOGY", "Refunded", Some("F")),
    ]
    .map(|(id, name, semantics)| Stage { id, name, semantics })
    .to_vec()
}

impl State {
    pub(super) fn list_statuses(&self, parameters: &Parameters) -> Found {
        let filter = object(parameters, "filter");
        let wanted = |name: &str, value: &str| filter.get(name).is_none_or(|wanted| wanted == value);
        let rows: Vec<Value> = self
            .stages
            .iter()
            .enumerate()
            .filter(|(_, stage)| wanted("ENTITY_ID", "DEAL_STAGE") && wanted("STATUS_ID", stage.id))
            .map(|(place, stage)| {
                json!({
                    "ID": (place + 1).to_string(), "ENTITY_ID": "DEAL_STAGE", "STATUS_ID": stage.id, "NAME": stage.name,
                    "NAME_INIT": "", "SORT": ((place + 1) * 10).to_string(), "SYSTEM": if stage.id.starts_with("UC_") { "N" } else { "Y" },
                    "CATEGORY_ID": "0", "SEMANTICS": stage.semantics,
                })
            })
            .collect();
        let total = rows.len();
        Found::page(Value::Array(rows), total, None)
    }

    pub(super) fn semantics(&self, stage: &str) -> Option<&'static str> {
        self.stages.iter().find(|known| known.id == stage).and_then(|known| known.semantics)
    }
}
