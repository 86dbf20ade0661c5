//! What is remembered of a payment between deliveries: its record in the CRM, the newest version that was written there, the notes and
//! tasks that were made. A convenience: when it is gone, the CRM is asked instead. It must not hold money.

use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

use crate::desk::Target;

const PAYMENTS: Shelf = Shelf::new("payments");

/// One payment's traces in the CRM.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The record that was made or found: its kind and id. None where the payment names its own.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    target: Option<(String, String)>,
    /// The newest version that was written.
    #[serde(rename = "v", default)]
    pub version: u64,
    /// Events that have their note, as the markers name them.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub noted: Vec<String>,
    /// Tasks by their exception: its id and the task's, which is empty once it is finished.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<(String, String)>,
}

impl Record {
    /// Reads the record. Only a store that asks for another try ends the run: any other trouble counts as no record.
    pub fn load(host: &impl Host, payment: &str) -> Result<Self, Outcome> {
        match PAYMENTS.get(host, payment) {
            Ok(record) => Ok(record.unwrap_or_default()),
            Err(error) if error.retryable => Err(error.into()),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Writes the record. The CRM has been changed already, so trouble is logged and no more.
    pub fn save(&self, host: &impl Host, payment: &str) {
        if let Err(error) = PAYMENTS.put(host, payment, self) {
            host.log(
                Level::Warn,
                "What was written to the CRM could not be kept; the CRM will be asked instead",
                &[("payment.id", payment), ("error.code", &error.code)],
            );
        }
    }

    /// The record that was made or found for this payment.
    pub fn target(&self) -> Option<Target> {
        self.target.as_ref().map(|(kind, id)| Target::new(kind, id))
    }

    /// Remembers it.
    pub(crate) fn found(&mut self, target: &Target) {
        self.target = Some((target.kind.clone(), target.id.clone()));
    }
}
