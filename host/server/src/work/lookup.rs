//! The reconciler: asks the provider about attempts whose end is not known, seconds apart while the session is young, minutes
//! apart while it lives, once soon after its end, then ever more rarely, until it is known or given up.

use super::Fault;
use super::budget::Asker;
use super::spending::{self, Spent};
use crate::app::App;
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Attempt, Evidence, ExceptionKind, Fact, FactKind, Source};
use kamurj_providers::{Lookup, LookupOf, Provider, Pushes, SessionStatus, Statement};
use kamurj_store::attempts::{self, Stored};
use kamurj_store::defect::{self, Defect};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::road::Learned;
use kamurj_store::{Tx, facts, merchants};
use std::sync::Arc;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long after its session's end a no may still turn into a yes, at a provider that would not tell us: a payer whose first card
/// was declined pays with another, or the bank's staff correct it.
const NO_MAY_TURN_MS: i64 = 2 * HOUR;
/// How much earlier than its attempt a payment may be dated, by a clock that is not ours.
const CLOCKS_APART_MS: i64 = 15 * MINUTE;
/// How long a call of ours that was not answered may still turn up at the provider.
pub(super) const MAY_TURN_UP_MS: i64 = 2 * MINUTE;
/// How long after its end a session that cannot be asked about may still be spoken of in time by its provider.
const HEARD_LATE_MS: i64 = 10 * MINUTE;
/// How long after the session's end the look-ups go on.
const GIVE_UP_AFTER_MS: i64 = 24 * HOUR;
/// How often the provider is asked at least before the asking is given up.
const FEWEST_TRIES: i64 = 8;

/// Asks about the job's attempt.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let asked_at = app.now();
    let (stored, answer, provider) = ask(app, &job.subject).await?;
    keep(app, job, &stored, (asked_at, answer), &*provider).await
}

/// What became of claiming a job before its time.
pub(super) enum Claimed {
    /// It may be done now.
    Job(Box<Job>),
    /// Somebody is doing it.
    Held,
    /// The budget of its provider account is empty. The schedule goes on.
    NoRoom,
    /// There is nothing left to do.
    Over,
}

/// Claims the subject's job for somebody who waits, due or not.
pub(super) async fn claim(app: &App, kind: Kind, subject: &str, asker: Asker) -> Result<Claimed, kamurj_store::Error> {
    let spent = match kind {
        // Before the transaction, in which nobody is asked.
        Kind::Lookup => match spending::of_attempt(app, subject, asker).await? {
            Some(spent) => spent,
            None => return Ok(Claimed::NoRoom),
        },
        _ => Spent::default(),
    };
    let claimed = claim_here(app, kind, subject, asker).await;
    let job = match &claimed {
        Ok(Claimed::Job(job)) => std::slice::from_ref(&**job),
        _ => &[],
    };
    spent.settle(app, job).await;
    claimed
}

async fn claim_here(app: &App, kind: Kind, subject: &str, asker: Asker) -> Result<Claimed, kamurj_store::Error> {
    let mut tx = app.db.write().await?;
    let now = app.now();
    let Some(job) = jobs::claim_one(&mut tx, kind, subject, now, now + app.lease_ms).await? else {
        let is_held = jobs::due_of(&mut tx, kind, subject).await?.is_some();
        tx.rollback().await?;
        return Ok(if is_held { Claimed::Held } else { Claimed::Over });
    };
    if kind == Kind::Lookup {
        if app.turns.is_unknown(job.owner(), now) {
            super::tell_address(app, &mut tx, job.owner()).await?;
        }
        if !app.turns.admit(job.owner(), asker, now) {
            tx.rollback().await?;
            return Ok(Claimed::NoRoom);
        }
    }
    tx.commit().await?;
    Ok(Claimed::Job(Box::new(job)))
}

/// Asks at once, unless a worker is asking already. For a customer who has just come back. Answers whether somebody else is
/// asking.
pub async fn ask_now(app: &Arc<App>, attempt_id: &str) -> bool {
    do_now(app, Kind::Lookup, attempt_id).await
}

