//! A component's first instance, made in a worker's process and called by nobody: whether it starts within its budgets, and
//! whether its exports have the contract's types. Whatever it does to the engine, it does to the worker.

use std::sync::Arc;

use async_trait::async_trait;
use kamurj_egress::{Egress, Url};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use wasmtime::Engine;

use crate::{
    class::Limits,
    compiled::Verified,
    contract::{
        Class, Estimate, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Selection, Span, Standings,
    },
    host::Outside,
    limits::RuntimeSettings,
    load::{self, LoadError},
    ports::{Milestone, PaymentError, PortError, Ports, StateEntry, StateError, StateWrite},
    record::{Mode, Step},
    replay::refused,
    run,
    secrets::Secret,
};

/// The budgets under which a component is tried: those of its calls, but for time, which a worker's process has limits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) stack_bytes: usize,
    pub(crate) fuel: Option<u64>,
}

impl Terms {
    pub(crate) fn of(settings: &RuntimeSettings, class: Class) -> Self {
        Self { limits: settings.limits(class).clone(), stack_bytes: settings.stack_bytes, fuel: settings.fuel }
    }
}

/// Makes an instance of an artefact. Must be called inside a tokio runtime, which needs no drivers.
pub(crate) async fn attempt(engine: &Engine, terms: &Terms, artefact: &Verified) -> Result<(), LoadError> {
    let incompatible = |error: wasmtime::Error| LoadError::Incompatible(format!("{error:#}"));
    let linker = load::linker(engine).map_err(incompatible)?;
    let component = artefact.ready(engine).map_err(incompatible)?;
    let (bound, _) = load::bind(engine, &linker, &component)?;
    let outside = Outside {
        ports: Arc::new(Nobody),
        egress: Egress::new(Vec::new()),
        // In this mode nothing leaves, and what no record answers is not sent.
        mode: Mode::Shadow,
        host: Handle::current(),
    };
    run::attempt(terms, engine, &bound, outside).await
}

/// The ports of a component that belongs to nobody yet.
struct Nobody;

fn absent() -> PortError {
    PortError("this component is only being tried".to_owned())
}

#[async_trait]
impl Ports for Nobody {
    async fn record(&self, _: &[Step]) -> Result<(), PortError> {
        Err(absent())
    }

    async fn secret(&self, _: &str) -> Result<Option<Secret>, PortError> {
        Ok(None)
    }

    async fn state_get(&self, _: &str) -> Result<Option<StateEntry>, StateError> {
        Err(absent().into())
    }

    async fn state_put(&self, _: &str, _: &[u8], _: StateWrite) -> Result<u64, StateError> {
        Err(absent().into())
    }

    async fn state_delete(&self, _: &str) -> Result<(), StateError> {
        Err(absent().into())
    }

    async fn state_keys(&self, _: &str) -> Result<Vec<String>, StateError> {
        Err(absent().into())
    }

    async fn take_budget(&self, _: &Url) -> Result<(), u64> {
        Err(u64::MAX)
    }

    async fn create_payment(&self, _: PaymentRequest) -> Result<Payment, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn read_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn renew_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn read_links(&self, _: &[String], _: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn quote_link(&self, _: Selection) -> Result<Estimate, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn press_link(&self, _: Selection) -> Result<Payment, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn note_receipt(&self, _: Receipt) -> Result<(), PaymentError> {
        Err(refused(&absent().0))
    }

    async fn changed_payments(&self, _: Span) -> Result<Standings, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn report_part(&self, _: Part) -> Result<(), PaymentError> {
        Err(refused(&absent().0))
    }

    async fn renew_secret(&self, _: &str) -> Result<i64, PaymentError> {
        Err(refused(&absent().0))
    }

    async fn propose(&self, _: Proposal) -> Result<(), PaymentError> {
        Err(refused(&absent().0))
    }

    async fn milestone(&self, _: Milestone) {}

    fn may_send(&self) -> bool {
        false
    }

    fn format_money(&self, _: i64, _: &str, _: &str) -> String {
        String::new()
    }

    fn format_date_time(&self, _: i64, _: &str) -> String {
        String::new()
    }
}
