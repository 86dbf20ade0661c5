//! One outgoing request in its three forms: what the guest asked for, what the record keeps (slots unfilled), what is
//! sent (slots filled). And the answer in its two: what the record keeps (no secrets) and what the guest gets.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use kamurj_egress::{BODY_CAP, HEADERS_CAP, Method, Refusal, Request, Response, SendError, Url};

use crate::{
    bindings::imported::http,
    grants::Grants,
    record,
    secrets::{Keyring, Piece, Writing, pieces},
};

const TIMEOUT_MS: u32 = 10_000;
const TIMEOUT_MS_MAX: u32 = 30_000;
const URL_BYTES: usize = 8 * 1024;
const HEADER_BYTES: usize = 8 * 1024;
const STEP_BYTES: usize = 64;

/// Stands for a secret's value while a URL is judged: harmless in every part of one.
const STAND_IN: &str = "secret";

/// No answer of the remote, in the contract's words.
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
}

impl Failure {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn record(&self) -> Value {
        record::failure(self.kind, &self.message)
    }
}

impl From<Failure> for http::Failure {
    fn from(failure: Failure) -> Self {
        Self { kind: failure.kind.to_owned(), message: failure.message }
    }
}

fn invalid(message: impl Into<String>) -> Failure {
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
    body_writing: Writing,
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
        let url = judge_url(&request.url)?;
        if request.headers.len() > HEADERS_CAP {
            return Err(invalid(format!("at most {HEADERS_CAP} headers are allowed")));
        }
        for (name, value) in &request.headers {
            if name.len() + value.len() > HEADER_BYTES {
                return Err(invalid(format!("a header must not pass {HEADER_BYTES} bytes")));
            }
            pieces(value.as_bytes()).map_err(|_| bad_slot("a header"))?;
        }
        let body_bytes = request.body.as_ref().map_or(0, Vec::len);
        if body_bytes > BODY_CAP {
            return Err(invalid(format!("the body must not pass {BODY_CAP} bytes")));
        }
        pieces(request.body.as_deref().unwrap_or_default()).map_err(|_| bad_slot("the body"))?;
        if let Some(step) = &request.step {
            let sound = (1..=STEP_BYTES).contains(&step.len())
                && step.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':'));
            if !sound {
                return Err(invalid("a step's name must be 1 to 64 of `a-z 0-9 - _ . :`"));
            }
        }
        let body_writing = writing_for(&request.headers);
        let timeout_ms = request.timeout_ms.unwrap_or(TIMEOUT_MS).min(TIMEOUT_MS_MAX);
        Ok(Self {
            method,
            raw_url: request.url,
            url,
            headers: request.headers,
            body: request.body,
            body_writing,
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
            "timeout_ms": self.timeout_ms,
        })
    }

    /// Fills the slots, each only where the operator allows it.
    pub(crate) fn fill(self, grants: &Grants, keyring: &Keyring) -> Result<Request, Failure> {
        if !grants.allows(&self.url) {
            return Err(not_granted(format!("`{}` is not granted", self.url.origin().ascii_serialization())));
        }
        let filler = Filler { grants, keyring, url: &self.url };
        let (path, query) =
            self.raw_url.split_once('?').map_or((self.raw_url.as_str(), None), |(path, query)| (path, Some(query)));
        let mut filled = filler.fill(path.as_bytes(), "path", Writing::Path)?;
        if let Some(query) = query {
            filled.push(b'?');
            filled.extend(filler.fill(query.as_bytes(), "query", Writing::Query)?);
        }
        let url = text_of(filled).parse::<Url>().map_err(|_| invalid("the URL cannot be read"))?;
        if url.origin() != self.url.origin() {
            return Err(invalid("a secret must not change where the request goes"));
        }
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            headers.push((name.clone(), text_of(filler.fill(value.as_bytes(), "header", Writing::Plain)?)));
        }
        let body = filler.fill(self.body.as_deref().unwrap_or_default(), "body", self.body_writing)?;
        Ok(Request { method: self.method, url, headers, body, timeout: Duration::from_millis(self.timeout_ms.into()) })
    }
}

