//! Refunds: rows that are committed, and their amounts reserved, before the provider is called. Their state is a
//! projection of the facts and written by the commit road alone.

use crate::db::{Error, Tx, sql};
use kamurj_domain::{Currency, Money, Purpose};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    payment_id: String,
    attempt_id: String,
    amount_minor: i64,
    currency: String,
    purpose: String,
    reason: String,
    asked_by: String,
    asked_at: i64,
    dispatched_at: Option<i64>,
    before_minor: Option<i64>,
    state: String,
}

/// A refund as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `ref_…`: also its name and idempotency key at the provider.
    pub id: String,
    /// The payment.
    pub payment_id: String,
    /// The attempt whose money goes back.
    pub attempt_id: String,
    /// How much.
    pub amount: Money,
    /// Which money it is.
    pub purpose: Purpose,
    /// Why, in the asker's words.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// When, Unix milliseconds.
    pub asked_at: i64,
    /// When the provider was called, Unix milliseconds. From then on it is looked up, never asked for again.
    pub dispatched_at: Option<i64>,
    /// How much of the attempt had gone back just before that, by the provider's count, in minor units; where refunds are
    /// known by that count.
    pub before_minor: Option<i64>,
    /// `pending`, `in_doubt`, `done` or `failed`.
    pub state: String,
}

impl Row {
    fn into_refund(self) -> Result<Refund, Error> {
        let wrong = |what| Error::Inconsistent { table: "refunds", id: self.id.clone(), what };
        let currency = Currency::from_code(&self.currency).ok_or_else(|| wrong("an unknown currency"))?;
        let purpose = Purpose::from_word(&self.purpose).ok_or_else(|| wrong("an unknown purpose"))?;
        Ok(Refund {
            amount: Money::new(self.amount_minor, currency),
            purpose,
            id: self.id,
            payment_id: self.payment_id,
            attempt_id: self.attempt_id,
            reason: self.reason,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            dispatched_at: self.dispatched_at,
            before_minor: self.before_minor,
            state: self.state,
        })
    }
}

const INSERT: &str = "
INSERT INTO refunds
    (id, payment_id, attempt_id, amount_minor, currency, purpose, reason, asked_by, asked_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

pub(crate) async fn insert(tx: &mut Tx, refund: &Refund) -> Result<(), Error> {
    sql(INSERT)
        .bind(&refund.id)
        .bind(&refund.payment_id)
        .bind(&refund.attempt_id)
        .bind(refund.amount.minor)
        .bind(refund.amount.currency.code())
        .bind(refund.purpose.word())
        .bind(&refund.reason)
        .bind(&refund.asked_by)
        .bind(refund.asked_at)
        .bind(&refund.state)
        .run(tx)
        .await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "id, payment_id, attempt_id, amount_minor, currency, purpose, reason, asked_by, asked_at, dispatched_at,
    before_minor, state"
    };
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM refunds WHERE id = $1");

/// The refund with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Refund>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(id).optional(tx).await?;
    row.map(Row::into_refund).transpose()
}

const OF_PAYMENT: &str = concat!("SELECT ", columns!(), " FROM refunds WHERE payment_id = $1 ORDER BY asked_at, id");

/// The payment's refunds, the oldest first.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Refund>, Error> {
    let rows: Vec<Row> = sql(OF_PAYMENT).bind(payment_id).all(tx).await?;
    rows.into_iter().map(Row::into_refund).collect()
}

const DISPATCH: &str =
    "UPDATE refunds SET dispatched_at = $2, before_minor = $3 WHERE id = $1 AND dispatched_at IS NULL";

/// Notes that the provider is about to be called, and how much it says went back before. `false`: it was called before, so it
/// may only be looked up.
pub async fn dispatch(tx: &mut Tx, id: &str, at: i64, before_minor: Option<i64>) -> Result<bool, Error> {
    Ok(sql(DISPATCH).bind(id).bind(at).bind(before_minor).run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const UNDER_WAY: &str = "
SELECT COUNT(*) AS count FROM refunds
WHERE attempt_id = $1 AND id <> $2 AND dispatched_at IS NOT NULL AND state IN ('pending', 'in_doubt')";

/// Whether another refund of the attempt was asked for at the provider and is not known to have ended.
pub async fn is_another_under_way(tx: &mut Tx, attempt_id: &str, id: &str) -> Result<bool, Error> {
    let counted: Option<Count> = sql(UNDER_WAY).bind(attempt_id).bind(id).optional(tx).await?;
    Ok(counted.is_some_and(|counted| counted.count > 0))
}

const SINCE: &str = "
SELECT COUNT(*) AS count FROM refunds WHERE attempt_id = $1 AND id <> $2 AND dispatched_at >= $3";

/// Whether another refund of the attempt was asked for at the provider at this time or later, whatever became of it.
pub async fn is_another_since(tx: &mut Tx, attempt_id: &str, id: &str, at: i64) -> Result<bool, Error> {
    let counted: Option<Count> = sql(SINCE).bind(attempt_id).bind(id).bind(at).optional(tx).await?;
    Ok(counted.is_some_and(|counted| counted.count > 0))
}

const PROJECT: &str = "UPDATE refunds SET state = $2 WHERE id = $1 AND state <> $2";

pub(crate) async fn project(tx: &mut Tx, id: &str, state: &str) -> Result<(), Error> {
    sql(PROJECT).bind(id).bind(state).run(tx).await?;
    Ok(())
}

const TAKE_AS_SENT: &str =
    "UPDATE refunds SET dispatched_at = $1 WHERE dispatched_at IS NULL AND state IN ('pending', 'in_doubt')";

/// Takes every refund that was reserved and not sent for sent at this time, so that it is asked about and never sent: in a
/// database that was restored from a copy it may have been sent since. Answers how many there were.
pub async fn take_as_sent(tx: &mut Tx, at: i64) -> Result<u64, Error> {
    sql(TAKE_AS_SENT).bind(at).run(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[TAKE_AS_SENT, INSERT, BY_ID, OF_PAYMENT, DISPATCH, UNDER_WAY, SINCE, PROJECT];
