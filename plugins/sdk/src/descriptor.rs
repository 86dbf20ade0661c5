//! What a plugin says of itself, as plain data that a native test can look at. It must not know how the host reads it.

/// The plugin's description; the fields mean what the WIT record `plugin.descriptor` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// 1 to 32 of `a-z 0-9 -`; the same for every version.
    pub id: &'static str,
    /// The name that people see.
    pub name: &'static str,
    /// Semantic version.
    pub version: &'static str,
    /// One or two sentences for the operator.
    pub description: &'static str,
    /// Events that cause a delivery.
    pub events: &'static [&'static str],
    /// Origins that the plugin wants to reach.
    pub hosts: Vec<HostRequest>,
    /// Secrets that the operator enters.
    pub secrets: Vec<SecretRequest>,
    /// Inbound routes below the installation's hook.
    pub routes: Vec<InboundRoute>,
    /// JSON Schema (2020-12) of the settings object.
    pub settings_schema: &'static str,
}

/// An origin that the plugin wants to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRequest {
    /// `https://host[:port]`, or `{setting}` that holds such an origin.
    pub origin: &'static str,
    /// One sentence for the operator.
    pub reason: &'static str,
}

/// A secret that only the host reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRequest {
    /// The name used in [`secret`](crate::secret).
    pub name: &'static str,
    /// What the operator's form says.
    pub label: &'static str,
    /// `path`, `query`, `header`, `body`, `sign`, `verify`.
    pub placements: &'static [&'static str],
    /// Whether the installation can do without it.
    pub required: bool,
}

/// An inbound route and how the host verifies what arrives on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundRoute {
    /// A path such as `update`.
    pub path: &'static str,
    /// `header-equals-secret`, `form-field-equals-secret` or `standard-webhooks`.
    pub scheme: &'static str,
    /// Name of the secret that the scheme uses.
    pub secret: &'static str,
    /// The header or form field that the scheme reads.
    pub field: &'static str,
    /// JSON pointers to the message's natural key.
    pub dedup: &'static [&'static str],
    /// JSON pointers to the conversation.
    pub lane: &'static [&'static str],
    /// Further request headers that the plugin wants to see.
    pub headers: &'static [&'static str],
}
