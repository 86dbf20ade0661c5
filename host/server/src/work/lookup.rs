//! The reconciler: asks the provider about attempts whose end is not known, seconds apart while the session is young, then
//! minutes, then hours, until it is known or given up.

use super::Fault;
use crate::app::App;
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::{Evidence, ExceptionKind, FactKind, Source};
use kamurj_providers::{Lookup, LookupOf, SessionStatus, Statement};
use kamurj_store::attempts::{self, Stored};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::merchants;
use kamurj_store::road::Learned;
use std::sync::Arc;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long an order that the provider does not know may still turn up there, after our call was not answered.
const MAY_TURN_UP_MS: i64 = 2 * MINUTE;
/// How long after the session's end the look-ups go on.
const GIVE_UP_AFTER_MS: i64 = 24 * HOUR;

/// Asks about the job's attempt.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let (stored, answer) = ask(app, &job.subject).await?;
    keep(app, job, &stored, answer).await
}

/// Asks at once, unless a worker is asking already. For a customer who has just come back.
pub async fn ask_now(app: &Arc<App>, attempt_id: &str) {
    let claimed = async {
        let mut tx = app.db.write().await?;
        let now = app.now();
        let job = jobs::claim_one(&mut tx, Kind::Lookup, attempt_id, now, now + app.lease_ms).await?;
        tx.commit().await?;
        Ok::<_, kamurj_store::Error>(job)
    };
    match claimed.await {
        Ok(Some(job)) => {
            // In a task of its own: the browser may leave, the answer is kept all the same.
            let app = app.clone();
            if let Err(error) = tokio::spawn(async move { super::work(&app, job).await }).await {
                tracing::error!(%error, "a look-up broke off");
            }
        }
        Ok(None) => {}
        Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a look-up could not be claimed"),
    }
}

async fn ask(app: &App, attempt_id: &str) -> Result<(Stored, Lookup), Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of attempt {attempt_id} is gone"));
    let mut tx = app.db.read().await?;
    let stored = attempts::by_id(&mut tx, attempt_id).await?.ok_or_else(|| gone("row"))?;
    let account = merchants::account(&mut tx, &stored.attempt.account).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider(&mut tx, &account).await?;
    drop(tx);
    let reference = match &stored.attempt.call {
        Call::Open { reference, .. } => Some(reference.clone()),
        Call::Dispatched | Call::Refused { .. } => None,
    };
    let answer = provider.lookup(&LookupOf { number: stored.attempt.number.clone(), reference }).await;
    Ok((stored, answer))
}

async fn keep(app: &App, job: &Job, stored: &Stored, answer: Lookup) -> Result<(), Fault> {
    let attempt = &stored.attempt;
    let name = format!("{} look-up", attempt.provider);
    let road = app.road(name.clone());
    let mut tx = app.db.write().await?;
    // The lease is checked first, so that two askers never keep two answers at once.
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let decided = match &answer {
        Lookup::Found(statement) if !belongs(stored, statement) => {
            tracing::error!(attempt.id, "the provider answered about another order; the answer is not used");
            false
        }
        Lookup::Found(statement) => {
            if let (Call::Dispatched | Call::Refused { .. }, Some(url)) = (&attempt.call, &statement.url) {
                let session = Answer::Session { reference: statement.reference.clone(), url: url.clone() };
                road.answered(&mut tx, &attempt.id, &session).await?;
            }
            if let Some(fact) = learned(&attempt.id, &name, Evidence::Lookup, statement) {
                let payment = road.learn(&mut tx, &stored.payment_id, vec![fact]).await?;
                // Only a newer answer can settle a contradiction, so the asking goes on.
                !payment
                    .exceptions
                    .iter()
                    .any(|exception| exception.kind == ExceptionKind::Contradiction && exception.attempt == attempt.id)
            } else {
                if statement.status == SessionStatus::Open {
                    attempts::seen_open(&mut tx, &attempt.id, app.now()).await?;
                }
                false
            }
        }
        Lookup::NoSuchOrder if app.now() >= attempt.started_at + MAY_TURN_UP_MS => {
            let none = Answer::None { reason: "the provider does not know this order".to_owned() };
            road.answered(&mut tx, &attempt.id, &none).await?;
            true
        }
        Lookup::NoSuchOrder => false,
        Lookup::NoAnswer { reason } => {
            tracing::warn!(attempt.id, reason, "a look-up got no answer");
            false
        }
    };
    let gave_up = !decided && app.now() >= attempt.session_ends_at + GIVE_UP_AFTER_MS;
    if gave_up {
        let source = Source { name, key: format!("gave-up:{}", attempt.id) };
        let fact = Learned::plain(&attempt.id, FactKind::GaveUp, Evidence::Own, source);
        road.learn(&mut tx, &stored.payment_id, vec![fact]).await?;
    }
    if decided || gave_up {
        jobs::finish(&mut tx, job).await?;
    } else {
        jobs::postpone(&mut tx, job, app.now() + wait(app, attempt.started_at)).await?;
    }
    app.commit(tx).await?;
    Ok(())
}

/// What a statement about a session teaches, where it decides anything.
pub(super) fn learned(attempt: &str, source: &str, evidence: Evidence, statement: &Statement) -> Option<Learned> {
    let kind = match statement.status {
        SessionStatus::Approved => FactKind::Approved,
        SessionStatus::Declined => FactKind::Declined,
        SessionStatus::Abandoned => FactKind::Abandoned,
        SessionStatus::Open | SessionStatus::Unknown => return None,
    };
    let told = (statement.provider_time, statement.amount.map(|amount| amount.minor), &statement.foreign_currency);
    let key = format!("{source}:{attempt}:{}:{told:?}", kind.word());
    Some(Learned {
        amount: statement.amount,
        foreign_currency: statement.foreign_currency.clone(),
        provider_time: statement.provider_time,
        reference: statement.payment_reference.clone(),
        ..Learned::plain(attempt, kind, evidence, Source { name: source.to_owned(), key })
    })
}

/// Whether a statement speaks of this attempt: our order number, and the session that we know of.
pub(super) fn belongs(stored: &Stored, statement: &Statement) -> bool {
    let session_fits = match &stored.attempt.call {
        Call::Open { reference, .. } => *reference == statement.reference,
        Call::Dispatched | Call::Refused { .. } => true,
    };
    stored.attempt.number == statement.number && session_fits
}

/// How long until the next question, by the attempt's age, up to a fifth more or less so that attempts of one moment do
/// not stay together.
fn wait(app: &App, started_at: i64) -> i64 {
    let plain = match app.now() - started_at {
        ..=120_000 => 10 * SECOND,
        120_001..=1_800_000 => 30 * SECOND,
        1_800_001..=7_200_000 => 5 * MINUTE,
        _ => HOUR,
    };
    let [chance] = app.ids.bytes::<1>();
    plain * (80 + i64::from(chance) * 40 / 255) / 100
}
