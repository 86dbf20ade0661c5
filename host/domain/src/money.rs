//! Exact amounts. Inside the host an amount is minor units with the ISO 4217 exponent; the decimal text of the API is
//! parsed and written here and nowhere else.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest amount that one payment may have, in minor units: far above any sale, far below overflow in sums.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency that Kamurj takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Armenian dram. ISO gives it two decimals (luma); prices are whole drams.
    Amd,
    /// Russian rouble.
    Rub,
    /// United States dollar.
    Usd,
    /// Euro.
    Eur,
}

impl Currency {
    /// The letter code in capitals.
    pub fn code(self) -> &'static str {
        match self {
            Self::Amd => "AMD",
            Self::Rub => "RUB",
            Self::Usd => "USD",
            Self::Eur => "EUR",
        }
    }

    /// Decimals by ISO 4217.
    pub fn exponent(self) -> u32 {
        match self {
            Self::Amd | Self::Rub | Self::Usd | Self::Eur => 2,
        }
    }

    /// The currency with this letter code, capitals only.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Amd, Self::Rub, Self::Usd, Self::Eur].into_iter().find(|currency| currency.code() == code)
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 12 500 AMD is 1 250 000.
    pub minor: i64,
    /// The currency of the minor units.
    pub currency: Currency,
}

/// Why a decimal text is no amount. The text says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with an optional decimal point.
    #[error("write the amount as a decimal string such as \"12500\" or \"12500.50\"")]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("{code} has {exponent} decimals; write at most that many")]
    TooPrecise {
        /// The currency's letter code.
        code: &'static str,
        /// Its decimals.
        exponent: u32,
    },
    /// Zero or too large.
    #[error("the amount must be above zero and at most {}", MAX_MINOR / 100)]
    OutOfRange,
    /// A dram amount with luma: nobody can pay it.
    #[error("AMD amounts are whole drams: leave the decimals out")]
    NotWholeDram,
}

impl Money {
    /// An amount in minor units.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads the API's decimal string. Whole drams only: luma are out of use and several gateways drop them.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let money = Self::stated(text, currency)?;
        if money.minor == 0 {
            return Err(AmountError::OutOfRange);
        }
        if currency == Currency::Amd && money.minor % 100 != 0 {
            return Err(AmountError::NotWholeDram);
        }
        Ok(money)
    }

    /// Reads the decimal string of an amount that a bank states and nobody is asked to pay: it may be zero, and has luma where a fee is
    /// a share of whole drams.
    pub fn stated(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_point = text.contains('.');
        if whole.is_empty() || !digits(whole) || !digits(decimals) || (has_point && decimals.is_empty()) {
            return Err(AmountError::NotDecimal);
        }
        let exponent = currency.exponent();
        let width = usize::try_from(exponent).expect("an exponent is a small number");
        if decimals.len() > width {
            return Err(AmountError::TooPrecise { code: currency.code(), exponent });
        }
        let minor = format!("{whole}{decimals:0<width$}").parse::<i64>().map_err(|_| AmountError::OutOfRange)?;
        if minor > MAX_MINOR {
            return Err(AmountError::OutOfRange);
        }
        Ok(Self { minor, currency })
    }

    /// The API's decimal string: no decimals when they are zero.
    pub fn decimal(self) -> String {
        let scale = 10u64.pow(self.currency.exponent());
        // The sign apart: half a dollar given back has no whole part to bear it.
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, rest) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        if rest == 0 {
            format!("{sign}{whole}")
        } else {
            let width = usize::try_from(self.currency.exponent()).expect("an exponent is a small number");
            format!("{sign}{whole}.{rest:0width$}")
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.decimal(), self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the lines of data below read better")]
    fn check(text: &str, currency: Currency, expected: Result<i64, AmountError>) {
        assert_eq!(Money::parse(text, currency).map(|money| money.minor), expected, "{text}");
    }

    #[test]
    fn decimal_text_becomes_minor_units_exactly() {
        check("12500", Currency::Amd, Ok(1_250_000));
        check("12500.00", Currency::Amd, Ok(1_250_000));
        check("0.01", Currency::Usd, Ok(1));
        check("10.5", Currency::Eur, Ok(1_050));
        check("12500.50", Currency::Amd, Err(AmountError::NotWholeDram));
        check("0", Currency::Amd, Err(AmountError::OutOfRange));
        check("99999999999999999999", Currency::Amd, Err(AmountError::OutOfRange));
        check("1.001", Currency::Usd, Err(AmountError::TooPrecise { code: "USD", exponent: 2 }));
        for text in ["", "-5", "+5", "1e3", "1,5", " 1", "1.", ".5", "0x10", "١٢"] {
            check(text, Currency::Amd, Err(AmountError::NotDecimal));
        }
    }

    #[test]
    fn a_bank_may_state_nothing_and_luma() {
        let stated = |text| Money::stated(text, Currency::Amd).map(|money| money.minor);
        assert_eq!(stated("0"), Ok(0));
        assert_eq!(stated("187.5"), Ok(18_750));
        assert_eq!(stated("10000000000000.01"), Err(AmountError::OutOfRange));
        assert_eq!(stated("-1"), Err(AmountError::NotDecimal));
    }

    #[test]
    fn an_amount_is_written_as_it_was_read() {
        for (text, currency) in [("12500", Currency::Amd), ("0.01", Currency::Usd), ("10.50", Currency::Eur)] {
            let money = Money::parse(text, currency).unwrap();
            assert_eq!(money.decimal(), text);
        }
        assert_eq!(Money::new(1_250_000, Currency::Amd).to_string(), "12500 AMD");
        assert_eq!(Money::new(-50, Currency::Usd).decimal(), "-0.50");
        assert_eq!(Money::new(-1_250_000, Currency::Amd).decimal(), "-12500");
    }
}
