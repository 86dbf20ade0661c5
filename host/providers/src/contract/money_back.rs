//! Giving money back, asking what became of that, and ending a session.

use kamurj_domain::Money;

/// What the provider is asked to give back.
#[derive(Debug, Clone)]
pub struct RefundOrder {
    /// Our order number of the attempt that took the money.
    pub number: String,
    /// The provider's id of its session, where we know it.
    pub reference: Option<String>,
    /// The provider's id of the payment, where it told us one when the money came.
    pub payment: Option<String>,
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
    /// The provider's id of the payment, where it told us one when the money came.
    pub payment: Option<String>,
    /// Our id of the refund.
    pub refund: String,
    /// How much was asked for.
    pub amount: Money,
    /// How much of the order had gone back, by the provider's own count, just before this refund was asked for. Known where
    /// refunds are known by that count only ([`super::RefundQuestions::ByTotal`]).
    pub before: Option<Money>,
}

/// Reads what became of a refund from the provider's count of all that went back: the answer of providers that know no ids
/// of refunds. `total`: the count now, `None` where it could not be had.
pub fn by_total(of: &RefundOf, total: Option<Money>) -> RefundLookup {
    let no_answer = |reason: &str| RefundLookup::NoAnswer { reason: reason.to_owned() };
    let (Some(before), Some(total)) = (of.before, total) else {
        return no_answer("how much went back is not known");
    };
    if before.currency != of.amount.currency || total.currency != of.amount.currency {
        return no_answer("the count is in another currency");
    }
    match before.minor.checked_add(of.amount.minor) {
        // More than both: somebody at the provider gave back besides, which its count shows anyway.
        Some(after) if total.minor >= after => RefundLookup::Found(RefundStatement {
            refund: of.refund.clone(),
            number: of.number.clone(),
            status: RefundStatus::Done,
            amount: Some(of.amount),
            foreign_currency: None,
            provider_time: None,
            reference: None,
            reason: None,
        }),
        Some(_) if total.minor <= before.minor => RefundLookup::NoSuchRefund,
        _ => no_answer("the provider's count fits neither with this refund nor without it"),
    }
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
