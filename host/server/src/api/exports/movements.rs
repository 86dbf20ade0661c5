//! `GET /v1/exports/movements.csv` and `.xlsx`: every movement of money of a time, for accounting.

use super::pipe::Pipe;
use super::table::{Totals, headings, title};
use super::{Asked, ExportQuery, file, must_be_whole, note, too_long};
use crate::access::Authenticated;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures::stream;
use kamurj_domain::Mode;
use kamurj_domain::format::Language;
use kamurj_reports::{CsvOut, Dialect, MAX_ROWS_OUT, Particulars, XlsxOut, XlsxOutError};
use kamurj_store::merchants::Caller;
use kamurj_store::movements::{self, Kept};
use std::io;
use std::sync::Arc;

/// Movements that are read in one transaction.
const PAGE: i64 = 1_000;
/// Rows of a workbook that are kept for the sums.
const FOR_SUMS: usize = 100;

/// Where the reading of movements is.
struct Walk {
    app: Arc<App>,
    whose: (String, Mode),
    range: (i64, i64),
    after: Option<(i64, String)>,
    is_over: bool,
}

impl Walk {
    fn new(app: &Arc<App>, caller: &Caller, asked: &Asked) -> Self {
        let whose = (caller.merchant_id.clone(), caller.mode);
        Self { app: app.clone(), whose, range: (asked.from, asked.to), after: None, is_over: false }
    }

    /// The next movements; no transaction stays open.
    async fn next(&mut self) -> Result<Vec<Kept>, kamurj_store::Error> {
        let mut tx = self.app.db.read().await?;
        let after = self.after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = movements::between(&mut tx, (&self.whose.0, self.whose.1), self.range, after, PAGE).await?;
        self.is_over = i64::try_from(page.len()).is_ok_and(|length| length < PAGE);
        if let Some(last) = page.last() {
            self.after = Some((last.movement.at, last.movement.id.clone()));
        }
        Ok(page)
    }
}

/// Every movement of money of a time as CSV, with what each kind comes to at its end.
#[utoipa::path(
    get,
    path = "/v1/exports/movements.csv",
    tag = "exports",
    params(ExportQuery),
    responses(
        (status = 200, description = "The table, in UTF-8 with a byte order mark; with semicolons and decimal commas in Armenian and Russian", body = String, content_type = "text/csv"),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong time or language", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 503, description = "The movements are being prepared: try again in a minute", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["exports"]))
)]
pub async fn csv(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let asked = query.read()?;
    must_be_whole(&app).await?;
    let name = asked.file_name("movements", "csv");
    let leaving = Leaving::new(Walk::new(&app, &caller, &asked), asked.language).map_err(|_| unwritable())?;
    note(&app, &caller, &name, &query).await?;
    let pages = stream::try_unfold(Some(leaving), |leaving| async {
        match leaving {
            Some(leaving) => leaving.next().await.map(Some),
            None => Ok(None),
        }
    });
    Ok(file(&name, "text/csv; charset=utf-8", Body::from_stream(pages)))
}

fn unwritable() -> Problem {
    Problem::new(Kind::Unavailable, "The file cannot be written. Try again in a minute.")
}

/// A table that is leaving.
struct Leaving {
    walk: Walk,
    out: CsvOut<Pipe>,
    pipe: Pipe,
    totals: Totals,
    language: Language,
}

impl Leaving {
    fn new(walk: Walk, language: Language) -> io::Result<Self> {
        let dialect = match language {
            Language::En => Dialect::Comma,
            Language::Hy | Language::Ru => Dialect::Semicolon,
        };
        let pipe = Pipe::default();
        let out = CsvOut::new(pipe.clone(), dialect, language, &headings(language))?;
        Ok(Self { walk, out, pipe, totals: Totals::default(), language })
    }

    /// The next bytes, and what is left to leave.
    async fn next(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let page = self.walk.next().await.map_err(io::Error::other)?;
        for kept in &page {
            self.totals.row(kept, self.language, |cells| self.out.row(cells))?;
        }
        if !self.walk.is_over {
            return Ok((self.pipe.taken(), Some(self)));
        }
        self.totals.rows(self.language, |cells| self.out.row(cells))?;
        self.out.finish()?;
        Ok((self.pipe.taken(), None))
    }
}

/// Every movement of money of a time as a workbook, with what each kind comes to at its end.
#[utoipa::path(
    get,
    path = "/v1/exports/movements.xlsx",
    tag = "exports",
    params(ExportQuery),
    responses(
        (status = 200, description = "The workbook", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong time or language, or more movements than a workbook holds", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 503, description = "The movements are being prepared: try again in a minute", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["exports"]))
)]
pub async fn xlsx(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let asked = query.read()?;
    must_be_whole(&app).await?;
    let name = asked.file_name("movements", "xlsx");
    let mut walk = Walk::new(&app, &caller, &asked);
    let mut rows = Vec::new();
    while !walk.is_over {
        rows.extend(walk.next().await?);
        if rows.len() > MAX_ROWS_OUT - FOR_SUMS {
            let most = MAX_ROWS_OUT - FOR_SUMS;
            return Err(too_long(format!("more than {most} movements: choose a shorter period, or take CSV")));
        }
    }
    note(&app, &caller, &name, &query).await?;
    let now = app.now();
    let written = tokio::task::spawn_blocking(move || workbook(&rows, asked.language, now)).await;
    let bytes = written.map_err(|_| unwritable())?.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a workbook cannot be written");
        unwritable()
    })?;
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(&name, media_type, Body::from(bytes)))
}

fn workbook(rows: &[Kept], language: Language, made_at_ms: i64) -> Result<Vec<u8>, XlsxOutError> {
    let title = title(language);
    let particulars = Particulars { title, sheet: title, made_at_ms, language };
    let mut out = XlsxOut::new(&particulars, &headings(language))?;
    let mut totals = Totals::default();
    for kept in rows {
        totals.row(kept, language, |cells| out.row(cells))?;
    }
    totals.rows(language, |cells| out.row(cells))?;
    let mut bytes = Vec::new();
    out.finish(&mut bytes)?;
    Ok(bytes)
}
