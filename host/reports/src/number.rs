//! Numbers as spreadsheets keep them, written as the decimal text that people see. Knows nothing of money.

/// The largest whole number up to which a spreadsheet's numbers are exact: two to the power of 53.
const EXACT: u64 = 1 << 53;

/// Exact decimal text: `12500`, `0.5`. A spreadsheet shows 15 digits and keeps noise behind them (0.1 + 0.2), which is rounded away as
/// it does. A whole number that it could not keep has its digits lost already, and says so by its exponent (see [`is_rounded`]).
pub(crate) fn decimal(value: f64) -> String {
    if !value.is_finite() {
        return "#NUM!".to_owned();
    }
    let text = shortest(value);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 {
        return text;
    }
    let whole = text.trim_start_matches('-').parse::<u64>();
    match whole {
        Ok(whole) if whole < EXACT => text,
        // Below one the zeros before the first digit are none of the fifteen.
        Err(_) if text.contains('.') => format!("{value:.14e}").parse::<f64>().map_or(text, shortest),
        _ => format!("{value:.14E}"),
    }
}

/// The shortest decimal text that means this number; never with an exponent.
fn shortest(value: f64) -> String {
    let text = value.to_string();
    if text == "-0" { "0".to_owned() } else { text }
}

/// Whether this text was a long number until a spreadsheet took it for one: `1.23457E+11`. Which number it was, nobody can tell.
pub(crate) fn is_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parted = mantissa.split_once(['.', ',']);
    let plus = exponent.strip_prefix('+');
    // A reference such as `12E45` is nothing of the sort.
    (parted.is_some() || plus.is_some())
        && parted.map_or(digits(mantissa), |(whole, rest)| whole.len() == 1 && digits(whole) && digits(rest))
        && digits(plus.unwrap_or(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_see_them() {
        for (value, expected) in [
            (12_500.0, "12500"),
            (12_500.5, "12500.5"),
            (-3.25, "-3.25"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1.1 * 3.0, "3.3"),
            (0.000_001, "0.000001"),
            (123_456_789_012.0, "123456789012"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (1_234_567_890_123_456_789.0, "1.23456789012346E18"),
            (f64::NAN, "#NUM!"),
        ] {
            assert_eq!(decimal(value), expected);
        }
    }

    #[test]
    fn a_number_whose_digits_are_lost_is_told_from_a_reference() {
        for text in ["1.23457E+11", "1,23457E+11", "1E+12", "1.23456789012346E18"] {
            assert!(is_rounded(text), "{text}");
        }
        for text in ["12E45", "123456789012", "E1", "ref", "12.5E3", "1.5", "", "A1.2E+3"] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}
