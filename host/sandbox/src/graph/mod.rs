//! What the doubles of Meta's messengers share: how a call of the Graph API is read and refused, where an app's webhooks go and how
//! they are signed; and, for Messenger and Instagram, tokens and the chats of people with the accounts that write. It must not know
//! which messenger it serves; that is said by its `Habits`.
//!
//! Sources, unless a rule names its own: developers.facebook.com, "Messenger Platform", "Instagram Platform" and "Graph API"
//! as of autumn 2026, and error bodies that developers have shown in public issues.

mod account;
mod acts;
mod chats;
mod content;
mod door;
mod faults;
mod habits;
mod handshake;
mod hooks;
mod people;
mod queue;
mod refusal;
mod send;
mod setup;
mod subscriptions;
mod titles;
mod token;
mod told;

pub use acts::{Act, Acted, CannotAct};
pub use chats::{AccountView, Chats, ChatsView, HookView};
pub use faults::{GraphFaults, Refuse};
pub use people::{Button, Card, Message, PersonView, Side};

pub(crate) use account::{Account, Opening, Template};
pub(crate) use chats::State;
pub(crate) use content::{Content, read_button_url};
pub(crate) use door::{Answer, Asked, Door, Parameters, routes};
pub(crate) use habits::{Followed, Habits};
pub(crate) use handshake::{Wanted, read_callback};
pub(crate) use hooks::{App, escaped, hmac_hex, signature};
pub(crate) use people::Person;
pub(crate) use refusal::Refusal;
pub(crate) use subscriptions::Subscription;

/// Versions that are answered. A version lives about two years (Graph API changelog); the newest seen is v26.0.
pub const VERSIONS: [&str; 5] = ["v22.0", "v23.0", "v24.0", "v25.0", "v26.0"];

/// A day, in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 3_600_000;
