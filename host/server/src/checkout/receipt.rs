//! What the page of a paid payment says of it: who took the money and when, who stands for it, and what went back.

use super::choice::{is_wallet, name};
use crate::api::link_shown;
use crate::app::App;
use crate::problem::Problem;
use kamurj_domain::format::Language;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Fact, FactKind, Purpose, Status};
use kamurj_pages::{ConfirmedBy, FiscalReceipt, GivenBack, Receipt, Refunded, WebLink};
use kamurj_store::attempts::Stored;
use kamurj_store::payments::Payment;
use kamurj_store::{Tx, attempts, facts, links, refunds};

pub(super) async fn receipt(app: &App, tx: &mut Tx, payment: &Payment, language: Language) -> Result<Receipt, Problem> {
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    let order = &payment.particulars;
    Ok(Receipt {
        paid_at_ms: paid_at(payment, &stored, &known),
        reference: payment.provider_reference.clone(),
        confirmed_by: confirmed_by(payment, paying(&stored, &known)),
        given_back: match (payment.status, payment.refunded_minor) {
            (Status::Refunded, minor) => GivenBack::All(minor),
            (Status::PartiallyRefunded, minor) => GivenBack::Part(minor),
            _ => GivenBack::Nothing,
        },
        next_step: None,
        return_to: order.return_url.as_deref().and_then(WebLink::parse),
        given: given(app, tx, payment, language).await?,
        refunds: went_back(tx, payment, &known).await?,
        contact: order.customer.email.clone().or_else(|| order.customer.phone.clone()),
        fiscal: order.fiscal_receipt.as_ref().map(|fiscal| FiscalReceipt {
            number: fiscal.number.clone(),
            url: fiscal.url.as_deref().and_then(WebLink::parse),
        }),
    })
}

/// What the link gives for this payment: from the moment that it was paid for, and no longer when all of it went back.
async fn given(app: &App, tx: &mut Tx, payment: &Payment, language: Language) -> Result<Option<String>, Problem> {
    if !matches!(payment.status, Status::Paid | Status::PartiallyRefunded) {
        return Ok(None);
    }
    let Some(released) = links::fulfilment_of(tx, &payment.id).await? else { return Ok(None) };
    let texts = link_shown::given(app, &released)?;
    Ok(texts.said_in(language).map(str::to_owned))
}

/// The refunds of the order's money that are done, with the time at which the provider says so, or else at which it was heard.
async fn went_back(tx: &mut Tx, payment: &Payment, known: &[Fact]) -> Result<Vec<Refunded>, Problem> {
    let asked = refunds::of_payment(tx, &payment.id).await?;
    let done = asked.into_iter().filter(|refund| refund.state == "done" && refund.purpose == Purpose::Order);
    let mut all: Vec<Refunded> = done
        .map(|refund| {
            let of_it = known.iter().filter(|fact| fact.refund.as_deref() == Some(refund.id.as_str()));
            let told = of_it.filter(|fact| fact.kind == FactKind::Refunded && fact.evidence.decides());
            let at = told.map(|fact| fact.provider_time.unwrap_or(fact.received_at)).min();
            Refunded { at_ms: at.unwrap_or(refund.asked_at), amount_minor: refund.amount.minor }
        })
        .collect();
    all.sort_by_key(|refund| refund.at_ms);
    Ok(all)
}

/// The provider that took the money, as the page names it; `None` while none has.
pub(super) async fn paid_through(tx: &mut Tx, payment: &Payment) -> Result<Option<String>, Problem> {
    if payment.captured_minor == 0 {
        return Ok(None);
    }
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    Ok(paying(&stored, &known).map(|provider| name(provider).to_owned()))
}

/// The provider of the attempt that took the money, by its word.
fn paying<'s>(stored: &'s [Stored], known: &[Fact]) -> Option<&'s str> {
    let paid = stored.iter().find(|stored| matches!(verdict(&stored.asked(), known), Verdict::Approved(_)));
    paid.map(|paid| paid.attempt.provider.as_str())
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
fn confirmed_by(payment: &Payment, provider: Option<&str>) -> ConfirmedBy {
    if payment.is_decided_by_hand() {
        ConfirmedBy::Seller
    } else if provider.is_some_and(is_wallet) {
        ConfirmedBy::Wallet
    } else {
        ConfirmedBy::Bank
    }
}
