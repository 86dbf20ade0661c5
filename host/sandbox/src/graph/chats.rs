//! One of Meta's messengers as stories and pages hold it: its accounts, its people, its faults. It must not know which one it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::Value;

use super::hooks::App;
use super::people::PersonView;
use super::queue::Queue;
use super::{Account, GraphFaults, Habits, Opening};
use crate::calls::CallList;
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Call, Clock, locked};

/// The messenger. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Chats {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) clock: Clock,
    pub(super) sender: Sender,
    pub(super) delivering: Arc<tokio::sync::Mutex<()>>,
}

pub(crate) struct State {
    pub(super) habits: &'static dyn Habits,
    pub(crate) ids: Ids,
    pub(super) apps: BTreeMap<String, App>,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(super) queue: Queue,
    pub(crate) faults: GraphFaults,
    pub(super) calls: CallList,
}

/// Everything that the messenger knows, as the play page shows it. Tokens and secrets are not in it.
#[derive(Clone, Debug, Serialize)]
pub struct ChatsView {
    /// Its word.
    pub word: &'static str,
    /// Accounts, by id.
    pub accounts: Vec<AccountView>,
    /// The faults in force.
    pub faults: GraphFaults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// An account.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// Its id, the one in webhooks.
    pub id: String,
    /// Its name, or username.
    pub name: String,
    /// Id of its app.
    pub app: String,
    /// Where the app's events go.
    pub webhook: HookView,
    /// Fields that the app is subscribed to for this account.
    pub subscribed: Vec<String>,
    /// When its last token ends, as RFC 3339; `None`: never, or all were taken back.
    pub token_ends: Option<String>,
    /// People who know it.
    pub people: Vec<PersonView>,
}

/// Where an app's events go.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HookView {
    /// The address; empty where none is set.
    pub url: String,
    /// Events that wait.
    pub pending: usize,
    /// Why the last delivery failed.
    pub last_error: Option<String>,
    /// It failed for so long that it is switched off.
    pub disabled: bool,
}

impl Chats {
    pub(crate) fn new(habits: &'static dyn Habits, openings: Vec<Opening>, clock: Clock, sender: Sender) -> Self {
        let now = clock();
        let state = State {
            habits,
            ids: Ids::new(now),
            apps: BTreeMap::new(),
            accounts: BTreeMap::new(),
            queue: Queue::default(),
            faults: GraphFaults::default(),
            calls: CallList::default(),
        };
        let chats = Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() };
        for opening in openings {
            chats.open(opening);
        }
        chats
    }

    /// Takes an account on, with its app.
    pub(crate) fn open(&self, opening: Opening) {
        self.with(|state, now| {
            let app = state.apps.entry(opening.app.clone());
            let (secret, other_secret) = (opening.app_secret.clone(), opening.other_secret.clone());
            app.or_insert(App { secret, other_secret, hook: None });
            state.accounts.insert(opening.id.clone(), Account::open(opening, now));
        });
    }

    /// What the messenger knows now.
    pub fn view(&self) -> ChatsView {
        self.with(|state, now| ChatsView {
            word: state.habits.word(),
            accounts: state.accounts.values().map(|account| state.account_view(account, now)).collect(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        })
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut GraphFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    /// Whoever owns the account takes every token of it back, as a changed password does.
    pub fn revoke_tokens(&self, account: &str) {
        self.with(|state, _| {
            if let Some(account) = state.accounts.get_mut(account) {
                account.tokens.revoke();
            }
        });
    }

    /// Meta approves every template that waits.
    pub fn approve_templates(&self) {
        self.with(|state, _| {
            for template in state.accounts.values_mut().flat_map(|account| &mut account.templates) {
                template.approved = true;
            }
        });
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl State {
    fn account_view(&self, account: &Account, now: i64) -> AccountView {
        let hook = self.apps.get(&account.app).and_then(|app| app.hook.as_ref());
        let webhook = hook.map_or_else(HookView::default, |hook| HookView {
            url: hook.url.clone(),
            pending: self.queue.waiting(&account.app),
            last_error: hook.last_error.clone(),
            disabled: hook.disabled,
        });
        AccountView {
            id: account.id.clone(),
            name: account.name.clone(),
            app: account.app.clone(),
            webhook,
            subscribed: account.subscribed.iter().cloned().collect(),
            token_ends: account.tokens.last_end().map(crate::rfc3339),
            people: account.people.values().map(|person| person.view(now)).collect(),
        }
    }
}

impl std::fmt::Debug for Chats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chats")
    }
}
