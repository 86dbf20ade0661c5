//! What the plugin remembers of a payment between deliveries: its deal, the newest version that was written there and
//! the comments that were made. A convenience: when it is gone, the portal is asked instead. It must not hold money.

use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

const DEALS: Shelf = Shelf::new("deals");
const WARNED: Shelf = Shelf::new("warned");

/// One payment's traces in the portal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The deal that this plugin made or found; none where the payment names its own.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) deal: Option<String>,
    #[serde(rename = "v", default)]
    pub(crate) version: u64,
    /// Events that have their comment, as the markers name them.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) commented: Vec<String>,
}

impl Record {
    /// Reads the record. Only a store that asks for another try ends the run: any other trouble counts as no record.
    pub(crate) fn load(host: &impl Host, payment: &str) -> Result<Self, Outcome> {
        match DEALS.get(host, payment) {
            Ok(record) => Ok(record.unwrap_or_default()),
            Err(error) if error.retryable => Err(error.into()),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Writes the record. The portal has been changed already, so trouble is logged and no more.
    pub(crate) fn save(&self, host: &impl Host, payment: &str) {
        if let Err(error) = DEALS.put(host, payment, self) {
            host.log(
                Level::Warn,
                "What was written to the portal could not be kept; the portal will be asked instead",
                &[("payment.id", payment), ("error.code", &error.code)],
            );
        }
    }
}

/// Says once that the portal ignored these fields, and again only when others join them.
pub(crate) fn warn_of_ignored(host: &impl Host, ignored: &[&str]) {
    if ignored.is_empty() {
        return;
    }
    let names = ignored.join(", ");
    if WARNED.get::<bool>(host, &names).ok().flatten().is_some() {
        return;
    }
    host.log(
        Level::Warn,
        "The portal did not take some fields of the deal: make them there, or check the stages in the settings",
        &[("fields", &names)],
    );
    // Should this fail, the line comes once more.
    let _ignored = WARNED.put(host, &names, &true);
}
