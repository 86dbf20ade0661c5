//! Refunds: the provider is called once, after the refund is committed and its amount reserved. From then on it is only
//! asked what came of it: a call whose answer was lost is never made again by itself.

use super::Fault;
use super::lookup::payment_reference;
use crate::app::App;
use crate::milestones::Milestone;
use kamurj_domain::attempt::Call;
use kamurj_domain::{Evidence, ExceptionKind, FactKind, Money, Source};
use kamurj_providers::{
    Lookup, Provider, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundQuestions, RefundStatement, RefundStatus,
};
use kamurj_store::attempts::{self, Stored};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::refunds::{self, Refund};
use kamurj_store::road::RefundTold;
use kamurj_store::{Tx, facts, merchants, payments};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long a refund that the provider does not know may still turn up there, after our call was not answered.
const MAY_TURN_UP_MS: i64 = 2 * MINUTE;
/// How long a refund's end may stay unknown before a person is told.
const IN_DOUBT_AFTER_MS: i64 = 30 * MINUTE;
/// How long the look-ups go on after the call.
const GIVE_UP_AFTER_MS: i64 = 7 * 24 * HOUR;

/// What was found out, and whether it ends the asking.
enum Found {
    Told(RefundTold),
    /// Nothing new; ask again.
    Nothing,
    /// The provider cannot be asked about refunds.
    Unanswerable,
}

/// Calls the provider, or asks what came of the call.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let lease_ends = app.now() + app.lease_ms;
    let before = match count_before(app, job).await? {
        Before::Unneeded => None,
        Before::Count { minor, asked_at } => Some((minor, asked_at)),
        Before::Wait(reason) => return put_off(app, job, reason).await,
    };
    let Some(Begun { refund, stored, provider, payment, is_first }) = begin(app, job, before).await? else {
        return Ok(());
    };
    let name = stored.attempt.provider.clone();
    let found = if is_first {
        app.milestones.reached(Milestone::BeforeRefundCall).await;
        if app.now() >= lease_ends {
            // This worker stood still for longer than its lease: others ask by now whether the provider has it, and may have
            // concluded that it never will.
            return Ok(());
        }
        let answer = provider.refund(&order(&refund, &stored, payment)).await;
        app.milestones.reached(Milestone::AfterRefundCall).await;
        of_answer(&name, &refund, answer)
    } else if is_covered(app, &refund).await? {
        // The count that would tell of it holds another refund's money by now.
        Found::Nothing
    } else {
        let of = RefundOf {
            number: stored.attempt.number.clone(),
            reference: reference(&stored),
            payment,
            refund: refund.id.clone(),
            amount: refund.amount,
            before: refund.before_minor.map(|minor| Money::new(minor, refund.amount.currency)),
        };
        let dispatched_at = refund.dispatched_at.unwrap_or(refund.asked_at);
        of_lookup(&name, &refund, provider.lookup_refund(&of).await, app.now() - dispatched_at)
    };
    keep(app, job, &refund, &name, found).await
}

/// How much of an attempt went back before a refund is asked for.
enum Before {
    /// It need not be known.
    Unneeded,
    /// So many minor units, by a question that left at this time.
    Count { minor: i64, asked_at: i64 },
    /// It cannot be known yet, for this reason.
    Wait(&'static str),
}

/// Where refunds are known by the provider's count alone: reads the count, before the first call and with no other refund of the
/// attempt under way, so that what this one adds to it can be told.
async fn count_before(app: &App, job: &Job) -> Result<Before, Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of refund {} is gone", job.subject));
    let mut tx = app.db.read().await?;
    let refund = refunds::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    if refund.dispatched_at.is_some() {
        return Ok(Before::Unneeded);
    }
    let stored = attempts::by_id(&mut tx, &refund.attempt_id).await?.ok_or_else(|| gone("attempt"))?;
    let account = merchants::account(&mut tx, &stored.attempt.account).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider_about(&mut tx, &account, Some(&refund.attempt_id)).await?;
    if provider.capabilities().refund_lookup != RefundQuestions::ByTotal {
        return Ok(Before::Unneeded);
    }
    if refunds::is_another_under_way(&mut tx, &refund.attempt_id, &refund.id).await? {
        return Ok(Before::Wait("another refund of this payment is not known to have ended"));
    }
    let asked_at = app.now();
    let of = super::lookup::of(&stored, &facts::of_payment(&mut tx, &refund.payment_id).await?);
    drop(tx);
    Ok(match provider.lookup(&of).await {
        // A count that is not told is not nought.
        Lookup::Found(statement) if super::lookup::belongs(&stored, &statement) => match statement.refunded {
            Some(refunded) => Before::Count { minor: refunded.minor, asked_at },
            None => Before::Wait("the provider does not say how much went back before"),
        },
        _ => Before::Wait("the provider could not be asked how much went back before"),
    })
}