/// Does the subject's job at once, unless a worker is at it already or its provider was asked too often. Answers whether a
/// worker is at it.
pub(super) async fn do_now(app: &Arc<App>, kind: Kind, subject: &str) -> bool {
    match claim(app, kind, subject, Asker::Returned).await {
        Ok(Claimed::Job(job)) => {
            // In a task of its own: the browser may leave, the answer is kept all the same.
            let app = app.clone();
            if let Err(error) = tokio::spawn(async move { super::work(&app, *job).await }).await {
                tracing::error!(%error, "a look-up broke off");
            }
        }
        Ok(Claimed::Held) => return true,
        Ok(Claimed::NoRoom | Claimed::Over) => {}
        Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "a look-up could not be claimed"),
    }
    false
}

async fn ask(app: &App, attempt_id: &str) -> Result<(Stored, Lookup, Box<dyn Provider>), Fault> {
    let gone = |what: &str| Fault::Broken(format!("the {what} of attempt {attempt_id} is gone"));
    let mut tx = app.db.read().await?;
    let stored = attempts::by_id(&mut tx, attempt_id).await?.ok_or_else(|| gone("row"))?;
    let account = merchants::account(&mut tx, &stored.attempt.account).await?.ok_or_else(|| gone("account"))?;
    let provider = app.provider_about(&mut tx, &account, Some(attempt_id)).await?;
    let of = of(&stored, &facts::of_payment(&mut tx, &stored.payment_id).await?);
    drop(tx);
    let answer = provider.lookup(&of).await;
    Ok((stored, answer, provider))
}

/// Has the provider asked now, also where the asking was over, unless it said that it took the money.
pub(crate) async fn ask_unless_approved(tx: &mut Tx, stored: &Stored, now: i64) -> Result<(), kamurj_store::Error> {
    let known = facts::of_payment(tx, &stored.payment_id).await?;
    if matches!(verdict(&stored.asked(), &known), Verdict::Approved(_)) {
        return jobs::hasten(tx, Kind::Lookup, &stored.attempt.id, now).await;
    }
    jobs::put_at(tx, Kind::Lookup, &stored.attempt.id, now).await
}

/// What a provider knows the attempt by.
pub(crate) fn of(stored: &Stored, known: &[Fact]) -> LookupOf {
    let reference = match &stored.attempt.call {
        Call::Open { reference, .. } => Some(reference.clone()),
        Call::Dispatched | Call::Refused { .. } => None,
    };
    LookupOf { number: stored.attempt.number.clone(), reference, payment: payment_reference(known, &stored.attempt.id) }
}

/// The provider's id of the payment, by the strongest of those who told it.
pub(super) fn payment_reference(known: &[Fact], attempt: &str) -> Option<String> {
    known
        .iter()
        .filter(|fact| fact.is_about(attempt) && fact.kind == FactKind::Approved && fact.evidence.decides())
        .filter(|fact| fact.reference.is_some())
        .max_by_key(|fact| (fact.evidence, &fact.reference))
        .and_then(|fact| fact.reference.clone())
}

