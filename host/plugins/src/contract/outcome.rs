//! How a call ended, as the plugin sees it. What the host does about it is not decided here.

use serde::{Deserialize, Serialize};

use super::Extra;

/// The kinds of end. A word that this version does not know counts as [`OutcomeKind::BadRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Everything owed was done.
    Done,
    /// Passing trouble.
    Retry,
    /// An effect may or may not have happened, and this run could not find out.
    Ambiguous,
    /// The remote refuses the credentials.
    AuthNeeded,
    /// The channel does not allow this message now.
    WindowClosed,
    /// This recipient cannot be reached.
    Unreachable,
    /// The remote will never accept this.
    BadRequest,
    /// An effect may have happened and must rather be lost than repeated.
    InDoubt,
}

impl OutcomeKind {
    /// The kind that a plugin named.
    pub fn from_word(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "retry" => Self::Retry,
            "ambiguous" => Self::Ambiguous,
            "auth-needed" => Self::AuthNeeded,
            "window-closed" => Self::WindowClosed,
            "unreachable" => Self::Unreachable,
            "in-doubt" => Self::InDoubt,
            _ => Self::BadRequest,
        }
    }

    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Ambiguous => "ambiguous",
            Self::AuthNeeded => "auth-needed",
            Self::WindowClosed => "window-closed",
            Self::Unreachable => "unreachable",
            Self::BadRequest => "bad-request",
            Self::InDoubt => "in-doubt",
        }
    }
}

/// What a retry should hold back. A word that this version does not know counts as [`Scope::Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// This one delivery.
    Message,
    /// This chat or record.
    Target,
    /// Everything that this installation sends.
    Connection,
}

impl Scope {
    /// The scope that a plugin named.
    pub fn from_word(word: &str) -> Self {
        match word {
            "target" => Self::Target,
            "connection" => Self::Connection,
            _ => Self::Message,
        }
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The kind of end.
    pub kind: OutcomeKind,
    /// The remote's own error code, or the plugin's; at most 64 bytes.
    pub code: String,
    /// One sentence for the operator; at most 1 KiB.
    pub message: String,
    /// How long to wait before the next run, where the plugin knows.
    pub retry_after_ms: Option<u64>,
    /// What a retry should hold back.
    pub scope: Scope,
    /// The remote's id of what was made or changed; at most 256 bytes.
    pub remote_ref: Option<String>,
    /// Additions; at most 64 KiB altogether.
    pub extra: Extra,
}
