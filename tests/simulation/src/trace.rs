//! The trace of a world: a hash over every step, and the last steps as text for whoever has to find out what went wrong.

use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt;

/// Steps that are kept as text.
const KEPT: usize = 60;

/// Grows step by step.
pub(crate) struct Trace {
    hash: Sha256,
    steps: u64,
    tail: VecDeque<String>,
    shown: bool,
}

impl Trace {
    /// An empty one; `shown`: each step is printed too.
    pub(crate) fn new(shown: bool) -> Self {
        Self { hash: Sha256::new(), steps: 0, tail: VecDeque::new(), shown }
    }

    /// Adds a step.
    pub(crate) fn step(&mut self, now: i64, what: fmt::Arguments<'_>) {
        self.steps += 1;
        let line = format!("{:>6} {now} {what}", self.steps);
        self.hash.update(&line);
        self.hash.update("\n");
        if self.shown {
            crate::say(&line);
        }
        if self.tail.len() == KEPT {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// Adds something that is not for reading.
    pub(crate) fn books(&mut self, line: &str) {
        self.hash.update(line);
        self.hash.update("\n");
    }

    /// The hash in hexadecimal, and the last steps.
    pub(crate) fn end(self) -> (String, Vec<String>) {
        (kamurj_server::seal::hex(&self.hash.finalize()), self.tail.into())
    }
}
