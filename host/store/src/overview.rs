//! What a merchant sees first: counts and sums over the last weeks. Each statement reads its period from an index and nothing
//! beyond it; what a day or a month is, the caller knows.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;
use std::collections::BTreeMap;

/// Whose: the merchant's id, and the mode.
pub type Ours<'a> = (&'a str, Mode);

/// What was paid in one currency on one day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PaidDay {
    /// Which day: whole days of the caller's time zone since 1970.
    pub day: i64,
    /// The currency's letter code.
    pub currency: String,
    /// How many payments.
    pub count: i64,
    /// Taken for them, minor units.
    pub sum_minor: i64,
}

const PAID: &str = "
SELECT (paid_at + $5) / 86400000 AS day, currency, COUNT(*) AS count, CAST(SUM(captured_minor) AS BIGINT) AS sum_minor
FROM payments
WHERE merchant_id = $1 AND mode = $2 AND paid_at IS NOT NULL AND paid_at >= $3 AND paid_at < $4
GROUP BY (paid_at + $5) / 86400000, currency";

/// What was paid from a time until before another, Unix milliseconds, by day and currency. `offset_ms`: how far the caller's days
/// are ahead of UTC.
pub async fn paid(
    tx: &mut Tx,
    (merchant_id, mode): Ours<'_>,
    (from, to): (i64, i64),
    offset_ms: i64,
) -> Result<Vec<PaidDay>, Error> {
    sql(PAID).bind(merchant_id).bind(mode.word()).bind(from).bind(to).bind(offset_ms).all(tx).await
}

/// A sum in one currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    /// The currency's letter code.
    pub currency: String,
    /// Of how many.
    pub count: i64,
    /// Minor units.
    pub sum_minor: i64,
}

const REFUNDED: &str = "
SELECT currency, COUNT(*) AS count, CAST(SUM(amount_minor) AS BIGINT) AS sum_minor
FROM movements
WHERE merchant_id = $1 AND mode = $2 AND kind = 'refund' AND gone_at IS NULL AND at >= $3 AND at < $4
GROUP BY currency
ORDER BY currency";

/// What went back by refunds from a time until before another, Unix milliseconds.
pub async fn refunded(tx: &mut Tx, (merchant_id, mode): Ours<'_>, (from, to): (i64, i64)) -> Result<Vec<Sum>, Error> {
    sql(REFUNDED).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await
}

/// How far the payments of one channel came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// The channel's plugin; `None`: they came from no chat.
    pub channel: Option<String>,
    /// All that were made.
    pub made: i64,
    /// Those of them whose page a person opened.
    pub opened: i64,
    /// Those of them that somebody tried to pay.
    pub tried: i64,
    /// Those of them that were paid.
    pub paid: i64,
}

#[derive(sqlx::FromRow)]
struct Step {
    channel: Option<String>,
    step: i64,
    count: i64,
}

// Who paid had tried and who tried had opened, so that each payment is looked up no further than it must be. A subselect with
// LIMIT is looked up for each row; PostgreSQL would read the whole other table for an EXISTS.
const STEPS: &str = "
SELECT channel,
    CAST(CASE
        WHEN paid_at IS NOT NULL THEN 3
        WHEN (SELECT 1 FROM attempts WHERE attempts.payment_id = payments.id LIMIT 1) = 1 THEN 2
        WHEN (SELECT 1 FROM link_opens WHERE link_opens.payment_id = payments.id AND opens > 0 LIMIT 1) = 1 THEN 1
        ELSE 0
    END AS BIGINT) AS step,
    COUNT(*) AS count
FROM payments
WHERE merchant_id = $1 AND mode = $2 AND created_at >= $3 AND created_at < $4
GROUP BY channel, step";

/// How far the payments came that were made from a time until before another, Unix milliseconds: the channel with the most of them
/// first.
pub async fn channels(
    tx: &mut Tx,
    (merchant_id, mode): Ours<'_>,
    (from, to): (i64, i64),
) -> Result<Vec<Channel>, Error> {
    let steps: Vec<Step> = sql(STEPS).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await?;
    let mut channels: BTreeMap<Option<String>, Channel> = BTreeMap::new();
    for Step { channel, step, count } in steps {
        let sums = channels.entry(channel.clone()).or_insert_with(|| Channel { channel, ..Channel::default() });
        sums.made += count;
        for (least, sum) in [(1, &mut sums.opened), (2, &mut sums.tried), (3, &mut sums.paid)] {
            *sum += if step >= least { count } else { 0 };
        }
    }
    let mut channels: Vec<Channel> = channels.into_values().collect();
    channels.sort_by_key(|channel| std::cmp::Reverse(channel.made));
    Ok(channels)
}

/// Why payments were declined.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Decline {
    /// As the provider says it; empty where it says nothing.
    pub reason: String,
    /// How many attempts.
    pub count: i64,
}

