//! What the runtime holds at a moment, as numbers for whoever watches it. Reading them stops nobody.

use wasmtime::Engine;

/// What the runtime holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls that run.
    pub running: u32,
    /// Calls that wait for a place.
    pub waiting: usize,
    /// Plugins that are loaded.
    pub plugins: usize,
    /// Whether a component is being compiled.
    pub compiling: bool,
    /// Component instances in the pool that are in use.
    pub component_instances: u64,
    /// Core instances in use.
    pub core_instances: u64,
    /// Linear memories in use.
    pub memories: usize,
    /// Tables in use.
    pub tables: usize,
    /// Stacks in use.
    pub stacks: usize,
    /// Memories that no call uses and that are kept warm.
    pub warm_memories: u32,
    /// Bytes that those hold.
    pub warm_memory_bytes: usize,
    /// Tables that no call uses and that are kept warm.
    pub warm_tables: u32,
    /// Bytes that those hold.
    pub warm_table_bytes: usize,
    /// Stacks that no call uses and that are kept warm.
    pub warm_stacks: u32,
}

impl Usage {
    pub(crate) fn of(engine: &Engine, (running, waiting): (u32, usize), plugins: usize, compiling: bool) -> Self {
        let usage = Self { running, waiting, plugins, compiling, ..Self::default() };
        let Some(pool) = engine.pooling_allocator_metrics() else {
            return usage;
        };
        Self {
            component_instances: pool.component_instances(),
            core_instances: pool.core_instances(),
            memories: pool.memories(),
            tables: pool.tables(),
            stacks: pool.stacks(),
            warm_memories: pool.unused_warm_memories(),
            warm_memory_bytes: pool.unused_memory_bytes_resident(),
            warm_tables: pool.unused_warm_tables(),
            warm_table_bytes: pool.unused_table_bytes_resident(),
            warm_stacks: pool.unused_warm_stacks(),
            ..usage
        }
    }
}