async fn keep(
    app: &App,
    job: &Job,
    stored: &Stored,
    (asked_at, answer): (i64, Lookup),
    provider: &dyn Provider,
) -> Result<(), Fault> {
    let attempt = &stored.attempt;
    let name = format!("{} look-up", attempt.provider);
    let mut tx = app.db.write().await?;
    // Timed when the writing begins: whoever follows what was announced goes by these times.
    let road = app.road(name.clone());
    // The lease is checked first, so that two askers never keep two answers at once.
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let mut no_may_turn = false;
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
            let left = left_unpaid(provider, attempt, statement, app.now());
            let statement = left.as_ref().unwrap_or(statement);
            let facts = learned(attempt, &name, Evidence::Lookup, statement, Some(asked_at));
            if facts.is_empty() {
                if statement.status == SessionStatus::Open {
                    attempts::seen_open(&mut tx, &attempt.id, app.now()).await?;
                    tx.changes(&stored.payment_id);
                }
                false
            } else {
                let payment = road.learn(&mut tx, &stored.payment_id, facts).await?;
                let is_no = matches!(statement.status, SessionStatus::Declined | SessionStatus::Abandoned);
                no_may_turn = is_no
                    && provider.capabilities().push != Pushes::Proven
                    && app.now() < attempt.session_ends_at + NO_MAY_TURN_MS;
                // Only a newer answer can settle a contradiction, so the asking goes on.
                !no_may_turn
                    && !payment.exceptions.iter().any(|exception| {
                        exception.kind == ExceptionKind::Contradiction && exception.subject == attempt.id
                    })
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
        Lookup::Unsupported => {
            let speaks_until = attempt.session_ends_at + HEARD_LATE_MS;
            if app.now() < speaks_until {
                jobs::postpone(&mut tx, job, speaks_until).await?;
                app.commit(tx).await?;
                return Ok(());
            }
            // Read in this transaction: the provider may have asked while this was on its way.
            let told_yes_at = attempts::by_id(&mut tx, &attempt.id).await?.and_then(|stored| stored.provider_asked_at);
            let known = facts::of_payment(&mut tx, &stored.payment_id).await?;
            if verdict(&stored.asked(), &known) != Verdict::Open {
                // It was told of by a push.
                jobs::finish(&mut tx, job).await?;
                app.commit(tx).await?;
                return Ok(());
            }
            let fact = unheard(attempt, &name, provider.capabilities().asks_first && told_yes_at.is_some(), app.now());
            road.learn(&mut tx, &stored.payment_id, vec![fact]).await?;
            true
        }
    };
    // One that was begun late, because of a push or a refund, has its tries all the same.
    let is_over = app.now() >= attempt.session_ends_at + GIVE_UP_AFTER_MS && job.tries >= FEWEST_TRIES;
    let gave_up = !decided && is_over;
    if gave_up {
        let source = Source { name, key: format!("gave-up:{}", attempt.id) };
        let fact = Learned::plain(&attempt.id, FactKind::GaveUp, Evidence::Own, source);
        road.learn(&mut tx, &stored.payment_id, vec![fact]).await?;
    }
    if decided || gave_up {
        jobs::finish(&mut tx, job).await?;
    } else {
        let at = if no_may_turn { app.now() + super::jitter(app, 10 * MINUTE) } else { next(app, attempt) };
        jobs::postpone(&mut tx, job, at).await?;
    }
    app.commit(tx).await?;
    Ok(())
}

/// What we conclude about a session that ended without a word, at a provider that cannot be asked: it took no money, until the
/// provider says otherwise. One that asks first and was told yes may have taken some all the same, if its word was lost; that is
/// told to whoever looks into it.
fn unheard(attempt: &Attempt, source: &str, was_told_yes: bool, now: i64) -> Learned {
    let reason = if was_told_yes {
        "the provider was told that it may take the money and confirmed nothing: if the customer says that they paid, look \
         into the provider's own list"
    } else {
        "the provider told of no payment until the session was over"
    };
    let source = Source { name: source.to_owned(), key: format!("unheard:{}", attempt.id) };
    Learned {
        provider_time: Some(now),
        reason: Some(reason.to_owned()),
        ..Learned::plain(&attempt.id, FactKind::Refused, Evidence::Own, source)
    }
}

/// The statement about a session that waits for ever at its provider, once it has waited long enough: it was left unpaid.
fn left_unpaid(provider: &dyn Provider, attempt: &Attempt, told: &Statement, now: i64) -> Option<Statement> {
    let waits = told.status == SessionStatus::Open;
    let wait = waits.then(|| provider.left_unpaid_after_ms(told)).flatten()?;
    let is_over = now >= attempt.session_ends_at + wait;
    is_over.then(|| Statement { status: SessionStatus::Abandoned, url: None, ..told.clone() })
}

