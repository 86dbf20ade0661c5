//! How a plugin is asked to make its service call this server, and what it found.

use serde::{Deserialize, Serialize};

use super::Extra;

/// Where the service is to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The route's path, as the manifest has it.
    pub path: String,
    /// The whole address; a secret that is a part of it stands there as a slot.
    pub url: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// One for each route of the manifest.
    pub addresses: Vec<Address>,
    /// Only look, and change nothing.
    pub only_look: bool,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// How a thing that has to be so stands. A word that this version does not know counts as [`Found::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It was so.
    Ok,
    /// It is so now.
    Made,
    /// It is not there.
    Missing,
    /// It is otherwise.
    Wrong,
    /// It could not be seen.
    Unknown,
}

impl Found {
    /// The state that a plugin named.
    pub fn from_word(word: &str) -> Self {
        match word {
            "ok" => Self::Ok,
            "made" => Self::Made,
            "missing" => Self::Missing,
            "wrong" => Self::Wrong,
            _ => Self::Unknown,
        }
    }

    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Made => "made",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing is left to be done about it.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Ok | Self::Made)
    }
}

/// One thing that has to be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The plugin's stable word for it; at most 64 bytes.
    pub name: String,
    /// How it stands.
    pub state: Found,
    /// What was found, and what the operator does about it; at most 1 KiB.
    pub message: String,
}
