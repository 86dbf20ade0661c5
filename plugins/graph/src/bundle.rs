//! Several events in one request of Meta's: each is taken once and in the order of its chat, and one that fails keeps none of the others.
//! It must not know what an event means.

use kamurj_sdk::{Host, InboundRequest, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

use crate::heard::Heard;

const BUNDLES: Shelf = Shelf::new("bundles");
/// Events that are answered in one run: a run has sixteen requests, and an answer takes up to three.
const MOST: usize = 5;
/// The rest of a large bundle follows after this, milliseconds.
const REST_MS: u64 = 1_000;

/// Whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Names the event among all: the request's id and the event's place in it.
    pub owner: String,
    /// Stands before the step of every effect, so that two events of one request share none.
    pub steps: String,
}

/// How far the runs before this one came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// Places of the events that need nothing more.
    #[serde(rename = "d")]
    over: Vec<usize>,
    /// Kind, code and message of the first that failed for good.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    failed: Option<(String, String, String)>,
}

/// Takes every event; the outcome is that of the whole request.
pub fn each(
    host: &impl Host,
    request: &InboundRequest,
    events: &[Heard],
    mut take: impl FnMut(&Turn, &Heard) -> Result<Outcome, Outcome>,
) -> Outcome {
    let several = events.len() > 1;
    let mut progress = Progress::default();
    if several && request.run > 1 {
        match BUNDLES.get(host, &request.id) {
            Ok(before) => progress = before.unwrap_or_default(),
            Err(error) => return error.into(),
        }
    }
    let (mut answered, mut held, mut last) = (0, Vec::new(), Outcome::done());
    let mut again: Option<Outcome> = None;
    for (place, event) in events.iter().enumerate() {
        // What follows in the same chat must not overtake.
        if progress.over.contains(&place) || held.contains(&event.chat()) {
            continue;
        }
        answered += usize::from(event.may_be_answered());
        if answered > MOST {
            again.get_or_insert_with(|| Outcome::retry("bundle", "the rest of a bundle follows").after_ms(REST_MS));
            break;
        }
        let turn = Turn { owner: format!("{}-{place}", request.id), steps: format!("{place}.") };
        let outcome = take(&turn, event).unwrap_or_else(|outcome| outcome);
        if !is_over(&outcome) {
            held.push(event.chat());
            let all = outcome.scope == "connection" || outcome.kind == "auth-needed";
            if all || again.is_none() {
                again = Some(outcome);
            }
            if all {
                break;
            }
            continue;
        }
        progress.over.push(place);
        if outcome.kind == "done" {
            last = outcome;
        } else if progress.failed.is_none() {
            progress.failed = Some((outcome.kind, outcome.code, outcome.message));
        } else {
            let fields = [("code", outcome.code.as_str()), ("said", outcome.message.as_str())];
            host.log(Level::Warn, "Another event of the same request failed", &fields);
        }
    }
    if several && (again.is_some() || request.run > 1) {
        keep(host, &request.id, again.as_ref().map(|_| &progress));
    }
    match (again, progress.failed) {
        (Some(again), _) => again,
        (None, Some((kind, code, message))) => Outcome { kind, ..Outcome::bad_request(&code, &message) },
        (None, None) => last,
    }
}

/// Whether a new run would change nothing.
fn is_over(outcome: &Outcome) -> bool {
    !matches!(outcome.kind.as_str(), "retry" | "ambiguous" | "auth-needed")
}

fn keep(host: &impl Host, request: &str, progress: Option<&Progress>) {
    let kept = match progress {
        Some(progress) => BUNDLES.put(host, request, progress),
        None => BUNDLES.remove(host, request),
    };
    if let Err(error) = kept {
        host.log(Level::Warn, "How far a bundle came could not be kept", &[("error.code", &error.code)]);
    }
}
