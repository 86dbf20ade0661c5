//! An inbound message for a plugin: runs the plugin with it. A message that breaks the plugin is set aside after some
//! tries, so that it does not hold up its conversation for ever.

use super::Fault;
use super::patience::{self, HOOK, Next};
use super::plugin_run::{self, Begun, Which};
use crate::app::{App, inbox_place};
use crate::connections::runs as connections;
use crate::lifecycle::{credentials, halting, wrong_settings};
use crate::milestones::Milestone;
use kamurj_domain::ExceptionKind;
use kamurj_plugins::contract::{Call, InboundRequest};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::inbox::{self, Message};
use kamurj_store::installations::{self, Installation, versions};
use kamurj_store::jobs::{self, Job};
use std::sync::Arc;

/// Hands the message to its plugin.
pub async fn work(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    let Some((message, installation, begun)) = begin(app, job).await? else { return Ok(()) };
    let which = begun.which.clone();
    let left = plugin_run::run(app, job, &installation, begun).await?;
    app.milestones.reached(Milestone::RunEnded).await;

    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    plugin_run::keep(app, &mut tx, &installation.id, &which, &left).await?;
    halting::after_run(app, &mut tx, &installation, &message.id, &left).await?;
    let after = connections::after_run(app, &mut tx, &installation, (&which, &left), HOOK.failures).await?;
    if after.is_none() {
        credentials::after_run(app, &mut tx, &installation, (message.run, &left)).await?;
        wrong_settings::after_run(app, &mut tx, &installation, (&message.id, message.run, &left)).await?;
    }
    let next = match after {
        Some(next) => next,
        None => patience::next(app, &mut tx, &left.end, &which, HOOK).await?,
    };
    match next {
        Next::Again { at, reason } => {
            tracing::info!(inbox.id = message.id, run = message.run, reason, "a message is handed over again");
            inbox::next_run(&mut tx, &message.id, &reason).await?;
            jobs::restart(&mut tx, job, at).await?;
        }
        Next::Done => {
            inbox::done(&mut tx, &message.id, "").await?;
            jobs::finish(&mut tx, job).await?;
        }
        Next::GiveUp { reason } => {
            tracing::warn!(inbox.id = message.id, reason, "a message is set aside");
            inbox::quarantine(&mut tx, &message.id, &reason).await?;
            let exception = Exception {
                id: app.ids.new_id("exc"),
                merchant_id: installation.merchant_id.clone(),
                mode: installation.mode,
                payment_id: None,
                kind: ExceptionKind::InboundFailed.word().to_owned(),
                subject: message.id.clone(),
                detail: reason,
            };
            exceptions::open(&mut tx, &exception, app.now()).await?;
            jobs::finish(&mut tx, job).await?;
        }
    }
    tx.commit().await?;
    app.ring();
    Ok(())
}

async fn begin(app: &App, job: &Job) -> Result<Option<(Message, Installation, Begun)>, Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of message {} is gone", job.subject));
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let message = inbox::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    let installation = installations::by_id(&mut tx, &message.owner_id).await?.ok_or_else(|| gone("installation"))?;
    if !installation.active {
        let why = if installation.removed_at.is_some() { "was removed" } else { "is switched off" };
        inbox::done(&mut tx, &message.id, &format!("the installation {why}")).await?;
        jobs::finish(&mut tx, job).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if installation.halted.is_some() {
        jobs::postpone(&mut tx, job, app.now() + halting::WAIT_MS).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let began = inbox::begin_run(&mut tx, &job.subject, installation.version, app.now()).await?;
    let message = inbox::by_id(&mut tx, &job.subject).await?.unwrap_or(message);
    let installation = versions::as_of(&mut tx, installation, began).await?;
    let which = Which {
        owner: message.id.clone(),
        run: message.run,
        started_at: message.run_started_at.unwrap_or(message.received_at),
        digest: installation.digest.clone(),
        counts_from: 1,
    };
    let call = call(app, &message, message.run)?;
    let begun = plugin_run::begin(app, &mut tx, &installation, which, call).await?;
    tx.commit().await?;
    Ok(Some((message, installation, begun)))
}

/// What the plugin is told in this run: the message as it was received.
pub(super) fn call(app: &App, message: &Message, run: i64) -> Result<Call, Fault> {
    Ok(Call::Inbound(InboundRequest {
        id: message.id.clone(),
        path: message.path.clone(),
        method: message.method.clone(),
        query: message.query.clone(),
        headers: message.headers.clone(),
        body: app.sealer.open(&inbox_place(&message.id), &message.body_sealed)?.to_vec(),
        received_at: message.received_at,
        run: u32::try_from(run).unwrap_or(u32::MAX),
        extra: Vec::new(),
    }))
}
