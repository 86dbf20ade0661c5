//! Looks for a customer in what is sealed: messages, records of runs, kept answers. Only looks, page by page and outside of any
//! transaction that writes; what is found goes in one. It must not decide whether anything may go.

use crate::app::{App, inbox_place};
use crate::problem::Problem;
use crate::work::plugin_run::opened_step;
use kamurj_domain::Mode;
use kamurj_store::erasures::Person;
use kamurj_store::erasures::found::{self, Message, RunOf};
use kamurj_store::{Tx, inbox, runs};
use serde_json::Value;
use std::collections::BTreeSet;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Messages that speak of them, by id.
    pub messages: BTreeSet<String>,
    /// Those among them that are being worked on.
    pub waiting: BTreeSet<String>,
    /// Runs whose record does, and that no payment owes.
    pub runs: Vec<RunOf>,
    /// Kept answers that do, without them: key, status, and the body, sealed.
    pub answers: Vec<(String, i64, String)>,
}

/// Where the answers to requests of a merchant in a mode are kept, and which one it is.
fn answer_place(scope: &str, key: &str) -> String {
    format!("idempotency/{scope}/{key}")
}

/// The scope of a merchant's keys in a mode.
pub fn scope(merchant: &str, mode: Mode) -> String {
    format!("{merchant}/{}", mode.word())
}

/// Looks for them in all that the merchant has in this mode.
pub async fn look(
    app: &App,
    (merchant, mode): (&str, Mode),
    person: &Person,
    payments: &BTreeSet<String>,
) -> Result<Found, Problem> {
    let mut found = Found::default();
    let mut tx = app.db.read().await?;
    for payment in payments {
        found.messages.extend(inbox::where_asked(&mut tx, payment).await?);
    }
    drop(tx);
    messages(app, (merchant, mode), person, &mut found).await?;
    let mut after = RunOf { owner_id: String::new(), run: 0 };
    loop {
        let mut tx = app.db.read().await?;
        let page = found::runs(&mut tx, (merchant, mode), &after).await?;
        let Some(last) = page.last() else { break };
        after = last.clone();
        for run in page {
            if !found.messages.contains(&run.owner_id) && in_record(app, &mut tx, &run, person).await? {
                found.runs.push(run);
            }
        }
    }
    answers(app, &scope(merchant, mode), person, payments, &mut found).await?;
    Ok(found)
}

async fn messages(app: &App, whose: (&str, Mode), person: &Person, found: &mut Found) -> Result<(), Problem> {
    let mut after = String::new();
    loop {
        let page = found::messages(&mut app.db.read().await?, whose, &after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        for Message { id, query, body_sealed, state } in page {
            let body = app.sealer.open(&inbox_place(&id), &body_sealed)?;
            let is_theirs = found.messages.contains(&id) || person.is_in_bytes(&body) || person.is_in_text(&query);
            if is_theirs && state == "waiting" {
                found.waiting.insert(id.clone());
            }
            if is_theirs {
                found.messages.insert(id);
            }
        }
    }
}

async fn in_record(app: &App, tx: &mut Tx, run: &RunOf, person: &Person) -> Result<bool, Problem> {
    for step in runs::of_run(tx, &run.owner_id, run.run).await? {
        let step = opened_step(app, &run.owner_id, &step)?;
        if person.is_in(&step.request) || step.response.is_some_and(|answer| person.is_in(&answer)) {
            return Ok(true);
        }
    }
    Ok(runs::logs_of(tx, &run.owner_id).await?.iter().any(|line| person.is_in_text(&line.line)))
}

/// An answer stays, because its request must not be worked on again; who the customer was goes out of it.
async fn answers(
    app: &App,
    scope: &str,
    person: &Person,
    payments: &BTreeSet<String>,
    found: &mut Found,
) -> Result<(), Problem> {
    let mut after = String::new();
    loop {
        let page = found::answers(&mut app.db.read().await?, scope, &after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.key);
        for answer in page {
            let place = answer_place(scope, &answer.key);
            let body = app.sealer.open(&place, &answer.answer_sealed)?;
            let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { continue };
            if !person.is_in(&value) && !names(&value, payments) {
                continue;
            }
            forget(&mut value, person, payments);
            let sealed = app.sealer.seal(&place, value.to_string().as_bytes());
            found.answers.push((answer.key, answer.status, sealed));
        }
    }
}

/// Whether one of these ids stands in here by itself.
fn names(value: &Value, ids: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => ids.contains(text),
        Value::Array(items) => items.iter().any(|item| names(item, ids)),
        Value::Object(fields) => fields.values().any(|held| names(held, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Takes them out of an answer: whole fields of their own payments, and what sentences say of them.
fn forget(value: &mut Value, person: &Person, payments: &BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let is_theirs = fields.get("id").and_then(Value::as_str).is_some_and(|id| payments.contains(id));
            for (key, held) in fields {
                match key.as_str() {
                    "customer" | "metadata" | "answers" if is_theirs && held.is_object() => {
                        *held = Value::Object(serde_json::Map::new());
                    }
                    "channel" | "delivery" | "return_url" | "cancel_message" if is_theirs => *held = Value::Null,
                    _ => forget(held, person, payments),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, person, payments)),
        Value::String(text) if !payments.contains(text) => *text = person.taken_out_of(text),
        _ => {}
    }
}
