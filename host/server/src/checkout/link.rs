//! `/p/{token}` where the token is a payment link's: its page, and its form, which makes the payment. Where the page names
//! the amount the form goes straight on to the bank; otherwise it leads to the payment's own page, so that amount and order
//! stand next to the button before anybody pays (WCAG 2.2, 3.3.4). What the form may say is decided by the press.

mod asked;
mod told;
mod typed;

use super::pay::{self, PayBody};
use super::seller::{self, Asked};
use super::visitor::Visitor;
use super::{broken_by, page, page_address, probed, refused as limited, see_other, unknown_link};
use crate::app::{App, link_place};
use crate::extract::Token;
use crate::front::asker::Asker;
use crate::front::limits::{self, Shut};
use crate::front::sites;
use crate::press::{self, Door, Pressed, Refusal};
use crate::problem::Problem;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kamurj_domain::LinkKind;
use kamurj_domain::format::Language;
use kamurj_pages::{ACCOUNT_FIELD, TERMS_FIELD};
use kamurj_store::Tx;
use kamurj_store::links::places;
use kamurj_store::links::{self, Link};
use kamurj_store::payments::{self, Payment};
use std::collections::BTreeMap;
use std::sync::Arc;
use told::{Shown, Telling};
use typed::Typed;

/// Takes the form of any `/p/{token}`: a link's is read here, a payment's is handed on.
pub async fn post(State(app): State<Arc<App>>, Token(token): Token, asker: Asker, request: Request) -> Response {
    if sites::is_foreign(&app, request.headers()) {
        return elsewhere(&app, &token, &asker).await;
    }
    let link = match found(&app, &token).await {
        Ok(link) => link,
        Err(problem) => return broken_by(&app, Language::Hy, &problem),
    };
    let Some(link) = link else {
        let form = Form::<PayBody>::from_request(request, &app).await;
        return pay::post(State(app), Token(token), asker, form).await;
    };
    // What is not our form presses nothing and leads back to the page.
    let fields = Form::<Vec<(String, String)>>::from_request(request, &app).await;
    let fields: BTreeMap<String, String> = fields.map(|Form(fields)| fields.into_iter().collect()).unwrap_or_default();
    let language = fields.get("lang").and_then(|tag| Language::parse(tag));
    match pressed(&app, &link, &token, language, fields, &asker).await {
        Ok(response) => response,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

/// Another site's page sent the form: nothing is started, and whoever was sent here sees our page and may press its own button.
async fn elsewhere(app: &App, token: &str, asker: &Asker) -> Response {
    match page::serve(app, token, (None, false), Language::Hy, Visitor::Robot).await {
        Ok(mut response) if response.status() == StatusCode::OK => {
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        }
        Ok(response) => probed(app, asker, Language::Hy, response).await,
        Err(problem) => broken_by(app, Language::Hy, &problem),
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
    asker: &Asker,
) -> Result<Response, Problem> {
    let account = fields.remove(ACCOUNT_FIELD);
    let agrees = fields.remove(TERMS_FIELD).is_some();
    let Some(typed) = Typed::of(fields) else { return Ok(see_other(&page_address(token, language))) };
    if let Some(shut) = shut(app, link, &typed.form_key, asker).await? {
        let asked = Asked { language: language.unwrap_or(Language::Hy), missed_terms: false };
        let mut tx = app.db.read().await?;
        let telling = Telling { app, link, token, asked };
        let told = told::page(&mut tx, &telling, StatusCode::OK, Shown::TooMany(shut)).await?;
        return Ok(limited(app, shut, told));
    }
    // Where the sum is counted first, the payment's own page asks.
    if !agrees && link.offer.page_amount().is_some() {
        let mut tx = app.db.read().await?;
        if seller::must_agree(&mut tx, &link.merchant_id).await? {
            let asked = Asked { language: language.unwrap_or(Language::Hy), missed_terms: true };
            let shown = Shown::Form(typed.judged(&link.offer, app.ids.new_token()));
            let telling = Telling { app, link, token, asked };
            return told::page(&mut tx, &telling, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
        }
    }
    let mut tx = app.db.write().await?;
    let payment = match press::press(app, &mut tx, &link.id, typed.press(&link.offer, language)).await {
        Ok(Pressed::Made(payment) | Pressed::Known(payment)) => payment,
        Err(Refusal::Failed(problem)) => return Err(problem),
        Err(refusal) => {
            tx.rollback().await?;
            return refused(app, link, token, language, &typed, &refusal).await;
        }
    };
    app.commit(tx).await?;
    let token = token_of(app, &payment)?;
    let was_amount_shown = link.offer.page_amount() == Some(payment.terms.amount);
    if !payment.status.takes_attempts() || !was_amount_shown {
        return Ok(see_other(&page_address(&token, language)));
    }
    let (form_key, account) = (typed.form_key.as_str(), account.as_deref());
    pay::press(app, &pay::Press { token: &token, language, form_key, again: None, account, agrees, asker }).await
}

/// Whether the link takes no new press now. A form that was pressed before goes on where it was, whatever the limits say.
async fn shut(app: &App, link: &Link, form_key: &str, asker: &Asker) -> Result<Option<Shut>, Problem> {
    let mut tx = app.db.read().await?;
    if press::is_known(&mut tx, link, Door::Page, form_key).await? {
        return Ok(None);
    }
    match limits::of_link(app, &mut tx, link).await? {
        Some(shut) => Ok(Some(shut)),
        None => Ok(limits::of_origin(app, &mut tx, asker.0.as_deref()).await?),
    }
}

fn token_of(app: &App, payment: &Payment) -> Result<String, Problem> {
    Ok(app.sealer.open_text(&link_place(&payment.id), &payment.token_sealed)?.as_str().to_owned())
}

/// The page of an address that is no payment's: a link's, or nobody's. Changes nothing.
pub(super) async fn shown(
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
    let telling =
        Telling { app, link: &link, token, asked: Asked { language: asked.unwrap_or(fallback), missed_terms } };
    let shown = match telling.closed() {
        Some(why) => Shown::Closed(why),
        None => match limits::of_link(app, &mut tx, &link).await? {
            Some(shut) => Shown::TooMany(shut),
            None => Shown::Form(typed::Form::fresh(app.ids.new_token())),
        },
    };
    told::page(&mut tx, &telling, StatusCode::OK, shown).await
}

/// The page of a press that was refused: why, and, where another press may do better, the form with what was typed.
async fn refused(
    app: &App,
    link: &Link,
    token: &str,
    language: Option<Language>,
    typed: &Typed,
    refusal: &Refusal,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    // It may be another one by now than the one that was looked at: what is shown is what can be pressed.
    let Some(link) = links::by_id(&mut tx, &link.id).await? else {
        return Ok(unknown_link(app, language.unwrap_or(Language::Hy)));
    };
    let asked = Asked { language: language.unwrap_or(Language::Hy), missed_terms: false };
    let telling = Telling { app, link: &link, token, asked };
    let status = match refusal {
        Refusal::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    };
    let shown = match (telling.closed(), refusal) {
        (None, Refusal::Fields(_)) => Shown::Form(typed.judged(&link.offer, app.ids.new_token())),
        // Somebody else's payment made room meanwhile, or the merchant opened the link again: the form may be sent again.
        (None, _) => Shown::Form(typed.kept(app.ids.new_token())),
        (Some(why), _) => Shown::Closed(why),
    };
    told::page(&mut tx, &telling, status, shown).await
}
