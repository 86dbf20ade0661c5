//! `/v1/branding`: how the merchant's pages look, as it is in force and as it is being worked on. A brand is the merchant's, in both
//! modes.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::branding_body::{BrandBody, BrandDraftBody, BrandVersionBody, BrandingBody};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::branding::tokens;
use crate::extract::Whole;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::brand::Brand;
use kamurj_store::branding::{self, pictures};
use kamurj_store::{Error, Tx, provider_accounts};
use std::sync::Arc;

/// The look of your pages: the draft, and what customers see.
#[utoipa::path(
    get,
    path = "/v1/branding",
    tag = "branding",
    responses((status = 200, description = "Both", body = BrandingBody), Reading),
    security(("api_key" = []))
)]
pub async fn get(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    Ok(shown(&both(&app, &mut tx, &caller.merchant_id).await?))
}

/// Write the draft anew. Its pictures stay; customers see nothing of it before it is published.
#[utoipa::path(
    put,
    path = "/v1/branding",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = BrandBody,
    responses((status = 200, description = "The draft, and what customers see", body = BrandingBody), Writing),
    security(("api_key" = ["branding"]))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "PUT /v1/branding", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: BrandBody = body::read(&bytes)?;
    let before = worked_on(&mut write.tx, &caller.merchant_id).await?;
    let brand = tokens::read(body, before.as_ref())?;
    keep(&app, &mut write.tx, &caller.merchant_id, &brand, &caller.actor()).await?;
    let both = both(&app, &mut write.tx, &caller.merchant_id).await?;
    write.answer(&app, 200, &both).await
}

/// Both looks as they are shown.
pub(super) async fn both(app: &App, tx: &mut Tx, merchant_id: &str) -> Result<BrandingBody, Error> {
    let draft = branding::draft(tx, merchant_id).await?;
    let published = branding::published(tx, merchant_id).await?;
    Ok(BrandingBody {
        draft: draft.map(|draft| BrandDraftBody::of(&draft, &app.public_url)),
        published: published.map(|version| BrandVersionBody::of(&version, &app.public_url)),
    })
}

/// The look that a change begins with: the draft; else what is in force. Nobody else changes it until the transaction ends.
pub(super) async fn worked_on(tx: &mut Tx, merchant_id: &str) -> Result<Option<Brand>, Error> {
    provider_accounts::hold(tx, merchant_id).await?;
    if let Some(draft) = branding::draft(tx, merchant_id).await? {
        return Ok(Some(draft.brand));
    }
    Ok(branding::published(tx, merchant_id).await?.map(|version| version.brand))
}

/// Makes this the draft, and forgets pictures that nothing has any more.
pub(super) async fn keep(app: &App, tx: &mut Tx, merchant_id: &str, brand: &Brand, actor: &str) -> Result<(), Error> {
    branding::save(tx, merchant_id, brand, actor, app.now()).await?;
    pictures::drop_unused(tx, merchant_id, brand).await
}
