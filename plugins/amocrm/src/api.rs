//! Calls of the account's API v4 through the host's guarded client, by a long-lived token or a connection, whichever there is. It must
//! not know about payments.

use kamurj_sdk::{Failure, Host, Outcome, Request, Response, secret};
use serde_json::Value;

use crate::refusal::{self, Access, Refused};
use crate::settings::Settings;

const TOKEN: &str = "token";
const CONNECTION: &str = "account_app";
const SECOND_MS: u64 = 1000;

/// One account, through the host's client.
pub(crate) struct Api<'a, H> {
    host: &'a H,
    origin: &'a str,
    brand: &'static str,
}

impl<'a, H: Host> Api<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings) -> Self {
        Self { host, origin: settings.origin(), brand: settings.brand() }
    }

    /// Reads something; nothing where the service has nothing to list.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Refused> {
        match self.send(Request::get(self.address(path))) {
            Ok(answer) if answer.body.iter().all(u8::is_ascii_whitespace) => Ok(Value::Null),
            Ok(answer) => answer.json().ok_or_else(|| {
                let message = format!("{} answers with something that is no API: is `account` right?", self.brand);
                Refused::Setting(Outcome::bad_request("answer", &message))
            }),
            Err(refused) => Err(match refused {
                // Nothing was changed, so it is only asked again.
                Refused::Lost(outcome) => Refused::Ended(Outcome::retry(&outcome.code, &outcome.message)),
                other => other,
            }),
        }
    }

    /// Makes something.
    pub(crate) fn post(&self, path: &str, body: &Value, step: &str) -> Result<Value, Refused> {
        self.change(self.request(path, body, step))
    }

    /// Sets values.
    pub(crate) fn patch(&self, path: &str, body: &Value, step: &str) -> Result<Value, Refused> {
        let mut request = self.request(path, body, step);
        "PATCH".clone_into(&mut request.method);
        self.change(request)
    }

    /// A call that changes something, before it is sent. Steps are named in small letters, and the ids in their names have capitals.
    pub(crate) fn request(&self, path: &str, body: &Value, step: &str) -> Request {
        Request::post_json(self.address(path), body).step(&step.to_ascii_lowercase())
    }

    /// Sends what changes something. An answer that cannot be read was an acceptance all the same.
    pub(crate) fn change(&self, request: Request) -> Result<Value, Refused> {
        let answer = self.send(request).map_err(|refused| match refused {
            // It was seen there.
            Refused::TooLarge(outcome) => Refused::Lost(Outcome::ambiguous(&outcome.code, &outcome.message)),
            other => other,
        })?;
        Ok(answer.json().unwrap_or(Value::Null))
    }

    /// All that a list holds, up to this many pages of this many.
    pub(crate) fn pages(&self, path: &str, key: &str, limit: u32, most: u32) -> Result<Vec<Value>, Refused> {
        let mut all = Vec::new();
        for page in 1..=most {
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut answer = self.get(&format!("{path}{joint}limit={limit}&page={page}"))?;
            let more = answer["_links"]["next"].is_object();
            all.extend(embedded(&mut answer, key));
            if !more {
                break;
            }
        }
        Ok(all)
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/v4/{path}", self.origin)
    }

    fn access(&self) -> Result<Access, Refused> {
        if self.host.has_secret(CONNECTION) {
            Ok(Access::App)
        } else if self.host.has_secret(TOKEN) {
            Ok(Access::Token)
        } else {
            let message =
                "There is no access to the account: enter a long-lived token as `token`, or connect the account.";
            Err(Refused::Ended(Outcome::auth_needed("no-access", message)))
        }
    }

    fn send(&self, request: Request) -> Result<Response, Refused> {
        let access = self.access()?;
        let name = match access {
            Access::Token => TOKEN,
            Access::App => CONNECTION,
        };
        let request = request
            .header("authorization", &format!("Bearer {}", secret(name)))
            .secret_in_header("authorization", name);
        match self.host.send(&request) {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => Err(refusal::read(&answer, access, self.brand)),
            Err(failure) => Err(unanswered(&failure)),
        }
    }
}

fn unanswered(failure: &Failure) -> Refused {
    match failure.kind.as_str() {
        // What is left is for another run.
        "limit" => Refused::Ended(Outcome::retry("limit", &failure.message).after_ms(SECOND_MS)),
        "too-large" => Refused::TooLarge(Outcome::bad_request(&failure.kind, &failure.message)),
        _ if failure.is_ambiguous() => Refused::Lost(failure.outcome()),
        _ => Refused::Ended(failure.outcome()),
    }
}

/// What a list holds under this name.
pub(crate) fn embedded(answer: &mut Value, key: &str) -> Vec<Value> {
    match answer.pointer_mut(&format!("/_embedded/{key}")).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The number that something was made under.
pub(crate) fn id_of(item: &Value) -> Option<u64> {
    item["id"].as_u64().or_else(|| item["id"].as_str()?.parse().ok())
}

/// A query of these pairs, with everything escaped that is no letter, digit or one of `-_.~` (RFC 3986, section 2.3).
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ => {
                let _infallible = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn a_query_holds_nothing_that_could_be_read_otherwise() {
        assert_eq!(
            query(&[("filter[id][]", "7"), ("query", "pay_1&x=Հ")]),
            "filter%5Bid%5D%5B%5D=7&query=pay_1%26x%3D%D5%80"
        );
    }
}
