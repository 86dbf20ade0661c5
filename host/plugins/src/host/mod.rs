//! The host's side of one call: what the guest's imports are answered from. Each interface has its own file; this one
//! holds the state that they share and the two moves that every recorded call makes.

mod comparisons;
mod http;
mod links;
mod payments;
mod plain;
mod receipts;
mod sending;
mod signing;
mod slots;
mod state;

pub use signing::sign_rs256;

use std::{future::Future, sync::Arc};

use serde_json::Value;
use tokio::{runtime::Handle, task::JoinHandle};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use kamurj_egress::Egress;

use crate::{
    failure::RunFailure,
    grants::Grants,
    limits::Limiter,
    logbook::Logbook,
    ports::{PaymentError, PortError, Ports},
    record::{Divergence, Mode, Step, StepState, Tape, Turn},
    secrets::Keyring,
};

/// What one call knows. A fresh one for every call; it dies with the guest's instance.
pub(crate) struct RunState {
    pub(crate) wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) tape: Tape,
    pub(crate) logbook: Logbook,
    pub(crate) keyring: Keyring,
    pub(crate) grants: Grants,
    pub(crate) settings: String,
    /// Unix milliseconds; stands still.
    pub(crate) now: i64,
    pub(crate) outside: Outside,
    pub(crate) steps_max: u32,
    /// See [`crate::RECORD_BYTES`].
    pub(crate) record_max: usize,
    pub(crate) requests_left: u32,
    /// Host calls so far, those that are no steps among them.
    pub(crate) calls: u32,
    /// Calls that were answered with `not-granted`.
    pub(crate) refused: u32,
    pub(crate) slices_left: u32,
    /// The guest waited for the host since the last slice began, so that slice is not its own.
    pub(crate) waited: bool,
    /// Why the host ended the run, where a trap alone would not say it.
    pub(crate) failure: Option<RunFailure>,
}

/// Everything beyond the guest's own memory.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) ports: Arc<dyn Ports>,
    pub(crate) egress: Egress,
    /// Whether anything may leave at all.
    pub(crate) mode: Mode,
    /// The server's runtime: its pools and sockets live there, and its stacks are deep enough for them.
    pub(crate) host: Handle,
}

impl WasiView for RunState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Outside {
    /// Runs server work where it belongs. It goes on to its end even if the guest is stopped meanwhile: half a
    /// database write is worse than a whole one.
    async fn on_host<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, PortError> {
        self.host.spawn(work).await.map_err(|error| PortError(format!("the server could not do its part: {error}")))
    }

    /// The same for work that ends with the guest.
    async fn on_host_while_waited_for<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, PortError> {
        let mut task = AbortOnDrop(self.host.spawn(work));
        (&mut task.0).await.map_err(|error| PortError(format!("the server could not do its part: {error}")))
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RunState {
    /// Ends the run for a reason that the guest cannot see.
    fn end(&mut self, failure: RunFailure) -> wasmtime::Error {
        let error = wasmtime::Error::msg(failure.to_string());
        self.failure = Some(failure);
        error
    }

    /// The next recorded call: an unanswered step and what to do about it; none when the run has taken too many.
    fn begin(&mut self, call: &str, name: Option<String>, request: Value) -> wasmtime::Result<Option<(Step, Turn)>> {
        self.calls = self.calls.saturating_add(1);
        if self.tape.length() >= self.steps_max || self.tape.bytes() >= self.record_max {
            return Ok(None);
        }
        // Only here, where calls are counted: a guest that calls what costs nothing must not compute for nothing.
        self.waited = true;
        let request = self.keyring.scrub_json(request);
        let (index, turn) =
            self.tape.take(call, name.as_deref(), &request).map_err(|divergence| self.diverged(divergence))?;
        if turn == Turn::Unanswered {
            return Err(self.end(RunFailure::Unanswered { index }));
        }
        let step = Step { index, call: call.to_owned(), name, request, state: StepState::Sent, response: None };
        Ok(Some((step, turn)))
    }

    fn diverged(&mut self, Divergence { index, detail }: Divergence) -> wasmtime::Error {
        self.end(RunFailure::Diverged { index, detail })
    }

    /// Keeps an answer with its step.
    fn answer(&mut self, mut step: Step, response: Value) {
        step.state = StepState::Answered;
        step.response = Some(response);
        self.tape.keep(step);
    }

    /// A call that is not http: answered from the record, or made and kept.
    async fn recall<F>(
        &mut self,
        call: &str,
        request: Value,
        make: impl FnOnce(Arc<dyn Ports>) -> F,
    ) -> wasmtime::Result<Result<Value, PaymentError>>
    where
        F: Future<Output = Result<Value, PaymentError>> + Send + 'static,
    {
        let outside = self.outside.clone();
        let Some((step, turn)) = self.begin(call, None, request)? else {
            return Ok(Err(too_many_steps()));
        };
        if let Turn::Carried(recorded) = &turn {
            self.answer(step.clone(), recorded.clone());
        }
        if let Turn::Recorded(recorded) | Turn::Carried(recorded) = turn {
            return match recorded.get("error") {
                None => Ok(Ok(recorded["ok"].clone())),
                Some(error) => match serde_json::from_value(error.clone()) {
                    Ok(error) => Ok(Err(error)),
                    Err(_) => Err(self.diverged(unreadable(step.index))),
                },
            };
        }
        // In a shadow run the ports are made so that nothing comes of this.
        let made = outside.on_host(make(Arc::clone(&outside.ports))).await;
        let made = made.unwrap_or_else(|error| Err(unavailable(&error)));
        let response = match &made {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(error) => serde_json::json!({ "error": error }),
        };
        self.answer(step, response);
        Ok(made)
    }

    /// Reads a recorded or fresh answer back into its type.
    fn read<T: serde::de::DeserializeOwned>(&mut self, value: Value) -> wasmtime::Result<T> {
        let index = self.tape.length().saturating_sub(1);
        serde_json::from_value(value).map_err(|_| self.diverged(unreadable(index)))
    }
}

/// Why a shadow run's request did not leave.
const IN_SHADOW: &str = "this is a shadow run, and the recorded run has no such request";

fn unreadable(index: u32) -> Divergence {
    Divergence { index, detail: "the recorded answer cannot be read".to_owned() }
}

fn too_many_steps() -> PaymentError {
    error("limit", "this call made too many host calls", false)
}

fn unavailable(cause: &PortError) -> PaymentError {
    tracing::warn!(error = %cause, "a plugin's host call failed");
    error("unavailable", "the server cannot do this now", true)
}

fn error(code: &str, message: &str, retryable: bool) -> PaymentError {
    PaymentError { code: code.to_owned(), message: message.to_owned(), retryable, retry_after_ms: None }
}
