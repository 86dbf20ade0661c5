//! The gateway's numbers and what they say: error codes, states of an order, and the processing's action codes (manual,
//! chapters on errors and states, appendix 1).

use super::wire::Loose;
use crate::contract::{Cause, SessionStatus};

/// An `errorCode`, which comes as a number, as text, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// Not there, or empty.
    Absent,
    /// This number. 0 says that the call was handled, and nothing about money.
    Is(i64),
    /// Something else.
    Odd,
}

impl Code {
    pub(super) fn of(written: Option<&Loose>) -> Self {
        match written {
            None => Self::Absent,
            Some(written) if written.text().is_empty() => Self::Absent,
            Some(written) => written.integer().map_or(Self::Odd, Self::Is),
        }
    }
}

/// An order whose amount was taken.
pub(super) const DEPOSITED: i64 = 2;
/// An order that was refunded, in part or whole: it stays approved, and how much went back is told apart.
pub(super) const REFUNDED: i64 = 4;
/// Time ran out, whichever of the two says it.
const TIME_RAN_OUT: [i64; 2] = [-2007, 1001];
/// The processing got no answer, so nobody knows whether money moved.
const NO_ANSWER: [i64; 2] = [-1, 151_019];

/// Reads an `orderStatus` with the `actionCode` beside it. Codes that are not named here change nothing: a declined order is
/// declined for whatever reason.
pub(super) fn status(order_status: i64, action_code: Option<i64>) -> SessionStatus {
    match order_status {
        // 1 holds the amount and has not taken it. 5 is the payer at the page of their bank: not paid, whatever some public
        // plugins make of it.
        0 | 1 | 5 => SessionStatus::Open,
        DEPOSITED | REFUNDED => SessionStatus::Approved,
        3 => SessionStatus::Reversed,
        6 => match action_code {
            Some(code) if TIME_RAN_OUT.contains(&code) => SessionStatus::Abandoned,
            // Declined, and approved by the same breath, or by a processing that did not answer.
            Some(code) if code == 0 || NO_ANSWER.contains(&code) => SessionStatus::Unknown,
            _ => SessionStatus::Declined,
        },
        _ => SessionStatus::Unknown,
    }
}

/// Why an order was declined, by its `actionCode` (appendix 1 of the gateway's manual): 3-D Secure, of which -2014 is the payer's own
/// "cancel", and what never reached the card's bank.
pub(super) fn cause(action_code: i64) -> Option<Cause> {
    match action_code {
        -2014 => Some(Cause::CancelledByPayer),
        -2004 | -2005 | -2006 | -2009 | -2011 | -2015 | -2016 | -2018 | -2019 | -2021 | 151_017 => {
            Some(Cause::NotAuthenticated)
        }
        151_018 | 907 | 910 => Some(Cause::Unreachable),
        _ => None,
    }
}

/// A time as the gateway writes it: milliseconds since 1970, or ISO 8601 text, where a time without a zone is Armenia's.
pub(super) fn time(written: &Loose) -> Option<i64> {
    let text = written.text();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Thirteen digits reach from 2001 to 2286; more or fewer are no milliseconds.
        return if text.len() == 13 { text.parse().ok() } else { None };
    }
    let text = text.replacen(' ', "T", 1);
    kamurj_domain::time::parse(&text).or_else(|| kamurj_domain::time::parse(&format!("{text}+04:00")))
}

/// Whether a text has the form of the gateway's own ids: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loose(json: &str) -> Loose {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_decline_has_a_cause_where_its_payer_can_do_something_about_it() {
        for (code, wanted) in [
            (-2014, Some(Cause::CancelledByPayer)),
            (-2011, Some(Cause::NotAuthenticated)),
            (151_017, Some(Cause::NotAuthenticated)),
            (907, Some(Cause::Unreachable)),
            (116, None),
            (-2002, None),
        ] {
            assert_eq!(cause(code), wanted, "{code}");
        }
        for cause in Cause::ALL {
            assert_eq!(Cause::from_word(cause.word()), Some(cause));
        }
        assert_eq!(Cause::from_word("declined"), None);
    }

    #[test]
    fn codes_come_as_numbers_as_text_or_not_at_all() {
        assert_eq!(Code::of(None), Code::Absent);
        for (json, code) in [
            ("0", Code::Is(0)),
            (r#""0""#, Code::Is(0)),
            (r#""""#, Code::Absent),
            ("-1", Code::Is(-1)),
            (r#""7""#, Code::Is(7)),
            ("0.0", Code::Odd),
            (r#"" 0""#, Code::Odd),
            (r#""+0""#, Code::Odd),
            (r#""-""#, Code::Odd),
            ("false", Code::Odd),
            ("99999999999999999999", Code::Odd),
        ] {
            assert_eq!(Code::of(Some(&loose(json))), code, "{json}");
        }
    }

    #[test]
    fn times_are_milliseconds_or_text_in_armenias_zone() {
        let at = Some(1_795_255_509_000);
        for json in [
            "1795255509000",
            r#""1795255509000""#,
            r#""2026-11-21T10:05:09Z""#,
            r#""2026-11-21T14:05:09+04:00""#,
            r#""2026-11-21T14:05:09""#,
            r#""2026-11-21 14:05:09""#,
        ] {
            assert_eq!(time(&loose(json)), at, "{json}");
        }
        for json in
            ["1795255509", "20261121140509", "-1795255509000", r#""""#, r#""2026-11-21""#, r#""yesterday""#, "1.5"]
        {
            assert_eq!(time(&loose(json)), None, "{json}");
        }
    }

    #[test]
    fn ids_have_one_form() {
        assert!(is_guid("7b1f0c52-1111-4222-8333-0123456789ab") && is_guid("7B1F0C52-1111-4222-8333-0123456789AB"));
        for other in ["", "PL-2041-1", "7b1f0c52-1111-4222-8333-0123456789a", "7b1f0c52-1111-4222-8333-0123456789ag"] {
            assert!(!is_guid(other), "{other}");
        }
    }
}
