//! What a set-up found, in the contract's words. It must not know any service.

use crate::Finding;

impl Finding {
    fn new(name: &str, state: &str, message: &str) -> Self {
        Self { name: name.to_owned(), state: state.to_owned(), message: message.to_owned(), extra: Vec::new() }
    }

    /// It was so already.
    pub fn ok(name: &str, message: &str) -> Self {
        Self::new(name, "ok", message)
    }

    /// It was made so just now.
    pub fn made(name: &str, message: &str) -> Self {
        Self::new(name, "made", message)
    }

    /// It is not there; the message says what the operator does.
    pub fn missing(name: &str, message: &str) -> Self {
        Self::new(name, "missing", message)
    }

    /// It is there and not as it should be; the message says what the operator does.
    pub fn wrong(name: &str, message: &str) -> Self {
        Self::new(name, "wrong", message)
    }

    /// It could not be seen.
    pub fn unknown(name: &str, message: &str) -> Self {
        Self::new(name, "unknown", message)
    }
}
