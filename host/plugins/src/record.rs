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

use crate::difference;

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

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It does what it does.
    #[default]
    Live,
    /// It repeats an ended run from its record and reaches nothing else.
    Replay,
    /// It shows what this version would have done in a run of another; nothing is sent.
    Shadow,
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
    /// The record of another version has no such call: do not make it.
    Missing,
    /// The record ends here: whoever made this call was stopped before its answer came.
    Unanswered,
}

/// A run's record while it runs.
pub(crate) struct Tape {
    mode: Mode,
    next: u32,
    /// What requests and answers take in the record so far, in bytes of JSON.
    bytes: usize,
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
    pub(crate) fn new(mode: Mode, recorded: Vec<Step>, carried: Vec<Step>) -> Self {
        Self {
            mode,
            next: 0,
            bytes: 0,
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

    /// What the record takes so far, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next call of the guest: its index and what to do about it.
    pub(crate) fn take(&mut self, call: &str, name: Option<&str>, request: &Value) -> Result<(u32, Turn), Divergence> {
        let index = self.next;
        self.next += 1;
        // Counted alike in every mode, so that a run which is resumed or replayed meets the same limit at the same call.
        self.bytes += size(request);
        if self.mode == Mode::Shadow {
            return Ok((index, self.of_another_version(call, name, request)));
        }
        if let Some(step) = self.recorded.remove(&index) {
            if step.call != call || step.name.as_deref() != name || step.request != *request {
                return Err(Divergence { index, detail: differ(&step, call, name, request) });
            }
            self.known.extend(step.name);
            self.bytes += step.response.as_ref().map_or(0, size);
            let unanswered = if self.mode == Mode::Replay { Turn::Unanswered } else { Turn::Doubt };
            return Ok((index, step.response.map_or(unanswered, Turn::Recorded)));
        }
        if !self.recorded.is_empty() {
            return Err(Divergence { index, detail: "the record lacks this step but has later ones".to_owned() });
        }
        if self.mode == Mode::Replay {
            return Err(Divergence { index, detail: format!("the record has ended, the plugin now calls `{call}`") });
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

    /// What a run of another version was answered. An effect is the same if it has the same name, whatever it sends, and
    /// counts once; anything else must be asked in the same words. State has a scratch copy, so it is never answered here.
    fn of_another_version(&mut self, call: &str, name: Option<&str>, request: &Value) -> Turn {
        let is_same = |step: &Step| match name {
            Some(_) => step.call == call && step.name.as_deref() == name,
            None => step.call == call && step.name.is_none() && step.request == *request,
        };
        let unused = self.recorded.iter().find(|(_, step)| is_same(step)).map(|(index, _)| *index);
        let step = match unused.and_then(|index| self.recorded.remove(&index)) {
            Some(step) => step,
            // The same question asked once more has the same answer.
            None => match self.carried.iter().rfind(|step| name.is_none() && is_same(step)) {
                Some(step) => step.clone(),
                None => return Turn::Missing,
            },
        };
        let turn = step.response.clone().map_or(Turn::Doubt, Turn::Carried);
        self.carried.push(step);
        turn
    }

    /// Keeps an answer until the next durable write or the end of the run.
    pub(crate) fn keep(&mut self, step: Step) {
        self.bytes += step.response.as_ref().map_or(0, size);
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
        match self.recorded.first_key_value().filter(|_| self.mode != Mode::Shadow) {
            None => Ok(()),
            Some((index, step)) => Err(Divergence {
                index: *index,
                detail: format!("the plugin ended before its recorded `{}`", step.call),
            }),
        }
    }
}

/// Bytes of a value as JSON.
fn size(value: &Value) -> usize {
    struct Counted(usize);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    // Counting takes everything, and a value has text for keys.
    let _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

/// In words, what a call has otherwise than the step in its place.
fn differ(step: &Step, call: &str, name: Option<&str>, request: &Value) -> String {
    let said = |call: &str, name: Option<&str>| match name {
        Some(name) => format!("`{call}` as `{name}`"),
        None => format!("`{call}`"),
    };
    let (then, now) = (said(&step.call, step.name.as_deref()), said(call, name));
    if then != now {
        return format!("the record has {then}, the plugin now calls {now}");
    }
    let changed = difference::changed(&step.request, request);
    format!("the plugin now calls {now} with other values than its record: {}", changed.join("; "))
}

/// An answer to an http call that is no answer of the remote.
pub(crate) fn failure(kind: &str, message: &str, retry_after_ms: Option<u64>) -> Value {
    json!({ "failure": kind, "message": message, "retry_after_ms": retry_after_ms })
}

#[cfg(test)]
mod tests;
