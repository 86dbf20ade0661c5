//! What every provider adapter does, in the words of attempts. No answer and an unclear answer are results, not errors.

use async_trait::async_trait;
use kamurj_domain::Money;
use std::collections::BTreeMap;
use std::fmt;

/// The credentials of one account, opened. Never shown.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Credentials by name.
    pub fn new(secrets: BTreeMap<String, String>) -> Self {
        Self(secrets)
    }

    /// The credential with this name; an absent one is named in the error.
    pub fn required(&self, name: &str) -> Result<&str, SettingsError> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| SettingsError {
            pointer: format!("/secrets/{name}"),
            detail: "is missing; the provider hands it out with the merchant account".to_owned(),
        })
    }

    /// The credential with this name, if there is one.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

/// Settings that cannot work: which field, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct SettingsError {
    /// JSON pointer to the field.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}

/// What a provider can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each names an ability that a provider has or lacks by itself")]
pub struct Capabilities {
    /// It calls us when something happened.
    pub push: bool,
    /// It answers questions about an order.
    pub lookup: bool,
    /// Opening a session again under the same order number gives the same session, so an unanswered call may be repeated.
    pub repeatable_start: bool,
    /// How long its payment page lives at most, in milliseconds.
    pub session_life_ms: i64,
    /// It gives money back when asked.
    pub refund: bool,
    /// It also gives back less than was captured, more than once. Without this only the whole sum may be asked back.
    pub partial_refund: bool,
    /// It ends a session, and takes a fresh payment back, when asked.
    pub cancel: bool,
    /// It answers questions about a refund by our id of it, so a refund whose answer was lost can be settled.
    pub refund_lookup: bool,
    /// Exact origins that the payment page's redirect chain passes, for the `form-action` of our page.
    pub page_origins: Vec<String>,
}

/// What the provider is asked to take.
#[derive(Debug, Clone)]
pub struct Order {
    /// Our order number for this attempt.
    pub number: String,
    /// How much.
    pub amount: Money,
    /// One line for the bank's page.
    pub description: String,
    /// Where the browser comes back to.
    pub return_url: String,
    /// `hy`, `ru` or `en`.
    pub language: &'static str,
}

/// What came of opening a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// It is open; send the customer there.
    Session {
        /// The provider's id of it.
        reference: String,
        /// Its payment page.
        url: String,
    },
    /// The provider said no, or was never reached: no session exists.
    Refused {
        /// In a few words, for the operator.
        reason: String,
    },
    /// The request left and no clear answer came: the session may exist.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
}

/// Which order to ask about.
#[derive(Debug, Clone)]
pub struct LookupOf {
    /// Our order number.
    pub number: String,
    /// The provider's id of the session, where we know it.
    pub reference: Option<String>,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The provider knows it.
    Found(Statement),
    /// The provider is sure that it has no such order.
    NoSuchOrder,
    /// Nobody can tell; ask again later.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
}

/// Where the provider says a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    /// Nothing that decides happened.
    Open,
    /// The money was taken.
    Approved,
    /// The bank declined.
    Declined,
    /// It ended unpaid.
    Abandoned,
    /// The money was taken and the whole payment undone at the bank before it was settled.
    Reversed,
    /// The payer's bank took the money back from the merchant.
    ChargedBack,
    /// Something that this adapter does not know; treated as open, shown to people.
    Unknown,
}

/// What the provider says about one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The provider's id of the session.
    pub reference: String,
    /// Our order number, as the provider has it.
    pub number: String,
    /// The payment page, where it is still of use.
    pub url: Option<String>,
    /// Where it stands.
    pub status: SessionStatus,
    /// The amount, where the currency is one that Kamurj knows.
    pub amount: Option<Money>,
    /// The currency code, where it is not.
    pub foreign_currency: Option<String>,
    /// When what it says happened, by the provider's clock, Unix milliseconds.
    pub provider_time: Option<i64>,
    /// The provider's reference of the payment, for people.
    pub payment_reference: Option<String>,
    /// How much of the session the provider has given back in all, whoever asked for it, where it names that.
    pub refunded: Option<Money>,
    /// When the session last changed, by the provider's clock, Unix milliseconds: the time of that count.
    pub changed_at: Option<i64>,
}

