//! `GET /p/{token}`: the page, in whatever state the payment is. Changes nothing, however often and by whomever it is
//! fetched; looks are counted in memory.

use super::choice::{Ways, name};
use super::receipt::{paid_through, receipt};
use super::seller::{Asked, with_fonts};
use super::visitor::Visitor;
use super::{PageQuery, asked_language, broken_by, html, link, missed_terms, payment_of, probed, seller, too_many};
use crate::app::App;
use crate::extract::Token;
use crate::front::asker::Asker;
use crate::front::limits;
use crate::problem::{Kind, Problem};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use kamurj_domain::attempt::Call;
use kamurj_domain::format::Language;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Fact, FactKind, Status};
use kamurj_pages::{Charge, CheckoutState, CheckoutView, FailureReason, Item, MerchantView, PayForm, StartAgain};
use kamurj_providers::Cause;
use kamurj_store::attempts;
use kamurj_store::links::renewals;
use kamurj_store::merchants;
use kamurj_store::payments::Payment;
use kamurj_store::{Tx, facts};
use std::sync::Arc;

/// Serves the page.
pub async fn get(
    State(app): State<Arc<App>>,
    Token(token): Token,
    query: Result<Query<PageQuery>, QueryRejection>,
    asker: Asker,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let missed = missed_terms(&query);
    let asked = asked_language(query);
    let fallback = asked.unwrap_or_else(|| accepted(&headers));
    match serve(&app, &token, (asked, missed), fallback, Visitor::of(&method, &headers)).await {
        Ok(response) => probed(&app, &asker, fallback, response).await,
        Err(problem) => broken_by(&app, fallback, &problem),
    }
}

/// The language that the browser asks for.
pub(super) fn accepted(headers: &HeaderMap) -> Language {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .and_then(Language::negotiate)
        .unwrap_or(Language::Hy)
}

