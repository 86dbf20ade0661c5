//! The line to one provider account: everything that an adapter sends goes over it, so that each call is admitted, bounded,
//! and written down with its secrets masked. TLS is verified by the way out below it; there is no setting that says otherwise.

use crate::contract::Secrets;
use kamurj_egress::{Egress, Request, Response, SendError, Url};
use serde::Serialize;
use std::sync::Arc;

/// The longest request or answer that is written down, in bytes; the rest is cut off.
pub const KEPT_BYTES: usize = 4 * 1024;
/// What stands where a secret was.
pub const MASK: &str = "•••";

/// One call to a provider, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// What it was for, by the provider's own name of it: `register.do`.
    pub operation: &'static str,
    /// Method and address.
    pub address: String,
    /// The request's body, secrets masked.
    pub request: String,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The answer's body, secrets masked; or why there was none.
    pub answer: String,
}

/// Who admits calls and writes them down.
pub trait Book: Send + Sync {
    /// Whether the account may be called now; why not, otherwise. Answers the time, Unix milliseconds.
    fn admit(&self) -> Result<i64, String>;
    /// Writes a call down that began at this time. `answered`: the provider said anything at all but "I am out of order".
    fn keep(&self, began: i64, answered: bool, call: Call);
}

/// The line to one account. Cheap to clone.
#[derive(Clone)]
pub struct Line {
    egress: Egress,
    book: Option<Arc<dyn Book>>,
    hidden: Arc<Vec<String>>,
}

impl Line {
    /// A line that writes nothing down.
    pub fn unwatched(egress: Egress) -> Self {
        Self { egress, book: None, hidden: Arc::default() }
    }

    /// A line whose calls this book admits and keeps.
    pub fn new(egress: Egress, book: Arc<dyn Book>) -> Self {
        Self { egress, book: Some(book), hidden: Arc::default() }
    }

    /// The same line, with these credentials masked wherever they are written down, in each form that they are sent in.
    #[must_use]
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        let mut hidden: Vec<String> = secrets.values().flat_map(forms).filter(|form| form.len() >= 4).collect();
        // The longest first, so that no half of one is left.
        hidden.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        hidden.dedup();
        self.hidden = Arc::new(hidden);
        self
    }

    /// Whether the way out leads to this address at all.
    pub fn check(&self, url: &Url) -> Result<(), kamurj_egress::Refusal> {
        self.egress.check(url)
    }

    /// Sends one request. A call that is not admitted never leaves.
    pub async fn send(&self, operation: &'static str, request: Request) -> Result<Response, SendError> {
        let Some(book) = &self.book else { return self.egress.send(request).await };
        let began = book.admit().map_err(SendError::NotSent)?;
        let address = format!("{} {}", request.method, request.url);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let sent = self.egress.send(request).await;
        let (status, answer) = match &sent {
            Ok(response) => (Some(response.status), impersonal(&String::from_utf8_lossy(&response.body))),
            Err(error) => (None, error.to_string()),
        };
        let call = Call {
            operation,
            address: self.shown(&address),
            request: self.shown(&body),
            status,
            answer: self.shown(&answer),
        };
        let answered = status.is_some_and(|status| !matches!(status, 502..=504));
        book.keep(began, answered, call);
        sent
    }

    /// A text as people may see it: bounded, and without the account's secrets and card numbers.
    pub fn shown(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in self.hidden.iter() {
            if shown.contains(secret.as_str()) {
                shown = shown.replace(secret.as_str(), MASK);
            }
        }
        let mut shown = without_card_numbers(&shown);
        if shown.len() > KEPT_BYTES {
            let end = (0..=KEPT_BYTES).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or_default();
            shown.truncate(end);
            shown.push('…');
        }
        shown
    }
}

/// Fields of gateways' answers that tell who paid, by their names in lower case: nobody who looks for a cause needs them.
const PERSONAL: &[&str] = &[
    "buyer",
    "cardholdername",
    "cardnumber",
    "clientemail",
    "clientname",
    "email",
    "expdate",
    "expiration",
    "fastshift_id",
    "ip",
    "maskedpan",
    "pan",
    "payeremail",
    "phone",
    "processingip",
];