/// What the provider is asked to give back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Our order number of the attempt that took the money.
    pub number: String,
    /// The provider's id of its session, where we know it.
    pub reference: Option<String>,
    /// Our id of the refund: the idempotency key, and the name that it is looked up by.
    pub refund: String,
    /// How much.
    pub amount: Money,
    /// One line for the provider's records; empty where there is none.
    pub reason: String,
}

/// What came of asking for money back. It speaks of this one call: where an earlier call for the same refund got no
/// answer, only a look-up can tell what became of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundAnswer {
    /// The money is on its way back.
    Done(RefundStatement),
    /// The provider took the order and has not carried it out yet.
    InProgress,
    /// The provider said no, or was never reached: this call gave nothing back.
    Refused {
        /// In a few words, for the operator.
        reason: String,
    },
    /// The request left and no clear answer came: the money may be on its way back. Look it up; never ask again.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
    /// This provider gives nothing back when asked.
    Unsupported,
}

/// Which refund to ask about.
#[derive(Debug, Clone)]
pub struct RefundOf {
    /// Our order number of the attempt.
    pub number: String,
    /// The provider's id of its session, where we know it.
    pub reference: Option<String>,
    /// Our id of the refund.
    pub refund: String,
}

/// What came of asking about a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundLookup {
    /// The provider knows it.
    Found(RefundStatement),
    /// The provider is sure that it has no such refund.
    NoSuchRefund,
    /// Nobody can tell; ask again later.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
    /// This provider answers no such questions.
    Unsupported,
}

/// Where the provider says a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// Taken, not carried out yet.
    InProgress,
    /// Given back.
    Done,
    /// Not given back, or it came back later.
    Failed,
    /// Something that this adapter does not know; treated as in progress, shown to people.
    Unknown,
}

/// What the provider says about one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundStatement {
    /// Our id of it.
    pub refund: String,
    /// Our order number of the attempt, as the provider has it.
    pub number: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// How much, where the currency is one that Kamurj knows.
    pub amount: Option<Money>,
    /// The currency code, where it is not.
    pub foreign_currency: Option<String>,
    /// When what it says happened, by the provider's clock, Unix milliseconds.
    pub provider_time: Option<i64>,
    /// The provider's id of the refund, for people.
    pub reference: Option<String>,
    /// Why it failed, in the provider's words, shortened to one line.
    pub reason: Option<String>,
}

/// What came of asking the provider to end a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It can take no money any more, and what it took went back whole.
    Done,
    /// It was paid and is past cancelling: a refund is the way.
    TooLate {
        /// In a few words, for the operator.
        reason: String,
    },
    /// Nobody can tell. Asking again is safe: a session is ended once.
    NoAnswer {
        /// In a few words.
        reason: String,
    },
    /// This provider ends no sessions when asked.
    Unsupported,
}

/// What a push speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tidings {
    /// A session.
    Session(Statement),
    /// A refund that we asked for.
    Refund(RefundStatement),
}

/// A push whose proof was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The provider's own name for this message; the same on every repetition.
    pub natural_key: String,
}

/// Why a push was turned away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushRefused {
    /// The proof is missing or wrong.
    #[error("{0}")]
    Unproven(&'static str),
    /// The proof is right, the content is not readable.
    #[error("{0}")]
    Unreadable(String),
}

/// One account at one provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Opens a payment session. The attempt is committed already, under `order.number`.
    async fn start(&self, order: &Order) -> Start;

    /// Checks a push's proof over its raw bytes. `now`: Unix milliseconds.
    fn verify_push(&self, headers: &[(String, String)], body: &[u8], now: i64) -> Result<Push, PushRefused>;

    /// Reads a push whose proof was checked before.
    fn read_push(&self, body: &[u8]) -> Result<Tidings, PushRefused>;

    /// Asks the provider about an order.
    async fn lookup(&self, of: &LookupOf) -> Lookup;

    /// Asks for money back, once. The refund is committed already, under `order.refund`; an adapter sends it one time and
    /// never repeats it by itself.
    async fn refund(&self, order: &RefundOrder) -> RefundAnswer;

    /// Asks the provider about a refund.
    async fn lookup_refund(&self, of: &RefundOf) -> RefundLookup;

    /// Asks the provider to end a session, or to undo its payment while it can.
    async fn cancel(&self, of: &LookupOf) -> Cancelled;
}
