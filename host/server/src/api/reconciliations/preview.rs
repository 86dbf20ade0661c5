//! `POST /v1/reconciliations/preview`: a bank's file handed in, with a first idea of which column is what. Nothing is compared yet.

use super::mapping_body::{MappingBody, names};
use super::{base_name, provider_fault};
use crate::access::Authenticated;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::Query;
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::reconciling::{reading, uploads};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_reports::{MAX_BYTES, Reading, Refusal, Table, guess, read};
use kamurj_store::reconciliations::mappings;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Rows that are shown of a table.
const SAMPLE: usize = 5;
/// Characters that are shown of a cell.
const SAMPLE_CELL: usize = 120;

/// Which file it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// The provider's word: `rbs`, `idram`, …
    pub provider: Option<String>,
    /// The file's name.
    pub file_name: Option<String>,
    /// The row with the names of the columns, counted from 1; found by itself where it is left out.
    pub header_row: Option<usize>,
    /// The sheet of a workbook; the first where it is left out.
    pub sheet: Option<String>,
}

/// What is in a file, and by which columns it would be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBody {
    /// The row with the names of the columns, counted from 1.
    pub header_row: usize,
    /// Their names. A column without one has its number, such as `#3`.
    pub columns: Vec<String>,
    /// The first rows.
    pub sample: Vec<Vec<String>>,
    /// Which column is what: as somebody chose it last, or guessed.
    pub mapping: MappingBody,
    /// `upl_…`: the file, kept for an hour.
    pub upload: String,
    /// The provider's word.
    pub provider: String,
    /// The file's name.
    pub file_name: String,
    /// Whether the mapping is the one that somebody chose last.
    pub remembered: bool,
    /// What would be refused with this mapping, by pointers into it.
    pub problems: Vec<FieldError>,
}

/// Hand in a bank's report: CSV or XLSX. It is kept for an hour, until it is said by which columns it is read.
#[utoipa::path(
    post,
    path = "/v1/reconciliations/preview",
    tag = "reconciliation",
    params(
        PreviewQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file's bytes: 10 MB and 200,000 rows at most"),
    responses(
        (status = 200, description = "What is in it", body = PreviewBody),
        Writing,
        (status = 409, description = "Ten files wait already, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 413, description = "The file is larger than 10 MB", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn preview(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PreviewQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let provider = query.provider.clone().unwrap_or_default();
    if let Some(fault) = provider_fault(&provider) {
        return Err(Problem::invalid(vec![fault]));
    }
    let file_name = base_name(query.file_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or("report"));
    let bytes = axum::body::to_bytes(body, MAX_BYTES)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, Refusal::Bytes.to_string()))?;
    let route =
        format!("POST /v1/reconciliations/preview {provider} {file_name} {:?} {:?}", query.header_row, query.sheet);
    let paused = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write.pause().await?,
    };
    let whose = (caller.merchant_id.as_str(), caller.mode);
    let remembered = mappings::get(&mut app.db.read().await?, whose, &provider).await?;
    let remembered = remembered.and_then(|text| serde_json::from_str::<MappingBody>(&text).ok());
    let (looked_at, asked) = (bytes.clone(), (query.header_row, query.sheet.clone()));
    let looking = move || look(&looked_at, &asked, remembered);
    let looked = tokio::task::spawn_blocking(looking).await.map_err(|_| uploads::broken())?;
    let seen = looked.map_err(|refusal| refused(&refusal))?;
    let upload = uploads::sealed(&app, bytes, (&provider, &file_name)).await?;
    let mut write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    uploads::keep(&mut write.tx, whose, &upload).await?;
    let shown = PreviewBody { upload: upload.id, provider, file_name, ..seen };
    write.answer(&app, 200, &shown).await
}

fn refused(refusal: &Refusal) -> Problem {
    let pointer =
        if matches!(refusal, Refusal::NoHeader | Refusal::HeaderRow { .. }) { "/header_row" } else { "/file" };
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: refusal.to_string() }])
}

/// Reads the table as somebody says, or as it was read the last time, or as it seems to be.
fn look(
    bytes: &Bytes,
    (header_row, sheet): &(Option<usize>, Option<String>),
    remembered: Option<MappingBody>,
) -> Result<PreviewBody, Refusal> {
    let table = read(bytes, &Reading { header_row: *header_row, sheet: sheet.as_deref(), delimiter: None })?;
    if let Some(body) = remembered {
        let here = MappingBody { header_row: Some(table.header_row), sheet: sheet.clone(), ..body.clone() };
        if here.read(&table).is_ok() {
            return Ok(shown(&table, here, true));
        }
        // Where the header is found otherwise this time, it may still stand where it stood.
        if header_row.is_none()
            && let Ok(table) =
                read(bytes, &Reading { header_row: body.header_row, sheet: sheet.as_deref(), delimiter: None })
            && body.read(&table).is_ok()
        {
            return Ok(shown(&table, body, true));
        }
    }
    let mut guessed = MappingBody::of(&guess(&table), &table);
    guessed.sheet.clone_from(sheet);
    Ok(shown(&table, guessed, false))
}

fn shown(table: &Table, mapping: MappingBody, remembered: bool) -> PreviewBody {
    let problems = mapping.read(table).and_then(|read| reading::lines(table, &read).map(|_| ()));
    let columns = names(table);
    let cell = |text: &str| text.chars().take(SAMPLE_CELL).collect::<String>();
    let sample = table.rows.iter().take(SAMPLE);
    PreviewBody {
        header_row: table.header_row,
        sample: sample.map(|row| (0..columns.len()).map(|place| cell(row.text(place))).collect()).collect(),
        columns,
        problems: problems.err().unwrap_or_default(),
        mapping,
        remembered,
        upload: String::new(),
        provider: String::new(),
        file_name: String::new(),
    }
}
