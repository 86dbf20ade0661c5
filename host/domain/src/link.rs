//! What a payment link offers: its words, its price and what the customer chooses or answers. What one press comes to is in
//! `press`, the questions are in `question`. Places under a cap, validity and switches are the store's and the server's.

pub mod press;
pub mod question;
pub mod wrong;

use crate::format::Language;
use crate::{Currency, Money};
use serde::{Deserialize, Serialize};

pub use press::{Choice, Fault, Quote};
pub use question::{Question, QuestionKind};
pub use wrong::Wrong;

/// How long a payment made from a fixed link can be paid when nobody says: 30 minutes, in milliseconds. The customer is
/// there, and under a cap the place is kept for them so long.
pub const FIXED_LIFE_MS: i64 = 30 * 60 * 1000;
/// The same for a single-use link, which has no other payment to come: 72 hours, in milliseconds.
pub const SINGLE_USE_LIFE_MS: i64 = 72 * 60 * 60 * 1000;

/// Whether a link makes many payments or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Every press makes its own payment.
    Fixed,
    /// The first press makes the only payment; from then on the link leads to it.
    SingleUse,
}

impl LinkKind {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::SingleUse => "single_use",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Fixed, Self::SingleUse].into_iter().find(|kind| kind.word() == word)
    }

    /// How long its payments can be paid when nobody says, in milliseconds.
    pub fn usual_life_ms(self) -> i64 {
        match self {
            Self::Fixed => FIXED_LIFE_MS,
            Self::SingleUse => SINGLE_USE_LIFE_MS,
        }
    }
}

/// A text in the languages of the pages. At least one is there where a text is needed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Texts {
    /// Armenian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hy: Option<String>,
    /// Russian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Texts {
    /// The text in this language; else in the first of Armenian, Russian and English that there is.
    pub fn said_in(&self, language: Language) -> Option<&str> {
        let own = match language {
            Language::Hy => &self.hy,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        };
        own.as_deref().or(self.hy.as_deref()).or(self.ru.as_deref()).or(self.en.as_deref())
    }

    /// Whether no language has a text.
    pub fn is_empty(&self) -> bool {
        self.hy.is_none() && self.ru.is_none() && self.en.is_none()
    }
}

/// What one piece costs, in minor units of the offer's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// The merchant's price.
    Fixed {
        /// It.
        minor: i64,
    },
    /// The customer says how much.
    Chosen {
        /// No less than this.
        min_minor: i64,
        /// No more than this.
        max_minor: i64,
        /// What the page suggests.
        suggested_minor: Option<i64>,
    },
}

/// How many pieces may be bought at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// At least one.
    pub min: u32,
    /// Not below `min`.
    pub max: u32,
}

/// A way in which the goods reach the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryOption {
    /// The merchant's word for it, unique in the link.
    pub id: String,
    /// What the customer reads.
    pub title: Texts,
    /// What it adds to the amount, minor units; zero where it is free.
    pub price_minor: i64,
}

/// Whether the page asks the customer for an e-mail address and a telephone number, which are kept with the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactAsked {
    /// It does not ask.
    No,
    /// It asks, and the customer may leave both out.
    #[default]
    Optional,
}

impl ContactAsked {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Optional => "optional",
        }
    }

    /// The choice with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::No, Self::Optional].into_iter().find(|choice| choice.word() == word)
    }
}

/// What a link offers. A change counts for later presses alone: a payment keeps what its press came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What is sold.
    pub title: Texts,
    /// More about it; may be empty.
    pub description: Texts,
    /// The currency of every amount here.
    pub currency: Currency,
    /// What one piece costs.
    pub price: Price,
    /// How many may be bought; one where nothing is said.
    pub quantity: Option<Bounds>,
    /// The ways of delivery; where there are any, the customer chooses one.
    pub deliveries: Vec<DeliveryOption>,
    /// What the customer is asked.
    pub questions: Vec<Question>,
    /// Whether the page asks for an e-mail address and a telephone number.
    #[serde(default)]
    pub contact: ContactAsked,
    /// How long a payment made by a press can be paid, milliseconds.
    pub payment_life_ms: i64,
    /// The merchant's notes, which each payment gets.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

impl Offer {
    /// The most that one press can come to, minor units; wider than an amount, so that it cannot overflow.
    pub fn dearest_minor(&self) -> i128 {
        let unit = match self.price {
            Price::Fixed { minor } => minor,
            Price::Chosen { max_minor, .. } => max_minor,
        };
        let pieces = self.quantity.map_or(1, |bounds| bounds.max);
        let delivery = self.deliveries.iter().map(|option| option.price_minor).max().unwrap_or(0);
        i128::from(unit) * i128::from(pieces) + i128::from(delivery)
    }

    /// The amount where every press without further words comes to the same: a fixed price, no choice of delivery, no
    /// question that must be answered.
    pub fn plain_amount(&self) -> Option<Money> {
        let Price::Fixed { minor } = self.price else { return None };
        let asks_nothing = self.deliveries.is_empty() && self.questions.iter().all(|question| !question.required);
        let pieces = i64::from(self.quantity.map_or(1, |bounds| bounds.min));
        asks_nothing.then(|| Money::new(minor.saturating_mul(pieces), self.currency))
    }

    /// The amount that a press at the page comes to whatever is answered there, so that the page can name it on its button:
    /// a fixed price with nothing to choose about pieces or delivery. `None` where it is counted from what is chosen.
    pub fn page_amount(&self) -> Option<Money> {
        let Price::Fixed { minor } = self.price else { return None };
        let (min, max) = self.quantity.map_or((1, 1), |bounds| (bounds.min, bounds.max));
        let fixed = self.deliveries.is_empty() && min == max;
        fixed.then(|| Money::new(minor.saturating_mul(i64::from(min)), self.currency))
    }
}
