//! The last requests as they came, for people who look for a mistake. Signatures are cut short, and of headers that may hold a secret
//! only the name is kept. It must not know why a request was refused, only what was said of it.

use std::collections::VecDeque;

use axum::http::HeaderMap;
use serde::Serialize;

use crate::rfc3339;

/// How many requests are remembered; older ones are forgotten first.
const REMEMBERED: usize = 500;
/// How much of a signature is shown, with its version.
const SHOWN: usize = 12;
const LONGEST_VALUE: usize = 300;

/// A request to an endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct RequestView {
    /// When it came, RFC 3339.
    pub at: String,
    /// The last part of its path.
    pub endpoint: String,
    /// Its verb.
    pub method: String,
    /// Names in lower case, and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The body's length in bytes, as far as it was read.
    pub bytes: usize,
    /// The HTTP status answered; `None` where the connection was cut instead.
    pub status: Option<u16>,
    /// What became of it: `taken`, `repeat`, `cut`, `hangs`, or the word of a refusal.
    pub outcome: &'static str,
}

#[derive(Default)]
pub(super) struct Inbox(VecDeque<RequestView>);

impl Inbox {
    pub(super) fn note(&mut self, request: RequestView) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(super) fn to_vec(&self) -> Vec<RequestView> {
        self.0.iter().cloned().collect()
    }
}

impl RequestView {
    pub(super) fn new(endpoint: &str, method: &str, headers: &HeaderMap, bytes: usize, now: i64) -> Self {
        let shown = headers.iter().map(|(name, value)| {
            let value = value.to_str().unwrap_or("(not ASCII)");
            let value = match name.as_str() {
                "webhook-signature" => value.split(' ').map(cut).collect::<Vec<_>>().join(" "),
                "webhook-id" | "webhook-timestamp" | "content-type" | "content-length" | "user-agent" | "accept" => {
                    value.chars().take(LONGEST_VALUE).collect()
                }
                _ => "…".to_owned(),
            };
            (name.as_str().to_owned(), value)
        });
        Self {
            at: rfc3339(now),
            endpoint: endpoint.to_owned(),
            method: method.to_owned(),
            headers: shown.collect(),
            bytes,
            status: None,
            outcome: "cut",
        }
    }
}

fn cut(signature: &str) -> String {
    if signature.chars().count() <= SHOWN {
        return signature.to_owned();
    }
    signature.chars().take(SHOWN).chain(std::iter::once('…')).collect()
}
