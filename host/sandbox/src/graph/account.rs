//! Accounts that write through the API: a page, or a professional Instagram account, each with its app. It must not know what
//! is written.

use std::collections::{BTreeMap, BTreeSet};

use super::token::Tokens;
use super::{Door, Person};
use crate::rate::Bucket;

/// Texts and links a second that one account may send ("Rate limits" of the Messenger Platform; the same for Instagram).
const SENDS_PER_S: i64 = 300;

/// An account.
pub(crate) struct Account {
    pub(crate) id: String,
    /// The page that it is reached by, where that is another id.
    pub(crate) page: Option<String>,
    pub(crate) name: String,
    pub(crate) app: String,
    /// The host that its token is of.
    pub(crate) door: Door,
    pub(crate) tokens: Tokens,
    /// What its app gave it beyond messaging, by the permission's name.
    pub(crate) permissions: BTreeSet<String>,
    /// Fields that its app is subscribed to for it.
    pub(crate) subscribed: BTreeSet<String>,
    /// Payload of the Get Started button.
    pub(crate) get_started: Option<String>,
    /// Question and payload of each ice breaker.
    pub(crate) ice_breakers: Vec<(String, String)>,
    pub(crate) templates: Vec<Template>,
    /// By their scoped ids.
    pub(crate) people: BTreeMap<String, Person>,
    pub(super) rate: Bucket,
}

/// A utility template.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) approved: bool,
    pub(crate) body: String,
    /// Caption and, for a link, its address with `{{1}}`, for a postback none.
    pub(crate) buttons: Vec<(String, Option<String>)>,
}

/// What an account is opened with.
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) page: Option<String>,
    pub(crate) name: String,
    pub(crate) door: Door,
    pub(crate) token: String,
    /// Milliseconds until the token ends.
    pub(crate) life_ms: Option<i64>,
    pub(crate) app: String,
    pub(crate) app_secret: String,
    pub(crate) other_secret: Option<String>,
    pub(crate) permissions: Vec<String>,
}

impl Account {
    pub(super) fn open(opening: Opening, now: i64) -> Self {
        let mut tokens = Tokens::default();
        tokens.issue(opening.token, now, opening.life_ms);
        Self {
            id: opening.id,
            page: opening.page,
            name: opening.name,
            app: opening.app,
            door: opening.door,
            tokens,
            permissions: opening.permissions.into_iter().collect(),
            subscribed: BTreeSet::new(),
            get_started: None,
            ice_breakers: Vec::new(),
            templates: Vec::new(),
            people: BTreeMap::new(),
            rate: Bucket::new(SENDS_PER_S, SENDS_PER_S),
        }
    }

    /// Whether a path may name it so.
    pub(super) fn is(&self, segment: &str) -> bool {
        segment == "me" || segment == self.page.as_deref().unwrap_or(&self.id)
    }
}
