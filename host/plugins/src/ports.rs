//! What the runtime needs from the server around it: the record, secrets, state, payments and words for people. The
//! server implements it once over its store; tests implement it in memory.

use async_trait::async_trait;
use kamurj_egress::Url;
use serde::{Deserialize, Serialize};

use crate::{
    contract::{Estimate, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Selection, Span, Standings},
    record::Step,
    secrets::Secret,
};

/// The server could not do its part; the run ends and may be tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortError(
    /// For the log: no secret, no body.
    pub String,
);

/// A live entry of an installation's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateEntry {
    /// The bytes.
    pub value: Vec<u8>,
    /// Grows by one with each write of this key.
    pub version: u64,
}

/// What a write expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there.
    Any,
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
}

/// A write's conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    /// What it expects to find.
    pub expected: Expected,
    /// When the entry vanishes, Unix milliseconds.
    pub expires_at: Option<i64>,
    /// The step of the run that makes it, from 0.
    pub step: u32,
}

/// Why state was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The key does not stand where the write expected it.
    #[error("the key has changed")]
    Conflict,
    /// The installation has as many keys as it may.
    #[error("the state is full")]
    Full,
    /// Key or value is longer than allowed.
    #[error("key or value is too large")]
    TooLarge,
    /// The store could not be reached.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a call of the guest was refused, in the words of the contract's `error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct PaymentError {
    /// `not-granted`, `not-found`, `invalid`, `conflict`, `closed`, `refused`, `limit` or `unavailable`.
    pub code: String,
    /// For people.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long to wait before that.
    pub retry_after_ms: Option<u64>,
}

/// Points of a run at which crash tests stop the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// Recorded as about to be sent; not sent.
    BeforeSend,
    /// The answer is here; not recorded.
    AfterSend,
}

/// The server's side of one run. Every method but the last two runs on the host's own tokio runtime.
#[async_trait]
pub trait Ports: Send + Sync {
    /// Keeps steps of this run, replacing those with the same index. Durable when it returns.
    async fn record(&self, steps: &[Step]) -> Result<(), PortError>;

    /// The installation's secret of this name, if it has a value.
    async fn secret(&self, name: &str) -> Result<Option<Secret>, PortError>;

    /// The live entry under this key.
    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError>;

    /// Writes an entry that lives until `expires_at` (Unix milliseconds) and answers its version.
    /// `write` names this very write: made again after a crash, it answers what it answered.
    async fn state_put(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError>;

    /// Removes an entry; removing what is absent is no error.
    async fn state_delete(&self, key: &str) -> Result<(), StateError>;

    /// The live keys that begin with this text, in order.
    async fn state_keys(&self, prefix: &str) -> Result<Vec<String>, StateError>;

    /// Takes one request from the budget of the remote at this address, waiting for it a little. The error: how long to wait
    /// until the next one is free, in milliseconds.
    async fn take_budget(&self, url: &Url) -> Result<(), u64>;

    /// Asks for a payment.
    async fn create_payment(&self, request: PaymentRequest) -> Result<Payment, PaymentError>;

    /// One of the merchant's payments in this installation's mode.
    async fn read_payment(&self, id: &str) -> Result<Payment, PaymentError>;

    /// Opens an expired payment again for the customer who asks; one that can be paid stays as it is.
    async fn renew_payment(&self, id: &str) -> Result<Payment, PaymentError>;

    /// Links of the merchant in this installation's mode, in the order asked; what it does not have is left out.
    async fn read_links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, PaymentError>;

    /// Counts what has been chosen, and says what is missing and what is wrong. Makes nothing.
    async fn quote_link(&self, selection: Selection) -> Result<Estimate, PaymentError>;

    /// Presses a link: makes its payment, or finds the one that the same key made.
    async fn press_link(&self, selection: Selection) -> Result<Payment, PaymentError>;

    /// Keeps news of something that was sent with the delivery that sent it.
    async fn note_receipt(&self, receipt: Receipt) -> Result<(), PaymentError>;

    /// Payments that this installation is told of and that changed in a span of time, the oldest change first.
    async fn changed_payments(&self, span: Span) -> Result<Standings, PaymentError>;

    /// Keeps a part of what a comparison found.
    async fn report_part(&self, part: Part) -> Result<(), PaymentError>;

    /// Renews a secret in the way that its manifest declares, keeps the new value, and answers when that expires, Unix
    /// milliseconds. One that is too young is left as it is.
    async fn renew_secret(&self, name: &str) -> Result<i64, PaymentError>;

    /// Puts a proposal before the merchant's people.
    async fn propose(&self, proposal: Proposal) -> Result<(), PaymentError>;

    /// Called at each milestone; does nothing in production.
    async fn milestone(&self, milestone: Milestone);

    /// Whether this run's effects may still be sent: nobody else can have taken the run over since its last record. Asked
    /// right before they are. Must not block.
    fn may_send(&self) -> bool {
        true
    }

    /// An amount in minor units, as every page writes it. Must not block.
    fn format_money(&self, minor: i64, currency: &str, language: &str) -> String;

    /// A time in Unix milliseconds, as every page writes it. Must not block.
    fn format_date_time(&self, at: i64, language: &str) -> String;
}
