//! What goes: the text of messages, the record of runs, what plugins keep, and all that surrounds an order. Rows stay, so that what
//! comes a second time is still known and counts stay right. Nothing here is read by anything that decides about money.

use super::Person;
use crate::db::{Error, Tx, sql};
use crate::deliveries;
use crate::payments::{View, json};
use crate::state;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::Mode;

const BODY: &str = "
UPDATE inbox SET body_sealed = $2, query = '[]', headers = '[]', digest = NULL, note = ''
WHERE id = $1 AND door = 'hook' AND state <> 'waiting'";

#[derive(sqlx::FromRow)]
struct Key {
    id: String,
    key: String,
}

const NATURAL_KEY: &str = "SELECT id, natural_key AS key FROM inbox WHERE id = $1";
const RENAME: &str = "UPDATE inbox SET natural_key = $2 WHERE id = $1";

/// Empties a message that was worked on; `false`: it waits, or is none of a plugin's. `empty_sealed`: nothing, sealed to its place.
pub async fn message(tx: &mut Tx, person: &Person, id: &str, empty_sealed: &str) -> Result<bool, Error> {
    if sql(BODY).bind(id).bind(empty_sealed).run(tx).await? == 0 {
        return Ok(false);
    }
    let named: Option<Key> = sql(NATURAL_KEY).bind(id).optional(tx).await?;
    if named.is_some_and(|named| person.is_in_own_key(&named.key)) {
        sql(RENAME).bind(id).bind(format!("erased:{id}")).run(tx).await?;
    }
    Ok(true)
}

const STEPS: &str = "DELETE FROM steps WHERE owner_id = $1 AND run = $2";
const LINES: &str = "DELETE FROM plugin_logs WHERE owner_id = $1 AND run = $2";
const GIVEN: &str = "UPDATE plugin_runs SET given = '', detail = '', size_bytes = 0 WHERE owner_id = $1 AND run = $2";

