//! What one line of a report says, learned on the road in the caller's transaction. Payments that are known as they are say nothing;
//! refunds, reversals and disputes are learned, and so is all that differs.

use super::{kind_of, telling};
use crate::app::App;
use kamurj_domain::{Currency, ExceptionKind, FactKind, Money};
use kamurj_reports::Kind;
use kamurj_store::movements::{self, Kept};
use kamurj_store::reconciliations::lines::{Line, Verdict};
use kamurj_store::reconciliations::{Report, progress};
use kamurj_store::road::{Learned, Reported};
use kamurj_store::{Error, Tx, attempts, facts, provider_accounts, refunds};

/// What a line is about.
struct About {
    payment: String,
    attempt: String,
    refund: Option<String>,
    /// Whether the line was learned before.
    is_repeated: bool,
}

/// Learns what the line says. Answers it as it stands then, with what a person is told of it.
pub(crate) async fn learn(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    mut line: Line,
) -> Result<(Line, Option<String>), Error> {
    let (Some(kind), Some(currency)) = (Kind::from_word(&line.kind), Currency::from_code(&line.currency)) else {
        return Err(Error::Inconsistent { table: "bank_report_lines", id: report.id.clone(), what: "an unknown word" });
    };
    let amount = Money::new(line.amount_minor, currency);
    let Some(mut about) = about(tx, report, &line, kind).await? else {
        let exception = telling::of_line(app, tx, report, &line).await?;
        return Ok((line, Some(exception)));
    };
    line.payment_id = Some(about.payment.clone());
    let is_found = line.movement_id.is_some();
    if !is_found && let Some(same) = same(tx, report, &about, (kind, amount)).await? {
        is(&mut line, same.movement.id);
    }
    let waits = !is_found && line.movement_id.is_none() && kind == Kind::Refund;
    if waits {
        about.refund = waiting(tx, &about, amount).await?;
    }
    let known = line.verdict == Verdict::Matched.word();
    if !(known && kind == Kind::Payment) {
        let learned = Learned::from(said(report, &line, &about, (kind, amount)));
        let before = facts::of_payment(tx, &about.payment).await?;
        about.is_repeated = before.iter().any(|fact| fact.source.key == learned.source.key);
        app.road("bank report").learn(tx, &about.payment, vec![learned]).await?;
    }
    if waits && let Some(refund) = &about.refund {
        let all = movements::of_payment(tx, &about.payment).await?;
        let made = all.into_iter().find(|kept| kept.gone_at.is_none() && kept.movement.refund.as_ref() == Some(refund));
        if let Some(made) = made {
            is(&mut line, made.movement.id);
        }
    }
    let exception = told(app, tx, report, &line, &about, kind).await?;
    Ok((line, exception))
}

fn is(line: &mut Line, movement: String) {
    line.movement_id = Some(movement);
    Verdict::Matched.word().clone_into(&mut line.verdict);
}

/// What a person is told of the line, if anything.
async fn told(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    line: &Line,
    about: &About,
    kind: Kind,
) -> Result<Option<String>, Error> {
    let is_known = line.verdict == Verdict::Matched.word();
    let kinds: &[ExceptionKind] = match kind {
        Kind::Payment | Kind::Refund if is_known => return Ok(None),
        Kind::Reversal => &[ExceptionKind::Reversed, ExceptionKind::ReportDifference],
        Kind::Chargeback => &[ExceptionKind::Chargeback, ExceptionKind::ReportDifference],
        Kind::Payment | Kind::Refund => &[ExceptionKind::ReportDifference],
    };
    let subjects = [about.attempt.as_str(), about.refund.as_deref().unwrap_or_default(), &about.payment];
    let shown = telling::by_facts(tx, &about.payment, kinds, &subjects, about.is_repeated).await?;
    if shown.is_some() || is_known {
        return Ok(shown);
    }
    telling::of_line(app, tx, report, line).await.map(Some)
}

/// What the line is about: by its movement, or by the numbers that it names.
async fn about(tx: &mut Tx, report: &Report, line: &Line, kind: Kind) -> Result<Option<About>, Error> {
    if let (Some(movement), Some(payment)) = (&line.movement_id, &line.payment_id) {
        let all = movements::of_payment(tx, payment).await?;
        let kept = all.into_iter().find(|kept| kept.movement.id == *movement);
        return Ok(kept.and_then(|kept| of_movement(kept, kind)));
    }
    let whose = (report.merchant_id.as_str(), report.mode);
    let accounts = provider_accounts::all_of(tx, whose.0, whose.1).await?;
    let is_of = |id: &String| report.account_id.as_ref().is_none_or(|account| account == id);
    for account in accounts.into_iter().filter(|account| account.provider == report.provider && is_of(&account.id)) {
        let mut stored = None;
        if let Some(number) = &line.order_number {
            stored = attempts::by_number(tx, &account.id, number).await?;
        }
        if let (None, Some(reference)) = (&stored, &line.reference) {
            stored = attempts::by_reference(tx, &account.id, reference).await?;
        }
        if let Some(stored) = stored {
            return Ok(Some(About {
                payment: stored.payment_id,
                attempt: stored.attempt.id,
                refund: None,
                is_repeated: false,
            }));
        }
    }
    let Some(reference) = &line.reference else { return Ok(None) };
    let all = movements::by_reference(tx, whose, reference).await?;
    let of_provider = all.into_iter().find(|kept| {
        kept.provider.as_deref() == Some(report.provider.as_str()) && kept.account_id.as_ref().is_some_and(is_of)
    });
    Ok(of_provider.and_then(|kept| of_movement(kept, kind)))
}

fn of_movement(kept: Kept, kind: Kind) -> Option<About> {
    let refund = kept.movement.refund.filter(|_| kind == Kind::Refund);
    Some(About { payment: kept.payment_id, attempt: kept.movement.attempt?, refund, is_repeated: false })
}

/// The movement that says the same and that no line of this report is yet: one that lies far from the report's time.
async fn same(
    tx: &mut Tx,
    report: &Report,
    about: &About,
    (kind, amount): (Kind, Money),
) -> Result<Option<Kept>, Error> {
    for kept in movements::of_payment(tx, &about.payment).await? {
        let says_so = kept.gone_at.is_none()
            && kept.movement.attempt.as_ref() == Some(&about.attempt)
            && kind_of(kept.movement.kind) == kind
            && kept.movement.amount == amount;
        if says_so && !progress::has(tx, &report.id, &kept.movement.id).await? {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// The refund of ours of which nobody knows yet whether it was made, and which the line may be.
async fn waiting(tx: &mut Tx, about: &About, amount: Money) -> Result<Option<String>, Error> {
    let all = refunds::of_payment(tx, &about.payment).await?;
    let fits = |refund: &refunds::Refund| {
        refund.attempt_id == about.attempt
            && refund.amount == amount
            && refund.dispatched_at.is_some()
            && matches!(refund.state.as_str(), "pending" | "in_doubt")
    };
    Ok(all.into_iter().find(fits).map(|refund| refund.id))
}

fn said(report: &Report, line: &Line, about: &About, (kind, amount): (Kind, Money)) -> Reported {
    Reported {
        report: report.id.clone(),
        line: line.line,
        attempt: about.attempt.clone(),
        refund: about.refund.clone(),
        kind: match kind {
            Kind::Payment => FactKind::Approved,
            Kind::Refund => FactKind::Refunded,
            Kind::Reversal => FactKind::Reversed,
            Kind::Chargeback => FactKind::ChargedBack,
        },
        amount: Some(amount),
        foreign_currency: None,
        at: line.at,
        reference: line.reference.clone(),
    }
}
