//! Lines of a report, and movements that none tells of, as people read them: with the order, what we know, and what a person is
//! told of it.

use crate::db::{Error, Tx, sql};

/// A line with what we know of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// The row of the file.
    pub line: i64,
    /// The verdict's word.
    pub verdict: String,
    /// The bank's reference.
    pub reference: Option<String>,
    /// Our order number at the provider, as the bank names it.
    pub order_number: Option<String>,
    /// `payment`, `refund`, `reversal` or `chargeback`.
    pub kind: String,
    /// Minor units.
    pub amount_minor: i64,
    /// The currency's letter code.
    pub currency: String,
    /// What the bank kept, minor units.
    pub fee_minor: Option<i64>,
    /// When, Unix milliseconds.
    pub at: Option<i64>,
    /// The payment.
    pub payment_id: Option<String>,
    /// The merchant's order number of it.
    pub order_id: Option<String>,
    /// What differs, in words.
    pub differs: Option<String>,
    /// What we know to have moved, minor units.
    pub ours_minor: Option<i64>,
    /// In which currency.
    pub ours_currency: Option<String>,
    /// What a person is told of it.
    pub exception_id: Option<String>,
}

const LINES: &str = "
SELECT lines.line, lines.verdict, lines.reference, lines.order_number, lines.kind, lines.amount_minor, lines.currency,
    lines.fee_minor, lines.at, lines.payment_id, payments.order_id, lines.differs,
    movements.amount_minor AS ours_minor, movements.currency AS ours_currency, lines.exception_id
FROM bank_report_lines AS lines
LEFT JOIN movements ON movements.id = lines.movement_id
LEFT JOIN payments ON payments.id = lines.payment_id
WHERE lines.report_id = $1 AND (CAST($2 AS TEXT) IS NULL OR lines.verdict = $2) AND lines.line > $3
ORDER BY lines.line
LIMIT $4";

/// Lines of a report after a row, in the order of the file; of one verdict where one is named. The caller knows that the report is
/// theirs.
pub async fn lines(
    tx: &mut Tx,
    report_id: &str,
    verdict: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    sql(LINES).bind(report_id).bind(verdict).bind(after).bind(limit).all(tx).await
}

/// A movement that no line tells of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Absence {
    /// The movement.
    pub movement_id: String,
    /// Its payment.
    pub payment_id: String,
    /// The merchant's order number of it.
    pub order_id: String,
    /// The movement's kind.
    pub kind: String,
    /// Minor units.
    pub amount_minor: i64,
    /// The currency's letter code.
    pub currency: String,
    /// When it moved, Unix milliseconds.
    pub at: i64,
    /// The provider's reference.
    pub reference: Option<String>,
    /// What a person is told of it.
    pub exception_id: Option<String>,
}

const ABSENCES: &str = "
SELECT movements.id AS movement_id, movements.payment_id, payments.order_id, movements.kind, movements.amount_minor,
    movements.currency, movements.at, movements.reference, report_absences.exception_id
FROM report_absences
JOIN movements ON movements.id = report_absences.movement_id
JOIN payments ON payments.id = movements.payment_id
WHERE report_id = $1 AND (movements.at > $2 OR (movements.at = $2 AND movements.id > $3))
ORDER BY movements.at, movements.id
LIMIT $4";

/// Movements that no line of the report tells of, after this time and id, the earliest first. The caller knows that the report is theirs.
pub async fn absences(tx: &mut Tx, report_id: &str, (at, id): (i64, &str), limit: i64) -> Result<Vec<Absence>, Error> {
    sql(ABSENCES).bind(report_id).bind(at).bind(id).bind(limit).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[LINES, ABSENCES];