// Both engines begin with the declines of the period, which are few.
const DECLINES: &str = "
SELECT COALESCE(facts.reason, '') AS reason, COUNT(DISTINCT facts.attempt_id) AS count
FROM facts CROSS JOIN payments
WHERE facts.kind = 'declined' AND facts.received_at >= $3 AND facts.evidence IN ('signed_notice', 'lookup', 'bank_report')
    AND payments.id = facts.payment_id AND payments.merchant_id || '' = $1 AND payments.mode || '' = $2
GROUP BY COALESCE(facts.reason, '')
ORDER BY COUNT(DISTINCT facts.attempt_id) DESC, COALESCE(facts.reason, '')
LIMIT 10";

/// The ten most frequent reasons for declines that were learned at this time or later, Unix milliseconds. An attempt counts once
/// for a reason, however often it was told.
pub async fn declines(tx: &mut Tx, (merchant_id, mode): Ours<'_>, from: i64) -> Result<Vec<Decline>, Error> {
    sql(DECLINES).bind(merchant_id).bind(mode.word()).bind(from).all(tx).await
}

/// An attempt whose end is not known.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Unknown {
    /// `pay_…`.
    pub payment_id: String,
    /// The merchant's order number.
    pub order_id: String,
    /// When the attempt was started, Unix milliseconds.
    pub started_at: i64,
}

// An end is known by what a provider proved, by its refusal to begin, and by a person's word. Only payments that wait for one
// are looked at.
const UNKNOWN: &str = "
SELECT payments.id AS payment_id, payments.order_id, attempts.started_at
FROM payments CROSS JOIN attempts
WHERE payments.merchant_id = $1 AND payments.mode = $2 AND payments.status IN ('pending', 'manual_review')
    AND attempts.payment_id = payments.id
    AND NOT EXISTS (
        SELECT 1 FROM facts
        WHERE facts.payment_id = payments.id AND facts.attempt_id = attempts.id
            AND (facts.kind = 'refused' OR (
                facts.kind IN ('approved', 'declined', 'abandoned', 'reversed', 'charged_back')
                AND facts.evidence IN ('signed_notice', 'lookup', 'bank_report'))))
ORDER BY attempts.started_at, attempts.id
LIMIT 1";

/// The oldest attempt whose end is not known, of payments that wait for it.
pub async fn oldest_unknown(tx: &mut Tx, (merchant_id, mode): Ours<'_>) -> Result<Option<Unknown>, Error> {
    sql(UNKNOWN).bind(merchant_id).bind(mode.word()).optional(tx).await
}

/// How an installation's deliveries go.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Integration {
    /// `ins_…`.
    pub installation_id: String,
    /// Its plugin.
    pub plugin: String,
    /// Deliveries of the period that are done.
    pub done: i64,
    /// All that are owed.
    pub owed: i64,
    /// Deliveries of the period that were given up.
    pub failed: i64,
    /// Since when the oldest is owed, Unix milliseconds.
    pub oldest_owed_at: Option<i64>,
}

const INTEGRATIONS: &str = "
SELECT id AS installation_id, plugin,
    (SELECT COUNT(*) FROM deliveries
        WHERE installation_id = installations.id AND state = 'done' AND deliveries.created_at >= $3) AS done,
    (SELECT COUNT(*) FROM deliveries WHERE installation_id = installations.id AND state = 'owed') AS owed,
    (SELECT COUNT(*) FROM deliveries
        WHERE installation_id = installations.id AND state = 'dead' AND deliveries.created_at >= $3) AS failed,
    (SELECT MIN(deliveries.created_at) FROM deliveries
        WHERE installation_id = installations.id AND state = 'owed') AS oldest_owed_at
FROM installations
WHERE merchant_id = $1 AND mode = $2 AND removed_at IS NULL
ORDER BY created_at, id";

/// How the deliveries of each installation go that were owed at this time or later, Unix milliseconds.
pub async fn integrations(tx: &mut Tx, (merchant_id, mode): Ours<'_>, from: i64) -> Result<Vec<Integration>, Error> {
    sql(INTEGRATIONS).bind(merchant_id).bind(mode.word()).bind(from).all(tx).await
}

/// What waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// How many exceptions are open.
    pub open: i64,
    /// Since when the oldest is, Unix milliseconds.
    pub oldest_at: Option<i64>,
}

const WAITING: &str = "
SELECT COUNT(*) AS open, MIN(opened_at) AS oldest_at FROM exceptions
WHERE merchant_id = $1 AND mode = $2 AND resolved_at IS NULL";

/// The merchant's open exceptions.
pub async fn waiting(tx: &mut Tx, (merchant_id, mode): Ours<'_>) -> Result<Waiting, Error> {
    Ok(sql(WAITING).bind(merchant_id).bind(mode.word()).optional(tx).await?.unwrap_or_default())
}

/// Every statement of the overview, for whoever looks at their plans.
pub fn statements() -> &'static [&'static str] {
    CATALOGUE
}

pub(crate) const CATALOGUE: &[&str] = &[PAID, REFUNDED, STEPS, DECLINES, UNKNOWN, INTEGRATIONS, WAITING];
