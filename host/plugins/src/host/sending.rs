//! One outgoing request in its three forms: what the guest asked for, what the record keeps (slots unfilled), what is
//! sent (slots filled). And the answer in its two: what the record keeps (no secrets) and what the guest gets.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use kamurj_egress::{BODY_CAP, HEADERS_CAP, Method, Refusal, Request, Response, SendError, Url};

use crate::{
    bindings::imported::http,
    grants::Grants,
    host::slots::{self, Slots, Span},
    record,
    secrets::Keyring,
};

const TIMEOUT_MS: u32 = 10_000;
const TIMEOUT_MS_MAX: u32 = 30_000;
const URL_BYTES: usize = 8 * 1024;
const HEADER_BYTES: usize = 8 * 1024;
const STEP_BYTES: usize = 64;

/// Stands for a secret's value while a URL is judged: harmless in every part of one.
const STAND_IN: &str = "secret";

/// No answer of the remote, in the contract's words.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
    retry_after_ms: Option<u64>,
}

impl Failure {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_ms: None }
    }

    /// The budget for this remote is used up.
    pub(crate) fn rate_limited(wait_ms: u64) -> Self {
        let message = format!("the budget of requests to this remote is used up for {wait_ms} ms");
        Self { kind: "rate-limited", message, retry_after_ms: Some(wait_ms) }
    }

    pub(crate) fn record(&self) -> Value {
        record::failure(self.kind, &self.message, self.retry_after_ms)
    }

    #[cfg(test)]
    pub(crate) fn text(self) -> String {
        self.message
    }
}

impl From<Failure> for http::Failure {
    fn from(failure: Failure) -> Self {
        Self { kind: failure.kind.to_owned(), message: failure.message, retry_after_ms: failure.retry_after_ms }
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("invalid", message)
}

fn not_granted(message: impl Into<String>) -> Failure {
    Failure::new("not-granted", message)
}

/// A request whose form is sound; its slots are not filled.
pub(crate) struct Template {
    method: Method,
    raw_url: String,
    /// The URL with stand-ins for secrets.
    url: Url,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    /// As the guest named them, for the record.
    named: Vec<[String; 3]>,
    slots: Slots,
    pub(crate) step: Option<String>,
    timeout_ms: u32,
}

impl Template {
    /// Checks everything that the request alone can tell.
    pub(crate) fn read(request: http::Request) -> Result<Self, Failure> {
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => {
                return Err(invalid("the method must be GET, POST, PUT, PATCH or DELETE"));
            }
        };
        let slots = Slots::find(&request)?;
        let url = judge_url(&request.url, &slots.url)?;
        if request.headers.len() > HEADERS_CAP {
            return Err(invalid(format!("at most {HEADERS_CAP} headers are allowed")));
        }
        if request.headers.iter().any(|(name, value)| name.len() + value.len() > HEADER_BYTES) {
            return Err(invalid(format!("a header must not pass {HEADER_BYTES} bytes")));
        }
        let body_bytes = request.body.as_ref().map_or(0, Vec::len);
        if body_bytes > BODY_CAP {
            return Err(invalid(format!("the body must not pass {BODY_CAP} bytes")));
        }
        if let Some(step) = &request.step {
            let sound = (1..=STEP_BYTES).contains(&step.len())
                && step.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':'));
            if !sound {
                return Err(invalid("a step's name must be 1 to 64 of `a-z 0-9 - _ . :`"));
            }
        }
        let timeout_ms = request.timeout_ms.unwrap_or(TIMEOUT_MS).min(TIMEOUT_MS_MAX);
        Ok(Self {
            method,
            raw_url: request.url,
            url,
            headers: request.headers,
            body: request.body,
            named: request.slots.into_iter().map(|slot| [slot.secret, slot.place, slot.field]).collect(),
            slots,
            step: request.step,
            timeout_ms,
        })
    }

    /// What the record keeps.
    pub(crate) fn record(&self, keyring: &Keyring) -> Value {
        json!({
            "method": self.method.as_str(),
            "url": self.raw_url,
            "headers": self.headers,
            "body": self.body.clone().map(|body| body_to_record(&keyring.scrub_bytes(body))),
            "slots": self.named,
            "timeout_ms": self.timeout_ms,
        })
    }

    /// Fills the slots, each only where the operator allows it.
    pub(crate) fn fill(self, grants: &Grants, keyring: &Keyring) -> Result<Request, Failure> {
        if !grants.allows(&self.url) {
            return Err(not_granted(format!("`{}` is not granted", self.url.origin().ascii_serialization())));
        }
        let filler = Filler { grants, keyring, url: &self.url };
        let url = text_of(filler.fill(self.raw_url.as_bytes(), self.slots.url)?);
        let url = url.parse::<Url>().map_err(|_| invalid("the URL cannot be read"))?;
        if url.origin() != self.url.origin() {
            return Err(invalid("a secret must not change where the request goes"));
        }
        let mut headers = Vec::with_capacity(self.headers.len());
        for (index, (name, value)) in self.headers.into_iter().enumerate() {
            let spans = self.slots.headers.iter().filter(|(header, _)| *header == index).map(|(_, span)| span.clone());
            headers.push((name, text_of(filler.fill(value.as_bytes(), spans)?)));
        }
        let body = filler.fill(self.body.as_deref().unwrap_or_default(), self.slots.body)?;
        Ok(Request { method: self.method, url, headers, body, timeout: Duration::from_millis(self.timeout_ms.into()) })
    }
}

