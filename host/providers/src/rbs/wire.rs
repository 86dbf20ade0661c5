//! The gateway's answers as they come. Its numbers come as numbers or as text, depending on the instance and on the field;
//! both are kept as their text, so that no amount ever passes through a float. It must not know what they mean.

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::fmt;

/// A JSON number, text or truth value, as its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loose(String);

impl Loose {
    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The integer that it is: digits, perhaps after a minus. `None` for blanks, plus signs, fractions and exponents.
    pub(super) fn integer(&self) -> Option<i64> {
        let digits = self.0.strip_prefix('-').unwrap_or(&self.0);
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { self.0.parse().ok() } else { None }
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Loose;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number or a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose(text.to_owned()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
                Ok(Loose(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
                Ok(Loose(number.to_string()))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Loose, E> {
                Ok(Loose(truth.to_string()))
            }

            // 1500.0, 15e4, or more digits than 64 bits hold: no number that the gateway writes, and nothing to compute with.
            fn visit_f64<E>(self, _: f64) -> Result<Loose, E> {
                Ok(Loose("not an integer".to_owned()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// The answer of `register.do`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registered {
    pub(super) order_id: Option<String>,
    pub(super) form_url: Option<String>,
    pub(super) error_code: Option<Loose>,
    pub(super) error_message: Option<Loose>,
}

/// The answer of `reverse.do` and `refund.do`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Done {
    pub(super) error_code: Option<Loose>,
    pub(super) error_message: Option<Loose>,
}

/// The answer of `getOrderStatusExtended.do`, as far as it is used: everything that it says of the payer stays unread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) error_code: Option<Loose>,
    pub(super) error_message: Option<Loose>,
    pub(super) order_number: Option<Loose>,
    pub(super) order_status: Option<Loose>,
    pub(super) action_code: Option<Loose>,
    /// Minor units.
    pub(super) amount: Option<Loose>,
    /// Three digits by ISO 4217.
    pub(super) currency: Option<Loose>,
    /// Versions 02 and 03.
    pub(super) auth_date_time: Option<Loose>,
    /// Versions 02 and 03.
    pub(super) auth_ref_num: Option<Loose>,
    /// Version 03.
    pub(super) payment_amount_info: Option<AmountInfo>,
    pub(super) refunds: Option<Vec<Refund>>,
    pub(super) attributes: Option<Vec<Attribute>>,
}

/// What was taken and given back, minor units.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AmountInfo {
    pub(super) deposited_amount: Option<Loose>,
    pub(super) refunded_amount: Option<Loose>,
}

/// One refund.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refund {
    pub(super) action_code: Option<Loose>,
    /// Minor units.
    pub(super) amount: Option<Loose>,
}

/// `mdOrder` is the gateway's own id of the order.
#[derive(Debug, Deserialize)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: Option<Loose>,
}
