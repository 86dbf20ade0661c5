//! `GET /v1/installations/{id}/runs` and `…/logs`: what an installation's plugin did, and what it wrote into its log.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::installations::own;
use crate::api::page;
use crate::api::refusals::Reading;
use crate::api::step_shown::StepBody;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::Json;
use axum::extract::State;
use kamurj_domain::time;
use kamurj_plugins::SLICE;
use kamurj_store::installations;
use kamurj_store::runs::kept::{self, Before, Line, Run};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Levels of log lines, the loudest first.
const LEVELS: [&str; 4] = ["error", "warn", "info", "debug"];

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RunsQuery {
    /// Those that ended so: `done`, `retry`, `trap`, `cpu-limit`, `diverged`, …
    pub ended: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One run of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunBody {
    /// What it was called for: a delivery, `dlv_…`, or a message, `inb_…`.
    pub owner: String,
    /// Which of its runs, from 1.
    pub run: i64,
    /// `deliver`, `sync`, `inbound`, `tick`, `check` or `connect`.
    pub call: String,
    /// SHA-256 of the plugin that ran.
    pub digest: String,
    /// When it began; RFC 3339, UTC.
    pub at: String,
    /// The outcome's word (`done`, `retry`, …) or why there is none (`trap`, `cpu-limit`, `deadline`, …); absent while it is
    /// under way.
    pub ended: Option<String>,
    /// What else there is to say of its end.
    pub detail: String,
    /// From its start to its end, in milliseconds.
    pub took_ms: i64,
    /// Computing time in milliseconds, in steps of five.
    pub cpu_ms: i64,
    /// The most memory that it held, in bytes.
    pub memory_bytes: i64,
    /// Host calls.
    pub host_calls: i64,
    /// HTTP requests among them.
    pub http_requests: i64,
    /// Calls that were refused because they are not granted.
    pub refused: i64,
    /// Calls that are in the record.
    pub steps: i64,
    /// What the record takes, in bytes.
    pub record_bytes: i64,
    /// Where one delivery is asked for: its host calls, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<StepBody>>,
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunsBody {
    /// The newest first.
    pub runs: Vec<RunBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LogsQuery {
    /// Only lines of this level: `error`, `warn`, `info` or `debug`.
    pub level: Option<String>,
    /// How many, 1 to 200; 100 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One line of an installation's log. Values of secrets are blacked out.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// When the run began that wrote it; RFC 3339, UTC.
    pub at: String,
    /// What the plugin was called for.
    pub owner: String,
    /// Which of its runs.
    pub run: i64,
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// The text, with its fields behind it.
    pub line: String,
}

/// A page of an installation's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogsBody {
    /// The newest first.
    pub lines: Vec<LineBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

impl From<Run> for RunBody {
    fn from(run: Run) -> Self {
        let slice = i64::try_from(SLICE.as_millis()).unwrap_or(i64::MAX);
        Self {
            owner: run.owner_id,
            run: run.run,
            call: run.call,
            digest: run.digest,
            at: time::rfc3339(run.at),
            ended: run.ended,
            detail: run.detail,
            took_ms: run.took_ms,
            cpu_ms: run.slices * slice,
            memory_bytes: run.memory_bytes,
            host_calls: run.calls,
            http_requests: run.http_requests,
            refused: run.refused,
            steps: run.steps,
            record_bytes: run.size_bytes,
            calls: None,
        }
    }
}

impl From<Line> for LineBody {
    fn from(line: Line) -> Self {
        let Line { owner_id: owner, run, at, level, line, .. } = line;
        Self { at: time::rfc3339(at), owner, run, level, line }
    }
}

/// The runs of an installation, the newest first, with what each cost.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/runs",
    tag = "plugins",
    params(("id" = String, Path, description = "ins_…"), RunsQuery),
    responses(
        (status = 200, description = "A page of runs", body = RunsBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong filter, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<RunsQuery>,
) -> Result<Json<RunsBody>, Problem> {
    let mut faults = Faults::default();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if query.ended.as_deref().is_some_and(|word| !is_word(word)) {
        faults.add("/ended", "must be one word such as `done`, `retry`, `trap` or `cpu-limit`");
    }
    let limit = page::limit(query.limit, 50, &mut faults);
    let before = before(query.cursor.as_deref(), &mut faults);
    faults.end()?;
    let mut tx = app.db.read().await?;
    let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let mut runs = kept::page(&mut tx, &installation.id, query.ended.as_deref(), &before, limit + 1).await?;
    let next_cursor = page::cut(&mut runs, limit, |last| (last.at, format!("{}.{}.0", last.owner_id, last.run)));
    Ok(Json(RunsBody { runs: runs.into_iter().map(RunBody::from).collect(), next_cursor }))
}

/// The log of an installation, the newest line first.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/logs",
    tag = "plugins",
    params(("id" = String, Path, description = "ins_…"), LogsQuery),
    responses(
        (status = 200, description = "A page of the log", body = LogsBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong level, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn logs(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<LogsQuery>,
) -> Result<Json<LogsBody>, Problem> {
    let mut faults = Faults::default();
    if query.level.as_deref().is_some_and(|level| !LEVELS.contains(&level)) {
        faults.add("/level", format!("must be one of {}", LEVELS.join(", ")));
    }
    let limit = page::limit(query.limit, 100, &mut faults);
    let before = before(query.cursor.as_deref(), &mut faults);
    faults.end()?;
    let mut tx = app.db.read().await?;
    let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let mut lines = kept::lines(&mut tx, &installation.id, query.level.as_deref(), &before, limit + 1).await?;
    let next_cursor =
        page::cut(&mut lines, limit, |last| (last.at, format!("{}.{}.{}", last.owner_id, last.run, last.place)));
    Ok(Json(LogsBody { lines: lines.into_iter().map(LineBody::from).collect(), next_cursor }))
}

/// Reads a cursor: time, owner, run and place of the last row of the page before.
fn before(cursor: Option<&str>, faults: &mut Faults) -> Before {
    let Some(cursor) = page::Cursor::read(cursor, faults) else { return Before::NEWEST };
    let mut parts = cursor.id.rsplitn(3, '.');
    let mut number = || parts.next().and_then(|part| part.parse().ok());
    let (place, run) = (number(), number());
    if let (Some(place), Some(run), Some(owner)) = (place, run, parts.next()) {
        return Before { at: cursor.at, owner_id: owner.to_owned(), run, place };
    }
    faults.add("/cursor", "take it from `next_cursor`");
    Before::NEWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_its_row() {
        let mut faults = Faults::default();
        let read = before(Some("17_dlv_1.2.3"), &mut faults);
        assert_eq!(read, Before { at: 17, owner_id: "dlv_1".to_owned(), run: 2, place: 3 });
        assert_eq!(before(None, &mut faults), Before::NEWEST);
        assert!(faults.0.is_empty());
        for wrong in ["17_dlv_1.2", "17_dlv_1.x.3", "dlv_1.2.3"] {
            let mut faults = Faults::default();
            before(Some(wrong), &mut faults);
            assert_eq!(faults.0.len(), 1, "{wrong}");
        }
    }
}
