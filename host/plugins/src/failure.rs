//! Why a run ended without an outcome, in words that operators read and records keep.

use std::time::Duration;

use crate::limits::SLICE;

/// Why a run has no outcome. The plugin's payment or message is untouched by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunFailure {
    /// The plugin exports no such interface.
    #[error("this plugin does not offer `{0}`")]
    NotOffered(&'static str),
    /// It computed longer than its budget.
    #[error("stopped after {} ms of computing", SLICE.as_millis() * u128::from(*.slices))]
    Cpu {
        /// The budget, in slices of 5 ms.
        slices: u32,
    },
    /// It took longer than its deadline, waits included.
    #[error("stopped after {} ms", .0.as_millis())]
    Wall(Duration),
    /// It asked for more memory or tables than its budget and gave up.
    #[error("stopped at its memory limit of {bytes} bytes")]
    Memory {
        /// The budget.
        bytes: usize,
    },
    /// It called itself too deeply.
    #[error("stopped at its stack limit of {bytes} bytes")]
    Stack {
        /// The budget.
        bytes: usize,
    },
    /// The call would have handed it too much; it was not started.
    #[error("the call's input of {bytes} bytes is larger than {most}")]
    Input {
        /// The input's size.
        bytes: usize,
        /// The budget.
        most: usize,
    },
    /// Its outcome is too large to be meant.
    #[error("its outcome of {bytes} bytes is larger than {most}")]
    Output {
        /// The outcome's size.
        bytes: usize,
        /// The budget.
        most: usize,
    },
    /// It failed in itself: a panic, an unreachable instruction, an overflow.
    #[error("the plugin failed: {0}")]
    Trap(String),
    /// It did something else than its record says, so that it cannot be resumed.
    #[error("the plugin did not repeat its recorded run at step {index}: {detail}")]
    Diverged {
        /// The step.
        index: u32,
        /// What differs.
        detail: String,
    },
    /// It was replayed up to a call whose answer was never seen: the run in the record was stopped there.
    #[error("the record ends at step {index}, which was sent and whose answer was never seen")]
    Unanswered {
        /// The step.
        index: u32,
    },
    /// The server could not keep the record or read a secret; nothing that was not recorded was sent.
    #[error("the server could not do its part: {0}")]
    Port(String),
    /// The host itself failed.
    #[error("the plugin host failed: {0}")]
    Host(String),
}

impl RunFailure {
    /// A stable word for metrics and records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered(_) => "not-offered",
            Self::Cpu { .. } => "cpu-limit",
            Self::Wall(_) => "deadline",
            Self::Memory { .. } => "memory-limit",
            Self::Stack { .. } => "stack-limit",
            Self::Input { .. } => "input-limit",
            Self::Output { .. } => "output-limit",
            Self::Trap(_) => "trap",
            Self::Diverged { .. } => "diverged",
            Self::Unanswered { .. } => "unanswered",
            Self::Port(_) => "server",
            Self::Host(_) => "host",
        }
    }
}
