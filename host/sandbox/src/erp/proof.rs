//! The proof of a webhook by Standard Webhooks 1.0.0: its three headers, its signature by a key of the endpoint, and its time, which may
//! be five minutes off. It must not know what the body says.

use axum::http::{HeaderMap, header};

use super::keys::Key;
use super::refusal::Refusal;

/// How far the sender's clock may be off, in seconds ("Webhook timestamp verification" gives receivers the choice; the libraries take this).
const TOLERANCE_S: i64 = 5 * 60;
const LONGEST_ID: usize = 256;

/// What was proven.
pub(super) struct Proven {
    /// The message's id.
    pub(super) id: String,
    /// The key that proved it, by its kind and its place: `whsec 1`.
    pub(super) by: String,
}

/// Proves a message, or says why it is none.
pub(super) fn prove(keys: &[Key], headers: &HeaderMap, body: &[u8], now: i64) -> Result<Proven, Refusal> {
    if !is_json(headers) {
        return Err(Refusal::media_type());
    }
    let (id, timestamp) = (one(headers, "webhook-id")?, one(headers, "webhook-timestamp")?);
    let signatures = one(headers, "webhook-signature")?;
    if id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.') {
        return Err(Refusal::header_invalid("webhook-id", "has at most 256 visible characters and no full stop"));
    }
    let sent = whole_seconds(timestamp)
        .ok_or_else(|| Refusal::header_invalid("webhook-timestamp", "is a time in whole Unix seconds"))?;
    let fits = |key: &Key| key.proves(signatures, id, sent, body);
    let (place, key) = keys.iter().enumerate().find(|(_, key)| fits(key)).ok_or_else(Refusal::signature)?;
    let off = sent.saturating_sub(now.div_euclid(1000));
    if off < -TOLERANCE_S {
        return Err(Refusal::too_old());
    }
    if off > TOLERANCE_S {
        return Err(Refusal::in_future());
    }
    Ok(Proven { id: id.to_owned(), by: format!("{} {}", key.word(), place + 1) })
}

/// The only value of a header. Two values are as good as none: it is not known which of them was signed.
fn one<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|value| !value.is_empty()).ok_or_else(|| Refusal::header_missing(name))?;
    if values.next().is_some() {
        return Err(Refusal::header_invalid(name, "is there twice"));
    }
    value.to_str().map_err(|_| Refusal::header_invalid(name, "is not ASCII text"))
}

/// Digits alone: what is signed is the text, so there must be one way to write a time.
fn whole_seconds(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok()).flatten()
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
