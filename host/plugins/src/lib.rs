//! The plugin runtime: runs WebAssembly components of the package `kamurj:plugin` in fresh, bounded instances, gives
//! them nothing but what the operator granted, and records what they do outside. It knows no store and no server: what
//! it needs of them it asks through [`Ports`].

mod adapter;
mod bindings;
mod class;
mod compiled;
pub mod contract;
mod difference;
mod engine;
mod failure;
mod gate;
mod grants;
mod host;
mod limits;
mod load;
mod logbook;
mod ports;
mod record;
mod replay;
mod run;
mod runtime;
mod secrets;
mod shadow;
mod trial;
mod usage;
mod wasi;
mod worker;

pub use async_trait::async_trait;
pub use class::{Class, Limits};
pub use contract::{
    Call, Delivery, Finding, InboundRequest, Manifest, Occurrence, Outcome, OutcomeKind, Payment, PaymentRequest,
    Proposal, Scope, Wish,
};
pub use difference::differences;
pub use failure::RunFailure;
pub use grants::{Grants, SecretGrant};
pub use host::sign_rs256;
pub use kamurj_egress::Url;
pub use limits::{
    CALLS_AT_ONCE, CALLS_AT_ONCE_PER_MERCHANT, CALLS_AT_ONCE_PER_PLUGIN, COMPONENT_BYTES, CPU_SLICES, HANDLES,
    HOSTCALL_BYTES, HTTP_REQUESTS, INPUT_BYTES, LOG_LINE_BYTES, LOG_LINES, MEMORY_BYTES, OUTPUT_BYTES, PLUGINS_KEPT,
    RANDOM_BYTES, RECORD_BYTES, RESOURCES, RuntimeSettings, SCRIPT_COMPONENT_BYTES, SCRIPT_CPU_SLICES, SLICE,
    STACK_BYTES, STACK_MAX_BYTES, STEPS, TABLE_ELEMENTS, WALL,
};
pub use load::{Exports, LoadError, Plugin};
pub use logbook::LogLine;
pub use ports::{Expected, Milestone, PaymentError, PortError, Ports, StateEntry, StateError, StateWrite};
pub use record::{Step, StepState};
pub use run::{Answer, RunContext, RunCost, RunReport};
pub use runtime::{Runtime, Stage, StartError};
pub use secrets::{SECRET_MIN_BYTES, Secret};
pub use usage::Usage;
pub use worker::{
    COMPILE_COMMAND, COMPILE_CPU, COMPILE_MEMORY_BYTES, COMPILE_WALL, COMPILED_BYTES, CompileLimit, CompileSettings,
    compile_plugin,
};
