//! What Telcell's words mean: statuses, error codes, times, order numbers, and the answers to server calls. It must not know how
//! they were got.
//!
//! Telcell's documents do not show the answers to `check_bill`, `refund_bill` and `clear_bill`; public shops read them as lines of
//! `name=value`, and so does this. Whatever is not there leaves the question open. Their checksums are not looked at: which bytes
//! they cover is not said, and the line is TLS.

use crate::contract::{Cause, SessionStatus};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where a bill stands, by the table of the shop gateway v2.6. Shops also see `CANCELED`. What is in no table is never paid.
pub(super) fn status(word: &str) -> SessionStatus {
    match word {
        "NEW" => SessionStatus::Open,
        "PAID" => SessionStatus::Approved,
        "REJECTED" => SessionStatus::Declined,
        "EXPIRED" | "CANCELLED" | "CANCELED" | "CANCELLED FOR REPEAT" | "CANCELED FOR REPEAT" => {
            SessionStatus::Abandoned
        }
        _ => SessionStatus::Unknown,
    }
}

/// Why a bill was declined: a rejected one was refused by its buyer.
pub(super) fn cause(word: &str) -> Option<Cause> {
    (word == "REJECTED").then_some(Cause::CancelledByPayer)
}

/// A time such as `2026-11-21 14:05:09`, Unix milliseconds. The zone is not stated: Armenia's is assumed, four hours before UTC all
/// year.
pub(super) fn time(text: &str) -> Option<i64> {
    let fits = text.len() == 19
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if !fits {
        return None;
    }
    kamurj_domain::time::parse(&format!("{}+04:00", text.replace(' ', "T")))
}

/// Our order number from an `issuer_id`, which comes back as we sent it, in Base64, or plain. A plain number could only be taken
/// for Base64 if it happened to spell another number; ours are random and do not.
pub(super) fn order_number(issuer_id: &str) -> Option<String> {
    let is_number = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let decoded = STANDARD.decode(issuer_id).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|number| is_number(number)).or_else(|| is_number(issuer_id).then(|| issuer_id.to_owned()))
}

/// An answer to a server call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Lines of names and values.
    Fields(Vec<(String, String)>),
    /// An error, by its code.
    Error(String),
    /// Neither.
    Unclear(String),
}

impl Answer {
    /// Reads an answer's status and body. Nothing of the body but an error code is ever repeated.
    pub(super) fn read(status: u16, body: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(body) else {
            return Self::Unclear("the provider's answer is not text".to_owned());
        };
        let fields: Vec<(String, String)> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let named = fields.iter().find(|(name, _)| name == "error" || name == "code").map(|(_, value)| value.as_str());
        if let Some(code) = error_code(text.trim()).or_else(|| named.and_then(error_code)) {
            return match status {
                200 | 400..=499 => Self::Error(code),
                _ => Self::Unclear(format!("the provider answered {status}")),
            };
        }
        match status {
            200 if !fields.is_empty() => Self::Fields(fields),
            200 => Self::Unclear("the provider's answer is not one that is known".to_owned()),
            _ => Self::Unclear(format!("the provider answered {status}")),
        }
    }
}

/// `E0007` from a text that begins with it.
fn error_code(text: &str) -> Option<String> {
    let word = text.split(|mark: char| !mark.is_ascii_alphanumeric()).next()?;
    let digits = word.strip_prefix('E')?;
    (digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| word.to_owned())
}

/// What an error code says, by the table of the shop gateway v2.6.
pub(super) fn error_words(code: &str) -> String {
    let words = match code {
        "E0001" => "a parameter is wrong",
        "E0002" => "the shop is not known (/settings/issuer)",
        "E0003" => "no such user",
        "E0004" => "the user is blocked",
        "E0005" => "no access, or the checksum is wrong (/secrets/shop_key)",
        "E0006" => "Telcell is out of order",
        "E0007" => "no such invoice",
        "E0008" => "the social card number does not fit",
        "E0009" => "the order number was used before",
        _ => "an error that is not known",
    };
    format!("Telcell answered {code}: {words}")
}