struct Filler<'a> {
    grants: &'a Grants,
    keyring: &'a Keyring,
    url: &'a Url,
}

impl Filler<'_> {
    fn fill(&self, text: &[u8], placement: &str, writing: Writing) -> Result<Vec<u8>, Failure> {
        let mut filled = Vec::with_capacity(text.len());
        for piece in pieces(text).map_err(|_| bad_slot(placement))? {
            match piece {
                Piece::Plain(bytes) => filled.extend_from_slice(bytes),
                Piece::Slot(name) => {
                    self.grants.check_placement(name, placement, self.url).map_err(not_granted)?;
                    let secret = self
                        .keyring
                        .get(name)
                        .ok_or_else(|| not_granted(format!("the secret `{name}` has no usable value")))?;
                    filled.extend_from_slice(writing.write(secret.reveal()).as_bytes());
                }
            }
        }
        Ok(filled)
    }
}

/// Reads the URL with stand-ins in its slots and refuses what a parser would quietly repair.
fn judge_url(raw: &str) -> Result<Url, Failure> {
    if raw.len() > URL_BYTES {
        return Err(invalid(format!("the URL must not pass {URL_BYTES} bytes")));
    }
    if raw
        .chars()
        .any(|character| character.is_whitespace() || character.is_control() || matches!(character, '\\' | '#'))
    {
        return Err(invalid("the URL must hold no white space, backslash or fragment"));
    }
    let pieces = pieces(raw.as_bytes()).map_err(|_| bad_slot("the URL"))?;
    let authority_end =
        raw.find("://").and_then(|start| raw[start + 3..].find(['/', '?']).map(|length| start + 3 + length));
    let mut with_stand_ins = Vec::with_capacity(raw.len());
    let mut passed = 0;
    for piece in pieces {
        match piece {
            Piece::Plain(bytes) => {
                with_stand_ins.extend_from_slice(bytes);
                passed += bytes.len();
            }
            // `passed` lies at or before the slot in `raw`, so this errs on the strict side.
            Piece::Slot(_) if authority_end.is_none_or(|end| passed <= end) => {
                return Err(invalid("a secret must not stand in the host part of the URL"));
            }
            Piece::Slot(_) => with_stand_ins.extend_from_slice(STAND_IN.as_bytes()),
        }
    }
    let url = text_of(with_stand_ins).parse::<Url>().map_err(|_| invalid("the URL cannot be read"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the URL must be https and name no user"));
    }
    Ok(url)
}

/// How a value must be escaped inside the body, by the body's declared type.
fn writing_for(headers: &[(String, String)]) -> Writing {
    let declared = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let essence = declared.map(|(_, value)| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/x-www-form-urlencoded") => Writing::Query,
        Some(essence) if essence == "application/json" || essence.ends_with("+json") => Writing::Json,
        _ => Writing::Plain,
    }
}

fn bad_slot(place: &str) -> Failure {
    invalid(format!("{place} holds a slot that names no secret; write `{{{{secret:name}}}}`"))
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
    Failure { kind: failure.kind, message: keyring.scrub(failure.message) }.record()
}

/// The guest's form of a kept answer; none if it cannot be read.
pub(crate) fn answer_of(recorded: &Value) -> Option<Result<http::Response, http::Failure>> {
    if let Some(kind) = recorded["failure"].as_str() {
        return Some(Err(http::Failure { kind: kind.to_owned(), message: recorded["message"].as_str()?.to_owned() }));
    }
    let status = u16::try_from(recorded["status"].as_u64()?).ok()?;
    let headers = serde_json::from_value(recorded["headers"].clone()).ok()?;
    Some(Ok(http::Response { status, headers, body: body_from_record(&recorded["body"])?, extra: Vec::new() }))
}
