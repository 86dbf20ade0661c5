//! `/v1/providers` and `/v1/provider-accounts`: accounts at banks and wallets added, listed, changed, removed and tried out.

use crate::access::Authenticated;
use crate::accounts;
use crate::api::body;
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::provider_account_body::{NewProviderAccountBody, ProviderAccountChangesBody};
use crate::api::provider_account_shown::{
    CheckedBody, ProviderAccountBody, ProviderAccountsBody, ProviderBody, ProvidersBody,
};
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Query, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_providers::FAMILIES;
use kamurj_store::Tx;
use kamurj_store::merchants::Caller;
use kamurj_store::provider_accounts::{self, ProviderAccount};
use std::sync::Arc;

/// The providers that this version speaks with.
#[utoipa::path(
    get,
    path = "/v1/providers",
    tag = "provider accounts",
    responses((status = 200, description = "All of them", body = ProvidersBody), Reading),
    security(("api_key" = []))
)]
pub async fn providers(Authenticated(_caller): Authenticated) -> Response {
    shown(&ProvidersBody { providers: FAMILIES.iter().map(ProviderBody::from).collect() })
}

/// Add an account at a provider. Its settings and credentials are checked before anything is kept.
#[utoipa::path(
    post,
    path = "/v1/provider-accounts",
    tag = "provider accounts",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewProviderAccountBody,
    responses((status = 201, description = "The account", body = ProviderAccountBody), Writing),
    security(("api_key" = ["providers"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/provider-accounts", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewProviderAccountBody = body::read(&bytes)?;
    let owner = (caller.merchant_id.as_str(), caller.mode);
    let account = accounts::add(&app, &mut write.tx, owner, body.into(), &caller.actor()).await?;
    let shown = ProviderAccountBody::show(&app, &mut write.tx, &account).await?;
    write.answer(&app, 201, &shown).await
}

/// Your accounts at providers, the oldest first.
#[utoipa::path(
    get,
    path = "/v1/provider-accounts",
    tag = "provider accounts",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = ProviderAccountsBody),
        Reading,
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, after) = query.read()?;
    let mut tx = app.db.read().await?;
    let mut found = provider_accounts::page(&mut tx, &caller.merchant_id, caller.mode, after, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.created_at, last.id.clone()));
    let mut provider_accounts = Vec::with_capacity(found.len());
    for account in &found {
        provider_accounts.push(ProviderAccountBody::show(&app, &mut tx, account).await?);
    }
    Ok(shown(&ProviderAccountsBody { provider_accounts, next_cursor }))
}

/// An account as it stands.
#[utoipa::path(
    get,
    path = "/v1/provider-accounts/{id}",
    tag = "provider accounts",
    params(("id" = String, Path, description = "acc_…")),
    responses(
        (status = 200, description = "The account", body = ProviderAccountBody),
        Reading,
        (status = 404, description = "No such account for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let account = own(&mut tx, &caller, &id).await?;
    Ok(shown(&ProviderAccountBody::show(&app, &mut tx, &account).await?))
}

/// Change an account, switch it off or on, or make it the default.
#[utoipa::path(
    patch,
    path = "/v1/provider-accounts/{id}",
    tag = "provider accounts",
    params(
        ("id" = String, Path, description = "acc_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = ProviderAccountChangesBody,
    responses(
        (status = 200, description = "The account", body = ProviderAccountBody),
        Writing,
        (status = 404, description = "No such account for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is at another version, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["providers"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("PATCH /v1/provider-accounts/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let changes: ProviderAccountChangesBody = body::read(&bytes)?;
    own(&mut write.tx, &caller, &id).await?;
    let account = accounts::change(&app, &mut write.tx, &id, changes.into(), &caller.actor()).await?;
    let shown = ProviderAccountBody::show(&app, &mut write.tx, &account).await?;
    let answer = write.answer(&app, 200, &shown).await?;
    app.books.trust_again(&id);
    Ok(answer)
}

/// Remove an account that nothing ever went through. Another one is switched off.
#[utoipa::path(
    delete,
    path = "/v1/provider-accounts/{id}",
    tag = "provider accounts",
    params(
        ("id" = String, Path, description = "acc_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "The account as it was", body = ProviderAccountBody),
        Writing,
        (status = 404, description = "No such account for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It was used: switch it off. Or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["providers"]))
)]
pub async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("DELETE /v1/provider-accounts/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let account = own(&mut write.tx, &caller, &id).await?;
    let shown = ProviderAccountBody::show(&app, &mut write.tx, &account).await?;
    accounts::remove(&mut write.tx, &account).await?;
    tracing::info!(account.id = id, actor = caller.actor(), "a provider account was removed");
    write.answer(&app, 200, &shown).await
}

/// Try an account out: asks the provider a question that changes nothing, and says plainly what is wrong.
#[utoipa::path(
    post,
    path = "/v1/provider-accounts/{id}/check",
    tag = "provider accounts",
    params(
        ("id" = String, Path, description = "acc_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "What came of it", body = CheckedBody),
        Writing,
        (status = 404, description = "No such account for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["providers"]))
)]
pub async fn check(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/provider-accounts/{id}/check");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let account = own(&mut write.tx, &caller, &id).await?;
    let opened = app.provider(&mut write.tx, &account).await;
    let paused = write.pause().await?;
    let checked = accounts::tried(opened).await?;
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let told = CheckedBody::of(&id, checked, app.now());
    write.answer(&app, 200, &told).await
}

/// The caller's own account. Another merchant's, or the other mode's, is not there.
pub(super) async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<ProviderAccount, Problem> {
    provider_accounts::account(tx, id)
        .await?
        .filter(|account| account.merchant_id == caller.merchant_id && account.mode == caller.mode)
        .ok_or_else(|| Problem::new(Kind::NotFound, "This key has no provider account with this id."))
}
