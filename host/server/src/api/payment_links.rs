//! `/v1/payment-links`: links made, read, listed, changed, and pressed by an integrator.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::link_body::{AskedLink, NewLinkBody};
use crate::api::link_shown::{LinkBody, LinkChangesBody, sealed};
use crate::api::page::{self, PageQuery};
use crate::api::payment::{Amount, CustomerBody, PaymentBody};
use crate::api::payments::{shown, whole};
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::checkout::choice;
use crate::extract::{Path, Query, Whole};
use crate::press::{self, Door, Press, Pressed, token_place};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_store::links::{self, Link};
use kamurj_store::merchants::Caller;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest form key, in characters.
const MAX_FORM_KEY: usize = 255;

/// A page of the list, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinksBody {
    /// The links.
    pub links: Vec<LinkBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// A press by an integrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PressBody {
    /// Your own key of the buyer's form: the same key leads to the same payment. `Idempotency-Key` where it is left out.
    #[serde(default)]
    pub form_key: Option<String>,
    /// The link's version that the buyer looked at: another one refuses the press.
    #[serde(default)]
    pub version: Option<i64>,
    /// How much, where the buyer says it.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub amount: Option<Amount>,
    /// How many pieces; the fewest where it is left out.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// Id of the way of delivery.
    #[serde(default)]
    pub delivery: Option<String>,
    /// Answers by the question's id.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub answers: BTreeMap<String, String>,
    /// Language of the customer's page: `hy`, `ru` or `en`; the merchant's own where it is left out.
    #[serde(default)]
    pub locale: Option<String>,
    /// Who buys.
    #[serde(default, deserialize_with = "body::object")]
    pub customer: CustomerBody,
    /// The provider account of this payment, `acc_…`, or a provider's word; the link's where it is left out.
    #[serde(default)]
    pub provider: Option<String>,
}

/// Make a payment link.
#[utoipa::path(
    post,
    path = "/v1/payment-links",
    tag = "payment links",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewLinkBody,
    responses(
        (status = 201, description = "The link", body = LinkBody),
        Writing,
    ),
    security(("api_key" = ["links"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/payment-links", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewLinkBody = body::read(&bytes)?;
    let now = app.now();
    let owner = (caller.merchant_id.as_str(), caller.mode);
    let provider = choice::named(&mut write.tx, owner, body.provider.as_deref()).await?;
    let AskedLink { kind, offer, cap, valid_from, valid_until, active, off_reason, fulfilment, provider_account } =
        body.check(Some(now), provider)?;
    let id = app.ids.new_id("lnk");
    let token = app.ids.new_token();
    let link = Link {
        merchant_id: caller.merchant_id,
        mode: caller.mode,
        kind,
        token_sealed: app.sealer.seal(&token_place(&id), token.as_bytes()),
        offer,
        cap,
        held: 0,
        taken: 0,
        valid_from,
        valid_until,
        active,
        off_reason,
        fulfilment_sealed: fulfilment.map(|texts| sealed(&app, &id, &texts)),
        provider_account,
        version: 1,
        created_at: now,
        updated_at: now,
        id,
    };
    links::insert(&mut write.tx, &link, &app.link_hash(&token)).await?;
    let shown = LinkBody::show(&app, &link)?;
    write.answer(&app, 201, &shown).await
}

/// A payment link as it stands.
#[utoipa::path(
    get,
    path = "/v1/payment-links/{id}",
    tag = "payment links",
    params(("id" = String, Path, description = "lnk_…")),
    responses(
        (status = 200, description = "The link", body = LinkBody),
        Reading,
        (status = 404, description = "No such link for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let link = own(&caller, links::by_id(&mut tx, &id).await?)?;
    Ok(shown(&LinkBody::show(&app, &link)?))
}

/// Your payment links, the newest first.
#[utoipa::path(
    get,
    path = "/v1/payment-links",
    tag = "payment links",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = LinksBody),
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
    let (limit, below) = query.read()?;
    let mut tx = app.db.read().await?;
    let mut found = links::page(
        &mut tx,
        &caller.merchant_id,
        caller.mode,
        below.as_ref().map(|(at, id)| (*at, id.as_str())),
        limit + 1,
    )
    .await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.created_at, last.id.clone()));
    let links = found.iter().map(|link| LinkBody::show(&app, link)).collect::<Result<_, _>>()?;
    Ok(shown(&LinksBody { links, next_cursor }))
}

