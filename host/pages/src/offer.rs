//! What the page of a payment link shows and asks, in plain values: the server fills these in from the link and, after a
//! fault, from what was typed.

use crate::view::Way;
pub use kamurj_domain::link::Wrong;

/// The form of a payment link.
#[derive(Clone, Debug)]
pub struct OfferForm {
    /// The path that takes the POST, such as `/p/{token}/pay`.
    pub action: String,
    /// The form's own key, posted as [`crate::FORM_KEY_FIELD`]: the same key posted twice is one payment.
    pub key: String,
    /// The link's version that the form shows, posted as [`crate::VERSION_FIELD`].
    pub version: i64,
    /// More about what is sold, in the merchant's words; line breaks are kept.
    pub details: Option<String>,
    /// Whether the view's amount is what a press comes to; otherwise it is counted from what is chosen.
    pub is_amount_fixed: bool,
    /// When presses end, Unix milliseconds, where they do.
    pub until_ms: Option<i64>,
    /// What is asked, in order.
    pub fields: Vec<OfferField>,
    /// The ways to pay among which the customer chooses, where the form leads straight on to the bank.
    pub ways: Vec<Way>,
    /// Whether the merchant changed the link since the customer looked at it.
    pub is_changed: bool,
}

impl OfferForm {
    /// Whether anything that was typed cannot be used.
    pub fn has_faults(&self) -> bool {
        self.fields.iter().any(|field| field.wrong.is_some())
    }
}

/// One thing that is asked.
#[derive(Clone, Debug)]
pub struct OfferField {
    /// The name of the form's field.
    pub name: String,
    /// What the customer reads.
    pub label: FieldLabel,
    /// How it is answered.
    pub kind: FieldKind,
    /// Whether it must be answered.
    pub is_required: bool,
    /// Whether the answer tells about a person; the page says what it is for.
    pub is_personal: bool,
    /// What is filled in: a suggestion, or what was typed. Never anything that looks like a card number.
    pub value: String,
    /// What is wrong with what was typed.
    pub wrong: Option<Wrong>,
}

/// What the customer reads of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldLabel {
    /// How much.
    Amount,
    /// How many.
    Quantity,
    /// How it reaches the customer.
    Delivery,
    /// An e-mail address for the seller.
    Email,
    /// A telephone number for the seller.
    Phone,
    /// The merchant's question.
    Text(String),
}

/// How a field is answered.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// An amount in the view's currency, minor units.
    Amount {
        /// The least.
        min_minor: i64,
        /// The most.
        max_minor: i64,
    },
    /// A number of pieces.
    Quantity {
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
        /// The price of one, minor units.
        each_minor: i64,
    },
    /// One of these, each with what it adds to the amount.
    Delivery(Vec<DeliveryWay>),
    /// A text of at most so many characters.
    Text {
        /// The most characters.
        max_length: u32,
    },
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// One of these: what is posted, and what is read.
    Choice(Vec<(String, String)>),
    /// A day.
    Date,
}

/// A way of delivery.
#[derive(Clone, Debug)]
pub struct DeliveryWay {
    /// What choosing it posts.
    pub id: String,
    /// What the customer reads.
    pub title: String,
    /// What it adds to the amount, minor units; zero where it is free.
    pub price_minor: i64,
}

/// Why a payment link takes no press now. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkClosed {
    /// The merchant switched it off.
    Off {
        /// The merchant's own words.
        message: Option<String>,
    },
    /// It opens later.
    NotYet {
        /// Then.
        from_ms: i64,
    },
    /// Its time is over.
    Over {
        /// Since then.
        until_ms: i64,
    },
    /// As many payments as it may have are paid.
    UsedUp,
    /// The last place is being paid for by somebody else.
    Busy,
}
