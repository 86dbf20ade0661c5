//! A delivery: runs the plugin with what the payment owes its installation, and keeps what became of it.

use super::patience::{self, DELIVERY, Next};
use super::plugin_run::{self, Begun, End, Which};
use super::view::{self, OfLink};
use super::{Fault, failures, remotes};
use crate::app::App;
use crate::connections::runs as connections;
use crate::lifecycle::{credentials, halting, wrong_settings};
use crate::milestones::Milestone;
use kamurj_domain::Event;
use kamurj_plugins::contract::{Call, Delivery as Owed};
use kamurj_store::Tx;
use kamurj_store::deliveries::{self, Delivery, End as Ending, again};
use kamurj_store::erasures::{self, Person};
use kamurj_store::inbox;
use kamurj_store::installations::{self, Installation, Sink, versions};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::payments::{self, Payment, View};
use kamurj_store::road::can_be_paid;
use kamurj_store::runs::kept;
use kamurj_store::sends;
use serde_json::json;
use std::sync::Arc;

/// How long a delivery waits before it looks again whether the payment's own message is done.
const WAIT_FOR_MESSAGE_MS: i64 = 500;

/// Does what is owed.
pub async fn work(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    let Some((delivery, installation, payment, begun)) = begin(app, job).await? else { return Ok(()) };
    let which = begun.which.clone();
    let left = plugin_run::run(app, job, &installation, begun).await?;
    app.milestones.reached(Milestone::RunEnded).await;

    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    plugin_run::keep(app, &mut tx, &installation.id, &which, &left).await?;
    halting::after_run(app, &mut tx, &installation, &delivery.id, &left).await?;
    if is_send(&delivery) {
        sends::ended(&mut tx, &delivery.id, left.end.word()).await?;
    }
    let after = connections::after_run(app, &mut tx, &installation, (&which, &left), DELIVERY.failures).await?;
    if after.is_none() {
        credentials::after_run(app, &mut tx, &installation, (delivery.run, &left)).await?;
        wrong_settings::after_run(app, &mut tx, &installation, (&delivery.id, delivery.run, &left)).await?;
    }
    let next = match after {
        Some(next) => next,
        None => patience::next(app, &mut tx, &left.end, &which, DELIVERY).await?,
    };
    match next {
        Next::Again { at, reason } => {
            tracing::info!(delivery.id = delivery.id, delivery.run = delivery.run, reason, "a delivery is tried again");
            deliveries::next_run(&mut tx, &delivery.id, &reason).await?;
            jobs::restart(&mut tx, job, at).await?;
            tx.commit().await?;
        }
        Next::Done => {
            let remote = match &left.end {
                End::Outcome(outcome) => outcome.remote_ref.clone(),
                End::Broke(_) | End::NoPlugin(_) => None,
            };
            end(app, &mut tx, &delivery, &installation, Ending::Done, remote.as_deref().unwrap_or_default()).await?;
            jobs::finish(&mut tx, job).await?;
            app.commit(tx).await?;
        }
        Next::GiveUp { reason } => {
            tracing::warn!(delivery.id = delivery.id, reason, "a delivery is given up");
            end(app, &mut tx, &delivery, &installation, Ending::Dead, &reason).await?;
            failures::open(app, &mut tx, &delivery, &payment, &reason).await?;
            jobs::finish(&mut tx, job).await?;
            app.commit(tx).await?;
        }
    }
    Ok(())
}

/// Takes up the delivery's run. `None`: there is nothing to do, because the lease is lost or the installation is off.
async fn begin(app: &App, job: &Job) -> Result<Option<(Delivery, Installation, Payment, Begun)>, Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of delivery {} is gone", job.subject));
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let delivery = deliveries::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    let installation =
        installations::by_id(&mut tx, &delivery.installation_id).await?.ok_or_else(|| gone("installation"))?;
    if !installation.active {
        let why = if installation.removed_at.is_some() { "was removed" } else { "is switched off" };
        drop_it(app, tx, job, &delivery, &installation, ("switched-off", &format!("the installation {why}"))).await?;
        return Ok(None);
    }
    if installation.halted.is_some() {
        jobs::postpone(&mut tx, job, app.now() + halting::WAIT_MS).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if installation.sink == Sink::Channel && is_being_asked_for(app, &mut tx, &delivery.payment_id).await? {
        jobs::postpone(&mut tx, job, app.now() + WAIT_FOR_MESSAGE_MS).await?;
        tx.commit().await?;
        return Ok(None);
    }
    // A service that asked for a pause is not asked meanwhile, and what waits for it costs no run.
    let held_ms = if delivery.run_started_at.is_none() { remotes::held_ms(app, &installation.id).await } else { 0 };
    if held_ms > 0 {
        jobs::postpone(&mut tx, job, app.now() + held_ms).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let payment = payments::by_id(&mut tx, &delivery.payment_id).await?.ok_or_else(|| gone("payment"))?;
    // Nobody is invited to pay what was paid meanwhile. A run that began goes on: part of it may have been done.
    if is_send(&delivery) && delivery.run_started_at.is_none() && !can_be_paid(payment.status) {
        let why = format!("the payment is `{}` by now", payment.status.word());
        drop_it(app, tx, job, &delivery, &installation, ("not-payable", &why)).await?;
        return Ok(None);
    }
    if let Some(why) = erased(&mut tx, &delivery, &installation, &payment).await? {
        leave_out(app, tx, job, &delivery, &installation, why).await?;
        return Ok(None);
    }
    let delivery =
        deliveries::begin_run(&mut tx, &delivery.id, &installation, app.now()).await?.ok_or_else(|| gone("row"))?;
    let began = delivery.installation_version.unwrap_or(installation.version);
    let installation = versions::as_of(&mut tx, installation, began).await?;
    let which = Which {
        owner: delivery.id.clone(),
        run: delivery.run,
        started_at: delivery.run_started_at.unwrap_or_else(|| app.now()),
        digest: delivery.digest.clone().unwrap_or_else(|| installation.digest.clone()),
        counts_from: delivery.counts_from,
    };
    let call = call(app, &mut tx, &delivery, &installation, &payment).await?;
    let begun = plugin_run::begin(app, &mut tx, &installation, which, call).await?;
    tx.commit().await?;
    Ok(Some((delivery, installation, payment, begun)))
}

/// Why a delivery is left out that was given up before its customer was erased: nobody is left to tell, or what the remote accepted is not
/// known any more and would be made a second time.
async fn erased(
    tx: &mut Tx,
    delivery: &Delivery,
    installation: &Installation,
    payment: &Payment,
) -> Result<Option<&'static str>, Fault> {
    let Some(at) = erasures::erased_at(tx, &payment.id).await? else { return Ok(None) };
    if installation.sink == Sink::Channel && payment.particulars.channel.is_none() {
        return Ok(Some("the customer's data was erased: there is no conversation to tell it in"));
    }
    let ran = kept::of_owner(tx, &delivery.id).await?;
    let is_forgotten = ran.iter().any(|run| run.run >= delivery.counts_from && run.at < at);
    Ok(is_forgotten.then_some("the customer's data was erased, and with it the record of what the receiver accepted"))
}