/// An answer in JSON without what it tells of persons; other answers as they are.
fn impersonal(answer: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(answer) else { return answer.to_owned() };
    // Written anew only where something is taken out: the order of fields and the digits of numbers are evidence, too.
    if blank(&mut json) { json.to_string() } else { answer.to_owned() }
}

fn blank(json: &mut serde_json::Value) -> bool {
    match json {
        serde_json::Value::Object(fields) => {
            let mut found = false;
            for (name, value) in fields {
                let told = !value.is_null() && value.as_str() != Some("");
                if told && PERSONAL.contains(&name.to_lowercase().as_str()) {
                    *value = MASK.into();
                    found = true;
                } else {
                    found |= blank(value);
                }
            }
            found
        }
        serde_json::Value::Array(items) => {
            let mut found = false;
            for item in items {
                found |= blank(item);
            }
            found
        }
        _ => false,
    }
}

/// The forms in which a secret may stand in a request: plain, percent-encoded, as a JSON text.
fn forms(secret: &str) -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    vec![secret.to_owned(), encoded, json.trim_matches('"').to_owned()]
}

/// Runs of 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1) are taken for card numbers.
fn without_card_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut digits = String::new();
    let end = |digits: &mut String, shown: &mut String| {
        if (13..=19).contains(&digits.len()) && passes_luhn(digits) {
            shown.push_str(MASK);
        } else {
            shown.push_str(digits);
        }
        digits.clear();
    };
    for mark in text.chars() {
        if mark.is_ascii_digit() {
            digits.push(mark);
        } else {
            end(&mut digits, &mut shown);
            shown.push(mark);
        }
    }
    end(&mut digits, &mut shown);
    shown
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn line(secret: &str) -> Line {
        let secrets = Secrets::new(BTreeMap::from([("password".to_owned(), secret.to_owned())]));
        Line::unwatched(Egress::new(Vec::new())).hiding(&secrets)
    }

    #[test]
    fn h5_secrets_are_masked_in_each_form_that_they_are_sent_in() {
        let line = line("p&ss \"w\u{f6}rd");
        assert_eq!(line.shown("password=p%26ss+%22w%C3%B6rd&x=1"), format!("password={MASK}&x=1"));
        assert_eq!(line.shown(r#"{"Password":"p&ss \"wörd"}"#), format!(r#"{{"Password":"{MASK}"}}"#));
        assert_eq!(line.shown("p&ss \"wörd"), MASK);
    }

    #[test]
    fn h5_card_numbers_are_masked_and_order_numbers_are_not() {
        let line = line("secret");
        assert_eq!(
            line.shown("pan 4111111111111111 order 1234567890123456"),
            format!("pan {MASK} order 1234567890123456")
        );
        assert_eq!(line.shown("4111111111111112"), "4111111111111112");
    }

    #[test]
    fn h5_answers_are_kept_without_what_they_tell_of_persons() {
        let answer = r#"{"OrderID":"7","ClientName":"ANI PETROSYAN","ClientEmail":"","cardAuthInfo":{"cardholderName":"A P","x":1}}"#;
        let kept: serde_json::Value = serde_json::from_str(&impersonal(answer)).unwrap();
        let expected = serde_json::json!({
            "OrderID": "7", "ClientName": MASK, "ClientEmail": "", "cardAuthInfo": { "cardholderName": MASK, "x": 1 },
        });
        assert_eq!(kept, expected);
        for other in [r#"{"amount":12500.00,"a":1}"#, "E0005", "<html>"] {
            assert_eq!(impersonal(other), other, "as it came");
        }
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        let shown = line("secret").shown(&"ա".repeat(KEPT_BYTES));
        assert_eq!(shown.len(), KEPT_BYTES + '…'.len_utf8());
    }
}
