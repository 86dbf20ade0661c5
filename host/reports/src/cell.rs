//! A cell of a table that goes out, and how text is kept from being run: spreadsheets take what begins like a formula for one, whoever
//! wrote it (ASVS 1.2.10).

use kamurj_domain::Money;
use std::borrow::Cow;

/// A cell of a table that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'c> {
    /// Nothing.
    Empty,
    /// Text of anybody.
    Text(&'c str),
    /// A whole number of ours.
    Number(i64),
    /// An amount, below zero where money went back.
    Amount(Money),
    /// A moment in Unix milliseconds, written as Yerevan's time to the second.
    Time(i64),
}

/// Armenia has kept UTC+4 without summer time since 2012.
const YEREVAN_OFFSET_S: i64 = 4 * 60 * 60;

/// Seconds of Yerevan's clock, counted like Unix seconds.
pub(crate) fn yerevan_s(at_ms: i64) -> i64 {
    at_ms.div_euclid(1000) + YEREVAN_OFFSET_S
}

/// `2026-11-21 14:05:09` in Yerevan; empty for a moment that no calendar has.
pub(crate) fn time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_second(yerevan_s(at_ms));
    at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// The text with an apostrophe before it, if a spreadsheet could take it for a formula.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    if is_risky(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Whether a spreadsheet could take this text for a formula. Spaces, marks without width and full-width signs hide one from the eye, and
/// are taken away or made plain by some programs.
pub(crate) fn is_risky(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let first = text.trim_start_matches(is_unseen).chars().next();
    first.is_some_and(|first| "=+-@＝＋－＠﹦﹢﹣﹫".contains(first))
}

/// Whether nobody sees this letter.
fn is_unseen(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(
            letter,
            '\u{2800}' | '\u{3164}' | '\u{115f}' | '\u{1160}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_begins_like_a_formula_stays_as_it_is() {
        for text in [
            "=1+1",
            "+37499123456",
            "-5",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            " =1",
            "\u{a0}=1",
            "\u{200b}=1",
            "\u{feff}\u{2060} @x",
            "\u{0}=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠x",
            "﹦1",
            "\u{202e}=1",
        ] {
            assert_eq!(guarded(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", " ", "Անի", "a=b", "Кофе - 2", "'quoted", "12500", "#1", "ani@shop.am", "\u{200b}"] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn a_moment_is_written_as_yerevan_sees_it() {
        assert_eq!(time(1_795_255_509_120), "2026-11-21 14:05:09");
        assert_eq!(time(-1), "1970-01-01 03:59:59");
        assert_eq!(time(i64::MAX), "");
    }
}