/// Whether a refund that is known by the provider's count alone was followed by another, which the count tells of as well.
async fn is_covered(app: &App, refund: &Refund) -> Result<bool, Fault> {
    let (Some(_), Some(dispatched_at)) = (refund.before_minor, refund.dispatched_at) else { return Ok(false) };
    let mut tx = app.db.read().await?;
    Ok(refunds::is_another_since(&mut tx, &refund.attempt_id, &refund.id, dispatched_at).await?)
}

/// Nothing was asked for yet; it is tried again for a while. What was never asked for did not happen, so it may end as failed.
async fn put_off(app: &App, job: &Job, reason: &'static str) -> Result<(), Fault> {
    let mut tx = app.db.write().await?;
    if jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        let refund = refunds::by_id(&mut tx, &job.subject).await?;
        let refund = refund.filter(|refund| refund.dispatched_at.is_none());
        if let Some(refund) = refund.filter(|refund| app.now() >= refund.asked_at + IN_DOUBT_AFTER_MS) {
            let told = failed(&refund, "refund", &format!("it was never asked for: {reason}"));
            app.road("refund").refund_told(&mut tx, told).await?;
            jobs::finish(&mut tx, job).await?;
            app.commit(tx).await?;
            return Ok(());
        }
        let wait = if job.tries < 10 { 20 * SECOND } else { 10 * MINUTE };
        jobs::postpone(&mut tx, job, app.now() + super::jitter(app, wait)).await?;
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    Ok(())
}

/// A refund that was taken up.
struct Begun {
    refund: Refund,
    stored: Stored,
    provider: Box<dyn Provider>,
    /// The provider's id of the payment, where it told us one.
    payment: Option<String>,
    /// Whether it is asked for now; it was before, otherwise.
    is_first: bool,
}

/// Takes the refund up. From the first time on it counts as sent. `None`: its end is known, the lease is lost, or it waits.
async fn begin(app: &App, job: &Job, before: Option<(i64, i64)>) -> Result<Option<Begun>, Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of refund {} is gone", job.subject));
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let refund = refunds::by_id(&mut tx, &job.subject).await?.ok_or_else(|| gone("row"))?;
    let stored = attempts::by_id(&mut tx, &refund.attempt_id).await?.ok_or_else(|| gone("attempt"))?;
    let account = merchants::account(&mut tx, &stored.attempt.account).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider_about(&mut tx, &account, Some(&refund.attempt_id)).await?;
    if let Some((_, counted_at)) = before {
        // Two refunds of one attempt are taken up one after the other.
        payments::lock(&mut tx, &refund.payment_id).await?;
        let id = (refund.attempt_id.as_str(), refund.id.as_str());
        // One that was asked for since the count is not in it, whatever became of it.
        if refunds::is_another_under_way(&mut tx, id.0, id.1).await?
            || refunds::is_another_since(&mut tx, id.0, id.1, counted_at).await?
        {
            jobs::postpone(&mut tx, job, app.now() + super::jitter(app, 20 * SECOND)).await?;
            tx.commit().await?;
            return Ok(None);
        }
    }
    if refund.dispatched_at.is_none() && is_taken_back(&mut tx, &refund).await? {
        // The customer has the money already: giving it back once more would pay them twice (D5).
        let told = failed(&refund, &stored.attempt.provider, "the bank took the payment back before it was sent");
        app.road("refund").refund_told(&mut tx, told).await?;
        jobs::finish(&mut tx, job).await?;
        app.commit(tx).await?;
        return Ok(None);
    }
    let is_first = refunds::dispatch(&mut tx, &refund.id, app.now(), before.map(|(minor, _)| minor)).await?;
    let known = facts::of_payment(&mut tx, &refund.payment_id).await?;
    let payment = payment_reference(&known, &refund.attempt_id);
    tx.commit().await?;
    Ok(Some(Begun { refund, stored, provider, payment, is_first }))
}

/// Whether the bank took back the payment that this refund would give back.
async fn is_taken_back(tx: &mut Tx, refund: &Refund) -> Result<bool, Fault> {
    let payment = payments::by_id(tx, &refund.payment_id).await?;
    Ok(payment.is_some_and(|payment| {
        payment.exceptions.iter().any(|exception| {
            exception.subject == refund.attempt_id
                && matches!(exception.kind, ExceptionKind::Chargeback | ExceptionKind::Reversed)
        })
    }))
}

fn order(refund: &Refund, stored: &Stored, payment: Option<String>) -> RefundOrder {
    RefundOrder {
        number: stored.attempt.number.clone(),
        reference: reference(stored),
        payment,
        refund: refund.id.clone(),
        amount: refund.amount,
        reason: refund.reason.clone(),
    }
}

fn reference(stored: &Stored) -> Option<String> {
    match &stored.attempt.call {
        Call::Open { reference, .. } => Some(reference.clone()),
        Call::Dispatched | Call::Refused { .. } => None,
    }
}