/// Removes the record of a run; what it cost stays.
pub async fn run(tx: &mut Tx, owner_id: &str, run: i64) -> Result<(), Error> {
    for statement in [STEPS, LINES, GIVEN] {
        sql(statement).bind(owner_id).bind(run).run(tx).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Ran {
    run: i64,
}

const RAN: &str = "
SELECT run FROM plugin_runs WHERE owner_id = $1
UNION SELECT run FROM steps WHERE owner_id = $1
UNION SELECT run FROM plugin_logs WHERE owner_id = $1";

/// Removes the records of all runs of a delivery or a message; answers how many there were.
pub async fn runs_of(tx: &mut Tx, owner_id: &str) -> Result<i64, Error> {
    let ran: Vec<Ran> = sql(RAN).bind(owner_id).all(tx).await?;
    for Ran { run: number } in &ran {
        run(tx, owner_id, *number).await?;
    }
    Ok(i64::try_from(ran.len()).unwrap_or(i64::MAX))
}

#[derive(sqlx::FromRow)]
struct Kept {
    installation_id: String,
    name: String,
    value: String,
}

#[derive(sqlx::FromRow)]
struct Ticked {
    version: i64,
}

const KEPT: &str = "
SELECT installation_id, name, value FROM plugin_state
WHERE installation_id IN (SELECT id FROM installations WHERE merchant_id = $1 AND mode = $2)
ORDER BY installation_id, name";
const REWRITE: &str = "
UPDATE plugin_state SET value = $3, version = $4, written_by = '' WHERE installation_id = $1 AND name = $2";
const REMOVE: &str = "DELETE FROM plugin_state WHERE installation_id = $1 AND name = $2";

/// Takes them out of what the merchant's plugins keep in this mode; answers how many entries changed. A plugin that has read an entry
/// before and writes it under its version finds that somebody else wrote it.
pub async fn states(tx: &mut Tx, person: &Person, (merchant_id, mode): (&str, Mode)) -> Result<i64, Error> {
    let mut changed = 0;
    let kept: Vec<Kept> = sql(KEPT).bind(merchant_id).bind(mode.word()).all(tx).await?;
    for Kept { installation_id, name, value } in kept {
        let bytes = STANDARD.decode(&value).unwrap_or_default();
        match person.left_of(&name, &bytes) {
            Some(None) => continue,
            Some(Some(left)) => {
                let ticked: Option<Ticked> = sql(state::TICK).bind(&installation_id).optional(tx).await?;
                let version = ticked.map_or(0, |ticked| ticked.version);
                let left = STANDARD.encode(left);
                sql(REWRITE).bind(&installation_id).bind(&name).bind(left).bind(version).run(tx).await?;
            }
            None => {
                sql(REMOVE).bind(&installation_id).bind(&name).run(tx).await?;
            }
        }
        changed += 1;
    }
    Ok(changed)
}

const DELIVERY: &str = "
UPDATE deliveries SET view = $2,
    outcome = CASE WHEN outcome IS NULL THEN NULL ELSE '' END,
    receipt_message = CASE WHEN receipt_message IS NULL THEN NULL ELSE '' END
WHERE id = $1";

/// Takes them out of what the payment owed, and removes the records of its runs; answers how many runs.
pub(crate) async fn deliveries(tx: &mut Tx, person: &Person, payment_id: &str) -> Result<i64, Error> {
    let mut runs = 0;
    for delivery in deliveries::of_payment(tx, payment_id).await? {
        let wrong = || Error::Inconsistent { table: "deliveries", id: delivery.id.clone(), what: "an unreadable view" };
        let mut view: View = serde_json::from_str(&delivery.view).map_err(|_| wrong())?;
        person.erased_from(&mut view.particulars);
        sql(DELIVERY).bind(&delivery.id).bind(json(&view)).run(tx).await?;
        runs += runs_of(tx, &delivery.id).await?;
    }
    Ok(runs)
}

const REQUEST_KEY: &str = "SELECT id, request_key AS key FROM payments WHERE id = $1 AND request_key IS NOT NULL";
const NO_REQUEST_KEY: &str = "UPDATE payments SET request_key = NULL WHERE id = $1";
const FORM_KEYS: &str = "SELECT id, form_key AS key FROM attempts WHERE payment_id = $1";
const NEW_FORM_KEY: &str = "UPDATE attempts SET form_key = $2 WHERE id = $1";
const PRESS: &str = "SELECT payment_id AS id, form_key AS key FROM link_payments WHERE payment_id = $1";
const NEW_PRESS: &str = "UPDATE link_payments SET form_key = $2 WHERE payment_id = $1";
const ANSWERS: &str = "
UPDATE link_payments SET answers = '{}', personal_sealed = NULL
WHERE payment_id = $1 AND (answers <> '{}' OR personal_sealed IS NOT NULL)";

/// Takes them out of the keys that were made of their conversation, and removes their answers; answers how many values went.
pub(crate) async fn keys(tx: &mut Tx, person: &Person, payment_id: &str) -> Result<i64, Error> {
    let mut gone = i64::try_from(sql(ANSWERS).bind(payment_id).run(tx).await?).unwrap_or(i64::MAX);
    for (select, update) in [(REQUEST_KEY, None), (FORM_KEYS, Some(NEW_FORM_KEY)), (PRESS, Some(NEW_PRESS))] {
        let keys: Vec<Key> = sql(select).bind(payment_id).all(tx).await?;
        for key in keys.iter().filter(|key| person.is_in_own_key(&key.key)) {
            match update {
                Some(update) => sql(update).bind(&key.id).bind(format!("erased:{}", key.id)).run(tx).await?,
                None => sql(NO_REQUEST_KEY).bind(&key.id).run(tx).await?,
            };
            gone += 1;
        }
    }
    Ok(gone)
}

#[derive(sqlx::FromRow)]
struct Told {
    id: String,
    detail: String,
    resolution: Option<String>,
}

const DIFFERENCES: &str = "DELETE FROM differences WHERE payment_id = $1";
const EXCEPTIONS: &str = "SELECT id, detail, resolution FROM exceptions WHERE payment_id = $1";
const RETELL: &str = "UPDATE exceptions SET detail = $2, resolution = $3 WHERE id = $1";

/// Takes them out of what people were told about the payment.
pub(crate) async fn told(tx: &mut Tx, person: &Person, payment_id: &str) -> Result<(), Error> {
    sql(DIFFERENCES).bind(payment_id).run(tx).await?;
    let told: Vec<Told> = sql(EXCEPTIONS).bind(payment_id).all(tx).await?;
    for Told { id, detail, resolution } in told {
        let resolution = resolution.map(|text| person.taken_out_of(&text));
        sql(RETELL).bind(&id).bind(person.taken_out_of(&detail)).bind(resolution).run(tx).await?;
    }
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[
    BODY,
    NATURAL_KEY,
    RENAME,
    STEPS,
    LINES,
    GIVEN,
    RAN,
    KEPT,
    REWRITE,
    REMOVE,
    DELIVERY,
    REQUEST_KEY,
    NO_REQUEST_KEY,
    FORM_KEYS,
    NEW_FORM_KEY,
    PRESS,
    NEW_PRESS,
    ANSWERS,
    DIFFERENCES,
    EXCEPTIONS,
    RETELL,
];
