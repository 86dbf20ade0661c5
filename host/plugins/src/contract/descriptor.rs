//! What a plugin says of itself. `describe` checks it; nothing here does.

use serde::{Deserialize, Serialize};

use super::Extra;

/// A plugin's description of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// 1 to 32 of `a-z 0-9 -`; the same for every version.
    pub id: String,
    /// For people.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// For people.
    pub description: String,
    /// Events that cause a delivery.
    pub events: Vec<String>,
    /// Origins that it wants to reach.
    pub hosts: Vec<HostRequest>,
    /// Secrets that the operator enters.
    pub secrets: Vec<SecretRequest>,
    /// Inbound routes.
    pub routes: Vec<InboundRoute>,
    /// JSON Schema (2020-12) of the settings object.
    pub settings_schema: String,
    /// Additions.
    pub extra: Extra,
}

/// An origin that a plugin wants to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRequest {
    /// `https://host[:port]`, or a setting that holds such an origin: `{api_base}`.
    pub origin: String,
    /// Shown to the operator.
    pub reason: String,
}

/// A secret that a plugin names and only the host reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRequest {
    /// 1 to 32 of `a-z 0-9 _`.
    pub name: String,
    /// Shown to the operator.
    pub label: String,
    /// Where it may be put: `path`, `query`, `header`, `body`, `sign`, `verify`.
    pub placements: Vec<String>,
    /// Whether the plugin cannot work without it.
    pub required: bool,
}

/// An inbound route and how the host verifies it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRoute {
    /// Path below the installation's hooks, without slashes at its ends.
    pub path: String,
    /// `header-equals-secret`, `form-field-equals-secret` or `standard-webhooks`.
    pub scheme: String,
    /// Name of the secret it is verified with.
    pub secret: String,
    /// Name of the header or form field, where the scheme has one.
    pub field: String,
    /// JSON pointers to the message's natural key.
    pub dedup: Vec<String>,
    /// JSON pointers to the conversation.
    pub lane: Vec<String>,
    /// Names of further request headers to hand on.
    pub headers: Vec<String>,
}
