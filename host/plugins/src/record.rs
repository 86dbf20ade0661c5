//! The record of a run, and the arithmetic of second tries: which call is answered from the record, which is in doubt,
//! which is made for real. Pure: no I/O, no clock, no WebAssembly.
//!
//! Two kinds of second try meet here. A run that a crash interrupted is *resumed*: its own steps answer its calls in
//! order. A *new run* of the same owner starts afresh, but effects that the remote accepted in earlier runs are answered
//! from those, by name. An effect that may have left this machine and whose answer was never seen is in doubt; each run
//! is told so once per name and then decides for itself, because a run knows nothing of what earlier runs were told.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One host call of a run that could answer differently next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Place in the run, from 0.
    pub index: u32,
    /// `http.send`, `state.set`, `payments.create` and so on.
    pub call: String,
    /// The effect's name; none for reads and for everything but http.
    pub name: Option<String>,
    /// What the guest asked for. Slots for secrets are unfilled.
    pub request: Value,
    /// How far it got.
    pub state: StepState,
    /// The answer that the guest saw, without secrets.
    pub response: Option<Value>,
}

/// How far a step got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Recorded before it was sent; whether it was sent is unknown.
    Sent,
    /// Answered.
    Answered,
}

impl Step {
    /// The remote took the effect: a 2xx answer.
    fn accepted(&self) -> bool {
        self.answer()["status"].as_u64().is_some_and(|status| (200..300).contains(&status))
    }

    /// It may have reached the remote, and no whole answer was seen.
    fn in_doubt(&self) -> bool {
        self.response.is_none() || matches!(self.failure(), Some("ambiguous" | "too-large"))
    }

    /// Nothing reached the remote for certain, so that it says nothing about the effect.
    fn never_left(&self) -> bool {
        matches!(self.failure(), Some("not-sent" | "not-granted" | "invalid" | "limit" | "rate-limited"))
    }

    fn failure(&self) -> Option<&str> {
        self.answer()["failure"].as_str()
    }

    fn answer(&self) -> &Value {
        self.response.as_ref().unwrap_or(&Value::Null)
    }
}

/// The guest did something else than its record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Divergence {
    pub(crate) index: u32,
    pub(crate) detail: String,
}

/// What to do about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Give this answer; the durable record has it.
    Recorded(Value),
    /// Give this answer of an earlier run, and keep it as this run's.
    Carried(Value),
    /// Say that it is in doubt.
    Doubt,
    /// Make the call.
    Live,
}

/// A run's record while it runs.
pub(crate) struct Tape {
    next: u32,
    /// This run's steps from before a crash that were not asked for yet.
    recorded: BTreeMap<u32, Step>,
    /// Effects of earlier runs, in order.
    carried: Vec<Step>,
    /// Names whose doubt this run knows of, because it was told or because it sent them itself.
    known: HashSet<String>,
    /// Steps that the durable record lacks, by index.
    unrecorded: BTreeMap<u32, Step>,
}

impl Tape {
    pub(crate) fn new(recorded: Vec<Step>, carried: Vec<Step>) -> Self {
        Self {
            next: 0,
            recorded: recorded.into_iter().map(|step| (step.index, step)).collect(),
            carried,
            known: HashSet::new(),
            unrecorded: BTreeMap::new(),
        }
    }

    /// How many steps this run has taken.
    pub(crate) fn length(&self) -> u32 {
        self.next
    }

    /// The next call of the guest: its index and what to do about it.
    pub(crate) fn take(&mut self, call: &str, name: Option<&str>, request: &Value) -> Result<(u32, Turn), Divergence> {
        let index = self.next;
        self.next += 1;
        if let Some(step) = self.recorded.remove(&index) {
            if step.call != call || step.name.as_deref() != name || step.request != *request {
                let detail =
                    format!("the record has `{}`, the plugin now calls `{call}` or with other values", step.call);
                return Err(Divergence { index, detail });
            }
            self.known.extend(step.name);
            return Ok((index, step.response.map_or(Turn::Doubt, Turn::Recorded)));
        }
        if !self.recorded.is_empty() {
            return Err(Divergence { index, detail: "the record lacks this step but has later ones".to_owned() });
        }
        let Some(name) = name else {
            return Ok((index, Turn::Live));
        };
        let last = self.carried.iter().rfind(|step| step.name.as_deref() == Some(name) && !step.never_left());
        let turn = match last {
            Some(step) if step.accepted() => Turn::Carried(step.answer().clone()),
            Some(step) if step.in_doubt() && !self.known.contains(name) => Turn::Doubt,
            _ => Turn::Live,
        };
        self.known.insert(name.to_owned());
        Ok((index, turn))
    }

    /// Keeps an answer until the next durable write or the end of the run.
    pub(crate) fn keep(&mut self, step: Step) {
        self.unrecorded.insert(step.index, step);
    }

    /// Everything that the durable record lacks, with `about_to_send` behind it.
    pub(crate) fn to_record(&self, about_to_send: &[Step]) -> Vec<Step> {
        self.unrecorded.values().chain(about_to_send).cloned().collect()
    }

    /// Those steps are durable now.
    pub(crate) fn recorded(&mut self) {
        self.unrecorded.clear();
    }

