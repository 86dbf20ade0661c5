//! The doors for messages from outside: verify over raw bytes, write them down, answer. Acting on them is for workers.

pub mod ack;
mod challenge;
pub mod hook;
mod places;
pub mod proof;
pub mod provider;
pub mod strangers;

use crate::app::App;
use crate::milestones::Milestone;
use crate::problem::{Kind, Problem};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// The largest push of a provider, in bytes. Plugins' routes have limits of their own.
pub const LIMIT: usize = 64 * 1024;

/// Reads the whole body, or says that it is too large.
async fn read_body(body: Body, limit: usize) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, format!("An inbound message may have at most {limit} bytes here.")))
}

/// The name of a message by its raw bytes: their SHA-256 in hex.
fn digest(body: &[u8]) -> String {
    crate::seal::hex(&Sha256::digest(body))
}

/// The headers with these names, in lower case.
fn chosen(headers: &HeaderMap, names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .filter_map(|name| {
            let value = headers.get(*name)?.to_str().ok()?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}

/// The answer to whoever sends much that is not proven.
fn too_many(after_ms: i64) -> Response {
    let detail = "Too much that was not proven came to this address: send less, or prove what you send.";
    let mut response = Problem::new(Kind::TooMany, detail).into_response();
    let seconds = HeaderValue::from(u64::try_from(after_ms).unwrap_or_default().div_ceil(1_000).max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

/// Says that the message is durable now, and rings for the work.
async fn written(app: &App) {
    app.milestones.reached(Milestone::InboxWritten).await;
    app.ring();
}
