//! People and what was written. It must not know how anything is told.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Who wrote a message.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The person whose chat it is.
    Customer,
    /// The account, by the API.
    Account,
    /// The account's staff, by hand.
    Staff,
}

/// A button under a message.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Button {
    /// Its caption.
    pub title: String,
    /// The address it opens, for `web_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it sends, for `postback` and quick replies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// One element of a generic template.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// The line below it.
    pub subtitle: Option<String>,
    /// The address that the whole card opens.
    pub url: Option<String>,
    /// Buttons under it.
    pub buttons: Vec<Button>,
}

/// A message in a chat.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub mid: String,
    /// Who wrote it.
    pub from: Side,
    /// What it says.
    pub text: String,
    /// Buttons under it.
    pub buttons: Vec<Button>,
    /// Elements of a generic template.
    pub cards: Vec<Card>,
    /// Quick replies that are still shown.
    pub quick_replies: Vec<Button>,
    /// Name of the utility template it came from.
    pub template: Option<String>,
}

impl Message {
    /// Every button of it that sends something.
    pub(super) fn sends(&self, payload: &str) -> Option<&Button> {
        let all = self.buttons.iter().chain(self.cards.iter().flat_map(|card| &card.buttons));
        all.into_iter().find(|button| button.payload.as_deref() == Some(payload))
    }
}

/// A person, as one account knows them.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the person")]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) who: String,
    /// Whether there is a thread with the account.
    pub(crate) thread: bool,
    pub(crate) blocked: bool,
    /// Uses the messenger in a browser.
    pub(crate) on_web: bool,
    /// Another app of the account has the thread.
    pub(crate) standby: bool,
    /// When the person last did something that opens the window, as Unix milliseconds.
    pub(crate) window_from: Option<i64>,
    /// A link that was followed before there was a thread.
    pub(crate) reference: Option<String>,
    pub(crate) messages: Vec<Message>,
}

impl Person {
    pub(super) fn new(account: &str, who: &str) -> Self {
        Self {
            id: scoped(account, who),
            who: who.to_owned(),
            thread: false,
            blocked: false,
            on_web: false,
            standby: false,
            window_from: None,
            reference: None,
            messages: Vec::new(),
        }
    }

    /// Whether the person did something in the last so many milliseconds.
    pub(crate) fn spoke_within(&self, life_ms: i64, now: i64) -> bool {
        self.window_from.is_some_and(|from| now - from < life_ms)
    }

    pub(super) fn view(&self, now: i64) -> PersonView {
        let mut messages = self.messages.clone();
        if self.on_web {
            // Templates do not render in Instagram's web client; it shows that there is something, no more.
            for message in &mut messages {
                message.buttons.clear();
                message.cards.clear();
            }
        }
        PersonView {
            id: self.id.clone(),
            who: self.who.clone(),
            blocked: self.blocked,
            on_web: self.on_web,
            standby: self.standby,
            window_open: self.spoke_within(super::DAY_MS, now),
            messages,
        }
    }
}

/// A person of an account as the play page shows them.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the person")]
pub struct PersonView {
    /// Their id at this account.
    pub id: String,
    /// Who they are, at every account.
    pub who: String,
    /// Whether they have blocked the account.
    pub blocked: bool,
    /// Whether they use the messenger in a browser.
    pub on_web: bool,
    /// Whether another app has the thread.
    pub standby: bool,
    /// Whether they did something in the last 24 hours.
    pub window_open: bool,
    /// All messages as they see them, oldest first.
    pub messages: Vec<Message>,
}

/// Sixteen digits that are another for each account: ids of people are scoped to it.
pub(super) fn scoped(account: &str, who: &str) -> String {
    let digest = Sha256::new().chain_update(account).chain_update([0]).chain_update(who).finalize();
    let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("7{:015}", number % 1_000_000_000_000_000)
}
