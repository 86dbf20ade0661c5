//! Reading the bank's JSON. It writes money as JSON floats and most other things as texts, not always the same way, so every
//! number is taken as the text that it was written with: no amount ever passes through a float.

use kamurj_egress::Response;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// The body of an ASP.NET service that gave up: a normal answer about an order that nobody tried to pay.
const GAVE_UP: &str = "An error has occurred.";

/// What all answers have.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "ResponseCode", default)]
    pub(super) code: Text,
    /// Absent from details, whose `Description` is the processor's text.
    #[serde(rename = "ResponseMessage", default)]
    pub(super) message: Text,
    /// `PaymentID` from InitPayment, `PaymentId` from GetPaymentId.
    #[serde(rename = "PaymentID", alias = "PaymentId", default)]
    pub(super) payment_id: Text,
}

impl Answer {
    /// An answer with a code, if this is one. Errors come with HTTP 200 as well.
    pub(super) fn read(response: &Response) -> Option<Self> {
        read(response).filter(|answer: &Self| !answer.code.is_empty())
    }
}

/// A text or a number as it was written, without blanks around it; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(String);

impl std::ops::Deref for Text {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(text.unwrap_or_default().trim().to_owned()))
    }
}

/// An answer with status 200, if it is such JSON.
pub(super) fn read<T: DeserializeOwned>(response: &Response) -> Option<T> {
    if response.status != 200 {
        return None;
    }
    serde_json::from_str(&quoted(&response.body)?).ok()
}

/// Whether the service gave up, which it does over orders that nobody tried to pay.
pub(super) fn gave_up(response: &Response) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Error {
        message: String,
    }
    response.status == 500
        && serde_json::from_slice::<Error>(&response.body).is_ok_and(|error| error.message.trim() == GAVE_UP)
}

/// Why an answer is none, without its body.
pub(super) fn unreadable(response: &Response) -> String {
    match response.status {
        200 => "the bank's answer cannot be read".to_owned(),
        _ if gave_up(response) => "the bank answered 500: an error has occurred".to_owned(),
        status => format!("the bank answered {status}"),
    }
}

/// A PaymentID in the one spelling that is used here: the bank writes it in upper case and in lower case. `None` for what
/// cannot be one, such as the empty text of a failure.
pub(super) fn reference(id: &str) -> Option<String> {
    let fits = |mark: u8| mark.is_ascii_alphanumeric() || mark == b'-';
    ((1..=64).contains(&id.len()) && id.bytes().all(fits)).then(|| id.to_ascii_uppercase())
}

/// JSON with each number as a text of the same letters. `None` for what is no JSON.
fn quoted(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<IgnoredAny>(body).ok()?;
    let text = std::str::from_utf8(body).ok()?;
    let mut out = String::with_capacity(text.len() + 64);
    let (mut in_text, mut is_escaped, mut in_number) = (false, false, false);
    for mark in text.chars() {
        // Outside of texts, digits and signs stand in numbers alone; an `e` stands in `true` and `false`, too.
        let begins_number = !in_text && (mark.is_ascii_digit() || mark == '-');
        let goes_on = in_number && (begins_number || matches!(mark, '.' | 'e' | 'E' | '+'));
        if (begins_number && !in_number) || (in_number && !goes_on) {
            out.push('"');
        }
        in_number = begins_number || goes_on;
        if in_text {
            in_text = mark != '"' || is_escaped;
            is_escaped = mark == '\\' && !is_escaped;
        } else if mark == '"' {
            in_text = true;
        }
        out.push(mark);
    }
    if in_number {
        out.push('"');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_letters() {
        for (body, expected) in [
            (r#"{"a":10.0,"b":[-1,0.10e+2 ],"c":"1.0\"2"}"#, r#"{"a":"10.0","b":["-1","0.10e+2" ],"c":"1.0\"2"}"#),
            (r#"{"a\\":1,"b":true,"c":null,"d":{}}"#, r#"{"a\\":"1","b":true,"c":null,"d":{}}"#),
            ("90071992547409.93", "\"90071992547409.93\""),
            (r#""Ա 5""#, r#""Ա 5""#),
        ] {
            assert_eq!(quoted(body.as_bytes()).as_deref(), Some(expected));
        }
        for wrong in ["", "{", "{\"a\":01}", "{\"a\":1.}", "<html>", "{\"a\":NaN}", "{} {}", "{\"a\":1 2}"] {
            assert_eq!(quoted(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
