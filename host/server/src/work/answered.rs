//! Pushes that are answered from what is known: may the money be taken, and does it stay taken. A wallet that hears no "yes"
//! gives the money back by itself, so no is said wherever the money could not be put to an order: the customer is then whole
//! at once, and nobody has to send anything back.

use super::Fault;
use super::lookup;
use super::push::{self, Reading};
use crate::app::App;
use crate::problem::Problem;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Money, Status};
use kamurj_providers::{Outcome, Statement};
use kamurj_store::attempts::{self, Stored};
use kamurj_store::inbox::{self, Door, Message, Received};
use kamurj_store::jobs::{self, Kind};
use kamurj_store::merchants::ProviderAccount;
use kamurj_store::payments::{self, Payment};
use kamurj_store::{Error, Tx, facts};
use serde_json::json;

/// What becomes of binding news.
pub(crate) enum Answered {
    /// They are kept, now or before.
    Kept,
    /// They are not: the money goes back.
    Declined(&'static str),
}

/// The provider asks whether it may take this much for this order. Nothing of the payment changes; that it was told yes is
/// noted, for then money may have moved even if no other word of it ever comes.
pub(crate) async fn question(
    app: &App,
    account: &ProviderAccount,
    number: &str,
    amount: Money,
) -> Result<Outcome, Error> {
    let mut tx = app.db.write().await?;
    let Some(stored) = attempts::by_number(&mut tx, &account.id, number).await? else {
        tx.rollback().await?;
        return Ok(Outcome::Declined("no such order"));
    };
    let Some(payment) = payments::lock(&mut tx, &stored.payment_id).await? else {
        tx.rollback().await?;
        return Ok(Outcome::Declined("no such order"));
    };
    let refusal = if amount == stored.attempt.asked {
        may_be_taken(app, &mut tx, &payment, &stored).await?
    } else {
        Some("the amount is not the order's")
    };
    if let Some(reason) = refusal {
        tx.rollback().await?;
        tracing::info!(attempt.id = stored.attempt.id, reason, "a provider was told not to take the money");
        return Ok(Outcome::Declined(reason));
    }
    attempts::asked(&mut tx, &stored.attempt.id, app.now()).await?;
    tx.commit().await?;
    Ok(Outcome::Agreed)
}

/// Why money may not be taken for this attempt now.
async fn may_be_taken(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    stored: &Stored,
) -> Result<Option<&'static str>, Error> {
    if !payment.status.takes_attempts() {
        return Ok(Some("the order takes no money any more"));
    }
    if app.now() >= payment.open_until {
        return Ok(Some("the order's time is over"));
    }
    if app.now() >= stored.attempt.session_ends_at {
        return Ok(Some("the session is over"));
    }
    let newest = attempts::of_payment(tx, &payment.id).await?.pop();
    if newest.is_some_and(|newest| newest.attempt.id != stored.attempt.id) {
        return Ok(Some("the customer has started again"));
    }
    let known = facts::of_payment(tx, &payment.id).await?;
    Ok(match verdict(&stored.asked(), &known) {
        Verdict::Open | Verdict::Unpaid(_) => None,
        _ => Some("the order is paid"),
    })
}

/// A word that something happened to an order: the provider is asked. `proven`: it is the provider's own word, so that it is asked
/// even about an order that it called paid, such as after a refund by its staff.
/// Answers whether there is such an order.
pub(crate) async fn hint(app: &App, account: &ProviderAccount, number: &str, proven: bool) -> Result<bool, Error> {
    let known = {
        let mut tx = app.db.read().await?;
        attempts::by_number(&mut tx, &account.id, number).await?
    };
    let Some(stored) = known else {
        tracing::info!(account.id = account.id, "a push without proof names no order of ours");
        return Ok(false);
    };
    let mut tx = app.db.write().await?;
    if proven {
        jobs::put_at(&mut tx, Kind::Lookup, &stored.attempt.id, app.now()).await?;
    } else {
        lookup::ask_unless_approved(&mut tx, &stored, app.now()).await?;
    }
    tx.commit().await?;
    app.ring();
    Ok(true)
}

/// Keeps binding news together with what they say, in this transaction, or says why the money must go back.
pub(crate) async fn binding(
    app: &App,
    tx: &mut Tx,
    account: &ProviderAccount,
    message: &Message,
    statement: &Statement,
) -> Result<Answered, Problem> {
    let stored = match push::find(tx, account, statement).await.map_err(broken)? {
        Reading::Of(stored) => stored,
        Reading::Unknown => return aside(app, tx, account, message, "no such order").await,
        Reading::Mixed => return aside(app, tx, account, message, "the order is another").await,
    };
    let Some(payment) = payments::lock(tx, &stored.payment_id).await? else {
        return aside(app, tx, account, message, "no such order").await;
    };
    if inbox::is_known(tx, &account.id, &message.natural_key).await? {
        inbox::receive(tx, Door::Provider, message).await?;
        return Ok(Answered::Kept);
    }
    if let Some(reason) = must_go_back(tx, &payment, &stored, statement).await? {
        let body = json!({
            "attempt": stored.attempt.id, "message": message.natural_key, "reason": reason,
            "reference": statement.payment_reference,
        });
        app.road(format!("{} push", account.provider)).note(tx, &payment.id, "payment.declined_push", &body).await?;
        tracing::warn!(attempt.id = stored.attempt.id, reason, "a provider was told to give the money back");
        return Ok(Answered::Declined(reason));
    }
    match inbox::receive(tx, Door::Provider, message).await? {
        Received::New => push::take(app, tx, message, account, &stored, statement).await.map_err(broken)?,
        // What was declined once went back.
        Received::Known { .. } => return Ok(Answered::Declined("it was declined before")),
    }
    Ok(Answered::Kept)
}

/// Why this money has no place: another amount, or an order that is paid or withdrawn.
async fn must_go_back(
    tx: &mut Tx,
    payment: &Payment,
    stored: &Stored,
    statement: &Statement,
) -> Result<Option<&'static str>, Error> {
    if statement.amount != Some(stored.attempt.asked) {
        return Ok(Some("the amount is not the order's"));
    }
    Ok(match payment.status {
        Status::Created | Status::Pending | Status::Failed | Status::Expired => None,
        Status::Cancelled => Some("the order was withdrawn"),
        Status::Paid | Status::PartiallyRefunded | Status::Refunded => Some("the order is paid"),
        Status::ManualReview => {
            let known = facts::of_payment(tx, &payment.id).await?;
            match verdict(&stored.asked(), &known) {
                Verdict::Open | Verdict::Unpaid(_) | Verdict::Indeterminate(_) => None,
                _ => Some("the order is being looked into"),
            }
        }
    })
}

async fn aside(
    app: &App,
    tx: &mut Tx,
    account: &ProviderAccount,
    message: &Message,
    reason: &'static str,
) -> Result<Answered, Problem> {
    if let Received::New = inbox::receive(tx, Door::Provider, message).await? {
        push::set_aside(app, tx, account, message, reason).await.map_err(broken)?;
    }
    Ok(Answered::Declined(reason))
}

fn broken(fault: Fault) -> Problem {
    match fault {
        Fault::Store(error) => error.into(),
        other => Problem::new(crate::problem::Kind::Unavailable, other.to_string()),
    }
}
