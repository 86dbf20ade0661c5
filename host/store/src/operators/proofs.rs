//! How operators prove who they are: password, codes, recovery codes, and how often that failed. What is right is judged elsewhere;
//! here is kept that a code was used, in one statement that only one of two requests at once can win.

use crate::db::{Error, Tx, sql};

const SET: &str = "
UPDATE operators SET password = $2, second_factor = $3, last_step = $4 WHERE id = $1";

/// Sets password and second factor anew.
pub async fn set(
    tx: &mut Tx,
    operator_id: &str,
    password: &str,
    second_factor: &str,
    last_step: i64,
) -> Result<(), Error> {
    sql(SET).bind(operator_id).bind(password).bind(second_factor).bind(last_step).run(tx).await?;
    Ok(())
}

const SET_PASSWORD: &str = "UPDATE operators SET password = $2 WHERE id = $1";

/// Sets another password.
pub async fn set_password(tx: &mut Tx, operator_id: &str, password: &str) -> Result<(), Error> {
    sql(SET_PASSWORD).bind(operator_id).bind(password).run(tx).await?;
    Ok(())
}

const USE_STEP: &str = "UPDATE operators SET last_step = $2 WHERE id = $1 AND last_step < $2";

/// Uses the code of this time step up; answers whether nobody did before.
pub async fn use_step(tx: &mut Tx, operator_id: &str, step: i64) -> Result<bool, Error> {
    Ok(sql(USE_STEP).bind(operator_id).bind(step).run(tx).await? == 1)
}

const FORGET_CODES: &str = "DELETE FROM recovery_codes WHERE operator_id = $1";
const ADD_CODE: &str = "INSERT INTO recovery_codes (operator_id, hash) VALUES ($1, $2)";
const USE_CODE: &str = "
UPDATE recovery_codes SET used_at = $3 WHERE operator_id = $1 AND hash = $2 AND used_at IS NULL";

/// Puts these recovery codes, by their hashes, in the place of all that there were.
pub async fn set_codes(tx: &mut Tx, operator_id: &str, hashes: &[String]) -> Result<(), Error> {
    sql(FORGET_CODES).bind(operator_id).run(tx).await?;
    for hash in hashes {
        sql(ADD_CODE).bind(operator_id).bind(hash).run(tx).await?;
    }
    Ok(())
}

/// Uses a recovery code up; answers whether there was such a one.
pub async fn use_code(tx: &mut Tx, operator_id: &str, hash: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(USE_CODE).bind(operator_id).bind(hash).bind(now).run(tx).await? == 1)
}

/// How often signing in failed at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Failures {
    /// How often.
    pub failures: i64,
    /// When last, Unix milliseconds.
    pub last_failure_at: i64,
}

// Takes the row's lock where the engine has such: of many tries at once, each is judged by what the one before it came to.
const HOLD: &str = "
INSERT INTO sign_in_failures (place, failures, last_failure_at) VALUES ($1, 0, 0)
ON CONFLICT (place) DO UPDATE SET failures = sign_in_failures.failures";
const FAILURES: &str = "SELECT failures, last_failure_at FROM sign_in_failures WHERE place = $1";
const FAILED: &str = "
INSERT INTO sign_in_failures (place, failures, last_failure_at) VALUES ($1, $2, $3)
ON CONFLICT (place) DO UPDATE SET failures = excluded.failures, last_failure_at = excluded.last_failure_at";
const FORGIVE: &str = "DELETE FROM sign_in_failures WHERE place = $1 OR last_failure_at < $2";

/// How often signing in failed at a place: a keyed hash of a network or of an address, or a person. Others who try there wait for
/// this transaction.
pub async fn failures(tx: &mut Tx, place: &str) -> Result<Failures, Error> {
    sql(HOLD).bind(place).run(tx).await?;
    Ok(sql(FAILURES).bind(place).optional(tx).await?.unwrap_or_default())
}

/// Keeps how often it failed there.
pub async fn failed(tx: &mut Tx, place: &str, failures: i64, now: i64) -> Result<(), Error> {
    sql(FAILED).bind(place).bind(failures).bind(now).run(tx).await?;
    Ok(())
}

/// Forgets the failures of a place, and all that are older than `before`.
pub async fn forgive(tx: &mut Tx, place: &str, before: i64) -> Result<(), Error> {
    sql(FORGIVE).bind(place).bind(before).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] =
    &[SET, SET_PASSWORD, USE_STEP, FORGET_CODES, ADD_CODE, USE_CODE, HOLD, FAILURES, FAILED, FORGIVE];
