//! What can be wrong with a press of a link. The English text is the API's; pages say the same in their own words.

use crate::{Currency, Money};

/// Why a field of a press cannot be used. Its text says what to send instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The customer says how much, and has not.
    #[error("say how much, between {} and {max}", .min.decimal())]
    NoAmount {
        /// The least.
        min: Money,
        /// The most.
        max: Money,
    },
    /// The amount is out of bounds.
    #[error("must be between {} and {max}", .min.decimal())]
    Amount {
        /// The least.
        min: Money,
        /// The most.
        max: Money,
    },
    /// The amount is in another currency than the link's.
    #[error("must be {}", .0.code())]
    Currency(Currency),
    /// An amount was sent for a price that the merchant set.
    #[error("this link has a fixed price; leave the amount out")]
    PriceIsFixed,
    /// Pieces times price is more than an amount may be.
    #[error("comes to more than one payment may have; take fewer")]
    TooDear,
    /// The number of pieces is out of bounds, or no number.
    #[error("must be {min} to {max}")]
    Quantity {
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Several pieces were asked for of a link that sells one.
    #[error("this link sells one piece; leave the quantity out")]
    OnePiece,
    /// No way of delivery was chosen, or one that there is not. These are.
    #[error("must be one of: {}", .0.join(", "))]
    Delivery(Vec<String>),
    /// A way of delivery was sent to a link that has none.
    #[error("this link has no delivery options; leave it out")]
    NoDelivery,
    /// A question that must be answered was not.
    #[error("must be answered")]
    Unanswered,
    /// An answer to a question that the link does not ask.
    #[error("this link asks no such question; leave it out")]
    NoSuchQuestion,
    /// The text is longer than this many characters.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// The text has control characters.
    #[error("must not have control characters")]
    Characters,
    /// No e-mail address.
    #[error("must be an e-mail address such as ani@example.am")]
    Email,
    /// No telephone number.
    #[error("must be a telephone number such as +374 91 123456")]
    Phone,
    /// No number.
    #[error("must be a number such as 12 or 12.5, of at most 15 digits")]
    Number,
    /// None of the answers that can be chosen. These can.
    #[error("must be one of: {}", .0.join(", "))]
    Choice(Vec<String>),
    /// No day.
    #[error("must be a day such as 2026-11-21")]
    Date,
    /// The text looks like a card number.
    #[error("looks like a card number; card data never belongs here")]
    CardNumber,
}