/// The page, for whoever asks for it or sent a form that is not ours.
pub(super) async fn serve(
    app: &App,
    token: &str,
    (asked, missed_terms): (Option<Language>, bool),
    fallback: Language,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let Some(payment) = payment_of(app, &mut tx, token).await? else {
        return link::shown(app, tx, token, (asked, missed_terms), fallback).await;
    };
    let merchant = merchants::by_id(&mut tx, &payment.merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the payment's merchant is gone"))?;
    let named = payment.provider_account.as_deref();
    let mut ways = Ways::of(app, &mut tx, (&payment.merchant_id, payment.mode), named).await?;
    let language = asked.unwrap_or_else(|| payment.particulars.language());
    let form = PayForm { action: format!("/p/{token}/pay"), key: app.ids.new_token(), ways: ways.choices(language) };
    let state = state(app, &mut tx, &payment, form, (&mut ways, language)).await?;
    let provider_name = paid_through(&mut tx, &payment).await?.unwrap_or_else(|| ways.names());
    let seller = seller::seller(app, &mut tx, &merchant, Asked { language, missed_terms }).await?;
    drop(tx);
    let view = view(app, &payment, seller, state, language, provider_name, token);
    let view = CheckoutView { by_card: ways.by_card(), ..view };
    let nonce = app.ids.new_token();
    let text = app.pages.checkout(&view, &nonce).map_err(|error| Problem::new(Kind::Unavailable, error.to_string()))?;
    app.looking.count(&payment.id, visitor, app.now());
    if visitor == Visitor::Person && payment.status == Status::Pending {
        app.watching.seen(&payment.id, app.now());
        app.nodes.looks(&payment.id);
    }
    Ok(with_fonts(html(app, StatusCode::OK, text, &nonce, &ways.origins), &view.merchant.brand))
}

/// The page that answers a press: with the form that the customer's browser posts to the provider, or with why there is none.
pub(super) async fn answering(
    app: &App,
    payment: &Payment,
    provider: &str,
    state: CheckoutState,
    (language, token): (Option<Language>, &str),
    origins: &[String],
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let merchant = merchants::by_id(&mut tx, &payment.merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the payment's merchant is gone"))?;
    let language = language.unwrap_or_else(|| payment.particulars.language());
    let seller = seller::seller(app, &mut tx, &merchant, Asked { language, missed_terms: false }).await?;
    drop(tx);
    let provider = name(provider).to_owned();
    let view = view(app, payment, seller, state, language, provider, token);
    let nonce = app.ids.new_token();
    let text = app.pages.checkout(&view, &nonce).map_err(|error| Problem::new(Kind::Unavailable, error.to_string()))?;
    Ok(with_fonts(html(app, StatusCode::OK, text, &nonce, origins), &view.merchant.brand))
}

fn view(
    app: &App,
    payment: &Payment,
    merchant: MerchantView,
    state: CheckoutState,
    language: Language,
    provider_name: String,
    token: &str,
) -> CheckoutView {
    let order = &payment.particulars;
    CheckoutView {
        state,
        version: Some(payment.version),
        language,
        mode: seller::mode(payment.mode),
        merchant,
        amount_minor: payment.terms.amount.minor,
        currency: payment.terms.amount.currency.code().to_owned(),
        description: Some(order.description.clone()).filter(|text| !text.is_empty()),
        items: order
            .items
            .iter()
            .map(|item| Item { name: item.name.clone(), quantity: item.quantity, unit_price_minor: item.unit_minor })
            .collect(),
        order_id: payment.order_id.clone(),
        expires_at_ms: payment.open_until,
        now_ms: app.now(),
        provider_name,
        by_card: true,
        checkout_path: format!("/p/{token}"),
        host: seller::host(app, &payment.merchant_id),
    }
}

/// What the page shows.
pub(super) async fn state(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    form: PayForm,
    (ways, language): (&mut Ways, Language),
) -> Result<CheckoutState, Problem> {
    let reference = Some(payment.order_id.clone());
    Ok(match payment.status {
        // The timer that makes it expired may be a moment late; nothing is offered meanwhile that would be refused.
        Status::Created | Status::Failed if app.now() >= payment.open_until => {
            expired(app, tx, payment, &form.action).await?
        }
        Status::Created | Status::Failed if let Some(shut) = limits::of_payment(app, tx, &payment.id).await? => {
            too_many(shut)
        }
        Status::Created => CheckoutState::Ready { form },
        Status::Pending => under_way(app, tx, payment, form, ways).await?,
        Status::Failed => failed(tx, payment, form).await?,
        Status::Expired => expired(app, tx, payment, &form.action).await?,
        Status::Cancelled => CheckoutState::Cancelled { message: payment.particulars.cancel_message.clone() },
        Status::ManualReview => CheckoutState::InReview { reference, answer_by_ms: None },
        Status::Paid | Status::PartiallyRefunded | Status::Refunded => {
            CheckoutState::Paid(receipt(app, tx, payment, language).await?)
        }
    })
}

/// Its time is over; its payer may open it again where nothing speaks against it. The form goes beside the one that pays.
async fn expired(app: &App, tx: &mut Tx, payment: &Payment, pays_at: &str) -> Result<CheckoutState, Problem> {
    let may = renewals::until(tx, payment, app.now()).await?.is_some() && renewals::has_place(tx, payment).await?;
    let beside = pays_at.strip_suffix("/pay").filter(|_| may);
    Ok(beside.map_or(CheckoutState::Expired, |page| CheckoutState::Renewable { action: format!("{page}/renew") }))
}

/// An attempt whose end is not known. Until the customer has come back, or when the bank said since then that its page
/// still waits, the customer may go on there; otherwise the answer is on its way, and paying again could pay twice.
async fn under_way(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    form: PayForm,
    ways: &mut Ways,
) -> Result<CheckoutState, Problem> {
    let stored = attempts::of_payment(tx, &payment.id).await?;
    let known = facts::of_payment(tx, &payment.id).await?;
    let checking = CheckoutState::Checking { reference: Some(payment.order_id.clone()), checked_at_ms: None };
    let Some(open) = stored.into_iter().rfind(|stored| verdict(&stored.asked(), &known) == Verdict::Open) else {
        return Ok(checking);
    };
    let returned_at = returned_at(&known, &open.attempt.id);
    let still_waits = match (returned_at, open.seen_open_at) {
        (None, _) => true,
        (Some(returned), Some(seen)) => seen >= returned,
        (Some(_), None) => false,
    };
    let capabilities = ways.goes_on(app, tx, &open.attempt.account).await?;
    let repeatable = capabilities.is_some_and(|capabilities| capabilities.repeatable_start);
    let has_page = match open.attempt.call {
        Call::Open { .. } => true,
        Call::Dispatched => repeatable,
        Call::Refused { .. } => false,
    };
    let page_lives = has_page && app.now() < open.attempt.session_ends_at;
    Ok(if page_lives && still_waits {
        CheckoutState::Unfinished {
            started_at_ms: open.attempt.started_at,
            open_until_ms: Some(open.attempt.session_ends_at),
            // What is under way goes on where it is; only another try has a choice.
            form: PayForm { ways: Vec::new(), ..form },
            start_again: Some(StartAgain { attempt: open.attempt.id, key: app.ids.new_token(), ways: form.ways }),
        }
    } else {
        checking
    })
}

fn returned_at(known: &[Fact], attempt: &str) -> Option<i64> {
    known
        .iter()
        .filter(|fact| fact.kind == FactKind::Returned && fact.is_about(attempt))
        .map(|fact| fact.received_at)
        .max()
}

async fn failed(tx: &mut Tx, payment: &Payment, form: PayForm) -> Result<CheckoutState, Problem> {
    let known = facts::of_payment(tx, &payment.id).await?;
    let last = known
        .iter()
        .filter(|fact| fact.evidence.decides() || fact.kind == FactKind::Refused)
        .filter(|fact| matches!(fact.kind, FactKind::Declined | FactKind::Abandoned | FactKind::Refused))
        .max_by_key(|fact| (fact.provider_time, fact.evidence.decides(), &fact.attempt));
    let cause = last.and_then(|fact| fact.reason.as_deref()).and_then(Cause::from_word);
    let reason = match (last.map(|fact| fact.kind), cause) {
        (Some(FactKind::Abandoned), _) => FailureReason::TimedOut,
        (Some(FactKind::Refused), _) | (_, Some(Cause::Unreachable)) => FailureReason::BankUnavailable,
        (_, Some(Cause::NotAuthenticated)) => FailureReason::NotAuthenticated,
        (_, Some(Cause::CancelledByPayer)) => FailureReason::CancelledByCustomer,
        (_, None) => FailureReason::Declined,
    };
    Ok(CheckoutState::Failed { reason, charge: Charge::NotTaken, form })
}
