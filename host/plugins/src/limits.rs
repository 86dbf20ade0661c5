//! How much one call may use, and the part of it that the engine asks about while a guest grows. It kills nobody; it
//! says no.

use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::class::{Class, Limits};

/// Length of one slice of CPU time: the engine's epoch is advanced this often.
pub const SLICE: Duration = Duration::from_millis(5);

/// Guest memory of a call in bytes, over all its linear memories.
pub const MEMORY_BYTES: usize = 64 * 1024 * 1024;

/// Table elements of a call, over all its tables; the largest known script engine needs 7 690.
pub const TABLE_ELEMENTS: usize = 20_000;

/// CPU slices of a call of the class `small`: 250 ms.
pub const CPU_SLICES: u32 = 50;

/// Time of a call from start to end, with every wait.
pub const WALL: Duration = Duration::from_secs(15);

/// HTTP requests of a call.
pub const HTTP_REQUESTS: u32 = 16;

/// Steps of a call, HTTP requests among them: state and payments are bounded by this.
pub const STEPS: u32 = 128;

/// What the requests and answers of a call may take in its record, in bytes of JSON. Once it is passed, further calls are
/// answered with `limit`; so it is passed by no more than the answers that were under way then.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Log lines of a call.
pub const LOG_LINES: usize = 64;

/// Bytes of a log line.
pub const LOG_LINE_BYTES: usize = 1024;

/// What a guest may hand over in one host call, in bytes: sixteen bodies of the largest size, and change.
pub const HOSTCALL_BYTES: usize = 16 * kamurj_egress::BODY_CAP + 1024 * 1024;

/// Live component handles of a call.
pub const HANDLES: usize = 1_000;

/// Entries of a call's WASI resource table.
pub const RESOURCES: usize = 256;

/// Longest run of random bytes that a guest gets at once.
pub const RANDOM_BYTES: u64 = 64 * 1024;

/// Largest component, in bytes.
pub const COMPONENT_BYTES: usize = 20 * 1024 * 1024;

/// Largest component of the class `script`: CPython's is 18.4 MB before it holds anybody's script.
pub const SCRIPT_COMPONENT_BYTES: usize = 25 * 1024 * 1024;

/// CPU slices of a call of the class `script`: 1 s. An interpreter takes ten times what compiled code takes.
pub const SCRIPT_CPU_SLICES: u32 = 200;

/// What a call hands to its guest, in bytes of text and body: the largest inbound message that a route may ask for, and change. A
/// payment of a hundred items takes a fortieth of it.
pub const INPUT_BYTES: usize = kamurj_manifest::MOST_BYTES as usize + 1024 * 1024;

/// What a guest's outcome may hold, in bytes. The host keeps far less; a guest that says more is broken.
pub const OUTPUT_BYTES: usize = 256 * 1024;

/// Stack of a guest. The host's functions run on what is left of 2 MiB, where an overflow would end the process: so no
/// more than [`STACK_MAX_BYTES`].
pub const STACK_BYTES: usize = 512 * 1024;

/// The most that a guest's stack may be set to.
pub const STACK_MAX_BYTES: usize = 1024 * 1024;

/// Calls that run at the same time.
pub const CALLS_AT_ONCE: u32 = 64;

/// Calls of one plugin that run at the same time.
pub const CALLS_AT_ONCE_PER_PLUGIN: u32 = 16;

/// Calls for one merchant that run at the same time.
pub const CALLS_AT_ONCE_PER_MERCHANT: u32 = 8;

/// Loaded plugins kept at once.
pub const PLUGINS_KEPT: usize = 64;

/// Settings of the runtime. `default()` is what production uses where the operator says nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// Budgets of the class `small`.
    pub small: Limits,
    /// Budgets of the class `script`.
    pub script: Limits,
    /// See [`STACK_BYTES`].
    pub stack_bytes: usize,
    /// Calls that run at the same time; further ones wait.
    pub calls_at_once: u32,
    /// Calls of one plugin that run at the same time, so that a slow plugin does not take every place.
    pub calls_at_once_per_plugin: u32,
    /// Calls for one merchant that run at the same time, so that a busy merchant does not take every place.
    pub calls_at_once_per_merchant: u32,
    /// Threads of the plugins' own tokio runtime; none takes half the cores, at least one.
    pub threads: Option<usize>,
    /// Loaded plugins kept at once.
    pub plugins_kept: usize,
    /// Counts a call's instructions, up to this many, in place of slices of time: the same call then always ends at the
    /// same place, which simulations need. Production measures time, because counting slows every guest.
    pub fuel: Option<u64>,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            small: Limits::of(Class::Small),
            script: Limits::of(Class::Script),
            stack_bytes: STACK_BYTES,
            calls_at_once: CALLS_AT_ONCE,
            calls_at_once_per_plugin: CALLS_AT_ONCE_PER_PLUGIN,
            calls_at_once_per_merchant: CALLS_AT_ONCE_PER_MERCHANT,
            threads: None,
            plugins_kept: PLUGINS_KEPT,
            fuel: None,
        }
    }
}

impl RuntimeSettings {
    /// The budgets of a class.
    pub fn limits(&self, class: Class) -> &Limits {
        match class {
            Class::Small => &self.small,
            Class::Script => &self.script,
        }
    }

    /// The budgets of a class, to be changed.
    pub fn limits_mut(&mut self, class: Class) -> &mut Limits {
        match class {
            Class::Small => &mut self.small,
            Class::Script => &mut self.script,
        }
    }
}

/// Sums memories and tables over a whole store: the engine's own limiter counts each memory alone, and a component may
/// have several.
pub(crate) struct Limiter {
    memory_bytes: usize,
    memory_max: usize,
    table_elements: usize,
    table_max: usize,
    refused: bool,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: 0,
            memory_max: limits.memory_bytes,
            table_elements: 0,
            table_max: limits.table_elements,
            refused: false,
        }
    }

    /// Whether the guest was ever told no.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }

    /// Bytes taken so far; memories never shrink.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    fn grow(&mut self, taken: usize, maximum: usize, current: usize, desired: usize) -> Option<usize> {
        let sum = taken + desired.saturating_sub(current);
        self.refused |= sum > maximum;
        (sum <= maximum).then_some(sum)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let sum = self.grow(self.memory_bytes, self.memory_max, current, desired);
        self.memory_bytes = sum.unwrap_or(self.memory_bytes);
        Ok(sum.is_some())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let sum = self.grow(self.table_elements, self.table_max, current, desired);
        self.table_elements = sum.unwrap_or(self.table_elements);
        Ok(sum.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed_over_the_store() {
        let limits = Limits { memory_bytes: 100, table_elements: 10, ..Limits::of(Class::Small) };
        let mut limiter = Limiter::new(&limits);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert!(!limiter.memory_growing(0, 1, None).unwrap());
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!limiter.table_growing(0, 1, None).unwrap());
        assert!(limiter.refused());
    }
}
