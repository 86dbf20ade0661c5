//! How a call ends, by name. It must not decide anything: which answer of a service means which outcome is the
//! plugin's table, and when a retry comes is the host's.

use crate::{Error, Outcome};

impl Outcome {
    fn new(kind: &str, code: &str, message: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            retry_after_ms: None,
            scope: "message".to_owned(),
            remote_ref: None,
            extra: Vec::new(),
        }
    }

    /// Everything owed was done, or nothing was to do.
    pub fn done() -> Self {
        Self::new("done", "", "")
    }

    /// Passing trouble; a new run comes by the host's back-off unless [`after_ms`](Self::after_ms) says when.
    pub fn retry(code: &str, message: &str) -> Self {
        Self::new("retry", code, message)
    }

    /// An effect may or may not have happened and this run could not find out; a new run comes.
    pub fn ambiguous(code: &str, message: &str) -> Self {
        Self::new("ambiguous", code, message)
    }

    /// The remote refuses the credentials; a person must act.
    pub fn auth_needed(code: &str, message: &str) -> Self {
        Self::new("auth-needed", code, message)
    }

    /// This recipient cannot be reached.
    pub fn unreachable(code: &str, message: &str) -> Self {
        Self::new("unreachable", code, message)
    }

    /// The channel does not allow this message now.
    pub fn window_closed(code: &str, message: &str) -> Self {
        Self::new("window-closed", code, message)
    }

    /// The remote will never accept this; a setting or the plugin is wrong.
    pub fn bad_request(code: &str, message: &str) -> Self {
        Self::new("bad-request", code, message)
    }

    /// An effect may have happened, cannot be probed, and must rather be lost than repeated.
    pub fn in_doubt(code: &str, message: &str) -> Self {
        Self::new("in-doubt", code, message)
    }

    /// Earliest time of the next run, in milliseconds from now.
    #[must_use]
    pub fn after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// Holds back everything that this installation sends, not this message alone.
    #[must_use]
    pub fn whole_connection(mut self) -> Self {
        "connection".clone_into(&mut self.scope);
        self
    }

    /// Holds back everything toward this chat or record.
    #[must_use]
    pub fn this_target(mut self) -> Self {
        "target".clone_into(&mut self.scope);
        self
    }

    /// The remote's id of what was made or changed.
    #[must_use]
    pub fn with_ref(mut self, remote_ref: &str) -> Self {
        self.remote_ref = Some(remote_ref.to_owned());
        self
    }
}

/// A refused host call: `retry` where the host says that it may work later, `bad-request` otherwise.
impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        if error.retryable {
            let mut outcome = Self::retry(&error.code, &error.message);
            outcome.retry_after_ms = error.retry_after_ms;
            outcome
        } else {
            Self::bad_request(&error.code, &error.message)
        }
    }
}
