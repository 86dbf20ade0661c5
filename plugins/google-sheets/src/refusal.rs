//! What Google's refusals mean. The words of the body decide before the HTTP status does, where it has any. It must not send.

use kamurj_sdk::{Outcome, plain};
use serde_json::Value;

/// The longest pause that Google advises ("Usage limits": truncated exponential back-off), milliseconds.
const MOST_WAIT_MS: u64 = 64_000;
/// Longest part of Google's own words that is repeated, in characters.
const WORDS_CHARS: usize = 200;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// The request left and no answer was seen: probe.
    Lost(Outcome),
    /// Google does not take the request as it is, in its words: a used id of a tag, a full tab, a range that is not there.
    Invalid(String),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Lost(outcome) | Refusal::Ended(outcome) => outcome,
            Refusal::Invalid(words) => invalid(&words),
        }
    }
}

impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        Self::Ended(outcome)
    }
}

/// A setting is wrong, or something that it names is not as it has to be: nothing can be written before somebody mends it.
pub(crate) fn setting(code: &str, message: &str) -> Outcome {
    Outcome::bad_request(code, message).whole_connection()
}

/// What an answer without success means. `email` is the service account's address, `run` the run that the answer came in, `wait_ms` what
/// its headers ask for.
pub(crate) fn read(status: u16, error: &Value, email: &str, run: u32, wait_ms: Option<u64>) -> Refusal {
    let word = error["status"].as_str().filter(|word| !word.is_empty());
    let code = word.map_or_else(|| status.to_string(), |word| plain(word, 40));
    let words = plain(error["message"].as_str().unwrap_or_default(), WORDS_CHARS);
    let told = if words.is_empty() { format!("Google answered {status}") } else { words.clone() };
    let outcome = match (word, status) {
        (Some("RESOURCE_EXHAUSTED"), _) | (_, 429) => {
            // Quotas are counted by the minute and the account, so everything waits.
            let wait = 2000_u64.saturating_mul(1 << run.clamp(1, 6)).min(MOST_WAIT_MS);
            Outcome::retry(&code, &told).whole_connection().after_ms(wait.max(wait_ms.unwrap_or(0)))
        }
        (_, 401) => Outcome::auth_needed(&code, &told).whole_connection(),
        (_, 403) => denied(error, &code, &told, email),
        (_, 404) => setting(
            &code,
            "There is no spreadsheet with the id in `spreadsheet_id`, or it was deleted: enter the address of one that is there",
        ),
        (_, 408 | 409 | 500..) => {
            let outcome = Outcome::retry(&code, &told);
            wait_ms.into_iter().fold(outcome, Outcome::after_ms)
        }
        (_, 400) => return Refusal::Invalid(told),
        _ => Outcome::bad_request(&code, &told),
    };
    Refusal::Ended(outcome)
}