/// The one value with this name.
pub(super) fn value<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let mut with_name = fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let first = with_name.next();
    if with_name.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paid_is_paid() {
        for (word, expected) in [
            ("NEW", SessionStatus::Open),
            ("PAID", SessionStatus::Approved),
            ("REJECTED", SessionStatus::Declined),
            ("EXPIRED", SessionStatus::Abandoned),
            ("CANCELLED", SessionStatus::Abandoned),
            ("CANCELED", SessionStatus::Abandoned),
            ("CANCELLED FOR REPEAT", SessionStatus::Abandoned),
            ("CANCELED FOR REPEAT", SessionStatus::Abandoned),
        ] {
            assert_eq!(status(word), expected, "{word}");
        }
        for unknown in ["", "paid", "Paid", "PAID ", "PARTIALLY_PAID", "APPROVED", "1", "OK", "CANCELLED_FOR_REPEAT"] {
            assert_eq!(status(unknown), SessionStatus::Unknown, "{unknown}");
        }
    }

    #[test]
    fn times_are_armenias_and_have_one_form() {
        // 10:05:09 UTC.
        assert_eq!(time("2026-11-21 14:05:09"), Some(1_795_255_509_000));
        for wrong in [
            "",
            "2026-11-21T14:05:09",
            "2026-11-21 14:05",
            "02026-11-21 14:05:09",
            "026-11-21 14:05:09",
            "2026-13-21 14:05:09",
            "2026-11-21 25:05:09",
            "2026-11-21 14:05:09Z",
            "21.11.2026 14:05:09",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_order_number_comes_in_base64_or_plain() {
        for (issuer_id, expected) in [
            ("UEwtMjA0MQ==", Some("PL-2041")),
            ("PL-2041", Some("PL-2041")),
            ("01k4z9v7n8m3q2w5x6y7z8a9bc_1", Some("01k4z9v7n8m3q2w5x6y7z8a9bc_1")),
            ("UEwtMjA0MQ==4", None),
            ("UEwtMjA0MQ=", None),
            ("PL 2041", None),
            ("", None),
            ("4piD", Some("4piD")),
        ] {
            assert_eq!(order_number(issuer_id).as_deref(), expected, "{issuer_id}");
        }
    }

    #[test]
    fn an_answer_is_lines_or_an_error_or_unclear() {
        let fields = vec![("invoice".to_owned(), "7".to_owned()), ("issuer_id".to_owned(), "QQ==".to_owned())];
        assert_eq!(Answer::read(200, b"invoice=7\r\nissuer_id=QQ==\n"), Answer::Fields(fields));
        for body in ["E0007", "E0007: invoice not found", "E0007\n", "error=E0007", "code=E0007 not found"] {
            assert_eq!(Answer::read(200, body.as_bytes()), Answer::Error("E0007".to_owned()), "{body}");
            assert_eq!(Answer::read(404, body.as_bytes()), Answer::Error("E0007".to_owned()), "{body}");
            assert!(matches!(Answer::read(502, body.as_bytes()), Answer::Unclear(_)), "{body}");
        }
        for body in ["", "778899", "<html>", "E00071", "EOOO7", "done"] {
            assert!(matches!(Answer::read(200, body.as_bytes()), Answer::Unclear(_)), "{body}");
        }
        for status in [201, 301, 400, 403, 500, 503] {
            assert!(matches!(Answer::read(status, b"invoice=7"), Answer::Unclear(_)), "{status}");
        }
        assert!(matches!(Answer::read(200, &[0xff]), Answer::Unclear(_)));
        let twice = vec![("status".to_owned(), "NEW".to_owned()), ("status".to_owned(), "PAID".to_owned())];
        assert_eq!(value(&twice, "status"), None);
    }
}