fn of_answer(provider: &str, refund: &Refund, answer: RefundAnswer) -> Found {
    let source = format!("{provider} refund");
    match answer {
        RefundAnswer::Done(statement) => found(told(&source, Evidence::Lookup, refund, &statement, None)),
        RefundAnswer::InProgress => Found::Nothing,
        RefundAnswer::NoAnswer { reason } => {
            tracing::warn!(refund.id, reason, "a refund got no clear answer");
            Found::Nothing
        }
        RefundAnswer::Refused { reason } => Found::Told(failed(refund, &source, &reason)),
        RefundAnswer::Unsupported => Found::Told(failed(refund, &source, "the provider gives nothing back when asked")),
    }
}

fn of_lookup(provider: &str, refund: &Refund, answer: RefundLookup, age: i64) -> Found {
    let source = format!("{provider} look-up");
    match answer {
        RefundLookup::Found(statement) => found(told(&source, Evidence::Lookup, refund, &statement, None)),
        RefundLookup::NoSuchRefund if age >= MAY_TURN_UP_MS && refund.state != "done" => {
            Found::Told(failed(refund, &source, "the provider does not know this refund"))
        }
        RefundLookup::NoSuchRefund => Found::Nothing,
        RefundLookup::NoAnswer { reason } => {
            tracing::warn!(refund.id, reason, "a look-up of a refund got no answer");
            Found::Nothing
        }
        RefundLookup::Unsupported => Found::Unanswerable,
    }
}

fn found(told: Option<RefundTold>) -> Found {
    told.map_or(Found::Nothing, Found::Told)
}

/// What a statement about a refund teaches, where it decides anything.
pub(super) fn told(
    source: &str,
    evidence: Evidence,
    refund: &Refund,
    statement: &RefundStatement,
    message: Option<String>,
) -> Option<RefundTold> {
    let kind = match statement.status {
        RefundStatus::Done => FactKind::Refunded,
        RefundStatus::Failed => FactKind::RefundFailed,
        RefundStatus::InProgress | RefundStatus::Unknown => return None,
    };
    let said = (statement.provider_time, statement.amount.map(|amount| amount.minor));
    Some(RefundTold {
        refund: refund.id.clone(),
        kind,
        evidence,
        source: Source { name: source.to_owned(), key: format!("{source}:{}:{}:{said:?}", refund.id, kind.word()) },
        amount: statement.amount,
        provider_time: statement.provider_time,
        reference: statement.reference.clone(),
        reason: statement.reason.clone(),
        message,
        purpose: None,
    })
}

/// Our own conclusion that a refund did not happen, or that nobody can say.
fn failed(refund: &Refund, source: &str, reason: &str) -> RefundTold {
    own(refund, FactKind::RefundFailed, source, reason)
}

fn own(refund: &Refund, kind: FactKind, source: &str, reason: &str) -> RefundTold {
    RefundTold {
        refund: refund.id.clone(),
        kind,
        evidence: Evidence::Own,
        source: Source { name: source.to_owned(), key: format!("{}:{}", kind.word(), refund.id) },
        amount: None,
        provider_time: None,
        reference: None,
        reason: Some(reason.to_owned()),
        message: None,
        purpose: None,
    }
}

async fn keep(app: &App, job: &Job, refund: &Refund, provider: &str, found: Found) -> Result<(), Fault> {
    let road = app.road(format!("{provider} refund"));
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let age = app.now() - refund.dispatched_at.unwrap_or_else(|| app.now());
    match found {
        Found::Told(told) => {
            let payment = road.refund_told(&mut tx, told).await?;
            // Where money went back that we had not asked for, only the provider's new count tells the two apart.
            let known = facts::of_payment(&mut tx, &payment.id).await?;
            if known.iter().any(|fact| fact.kind == FactKind::Refunded && fact.refund.is_none()) {
                jobs::put_at(&mut tx, Kind::Lookup, &refund.attempt_id, app.now()).await?;
            }
            jobs::finish(&mut tx, job).await?;
        }
        Found::Unanswerable => {
            in_doubt(&road, &mut tx, refund, provider, "the provider cannot be asked about refunds").await?;
            jobs::finish(&mut tx, job).await?;
        }
        Found::Nothing => {
            if age >= IN_DOUBT_AFTER_MS && refund.state == "pending" {
                in_doubt(&road, &mut tx, refund, provider, "the provider's answer could not be had").await?;
            }
            if age >= GIVE_UP_AFTER_MS {
                jobs::finish(&mut tx, job).await?;
            } else {
                jobs::postpone(&mut tx, job, app.now() + wait(app, age)).await?;
            }
        }
    }
    app.commit(tx).await?;
    Ok(())
}

async fn in_doubt(
    road: &kamurj_store::road::Road,
    tx: &mut Tx,
    refund: &Refund,
    provider: &str,
    reason: &str,
) -> Result<(), Fault> {
    road.refund_told(tx, own(refund, FactKind::RefundInDoubt, provider, reason)).await?;
    Ok(())
}

/// How long until the next question, by the time since the call, a fifth more or less.
fn wait(app: &App, age: i64) -> i64 {
    let plain = match age {
        ..=120_000 => 20 * SECOND,
        120_001..=1_800_000 => 2 * MINUTE,
        _ => HOUR,
    };
    super::jitter(app, plain)
}
