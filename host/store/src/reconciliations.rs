//! Reports of banks: the file as it was handed in, how it was read, and how many of its lines fit our movements. What a line
//! means for a payment is the commit road's business.

pub mod daily;
pub mod lines;
pub mod mappings;
pub mod progress;
pub mod shown;
pub mod uploads;

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use kamurj_domain::Mode;

/// A report that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `rep_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The provider's word.
    pub provider: String,
    /// The provider account, where it is of one.
    pub account_id: Option<String>,
    /// The file's name, as it was given.
    pub file_name: String,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// The time that it tells of, Unix milliseconds: from here,
    pub period_from: i64,
    /// until before here.
    pub period_to: i64,
    /// Rows of the file that tell of money.
    pub rows: i64,
    /// By which columns it was read, JSON.
    pub mapping: String,
    /// `reading`, `matching`, `done` or `failed`.
    pub state: String,
    /// What came of it.
    pub counts: Counts,
    /// Who handed it in, as in the journal.
    pub uploaded_by: String,
    /// When, Unix milliseconds.
    pub uploaded_at: i64,
    /// The file that is still to be read.
    pub upload_id: Option<String>,
    /// Movements in the first or last day of its time that no line tells of.
    pub edge: i64,
    /// Rows of the file that tell of no money.
    pub skipped: i64,
    /// By currency what both sides come to, JSON.
    pub totals: String,
    /// Why it failed, in a sentence.
    pub problem: Option<String>,
}

/// How lines and movements fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that are a movement of ours.
    pub matched: i64,
    /// Movements of ours that no line tells of.
    pub ours_only: i64,
    /// Lines that are no movement of ours.
    pub theirs_only: i64,
    /// Lines that are a movement of ours but say something else of it.
    pub differing: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    provider: String,
    account_id: Option<String>,
    file_name: String,
    sha256: String,
    period_from: i64,
    period_to: i64,
    rows: i64,
    mapping: String,
    state: String,
    matched: i64,
    ours_only: i64,
    theirs_only: i64,
    differing: i64,
    uploaded_by: String,
    uploaded_at: i64,
    upload_id: Option<String>,
    edge: i64,
    skipped: i64,
    totals: String,
    problem: Option<String>,
}

impl Row {
    fn into_report(self) -> Result<Report, Error> {
        let counts = Counts {
            matched: self.matched,
            ours_only: self.ours_only,
            theirs_only: self.theirs_only,
            differing: self.differing,
        };
        Ok(Report {
            mode: mode(&self.mode, "bank_reports", &self.id)?,
            id: self.id,
            merchant_id: self.merchant_id,
            provider: self.provider,
            account_id: self.account_id,
            file_name: self.file_name,
            sha256: self.sha256,
            period_from: self.period_from,
            period_to: self.period_to,
            rows: self.rows,
            mapping: self.mapping,
            state: self.state,
            counts,
            uploaded_by: self.uploaded_by,
            uploaded_at: self.uploaded_at,
            upload_id: self.upload_id,
            edge: self.edge,
            skipped: self.skipped,
            totals: self.totals,
            problem: self.problem,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, provider, account_id, file_name, sha256, period_from, period_to, rows, mapping, state,
    matched, ours_only, theirs_only, differing, uploaded_by, uploaded_at, upload_id, edge, skipped, totals, problem"
    };
}

const INSERT: &str = concat!(
    "
INSERT INTO bank_reports (",
    columns!(),
    ")
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
    $19, $20, $21, $22, $23)
ON CONFLICT (merchant_id, mode, sha256) DO NOTHING"
);

/// Keeps a report. `false`: the merchant handed this very file in before, in this mode, and nothing is written.
pub async fn insert(tx: &mut Tx, report: &Report) -> Result<bool, Error> {
    let rows = sql(INSERT)
        .bind(&report.id)
        .bind(&report.merchant_id)
        .bind(report.mode.word())
        .bind(&report.provider)
        .bind(report.account_id.as_deref())
        .bind(&report.file_name)
        .bind(&report.sha256)
        .bind(report.period_from)
        .bind(report.period_to)
        .bind(report.rows)
        .bind(&report.mapping)
        .bind(&report.state)
        .bind(report.counts.matched)
        .bind(report.counts.ours_only)
        .bind(report.counts.theirs_only)
        .bind(report.counts.differing)
        .bind(&report.uploaded_by)
        .bind(report.uploaded_at)
        .bind(report.upload_id.as_deref())
        .bind(report.edge)
        .bind(report.skipped)
        .bind(&report.totals)
        .bind(report.problem.as_deref())
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const FINISH: &str = "
UPDATE bank_reports SET state = 'done', matched = $2, ours_only = $3, theirs_only = $4, differing = $5
WHERE id = $1 AND state <> 'done'";

/// Notes what came of the comparison; answers whether that was not known before.
pub async fn finish(tx: &mut Tx, id: &str, counts: Counts) -> Result<bool, Error> {
    let query = sql(FINISH).bind(id).bind(counts.matched).bind(counts.ours_only);
    Ok(query.bind(counts.theirs_only).bind(counts.differing).run(tx).await? == 1)
}

const BY_ID: &str =
    concat!("SELECT ", columns!(), " FROM bank_reports WHERE merchant_id = $1 AND mode = $2 AND id = $3");

/// The merchant's report with this id, in this mode.
pub async fn by_id(tx: &mut Tx, (merchant_id, mode): (&str, Mode), id: &str) -> Result<Option<Report>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(merchant_id).bind(mode.word()).bind(id).optional(tx).await?;
    row.map(Row::into_report).transpose()
}

const BY_FILE: &str =
    concat!("SELECT ", columns!(), " FROM bank_reports WHERE merchant_id = $1 AND mode = $2 AND sha256 = $3");

/// The merchant's report that came in this very file.
pub async fn by_file(tx: &mut Tx, (merchant_id, mode): (&str, Mode), sha256: &str) -> Result<Option<Report>, Error> {
    let row: Option<Row> = sql(BY_FILE).bind(merchant_id).bind(mode.word()).bind(sha256).optional(tx).await?;
    row.map(Row::into_report).transpose()
}

const BY_NAME: &str = concat!("SELECT ", columns!(), " FROM bank_reports WHERE id = $1");

/// The report with this id, whosever it is: for whoever works on it.
pub async fn of_job(tx: &mut Tx, id: &str) -> Result<Option<Report>, Error> {
    let row: Option<Row> = sql(BY_NAME).bind(id).optional(tx).await?;
    row.map(Row::into_report).transpose()
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bank_reports
WHERE merchant_id = $1 AND mode = $2 AND uploaded_at <= $3 AND (uploaded_at < $3 OR id < $4)
ORDER BY uploaded_at DESC, id DESC
LIMIT $5"
);

/// The merchant's last reports in this mode, the newest first. `before`: the time and id of the last one of the page before.
pub async fn page(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    before: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Report>, Error> {
    let (before, id) = before.unwrap_or((i64::MAX, ""));
    let query = sql(PAGE).bind(merchant_id).bind(mode.word()).bind(before).bind(id).bind(limit);
    let rows: Vec<Row> = query.all(tx).await?;
    rows.into_iter().map(Row::into_report).collect()
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, FINISH, BY_ID, BY_FILE, BY_NAME, PAGE];
