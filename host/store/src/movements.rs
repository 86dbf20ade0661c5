//! Movements of money: a projection of the facts, for exports and for the comparison with what banks report. The commit road
//! alone writes them; nothing that decides about money reads them.

use crate::attempts::Stored;
use crate::db::{Error, Tx, sql};
use crate::payments::Payment;
use kamurj_domain::{Currency, Evidence, Mode, Money, Movement, MovementKind, Purpose};

/// A movement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What moved.
    pub movement: Movement,
    /// Of which payment.
    pub payment_id: String,
    /// The merchant's order number of that payment.
    pub order_id: String,
    /// The attempt's order number at the provider.
    pub attempt_number: Option<String>,
    /// The provider's word; absent where money moved outside of any.
    pub provider: Option<String>,
    /// The provider account.
    pub account_id: Option<String>,
    /// When it was first written down, Unix milliseconds.
    pub recorded_at: i64,
    /// When facts took it back, Unix milliseconds: it counts no more.
    pub gone_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    payment_id: String,
    order_id: String,
    kind: String,
    attempt_id: Option<String>,
    attempt_number: Option<String>,
    provider: Option<String>,
    account_id: Option<String>,
    refund_id: Option<String>,
    amount_minor: i64,
    currency: String,
    at: i64,
    is_providers_time: i64,
    reference: Option<String>,
    purpose: String,
    evidence: String,
    recorded_at: i64,
    gone_at: Option<i64>,
}

impl Row {
    fn into_kept(self) -> Result<Kept, Error> {
        let wrong = |what| Error::Inconsistent { table: "movements", id: self.id.clone(), what };
        let currency = Currency::from_code(&self.currency).ok_or_else(|| wrong("an unknown currency"))?;
        let kind = MovementKind::from_word(&self.kind).ok_or_else(|| wrong("an unknown kind"))?;
        let purpose = Purpose::from_word(&self.purpose).ok_or_else(|| wrong("an unknown purpose"))?;
        let evidence = Evidence::from_word(&self.evidence).ok_or_else(|| wrong("unknown evidence"))?;
        Ok(Kept {
            movement: Movement {
                id: self.id,
                kind,
                attempt: self.attempt_id,
                refund: self.refund_id,
                amount: Money::new(self.amount_minor, currency),
                purpose,
                at: self.at,
                is_providers_time: self.is_providers_time != 0,
                reference: self.reference,
                evidence,
            },
            payment_id: self.payment_id,
            order_id: self.order_id,
            attempt_number: self.attempt_number,
            provider: self.provider,
            account_id: self.account_id,
            recorded_at: self.recorded_at,
            gone_at: self.gone_at,
        })
    }
}

fn kept(rows: Vec<Row>) -> Result<Vec<Kept>, Error> {
    rows.into_iter().map(Row::into_kept).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "
SELECT movements.id, payment_id, order_id, kind, attempt_id, attempt_number, provider, account_id, refund_id,
    movements.amount_minor, movements.currency, at, is_providers_time, reference, purpose, movements.evidence,
    recorded_at, gone_at
FROM movements
JOIN payments ON payments.id = movements.payment_id
",
            $rest
        )
    };
}

const OF_PAYMENT: &str = select!("WHERE payment_id = $1 ORDER BY at, movements.id");

/// All movements that the payment ever had, the earliest first.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Kept>, Error> {
    kept(sql(OF_PAYMENT).bind(payment_id).all(tx).await?)
}

const BETWEEN: &str = select!(
    "WHERE movements.merchant_id = $1 AND movements.mode = $2 AND gone_at IS NULL
    AND at >= $3 AND (at > $3 OR movements.id > $4) AND at < $5
ORDER BY at, movements.id
LIMIT $6"
);

/// The merchant's movements in this mode from a time until before another, Unix milliseconds, the earliest first. `after`: the
/// time and id of the last one of the page before.
pub async fn between(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    (from, to): (i64, i64),
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    let (from, id) = after.filter(|(at, _)| *at >= from).unwrap_or((from, ""));
    kept(sql(BETWEEN).bind(merchant_id).bind(mode.word()).bind(from).bind(id).bind(to).bind(limit).all(tx).await?)
}

const BY_REFERENCE: &str = select!(
    "WHERE movements.merchant_id = $1 AND movements.mode = $2 AND reference = $3
ORDER BY at, movements.id
LIMIT 100"
);

/// The merchant's movements in this mode that the provider calls so, those among them that are gone; at most a hundred.
pub async fn by_reference(tx: &mut Tx, (merchant_id, mode): (&str, Mode), reference: &str) -> Result<Vec<Kept>, Error> {
    kept(sql(BY_REFERENCE).bind(merchant_id).bind(mode.word()).bind(reference).all(tx).await?)
}

/// What moved in one way, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Total {
    /// The kind's word.
    pub kind: String,
    /// `order` or `surplus`: whose money it is.
    pub purpose: String,
    /// The currency's letter code.
    pub currency: String,
    /// How many movements.
    pub count: i64,
    /// Their sum, minor units.
    pub sum_minor: i64,
}

