//! What is kept of a message that was not taken yet: when its first run was, how many tries failed, and whether the last one's answer
//! was lost. Runs are no measure of tries, because many end without one: the endpoint asked everything to wait. It is a convenience: a
//! message whose entry was pushed out by thousands of others begins its plan anew, within what the host allows a delivery.

use kamurj_sdk::{Failure, Host, Level, Outcome, Response, Shelf};
use serde::{Deserialize, Serialize};

const TRIES: Shelf = Shelf::new("tries");

/// The tries of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tries {
    /// The clock of the first run, Unix milliseconds.
    #[serde(rename = "a")]
    pub(crate) since_ms: u64,
    /// How many failed.
    #[serde(rename = "n")]
    pub(crate) failed: u32,
    /// Whether the last one's answer was lost, so that the host asks whether to repeat it.
    #[serde(rename = "l", default)]
    pub(crate) is_lost: bool,
}

impl Tries {
    /// Those of the message with this id, in this run of what sends it.
    pub(crate) fn load(host: &impl Host, id: &str, run: u32) -> Result<Self, Outcome> {
        let none = Self { since_ms: host.now_ms(), failed: 0, is_lost: false };
        if run <= 1 {
            return Ok(none);
        }
        match TRIES.get(host, id) {
            Ok(known) => Ok(known.unwrap_or(none)),
            Err(error) if error.retryable => Err(error.into()),
            Err(_) => Ok(none),
        }
    }

    /// Takes note of what came back. A try that never left leaves an earlier loss as it was.
    pub(crate) fn saw(&mut self, back: &Result<Response, Failure>) {
        match back {
            Ok(_) => self.is_lost = false,
            Err(failure) if failure.is_ambiguous() => self.is_lost = true,
            Err(_) => {}
        }
    }

    /// Keeps them for the next run.
    pub(crate) fn save(&self, host: &impl Host, id: &str) {
        if let Err(error) = TRIES.put(host, id, self) {
            host.log(Level::Warn, "A failed try could not be counted", &[("webhook.id", id), ("why", &error.message)]);
        }
    }

    /// Forgets them: the message was taken.
    pub(crate) fn forget(host: &impl Host, id: &str, run: u32) {
        if run > 1
            && let Err(error) = TRIES.remove(host, id)
        {
            host.log(Level::Debug, "Tries could not be forgotten", &[("webhook.id", id), ("why", &error.message)]);
        }
    }
}
