//! `POST /v1/reconciliations`: a file that was handed in becomes a report, by the columns that somebody confirms. Whatever cannot be read
//! is told here, at once; what follows is the worker's.

use super::mapping_body::MappingBody;
use super::report_body::ReportBody;
use super::{base_name, provider_fault};
use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::Whole;
use crate::problem::{FieldError, MEDIA_TYPE, Problem, ProblemBody};
use crate::reconciling::{reading, uploads};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_reports::{Mapping, Reading, read};
use kamurj_store::jobs::{self, Kind as Work};
use kamurj_store::merchants::Caller;
use kamurj_store::reconciliations::{self as reports, Counts, Report, mappings, progress, uploads as kept};
use kamurj_store::{Tx, provider_accounts};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest time of a report, in milliseconds.
const LONGEST_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// A file, and how it is read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReportBody {
    /// `upl_…`, from the preview.
    pub upload: String,
    /// The provider's word.
    pub provider: String,
    /// `acc_…`, where the report is of one account alone.
    #[serde(default)]
    pub account: Option<String>,
    /// RFC 3339: the time that the report tells of, from here,
    pub from: String,
    /// until before here; 366 days at most.
    pub to: String,
    /// The file's name.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Which column is what. It is remembered for the provider's next report.
    #[serde(deserialize_with = "body::object")]
    pub mapping: MappingBody,
}

/// Compare a bank's report with what we know. The answer is the report as it begins; its own address tells how far it is.
///
/// The same file is taken once: handed in again, it answers the report that it is already.
#[utoipa::path(
    post,
    path = "/v1/reconciliations",
    tag = "reconciliation",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewReportBody,
    responses(
        (status = 202, description = "The report, which is being compared", body = ReportBody),
        (status = 200, description = "The report that this very file is already", body = ReportBody),
        Writing,
        (status = 422, description = "Wrong fields, or a reused idempotency key; a mapping that does not fit, or rows that cannot be read, by pointers into `/mapping`", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/reconciliations", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewReportBody = body::read(&bytes)?;
    let whose = (caller.merchant_id.as_str(), caller.mode);
    let period = body.check(&mut write.tx, &caller).await?;
    let upload = kept::by_id(&mut write.tx, whose, &body.upload).await?.filter(|one| one.expires_at > app.now());
    let upload = upload.ok_or_else(|| invalid("/upload", "is not kept any more: hand the file in again"))?;
    if let Some(known) = reports::by_file(&mut write.tx, whose, &upload.sha256).await?
        && known.state != "failed"
    {
        let shown = ReportBody::named(&mut write.tx, known).await?;
        return write.answer(&app, 200, &shown).await;
    }
    let paused = write.pause().await?;
    let (sha256, upload_id, named) = (upload.sha256.clone(), upload.id.clone(), upload.file_name.clone());
    let bytes = uploads::opened(&app, upload).await?;
    let chosen = body.mapping.clone();
    let reading = move || read_by(&bytes, &chosen);
    let read = tokio::task::spawn_blocking(reading).await.map_err(|_| uploads::broken())?;
    let (mapping, rows, skipped) = read.map_err(Problem::invalid)?;
    let mut write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let file_name = body.file_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&named);
    let report = Report {
        id: app.ids.new_id("rep"),
        merchant_id: caller.merchant_id.clone(),
        mode: caller.mode,
        provider: body.provider.clone(),
        account_id: body.account.clone(),
        file_name: base_name(file_name),
        sha256,
        period_from: period.0,
        period_to: period.1,
        rows,
        mapping: serde_json::to_string(&mapping).expect("a mapping is made of JSON values"),
        state: "reading".to_owned(),
        counts: Counts::default(),
        uploaded_by: caller.actor(),
        uploaded_at: app.now(),
        upload_id: Some(upload_id),
        edge: 0,
        skipped,
        totals: "[]".to_owned(),
        problem: None,
    };
    let report = begun(&mut write.tx, report).await?;
    if report.state == "reading" {
        jobs::put(&mut write.tx, Work::Report, &report.id, app.now()).await?;
        let remembered = serde_json::to_string(&body.mapping).expect("a mapping is made of JSON values");
        mappings::set(&mut write.tx, whose, &body.provider, &remembered, app.now()).await?;
    }
    let status = if report.state == "reading" { 202 } else { 200 };
    let shown = ReportBody::named(&mut write.tx, report).await?;
    write.answer(&app, status, &shown).await
}

/// Keeps the report; the one that somebody else made of this file meanwhile, or one that failed and is begun anew.
async fn begun(tx: &mut Tx, report: Report) -> Result<Report, Problem> {
    let whose = (report.merchant_id.clone(), report.mode);
    if !reports::insert(tx, &report).await?
        && let Some(known) = reports::by_file(tx, (&whose.0, whose.1), &report.sha256).await?
    {
        progress::again(tx, &known.id, &report).await?;
        let again = reports::of_job(tx, &known.id).await?;
        return Ok(again.unwrap_or(known));
    }
    Ok(report)
}

/// By which mapping the file is read, and how many lines and other rows it has.
fn read_by(bytes: &[u8], chosen: &MappingBody) -> Result<(Mapping, i64, i64), Vec<FieldError>> {
    let reading = Reading { header_row: chosen.header_row, sheet: chosen.sheet.as_deref(), delimiter: None };
    let refused = |detail: String| vec![FieldError { pointer: "/mapping/header_row".to_owned(), detail }];
    let table = read(bytes, &reading).map_err(|refusal| refused(refusal.to_string()))?;
    let within = |faults: Vec<FieldError>| {
        let moved = faults.into_iter();
        moved.map(|fault| FieldError { pointer: format!("/mapping{}", fault.pointer), ..fault }).collect::<Vec<_>>()
    };
    let mut mapping = chosen.read(&table).map_err(within)?;
    mapping.header_row = Some(table.header_row);
    let report = reading::lines(&table, &mapping).map_err(within)?;
    let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    Ok((mapping, count(report.lines.len()), count(report.totals.len() + report.passed_over.len())))
}

fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}

impl NewReportBody {
    /// The time that the report tells of, where nothing is wrong with what surrounds the mapping.
    async fn check(&self, tx: &mut Tx, caller: &Caller) -> Result<(i64, i64), Problem> {
        let mut faults = Faults::default();
        faults.0.extend(provider_fault(&self.provider));
        faults.optional("/file_name", self.file_name.as_deref());
        let mut at = |pointer: &str, text: &str| {
            let at = time::parse(text);
            if at.is_none() {
                faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z");
            }
            at.unwrap_or_default()
        };
        let (from, to) = (at("/from", &self.from), at("/to", &self.to));
        if faults.0.is_empty() && from >= to {
            faults.add("/to", "must be later than `from`");
        }
        if faults.0.is_empty() && to - from > LONGEST_MS {
            faults.add("/to", "must be at most 366 days after `from`: hand in reports of shorter times");
        }
        if let Some(account) = &self.account {
            let known = provider_accounts::all_of(tx, &caller.merchant_id, caller.mode).await?;
            if !known.iter().any(|one| one.id == *account && one.provider == self.provider) {
                faults.add("/account", format!("is no account of yours at `{}` in this mode", self.provider));
            }
        }
        faults.end()?;
        Ok((from, to))
    }
}
