//! What a provider can do, so that nobody asks more of it.

/// What a provider can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each names an ability that a provider has or lacks by itself")]
pub struct Capabilities {
    /// It calls us when something happened.
    pub push: Pushes,
    /// It answers questions about an order. One that does not has only its pushes to tell what happened.
    pub lookup: bool,
    /// It asks us before it takes money ([`super::Push::Question`]), so an order that it never asked about took none.
    pub asks_first: bool,
    /// The customer is sent there by a form that their browser posts; [`super::Provider::start`] calls nobody then, and
    /// answers the same form each time it is asked for the same order.
    pub form: bool,
    /// Opening a session again under the same order number gives the same session, so an unanswered call may be repeated.
    pub repeatable_start: bool,
    /// How long its payment page lives at most, in milliseconds.
    pub session_life_ms: i64,
    /// It gives money back when asked.
    pub refund: bool,
    /// It also gives back less than was captured, more than once. Without this only the whole sum may be asked back.
    pub partial_refund: bool,
    /// What can be found out about a refund whose answer was lost.
    pub refund_lookup: RefundQuestions,
    /// It ends a session, and takes a fresh payment back, when asked.
    pub cancel: bool,
    /// How long after the start a payment can be taken back by [`super::Provider::cancel`], in milliseconds, where the
    /// provider sets such a limit. It is for people: the provider refuses what comes later.
    pub cancel_window_ms: Option<i64>,
    /// How it writes amounts.
    pub amounts: Amounts,
    /// What its order numbers look like.
    pub order_number: OrderNumber,
    /// Exact origins that the payment page's redirect chain passes, for the `form-action` of our page.
    pub page_origins: Vec<String>,
}

/// Whether a provider calls us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushes {
    /// Never.
    None,
    /// With a proof that is checked.
    Proven,
    /// Without proof: each is a reason to ask, and nothing more.
    Unproven,
}

/// What a provider can be asked about a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundQuestions {
    /// What became of it, by our id of it.
    ById,
    /// How much of the order went back in all. Refunds of one order are made one after the other then, and each is known
    /// by what it adds to the count.
    ByTotal,
    /// Nothing.
    None,
}

/// How a provider writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// An integer of the currency's smallest units, by ISO 4217: 1,500 drams are 150000.
    MinorUnits,
    /// An integer of whole units: 1,500 drams are 1500. Smaller amounts cannot be asked for.
    WholeUnits,
    /// A decimal number or text in whole units: 1,500 drams are 1500.00.
    Decimal,
}

/// What a provider's order numbers look like. They are unique per account for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderNumber {
    /// Letters, digits and underscores, at most so many.
    Text {
        /// The most characters; at least 28, which ours have.
        longest: usize,
    },
    /// A random UUID (RFC 9562, version 4) in lower case.
    Uuid,
    /// The next integer of a sequence that all accounts of one terminal share.
    Sequence {
        /// Names the terminal: accounts with equal names draw from one sequence.
        terminal: String,
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
}
