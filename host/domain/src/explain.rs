//! Why a payment is in its state, in one sentence that a person can act on.

use crate::{Fact, Outcome, time};

/// What happens next by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// In words: `the provider is asked again`.
    pub what: String,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// Status, rule, the deciding fact with its evidence, and the next timer, in one sentence.
pub fn sentence(outcome: &Outcome<'_>, next: Option<&Next>) -> String {
    let decided = outcome.deciding.map_or_else(
        || "; no fact about money decides it".to_owned(),
        |fact| format!(", decided by fact {}: {}", fact.id, told(fact)),
    );
    let waits = if outcome.awaits_second_person { "; a person's decision waits for a second person" } else { "" };
    let next = next.map_or_else(
        || "nothing happens by time alone".to_owned(),
        |next| format!("next, at {}, {}", time::rfc3339(next.at), next.what),
    );
    format!("The payment is {} because {}{decided}{waits}; {next}.", outcome.status.word(), outcome.rule)
}

/// A fact in words: what was said, with which evidence, by whom, when.
fn told(fact: &Fact) -> String {
    let mut parts = vec![format!("{} from {}", fact.evidence.phrase(), fact.source.name)];
    parts.extend(fact.decision.as_ref().map(|decision| format!("{} as {}", decision.by, decision.role)));
    parts.extend(fact.amount.map(|amount| amount.to_string()));
    parts.extend(fact.provider_time.map(time::rfc3339));
    parts.extend(fact.reason.as_ref().map(|reason| format!("“{reason}”")));
    format!("{} ({})", fact.kind.word(), parts.join(", "))
}
