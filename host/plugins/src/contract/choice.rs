//! What can be chosen for a setting, as the remote has it.

use serde::{Deserialize, Serialize};

use super::Extra;

/// Which list is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRequest {
    /// Its name in the settings' schema.
    pub name: String,
    /// `hy`, `ru` or `en`.
    pub language: String,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    /// What the setting then holds; at most 256 bytes.
    pub value: String,
    /// As people know it; at most 1 KiB.
    pub title: String,
    /// Under which heading it stands.
    pub group: Option<String>,
}
