//! The one wasmtime engine: what a guest may be made of, where instances live, and the thread that cuts time into
//! slices. It knows no plugin.

use std::{num::NonZeroUsize, thread};

use sha2::{Digest, Sha256};
use wasmtime::{Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{RuntimeSettings, SLICE};

/// Core instances, memories and tables that one component may have: script engines bring dozens of modules.
const CORE_INSTANCES: u32 = 64;
pub(crate) const MEMORIES: u32 = 4;
pub(crate) const TABLES: u32 = 16;

/// Where the host's functions run, with what a guest leaves of it.
const HOST_STACK_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of a memory, a table and a stack that stay mapped between two calls; more only pays with `PAGEMAP_SCAN`.
const KEEP_WITH_SCAN: (usize, usize) = (1024 * 1024, 64 * 1024);
const KEEP_WITHOUT_SCAN: (usize, usize) = (64 * 1024, 16 * 1024);
const KEEP_OF_STACK: usize = 64 * 1024;

/// What a guest's budget of computing is counted in; code compiled for the one does not run under the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Slices of time.
    Slices,
    /// Instructions.
    Fuel,
}

impl Flavour {
    pub(crate) fn of(settings: &RuntimeSettings) -> Self {
        if settings.fuel.is_some() { Self::Fuel } else { Self::Slices }
    }

    /// The word on the compile worker's command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Slices => "slices",
            Self::Fuel => "fuel",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Slices, Self::Fuel].into_iter().find(|flavour| flavour.word() == word)
    }
}

/// The server's engine, with its ticker running for as long as the engine lives. It has no compiler: what it runs was
/// compiled by the worker.
pub(crate) fn start(settings: &RuntimeSettings) -> wasmtime::Result<Engine> {
    let mut config = config(Flavour::of(settings));
    config
        .enable_compiler(false)
        .max_wasm_stack(settings.stack_bytes)
        .async_stack_size(HOST_STACK_BYTES)
        .async_stack_zeroing(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    let engine = Engine::new(&config)?;
    if settings.fuel.is_some() {
        return Ok(engine);
    }
    let weak = engine.weak();
    // A thread and not a task: a task would be starved by the very guest that it polices.
    thread::Builder::new().name("kamurj-slices".to_owned()).spawn(move || tick(&weak))?;
    Ok(engine)
}

fn tick(engine: &EngineWeak) {
    loop {
        thread::sleep(SLICE);
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
    }
}

/// An engine that compiles and runs nothing, for the compile worker. It reserves no instances, because the worker's
/// address space is bounded, and compiles on one thread, so that its memory does not depend on the machine's cores.
pub(crate) fn compiling(flavour: Flavour) -> wasmtime::Result<Engine> {
    let mut config = config(flavour);
    config.enable_compiler(true).parallel_compilation(false);
    Engine::new(&config)
}

/// An engine that runs what was compiled and compiles nothing, for the worker that tries a component once. It has no pool and
/// no ticker: the worker's process has limits of its own.
pub(crate) fn trying(flavour: Flavour, stack_bytes: usize) -> wasmtime::Result<Engine> {
    let mut config = config(flavour);
    config.enable_compiler(false).max_wasm_stack(stack_bytes).async_stack_size(HOST_STACK_BYTES);
    Engine::new(&config)
}

/// What compiled code depends on: the version of wasmtime, everything in the configuration that changes code, the kind of
/// machine, and our own counting. Code of another fingerprint is compiled anew.
pub(crate) fn fingerprint(engine: &Engine, flavour: Flavour) -> String {
    struct Hashed(Sha256);
    impl std::hash::Hasher for Hashed {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut hashed = Hashed(Sha256::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hashed);
    // The number grows when more is asked of an artefact before it is kept: 2 since each is tried once.
    hashed.0.update(format!("2/{}/{}/{}", flavour.word(), std::env::consts::ARCH, std::env::consts::OS));
    crate::runtime::hexadecimal(&hashed.0.finalize()[..16])
}

/// Everything that the server's engine and the worker's must agree on.
fn config(flavour: Flavour) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(flavour == Flavour::Slices)
        .consume_fuel(flavour == Flavour::Fuel)
        .concurrency_support(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(20))
        // Rust, JavaScript and Python guests need WebAssembly 2.0 and no more; what is off has no bugs to reach.
        .wasm_threads(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        // Stays on: the adapters between a component's modules use it.
        .wasm_multi_memory(true);
    config
}

/// Room for the calls that run at once, and one more: an instance that ended gives its place back a moment later.
fn pool(settings: &RuntimeSettings) -> PoolingAllocationConfig {
    let calls = settings.calls_at_once + 1;
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let (memory, table) = if scan { KEEP_WITH_SCAN } else { KEEP_WITHOUT_SCAN };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls * 24)
        .total_memories(calls * 3)
        .total_tables(calls * 8)
        .total_gc_heaps(1)
        .max_memory_size(settings.small.memory_bytes.max(settings.script.memory_bytes))
        .table_elements(settings.small.table_elements.max(settings.script.table_elements))
        .max_memories_per_module(1)
        .max_tables_per_module(2)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(2 * 1024 * 1024)
        .max_core_instance_size(1024 * 1024)
        .max_unused_warm_slots(32)
        .linear_memory_keep_resident(memory)
        .table_keep_resident(table)
        .async_stack_keep_resident(KEEP_OF_STACK)
        .pagemap_scan(Enabled::Auto);
    if !scan {
        pool.decommit_batch_size(16);
    }
    pool
}

#[cfg(test)]
mod tests {
    use wasmtime::component::Component;

    use super::*;

    /// The smallest component: an empty one.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn settings(fuel: Option<u64>) -> RuntimeSettings {
        RuntimeSettings { calls_at_once: 1, fuel, ..RuntimeSettings::default() }
    }

    #[test]
    fn the_servers_engine_has_no_compiler_and_the_workers_has() {
        let engine = start(&settings(None)).unwrap();
        assert!(Component::from_binary(&engine, EMPTY).is_err());
        assert!(engine.precompile_component(EMPTY).is_err());
        assert!(compiling(Flavour::Slices).unwrap().precompile_component(EMPTY).is_ok());
    }

    #[test]
    fn the_fingerprint_is_the_same_for_the_same_engine_and_tells_flavours_apart() {
        let print = |fuel| fingerprint(&start(&settings(fuel)).unwrap(), Flavour::of(&settings(fuel)));
        assert_eq!(print(None), print(None));
        assert_ne!(print(None), print(Some(1)));
        let larger = RuntimeSettings { calls_at_once: 2, stack_bytes: 100_000, ..settings(None) };
        assert_eq!(fingerprint(&start(&larger).unwrap(), Flavour::Slices), print(None), "no code depends on the pool");
    }
}
