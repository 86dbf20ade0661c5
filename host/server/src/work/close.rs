//! Closing a session at the provider: after the merchant withdrew the payment, or when the customer starts again with
//! another session. What came of it is found out by a look-up, as everything else about an attempt. To close a session may
//! mean to take a payment back, so one that the customer only left is closed where it still waits, and not where it is paid.

use super::Fault;
use super::lookup;
use super::lookup::MAY_TURN_UP_MS;
use crate::app::App;
use kamurj_domain::Action;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_providers::{Cancelled, Lookup, LookupOf, Provider, SessionStatus};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::{attempts, facts, merchants, payments};
use serde_json::json;

/// How often a provider that does not answer is asked to close a session. Its session ends by itself, too.
const MOST_TRIES: i64 = 8;
/// How long after a try without an answer, milliseconds; the wait grows with each.
const RETRY_MS: i64 = 15_000;

/// Asks the provider to close the session, unless it is over already.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of attempt {} is gone", job.subject));
    let mut tx = app.db.read().await?;
    let stored = attempts::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    let known = facts::of_payment(&mut tx, &stored.payment_id).await?;
    let payment = payments::by_id(&mut tx, &stored.payment_id).await?.ok_or_else(|| gone("payment"))?;
    let account = merchants::account(&mut tx, &stored.attempt.account).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider_about(&mut tx, &account, Some(&stored.attempt.id)).await?;
    drop(tx);
    let attempt = &stored.attempt;
    let is_open = verdict(&stored.asked(), &known) == Verdict::Open;
    let answer = if is_open && provider.capabilities().cancel {
        let of = lookup::of(&stored, &known);
        let is_withdrawn = payment.actions.contains(&Action::CloseSession { attempt: attempt.id.clone() });
        Some(if is_withdrawn { provider.cancel(&of).await } else { end_what_waits(&*provider, &of).await })
    } else {
        None
    };

    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let (word, detail) = match &answer {
        None => ("not_needed", None),
        Some(Cancelled::Done) => ("closed", None),
        Some(Cancelled::TooLate { reason }) => ("too_late", Some(reason.clone())),
        Some(Cancelled::Unsupported) => ("unsupported", None),
        Some(Cancelled::NoAnswer { reason }) => {
            if job.tries < MOST_TRIES {
                tracing::info!(attempt.id, reason, "a session could not be closed yet");
                jobs::postpone(&mut tx, job, app.now() + super::jitter(app, RETRY_MS * job.tries)).await?;
                tx.commit().await?;
                return Ok(());
            }
            ("no_answer", Some(reason.clone()))
        }
    };
    if answer.is_none() && job.tries > 1 {
        // An earlier call was not answered. It may still turn up and take back what was paid meanwhile, so the bank is asked
        // once more when it can turn up no longer.
        jobs::put_at(&mut tx, Kind::Lookup, &attempt.id, app.now() + MAY_TURN_UP_MS).await?;
    }
    if answer.is_some() {
        let body = json!({ "attempt": attempt.id, "result": word, "detail": detail });
        let road = app.road(format!("{} cancel", attempt.provider));
        road.note(&mut tx, &stored.payment_id, "attempt.closing", &body).await?;
        jobs::hasten(&mut tx, Kind::Lookup, &attempt.id, app.now()).await?;
    }
    jobs::finish(&mut tx, job).await?;
    app.commit(tx).await?;
    Ok(())
}

/// Closes a session that nobody has paid.
async fn end_what_waits(provider: &dyn Provider, of: &LookupOf) -> Cancelled {
    match provider.lookup(of).await {
        Lookup::Found(statement) if statement.status == SessionStatus::Open => provider.cancel(of).await,
        Lookup::Found(_) => Cancelled::TooLate { reason: "the session is over already".to_owned() },
        Lookup::NoSuchOrder => Cancelled::NoAnswer { reason: "the provider does not know the session yet".to_owned() },
        Lookup::NoAnswer { reason } => Cancelled::NoAnswer { reason },
        // One that cannot be asked before it is paid withdraws what waits and refuses what is paid.
        Lookup::Unsupported => provider.cancel(of).await,
    }
}
