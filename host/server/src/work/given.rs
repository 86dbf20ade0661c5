//! What a run is given, kept with it: its call, its settings and its rights, so that it can be resumed and repeated whatever
//! changes meanwhile. An inbound message is kept in the inbox as it came, so it is not kept twice.

use super::{Fault, hook};
use crate::app::{App, given_place};
use kamurj_plugins::contract::{Call, Delivery, ListRequest, Occurrence, Wish};
use kamurj_store::runs::kept::Run;
use kamurj_store::{Tx, inbox};
use serde::{Deserialize, Serialize};

/// What one run is given.
#[derive(Serialize, Deserialize)]
pub(super) struct Given {
    pub(super) input: Input,
    /// The installation's settings, a JSON object.
    pub(super) settings: String,
    /// Its grants, as JSON.
    pub(super) grants: String,
}

/// The call.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Input {
    Deliver(Delivery),
    Sync(Delivery),
    /// The inbox has it.
    Inbound,
    Tick(Occurrence),
    Check,
    Connect(Wish),
    Offer(ListRequest),
}

impl Input {
    pub(super) fn of(call: &Call) -> Self {
        match call {
            Call::Deliver(delivery) => Self::Deliver(delivery.clone()),
            Call::Sync(delivery) => Self::Sync(delivery.clone()),
            Call::Inbound(_) => Self::Inbound,
            Call::Tick(occurrence) => Self::Tick(occurrence.clone()),
            Call::Check => Self::Check,
            Call::Connect(wish) => Self::Connect(wish.clone()),
            Call::Offer(wanted) => Self::Offer(wanted.clone()),
        }
    }

    /// As runs are listed by it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Deliver(_) => "deliver",
            Self::Sync(_) => "sync",
            Self::Inbound => "inbound",
            Self::Tick(_) => "tick",
            Self::Check => "check",
            Self::Connect(_) => "connect",
            Self::Offer(_) => "offer",
        }
    }

    /// The call, where it is kept here.
    pub(super) fn call(&self) -> Option<Call> {
        Some(match self {
            Self::Deliver(delivery) => Call::Deliver(delivery.clone()),
            Self::Sync(delivery) => Call::Sync(delivery.clone()),
            Self::Inbound => return None,
            Self::Tick(occurrence) => Call::Tick(occurrence.clone()),
            Self::Check => Call::Check,
            Self::Connect(wish) => Call::Connect(wish.clone()),
            Self::Offer(wanted) => Call::Offer(wanted.clone()),
        })
    }

    /// What the run was about, in a few words.
    pub(super) fn about(&self, run: &Run) -> String {
        match self {
            Self::Deliver(delivery) | Self::Sync(delivery) => {
                format!("order {}, {}", delivery.payment.order_id, delivery.event)
            }
            Self::Inbound => format!("message {}", run.owner_id),
            Self::Tick(occurrence) => format!("schedule `{}`", occurrence.name),
            Self::Check => "self-test".to_owned(),
            Self::Connect(wish) if wish.only_look => "set-up, looked at".to_owned(),
            Self::Connect(_) => "set-up".to_owned(),
            Self::Offer(wanted) => format!("what can be chosen as `{}`", wanted.name),
        }
    }
}

impl Given {
    pub(super) fn seal(&self, app: &App, owner: &str, run: i64) -> String {
        let json = serde_json::to_vec(self).expect("a call is made of structs with text keys");
        app.sealer.seal(&given_place(owner, run), &json)
    }

    pub(super) fn open(app: &App, run: &Run) -> Result<Self, Fault> {
        let bytes = app.sealer.open(&given_place(&run.owner_id, run.run), &run.given)?;
        serde_json::from_slice(&bytes)
            .map_err(|_| Fault::Broken(format!("what run {} of {} was given cannot be read", run.run, run.owner_id)))
    }

    /// The call of the run, from wherever it is kept.
    pub(super) async fn call(&self, app: &App, tx: &mut Tx, run: &Run) -> Result<Call, Fault> {
        if let Some(call) = self.input.call() {
            return Ok(call);
        }
        let message = inbox::by_id(tx, &run.owner_id).await?;
        let message = message.ok_or_else(|| Fault::Broken(format!("message {} is gone", run.owner_id)))?;
        hook::call(app, &message, run.run)
    }
}