/// What a statement about a session teaches, where it decides anything: where it stands, and how much of it went back.
///
/// `asked_at`: when the question left, where it was one. A count of all that went back is of that moment at least, where its
/// provider does not date it.
pub(super) fn learned(
    attempt: &Attempt,
    source: &str,
    evidence: Evidence,
    statement: &Statement,
    asked_at: Option<i64>,
) -> Vec<Learned> {
    let kind = match statement.status {
        SessionStatus::Approved => FactKind::Approved,
        SessionStatus::Declined => FactKind::Declined,
        SessionStatus::Abandoned => FactKind::Abandoned,
        SessionStatus::Reversed => FactKind::Reversed,
        SessionStatus::ChargedBack => FactKind::ChargedBack,
        SessionStatus::Open | SessionStatus::Unknown => return Vec::new(),
    };
    let told = (statement.provider_time, statement.amount.map(|amount| amount.minor), &statement.foreign_currency);
    let key = format!("{source}:{}:{}:{told:?}", attempt.id, kind.word());
    let stands = Learned {
        amount: if defect::has(Defect::AmountUnchecked) { Some(attempt.asked) } else { statement.amount },
        foreign_currency: statement.foreign_currency.clone(),
        provider_time: statement.provider_time,
        reference: statement.payment_reference.clone(),
        reason: statement.cause.map(|cause| cause.word().to_owned()),
        ..Learned::plain(&attempt.id, kind, evidence, Source { name: source.to_owned(), key })
    };
    let went_back = statement.refunded.filter(|refunded| refunded.minor > 0).map(|refunded| {
        // The count is of the session's last change: a refund that was asked for later is not in it.
        let counted_at = statement.changed_at.or(asked_at).or(statement.provider_time);
        // A count without a date is one and the same however often it is read.
        let dated = statement.changed_at.or(asked_at.is_none().then_some(counted_at).flatten());
        let key = format!("{source}:{}:refunded:{}:{dated:?}", attempt.id, refunded.minor);
        Learned {
            amount: Some(refunded),
            provider_time: counted_at,
            ..Learned::plain(&attempt.id, FactKind::Refunded, evidence, Source { name: source.to_owned(), key })
        }
    });
    std::iter::once(stands).chain(went_back).collect()
}

/// Whether a statement speaks of this attempt: our order number, and the session that we know of.
pub(super) fn belongs(stored: &Stored, statement: &Statement) -> bool {
    let session_fits = match &stored.attempt.call {
        Call::Open { reference, .. } => *reference == statement.reference,
        Call::Dispatched | Call::Refused { .. } => true,
    };
    // An order number may have been used before by another installation, or before a backup was brought back: what was paid
    // long before this attempt began is no payment of it.
    let is_older = statement.status == SessionStatus::Approved
        && statement.provider_time.is_some_and(|paid| paid < stored.attempt.started_at - CLOCKS_APART_MS);
    stored.attempt.number == statement.number && session_fits && !is_older
}

/// When to ask next, up to a fifth sooner or later than planned so that attempts of one moment do not stay together. Money
/// that moves while the session lives is known within six minutes; money that moved at its very end, within a minute.
fn next(app: &App, attempt: &Attempt) -> i64 {
    let now = app.now();
    let (age, over) = (now - attempt.started_at, now - attempt.session_ends_at);
    let plain = match (age, over) {
        (..=120_000, _) => 10 * SECOND,
        (..=1_800_000, ..=0) => 30 * SECOND,
        (_, ..=0) => 5 * MINUTE,
        (_, ..=600_000) => MINUTE,
        (_, ..=7_200_000) => 5 * MINUTE,
        _ => HOUR,
    };
    let planned = now + super::jitter(app, plain);
    let after_the_end = attempt.session_ends_at + super::jitter(app, 5 * SECOND);
    // Never so far as to miss the session's end.
    if after_the_end > now { planned.min(after_the_end) } else { planned }
}