fn denied(error: &Value, code: &str, told: &str, email: &str) -> Outcome {
    let details = error["details"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = details.filter_map(|detail| detail["reason"].as_str()).collect();
    if reasons.contains(&"SERVICE_DISABLED") || told.contains("has not been used in project") {
        return setting(
            code,
            "The Google Sheets API is not enabled in the Cloud project of the service account: enable it there, wait a few minutes and retry",
        );
    }
    if reasons.contains(&"ACCESS_TOKEN_SCOPE_INSUFFICIENT") {
        return Outcome::auth_needed(code, told).whole_connection();
    }
    let email = plain(email, 200);
    setting(code, &format!("Google does not let {email} into the spreadsheet: share it with this address as an editor"))
}

/// What Google's words about a request that it does not take come to, where nothing better is known of it.
pub(crate) fn invalid(words: &str) -> Outcome {
    let low = words.to_lowercase();
    let says = |part: &str| low.contains(part);
    // "Developer metadata", storage limits: 30 000 characters of keys and values a tab.
    if says("metadata") && ["limit", "exceed", "quota", "too many", "too much", "maximum"].iter().any(|part| says(part))
    {
        return setting("tab-full", &format!("The tab has no room for more rows: {FULL}. Google says: {words}"));
    }
    if says("number of cells") {
        return setting(
            "spreadsheet-full",
            "The spreadsheet has as many cells as Google allows: delete tabs or blank columns, or enter another in `spreadsheet_id`",
        );
    }
    if says("protected") {
        return setting(
            "protected",
            "A protected range of the spreadsheet keeps the service account out: let its address edit the range, or remove the protection",
        );
    }
    if says("not supported for this document") {
        return setting(
            "spreadsheet_id",
            "The file in `spreadsheet_id` is an Excel file: open it, choose File > Save as Google Sheets, and enter the new address",
        );
    }
    Outcome::bad_request("INVALID_ARGUMENT", &format!("Google does not take the request: {words}"))
}

const FULL: &str = "enter another title in `tab` (or in `history_tab`, if it is that one) and set it up again; what stands in the old tab stays in step";

#[cfg(test)]
mod tests {
    use super::{Outcome, invalid, read};
    use serde_json::{Value, json};

    fn outcome(status: u16, error: &Value, run: u32, wait_ms: Option<u64>) -> Outcome {
        read(status, error, "kamurj@shop.example", run, wait_ms).into()
    }

    #[track_caller]
    fn check(status: u16, word: &str, kind: &str, scope: &str, part: &str) {
        let error = json!({ "code": status, "message": "Words", "status": word });
        let outcome = outcome(status, &error, 1, None);
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{status} {word}");
        assert!(outcome.message.contains(part), "{}", outcome.message);
    }

    #[test]
    fn each_refusal_of_the_table_has_its_class() {
        check(429, "RESOURCE_EXHAUSTED", "retry", "connection", "Words");
        check(403, "RESOURCE_EXHAUSTED", "retry", "connection", "Words");
        check(500, "INTERNAL", "retry", "message", "Words");
        check(503, "UNAVAILABLE", "retry", "message", "Words");
        check(504, "DEADLINE_EXCEEDED", "retry", "message", "Words");
        check(409, "ABORTED", "retry", "message", "Words");
        check(401, "UNAUTHENTICATED", "auth-needed", "connection", "Words");
        check(403, "PERMISSION_DENIED", "bad-request", "connection", "share it with this address");
        check(404, "NOT_FOUND", "bad-request", "connection", "`spreadsheet_id`");
        check(400, "INVALID_ARGUMENT", "bad-request", "message", "Words");
        check(418, "", "bad-request", "message", "Words");
    }

    #[test]
    fn a_page_instead_of_an_error_is_read_by_its_status() {
        for (status, kind) in [(502, "retry"), (404, "bad-request"), (429, "retry"), (401, "auth-needed")] {
            assert_eq!(outcome(status, &Value::Null, 1, None).kind, kind);
        }
    }

    #[test]
    fn the_wait_doubles_up_to_about_a_minute_and_obeys_a_longer_one() {
        let wait = |run, asked| outcome(429, &json!({}), run, asked).retry_after_ms;
        let waits: Vec<_> = [1, 2, 3, 4, 5, 6, 60].into_iter().map(|run| wait(run, None)).collect();
        assert_eq!(waits, [4000, 8000, 16_000, 32_000, 64_000, 64_000, 64_000].map(Some));
        assert_eq!((wait(1, Some(90_000)), wait(5, Some(1000))), (Some(90_000), Some(64_000)));
    }

    #[test]
    fn what_a_person_can_mend_is_said_with_its_fix() {
        #[track_caller]
        fn check(words: &str, part: &str) {
            let outcome = invalid(words);
            assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("bad-request", "connection"), "{words}");
            assert!(outcome.message.contains(part), "{}", outcome.message);
        }
        check("The developer metadata would exceed the limit of 30000 characters", "enter another title in `tab`");
        check("This action would increase the number of cells in the workbook above the limit", "`spreadsheet_id`");
        check("You are trying to edit a protected cell or object.", "let its address edit");
        check("This operation is not supported for this document", "Save as Google Sheets");
        let disabled = json!({ "status": "PERMISSION_DENIED", "details": [{ "reason": "SERVICE_DISABLED" }] });
        assert!(outcome(403, &disabled, 1, None).message.contains("enable it there"));
        let narrow =
            json!({ "status": "PERMISSION_DENIED", "details": [{ "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }] });
        assert_eq!(outcome(403, &narrow, 1, None).kind, "auth-needed");
    }
}
