//! `POST /csp-reports`: what a browser refused because of a page's policy. Counted and logged without addresses: they hold
//! tokens. Anybody may send one, so it says little, is small, and is read a few times a minute.

use super::asker::Asker;
use crate::app::App;
use crate::extract::Whole;
use crate::nodes::{Rate, Taken};
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

/// The largest report, in bytes.
pub const LIMIT: usize = 8 * 1024;
/// How many reports of one network are read.
const RATE: Rate = Rate { requests: 10, per_ms: 60_000 };
/// How many are read of all.
const RATE_OF_ALL: Rate = Rate { requests: 60, per_ms: 60_000 };
/// How many of one delivery are read: newer browsers send several at once.
const AT_ONCE: usize = 5;

/// Takes a report, by `report-uri` (`application/csp-report`) or by the Reporting API (`application/reports+json`).
pub async fn take(State(app): State<Arc<App>>, asker: Asker, Whole(body): Whole) -> StatusCode {
    if body.len() > LIMIT {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let network = asker.0.as_deref().and_then(|origin| origin.get(..4)).unwrap_or("unknown");
    let may = [(format!("csp:{network}"), RATE), ("csp".to_owned(), RATE_OF_ALL)];
    for (key, rate) in may {
        if app.nodes.budgets.take(&key, rate).await != Taken::Now {
            return StatusCode::TOO_MANY_REQUESTS;
        }
    }
    let Ok(report) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    for (directive, blocked) in read(&report) {
        tracing::warn!(csp.directive = directive, csp.blocked = blocked, "a browser refused something on a page");
    }
    StatusCode::NO_CONTENT
}

/// What was refused: by which directive, and of what kind or host it was.
fn read(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let old = report.get("csp-report").map(|old| {
        let directive = old.get("effective-directive").or_else(|| old.get("violated-directive"));
        (word(&directive.map(text).unwrap_or_default()), blocked(&text(&old["blocked-uri"])))
    });
    let new = report.as_array().into_iter().flatten().filter(|one| one["type"] == "csp-violation").take(AT_ONCE);
    let new =
        new.map(|one| (word(&text(&one["body"]["effectiveDirective"])), blocked(&text(&one["body"]["blockedURL"]))));
    old.into_iter().chain(new).collect()
}

/// A directive's name, and nothing that could forge a line of the log.
fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '-').take(40).collect()
}

/// `inline`, `eval`, …, or the host of an address, never its path.
fn blocked(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(url) => url.host_str().map_or_else(|| word(url.scheme()), |host| host.chars().take(100).collect()),
        Err(_) => word(text),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn h8_a_report_is_told_without_addresses() {
        let old = json!({ "csp-report": {
            "document-uri": "https://pay.shop.am/p/SECRET", "violated-directive": "script-src 'nonce-x'",
            "blocked-uri": "https://evil.example/SECRET.js",
        } });
        assert_eq!(read(&old), [("script-src".to_owned(), "evil.example".to_owned())]);
        let one = json!({ "type": "csp-violation", "url": "https://pay.shop.am/p/SECRET",
            "body": { "effectiveDirective": "style-src-elem", "blockedURL": "inline" } });
        let many = json!([one, { "type": "deprecation" }, one, one, one, one, one]);
        assert_eq!(read(&many), vec![("style-src-elem".to_owned(), "inline".to_owned()); 5]);
        let forged = json!({ "csp-report": { "violated-directive": "x\nERROR forged", "blocked-uri": "data:text/html,SECRET" } });
        assert_eq!(read(&forged), [("x".to_owned(), "data".to_owned())]);
        for nothing in [json!(null), json!([1]), json!("x"), json!({})] {
            assert!(read(&nothing).is_empty());
        }
    }
}
