//! The manifest's parts, as they stand in JSON and TOML. A field that this version does not know is an error: a plugin that asks
//! for what the host cannot give must not be run as if it had not asked.

use crate::InboundRoute;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ConnectionRequest, Renewal};

/// The manifest's own version, which grows when a field is added.
pub const VERSION: u32 = 1;

/// What a plugin says of itself and asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`VERSION`] of the host that it was written for.
    pub manifest: u32,
    /// 1 to 32 of `a-z 0-9 -`; the same for every version.
    pub id: String,
    /// For people.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// For people: one sentence.
    pub description: String,
    /// How much it needs.
    #[serde(default)]
    pub class: Class,
    /// Events that cause a delivery, from the list at `types.delivery` in the WIT package.
    #[serde(default)]
    pub events: Vec<String>,
    /// Whether a plugin with the export `crm-sink` is told of every payment of the merchant, those that belong to a record of another
    /// CRM among them: for spreadsheets and books. Left out: of its own and of those that belong to none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all_payments: bool,
    /// Origins that it wants to reach.
    #[serde(default)]
    pub hosts: Vec<HostRequest>,
    /// Secrets that the operator enters and only the host reads.
    #[serde(default)]
    pub secrets: Vec<SecretRequest>,
    /// Accounts at services that the operator connects by OAuth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<ConnectionRequest>,
    /// Inbound routes below `/hooks/{installation}/`.
    #[serde(default)]
    pub routes: Vec<InboundRoute>,
    /// What it wants to do by the clock; needs the export `schedule`.
    #[serde(default)]
    pub schedule: Vec<Schedule>,
    /// Its key-value store.
    #[serde(default)]
    pub state: StateRequest,
    /// JSON Schema (2020-12) of the settings object.
    #[serde(default = "any_object")]
    pub settings_schema: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

fn any_object() -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), Value::from("object")),
        ("additionalProperties".to_owned(), Value::from(false)),
    ])
}

/// How much computing a plugin needs. A larger class is shown to the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Compiled languages: Rust, C, Go.
    #[default]
    Small,
    /// Script engines that are part of the component: JavaScript, Python.
    Script,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 2] = [Self::Small, Self::Script];

    /// The word of manifests and settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Script => "script",
        }
    }
}

/// An origin that a plugin wants to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRequest {
    /// `https://host[:port]`, `https://*.domain`, or a setting that holds such an origin: `{api_base}`.
    pub origin: String,
    /// Shown to the operator: one sentence.
    pub reason: String,
    /// The most requests that the remote takes.
    #[serde(default)]
    pub rate: Option<Rate>,
}

/// A budget of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// So many requests …
    pub requests: u32,
    /// … in so many milliseconds.
    pub per_ms: u32,
    /// Who shares it.
    #[serde(default)]
    pub scope: RateScope,
}

/// Who shares a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateScope {
    /// This installation alone: the remote counts by account, and each installation has its own.
    #[default]
    Installation,
    /// All installations of this plugin that reach the same origin: the remote counts by account, and the origin is the account.
    Origin,
    /// All installations of this plugin: the remote counts by source address.
    Address,
}

/// A secret that the operator enters and only the host reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRequest {
    /// The name used in `{{secret:NAME}}`: 1 to 32 of `a-z 0-9 _`.
    pub name: String,
    /// Shown to the operator.
    pub label: String,
    /// Where it may be put: `path`, `query`, `header`, `body`, `sign`, `verify`.
    #[serde(default)]
    pub placements: Vec<String>,
    /// Where it may be sent: origins as they stand in `hosts`. Left out: to all of them.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
    /// Whether the plugin cannot work without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// How it is renewed, where it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
}

fn yes() -> bool {
    true
}

/// Something that a plugin wants to do by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// 1 to 32 of `a-z 0-9 -`.
    pub name: String,
    /// From one to the next: 300 (five minutes) to 604800 (a week).
    pub every_seconds: u32,
    /// Shown to the operator: one sentence.
    pub reason: String,
}

/// How much a plugin wants to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateRequest {
    /// Keys, 1 to 10 000.
    pub keys: u32,
    /// Bytes of all values together, up to 16 MiB. One value has 8 KiB at most.
    pub bytes: u32,
}

impl Default for StateRequest {
    fn default() -> Self {
        Self { keys: 100, bytes: 100 * 8 * 1024 }
    }
}