/// Change a payment link for the presses to come.
#[utoipa::path(
    patch,
    path = "/v1/payment-links/{id}",
    tag = "payment links",
    params(
        ("id" = String, Path, description = "lnk_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = LinkChangesBody,
    responses(
        (status = 200, description = "The link", body = LinkBody),
        Writing,
        (status = 404, description = "No such link for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["links"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("PATCH /v1/payment-links/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let changes: serde_json::Map<String, Value> = body::read(&bytes)?;
    let link = own(&caller, links::by_id(&mut write.tx, &id).await?)?;
    let mut link = own(&caller, links::lock(&mut write.tx, &link.id).await?)?;
    let body = LinkBody::show(&app, &link)?.changed(changes)?;
    // An account that was switched off meanwhile is not in the way of another change.
    let provider = if body.provider == link.provider_account {
        Ok(body.provider.clone())
    } else {
        let owner = (caller.merchant_id.as_str(), caller.mode);
        choice::named(&mut write.tx, owner, body.provider.as_deref()).await?
    };
    let AskedLink { kind: _, offer, cap, valid_from, valid_until, active, off_reason, fulfilment, provider_account } =
        body.check(None, provider)?;
    link = Link {
        offer,
        cap,
        valid_from,
        valid_until,
        active,
        off_reason,
        fulfilment_sealed: fulfilment.map(|texts| sealed(&app, &link.id, &texts)),
        provider_account,
        version: link.version + 1,
        updated_at: app.now(),
        ..link
    };
    links::change(&mut write.tx, &link).await?;
    let shown = LinkBody::show(&app, &link)?;
    write.answer(&app, 200, &shown).await
}

/// Press a payment link for a buyer: makes their payment, or answers the one that the same form made.
#[utoipa::path(
    post,
    path = "/v1/payment-links/{id}/payments",
    tag = "payment links",
    params(
        ("id" = String, Path, description = "lnk_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days; also the form key where the body has none"),
    ),
    request_body = PressBody,
    responses(
        (status = 201, description = "The payment", body = PaymentBody),
        (status = 200, description = "The payment that this form made before, or the only one of a single-use link", body = PaymentBody),
        Writing,
        (status = 404, description = "No such link for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "The link takes no payments, has no place free now, or was changed, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["links"]))
)]
pub async fn pay(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payment-links/{id}/payments");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: PressBody = body::read(&bytes)?;
    let link = own(&caller, links::by_id(&mut write.tx, &id).await?)?;
    let press = read(body, &headers, format!("api {} by", caller.key_id))?;
    let (status, payment) = match press::press(&app, &mut write.tx, &link.id, press).await? {
        Pressed::Made(payment) => (201, payment),
        Pressed::Known(payment) => (200, payment),
    };
    let shown = whole(&app, &mut write.tx, &payment).await?;
    write.answer(&app, status, &shown).await
}

fn read(body: PressBody, headers: &HeaderMap, actor: String) -> Result<Press, Problem> {
    let header = || headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let form_key = body.form_key.or_else(header).unwrap_or_default();
    if !(1..=MAX_FORM_KEY).contains(&form_key.chars().count()) || form_key.chars().any(char::is_control) {
        return Err(wrong("/form_key", "is needed, here or as `Idempotency-Key`: 1 to 255 characters"));
    }
    let language = match body.locale.as_deref() {
        None => None,
        Some(tag) => Some(Language::parse(tag).ok_or_else(|| wrong("/locale", "must be `hy`, `ru` or `en`"))?),
    };
    Ok(Press {
        door: Door::Api,
        form_key,
        seen_version: body.version,
        amount: body.amount,
        quantity: body.quantity,
        delivery: body.delivery,
        answers: body.answers,
        language,
        customer: body.customer,
        channel: None,
        provider: body.provider,
        actor,
    })
}

/// The caller's own link. Another merchant's, or the other mode's, is not there.
pub(super) fn own(caller: &Caller, link: Option<Link>) -> Result<Link, Problem> {
    link.filter(|link| link.merchant_id == caller.merchant_id && link.mode == caller.mode)
        .ok_or_else(|| Problem::new(Kind::NotFound, "This key has no payment link with this id."))
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}
