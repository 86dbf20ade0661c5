//! What the Cloud API's refusals mean ("Error codes" of the Cloud API; the HTTP status is often 400 for a throttle, so the code decides
//! first). The same table is for a failure that is told later. It must not send.

use kamurj_chat::Trouble;
use kamurj_sdk::{Outcome, plain};
use serde_json::Value;

/// Longest pause between two messages to one person, as a power of four seconds: about an hour.
const MOST_DOUBLINGS: u32 = 6;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// The customer has not written for 24 hours.
    Window,
    /// The request left and no answer was seen.
    Lost(Outcome),
    /// The service broke while it held the request; it may have acted on it.
    Broke(Outcome),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Window => {
                Self::WindowClosed(Outcome::window_closed("window-closed", "the customer has not written for 24 hours"))
            }
            Refusal::Lost(outcome) => Self::Lost(outcome),
            Refusal::Broke(outcome) => Self::Broke(outcome),
            Refusal::Ended(outcome) => Self::Ended(outcome),
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Trouble::from(refusal).into()
    }
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Passing trouble of this call.
    Again,
    /// A limit or trouble of the whole account: nothing was done.
    AgainAll,
    /// Too many messages to this person.
    AgainPerson,
    /// The window is closed.
    Window,
    /// The token or the account: a person must act.
    Account,
    /// This person cannot be reached.
    Person,
    /// It will never be taken.
    Never,
}

/// The table.
pub(crate) fn class(code: i64) -> Option<Class> {
    Some(match code {
        1 | 2 | 131_000 | 131_016 => Class::Again,
        4 | 613 | 80_007 | 130_429 | 131_057 | 133_004 => Class::AgainAll,
        131_056 => Class::AgainPerson,
        131_047 => Class::Window,
        0 | 3 | 10 | 33 | 190 | 200..=299 | 368 | 131_005 | 131_031 | 131_042 | 131_045 | 131_048 | 133_010 => {
            Class::Account
        }
        130_472 | 130_497 | 131_021 | 131_026 | 131_030 | 131_050 => Class::Person,
        100 | 131_008 | 131_009 | 131_049 | 131_051 | 131_062 | 132_000..=132_999 => Class::Never,
        _ => return None,
    })
}

/// What an answer without success means. `wait_ms` is what its headers ask for, `run` the run that it came in.
pub(crate) fn read(status: u16, error: &Value, wait_ms: Option<u64>, run: u32) -> Refusal {
    let code = error["code"].as_i64();
    let name = code.map_or_else(|| status.to_string(), |code| code.to_string());
    let text = words(error).unwrap_or_else(|| format!("WhatsApp answered {status}"));
    let again = |outcome: Outcome| wait_ms.into_iter().fold(outcome, Outcome::after_ms);
    let known = code.and_then(class);
    let class = match known {
        Some(Class::Again | Class::AgainAll | Class::AgainPerson | Class::Window) => known,
        _ if error["is_transient"] == true => Some(Class::Again),
        Some(_) => known,
        None => of_status(status),
    };
    match class {
        Some(Class::Window) => Refusal::Window,
        Some(Class::AgainAll) => Refusal::Ended(again(Outcome::retry(&name, &text)).whole_connection()),
        Some(Class::AgainPerson) => {
            let pause = 4_u64.pow(run.clamp(1, MOST_DOUBLINGS)) * 1000;
            Refusal::Ended(Outcome::retry(&name, &text).after_ms(pause.max(wait_ms.unwrap_or(0))).this_target())
        }
        Some(Class::Again) | None if status >= 500 => Refusal::Broke(again(Outcome::retry(&name, &text))),
        Some(Class::Again) => Refusal::Ended(again(Outcome::retry(&name, &text))),
        Some(Class::Account) => Refusal::Ended(Outcome::auth_needed(&name, &text).whole_connection()),
        Some(Class::Person) => Refusal::Ended(Outcome::unreachable(&name, &text)),
        Some(Class::Never) | None => Refusal::Ended(Outcome::bad_request(&name, &text)),
    }
}

fn of_status(status: u16) -> Option<Class> {
    match status {
        429 => Some(Class::AgainAll),
        401 | 403 => Some(Class::Account),
        _ => None,
    }
}

