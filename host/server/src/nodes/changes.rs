//! Who waits for news of which payment, in this process. News say only that something changed: whoever waits reads it where
//! it is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Everybody who waits.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    waiting: Arc<Mutex<BTreeMap<String, watch::Sender<()>>>>,
}

impl Changes {
    /// Waits for news of this payment from now on.
    pub fn subscribe(&self, payment_id: &str) -> Subscription {
        let news = self.waiting().entry(payment_id.to_owned()).or_insert_with(|| watch::channel(()).0).subscribe();
        Subscription { changes: self.clone(), payment_id: payment_id.to_owned(), news }
    }

    /// Tells whoever waits that the payment has changed.
    pub fn tell(&self, payment_id: &str) {
        if let Some(waiting) = self.waiting().get(payment_id) {
            waiting.send_replace(());
        }
    }

    /// Tells everybody, where it is not known what has changed.
    pub fn tell_all(&self) {
        for waiting in self.waiting().values() {
            waiting.send_replace(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<()>>> {
        // Every entry is whole at every moment.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits; no longer when this is dropped.
#[derive(Debug)]
pub struct Subscription {
    changes: Changes,
    payment_id: String,
    news: watch::Receiver<()>,
}

impl Subscription {
    /// Resolves when the payment may have changed since this was last asked, or since the subscription.
    pub async fn changed(&mut self) {
        if self.news.changed().await.is_err() {
            // Its sender stays for as long as somebody waits, so this is never.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut waiting = self.changes.waiting();
        if waiting.get(&self.payment_id).is_some_and(|sender| sender.receiver_count() <= 1) {
            waiting.remove(&self.payment_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn whoever_waits_hears_of_their_payment_alone_and_no_news_are_lost_between_two_looks() {
        let changes = Changes::default();
        let (mut first, mut second) = (changes.subscribe("pay_1"), changes.subscribe("pay_1"));
        let mut other = changes.subscribe("pay_2");
        assert!(first.changed().now_or_never().is_none());
        changes.tell("pay_1");
        changes.tell("pay_3");
        assert!(first.changed().now_or_never().is_some());
        assert!(first.changed().now_or_never().is_none());
        assert!(second.changed().now_or_never().is_some(), "told before it looked");
        assert!(other.changed().now_or_never().is_none());
        changes.tell_all();
        assert!(first.changed().now_or_never().is_some() && other.changed().now_or_never().is_some());
    }

    #[test]
    fn who_has_left_is_forgotten_and_no_sooner() {
        let changes = Changes::default();
        let first = changes.subscribe("pay_1");
        let mut second = changes.subscribe("pay_1");
        drop(first);
        changes.tell("pay_1");
        assert!(second.changed().now_or_never().is_some());
        drop(second);
        assert!(changes.waiting().is_empty());
    }
}