struct Filler<'a> {
    grants: &'a Grants,
    keyring: &'a Keyring,
    url: &'a Url,
}

impl Filler<'_> {
    fn fill(&self, text: &[u8], spans: impl IntoIterator<Item = Span>) -> Result<Vec<u8>, Failure> {
        slots::fill(text, spans, |span| {
            self.grants.check_placement(&span.secret, span.placement, self.url).map_err(not_granted)?;
            let secret = self
                .keyring
                .get(&span.secret)
                .ok_or_else(|| not_granted(format!("the secret `{}` has no usable value", span.secret)))?;
            Ok(span.writing.write(secret.reveal()).as_bytes().to_vec())
        })
    }
}

/// Reads the URL with stand-ins in its slots and refuses what a parser would quietly repair.
fn judge_url(raw: &str, spans: &[Span]) -> Result<Url, Failure> {
    if raw.len() > URL_BYTES {
        return Err(invalid(format!("the URL must not pass {URL_BYTES} bytes")));
    }
    if raw
        .chars()
        .any(|character| character.is_whitespace() || character.is_control() || matches!(character, '\\' | '#'))
    {
        return Err(invalid("the URL must hold no white space, backslash or fragment"));
    }
    let with_stand_ins = slots::fill::<Failure>(raw.as_bytes(), spans.to_vec(), |_| Ok(STAND_IN.as_bytes().to_vec()))?;
    let url = text_of(with_stand_ins).parse::<Url>().map_err(|_| invalid("the URL cannot be read"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL must be https and name no user"));
    }
    Ok(url)
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("whole characters and ASCII slots were put together")
}

fn body_to_record(body: &[u8]) -> Value {
    match std::str::from_utf8(body) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": STANDARD.encode(body) }),
    }
}

fn body_from_record(body: &Value) -> Option<Vec<u8>> {
    match (body["text"].as_str(), body["base64"].as_str()) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(encoded)) => STANDARD.decode(encoded).ok(),
        (None, None) => None,
    }
}

/// What the record keeps of an answer: no value of a secret is in it.
pub(crate) fn recorded_answer(sent: Result<Response, SendError>, keyring: &Keyring) -> Value {
    let failure = match sent {
        Ok(response) => {
            let headers: Vec<_> =
                response.headers.into_iter().map(|(name, value)| (name, keyring.scrub(value))).collect();
            let body = body_to_record(&keyring.scrub_bytes(response.body));
            return json!({ "status": response.status, "headers": headers, "body": body });
        }
        Err(SendError::Refused(
            refusal @ (Refusal::PrivateAddress(_) | Refusal::AddressLiteral(_) | Refusal::Port(_)),
        )) => Failure::new("not-granted", refusal.to_string()),
        Err(SendError::Refused(refusal)) => invalid(refusal.to_string()),
        Err(SendError::NotSent(reason)) => Failure::new("not-sent", reason),
        Err(SendError::Ambiguous(reason)) => Failure::new("ambiguous", reason),
        Err(error @ SendError::TooLarge { .. }) => Failure::new("too-large", error.to_string()),
    };
    Failure { message: keyring.scrub(failure.message), ..failure }.record()
}

/// The guest's form of a kept answer; none if it cannot be read.
pub(crate) fn answer_of(recorded: &Value) -> Option<Result<http::Response, http::Failure>> {
    if let Some(kind) = recorded["failure"].as_str() {
        return Some(Err(http::Failure {
            kind: kind.to_owned(),
            message: recorded["message"].as_str()?.to_owned(),
            retry_after_ms: recorded["retry_after_ms"].as_u64(),
        }));
    }
    let status = u16::try_from(recorded["status"].as_u64()?).ok()?;
    let headers = serde_json::from_value(recorded["headers"].clone()).ok()?;
    Some(Ok(http::Response { status, headers, body: body_from_record(&recorded["body"])?, extra: Vec::new() }))
}