const TOTALS: &str = "
SELECT kind, purpose, currency, COUNT(*) AS count, CAST(SUM(amount_minor) AS BIGINT) AS sum_minor
FROM movements
WHERE merchant_id = $1 AND mode = $2 AND gone_at IS NULL AND at >= $3 AND at < $4
GROUP BY currency, kind, purpose
ORDER BY currency, kind, purpose";

/// What moved from a time until before another, Unix milliseconds: by currency, kind and whose money it is.
pub async fn totals(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    (from, to): (i64, i64),
) -> Result<Vec<Total>, Error> {
    sql(TOTALS).bind(merchant_id).bind(mode.word()).bind(from).bind(to).all(tx).await
}

const INSERT: &str = "
INSERT INTO movements
    (id, payment_id, merchant_id, mode, kind, attempt_id, attempt_number, provider, account_id, refund_id, amount_minor,
     currency, at, is_providers_time, reference, purpose, evidence, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (id) DO NOTHING";

const UPDATE: &str = "
UPDATE movements SET
    kind = $2, amount_minor = $3, currency = $4, at = $5, is_providers_time = $6, reference = $7, purpose = $8,
    evidence = $9, gone_at = NULL
WHERE id = $1";

const GONE: &str = "UPDATE movements SET gone_at = $2 WHERE id = $1 AND gone_at IS NULL";

/// Writes what has changed of the payment's movements. The caller holds the payment's lock. Nothing about a movement stands in
/// the way of a fact: an id that exists is left as it is.
pub(crate) async fn write(
    tx: &mut Tx,
    payment: &Payment,
    attempts: &[Stored],
    derived: &[Movement],
    now: i64,
) -> Result<(), Error> {
    let known = of_payment(tx, &payment.id).await?;
    for movement in derived {
        match known.iter().find(|kept| kept.movement.id == movement.id) {
            Some(kept) if kept.movement == *movement && kept.gone_at.is_none() => {}
            Some(_) => update(tx, movement).await?,
            None => insert(tx, payment, attempts, movement, now).await?,
        }
    }
    let stands = |kept: &&Kept| derived.iter().any(|movement| movement.id == kept.movement.id);
    for kept in known.iter().filter(|kept| kept.gone_at.is_none() && !stands(kept)) {
        sql(GONE).bind(&kept.movement.id).bind(now).run(tx).await?;
    }
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    payment: &Payment,
    attempts: &[Stored],
    movement: &Movement,
    now: i64,
) -> Result<(), Error> {
    let stored = attempts.iter().find(|stored| movement.attempt.as_ref() == Some(&stored.attempt.id));
    let attempt = stored.map(|stored| &stored.attempt);
    sql(INSERT)
        .bind(&movement.id)
        .bind(&payment.id)
        .bind(&payment.merchant_id)
        .bind(payment.mode.word())
        .bind(movement.kind.word())
        .bind(movement.attempt.as_deref())
        .bind(attempt.map(|attempt| attempt.number.as_str()))
        .bind(attempt.map(|attempt| attempt.provider.as_str()))
        .bind(attempt.map(|attempt| attempt.account.as_str()))
        .bind(movement.refund.as_deref())
        .bind(movement.amount.minor)
        .bind(movement.amount.currency.code())
        .bind(movement.at)
        .bind(movement.is_providers_time)
        .bind(movement.reference.as_deref())
        .bind(movement.purpose.word())
        .bind(movement.evidence.word())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

async fn update(tx: &mut Tx, movement: &Movement) -> Result<(), Error> {
    sql(UPDATE)
        .bind(&movement.id)
        .bind(movement.kind.word())
        .bind(movement.amount.minor)
        .bind(movement.amount.currency.code())
        .bind(movement.at)
        .bind(movement.is_providers_time)
        .bind(movement.reference.as_deref())
        .bind(movement.purpose.word())
        .bind(movement.evidence.word())
        .run(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Owed {
    payment_id: String,
}

const MISSING: &str = "SELECT payment_id FROM movements_owed ORDER BY payment_id LIMIT $1";

/// Payments from before there were movements whose movements are still to be written, so many at most. While there are any,
/// lists and sums over the past are not whole.
pub async fn missing(tx: &mut Tx, limit: i64) -> Result<Vec<String>, Error> {
    let rows: Vec<Owed> = sql(MISSING).bind(limit).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.payment_id).collect())
}

const WRITTEN: &str = "DELETE FROM movements_owed WHERE payment_id = $1";

/// Notes that the payment's movements are written.
pub(crate) async fn written(tx: &mut Tx, payment_id: &str) -> Result<(), Error> {
    sql(WRITTEN).bind(payment_id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] =
    &[OF_PAYMENT, BETWEEN, BY_REFERENCE, TOTALS, INSERT, UPDATE, GONE, MISSING, WRITTEN];
