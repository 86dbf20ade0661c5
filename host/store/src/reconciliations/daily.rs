//! What each day comes to on three sides: by our movements, by the lines of a bank's report, and by what back offices show otherwise.
//! Days are Yerevan's, counted from the first of 1970.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

/// What a day comes to on one side: what came less what went back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    /// The day.
    pub day: i64,
    /// The provider's word; empty for a report's, whose provider is known.
    pub provider: String,
    /// The provider account.
    pub account_id: Option<String>,
    /// The currency's letter code.
    pub currency: String,
    /// How many movements, or lines.
    pub count: i64,
    /// Minor units.
    pub sum_minor: i64,
}

// Armenia has kept UTC+4 without summer time since 2012: 14,400,000 milliseconds.
const OURS: &str = "
SELECT day, provider, account_id, currency, COUNT(*) AS count, CAST(SUM(minor) AS BIGINT) AS sum_minor
FROM (
    SELECT (at + 14400000) / 86400000 AS day, provider, account_id, currency,
        CASE WHEN kind IN ('capture', 'surplus') THEN amount_minor ELSE -amount_minor END AS minor
    FROM movements
    WHERE merchant_id = $1 AND mode = $2 AND gone_at IS NULL AND provider IS NOT NULL AND at >= $3 AND at < $4
) AS moved
GROUP BY day, provider, account_id, currency
ORDER BY day, provider, account_id, currency";

/// Our movements from a time until before another, by day.
pub async fn ours(tx: &mut Tx, (merchant_id, mode): (&str, Mode), (from, to): (i64, i64)) -> Result<Vec<Sum>, Error> {
    sql(OURS).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await
}

/// A report whose lines stand beside our movements.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Covering {
    /// `rep_…`.
    pub id: String,
    /// The provider's word.
    pub provider: String,
    /// The provider account, where it is of one.
    pub account_id: Option<String>,
    /// The time that it tells of, Unix milliseconds: from here,
    pub period_from: i64,
    /// until before here.
    pub period_to: i64,
}

const COVERING: &str = "
SELECT id, provider, account_id, period_from, period_to
FROM bank_reports
WHERE merchant_id = $1 AND mode = $2 AND state IN ('matching', 'done') AND period_to > $3 AND period_from < $4
ORDER BY uploaded_at DESC, id DESC
LIMIT 400";

/// Reports that tell of this time, the newest first.
pub async fn covering(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    (from, to): (i64, i64),
) -> Result<Vec<Covering>, Error> {
    sql(COVERING).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await
}

// Banks date what happens about midnight otherwise than providers do: a line that is a movement stands on the movement's day.
const BANKS: &str = "
SELECT day, '' AS provider, CAST(NULL AS TEXT) AS account_id, currency, COUNT(*) AS count,
    CAST(SUM(minor) AS BIGINT) AS sum_minor
FROM (
    SELECT (COALESCE(movements.at, lines.at, bank_reports.period_from) + 14400000) / 86400000 AS day, lines.currency,
        CASE WHEN lines.kind = 'payment' THEN lines.amount_minor ELSE -lines.amount_minor END AS minor
    FROM bank_report_lines AS lines
    JOIN bank_reports ON bank_reports.id = lines.report_id
    LEFT JOIN movements ON movements.id = lines.movement_id
    WHERE lines.report_id = $1
) AS told
GROUP BY day, currency
ORDER BY day, currency";

/// What the lines of a report come to, by day. The caller knows that it is theirs.
pub async fn banks(tx: &mut Tx, report_id: &str) -> Result<Vec<Sum>, Error> {
    sql(BANKS).bind(report_id).all(tx).await
}

/// How many payments back offices show otherwise than they are.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Shown {
    /// The day on which their money moved.
    pub day: i64,
    /// The provider's word.
    pub provider: String,
    /// How many payments.
    pub differing: i64,
}

const CRMS: &str = "
SELECT day, provider, COUNT(*) AS differing
FROM (
    SELECT DISTINCT (movements.at + 14400000) / 86400000 AS day, movements.provider, movements.payment_id
    FROM installations
    JOIN comparisons ON comparisons.installation_id = installations.id
    JOIN differences ON differences.comparison_id = comparisons.id
    JOIN movements ON movements.payment_id = differences.payment_id
    WHERE installations.merchant_id = $1 AND installations.mode = $2 AND installations.removed_at IS NULL
        AND comparisons.ended_at IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM comparisons AS newer
            WHERE newer.installation_id = installations.id AND newer.ended_at > comparisons.ended_at)
        AND movements.gone_at IS NULL AND movements.provider IS NOT NULL AND movements.at >= $3 AND movements.at < $4
) AS found
GROUP BY day, provider
ORDER BY day, provider";

/// What the newest comparison of each back office found of payments whose money moved in this time.
pub async fn crms(tx: &mut Tx, (merchant_id, mode): (&str, Mode), (from, to): (i64, i64)) -> Result<Vec<Shown>, Error> {
    sql(CRMS).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[OURS, COVERING, BANKS, CRMS];
