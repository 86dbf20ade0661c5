//! Amounts as people type them into a search: digits, with blanks between thousands, and decimals where there are any.

use kamurj_domain::{Currency, Money};

/// The amount in minor units, which are hundredths in every currency; `None` where the text is no amount.
pub(super) fn minor(text: &str) -> Option<i64> {
    let digits: String = text.trim().chars().filter(|character| !character.is_whitespace()).collect();
    if digits.starts_with('0') && !digits.starts_with("0.") {
        return None;
    }
    // Nobody is asked for luma, but other currencies have cents.
    Money::parse(&digits, Currency::Usd).ok().map(|money| money.minor)
}

#[cfg(test)]
mod tests {
    use super::minor;

    #[test]
    fn an_amount_is_read_as_it_is_typed() {
        for text in ["12500", "12 500", " 12\u{a0}500 ", "12\u{202f}500.00", "12500.0"] {
            assert_eq!(minor(text), Some(1_250_000), "{text}");
        }
        assert_eq!(minor("0.50"), Some(50));
        for text in ["", "0", "-5", "A-12500", "12,500", "091 123456", "12500 AMD", "1.234", "99999999999999999999"] {
            assert_eq!(minor(text), None, "{text}");
        }
    }
}
