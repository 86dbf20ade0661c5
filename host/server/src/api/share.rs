//! `/v1/payments/{id}/share` and `/v1/payment-links/{id}/share`: the link as people pass it on, as messages to copy and as a
//! QR code. Reading it sends nothing.

use crate::access::Authenticated;
use crate::api::payment_links;
use crate::api::payments::{own, shown};
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::press::link_url;
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::format::Language;
use kamurj_pages::{LinkCode, MAX_QR_PIXELS, MIN_QR_PIXELS, PagesError, Shared, Written};
use kamurj_store::{Tx, links, merchants};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The side of the QR code's image where nobody says, in pixels: sharp at 4 cm in print.
const USUAL_PIXELS: u32 = 512;

/// How the link is passed on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareBody {
    /// The page's address.
    pub url: String,
    /// Messages to copy; none where the link takes no money now.
    pub messages: Vec<MessageBody>,
    /// The address as a QR code.
    pub qr: QrBody,
}

/// A message to copy into a chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageBody {
    /// `telegram`, `whatsapp`, `messenger` or `instagram`: the text is as long as a message there may be at most.
    pub channel: &'static str,
    /// `hy`, `ru` or `en`.
    pub language: &'static str,
    /// Plain text with the address in it.
    pub text: String,
    /// Opens the channel with the text filled in, where it has such an address; the person chooses the chat.
    pub send_url: Option<String>,
}

/// A QR code, with the light frame that readers need.
#[derive(Debug, Serialize, ToSchema)]
pub struct QrBody {
    /// An SVG drawing.
    pub svg: String,
    /// A PNG image, base64 (RFC 4648, section 4).
    pub png_base64: String,
}

/// How large the image is.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ShareQuery {
    /// The longest side of the PNG image in pixels: 128 to 2048, 512 where nothing is said.
    qr_pixels: Option<u32>,
}

impl ShareQuery {
    fn read(&self) -> Result<u32, Problem> {
        let pixels = self.qr_pixels.unwrap_or(USUAL_PIXELS);
        if (MIN_QR_PIXELS..=MAX_QR_PIXELS).contains(&pixels) {
            return Ok(pixels);
        }
        let detail = format!("must be {MIN_QR_PIXELS} to {MAX_QR_PIXELS} pixels");
        Err(Problem::invalid(vec![FieldError { pointer: "/qr_pixels".to_owned(), detail }]))
    }
}

/// The payment's link as people pass it on: messages to copy, and a QR code.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}/share",
    tag = "payments",
    params(("id" = String, Path, description = "pay_…"), ShareQuery),
    responses(
        (status = 200, description = "Messages and QR code", body = ShareBody),
        Reading,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong size", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn payment(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<ShareQuery>,
) -> Result<Response, Problem> {
    let pixels = query.read()?;
    let mut tx = app.db.read().await?;
    let payment = own(&mut tx, &caller, &id).await?;
    let description = Some(payment.particulars.description.clone());
    let shared = Shared {
        merchant: merchant_name(&mut tx, &payment.merchant_id).await?,
        what: [description.clone(), description.clone(), description],
        number: payment.order_id.clone(),
        amount: Some((payment.terms.amount.minor, payment.terms.amount.currency.code().to_owned())),
        url: app.checkout_url(&payment)?,
        until_ms: Some(payment.open_until),
        now_ms: app.now(),
    };
    let is_open = payment.status.takes_attempts() && app.now() < payment.open_until;
    Ok(shown(&ShareBody::of(&app, &shared, is_open, pixels)?))
}

/// A payment link as people pass it on: messages to copy, and a QR code.
#[utoipa::path(
    get,
    path = "/v1/payment-links/{id}/share",
    tag = "payment links",
    params(("id" = String, Path, description = "lnk_…"), ShareQuery),
    responses(
        (status = 200, description = "Messages and QR code", body = ShareBody),
        Reading,
        (status = 404, description = "No such link for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong size", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn link(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<ShareQuery>,
) -> Result<Response, Problem> {
    let pixels = query.read()?;
    let mut tx = app.db.read().await?;
    let link = payment_links::own(&caller, links::by_id(&mut tx, &id).await?)?;
    let now = app.now();
    let shared = Shared {
        merchant: merchant_name(&mut tx, &link.merchant_id).await?,
        what: Language::ALL.map(|language| link.offer.title.said_in(language).map(str::to_owned)),
        number: link.id.clone(),
        amount: link.offer.plain_amount().map(|amount| (amount.minor, amount.currency.code().to_owned())),
        url: link_url(&app, &link)?,
        until_ms: link.valid_until,
        now_ms: now,
    };
    let is_open = link.active && !link.is_used_up() && link.valid_until.is_none_or(|until| now < until);
    Ok(shown(&ShareBody::of(&app, &shared, is_open, pixels)?))
}

async fn merchant_name(tx: &mut Tx, id: &str) -> Result<String, Problem> {
    let merchant = merchants::by_id(tx, id).await?;
    merchant
        .map(|merchant| merchant.name)
        .ok_or_else(|| Problem::new(Kind::Unauthorized, "The merchant of this key is gone."))
}

impl ShareBody {
    fn of(app: &App, shared: &Shared, is_open: bool, pixels: u32) -> Result<Self, Problem> {
        let undrawn = |error: PagesError| Problem::new(Kind::Unavailable, error.to_string());
        let code = LinkCode::of(&shared.url).map_err(undrawn)?;
        let qr = QrBody { svg: code.svg(), png_base64: STANDARD.encode(code.png(pixels).map_err(undrawn)?) };
        let messages = if is_open { app.pages.messages(shared) } else { Vec::new() };
        let messages = messages.into_iter().map(MessageBody::from).collect();
        Ok(Self { url: shared.url.clone(), messages, qr })
    }
}

impl From<Written> for MessageBody {
    fn from(written: Written) -> Self {
        let Written { channel, language, text, send_url } = written;
        Self { channel, language: language.tag(), text, send_url }
    }
}