/// Ends a delivery as one that is left out.
async fn leave_out(
    app: &App,
    mut tx: Tx,
    job: &Job,
    delivery: &Delivery,
    installation: &Installation,
    why: &str,
) -> Result<(), Fault> {
    if is_send(delivery) {
        sends::ended(&mut tx, &delivery.id, "skipped").await?;
    }
    jobs::finish(&mut tx, job).await?;
    again::skip(&mut tx, &delivery.id, why).await?;
    let body =
        json!({ "delivery": delivery.id, "event": delivery.event, "plugin": installation.plugin, "reason": why });
    app.road(format!("plugin {}", installation.plugin))
        .note(&mut tx, &delivery.payment_id, "delivery.skipped", &body)
        .await?;
    app.commit(tx).await?;
    Ok(())
}

fn is_send(delivery: &Delivery) -> bool {
    delivery.event == Event::SEND.name()
}

/// Ends a delivery without running the plugin. `why`: in one word and in words.
async fn drop_it(
    app: &App,
    mut tx: Tx,
    job: &Job,
    delivery: &Delivery,
    installation: &Installation,
    why: (&str, &str),
) -> Result<(), Fault> {
    if is_send(delivery) {
        sends::ended(&mut tx, &delivery.id, why.0).await?;
    }
    end(app, &mut tx, delivery, installation, Ending::Done, why.1).await?;
    jobs::finish(&mut tx, job).await?;
    app.commit(tx).await?;
    Ok(())
}

/// Whether the message in whose run the payment was asked for is still being worked on. A channel knows what it has sent
/// only when that run has ended: a crash may have cut it off between the link and its note of where the link is.
/// A message that waits for longer than a moment, because its service is down or it breaks its plugin, delays nobody.
async fn is_being_asked_for(app: &App, tx: &mut Tx, payment_id: &str) -> Result<bool, Fault> {
    let Some(message) = inbox::where_asked(tx, payment_id).await? else { return Ok(false) };
    let due = jobs::due_of(tx, Kind::Hook, &message).await?;
    Ok(due.is_some_and(|due| due <= app.now() + app.lease_ms))
}

/// What the plugin is told: the payment as it stood at the event, with what it has of its link now.
async fn call(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    installation: &Installation,
    payment: &Payment,
) -> Result<Call, Fault> {
    let view = serde_json::from_str(&delivery.view)
        .map_err(|_| Fault::Broken(format!("the view of delivery {} cannot be read", delivery.id)))?;
    let of_link = OfLink::read(app, tx, payment).await?;
    let mut extra = Vec::new();
    if is_send(delivery) {
        extra.extend(sends::of_delivery(tx, &delivery.id).await?.map(|id| ("send".to_owned(), id)));
    }
    if failures::is_about_exceptions(&delivery.event) {
        extra.extend(failures::told(tx, &payment.id).await?);
    }
    let owed = Owed {
        id: delivery.id.clone(),
        event: delivery.event.clone(),
        payment: view::payment(app, payment, view, of_link)?,
        run: u32::try_from(delivery.run).unwrap_or(u32::MAX),
        extra,
    };
    Ok(match installation.sink {
        Sink::Channel => Call::Deliver(owed),
        Sink::Crm | Sink::Ledger => Call::Sync(owed),
    })
}

async fn end(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    installation: &Installation,
    how: Ending,
    detail: &str,
) -> Result<(), Fault> {
    deliveries::end(tx, &delivery.id, how, detail).await?;
    let kind = match how {
        Ending::Done => "delivery.done",
        Ending::Dead => "delivery.failed",
    };
    // What the journal has stays for ever. A channel's own name of its message may be made of a telephone number.
    let is_name_in_chat =
        how == Ending::Done && installation.sink == Sink::Channel && delivery.run_started_at.is_some();
    let detail = if is_name_in_chat {
        String::new()
    } else {
        let order = serde_json::from_str::<View>(&delivery.view).map(|view| view.particulars).unwrap_or_default();
        Person::of(&order).taken_out_of(detail)
    };
    let body = json!({
        "delivery": delivery.id,
        "event": delivery.event,
        "plugin": installation.plugin,
        "runs": delivery.run,
        "detail": detail,
    });
    app.road(format!("plugin {}", installation.plugin)).note(tx, &delivery.payment_id, kind, &body).await?;
    Ok(())
}
