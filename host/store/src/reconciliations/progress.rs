//! How far the work on a bank's report is, so that it goes on after a crash where it stopped. What is done at each step is the
//! worker's business.

use super::lines::{Absence, Line};
use super::{Counts, Report};
use crate::db::{Error, Tx, sql};

const AGAIN: &str = "
UPDATE bank_reports SET
    provider = $2, account_id = $3, file_name = $4, period_from = $5, period_to = $6, rows = $7, mapping = $8,
    uploaded_by = $9, uploaded_at = $10, upload_id = $11, skipped = $12, state = 'reading', problem = NULL, edge = 0,
    last_line = 0, last_absence = '', matched = 0, ours_only = 0, theirs_only = 0, differing = 0, totals = '[]'
WHERE id = $1 AND state = 'failed'";

/// Begins anew with a report that failed; answers whether it had.
pub async fn again(tx: &mut Tx, id: &str, report: &Report) -> Result<bool, Error> {
    let rows = sql(AGAIN)
        .bind(id)
        .bind(&report.provider)
        .bind(report.account_id.as_deref())
        .bind(&report.file_name)
        .bind(report.period_from)
        .bind(report.period_to)
        .bind(report.rows)
        .bind(&report.mapping)
        .bind(&report.uploaded_by)
        .bind(report.uploaded_at)
        .bind(report.upload_id.as_deref())
        .bind(report.skipped)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const CLEAR_LINES: &str = "DELETE FROM bank_report_lines WHERE report_id = $1";
const CLEAR_ABSENCES: &str = "DELETE FROM report_absences WHERE report_id = $1";

/// Removes what was kept of a comparison that was cut off.
pub async fn clear(tx: &mut Tx, id: &str) -> Result<(), Error> {
    for text in [CLEAR_LINES, CLEAR_ABSENCES] {
        sql(text).bind(id).run(tx).await?;
    }
    Ok(())
}

const COMPARED: &str = "
UPDATE bank_reports SET
    state = 'matching', upload_id = NULL, matched = $2, ours_only = $3, theirs_only = $4, differing = $5, edge = $6,
    totals = $7
WHERE id = $1 AND state = 'reading'";

/// Notes that every line is kept with its verdict.
pub async fn compared(tx: &mut Tx, id: &str, counts: Counts, edge: i64, totals: &str) -> Result<(), Error> {
    sql(COMPARED)
        .bind(id)
        .bind(counts.matched)
        .bind(counts.ours_only)
        .bind(counts.theirs_only)
        .bind(counts.differing)
        .bind(edge)
        .bind(totals)
        .run(tx)
        .await?;
    Ok(())
}

const FAIL: &str = "
UPDATE bank_reports SET state = 'failed', problem = $2, upload_id = NULL WHERE id = $1 AND state = 'reading'";

/// Notes why a report cannot be read.
pub async fn fail(tx: &mut Tx, id: &str, problem: &str) -> Result<(), Error> {
    sql(FAIL).bind(id).bind(problem).run(tx).await?;
    Ok(())
}

/// How far what a report says was learned.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reached {
    /// The last line.
    pub last_line: i64,
    /// The last movement that no line tells of.
    pub last_absence: String,
}

const REACHED: &str = "SELECT last_line, last_absence FROM bank_reports WHERE id = $1";

/// How far what the report says was learned.
pub async fn reached(tx: &mut Tx, id: &str) -> Result<Option<Reached>, Error> {
    sql(REACHED).bind(id).optional(tx).await
}

const TELLING: &str = "
SELECT line, reference, order_number, kind, amount_minor, currency, fee_minor, at, verdict, movement_id, payment_id,
    differs
FROM bank_report_lines
WHERE report_id = $1 AND line > $2 AND (verdict <> 'matched' OR kind <> 'payment')
ORDER BY line
LIMIT $3";

/// Lines after this one that may say something new: all but payments that are known as they are.
pub async fn telling(tx: &mut Tx, id: &str, after: i64, limit: i64) -> Result<Vec<Line>, Error> {
    sql(TELLING).bind(id).bind(after).bind(limit).all(tx).await
}

const SETTLE_LINE: &str = "
UPDATE bank_report_lines SET verdict = $3, movement_id = $4, payment_id = $5, exception_id = $6
WHERE report_id = $1 AND line = $2";
const PASS_LINE: &str = "UPDATE bank_reports SET last_line = $2 WHERE id = $1";

/// Notes what became of a line, in the transaction that learned it.
pub async fn settle_line(tx: &mut Tx, id: &str, line: &Line, exception: Option<&str>) -> Result<(), Error> {
    sql(SETTLE_LINE)
        .bind(id)
        .bind(line.line)
        .bind(&line.verdict)
        .bind(line.movement_id.as_deref())
        .bind(line.payment_id.as_deref())
        .bind(exception)
        .run(tx)
        .await?;
    sql(PASS_LINE).bind(id).bind(line.line).run(tx).await?;
    Ok(())
}

const SETTLE_ABSENCE: &str = "UPDATE report_absences SET exception_id = $3 WHERE report_id = $1 AND movement_id = $2";
const PASS_ABSENCE: &str = "UPDATE bank_reports SET last_absence = $2 WHERE id = $1";

/// Notes what a person is told of a movement that no line tells of.
pub async fn settle_absence(tx: &mut Tx, id: &str, absence: &Absence, exception: Option<&str>) -> Result<(), Error> {
    sql(SETTLE_ABSENCE).bind(id).bind(&absence.movement_id).bind(exception).run(tx).await?;
    sql(PASS_ABSENCE).bind(id).bind(&absence.movement_id).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const HAS: &str = "SELECT COUNT(*) AS count FROM bank_report_lines WHERE movement_id = $1 AND report_id = $2";

/// Whether a line of this report is the movement.
pub async fn has(tx: &mut Tx, id: &str, movement_id: &str) -> Result<bool, Error> {
    let found: Option<Count> = sql(HAS).bind(movement_id).bind(id).optional(tx).await?;
    Ok(found.is_some_and(|found| found.count > 0))
}

const ANY_HAS: &str = "SELECT COUNT(*) AS count FROM bank_report_lines WHERE movement_id = $1";

/// Whether a line of any report is the movement.
pub async fn any_has(tx: &mut Tx, movement_id: &str) -> Result<bool, Error> {
    let found: Option<Count> = sql(ANY_HAS).bind(movement_id).optional(tx).await?;
    Ok(found.is_some_and(|found| found.count > 0))
}

#[derive(sqlx::FromRow)]
struct Tally {
    verdict: String,
    count: i64,
}

const TALLY: &str = "SELECT verdict, COUNT(*) AS count FROM bank_report_lines WHERE report_id = $1 GROUP BY verdict";

/// How lines fit now; what only we have is not counted.
pub async fn tally(tx: &mut Tx, id: &str) -> Result<Counts, Error> {
    let rows: Vec<Tally> = sql(TALLY).bind(id).all(tx).await?;
    let of = |word: &str| rows.iter().find(|row| row.verdict == word).map_or(0, |row| row.count);
    Ok(Counts { matched: of("matched"), differing: of("differing"), theirs_only: of("theirs_only"), ours_only: 0 })
}

pub(crate) const CATALOGUE: &[&str] = &[
    AGAIN,
    CLEAR_LINES,
    CLEAR_ABSENCES,
    COMPARED,
    FAIL,
    REACHED,
    TELLING,
    SETTLE_LINE,
    PASS_LINE,
    SETTLE_ABSENCE,
    PASS_ABSENCE,
    HAS,
    ANY_HAS,
    TALLY,
];
