//! Amounts between the decimal text that people and services write and the contract's minor units. Never a float. It
//! must not know how money looks on a page: the host formats that.

use crate::Money;

/// Decimals of the currency by ISO 4217; two for any code that is not listed.
pub fn exponent(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Reads a decimal such as `12500` or `12.50`: digits, at most one point, no more decimals than the currency has, no
/// sign, no grouping, more than zero. The error is one sentence for people.
pub fn parse_amount(text: &str, currency: &str) -> Result<Money, &'static str> {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err("a currency is three capital letters");
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || (text.contains('.') && fraction.is_empty()) {
        return Err("an amount is written in digits, such as 12500");
    }
    let places = exponent(currency) as usize;
    if fraction.len() > places {
        return Err("the amount has more decimals than its currency");
    }
    let minor: i64 = format!("{whole}{fraction:0<places$}").parse().map_err(|_| "the amount is too large")?;
    if minor == 0 {
        return Err("the amount must be more than zero");
    }
    Ok(Money { minor, currency: currency.to_owned() })
}

/// Writes the amount as a decimal for a machine: `12500`, `12.50`. Decimals that are all zero are left out.
pub fn minor_to_decimal(amount: &Money) -> String {
    let places = exponent(&amount.currency);
    let unit = 10_u64.pow(places);
    let minor = amount.minor.unsigned_abs();
    let sign = if amount.minor < 0 { "-" } else { "" };
    let (whole, fraction) = (minor / unit, minor % unit);
    if fraction == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction:0width$}", width = places as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{minor_to_decimal, parse_amount};

    #[track_caller]
    fn check(text: &str, currency: &str, minor: Option<i64>) {
        assert_eq!(parse_amount(text, currency).ok().map(|money| money.minor), minor, "{text} {currency}");
    }

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        check("12500", "AMD", Some(1_250_000));
        check("12500.5", "AMD", Some(1_250_050));
        check("0.01", "USD", Some(1));
        check("7", "JPY", Some(7));
        check("7.0", "JPY", None);
        check("1.234", "KWD", Some(1234));
        check("12.505", "AMD", None);
        for bad in ["", ".", "5.", ".5", "-5", "+5", "1e3", "12,500", "12 500", "0", "0.00", "٣", "1.2.3"] {
            check(bad, "AMD", None);
        }
        check("99999999999999999999", "AMD", None);
        check("5", "amd", None);
    }

    #[test]
    fn amounts_are_written_without_idle_decimals() {
        for (text, currency) in [("12500", "AMD"), ("12.05", "USD"), ("7", "JPY"), ("1.234", "KWD")] {
            let money = parse_amount(text, currency).expect("the table holds good amounts");
            assert_eq!(minor_to_decimal(&money), text);
        }
    }
}
