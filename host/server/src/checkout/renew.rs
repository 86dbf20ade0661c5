//! `POST /p/{token}/renew`: the payer of an expired payment asks for a new link, and gets the same payment at the same
//! address with a new end. How often and how long after is the road's to say; who asks twice finds it open.

use super::{broken_by, page_address, payment_of, see_other, unknown_link};
use crate::app::App;
use crate::extract::Token;
use crate::front::sites;
use crate::problem::Problem;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_domain::renewal::PAYER;
use serde::Deserialize;
use std::sync::Arc;

/// The form of the expired page.
#[derive(Debug, Default, Deserialize)]
pub struct RenewBody {
    lang: Option<String>,
}

/// Opens the payment again, where that is allowed, and leads to its page, which tells how it stands.
pub async fn post(
    State(app): State<Arc<App>>,
    Token(token): Token,
    headers: HeaderMap,
    form: Result<Form<RenewBody>, FormRejection>,
) -> Response {
    // Another site's page sent the form: whoever was sent here may press our own button.
    if sites::is_foreign(&app, &headers) {
        return see_other(&page_address(&token, None));
    }
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let language = form.lang.as_deref().and_then(Language::parse);
    match renewed(&app, &token, language).await {
        Ok(response) => response,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

async fn renewed(app: &App, token: &str, language: Option<Language>) -> Result<Response, Problem> {
    let known = payment_of(app, &mut app.db.read().await?, token).await?;
    let Some(payment) = known else { return Ok(unknown_link(app, language.unwrap_or(Language::Hy))) };
    let mut tx = app.db.write().await?;
    app.road(PAYER).renew(&mut tx, &payment.id).await?;
    app.commit(tx).await?;
    Ok(see_other(&page_address(token, language)))
}
