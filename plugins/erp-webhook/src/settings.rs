//! What the operator entered; its schema is `settings.schema.json`. It must not hold a secret: those stay in the host.

use serde::Deserialize;

/// The settings of one endpoint.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Origin of the ERP.
    pub(crate) endpoint: String,
    /// What follows in its address; begins with a slash.
    #[serde(default = "root")]
    path: String,
    /// Types of events to send; none: all.
    #[serde(default)]
    events: Vec<String>,
    /// Whether nothing is said of who buys.
    #[serde(default)]
    pub(crate) without_customer: bool,
}

impl Settings {
    /// Where webhooks are sent.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.endpoint, self.path)
    }

    /// Whether the merchant wants events of this type.
    pub(crate) fn wants(&self, event: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|wanted| wanted == event)
    }
}

fn root() -> String {
    "/".to_owned()
}
