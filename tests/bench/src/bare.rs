//! The baseline: the same component in wasmtime alone, with the settings of the plugin runtime and nothing of its work. No
//! gate, no record, no limits, no other thread: a store, an instance, a call, and all of it dropped.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use kamurj_plugins::RuntimeSettings;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::Failed;

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package kamurj:bench;

        world measured {
            import kamurj:plugin/state@1.1.0;
            export kamurj:plugin/inbound@1.1.0;
        }
    ",
    world: "kamurj:bench/measured",
    imports: { default: async },
    exports: { default: async },
    require_store_data_send: true,
});

use exports::kamurj::plugin::inbound::InboundRequest;
use kamurj::plugin::{state, types};

/// The guest `measured`, ready for calls.
pub(crate) struct Bare {
    engine: Engine,
    guest: MeasuredPre<Host>,
}

/// The whole host: an empty WASI context, which the guest's toolchain asks for, and a map.
struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
    kept: BTreeMap<String, state::Entry>,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Host {}

impl state::Host for Host {
    async fn get(&mut self, key: String) -> Result<Option<state::Entry>, types::Error> {
        Ok(self.kept.get(&key).cloned())
    }

    async fn set(&mut self, key: String, value: Vec<u8>, _: Option<u64>) -> Result<u64, types::Error> {
        self.kept.insert(key, state::Entry { value, version: 1 });
        Ok(1)
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        _: Option<u64>,
        value: Vec<u8>,
        ttl: Option<u64>,
    ) -> Result<u64, types::Error> {
        self.set(key, value, ttl).await
    }

    async fn delete(&mut self, key: String) -> Result<(), types::Error> {
        self.kept.remove(&key);
        Ok(())
    }

    async fn list_keys(&mut self, _: String) -> Result<Vec<String>, types::Error> {
        Ok(self.kept.keys().cloned().collect())
    }
}

impl Bare {
    pub(crate) fn new(component: &[u8]) -> Result<Self, Failed> {
        let engine = Engine::new(config().allocation_strategy(InstanceAllocationStrategy::Pooling(pool())))?;
        let guest = MeasuredPre::new(linker(&engine)?.instantiate_pre(&Component::from_binary(&engine, component)?)?)?;
        Ok(Self { engine, guest })
    }

    /// One call in a fresh instance; answers the guest's text.
    pub(crate) async fn call(&self, request: &InboundRequest) -> wasmtime::Result<String> {
        let host = Host { wasi: WasiCtxBuilder::new().build(), table: ResourceTable::new(), kept: BTreeMap::new() };
        let mut store = Store::new(&self.engine, host);
        // The guest's code asks for the time at every turn, as it does in the runtime; here it never runs out.
        store.set_epoch_deadline(1 << 40);
        let instance = self.guest.instantiate_async(&mut store).await?;
        let outcome = instance.kamurj_plugin_inbound().call_handle(&mut store, request).await?;
        Ok(outcome.extra.into_iter().next().map(|(_, text)| text).unwrap_or_default())
    }

    /// As many further links of the component as there are installations, to be held by whoever asks.
    pub(crate) fn held(&self, count: usize) -> Result<Vec<impl Sized + use<>>, Failed> {
        let linker = linker(&self.engine)?;
        let component = self.guest.instance_pre().component();
        let link = || Ok(MeasuredPre::new(linker.instantiate_pre(component)?)?);
        (0..count).map(|_| link()).collect()
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Measured::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    Ok(linker)
}

/// A message on this path with this body.
pub(crate) fn request(path: &str, body: &[u8]) -> InboundRequest {
    InboundRequest {
        id: "inb_1".to_owned(),
        path: path.to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_vec(),
        received_at: 1_700_000_000_123,
        run: 1,
        extra: Vec::new(),
    }
}

/// Compiles as the compile worker does, without its process.
pub(crate) fn precompile(component: &[u8]) -> Result<Vec<u8>, Failed> {
    Ok(Engine::new(config().parallel_compilation(false))?.precompile_component(component)?)
}

/// The machine code that a runtime made of this component: `folder` is where the one engine that used it keeps what it
/// compiled, each artefact behind a tag of 32 bytes.
pub(crate) fn compiled(folder: &Path, component: &[u8]) -> Result<Vec<u8>, Failed> {
    let digest = kamurj_server::seal::hex(&Sha256::digest(component));
    for engine in fs::read_dir(folder)? {
        if let Ok(artefact) = fs::read(engine?.path().join(format!("{digest}.cwasm"))) {
            return Ok(artefact.get(32..).unwrap_or_default().to_vec());
        }
    }
    Err(format!("{}: nothing was compiled of the component {digest}", folder.display()).into())
}

/// That the runtime runs the very machine code that the baseline runs; for `folder` see [`compiled`].
pub(crate) fn runs_the_same(folder: &Path, component: &[u8]) -> Result<(), Failed> {
    if compiled(folder, component)? == precompile(component)? {
        return Ok(());
    }
    Err("the baseline's engine compiles other code than the plugin runtime's: bring tests/bench/src/bare.rs in line with \
         host/plugins/src/engine.rs"
        .into())
}

/// What `host/plugins/src/engine.rs` sets, written once more: a baseline that took it from there could be changed with it.
fn config() -> Config {
    let settings = RuntimeSettings::default();
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .concurrency_support(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(20))
        .wasm_threads(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_wide_arithmetic(false)
        .wasm_stack_switching(false)
        .wasm_multi_memory(true)
        .max_wasm_stack(settings.stack_bytes)
        .async_stack_size(2 * 1024 * 1024)
        .async_stack_zeroing(true);
    config
}

/// The runtime's instance pool with its usual settings.
fn pool() -> PoolingAllocationConfig {
    let settings = RuntimeSettings::default();
    let calls = settings.calls_at_once + 1;
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let (memory, table) = if scan { (1024 * 1024, 64 * 1024) } else { (64 * 1024, 16 * 1024) };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(calls * 24)
        .total_memories(calls * 3)
        .total_tables(calls * 8)
        .total_gc_heaps(1)
        .max_memory_size(settings.small.memory_bytes)
        .table_elements(settings.small.table_elements)
        .max_memories_per_module(1)
        .max_tables_per_module(2)
        .max_core_instances_per_component(64)
        .max_memories_per_component(4)
        .max_tables_per_component(16)
        .max_component_instance_size(2 * 1024 * 1024)
        .max_core_instance_size(1024 * 1024)
        .max_unused_warm_slots(32)
        .linear_memory_keep_resident(memory)
        .table_keep_resident(table)
        .async_stack_keep_resident(64 * 1024)
        .pagemap_scan(Enabled::Auto);
    if !scan {
        pool.decommit_batch_size(16);
    }
    pool
}
