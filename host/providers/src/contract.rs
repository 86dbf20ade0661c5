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
pub struct Capabilities {
    /// It calls us when something happened.
    pub push: bool,
    /// It answers questions about an order.
    pub lookup: bool,
    /// Opening a session again under the same order number gives the same session, so an unanswered call may be repeated.
    pub repeatable_start: bool,
    /// How long its payment page lives at most, in milliseconds.
    pub session_life_ms: i64,
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
    fn read_push(&self, body: &[u8]) -> Result<Statement, PushRefused>;

    /// Asks the provider about an order.
    async fn lookup(&self, of: &LookupOf) -> Lookup;
}
