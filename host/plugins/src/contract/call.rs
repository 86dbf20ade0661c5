//! What the host hands to a plugin.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Extra, ListRequest, Payment, Wish};

/// One call into a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// To a channel: send what a payment owes.
    Deliver(Delivery),
    /// To a CRM: bring a payment in.
    Sync(Delivery),
    /// To either: take a request that arrived.
    Inbound(InboundRequest),
    /// To either: do what its schedule asks for.
    Tick(Occurrence),
    /// To either: find out whether the installation can work.
    Check,
    /// To either: make the service call this installation, or look whether it does.
    Connect(Wish),
    /// To either: say what can be chosen for a setting.
    Offer(ListRequest),
}

/// Something that a plugin does by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Stable over every run.
    pub id: String,
    /// The name that the manifest gives it.
    pub name: String,
    /// When it was due, Unix milliseconds.
    pub due_at: i64,
    /// 1 for the first run.
    pub run: u32,
    /// Additions.
    pub extra: Extra,
}

impl Call {
    /// How much text and body it hands to the plugin, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            // As JSON: about what its fields hold, and it grows with the contract by itself.
            Self::Deliver(delivery) | Self::Sync(delivery) => {
                serde_json::to_vec(delivery).map_or(usize::MAX, |text| text.len())
            }
            Self::Inbound(request) => {
                let pairs = [&request.query, &request.headers, &request.extra].into_iter().flatten();
                let pairs: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
                request.path.len() + request.method.len() + request.body.len() + pairs
            }
            Self::Tick(occurrence) => serde_json::to_vec(occurrence).map_or(usize::MAX, |text| text.len()),
            Self::Check => 0,
            Self::Offer(wanted) => wanted.name.len() + wanted.language.len(),
            Self::Connect(wish) => serde_json::to_vec(wish).map_or(usize::MAX, |text| text.len()),
        }
    }
}

/// Something that a payment owes an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Stable over every run.
    pub id: String,
    /// The event that owes it.
    pub event: String,
    /// The payment as it stood when the event happened.
    pub payment: Payment,
    /// 1 for the first run.
    pub run: u32,
    /// Additions.
    pub extra: Extra,
}

/// An inbound request that was already verified, stored and acknowledged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRequest {
    /// Stable over every run.
    pub id: String,
    /// The part of the path after `/hooks/{installation}/`.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// Decoded query pairs in their order.
    pub query: Vec<(String, String)>,
    /// The headers that the route asked for, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw bytes; values of the installation's secrets are taken out before the plugin sees them.
    pub body: Vec<u8>,
    /// Unix milliseconds.
    pub received_at: i64,
    /// 1 for the first run.
    pub run: u32,
    /// Additions.
    pub extra: Extra,
}

impl fmt::Debug for InboundRequest {
    // Query, headers and body may hold the very secret that the host verified.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InboundRequest")
            .field("path", &self.path)
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}
