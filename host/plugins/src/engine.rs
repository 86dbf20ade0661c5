//! The one wasmtime engine: what a guest may be made of, where instances live, and the thread that cuts time into
//! slices. It knows no plugin.

use std::{num::NonZeroUsize, thread};

use wasmtime::{Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{MEMORY_BYTES, RuntimeSettings, SLICE, TABLE_ELEMENTS};

/// Core instances, memories and tables that one component may have: script engines bring dozens of modules.
const CORE_INSTANCES: u32 = 64;
const MEMORIES: u32 = 4;
const TABLES: u32 = 16;

/// Bytes of a memory, a table and a stack that stay mapped between two calls; more only pays with `PAGEMAP_SCAN`.
const KEEP_WITH_SCAN: (usize, usize) = (1024 * 1024, 64 * 1024);
const KEEP_WITHOUT_SCAN: (usize, usize) = (64 * 1024, 16 * 1024);
const KEEP_OF_STACK: usize = 64 * 1024;

/// The engine, with its ticker running for as long as the engine lives.
pub(crate) fn start(settings: &RuntimeSettings) -> wasmtime::Result<Engine> {
    let engine = Engine::new(&config(settings))?;
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

fn config(settings: &RuntimeSettings) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(settings.fuel.is_none())
        .consume_fuel(settings.fuel.is_some())
        .concurrency_support(false)
        .async_stack_zeroing(true)
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
        .wasm_multi_memory(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings.calls_at_once)));
    config
}

/// Room for `calls` calls and for the one `describe` of a plugin that is being loaded.
fn pool(calls: u32) -> PoolingAllocationConfig {
    let calls = calls + 1;
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let (memory, table) = if scan { KEEP_WITH_SCAN } else { KEEP_WITHOUT_SCAN };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls * 24)
        .total_memories(calls * 3)
        .total_tables(calls * 8)
        .total_gc_heaps(1)
        .max_memory_size(MEMORY_BYTES)
        .table_elements(TABLE_ELEMENTS)
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
