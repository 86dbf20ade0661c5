//! The Telegram double: the Bot API methods that a payment bot needs, chats with people in them, and a webhook sender
//! with Telegram's habits. It must not know what the bot is for.

mod api;
mod keyboard;
mod links;
mod messages;
mod people;
mod setup;
mod updates;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use keyboard::Button;
pub use people::{CannotAct, Message, Said, Side};

use crate::calls::{Call, CallList};
use crate::ids::Ids;
use crate::rate::Bucket;
use crate::sender::Sender;
use crate::{Clock, Settings, locked};
use people::{Chat, ChatView};
use setup::Webhook;
use updates::Update;

/// The bot's username.
const BOT_NAME: &str = "kamurj_sandbox_bot";
/// Messages a second to all chats of a bot together.
const BOT_PER_S: i64 = 30;

/// The messenger. Cheap to clone; all clones are the same messenger.
#[derive(Clone)]
pub struct Telegram {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

/// What can go wrong at Telegram on demand; the `_next` ones count down with each call of the bot.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TelegramFaults {
    /// Calls answered 429 with `retry_after`.
    pub limit_next: u32,
    /// Calls answered 500, with nothing done.
    pub fail_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// Calls whose connection is cut with nothing done.
    pub drop_request_next: u32,
    /// Every call is answered 401, as with a token that BotFather has replaced.
    pub token_revoked: bool,
    /// Every update is delivered once more after it was accepted.
    pub duplicate_updates: bool,
}

/// Everything Telegram knows, as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct TelegramView {
    /// The webhook, set or not.
    pub webhook: WebhookView,
    /// Private chats with the bot, by id.
    pub chats: Vec<ChatView>,
    /// The faults in force.
    pub faults: TelegramFaults,
    /// Every call of the bot that arrived.
    pub calls: Vec<Call>,
}

/// The webhook as `getWebhookInfo` knows it.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookView {
    /// Where updates go; empty where no webhook is set.
    pub url: String,
    /// Updates that wait.
    pub pending: usize,
    /// Why the last delivery failed, since the webhook was set.
    pub last_error: Option<String>,
}

struct State {
    token: String,
    customer_language: String,
    ids: Ids,
    chats: BTreeMap<i64, Chat>,
    webhook: Option<Webhook>,
    updates: VecDeque<Update>,
    next_update_id: i64,
    /// When each callback query was made, by its id.
    queries: HashMap<String, (i64, i64)>,
    rate: Bucket,
    faults: TelegramFaults,
    calls: CallList,
}

impl Telegram {
    pub(crate) fn new(settings: &Settings, clock: Clock, sender: Sender) -> Self {
        let now = clock();
        let state = State {
            token: settings.telegram_token.clone(),
            customer_language: settings.customer_language.clone(),
            ids: Ids::new(now),
            chats: BTreeMap::new(),
            webhook: None,
            updates: VecDeque::new(),
            // A server that outlives this double must not meet an update id twice, so they begin with the time.
            next_update_id: now.div_euclid(1000).max(1),
            queries: HashMap::new(),
            rate: Bucket::new(BOT_PER_S, BOT_PER_S),
            faults: TelegramFaults::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() }
    }

    /// What Telegram knows now.
    pub fn view(&self) -> TelegramView {
        let state = locked(&self.state);
        TelegramView {
            webhook: WebhookView {
                url: state.webhook.as_ref().map(|webhook| webhook.url.clone()).unwrap_or_default(),
                pending: state.updates.len(),
                last_error: state.webhook.as_ref().and_then(|webhook| Some(webhook.last_error.as_ref()?.1.clone())),
            },
            chats: state.chats.values().map(Chat::view).collect(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut TelegramFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl State {
    /// The bot's own id: the digits before the colon of its token.
    fn bot_id(&self) -> i64 {
        self.token.split(':').next().and_then(|digits| digits.parse().ok()).unwrap_or(1)
    }

    /// The bot as a user object.
    fn bot(&self) -> Value {
        serde_json::json!({
            "id": self.bot_id(), "is_bot": true, "first_name": "Sandbox shop", "username": BOT_NAME,
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        })
    }
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telegram")
    }
}

/// The Bot API under `/bot{token}/{method}`.
pub(crate) fn routes(telegram: Telegram) -> Router {
    Router::new().fallback(api::answer).with_state(telegram)
}
