//! A provider's push, proven and written down: finds the attempt that it speaks of and adds what it says to the facts. What
//! does not belong together changes nothing and is set aside.

use super::Fault;
use super::lookup::{belongs, learned};
use super::refund;
use crate::app::{App, inbox_place};
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::{Evidence, Mode, Source};
use kamurj_providers::{Pushed, RefundStatement, Statement, Tidings};
use kamurj_store::Tx;
use kamurj_store::attempts::{self, Stored};
use kamurj_store::defect::{self, Defect};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::inbox::{self, Message};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::merchants::{self, ProviderAccount};
use kamurj_store::refunds::{self, Refund};
use kamurj_store::road::Learned;

/// How long a message about an unknown order may wait for its attempt to be committed, in milliseconds.
const PARKED_MS: i64 = 10 * 60 * 1000;
const PARKED_STEP_MS: i64 = 2_000;

/// What a push turned out to be.
pub(super) enum Reading {
    /// It speaks of this attempt.
    Of(Box<Stored>),
    /// No attempt fits yet.
    Unknown,
    /// It names things that do not belong together.
    Mixed,
}

/// Folds the push into its payment.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of message {} is gone", job.subject));
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let message = inbox::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    let account = merchants::account(&mut tx, &message.owner_id).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider(&mut tx, &account).await?;
    let body = app.sealer.open(&inbox_place(&message.id), &message.body_sealed)?;
    let pushed = Pushed { method: &message.method, query: &message.query, headers: &message.headers, body: &body };
    match provider.read_push(&pushed) {
        Ok(Tidings::Nothing) => inbox::done(&mut tx, &message.id, "says nothing that decides").await?,
        Err(refused) => set_aside(app, &mut tx, &account, &message, &refused.to_string()).await?,
        Ok(Tidings::Refund(statement)) => match find_refund(&mut tx, &account, &statement).await? {
            Some(refund) => take_refund(app, &mut tx, &message, &account, &refund, &statement).await?,
            None => set_aside(app, &mut tx, &account, &message, "no refund of this attempt has this id").await?,
        },
        Ok(Tidings::Session(statement)) => match find(&mut tx, &account, &statement).await? {
            Reading::Of(stored) => take(app, &mut tx, &message, &account, &stored, &statement).await?,
            Reading::Unknown if app.now() < message.received_at + PARKED_MS => {
                jobs::postpone(&mut tx, job, app.now() + PARKED_STEP_MS).await?;
                tx.commit().await?;
                return Ok(());
            }
            Reading::Unknown => set_aside(app, &mut tx, &account, &message, "no attempt has this order number").await?,
            Reading::Mixed => {
                let reason = "order number and session belong to different attempts";
                set_aside(app, &mut tx, &account, &message, reason).await?;
            }
        },
    }
    jobs::finish(&mut tx, job).await?;
    app.commit(tx).await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, account: &ProviderAccount, statement: &Statement) -> Result<Reading, Fault> {
    let by_number = attempts::by_number(tx, &account.id, &statement.number).await?;
    let by_reference = attempts::by_reference(tx, &account.id, &statement.reference).await?;
    let Some(stored) = by_number else {
        return Ok(if by_reference.is_some() { Reading::Mixed } else { Reading::Unknown });
    };
    if defect::has(Defect::ReferencesUnchecked) {
        return Ok(Reading::Of(Box::new(stored)));
    }
    let one_attempt = by_reference.is_none_or(|other| other.attempt.id == stored.attempt.id);
    Ok(if one_attempt && belongs(&stored, statement) { Reading::Of(Box::new(stored)) } else { Reading::Mixed })
}

pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    message: &Message,
    account: &ProviderAccount,
    stored: &Stored,
    statement: &Statement,
) -> Result<(), Fault> {
    let name = format!("{} webhook", account.provider);
    let road = app.road(name.clone());
    if let (Call::Dispatched | Call::Refused { .. }, Some(url)) = (&stored.attempt.call, &statement.url) {
        let session = Answer::Session { reference: statement.reference.clone(), url: url.clone() };
        road.answered(tx, &stored.attempt.id, &session).await?;
    }
    let facts: Vec<Learned> = learned(&stored.attempt, &name, Evidence::SignedNotice, statement, None)
        .into_iter()
        .map(|fact| {
            let key = format!("push:{}:{}", message.natural_key, fact.kind.word());
            Learned { source: Source { name: name.clone(), key }, message: message.digest.clone(), ..fact }
        })
        .collect();
    let note = if facts.is_empty() {
        "says nothing that decides"
    } else {
        road.learn(tx, &stored.payment_id, facts).await?.status.word()
    };
    // A proven push is always followed by a question: the two must agree.
    jobs::put_at(tx, Kind::Lookup, &stored.attempt.id, app.now()).await?;
    inbox::done(tx, &message.id, note).await?;
    Ok(())
}

/// The refund that a statement speaks of: ours, of an attempt on this account that has this number.
async fn find_refund(
    tx: &mut Tx,
    account: &ProviderAccount,
    statement: &RefundStatement,
) -> Result<Option<Refund>, Fault> {
    let Some(refund) = refunds::by_id(tx, &statement.refund).await? else { return Ok(None) };
    let attempt = attempts::by_number(tx, &account.id, &statement.number).await?;
    Ok(attempt.filter(|stored| stored.attempt.id == refund.attempt_id).map(|_| refund))
}

async fn take_refund(
    app: &App,
    tx: &mut Tx,
    message: &Message,
    account: &ProviderAccount,
    refund: &Refund,
    statement: &RefundStatement,
) -> Result<(), Fault> {
    let name = format!("{} webhook", account.provider);
    let digest = message.digest.clone();
    let told = refund::told(&name, Evidence::SignedNotice, refund, statement, digest);
    let note = match told {
        Some(told) => app.road(name).refund_told(tx, told).await?.status.word(),
        None => "says nothing that decides",
    };
    // A proven push is always followed by a question: the two must agree.
    jobs::put_at(tx, Kind::Refund, &refund.id, app.now()).await?;
    inbox::done(tx, &message.id, note).await?;
    Ok(())
}

pub(super) async fn set_aside(
    app: &App,
    tx: &mut Tx,
    account: &ProviderAccount,
    message: &Message,
    reason: &str,
) -> Result<(), Fault> {
    tracing::warn!(inbox.id = message.id, account.id = account.id, reason, "a push was set aside");
    inbox::quarantine(tx, &message.id, reason).await?;
    let mode: Mode = account.mode;
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: account.merchant_id.clone(),
        mode,
        payment_id: None,
        kind: "unknown_order".to_owned(),
        subject: message.id.clone(),
        detail: reason.to_owned(),
    };
    exceptions::open(tx, &exception, app.now()).await?;
    Ok(())
}
