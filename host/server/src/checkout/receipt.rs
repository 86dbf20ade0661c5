//! What the page of a paid payment says of it: who took the money and when, who stands for it, and what went back.

use super::choice::name;
use crate::problem::Problem;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Fact, FactKind, Status};
use kamurj_pages::{ConfirmedBy, GivenBack, Receipt, WebLink};
use kamurj_store::attempts::Stored;
use kamurj_store::payments::Payment;
use kamurj_store::{Tx, attempts, facts};

pub(super) async fn receipt(tx: &mut Tx, payment: &Payment) -> Result<Receipt, Problem> {
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    Ok(Receipt {
        paid_at_ms: paid_at(payment, &stored, &known),
        reference: payment.provider_reference.clone(),
        confirmed_by: confirmed_by(payment),
        given_back: match (payment.status, payment.refunded_minor) {
            (Status::Refunded, minor) => GivenBack::All(minor),
            (Status::PartiallyRefunded, minor) => GivenBack::Part(minor),
            _ => GivenBack::Nothing,
        },
        next_step: None,
        return_to: payment.particulars.return_url.as_deref().and_then(WebLink::parse),
    })
}

/// The provider that took the money, as the page names it; `None` while none has.
pub(super) async fn paid_through(tx: &mut Tx, payment: &Payment) -> Result<Option<String>, Problem> {
    if payment.captured_minor == 0 {
        return Ok(None);
    }
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    let paid = stored.into_iter().find(|stored| matches!(verdict(&stored.asked(), &known), Verdict::Approved(_)));
    Ok(paid.map(|paid| name(&paid.attempt.provider).to_owned()))
}

/// When it was paid. Where the provider names no hour, money counts from the end of its session, which may be yet to come:
/// people are shown when it was heard of instead. Nothing else is decided by that.
fn paid_at(payment: &Payment, stored: &[Stored], known: &[Fact]) -> i64 {
    let counted = payment.paid_at.unwrap_or(payment.created_at);
    let of_session = stored.iter().filter(|stored| stored.attempt.session_ends_at == counted);
    let heard = of_session
        .flat_map(|stored| known.iter().filter(|fact| fact.is_about(&stored.attempt.id)))
        .filter(|fact| fact.kind == FactKind::Approved && fact.evidence.decides() && fact.provider_time.is_none())
        .map(|fact| fact.received_at)
        .min();
    heard.map_or(counted, |heard| heard.min(counted))
}

/// Who stands for it: what a person decided is never shown as the bank's word.
fn confirmed_by(payment: &Payment) -> ConfirmedBy {
    if payment.is_decided_by_hand() { ConfirmedBy::Seller } else { ConfirmedBy::Bank }
}
