//! Attempts: rows that are committed before the provider is called.

use crate::db::{Error, Tx, sql};
use crate::payments::json;
use kamurj_domain::attempt::Call;
use kamurj_domain::verdict::Asked;
use kamurj_domain::{Attempt, Currency, Money};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    payment_id: String,
    account_id: String,
    provider: String,
    number: String,
    amount_minor: i64,
    currency: String,
    started_at: i64,
    session_ends_at: i64,
    call: String,
    return_sealed: String,
    seen_open_at: Option<i64>,
    provider_asked_at: Option<i64>,
}

/// An attempt with the payment that it belongs to.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The payment.
    pub payment_id: String,
    /// The token of its return address, sealed.
    pub return_sealed: String,
    /// When the provider last said that its page still waits, Unix milliseconds.
    pub seen_open_at: Option<i64>,
    /// When the provider last asked whether it may take the money and was told yes, Unix milliseconds.
    pub provider_asked_at: Option<i64>,
    /// The attempt.
    pub attempt: Attempt,
}

impl Stored {
    /// The part of it that facts are compared with.
    pub fn asked(&self) -> Asked {
        Asked {
            attempt: self.attempt.id.clone(),
            amount: self.attempt.asked,
            session_ends_at: self.attempt.session_ends_at,
        }
    }
}

impl Row {
    fn into_stored(self) -> Result<Stored, Error> {
        let wrong = |what| Error::Inconsistent { table: "attempts", id: self.id.clone(), what };
        let currency = Currency::from_code(&self.currency).ok_or_else(|| wrong("an unknown currency"))?;
        let call = serde_json::from_str(&self.call).map_err(|_| wrong("an unreadable call"))?;
        Ok(Stored {
            payment_id: self.payment_id,
            return_sealed: self.return_sealed,
            seen_open_at: self.seen_open_at,
            provider_asked_at: self.provider_asked_at,
            attempt: Attempt {
                id: self.id,
                number: self.number,
                provider: self.provider,
                account: self.account_id,
                asked: Money::new(self.amount_minor, currency),
                started_at: self.started_at,
                session_ends_at: self.session_ends_at,
                call,
            },
        })
    }
}

/// The keys under which an attempt is found again.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key in the form that was submitted: the same form never makes two.
    pub form_key: String,
    /// Keyed hash of the return token.
    pub return_hash: String,
    /// The return token, sealed.
    pub return_sealed: String,
}

const INSERT: &str = "
INSERT INTO attempts
    (id, payment_id, account_id, provider, number, form_key, amount_minor, currency, started_at, session_ends_at, call,
     return_hash, return_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING";

/// Adds an attempt; answers whether its keys were free.
pub(crate) async fn insert(tx: &mut Tx, payment_id: &str, attempt: &Attempt, keys: &Keys) -> Result<bool, Error> {
    let rows = sql(INSERT)
        .bind(&attempt.id)
        .bind(payment_id)
        .bind(&attempt.account)
        .bind(&attempt.provider)
        .bind(&attempt.number)
        .bind(&keys.form_key)
        .bind(attempt.asked.minor)
        .bind(attempt.asked.currency.code())
        .bind(attempt.started_at)
        .bind(attempt.session_ends_at)
        .bind(json(&attempt.call))
        .bind(&keys.return_hash)
        .bind(&keys.return_sealed)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const SET_CALL: &str = "UPDATE attempts SET call = $2, reference = $3 WHERE id = $1";

/// Writes how far the call got.
pub(crate) async fn set_call(tx: &mut Tx, id: &str, call: &Call) -> Result<(), Error> {
    let reference = match call {
        Call::Open { reference, .. } => Some(reference.as_str()),
        Call::Dispatched | Call::Refused { .. } => None,
    };
    sql(SET_CALL).bind(id).bind(json(call)).bind(reference).run(tx).await?;
    Ok(())
}

const SEEN_OPEN: &str = "UPDATE attempts SET seen_open_at = $2 WHERE id = $1";

/// Notes that the provider says its page still waits for the customer.
pub async fn seen_open(tx: &mut Tx, id: &str, at: i64) -> Result<(), Error> {
    sql(SEEN_OPEN).bind(id).bind(at).run(tx).await?;
    Ok(())
}

const ASKED: &str = "UPDATE attempts SET provider_asked_at = $2 WHERE id = $1";

/// Notes that the provider was told that it may take the money.
pub async fn asked(tx: &mut Tx, id: &str, at: i64) -> Result<(), Error> {
    sql(ASKED).bind(id).bind(at).run(tx).await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "id, payment_id, account_id, provider, number, amount_minor, currency, started_at, session_ends_at, call,
    return_sealed, seen_open_at, provider_asked_at"
    };
}

const OF_PAYMENT: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE payment_id = $1 ORDER BY started_at, id");

/// The payment's attempts, the oldest first.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Stored>, Error> {
    let rows: Vec<Row> = sql(OF_PAYMENT).bind(payment_id).all(tx).await?;
    rows.into_iter().map(Row::into_stored).collect()
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE id = $1");

/// The attempt with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Stored>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(id).optional(tx).await?;
    row.map(Row::into_stored).transpose()
}

const BY_RETURN: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE return_hash = $1");

/// The attempt whose return token has this keyed hash.
pub async fn by_return(tx: &mut Tx, return_hash: &str) -> Result<Option<Stored>, Error> {
    let row: Option<Row> = sql(BY_RETURN).bind(return_hash).optional(tx).await?;
    row.map(Row::into_stored).transpose()
}

const BY_FORM: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE payment_id = $1 AND form_key = $2");

/// The attempt that this form made.
pub async fn by_form(tx: &mut Tx, payment_id: &str, form_key: &str) -> Result<Option<Stored>, Error> {
    let row: Option<Row> = sql(BY_FORM).bind(payment_id).bind(form_key).optional(tx).await?;
    row.map(Row::into_stored).transpose()
}

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE account_id = $1 AND number = $2");

/// The attempt with this order number on this provider account.
pub async fn by_number(tx: &mut Tx, account_id: &str, number: &str) -> Result<Option<Stored>, Error> {
    let row: Option<Row> = sql(BY_NUMBER).bind(account_id).bind(number).optional(tx).await?;
    row.map(Row::into_stored).transpose()
}

const BY_REFERENCE: &str = concat!("SELECT ", columns!(), " FROM attempts WHERE account_id = $1 AND reference = $2");

/// The attempt with this session reference on this provider account.
pub async fn by_reference(tx: &mut Tx, account_id: &str, reference: &str) -> Result<Option<Stored>, Error> {
    let row: Option<Row> = sql(BY_REFERENCE).bind(account_id).bind(reference).optional(tx).await?;
    row.map(Row::into_stored).transpose()
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, SET_CALL, SEEN_OPEN, ASKED, OF_PAYMENT, BY_ID, BY_RETURN, BY_FORM, BY_NUMBER, BY_REFERENCE];
