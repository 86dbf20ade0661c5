//! What limits against guessing and card testing count: attempts from one network, and payments that banks declined lately.
//! When a message reached us is read here, and by no rule about money.

use crate::db::{Error, Tx, sql};
use crate::payments::json;
use kamurj_domain::Mode;

/// How long a network that started nothing is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(sqlx::FromRow)]
struct Times {
    attempts: String,
}

const TOUCH: &str = "
INSERT INTO origins (origin, attempts, last_at) VALUES ($1, '[]', $2)
ON CONFLICT (origin) DO UPDATE SET last_at = excluded.last_at
RETURNING attempts";

const KEEP: &str = "UPDATE origins SET attempts = $2 WHERE origin = $1";

const FORGET: &str = "DELETE FROM origins WHERE last_at < $1";

/// Counts an attempt from this network, unless so many were started from there since then; holds the network's row until the
/// transaction ends, so that of many at once none is counted wrongly. Answers when the attempts were that are in the way, the
/// newest first; none where this one was counted.
pub async fn start_from(tx: &mut Tx, origin: &str, most: usize, since: i64, now: i64) -> Result<Vec<i64>, Error> {
    sql(FORGET).bind(now - REMEMBERED_MS).run(tx).await?;
    let row: Option<Times> = sql(TOUCH).bind(origin).bind(now).optional(tx).await?;
    let mut times = read(row, origin, since)?;
    if times.len() >= most {
        return Ok(times);
    }
    times.insert(0, now);
    sql(KEEP).bind(origin).bind(json(&times)).run(tx).await?;
    Ok(Vec::new())
}

const STARTED_FROM: &str = "SELECT attempts FROM origins WHERE origin = $1";

/// When attempts were started from this network since then, the newest first.
pub async fn started_from(tx: &mut Tx, origin: &str, since: i64) -> Result<Vec<i64>, Error> {
    read(sql(STARTED_FROM).bind(origin).optional(tx).await?, origin, since)
}

fn read(row: Option<Times>, origin: &str, since: i64) -> Result<Vec<i64>, Error> {
    let Some(row) = row else { return Ok(Vec::new()) };
    let unreadable =
        |_| Error::Inconsistent { table: "origins", id: origin.to_owned(), what: "unreadable times of attempts" };
    let mut times: Vec<i64> = serde_json::from_str(&row.attempts).map_err(unreadable)?;
    times.retain(|at| *at > since);
    Ok(times)
}

#[derive(sqlx::FromRow)]
struct At {
    at: i64,
}

/// What a bank itself said, and said for the first time since `$2`: a decline that is told again counts once.
macro_rules! declined_since {
    () => {
        "facts.kind = 'declined' AND facts.evidence IN ('signed_notice', 'lookup', 'bank_report')
    AND facts.received_at > $2
    AND NOT EXISTS (
        SELECT 1 FROM facts AS earlier
        WHERE earlier.payment_id = facts.payment_id AND earlier.attempt_id = facts.attempt_id
            AND earlier.kind = 'declined' AND earlier.evidence IN ('signed_notice', 'lookup', 'bank_report')
            AND earlier.received_at <= $2
    )
GROUP BY facts.attempt_id ORDER BY at DESC LIMIT $3"
    };
}

const DECLINED_OF_PAYMENT: &str =
    concat!("SELECT MIN(facts.received_at) AS at FROM facts WHERE facts.payment_id = $1 AND ", declined_since!());

/// When attempts of this payment were declined since then, the newest first, no more than so many.
pub async fn declined_of_payment(tx: &mut Tx, payment_id: &str, since: i64, most: i64) -> Result<Vec<i64>, Error> {
    let rows: Vec<At> = sql(DECLINED_OF_PAYMENT).bind(payment_id).bind(since).bind(most).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.at).collect())
}

const DECLINED_OF_LINK: &str = concat!(
    "SELECT MIN(facts.received_at) AS at FROM facts
JOIN link_payments ON link_payments.payment_id = facts.payment_id
WHERE link_payments.link_id = $1 AND ",
    declined_since!()
);

/// The same of all payments of a link.
pub async fn declined_of_link(tx: &mut Tx, link_id: &str, since: i64, most: i64) -> Result<Vec<i64>, Error> {
    let rows: Vec<At> = sql(DECLINED_OF_LINK).bind(link_id).bind(since).bind(most).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.at).collect())
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const APPROVED_OF_LINK: &str = "
SELECT COUNT(DISTINCT facts.attempt_id) AS count FROM facts
JOIN link_payments ON link_payments.payment_id = facts.payment_id
WHERE link_payments.link_id = $1 AND facts.kind = 'approved'
    AND facts.evidence IN ('signed_notice', 'lookup', 'bank_report') AND facts.received_at > $2";

/// How many attempts at payments of a link were approved since then.
pub async fn approved_of_link(tx: &mut Tx, link_id: &str, since: i64) -> Result<i64, Error> {
    let row: Option<Count> = sql(APPROVED_OF_LINK).bind(link_id).bind(since).optional(tx).await?;
    Ok(row.map_or(0, |row| row.count))
}

#[derive(sqlx::FromRow)]
struct LinkId {
    link_id: String,
}

const LINK_OF: &str = "SELECT link_id FROM link_payments WHERE payment_id = $1";

/// The link that the payment came from.
pub async fn link_of(tx: &mut Tx, payment_id: &str) -> Result<Option<String>, Error> {
    let row: Option<LinkId> = sql(LINK_OF).bind(payment_id).optional(tx).await?;
    Ok(row.map(|row| row.link_id))
}

/// How the attempts of a merchant ended lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Ends {
    /// Those that a bank decided, one way or the other.
    pub decided: i64,
    /// Those of them that were declined.
    pub declined: i64,
}

const ENDS: &str = "
SELECT COUNT(DISTINCT facts.attempt_id) AS decided,
    COUNT(DISTINCT CASE WHEN facts.kind = 'declined' THEN facts.attempt_id END) AS declined
FROM facts JOIN payments ON payments.id = facts.payment_id
WHERE facts.kind IN ('declined', 'approved') AND facts.evidence IN ('signed_notice', 'lookup', 'bank_report')
    AND facts.received_at > $3 AND payments.merchant_id = $1 AND payments.mode = $2";

/// How the attempts of a merchant ended since then.
pub async fn ends(tx: &mut Tx, merchant_id: &str, mode: Mode, since: i64) -> Result<Ends, Error> {
    Ok(sql(ENDS).bind(merchant_id).bind(mode.word()).bind(since).optional(tx).await?.unwrap_or_default())
}

pub(crate) const CATALOGUE: &[&str] =
    &[TOUCH, KEEP, FORGET, STARTED_FROM, DECLINED_OF_PAYMENT, DECLINED_OF_LINK, APPROVED_OF_LINK, LINK_OF, ENDS];
