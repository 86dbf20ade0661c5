//! A merchant's rules for reminding customers, and when customers were reminded.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Reminders;

#[derive(sqlx::FromRow)]
struct Rules {
    reminders: String,
}

const RULES: &str = "SELECT reminders FROM merchants WHERE id = $1";

/// The merchant's rules.
pub async fn rules(tx: &mut Tx, merchant_id: &str) -> Result<Reminders, Error> {
    let row: Option<Rules> = sql(RULES).bind(merchant_id).optional(tx).await?;
    let Some(row) = row.filter(|row| !row.reminders.is_empty()) else { return Ok(Reminders::default()) };
    let id = merchant_id.to_owned();
    let unreadable = |_| Error::Inconsistent { table: "merchants", id, what: "unreadable rules for reminders" };
    serde_json::from_str(&row.reminders).map_err(unreadable)
}

const SET_RULES: &str = "UPDATE merchants SET reminders = $2 WHERE id = $1";

/// Sets the merchant's rules.
pub async fn set_rules(tx: &mut Tx, merchant_id: &str, rules: &Reminders) -> Result<(), Error> {
    sql(SET_RULES).bind(merchant_id).bind(crate::payments::json(rules)).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Sent {
    at: i64,
}

const SINCE: &str = "SELECT at FROM reminders WHERE payment_id = $1 AND at >= $2 ORDER BY at";

/// When the payment's customer was reminded from this moment on, Unix milliseconds, the earliest first.
pub(crate) async fn since(tx: &mut Tx, payment_id: &str, from: i64) -> Result<Vec<i64>, Error> {
    let sent: Vec<Sent> = sql(SINCE).bind(payment_id).bind(from).all(tx).await?;
    Ok(sent.into_iter().map(|sent| sent.at).collect())
}

const ADD: &str = "INSERT INTO reminders (payment_id, at) VALUES ($1, $2) ON CONFLICT (payment_id, at) DO NOTHING";

/// Keeps that the customer is reminded now.
pub(crate) async fn add(tx: &mut Tx, payment_id: &str, at: i64) -> Result<(), Error> {
    sql(ADD).bind(payment_id).bind(at).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[RULES, SET_RULES, SINCE, ADD];
