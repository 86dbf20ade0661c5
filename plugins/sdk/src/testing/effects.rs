//! The server's rule for named effects: one that the remote accepted is answered from the record in later runs of its owner, and one whose
//! answer was lost fails once as ambiguous. It must not know what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::samples::failure;
use crate::{Failure, Response};

/// What one delivery or inbound request has done so far.
#[derive(Default)]
pub(super) struct Effects {
    accepted: BTreeMap<String, Response>,
    lost: BTreeSet<String>,
    lost_in_this_run: BTreeSet<String>,
}

impl Effects {
    /// Another run begins.
    pub(super) fn begin_run(&mut self) {
        self.lost.extend(std::mem::take(&mut self.lost_in_this_run));
    }

    /// What the record says of this step; none where it has to be asked for.
    pub(super) fn known(&mut self, step: &str) -> Option<Result<Response, Failure>> {
        if let Some(response) = self.accepted.get(step) {
            return Some(Ok(response.clone()));
        }
        self.lost.remove(step).then(|| Err(failure("ambiguous")))
    }

    /// Keeps how a step ended.
    pub(super) fn keep(&mut self, step: &str, answer: &Result<Response, Failure>) {
        self.lost_in_this_run.remove(step);
        match answer {
            Ok(response) if response.is_success() => {
                self.accepted.insert(step.to_owned(), response.clone());
            }
            Err(failure) if failure.is_ambiguous() => {
                self.lost_in_this_run.insert(step.to_owned());
            }
            _ => {}
        }
    }
}
