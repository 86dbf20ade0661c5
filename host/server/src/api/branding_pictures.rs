//! `/v1/branding/logo` and `/v1/branding/icon`: pictures taken in as they come, and kept as the server encoded them.

use crate::access::Authenticated;
use crate::api::branding::{both, keep, worked_on};
use crate::api::branding_body::BrandingBody;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::branding::studio::Bench;
use crate::extract::Whole;
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::seal::hex;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use kamurj_domain::brand::{Brand, Picture, PictureFormat};
use kamurj_images::{Encoded, Format, MAX_BYTES, Refusal, Use};
use kamurj_store::branding::pictures;
use kamurj_store::merchants::Caller;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Give the draft a logo. The picture is fitted into 600 × 168 pixels and encoded anew.
#[utoipa::path(
    put,
    path = "/v1/branding/logo",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body(content = Vec<u8>, content_type = "image/png", description = "The picture's bytes, as `image/png`, `image/jpeg`, `image/webp` or `image/svg+xml`: 1 MiB and 4096 pixels a side at most, an SVG 256 KiB"),
    responses(
        (status = 200, description = "The draft, and what customers see", body = BrandingBody),
        Writing,
        (status = 413, description = "The body is larger than 1 MiB", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["branding"]))
)]
pub async fn put_logo(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    take(&app, &caller, &headers, body, Use::Logo).await
}

/// Give the draft an icon for the browser's tab. The picture is fitted into a square of 180 pixels and encoded anew.
#[utoipa::path(
    put,
    path = "/v1/branding/icon",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body(content = Vec<u8>, content_type = "image/png", description = "The picture's bytes, as `image/png`, `image/jpeg`, `image/webp` or `image/svg+xml`: 1 MiB and 4096 pixels a side at most, an SVG 256 KiB"),
    responses(
        (status = 200, description = "The draft, and what customers see", body = BrandingBody),
        Writing,
        (status = 413, description = "The body is larger than 1 MiB", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["branding"]))
)]
pub async fn put_icon(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    take(&app, &caller, &headers, body, Use::Icon).await
}

/// Take the draft's logo away.
#[utoipa::path(
    delete,
    path = "/v1/branding/logo",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key: same answer for 30 days")),
    responses((status = 200, description = "The draft, and what customers see", body = BrandingBody), Writing),
    security(("api_key" = ["branding"]))
)]
pub async fn remove_logo(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    remove(&app, &caller, &headers, &bytes, Use::Logo).await
}

/// Take the draft's icon away.
#[utoipa::path(
    delete,
    path = "/v1/branding/icon",
    tag = "branding",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key: same answer for 30 days")),
    responses((status = 200, description = "The draft, and what customers see", body = BrandingBody), Writing),
    security(("api_key" = ["branding"]))
)]
pub async fn remove_icon(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    remove(&app, &caller, &headers, &bytes, Use::Icon).await
}

fn word(wanted: Use) -> &'static str {
    match wanted {
        Use::Logo => "logo",
        Use::Icon => "icon",
    }
}

fn place(brand: &mut Brand, wanted: Use) -> &mut Option<Picture> {
    match wanted {
        Use::Logo => &mut brand.logo,
        Use::Icon => &mut brand.icon,
    }
}

async fn take(app: &App, caller: &Caller, headers: &HeaderMap, body: Body, wanted: Use) -> Result<Response, Problem> {
    let bytes = axum::body::to_bytes(body, MAX_BYTES)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, format!("The body may have at most {MAX_BYTES} bytes.")))?;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Another type makes another request of the same bytes.
    let route = format!("PUT /v1/branding/{} {media_type}", word(wanted));
    let paused = match Write::begin(app, caller, headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write.pause().await?,
    };
    let media_type = media_type.to_owned();
    let taken = app.studio.work(Bench::Uploads, move || kamurj_images::take(&media_type, &bytes, wanted)).await?;
    let encoded = taken.map_err(|refusal| wrong(wanted, refusal))?;
    let mut write = match paused.resume(app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let picture = named(&encoded);
    let (tx, merchant_id, actor) = (&mut write.tx, &caller.merchant_id, caller.actor());
    let mut brand = worked_on(tx, merchant_id).await?.unwrap_or_default();
    pictures::put(tx, merchant_id, &picture, &encoded.bytes, &actor, app.now()).await?;
    *place(&mut brand, wanted) = Some(picture);
    keep(app, tx, merchant_id, &brand, &actor).await?;
    let both = both(app, tx, merchant_id).await?;
    write.answer(app, 200, &both).await
}

async fn remove(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    bytes: &[u8],
    wanted: Use,
) -> Result<Response, Problem> {
    let route = format!("DELETE /v1/branding/{}", word(wanted));
    let mut write = match Write::begin(app, caller, headers, &route, bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let (tx, merchant_id) = (&mut write.tx, &caller.merchant_id);
    if let Some(mut brand) = worked_on(tx, merchant_id).await?
        && place(&mut brand, wanted).take().is_some()
    {
        keep(app, tx, merchant_id, &brand, &caller.actor()).await?;
    }
    let both = both(app, tx, merchant_id).await?;
    write.answer(app, 200, &both).await
}

fn named(encoded: &Encoded) -> Picture {
    Picture {
        digest: hex(&Sha256::digest(&encoded.bytes)),
        format: match encoded.format {
            Format::Png => PictureFormat::Png,
            Format::Webp => PictureFormat::Webp,
        },
        width: encoded.width,
        height: encoded.height,
    }
}

fn wrong(wanted: Use, refusal: Refusal) -> Problem {
    Problem::invalid(vec![FieldError { pointer: format!("/{}", word(wanted)), detail: refusal.to_string() }])
}
