//! `ANY /r/{attempt_token}`, or `/r/{provider}/{account}` where the provider knows one address for all orders of an account:
//! the browser comes back from the bank. What it says proves nothing: it is kept as a claim, the
//! bank is asked, and the browser goes on to the payment's page.

use super::{PageQuery, asked_language, broken_by, page_address, see_other, unknown_link};
use crate::app::{App, link_place};
use crate::extract::{Path, Token};
use crate::problem::{Kind, Problem};
use crate::work::lookup;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, RawQuery, State};
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_domain::{Evidence, FactKind, Source, Status};
use kamurj_providers::Hint;
use kamurj_store::attempts::Stored;
use kamurj_store::defect::{self, Defect};
use kamurj_store::road::Learned;
use kamurj_store::{Tx, attempts, merchants, payments};
use std::sync::Arc;

/// Takes the browser back.
pub async fn any(
    State(app): State<Arc<App>>,
    Token(token): Token,
    query: Result<Query<PageQuery>, QueryRejection>,
    RawQuery(brought): RawQuery,
) -> Response {
    let language = asked_language(query);
    match come_back(&app, &token, language, &brought.unwrap_or_default()).await {
        Ok(response) => response,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

/// Takes the browser back at the account's one address.
pub async fn shared(
    State(app): State<Arc<App>>,
    Path((provider, account)): Path<(String, String)>,
    query: Result<Query<PageQuery>, QueryRejection>,
    RawQuery(brought): RawQuery,
) -> Response {
    let language = asked_language(query);
    let brought = brought.unwrap_or_default();
    let found = by_number(&app, &provider, &account, &brought).await;
    let came = async {
        match found? {
            Some(attempt) => go_on(&app, attempt, language, &brought).await,
            None => Ok(unknown_link(&app, language.unwrap_or(Language::Hy))),
        }
    };
    came.await.unwrap_or_else(|problem| broken_by(&app, language.unwrap_or(Language::Hy), &problem))
}

/// The attempt that the browser names at the account's address. Order numbers lead to a page, as links do; those that can be
/// guessed are numbers of providers that send each browser to an address of its own.
async fn by_number(app: &App, provider: &str, account: &str, brought: &str) -> Result<Option<Stored>, Problem> {
    let mut tx = app.db.read().await?;
    let known = merchants::account(&mut tx, account).await?.filter(|account| account.provider == provider);
    let Some(account) = known else { return Ok(None) };
    let adapter = app.provider(&mut tx, &account).await?;
    Ok(match adapter.returning(&pairs(brought)) {
        Some(number) => attempts::by_number(&mut tx, &account.id, &number).await?,
        None => None,
    })
}

fn pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn come_back(
    app: &Arc<App>,
    token: &str,
    language: Option<Language>,
    brought: &str,
) -> Result<Response, Problem> {
    let attempt = attempts::by_return(&mut app.db.read().await?, &app.return_hash(token)).await?;
    match attempt {
        Some(attempt) => go_on(app, attempt, language, brought).await,
        None => Ok(unknown_link(app, language.unwrap_or(Language::Hy))),
    }
}

async fn go_on(
    app: &Arc<App>,
    attempt: Stored,
    language: Option<Language>,
    brought: &str,
) -> Result<Response, Problem> {
    let (page, hint) = {
        let mut tx = app.db.read().await?;
        let payment = payments::by_id(&mut tx, &attempt.payment_id)
            .await?
            .ok_or_else(|| Problem::new(Kind::Unavailable, "the attempt's payment is gone"))?;
        let link = app.sealer.open_text(&link_place(&payment.id), &payment.token_sealed)?;
        let hint = hint(app, &mut tx, &attempt, brought).await?;
        (page_address(link.as_str(), language), hint)
    };
    if hint == Hint::Foreign {
        tracing::warn!(attempt.id = attempt.attempt.id, "the browser brought back another order");
    }
    let id = &attempt.attempt.id;
    let mut tx = app.db.write().await?;
    let claim = Learned::plain(
        id,
        FactKind::Returned,
        Evidence::Claim,
        Source { name: "browser".to_owned(), key: format!("returned:{id}") },
    );
    let claim = if defect::has(Defect::ClaimBelieved) {
        let (amount, provider_time) = (Some(attempt.attempt.asked), Some(app.now()));
        Learned { kind: FactKind::Approved, evidence: Evidence::SignedNotice, amount, provider_time, ..claim }
    } else {
        claim
    };
    // Who names another order has not come back from this one; asking does no harm all the same.
    if hint == Hint::Fits {
        app.road("browser").learn(&mut tx, &attempt.payment_id, vec![claim]).await?;
    }
    lookup::ask_unless_approved(&mut tx, &attempt, app.now()).await?;
    app.commit(tx).await?;
    // Asking goes on where the browser's patience ends: the job stays until the answer is kept.
    if tokio::time::timeout(app.patience, answered(app, &attempt)).await.is_err() {
        tracing::info!(attempt.id = id, "the look-up takes longer than the browser waits");
    }
    Ok(see_other(&page))
}

/// Whether what the browser brought names this order. An account that cannot be used now cannot say.
async fn hint(app: &App, tx: &mut Tx, attempt: &Stored, brought: &str) -> Result<Hint, Problem> {
    let Some(account) = merchants::account(tx, &attempt.attempt.account).await? else { return Ok(Hint::Fits) };
    let provider = app.provider(tx, &account).await?;
    Ok(provider.on_return(&lookup::of(attempt, &[]), &pairs(brought)))
}

/// Asks the bank. Where another node is asking already, waits for what comes of that.
async fn answered(app: &Arc<App>, attempt: &Stored) {
    // From before it is asked, so that nothing is missed.
    let mut news = app.nodes.changes.subscribe(&attempt.payment_id);
    let is_asked_elsewhere = lookup::ask_now(app, &attempt.attempt.id).await;
    if is_asked_elsewhere && app.nodes.is_shared() && is_pending(app, &attempt.payment_id).await {
        news.changed().await;
    }
}

async fn is_pending(app: &App, payment_id: &str) -> bool {
    let read = async {
        let mut tx = app.db.read().await?;
        payments::by_id(&mut tx, payment_id).await
    };
    // Where it cannot be read, the page says so better than this.
    read.await.is_ok_and(|payment| payment.is_some_and(|payment| payment.status == Status::Pending))
}