/// What went wrong, in Meta's words, without anybody's number.
pub(crate) fn words(error: &Value) -> Option<String> {
    let part = |value: &Value| value.as_str().map(|text| plain(text, 200)).filter(|text| !text.is_empty());
    let title = part(&error["message"]).or_else(|| part(&error["title"]));
    let details = part(&error["error_data"]["details"]).filter(|details| Some(details) != title.as_ref());
    let all = [title, details].into_iter().flatten().collect::<Vec<_>>().join(": ");
    (!all.is_empty()).then(|| without_numbers(&plain(&all, 300)))
}

/// Runs of digits as long as a telephone number keep their last two.
fn without_numbers(text: &str) -> String {
    const SHORTEST: usize = 8;
    let mut kept = String::with_capacity(text.len());
    let mut digits = String::new();
    for symbol in text.chars().map(Some).chain([None]) {
        if let Some(digit) = symbol.filter(char::is_ascii_digit) {
            digits.push(digit);
            continue;
        }
        match digits.len() {
            SHORTEST.. => {
                kept.push('…');
                kept.push_str(&digits[digits.len() - 2..]);
            }
            _ => kept.push_str(&digits),
        }
        digits.clear();
        kept.extend(symbol);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Refusal, read, without_numbers};
    use serde_json::{Value, json};

    #[track_caller]
    fn check(status: u16, code: i64, kind: &str, scope: &str) {
        let outcome = Outcome::from(read(status, &json!({ "code": code, "message": "Words" }), None, 1));
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{status} {code}");
    }

    #[test]
    fn refusals_end_as_the_table_says() {
        for code in [1, 2, 131_000, 131_016] {
            check(400, code, "retry", "message");
        }
        for code in [4, 613, 80_007, 130_429, 131_057, 133_004] {
            check(400, code, "retry", "connection");
            check(429, code, "retry", "connection");
            check(503, code, "retry", "connection");
        }
        check(400, 131_056, "retry", "target");
        check(400, 131_047, "window-closed", "message");
        for code in [0, 3, 10, 33, 190, 200, 299, 368, 131_005, 131_031, 131_042, 131_045, 131_048, 133_010] {
            check(400, code, "auth-needed", "connection");
        }
        for code in [132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_018] {
            check(400, code, "bad-request", "message");
        }
        for code in [100, 131_008, 131_009, 131_049, 131_051, 131_062, 987_654] {
            check(400, code, "bad-request", "message");
        }
        for code in [130_472, 130_497, 131_021, 131_026, 131_030, 131_050] {
            check(400, code, "unreachable", "message");
        }
    }

    #[test]
    fn without_a_code_the_status_decides() {
        for (status, kind) in [
            (429, "retry"),
            (500, "retry"),
            (503, "retry"),
            (401, "auth-needed"),
            (403, "auth-needed"),
            (404, "bad-request"),
            (302, "bad-request"),
        ] {
            assert_eq!(Outcome::from(read(status, &Value::Null, None, 1)).kind, kind, "{status}");
        }
        assert!(matches!(read(502, &Value::Null, None, 1), Refusal::Broke(_)), "it may have been sent");
        assert!(matches!(read(500, &json!({ "code": 131_000 }), None, 1), Refusal::Broke(_)));
        assert!(matches!(read(503, &json!({ "code": 130_429 }), None, 1), Refusal::Ended(_)), "it was not taken");
        assert_eq!(Outcome::from(read(400, &json!({ "code": 987_654, "is_transient": true }), None, 1)).kind, "retry");
    }

    #[test]
    fn a_wait_is_taken_from_the_headers_and_grows_with_the_runs_for_one_person() {
        let wait = |code: i64, told, run| Outcome::from(read(400, &json!({ "code": code }), told, run)).retry_after_ms;
        assert_eq!(wait(80_007, Some(420_000), 1), Some(420_000));
        assert_eq!(wait(130_429, None, 3), None);
        assert_eq!([1, 2, 3, 9].map(|run| wait(131_056, None, run)), [4, 16, 64, 4096].map(|s| Some(s * 1000)));
        assert_eq!(wait(131_056, Some(60_000), 1), Some(60_000));
    }

    #[test]
    fn what_meta_says_names_nobodys_number() {
        let error = json!({ "code": 131_026, "message": "Message undeliverable", "error_data": { "details": "37491000017 is gone" } });
        let outcome = Outcome::from(read(400, &error, None, 1));
        assert_eq!(outcome.message, "Message undeliverable: …17 is gone");
        assert_eq!(without_numbers("24 hours, code 131047"), "24 hours, code 131047");
    }
}