    /// Takes what was never made durable; it goes to whoever asked for the run.
    pub(crate) fn take_unrecorded(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.unrecorded).into_values().collect()
    }

    /// A run that ends before its record does was not the same run.
    pub(crate) fn finish(&self) -> Result<(), Divergence> {
        match self.recorded.first_key_value() {
            None => Ok(()),
            Some((index, step)) => Err(Divergence {
                index: *index,
                detail: format!("the plugin ended before its recorded `{}`", step.call),
            }),
        }
    }
}

/// An answer to an http call that is no answer of the remote.
pub(crate) fn failure(kind: &str, message: &str, retry_after_ms: Option<u64>) -> Value {
    json!({ "failure": kind, "message": message, "retry_after_ms": retry_after_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(index: u32, name: &str, response: Option<Value>) -> Step {
        let state = if response.is_some() { StepState::Answered } else { StepState::Sent };
        Step {
            index,
            call: "http.send".to_owned(),
            name: Some(name.to_owned()),
            request: json!({ "url": name }),
            state,
            response,
        }
    }

    fn ask(tape: &mut Tape, name: &str) -> Turn {
        tape.take("http.send", Some(name), &json!({ "url": name })).unwrap().1
    }

    fn status(code: u16) -> Value {
        json!({ "status": code })
    }

    /// What a new run is told about `x`, asked three times, after these earlier steps of `x`.
    #[track_caller]
    fn check_new_run(earlier: Vec<Option<Value>>, expected: &[Turn; 3]) {
        let carried = earlier.into_iter().zip(0..).map(|(response, index)| effect(index, "x", response)).collect();
        let mut tape = Tape::new(Vec::new(), carried);
        assert_eq!(&[ask(&mut tape, "x"), ask(&mut tape, "x"), ask(&mut tape, "x")], expected);
        assert_eq!(ask(&mut tape, "other"), Turn::Live);
    }

    #[test]
    fn a_new_run_repeats_nothing_that_was_accepted_and_hears_of_doubt_once() {
        let accepted = Turn::Carried(json!({ "status": 201 }));
        check_new_run(vec![], &[Turn::Live, Turn::Live, Turn::Live]);
        check_new_run(vec![Some(status(201))], &[accepted.clone(), accepted.clone(), accepted.clone()]);
        check_new_run(vec![Some(status(429))], &[Turn::Live, Turn::Live, Turn::Live]);
        check_new_run(
            vec![Some(status(503)), Some(status(201))],
            &[accepted.clone(), accepted.clone(), accepted.clone()],
        );
        check_new_run(vec![None], &[Turn::Doubt, Turn::Live, Turn::Live]);
        check_new_run(vec![None, Some(status(500))], &[Turn::Live, Turn::Live, Turn::Live]);
        check_new_run(vec![None, Some(status(201))], &[accepted.clone(), accepted.clone(), accepted]);
    }

    #[test]
    fn doubt_outlives_runs_that_were_told_and_did_not_settle_it() {
        check_new_run(vec![None, Some(failure("ambiguous", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
        check_new_run(vec![Some(failure("too-large", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
    }

    #[test]
    fn what_never_left_this_machine_says_nothing() {
        check_new_run(vec![Some(failure("not-sent", "", None))], &[Turn::Live, Turn::Live, Turn::Live]);
        check_new_run(vec![None, Some(failure("not-sent", "", None))], &[Turn::Doubt, Turn::Live, Turn::Live]);
        let accepted = Turn::Carried(json!({ "status": 200 }));
        check_new_run(
            vec![Some(status(200)), Some(failure("not-granted", "", None))],
            &[accepted.clone(), accepted.clone(), accepted],
        );
    }

    #[test]
    fn a_resumed_run_is_answered_in_order_then_goes_on_for_real() {
        let mut tape = Tape::new(vec![effect(0, "a", Some(status(503))), effect(1, "b", None)], Vec::new());
        assert_eq!(ask(&mut tape, "a"), Turn::Recorded(json!({ "status": 503 })));
        assert_eq!(ask(&mut tape, "b"), Turn::Doubt);
        assert_eq!(ask(&mut tape, "b"), Turn::Live);
        assert_eq!(ask(&mut tape, "c"), Turn::Live);
        assert_eq!(tape.finish(), Ok(()));
    }

    #[test]
    fn a_resumed_run_that_was_told_of_carried_doubt_is_not_told_twice() {
        let told = effect(0, "x", Some(failure("ambiguous", "", None)));
        let mut tape = Tape::new(vec![told], vec![effect(0, "x", None)]);
        assert!(matches!(ask(&mut tape, "x"), Turn::Recorded(_)));
        assert_eq!(ask(&mut tape, "x"), Turn::Live);
    }

    #[test]
    fn another_call_another_request_or_an_early_end_is_a_divergence() {
        let recorded = || vec![effect(0, "a", Some(status(200)))];
        assert!(Tape::new(recorded(), Vec::new()).take("state.get", None, &json!({})).is_err());
        assert!(Tape::new(recorded(), Vec::new()).take("http.send", Some("a"), &json!({ "url": "else" })).is_err());
        assert!(Tape::new(recorded(), Vec::new()).take("http.send", None, &json!({ "url": "a" })).is_err());
        assert!(Tape::new(recorded(), Vec::new()).finish().is_err());
    }
}
