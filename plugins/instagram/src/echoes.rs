//! What was sent, by its words: Instagram hands nothing of ours back with an echo, so that only the same text in the same chat tells that
//! a message arrived. A weak proof, which nobody takes for more. It must not send.

use kamurj_sdk::{Host, Level, Shelf, fingerprint};

const SENT: Shelf = Shelf::new("sent");

/// Remembers what is about to be sent. Before it is, because the echo may be faster than the answer.
pub(crate) fn expect(host: &impl Host, chat: &str, text: &str, mark: &str) {
    if let Err(error) = SENT.put(host, &key(chat, text), &mark) {
        host.log(Level::Warn, "What is being sent could not be kept", &[("error.code", &error.code)]);
    }
}

/// The mark of the newest message with these words in this chat.
pub(crate) fn mark_of(host: &impl Host, chat: &str, text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    SENT.get(host, &key(chat, text)).ok().flatten()
}

fn key(chat: &str, text: &str) -> String {
    // White space may be tidied up on the way.
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("{chat}.{:016x}", fingerprint(&words.join(" ")))
}
