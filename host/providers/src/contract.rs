//! What every provider adapter does, in the words of attempts. No answer, an unclear answer and "this provider cannot do
//! that" are results, not errors.

mod capabilities;
mod check;
mod money_back;
mod push;
mod session;
mod settings;

pub use capabilities::{Amounts, Capabilities, OrderNumber, Pushes, RefundQuestions};
pub use check::Checked;
pub use money_back::{
    Cancelled, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundStatement, RefundStatus, by_total,
};
pub use push::{Outcome, Push, PushRefused, Pushed, Reply, Tidings};
pub use session::{Cause, Hint, Lookup, LookupOf, Order, SessionStatus, Start, Statement};
pub use settings::{Secrets, SettingsError};

use crate::line::Line;
use async_trait::async_trait;

/// One account at one provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Opens a payment session. The attempt is committed already, under `order.number`.
    async fn start(&self, order: &Order) -> Start;

    /// Reads what the browser brought back, which anybody may have written: whether it names this order at all.
    fn on_return(&self, of: &LookupOf, query: &[(String, String)]) -> Hint;

    /// The order number in what the browser brought back, where the provider sends all browsers of an account to one address.
    fn returning(&self, _query: &[(String, String)]) -> Option<String> {
        None
    }

    /// Checks a push's proof over its raw bytes. `now`: Unix milliseconds.
    fn on_push(&self, pushed: &Pushed<'_>, now: i64) -> Result<Push, PushRefused>;

    /// Reads a push whose proof was checked before.
    fn read_push(&self, pushed: &Pushed<'_>) -> Result<Tidings, PushRefused>;

    /// Names, in lower case, of headers that prove pushes to this account, besides those of its family.
    fn proof_headers(&self) -> Vec<String> {
        Vec::new()
    }

    /// Asks the provider about an order.
    async fn lookup(&self, of: &LookupOf) -> Lookup;

    /// How long after its session's end an order that still stands like this counts as left unpaid, in milliseconds; never, by
    /// default. For providers that never say of a session which nobody tried to pay that it ended.
    fn left_unpaid_after_ms(&self, _told: &Statement) -> Option<i64> {
        None
    }

    /// Asks for money back, once. The refund is committed already, under `order.refund`; an adapter sends it one time and
    /// never repeats it by itself.
    async fn refund(&self, order: &RefundOrder) -> RefundAnswer;

    /// Asks the provider about a refund.
    async fn lookup_refund(&self, of: &RefundOf) -> RefundLookup;

    /// Asks the provider to end a session, or to undo its payment while it can.
    async fn cancel(&self, of: &LookupOf) -> Cancelled;

    /// Tries the account out with a question that changes nothing.
    async fn check(&self) -> Checked;
}

/// Opens an account from its settings (a JSON object), its credentials and the line to its provider.
pub type Opener = fn(settings: &str, secrets: &Secrets, line: Line) -> Result<Box<dyn Provider>, SettingsError>;

/// A provider's protocol: what there is to know before an account is opened.
pub struct Family {
    /// Its word in paths and in the API.
    pub word: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// The names of the credentials that an account may have; those that it must have are told by `open`.
    pub secrets: &'static [&'static str],
    /// Headers, in lower case, that prove its pushes.
    pub headers: &'static [&'static str],
    /// Opens an account.
    pub open: Opener,
    /// What it wants to hear about a push. It needs no account, so that it is said even where none can be read. `None`: it
    /// goes by the status alone, and the host says the rest in its own words.
    pub reply: Option<fn(&Outcome) -> Reply>,
}
