//! Currencies by their number in ISO 4217, as gateways write them, and exact decimals in both directions.

use kamurj_domain::{Currency, Money};

const NUMBERS: [(&str, &str); 4] = [("051", "AMD"), ("643", "RUB"), ("840", "USD"), ("978", "EUR")];

/// The three digits of a currency: `051` for drams.
pub fn number(currency: Currency) -> Option<&'static str> {
    NUMBERS.iter().find(|(_, code)| *code == currency.code()).map(|(number, _)| *number)
}

/// The currency with these digits; leading zeros may be missing, as Telcell leaves them out.
pub fn from_number(number: &str) -> Option<Currency> {
    if number.is_empty() || number.len() > 3 {
        return None;
    }
    let (_, code) = NUMBERS.iter().find(|(known, _)| *known == format!("{number:0>3}"))?;
    Currency::from_code(code)
}

/// An amount as a decimal with all the digits of its currency: `1500.00`.
pub fn decimal(amount: Money) -> String {
    let exponent = usize::try_from(amount.currency.exponent()).unwrap_or_default();
    let digits = format!("{:0>width$}", amount.minor.unsigned_abs(), width = exponent + 1);
    let (whole, rest) = digits.split_at(digits.len() - exponent);
    let sign = if amount.minor < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// An amount from a decimal: `1500`, `1500.0`, `1500.00`. `None` for signs, exponents, blanks, more digits than the currency
/// has (unless they are zeros), and anything else that a careful reader would not take.
pub fn from_decimal(text: &str, currency: Currency) -> Option<Money> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(rest) || (rest.is_empty() && text.contains('.')) {
        return None;
    }
    let exponent = usize::try_from(currency.exponent()).ok()?;
    let rest = rest.trim_end_matches('0');
    if rest.len() > exponent {
        return None;
    }
    let minor = format!("{whole}{rest:0<exponent$}").parse().ok()?;
    Some(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amd(minor: i64) -> Money {
        Money::new(minor, Currency::from_code("AMD").unwrap())
    }

    #[test]
    fn drams_are_051_and_51_and_nothing_else() {
        assert_eq!(number(amd(0).currency), Some("051"));
        for written in ["051", "51"] {
            assert_eq!(from_number(written), Some(amd(0).currency), "{written}");
        }
        for other in ["", "0051", "5", "810", "AMD", " 51"] {
            assert_eq!(from_number(other), None, "{other}");
        }
    }

    #[test]
    fn decimals_are_exact_in_both_directions() {
        for (minor, written) in [(150_000, "1500.00"), (150_050, "1500.50"), (7, "0.07"), (0, "0.00")] {
            assert_eq!(decimal(amd(minor)), written);
            assert_eq!(from_decimal(written, amd(0).currency), Some(amd(minor)));
        }
        for (written, minor) in [("1500", 150_000), ("1500.0", 150_000), ("1500.000", 150_000), ("0010.5", 1_050)] {
            assert_eq!(from_decimal(written, amd(0).currency), Some(amd(minor)), "{written}");
        }
        for wrong in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1.005", "1.2.3", "99999999999999999999", "NaN"]
        {
            assert_eq!(from_decimal(wrong, amd(0).currency), None, "{wrong}");
        }
    }
}
