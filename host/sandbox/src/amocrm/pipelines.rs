//! Pipelines and their statuses: each has statuses of its own between two that all share, won and lost. It must not know what goes
//! through them.

use serde::Serialize;
use serde_json::{Value, json};

use super::account::Account;

/// The status of every pipeline that means: the lead was won.
pub(super) const WON: i64 = 142;
/// The one that means: it was lost.
pub(super) const LOST: i64 = 143;

/// A status, which people see as a column.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Status {
    /// Its id; 142 and 143 are in every pipeline.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Whether it holds incoming leads that nobody accepted: no call moves a lead there.
    pub is_unsorted: bool,
}

/// A pipeline.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Pipeline {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Its statuses in their order.
    pub statuses: Vec<Status>,
}

impl Pipeline {
    fn new(id: i64, name: &str, own: &[&str]) -> Self {
        let status = |id, name: &str, is_unsorted| Status { id, name: name.to_owned(), is_unsorted };
        let mut statuses = vec![status(id * 10, "Incoming leads", true)];
        statuses.extend((1..).zip(own).map(|(place, name)| status(id * 10 + place, name, false)));
        statuses.extend([status(WON, "Closed - won", false), status(LOST, "Closed - lost", false)]);
        Self { id, name: name.to_owned(), statuses }
    }

    /// Whether a call may move a lead to this status of the pipeline.
    pub(super) fn takes(&self, status: i64) -> bool {
        self.statuses.iter().any(|known| known.id == status && !known.is_unsorted)
    }

    /// Where a lead begins that names no status.
    pub(super) fn first(&self) -> i64 {
        self.statuses.iter().find(|status| !status.is_unsorted).map_or(WON, |status| status.id)
    }

    /// As the service shows it.
    pub(super) fn shown(&self, account: &Account, place: usize) -> Value {
        let statuses: Vec<Value> = (1..)
            .zip(&self.statuses)
            .map(|(sort, status)| {
                let closed = [WON, LOST].contains(&status.id);
                json!({
                    "id": status.id, "name": status.name, "sort": if closed { status.id * 1000 } else { sort * 10 },
                    "is_editable": !closed && !status.is_unsorted, "pipeline_id": self.id,
                    "color": if closed { "#CCFF66" } else { "#99CCFF" }, "type": i64::from(status.is_unsorted),
                    "account_id": account.id,
                    "_links": {"self": {"href": account.link(&format!("/api/v4/leads/pipelines/{}/statuses/{}", self.id, status.id))}},
                })
            })
            .collect();
        json!({
            "id": self.id, "name": self.name, "sort": place + 1, "is_main": place == 0, "is_unsorted_on": true,
            "is_archive": false, "account_id": account.id,
            "_links": {"self": {"href": account.link(&format!("/api/v4/leads/pipelines/{}", self.id))}},
            "_embedded": {"statuses": statuses},
        })
    }
}

/// The pipelines that the account begins with.
pub(super) fn usual() -> Vec<Pipeline> {
    vec![
        Pipeline::new(6_200_001, "Sales", &["First contact", "Awaiting payment", "Paid", "Payment trouble"]),
        Pipeline::new(6_200_002, "Courses", &["New pupil", "Invoice sent", "Enrolled"]),
    ]
}
