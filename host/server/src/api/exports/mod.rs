//! `/v1/exports`: what is taken out for accounting and for proof. A file leaves in pages, so that neither memory nor a transaction is held
//! for as long as somebody reads it; before its first byte the audit log has who took it.

pub mod journal;
pub mod movements;
mod pipe;
mod table;

use crate::access::{self, Detail};
use crate::api::asked::Faults;
use crate::app::App;
use crate::problem::{FieldError, Kind, Problem};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kamurj_domain::format::Language;
use kamurj_domain::time;
use kamurj_store::merchants::Caller;
use kamurj_store::{audit_log, movements as kept};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::IntoParams;

/// The longest time of one file, in milliseconds.
const LONGEST_MS: i64 = 366 * 24 * 60 * 60 * 1000;
/// Armenia has kept UTC+4 without summer time since 2012.
const YEREVAN_MS: i64 = 4 * 60 * 60 * 1000;

/// What is taken out.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// RFC 3339: at this time or later.
    pub from: Option<String>,
    /// RFC 3339: before this time; 366 days after `from` at most.
    pub to: Option<String>,
    /// `hy`, `ru` or `en`: the language of headings; Armenian where it is left out.
    pub language: Option<String>,
}

/// What was asked for, read.
struct Asked {
    from: i64,
    to: i64,
    language: Language,
}

impl ExportQuery {
    fn read(&self) -> Result<Asked, Problem> {
        let mut faults = Faults::default();
        let mut at = |pointer: &str, text: Option<&str>| {
            let at = text.and_then(time::parse);
            if at.is_none() {
                faults.add(pointer, "is needed, an RFC 3339 time such as 2026-11-24T12:00:00Z");
            }
            at.unwrap_or_default()
        };
        let (from, to) = (at("/from", self.from.as_deref()), at("/to", self.to.as_deref()));
        if faults.0.is_empty() && from >= to {
            faults.add("/to", "must be later than `from`");
        }
        if faults.0.is_empty() && to - from > LONGEST_MS {
            faults.add("/to", "must be at most 366 days after `from`: take two files");
        }
        let language = self.language.as_deref().map_or(Some(Language::Hy), Language::parse);
        if language.is_none() {
            faults.add("/language", "must be `hy`, `ru` or `en`");
        }
        faults.end()?;
        Ok(Asked { from, to, language: language.unwrap_or(Language::Hy) })
    }
}

impl Asked {
    /// `movements-2026-11-01-2026-11-30.csv`: by days in Yerevan, both included.
    fn file_name(&self, what: &str, ending: &str) -> String {
        let day = |at: i64| time::rfc3339(at + YEREVAN_MS).chars().take(10).collect::<String>();
        format!("{what}-{}-{}.{ending}", day(self.from), day(self.to - 1))
    }
}

/// Refuses while movements of older payments are still being written: sums would not be whole.
async fn must_be_whole(app: &App) -> Result<(), Problem> {
    if kept::missing(&mut app.db.read().await?, 1).await?.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Kind::Unavailable, "The movements are being prepared: try again in a minute."))
}

/// Writes down who takes what, where an operator does.
async fn note(app: &App, caller: &Caller, file: &str, query: &ExportQuery) -> Result<(), Problem> {
    let told = json!({ "from": query.from, "to": query.to, "language": query.language, "file": file });
    let action = caller.session.as_ref().map(|session| session.action.clone()).unwrap_or_default();
    let detail = Detail::of(told.to_string().as_bytes());
    let Some(new) = access::entry(app, caller, (&action, ""), ("done", 200), detail) else { return Ok(()) };
    let mut tx = app.db.write().await?;
    audit_log::append(&mut tx, new, &app.sealer).await?;
    Ok(tx.commit().await?)
}

/// A file to be saved.
fn file(name: &str, media_type: &'static str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The name is made of words and dates.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn too_long(detail: String) -> Problem {
    Problem::invalid(vec![FieldError { pointer: "/to".to_owned(), detail }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_days() {
        let query = ExportQuery {
            from: Some("2026-10-31T20:00:00Z".to_owned()),
            to: Some("2026-11-30T20:00:00Z".to_owned()),
            language: Some("ru".to_owned()),
        };
        let asked = query.read().unwrap();
        assert_eq!(asked.file_name("movements", "csv"), "movements-2026-11-01-2026-11-30.csv");
        assert_eq!(asked.language, Language::Ru);
    }

    #[test]
    fn a_time_is_needed_and_at_most_a_year() {
        let query =
            |from: &str, to: &str| ExportQuery { from: Some(from.to_owned()), to: Some(to.to_owned()), language: None };
        for (from, to) in [
            ("", "2026-11-30T20:00:00Z"),
            ("2026-11-30T20:00:00Z", "2026-11-30T20:00:00Z"),
            ("2024-11-30T20:00:00Z", "2026-11-30T20:00:00Z"),
        ] {
            assert_eq!(query(from, to).read().err().map(|problem| problem.status().as_u16()), Some(422), "{from} {to}");
        }
    }
}
