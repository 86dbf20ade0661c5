//! What a node tells the others: that there is work, which payments changed, who has a page open. Gathered for a moment and
//! sent by a task of its own, so that whoever has news never waits. What gets lost is made up for by the slow poll.

use super::link::Link;
use super::{News, script};
use crate::app::App;
use crate::work::watch::{HELD, LOOKS_FOR_MS};
use redis::Cmd;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::watch::Receiver;

/// For how long news gather after some were sent.
const GATHER: Duration = Duration::from_millis(5);
/// How many payments one message names at most; of more it is only said that there are some.
const NAMED: usize = 500;

/// News that wait to be sent.
#[derive(Default)]
pub(super) struct Post {
    bag: Mutex<Bag>,
    filled: Notify,
}

#[derive(Default)]
struct Bag {
    ring: bool,
    changed: BTreeSet<String>,
    looking: BTreeSet<String>,
    settled: BTreeSet<String>,
}

impl Post {
    pub(super) fn ring(&self) {
        self.put(|bag| bag.ring = true);
    }

    pub(super) fn changed(&self, payment_id: &str) {
        self.put(|bag| add(&mut bag.changed, payment_id, NAMED + 1));
    }

    pub(super) fn looks(&self, payment_id: &str) {
        self.put(|bag| add(&mut bag.looking, payment_id, HELD));
    }

    pub(super) fn settled(&self, payment_id: &str) {
        self.put(|bag| add(&mut bag.settled, payment_id, HELD));
    }

    fn put(&self, put: impl FnOnce(&mut Bag)) {
        put(&mut self.bag.lock().unwrap_or_else(PoisonError::into_inner));
        self.filled.notify_one();
    }

    fn empty(&self) -> Bag {
        std::mem::take(&mut self.bag.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn add(ids: &mut BTreeSet<String>, id: &str, most: usize) {
    if ids.len() < most {
        ids.insert(id.to_owned());
    }
}

/// Carries news to the others until told to stop, and then what is left.
pub(super) async fn carry(app: &Arc<App>, mut stop: Receiver<bool>) {
    let (Some(link), post) = (&app.nodes.link, &app.nodes.post) else { return };
    while !*stop.borrow() {
        tokio::select! {
            () = post.filled.notified() => {}
            _ = stop.changed() => {}
        }
        let bag = post.empty();
        if link.is_up() {
            send(app, link, bag).await;
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn send(app: &App, link: &Link, bag: Bag) {
    let everything = bag.changed.len() > NAMED;
    let changed = if everything { Vec::new() } else { bag.changed.into_iter().collect() };
    if bag.ring || everything || !changed.is_empty() {
        let news = News { from: app.nodes.id.clone(), ring: bag.ring, changed, everything };
        let text = serde_json::to_string(&news).expect("plain fields are written as JSON");
        let _: Option<i64> = link.ask(Cmd::new().arg("PUBLISH").arg(link.name("news")).arg(text)).await;
    }
    if !bag.looking.is_empty() {
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script::look()).arg(1).arg(link.name("looking")).arg(LOOKS_FOR_MS);
        for payment_id in &bag.looking {
            command.arg(payment_id);
        }
        let _: Option<i64> = link.ask(&command).await;
    }
    if !bag.settled.is_empty() {
        let mut command = Cmd::new();
        command.arg("ZREM").arg(link.name("looking"));
        for payment_id in &bag.settled {
            command.arg(payment_id);
        }
        let _: Option<i64> = link.ask(&command).await;
    }
}
