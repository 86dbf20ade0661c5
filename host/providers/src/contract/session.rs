//! Opening a session and asking about it.

use kamurj_domain::Money;

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
    /// Nobody was called: the customer's own browser posts this form, and what comes of it opens the session.
    Form {
        /// The provider's id of it, which is our own order number where it gives none.
        reference: String,
        /// Where the form goes.
        action: String,
        /// Its fields, in order.
        fields: Vec<(String, String)>,
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
    /// The provider's id of the payment, where it told us one when the money came.
    pub payment: Option<String>,
}

/// What the browser that comes back says, which proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It names this order, or nothing at all.
    Fits,
    /// It names another order: forged, or mixed up.
    Foreign,
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
    /// This provider answers no such questions, or none about this order yet.
    Unsupported,
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

/// Why a session was declined, as far as its payer can do something about it. Anything else is a plain no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The payer did not pass 3-D Secure.
    NotAuthenticated,
    /// The payer pressed "cancel".
    CancelledByPayer,
    /// The card's bank or the processing could not be reached, or failed.
    Unreachable,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::NotAuthenticated, Self::CancelledByPayer, Self::Unreachable];

    /// The word that the fact keeps as its reason.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "not_authenticated",
            Self::CancelledByPayer => "cancelled_by_payer",
            Self::Unreachable => "bank_unreachable",
        }
    }

    /// The cause with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
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
    /// Why it was declined, where it was and the provider says so.
    pub cause: Option<Cause>,
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
