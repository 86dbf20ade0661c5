//! `/p/{token}` where the token is a payment link's: what its page shows until it has one of its own, and its form, which
//! makes the payment and goes straight on to the bank. What the form may say is decided by the press.

use super::choice::Ways;
use super::pay::{self, PayBody};
use super::seller::{Asked, with_fonts};
use super::{back_to_terms, broken_by, html, page_address, see_other, seller, unknown_link};
use crate::api::payment::{Amount, CustomerBody};
use crate::app::{App, link_place};
use crate::extract::Token;
use crate::press::{self, Door, Press, Pressed, Refusal, closed};
use crate::problem::{Kind, Problem};
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_domain::{LinkKind, Money};
use kamurj_pages::{ACCOUNT_FIELD, CheckoutState, CheckoutView, PayForm, TERMS_FIELD};
use kamurj_store::Tx;
use kamurj_store::links::places;
use kamurj_store::links::{self, Link};
use kamurj_store::merchants;
use kamurj_store::payments::{self, Payment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest form key, in bytes.
const MAX_FORM_KEY: usize = 64;

/// Takes the form of any `/p/{token}`: a link's is read here, a payment's is handed on.
pub async fn post(State(app): State<Arc<App>>, Token(token): Token, request: Request) -> Response {
    let link = match found(&app, &token).await {
        Ok(link) => link,
        Err(problem) => return broken_by(&app, Language::Hy, &problem),
    };
    let Some(link) = link else {
        let form = Form::<PayBody>::from_request(request, &app).await;
        return pay::post(State(app), Token(token), form).await;
    };
    // What is not our form presses nothing and leads back to the page.
    let fields = Form::<Vec<(String, String)>>::from_request(request, &app).await;
    let fields: BTreeMap<String, String> = fields.map(|Form(fields)| fields.into_iter().collect()).unwrap_or_default();
    let language = fields.get("lang").and_then(|tag| Language::parse(tag));
    match pressed(&app, &link, &token, language, fields).await {
        Ok(response) => response,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

async fn found(app: &App, token: &str) -> Result<Option<Link>, Problem> {
    let mut tx = app.db.read().await?;
    Ok(links::by_token(&mut tx, &app.link_hash(token)).await?)
}

async fn pressed(
    app: &Arc<App>,
    link: &Link,
    token: &str,
    language: Option<Language>,
    mut fields: BTreeMap<String, String>,
) -> Result<Response, Problem> {
    let form_key = fields.remove("form_key").unwrap_or_default();
    let account = fields.remove(ACCOUNT_FIELD);
    if form_key.is_empty() || form_key.len() > MAX_FORM_KEY {
        return Ok(see_other(&page_address(token, language)));
    }
    let agrees = fields.remove(TERMS_FIELD).is_some();
    if !agrees && seller::must_agree(&mut app.db.read().await?, &link.merchant_id).await? {
        return Ok(back_to_terms(token, language));
    }
    let press = read(link, &form_key, language, fields);
    let mut tx = app.db.write().await?;
    let payment = match press::press(app, &mut tx, &link.id, press).await {
        Ok(Pressed::Made(payment) | Pressed::Known(payment)) => payment,
        Err(Refusal::Failed(problem)) => return Err(problem),
        Err(refusal) => {
            tx.rollback().await?;
            return refused(app, link, token, language, &refusal).await;
        }
    };
    app.commit(tx).await?;
    let token = token_of(app, &payment)?;
    if !payment.status.takes_attempts() {
        return Ok(see_other(&page_address(&token, language)));
    }
    let account = account.as_deref();
    pay::press(app, &pay::Press { token: &token, language, form_key: &form_key, again: None, account, agrees }).await
}

/// A number that cannot be read is far beyond any bound, and is refused as one.
fn read(link: &Link, form_key: &str, language: Option<Language>, mut fields: BTreeMap<String, String>) -> Press {
    let mut filled =
        |name: &str| fields.remove(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let currency = link.offer.currency.code().to_owned();
    let amount = filled("amount").map(|value| Amount { value, currency });
    let quantity = filled("quantity").map(|text| text.parse().unwrap_or(u32::MAX));
    let (delivery, version) = (filled("delivery"), filled("version"));
    let asked = link.offer.questions.iter();
    let answers =
        asked.filter_map(|question| Some((question.id.clone(), filled(&format!("answer.{}", question.id))?))).collect();
    Press {
        door: Door::Page,
        form_key: form_key.to_owned(),
        seen_version: version.map(|text| text.parse().unwrap_or(-1)),
        amount,
        quantity,
        delivery,
        answers,
        language,
        customer: CustomerBody::default(),
        provider: None,
        actor: "checkout of".to_owned(),
    }
}

fn token_of(app: &App, payment: &Payment) -> Result<String, Problem> {
    Ok(app.sealer.open_text(&link_place(&payment.id), &payment.token_sealed)?.as_str().to_owned())
}

/// The page of an address that is no payment's: a link's, or nobody's. Changes nothing.
pub(super) async fn page(
    app: &App,
    mut tx: Tx,
    token: &str,
    (asked, missed_terms): (Option<Language>, bool),
    fallback: Language,
) -> Result<Response, Problem> {
    let Some(link) = links::by_token(&mut tx, &app.link_hash(token)).await? else {
        return Ok(unknown_link(app, fallback));
    };
    if link.kind == LinkKind::SingleUse
        && let Some(first) = places::first_of(&mut tx, &link.id).await?
        && let Some(payment) = payments::by_id(&mut tx, &first.payment_id).await?
    {
        return Ok(see_other(&page_address(&token_of(app, &payment)?, asked)));
    }
    let language = asked.unwrap_or(fallback);
    let asked = Asked { language, missed_terms };
    if let Some(refusal) = closed(&link, app.now()) {
        return told(app, &mut tx, &link, token, asked, why(&link, &refusal, language)).await;
    }
    if !link.has_room() {
        let refusal = if link.is_used_up() { Refusal::UsedUp } else { Refusal::Busy };
        return told(app, &mut tx, &link, token, asked, why(&link, &refusal, language)).await;
    }
    if link.offer.plain_amount().is_none() {
        return Ok(unknown_link(app, language));
    }
    let form = PayForm { action: format!("/p/{token}/pay"), key: app.ids.new_token(), ways: Vec::new() };
    told(app, &mut tx, &link, token, asked, (StatusCode::OK, CheckoutState::Ready { form })).await
}

async fn refused(
    app: &App,
    link: &Link,
    token: &str,
    language: Option<Language>,
    refusal: &Refusal,
) -> Result<Response, Problem> {
    let language = language.unwrap_or(Language::Hy);
    let mut tx = app.db.read().await?;
    let asked = Asked { language, missed_terms: false };
    told(app, &mut tx, link, token, asked, why(link, refusal, language)).await
}

/// How a refusal is told to a customer.
fn why(link: &Link, refusal: &Refusal, language: Language) -> (StatusCode, CheckoutState) {
    let say = |hy: &str, ru: &str, en: &str| {
        let text = match language {
            Language::Hy => hy,
            Language::Ru => ru,
            Language::En => en,
        };
        Some(text.to_owned())
    };
    let message = match refusal {
        Refusal::Off(_) => link.off_reason.said_in(language).map(str::to_owned),
        Refusal::Over(_) if link.offer.plain_amount().is_some() => {
            return (StatusCode::CONFLICT, CheckoutState::Expired);
        }
        // The expired page names an amount, and this link has none of its own.
        Refusal::Over(_) => {
            say("Այս հղման ժամկետն անցել է։", "Срок действия ссылки истёк.", "This link is no longer valid.")
        }
        Refusal::NotYet(_) => say(
            "Այս հղումով դեռ հնարավոր չէ վճարել։",
            "По этой ссылке пока нельзя оплатить.",
            "This link cannot be used yet.",
        ),
        Refusal::UsedUp => {
            say("Այս հղումով տեղ այլևս չկա։", "По этой ссылке мест больше нет.", "This link has no places left.")
        }
        Refusal::Busy => say(
            "Վերջին տեղի համար հիմա ուրիշն է վճարում։ Փորձեք մի քանի րոպեից։",
            "За последнее место сейчас платит другой покупатель. Попробуйте через несколько минут.",
            "Somebody is paying for the last place right now. Try again in a few minutes.",
        ),
        Refusal::Changed | Refusal::Fields(_) | Refusal::Failed(_) => say(
            "Վճարումը չսկսվեց. ստուգեք տվյալներն ու նորից փորձեք։ Գումար չի գանձվել։",
            "Оплата не началась: проверьте данные и попробуйте снова. Деньги не списаны.",
            "The payment was not started: check what you entered and try again. No money was taken.",
        ),
    };
    let status = match refusal {
        Refusal::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    };
    (status, CheckoutState::Cancelled { message })
}

async fn told(
    app: &App,
    tx: &mut Tx,
    link: &Link,
    token: &str,
    asked: Asked,
    (status, mut state): (StatusCode, CheckoutState),
) -> Result<Response, Problem> {
    let merchant = merchants::by_id(tx, &link.merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the link's merchant is gone"))?;
    let ways = Ways::of(app, tx, (&link.merchant_id, link.mode), link.provider_account.as_deref()).await?;
    if let CheckoutState::Ready { form } = &mut state {
        form.ways = ways.choices(asked.language);
    }
    let language = asked.language;
    let amount = link.offer.plain_amount().unwrap_or(Money::new(0, link.offer.currency));
    let now = app.now();
    let view = CheckoutView {
        state,
        language,
        mode: seller::mode(link.mode),
        merchant: seller::seller(app, tx, &merchant, asked).await?,
        amount_minor: amount.minor,
        currency: amount.currency.code().to_owned(),
        description: link.offer.title.said_in(language).map(str::to_owned),
        items: Vec::new(),
        order_id: link.id.clone(),
        expires_at_ms: link.valid_until.unwrap_or(now + link.offer.payment_life_ms),
        now_ms: now,
        provider_name: ways.names(),
        by_card: ways.by_card(),
        checkout_path: format!("/p/{token}"),
        host: seller::host(app).to_owned(),
    };
    let nonce = app.ids.new_token();
    let text = app.pages.checkout(&view, &nonce).map_err(|error| Problem::new(Kind::Unavailable, error.to_string()))?;
    Ok(with_fonts(html(app, status, text, &nonce, &ways.origins), &view.merchant.brand))
}
