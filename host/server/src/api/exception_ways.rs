//! The ways out of an exception, taken in the caller's transaction: each needs what its act needs anywhere else.

use crate::access;
use crate::api::acts::{check_grounds, not_now};
use crate::api::exceptions::{WayOutBody, gone};
use crate::api::{delivery_acts, refunds};
use crate::app::App;
use crate::problem::Problem;
use kamurj_access::Permission;
use kamurj_domain::{Event, Evidence, ExceptionKind, FactKind, Proposal, Ruling, Source, Status};
use kamurj_store::exceptions::{self, Listed};
use kamurj_store::merchants::Caller;
use kamurj_store::road::{Acted, NewDecision, NewRefund, RefundTold};
use kamurj_store::{Tx, jobs, payments};
use serde_json::json;

/// Takes the way out in the caller's transaction.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    listed: &Listed,
    proposal: Proposal,
    body: &WayOutBody,
) -> Result<(), Problem> {
    let road = app.road(caller.actor());
    match proposal {
        // Asked before, outside of the transaction.
        Proposal::LookUp => {}
        Proposal::Refund => {
            access::allow(caller, Permission::Refunds)?;
            let payment = listed.payment_id.as_deref().ok_or_else(gone)?;
            let payment = payments::by_id(tx, payment).await?.ok_or_else(gone)?;
            let new = NewRefund { amount: None, attempt: Some(listed.subject.clone()), reason: body.reason.clone() };
            refunds::ask(app, tx, &payment, new, &caller.actor()).await?;
        }
        Proposal::RulePaid => rule(app, tx, caller, listed, Ruling::Paid, body).await?,
        Proposal::RuleFailed => rule(app, tx, caller, listed, Ruling::Failed, body).await?,
        Proposal::RuleRefunded => rule(app, tx, caller, listed, Ruling::Refunded, body).await?,
        Proposal::RefundDone => told(app, tx, caller, listed, FactKind::Refunded, body).await?,
        Proposal::RefundNotDone => told(app, tx, caller, listed, FactKind::RefundFailed, body).await?,
        Proposal::Retry if listed.kind == ExceptionKind::WorkSetAside.word() => {
            if !jobs::faults::drive_again(tx, &listed.subject, app.now()).await? {
                return Err(not_now("This work is done, or being tried already."));
            }
            close(app, tx, caller, listed, "tried again", &body.reason).await?;
        }
        Proposal::Retry => {
            delivery_acts::try_all_again(app, tx, &listed.subject).await?;
            close(app, tx, caller, listed, "tried again", &body.reason).await?;
        }
        Proposal::Skip => {
            delivery_acts::skip_all(app, tx, caller, &listed.subject, &body.reason).await?;
            close(app, tx, caller, listed, "skipped", &body.reason).await?;
        }
        Proposal::Unlock => close(app, tx, caller, listed, "unlocked", &body.reason).await?,
        Proposal::Dismiss => close(app, tx, caller, listed, "dismissed", &body.reason).await?,
    }
    if let (Proposal::Refund, Some(payment)) = (proposal, &listed.payment_id) {
        let body = json!({ "exception": listed.id, "action": proposal.word(), "reason": body.reason });
        road.note(tx, payment, "exception.acted", &body).await?;
    }
    Ok(())
}

async fn rule(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    listed: &Listed,
    ruling: Ruling,
    body: &WayOutBody,
) -> Result<(), Problem> {
    access::allow(caller, Permission::Decisions)?;
    check_grounds(&body.reason, &body.evidence)?;
    let payment = listed.payment_id.as_deref().ok_or_else(gone)?;
    let new = NewDecision {
        ruling,
        by: caller.key_id.clone(),
        role: caller.role.clone(),
        reason: body.reason.clone(),
        evidence: body.evidence.clone(),
    };
    match app.road(caller.actor()).decide(tx, payment, new).await? {
        Acted::Done(_) | Acted::Known(_) => {
            // What only a report says no fact shows, so no fact closes it: whoever decides about the payment has seen it.
            if listed.kind == ExceptionKind::ReportDifference.word()
                && exceptions::open_about(tx, &listed.kind, &listed.subject).await?.is_some()
            {
                close(app, tx, caller, listed, "decided", &body.reason).await?;
            }
            Ok(())
        }
        // The payment is already what was decided: what is closed is the question whether the report is right.
        Acted::NotNow(status)
            if listed.kind == ExceptionKind::ReportDifference.word() && is_already(status, ruling) =>
        {
            close(app, tx, caller, listed, "decided", &format!("{} ({})", body.reason, body.evidence)).await
        }
        Acted::NotNow(status) => {
            Err(not_now(&format!("A payment that is `{}` cannot be ruled {}.", status.word(), ruling.word())))
        }
        Acted::NoPayment => Err(gone()),
    }
}

/// Whether a payment of this status is what the ruling says.
fn is_already(status: Status, ruling: Ruling) -> bool {
    match ruling {
        Ruling::Paid => matches!(status, Status::Paid | Status::PartiallyRefunded | Status::Refunded),
        Ruling::Refunded => status == Status::Refunded,
        Ruling::Failed | Ruling::Cancelled => false,
    }
}

/// A person's word about a refund that nobody could find out about.
async fn told(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    listed: &Listed,
    kind: FactKind,
    body: &WayOutBody,
) -> Result<(), Problem> {
    access::allow(caller, Permission::Decisions)?;
    check_grounds(&body.reason, &body.evidence)?;
    let road = app.road(caller.actor());
    let told = RefundTold {
        refund: listed.subject.clone(),
        kind,
        evidence: Evidence::Manual,
        source: Source {
            name: caller.actor(),
            key: format!("{}:{}:{}", kind.word(), listed.subject, app.ids.new_id("dec")),
        },
        amount: None,
        provider_time: Some(app.now()),
        reference: None,
        reason: Some(format!("{} ({})", body.reason, body.evidence)),
        message: None,
        purpose: None,
    };
    road.refund_told(tx, told).await?;
    Ok(())
}

/// Closes an exception and tells the payment's journal.
pub(super) async fn close(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    listed: &Listed,
    how: &str,
    reason: &str,
) -> Result<(), Problem> {
    let resolution = format!("{how}: {reason}");
    exceptions::close(tx, &listed.kind, &listed.subject, &caller.actor(), &resolution, app.now()).await?;
    if let Some(payment) = &listed.payment_id {
        let told = json!({
            "exception": listed.id,
            "kind": listed.kind,
            "subject": listed.subject,
            "resolution": resolution,
        });
        app.road(caller.actor()).excepted(tx, payment, Event::EXCEPTION_RESOLVED, told).await?;
    }
    Ok(())
}
