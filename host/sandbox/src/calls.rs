//! The list of calls that a double got. Entries name a known method and a status; addresses, tokens and bodies never
//! come near it.

use std::collections::VecDeque;

use serde::Serialize;

/// How many calls are remembered; older ones are forgotten first.
const REMEMBERED: usize = 5_000;

/// One call that a double got.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Call {
    /// Name of the service's method, or `unknown`.
    pub method: &'static str,
    /// The HTTP status answered; `None` where the connection was cut instead.
    pub status: Option<u16>,
}

#[derive(Default)]
pub(crate) struct CallList(VecDeque<Call>);

impl CallList {
    pub(crate) fn note(&mut self, method: &'static str, status: Option<u16>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Call { method, status });
    }

    pub(crate) fn to_vec(&self) -> Vec<Call> {
        self.0.iter().cloned().collect()
    }
}
