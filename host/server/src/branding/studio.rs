//! Where pictures are worked on: off the threads that serve, one upload and one card at a time, and the cards that were drawn lately.

use crate::problem::{Kind, Problem};
use kamurj_domain::format::Language;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Cards that are kept in memory, about 40 KB each.
const MOST_CARDS: usize = 64;

/// How long somebody waits for a turn and for the work together.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardKey {
    pub(crate) merchant_id: String,
    pub(crate) card: String,
    pub(crate) language: Language,
}

/// A place to work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bench {
    /// For pictures that merchants upload.
    Uploads,
    /// For cards.
    Cards,
}

/// The benches, and the cards that were drawn lately.
pub struct Studio {
    uploads: Arc<Semaphore>,
    cards: Arc<Semaphore>,
    kept: Mutex<VecDeque<(CardKey, Arc<Vec<u8>>)>>,
}

impl Default for Studio {
    fn default() -> Self {
        Self { uploads: Arc::new(Semaphore::new(1)), cards: Arc::new(Semaphore::new(1)), kept: Mutex::default() }
    }
}

impl Studio {
    /// Does this at a bench. Work that takes too long is told as a problem and keeps its place until it ends.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        bench: Bench,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let places = match bench {
            Bench::Uploads => self.uploads.clone(),
            Bench::Cards => self.cards.clone(),
        };
        let done = tokio::time::timeout(PATIENCE, async move {
            let place = places.acquire_owned().await.ok()?;
            let work = tokio::task::spawn_blocking(move || {
                let _place = place;
                work()
            });
            work.await.ok()
        });
        let busy = || Problem::new(Kind::Unavailable, "Other pictures are being worked on. Try again in a moment.");
        done.await.ok().flatten().ok_or_else(busy)
    }

    /// A card that was drawn lately.
    pub(crate) fn kept(&self, key: &CardKey) -> Option<Arc<Vec<u8>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == key).map(|(_, bytes)| bytes.clone())
    }

    /// Keeps a card; the oldest goes where there are too many.
    pub(crate) fn keep(&self, key: CardKey, bytes: Arc<Vec<u8>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(known, _)| *known == key) {
            return;
        }
        if kept.len() >= MOST_CARDS {
            kept.pop_front();
        }
        kept.push_back((key, bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::{CardKey, MOST_CARDS, Studio};
    use kamurj_domain::format::Language;
    use std::sync::Arc;

    #[test]
    fn so_many_cards_are_kept_and_no_more() {
        let studio = Studio::default();
        let key = |number: usize| CardKey {
            merchant_id: "mer_1".to_owned(),
            card: number.to_string(),
            language: Language::Hy,
        };
        for number in 0..=MOST_CARDS {
            studio.keep(key(number), Arc::new(vec![1]));
            studio.keep(key(number), Arc::new(vec![2]));
        }
        assert_eq!(studio.kept(&key(0)), None, "the oldest went");
        assert_eq!(studio.kept(&key(1)).as_deref(), Some(&vec![1]), "the first of two stays");
        assert_eq!(studio.kept(&CardKey { language: Language::Ru, ..key(1) }), None);
    }
}
