//! Several servers on one database: through Redis they share budgets, wake each other and tell what changed. Everything that
//! Redis carries may be lost: without it the nodes are slower, never wrong. It gets ids and counts alone; no secret, no status
//! and nothing of a person.

mod book;
mod budgets;
mod changes;
mod keeper;
mod link;
mod post;
pub mod rate;
pub mod script;

pub use book::{Book, Part};
pub use budgets::Budgets;
pub use changes::{Changes, Subscription};
pub use rate::{Draw, Granted, Rate, Taken};

use crate::app::App;
use crate::work::watch::{HELD, LOOKS_FOR_MS};
use kamurj_domain::{Clock, Ids};
use link::Link;
use post::Post;
use redis::{Client, Cmd};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::watch::Receiver;

/// For how long after one node asked about a watched payment the others leave it alone, in milliseconds: a little less than a
/// node's own pause.
const ASKED_FOR_MS: i64 = 3_900;

type Shared = Option<Arc<Link>>;

/// This node among the others; alone where there is no Redis.
pub struct Nodes {
    /// How often somebody outside may be asked.
    pub budgets: Budgets,
    /// Who waits for news of which payment.
    pub changes: Changes,
    id: String,
    link: Shared,
    post: Post,
}

/// What one node tells the others.
#[derive(Debug, Serialize, Deserialize)]
struct News {
    from: String,
    /// Work may be due.
    #[serde(default)]
    ring: bool,
    /// Payments that have changed.
    #[serde(default)]
    changed: Vec<String>,
    /// More have changed than are named.
    #[serde(default)]
    everything: bool,
}

impl Nodes {
    /// This node. `redis`: the address, and a name that all nodes of this deployment have in common and no other has.
    pub fn new(redis: Option<(Client, &str)>, clock: Arc<dyn Clock>, ids: &Ids) -> Self {
        let (link, id) = match redis {
            None => (None, String::new()),
            Some((client, name)) => {
                let link = Link::new(client, format!("kamurj:{name}:"), clock.clone());
                (Some(Arc::new(link)), ids.new_id("node"))
            }
        };
        Self {
            budgets: Budgets::new(link.clone(), clock),
            changes: Changes::default(),
            id,
            link,
            post: Post::default(),
        }
    }

    /// Whether there may be other nodes.
    pub fn is_shared(&self) -> bool {
        self.link.is_some()
    }

    /// Rings for the hands of the other nodes.
    pub fn ring(&self) {
        if self.is_shared() {
            self.post.ring();
        }
    }

    /// Tells whoever waits, on all nodes, that the payment has changed.
    pub fn tell(&self, payment_id: &str) {
        self.changes.tell(payment_id);
        if self.is_shared() {
            self.post.changed(payment_id);
        }
    }

    /// Tells the other nodes that somebody has this payment's page open.
    pub fn looks(&self, payment_id: &str) {
        if self.is_shared() {
            self.post.looks(payment_id);
        }
    }

    /// Tells the other nodes that nobody need wait for this payment any more.
    pub fn settled(&self, payment_id: &str) {
        if self.is_shared() {
            self.post.settled(payment_id);
        }
    }

    /// Whether this node is the one to ask about a watched payment now; where Redis is away, every node is.
    pub async fn may_ask(&self, payment_id: &str) -> bool {
        let Some(link) = self.link.as_ref().filter(|link| link.is_up()) else { return true };
        let mut command = Cmd::new();
        command.arg("SET").arg(link.name(&format!("asked:{payment_id}"))).arg(&self.id);
        let set: Option<Option<String>> = link.ask(command.arg("NX").arg("PX").arg(ASKED_FOR_MS)).await;
        set.is_none_or(|set| set.is_some())
    }

    /// Says that this node did not ask about it after all.
    pub async fn did_not_ask(&self, payment_id: &str) {
        if let Some(link) = &self.link {
            let _: Option<i64> = link.ask(Cmd::new().arg("DEL").arg(link.name(&format!("asked:{payment_id}")))).await;
        }
    }

    /// Keeps the line to the other nodes until told to stop.
    pub async fn run(app: Arc<App>, stop: Receiver<bool>) {
        tokio::join!(keeper::keep(&app, stop.clone()), post::carry(&app, stop));
    }

    /// Learns whose pages are open on other nodes.
    async fn learn_who_looks(&self, app: &App) {
        let Some(link) = &self.link else { return };
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script::looked_at()).arg(1).arg(link.name("looking")).arg(LOOKS_FOR_MS).arg(HELD);
        let found: Vec<(String, i64)> = link.ask(&command).await.unwrap_or_default();
        let now = app.now();
        for (payment_id, ago) in found {
            app.watching.seen_at(&payment_id, now - ago.max(0), now);
        }
    }

    /// Takes up what another node tells. What cannot be read is of another version: the slow poll makes up for it.
    fn hear(&self, app: &App, text: &[u8]) {
        let Ok(news) = serde_json::from_slice::<News>(text) else {
            tracing::debug!("news of another node cannot be read");
            return;
        };
        if news.from == self.id {
            return;
        }
        if news.ring {
            tracing::trace!(from = news.from, "another node rings");
            app.wake.notify_one();
        }
        for payment_id in &news.changed {
            self.changes.tell(payment_id);
        }
        if news.everything {
            self.changes.tell_all();
        }
    }
}
