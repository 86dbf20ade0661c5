//! The plugin runtime: runs WebAssembly components of the package `kamurj:plugin` in fresh, bounded instances, gives
//! them nothing but what the operator granted, and records what they do outside. It knows no store and no server: what
//! it needs of them it asks through [`Ports`].

mod adapter;
mod bindings;
pub mod contract;
mod difference;
mod engine;
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

pub use async_trait::async_trait;
pub use contract::{
    Call, Delivery, InboundRequest, Manifest, Occurrence, Outcome, OutcomeKind, Payment, PaymentRequest, Proposal,
    Scope,
};
pub use difference::differences;
pub use grants::{Grants, SecretGrant};
pub use kamurj_egress::Url;
pub use limits::{
    COMPONENT_BYTES, CPU_SLICES, HANDLES, HOSTCALL_BYTES, HTTP_REQUESTS, LOG_LINE_BYTES, LOG_LINES, MEMORY_BYTES,
    RANDOM_BYTES, RECORD_BYTES, RESOURCES, RuntimeSettings, SLICE, STEPS, TABLE_ELEMENTS, WALL,
};
pub use load::{Exports, LoadError, Plugin};
pub use logbook::LogLine;
pub use ports::{Expected, Milestone, PaymentError, PortError, Ports, StateEntry, StateError, StateWrite};
pub use record::{Step, StepState};
pub use run::{RunContext, RunCost, RunFailure, RunReport};
pub use runtime::{Runtime, StartError};
pub use secrets::{SECRET_MIN_BYTES, Secret};
