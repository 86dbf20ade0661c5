//! An attempt: one try at one provider, from our side of the wire. Whether it took money is not written here: facts say
//! that, and `verdict` reads them.

use crate::Money;
use serde::{Deserialize, Serialize};

/// One try at one provider, committed before the provider is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// `att_…`.
    pub id: String,
    /// Our order number at the provider: unique per provider account, for ever.
    pub number: String,
    /// The provider's word in paths: `vpos`.
    pub provider: String,
    /// The provider account that it runs on.
    pub account: String,
    /// What the provider was asked to take.
    pub asked: Money,
    /// When it was committed, Unix milliseconds.
    pub started_at: i64,
    /// When the provider's payment session is over at the latest, Unix milliseconds.
    pub session_ends_at: i64,
    /// How far the call to the provider got.
    pub call: Call,
}

/// How far the call that opens the provider's session got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Call {
    /// Committed, perhaps sent, no answer seen. Such a call is looked up, never sent again under another number.
    Dispatched,
    /// The provider opened a session.
    Open {
        /// The provider's id of the session.
        reference: String,
        /// Where the customer pays.
        url: String,
    },
    /// No session exists.
    Refused {
        /// In a few words, for the operator.
        reason: String,
    },
}

/// What came of calling the provider, or of looking for our order number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is a session.
    Session {
        /// The provider's id of it.
        reference: String,
        /// Where the customer pays.
        url: String,
    },
    /// There is none and will be none.
    None {
        /// In a few words.
        reason: String,
    },
}

/// What an answer does to an attempt. A repetition is a normal answer, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The call is now here.
    Moved(Call),
    /// Known already.
    Repeated,
    /// Changes nothing, for this reason.
    Ignored(&'static str),
}

/// The attempt's rule: what this answer does to a call that stands here.
pub fn apply(call: &Call, answer: &Answer) -> Step {
    match (call, answer) {
        (Call::Dispatched | Call::Refused { .. }, Answer::Session { reference, url }) => {
            Step::Moved(Call::Open { reference: reference.clone(), url: url.clone() })
        }
        (Call::Open { reference: known, .. }, Answer::Session { reference, .. }) => {
            if known == reference {
                Step::Repeated
            } else {
                Step::Ignored("the attempt has another session already")
            }
        }
        (Call::Dispatched, Answer::None { reason }) => Step::Moved(Call::Refused { reason: reason.clone() }),
        (Call::Open { .. }, Answer::None { .. }) => Step::Ignored("the session was already open"),
        (Call::Refused { .. }, Answer::None { .. }) => Step::Repeated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_moves_a_dispatched_call_and_repeats_change_nothing() {
        let session = |reference: &str| Answer::Session { reference: reference.into(), url: "u".into() };
        let open = |reference: &str| Call::Open { reference: reference.into(), url: "u".into() };
        let none = Answer::None { reason: "no".into() };
        let refused = Call::Refused { reason: "no".into() };
        let check = |call: &Call, answer: &Answer, expected: Step| assert_eq!(apply(call, answer), expected);

        check(&Call::Dispatched, &session("a"), Step::Moved(open("a")));
        check(&Call::Dispatched, &none, Step::Moved(refused.clone()));
        check(&open("a"), &session("a"), Step::Repeated);
        check(&open("a"), &session("b"), Step::Ignored("the attempt has another session already"));
        check(&open("a"), &none, Step::Ignored("the session was already open"));
        check(&refused, &none, Step::Repeated);
        check(&refused, &session("a"), Step::Moved(open("a")));
    }
}
