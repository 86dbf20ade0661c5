//! What pages under a brand load, and what chat apps fetch: pictures, fonts and cards, each under an address that names its content, so
//! that it may be kept for ever. Nothing here is a document: whatever opens one gets an empty sandbox.

use super::cards::{Plan, key};
use super::studio::CardKey;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Kind, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_pages::security_headers;
use kamurj_store::branding::{self, cards, pictures};
use kamurj_store::merchants;
use std::sync::Arc;

/// Characters of a picture's digest.
const DIGEST_LENGTH: usize = 64;

/// `GET /b/{digest}.png` or `.webp`: a logo or icon.
pub async fn picture(State(app): State<Arc<App>>, Path(file): Path<String>) -> Result<Response, Problem> {
    let (digest, format) = file.split_once('.').ok_or_else(nothing)?;
    if digest.len() != DIGEST_LENGTH || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(nothing());
    }
    let kept = pictures::by_digest(&mut app.db.read().await?, digest).await?;
    let kept = kept.filter(|kept| kept.format.word() == format).ok_or_else(nothing)?;
    Ok(given(&app, kept.format.media_type(), kept.bytes))
}

/// `GET /f/{name}-{digest}.woff2`: a font.
pub async fn font(State(app): State<Arc<App>>, Path(file): Path<String>) -> Result<Response, Problem> {
    kamurj_pages::font(&file).map(|bytes| given(&app, "font/woff2", bytes)).ok_or_else(nothing)
}

/// `GET /c/{merchant}/{key}-{language}.png`: the card of a merchant's links. One that was not drawn when a brand was published is drawn
/// now, and kept in memory alone: fetching changes nothing.
pub async fn card(
    State(app): State<Arc<App>>,
    Path((merchant_id, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let named = file.strip_suffix(".png").and_then(|name| name.split_once('-')).ok_or_else(nothing)?;
    let language = Language::parse(named.1).ok_or_else(nothing)?;
    let wanted = CardKey { merchant_id, card: named.0.to_owned(), language };
    if let Some(bytes) = app.studio.kept(&wanted) {
        return Ok(given(&app, "image/png", bytes.to_vec()));
    }
    let mut tx = app.db.read().await?;
    if let Some(bytes) = cards::get(&mut tx, &wanted.merchant_id, &wanted.card, language).await? {
        drop(tx);
        let bytes = Arc::new(bytes);
        app.studio.keep(wanted, bytes.clone());
        return Ok(given(&app, "image/png", bytes.to_vec()));
    }
    let merchant = merchants::by_id(&mut tx, &wanted.merchant_id).await?.ok_or_else(nothing)?;
    let published = branding::published(&mut tx, &merchant.id).await?;
    let brand = published.as_ref().map(|version| &version.brand);
    if key(&merchant, brand) != wanted.card {
        return Err(nothing());
    }
    let plan = Plan::read(&app, &mut tx, &merchant, brand, language).await?;
    drop(tx);
    let (drawn, bytes) = plan.drawn(&app.studio).await?;
    let bytes = Arc::new(bytes);
    app.studio.keep(drawn, bytes.clone());
    Ok(given(&app, "image/png", bytes.to_vec()))
}

fn nothing() -> Problem {
    Problem::new(Kind::NotFound, "Nothing is kept under this address.")
}

fn given(app: &App, media_type: &'static str, bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, media_type);
    put(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'");
    put(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    for (name, value) in security_headers(&app.public_url) {
        if name == "strict-transport-security" {
            put(HeaderName::from_static(name), value);
        }
    }
    response
}
