//! Which column of a provider's report is what, as people chose it: kept as JSON, one for each provider.

use crate::{Column, Decimals, Kind, Reading, TimeFormat};
use kamurj_domain::Currency;
use serde::{Deserialize, Serialize};

/// What the columns of a report mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The row with the names of the columns, counted from 1; guessed if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<usize>,
    /// The sheet of a workbook; the first if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The bank's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Column>,
    /// The order number that we gave the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<Column>,
    /// The amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Column>,
    /// Its currency.
    pub currency: CurrencyFrom,
    /// Which way money went.
    pub kind: KindFrom,
    /// What the bank kept, in the same currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Column>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFrom>,
    /// How amounts are written.
    pub decimals: Decimals,
}

/// From where a line's currency is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurrencyFrom {
    /// The whole report is in one.
    Fixed(Currency),
    /// A column says it.
    Column(Column),
}

/// From where it is known which way money went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindFrom {
    /// Every line is a payment.
    Payments,
    /// An amount below zero is a refund, any other a payment.
    Sign,
    /// A column says it in words.
    Words(KindWords),
}

/// The words of the column that says which way money went, compared without regard to capitals and spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWords {
    /// The column.
    pub column: Column,
    /// Words for payments.
    #[serde(default)]
    pub payment: Vec<String>,
    /// Words for refunds.
    #[serde(default)]
    pub refund: Vec<String>,
    /// Words for reversals.
    #[serde(default)]
    pub reversal: Vec<String>,
    /// Words for chargebacks.
    #[serde(default)]
    pub chargeback: Vec<String>,
    /// Words for what moved no money of a payment, such as an authorisation or the bank's transfer to the merchant.
    #[serde(default)]
    pub passed_over: Vec<String>,
}

impl KindWords {
    /// The words and what they mean; `None` is passed over.
    pub(crate) fn meanings(&self) -> [(&'static str, Option<Kind>, &[String]); 5] {
        [
            ("/kind/words/payment", Some(Kind::Payment), &self.payment),
            ("/kind/words/refund", Some(Kind::Refund), &self.refund),
            ("/kind/words/reversal", Some(Kind::Reversal), &self.reversal),
            ("/kind/words/chargeback", Some(Kind::Chargeback), &self.chargeback),
            ("/kind/words/passed_over", None, &self.passed_over),
        ]
    }
}

/// The column that says when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeFrom {
    /// The column.
    pub column: Column,
    /// How it is written there.
    pub format: TimeFormat,
}

impl Mapping {
    /// How a file is to be read for this mapping.
    pub fn reading(&self) -> Reading<'_> {
        Reading { header_row: self.header_row, sheet: self.sheet.as_deref(), delimiter: None }
    }
}
