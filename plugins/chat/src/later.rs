//! News of sent messages: which of them arrived, so that a lost answer can be settled, and what the host is told of a delivery's
//! message. It must not send.

use kamurj_sdk::{Host, Level, Outcome, Receipt, Shelf};

use crate::event::News;
use crate::sending::Tag;

const SEEN: Shelf = Shelf::new("seen");

/// Remembers that the message with this mark is in the chat.
pub fn saw(host: &impl Host, mark: &str, message: &str) {
    if Tag::read(mark).is_none() || sighted(host, mark).is_some() {
        return;
    }
    if let Err(error) = SEEN.put(host, mark, &message) {
        host.log(Level::Warn, "That a message arrived could not be kept", &[("error.code", &error.code)]);
    }
}

/// The id of the message with this mark, if it was seen in the chat.
pub fn sighted(host: &impl Host, mark: &str) -> Option<String> {
    SEEN.get(host, mark).ok().flatten()
}

/// Keeps what a service tells of a message: that it arrived, and, where a delivery sent it, its receipt.
pub fn note_news(host: &impl Host, news: &News) -> Result<(), Outcome> {
    let Some((owner, ..)) = Tag::read(&news.mark) else { return Ok(()) };
    saw(host, &news.mark, &news.message);
    if !owner.starts_with("dlv_") || !matches!(news.state.as_str(), "delivered" | "read" | "failed") {
        return Ok(());
    }
    let receipt = Receipt {
        delivery_id: owner.to_owned(),
        state: news.state.clone(),
        code: news.code.clone(),
        message: news.text.clone(),
        at: news.at,
        extra: Vec::new(),
    };
    match host.note_receipt(&receipt) {
        Err(error) if error.retryable => Err(error.into()),
        // A delivery that is gone needs no receipt.
        _ => Ok(()),
    }
}
