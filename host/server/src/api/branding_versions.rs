//! `/v1/branding/publish`, `…/rollback` and `…/versions`: what customers see, put in force with its preview cards drawn, and what was in
//! force before. Versions are only added; going back publishes an earlier one again.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::branding::both;
use crate::api::branding_body::{BrandVersionBody, BrandVersionsBody, BrandingBody, RollbackBody};
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::branding::cards::Plan;
use crate::extract::{Query, Whole};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::brand::Brand;
use kamurj_domain::format::Language;
use kamurj_store::branding::{self, Version, cards};
use kamurj_store::merchants::{self, Caller};
use kamurj_store::{Tx, provider_accounts};
use std::sync::Arc;

/// Let customers see the draft. Where nothing changed, nothing is published.
#[utoipa::path(
    post,
    path = "/v1/branding/publish",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key: same answer for 30 days")),
    responses(
        (status = 200, description = "What customers see now", body = BrandingBody),
        Writing,
        (status = 409, description = "There is no draft, or it was changed meanwhile, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["branding"]))
)]
pub async fn publish(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let write = match Write::begin(&app, &caller, &headers, "POST /v1/branding/publish", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    put_in_force(&app, &caller, *write, None).await
}

/// Go back to an earlier version: it is published again under a new number. The draft stays as it is.
#[utoipa::path(
    post,
    path = "/v1/branding/rollback",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = RollbackBody,
    responses((status = 200, description = "What customers see now", body = BrandingBody), Writing),
    security(("api_key" = ["branding"]))
)]
pub async fn rollback(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let write = match Write::begin(&app, &caller, &headers, "POST /v1/branding/rollback", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: RollbackBody = body::read(&bytes)?;
    put_in_force(&app, &caller, *write, Some(body.version)).await
}

/// What was published, the newest first.
#[utoipa::path(
    get,
    path = "/v1/branding/versions",
    tag = "branding",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = BrandVersionsBody),
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
    let below = after.map_or(i64::MAX, |(version, _)| version);
    let mut tx = app.db.read().await?;
    let mut found = branding::before(&mut tx, &caller.merchant_id, below, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.version, "version".to_owned()));
    let versions = found.iter().map(|version| BrandVersionBody::of(version, &app.public_url)).collect();
    Ok(shown(&BrandVersionsBody { versions, next_cursor }))
}

/// Publishes the draft, or an earlier version. The cards are drawn while no transaction is open.
async fn put_in_force(app: &App, caller: &Caller, mut write: Write, repeats: Option<i64>) -> Result<Response, Problem> {
    let merchant_id = caller.merchant_id.as_str();
    let chosen = chosen(&mut write.tx, merchant_id, repeats).await?;
    let merchant = merchants::by_id(&mut write.tx, merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the key's merchant is gone"))?;
    let mut plans = Vec::new();
    for language in Language::ALL {
        plans.push(Plan::read(app, &mut write.tx, &merchant, Some(&chosen), language).await?);
    }
    let paused = write.pause().await?;
    let mut drawn = Vec::new();
    for plan in plans {
        drawn.push(plan.drawn(&app.studio).await?);
    }
    let mut write = match paused.resume(app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let tx = &mut write.tx;
    provider_accounts::hold(tx, merchant_id).await?;
    if self::chosen(tx, merchant_id, repeats).await? != chosen {
        return Err(Problem::new(Kind::NotNow, "The draft was changed meanwhile. Look at it and publish again."));
    }
    let newest = branding::published(tx, merchant_id).await?;
    if newest.as_ref().is_none_or(|newest| newest.brand != chosen) {
        let number = newest.map_or(0, |newest| newest.version) + 1;
        let version =
            Version { version: number, brand: chosen, repeats, published_by: caller.actor(), published_at: app.now() };
        branding::publish(tx, merchant_id, &version).await?;
        for (key, bytes) in &drawn {
            cards::put(tx, (merchant_id, number), &key.card, key.language, bytes).await?;
        }
        // Chat apps may still fetch the cards of the version before.
        cards::drop_before(tx, merchant_id, number - 1).await?;
    }
    let both = both(app, tx, merchant_id).await?;
    write.answer(app, 200, &both).await
}

async fn chosen(tx: &mut Tx, merchant_id: &str, repeats: Option<i64>) -> Result<Brand, Problem> {
    match repeats {
        None => branding::draft(tx, merchant_id)
            .await?
            .map(|draft| draft.brand)
            .ok_or_else(|| Problem::new(Kind::NotNow, "There is no draft. Write one first: `PUT /v1/branding`.")),
        Some(version) => {
            branding::version(tx, merchant_id, version).await?.map(|version| version.brand).ok_or_else(|| {
                let detail = "no such version: `GET /v1/branding/versions` lists them".to_owned();
                Problem::invalid(vec![FieldError { pointer: "/version".to_owned(), detail }])
            })
        }
    }
}
