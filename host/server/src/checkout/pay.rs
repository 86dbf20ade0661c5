//! `POST /p/{token}/pay`: commits an attempt, calls the provider, sends the browser to the bank's page. The amount comes
//! from the record, never from the form.

use super::{broken_by, page_address, payment_of, see_other, unknown_link};
use crate::app::{App, return_place};
use crate::extract::Token;
use crate::milestones::Milestone;
use crate::problem::{Kind, Problem};
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use kamurj_domain::Attempt;
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::format::Language;
use kamurj_providers::{Order, Provider, Start};
use kamurj_store::attempts::{Keys, Stored};
use kamurj_store::defect::{self, Defect};
use kamurj_store::merchants;
use kamurj_store::payments::Payment;
use kamurj_store::road::Started;
use serde::Deserialize;
use std::sync::Arc;

/// When the reconciler first asks about a new attempt, in milliseconds from its start.
const FIRST_LOOKUP_MS: i64 = 20_000;

/// The form of the page. The key makes pressing twice, or sending the form again, one attempt.
#[derive(Debug, Default, Deserialize)]
pub struct PayBody {
    #[serde(default)]
    form_key: String,
    /// The attempt under way that the customer leaves for another.
    again: Option<String>,
    lang: Option<String>,
}

/// A press of the page's button.
pub(super) struct Press<'p> {
    /// The token of the payment's page.
    pub(super) token: &'p str,
    /// The language that the customer chose.
    pub(super) language: Option<Language>,
    /// The key in the form.
    pub(super) form_key: &'p str,
    /// The attempt under way that the customer leaves for another.
    pub(super) again: Option<&'p str>,
}

/// Starts or continues an attempt.
pub async fn post(
    State(app): State<Arc<App>>,
    Token(token): Token,
    form: Result<Form<PayBody>, FormRejection>,
) -> Response {
    // What is not our form starts nothing and leads back to the page.
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let language = form.lang.as_deref().and_then(Language::parse);
    let pressed = Press { token: &token, language, form_key: &form.form_key, again: form.again.as_deref() };
    match press(&app, &pressed).await {
        Ok(response) => response,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

/// Somebody reloads the address of the form: what they want is its page.
pub async fn get(State(app): State<Arc<App>>, Token(token): Token) -> Response {
    if token.is_empty() { unknown_link(&app, Language::Hy) } else { see_other(&format!("/p/{token}")) }
}

pub(super) async fn press(app: &App, pressed: &Press<'_>) -> Result<Response, Problem> {
    let Press { token, language, form_key, again } = *pressed;
    let page = page_address(token, language);
    let (payment, account, provider) = {
        let mut tx = app.db.read().await?;
        let Some(payment) = payment_of(app, &mut tx, token).await? else {
            return Ok(unknown_link(app, language.unwrap_or(Language::Hy)));
        };
        if form_key.is_empty() || form_key.len() > 64 {
            return Ok(see_other(&page));
        }
        let account = merchants::accounts_of(&mut tx, &payment.merchant_id, payment.mode)
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Problem::new(Kind::Unavailable, "the merchant has no provider account in this mode"))?;
        let provider = app.provider(&mut tx, &account).await?;
        (payment, account, provider)
    };
    let id = app.ids.new_id("att");
    let return_token = app.ids.new_token();
    // The language that the customer chose comes back with them. The bank hands on whatever query it is given.
    let way_back = match language {
        Some(language) => format!("{return_token}?lang={}", language.tag()),
        None => return_token.clone(),
    };
    let now = app.now();
    let attempt = Attempt {
        number: app.ids.new_id("k"),
        provider: account.provider.clone(),
        account: account.id.clone(),
        asked: payment.terms.amount,
        started_at: now,
        session_ends_at: now + provider.capabilities().session_life_ms,
        call: Call::Dispatched,
        id,
    };
    let keys = Keys {
        form_key: if defect::has(Defect::FormKeyIgnored) { app.ids.new_token() } else { form_key.to_owned() },
        return_hash: app.return_hash(&return_token),
        return_sealed: app.sealer.seal(&return_place(&attempt.id), way_back.as_bytes()),
    };
    let mut tx = app.db.write().await?;
    let started =
        app.road("checkout").start_attempt(&mut tx, &payment.id, &attempt, &keys, now + FIRST_LOOKUP_MS, again).await?;
    app.commit(tx).await?;
    match started {
        Started::Made => {
            let url = open_session(app, &*provider, &payment, &attempt, &way_back).await?;
            Ok(see_other(url.as_deref().unwrap_or(&page)))
        }
        Started::SameForm(known) | Started::UnderWay(known) => {
            let url = go_on(app, &*provider, &payment, &known).await?;
            Ok(see_other(url.as_deref().unwrap_or(&page)))
        }
        Started::Closed(_) | Started::NoPayment => Ok(see_other(&page)),
    }
}

/// Calls the provider and keeps its answer. `None`: there is no page to go to, ours will tell why.
async fn open_session(
    app: &App,
    provider: &dyn Provider,
    payment: &Payment,
    attempt: &Attempt,
    way_back: &str,
) -> Result<Option<String>, Problem> {
    app.milestones.reached(Milestone::BeforeProviderCall).await;
    let order = Order {
        number: attempt.number.clone(),
        amount: attempt.asked,
        description: match payment.particulars.description.trim() {
            // Banks want a text here.
            "" => payment.order_id.clone(),
            text => text.to_owned(),
        },
        return_url: format!("{}/r/{way_back}", app.public_url),
        // The payment's own language, so that a repeated call says the very same.
        language: payment.particulars.language().tag(),
    };
    let start = provider.start(&order).await;
    app.milestones.reached(Milestone::AfterProviderCall).await;
    let (answer, url) = match start {
        Start::Session { reference, url } => (Answer::Session { reference, url: url.clone() }, Some(url)),
        Start::Refused { reason } => {
            tracing::warn!(attempt.id, reason, "the provider opened no session");
            (Answer::None { reason }, None)
        }
        // The attempt stays as it is; the reconciler finds out by our order number.
        Start::NoAnswer { reason } => {
            tracing::warn!(attempt.id, reason, "the provider did not answer clearly");
            return Ok(None);
        }
    };
    let mut tx = app.db.write().await?;
    app.road(format!("{} start", attempt.provider)).answered(&mut tx, &attempt.id, &answer).await?;
    app.commit(tx).await?;
    Ok(url)
}

/// Where an attempt that is under way goes on: its bank page while that lives. Where our call was never answered and the
/// provider lets it be repeated, it is repeated under the same number.
async fn go_on(
    app: &App,
    provider: &dyn Provider,
    payment: &Payment,
    known: &Stored,
) -> Result<Option<String>, Problem> {
    if app.now() >= known.attempt.session_ends_at {
        return Ok(None);
    }
    match &known.attempt.call {
        Call::Open { url, .. } => Ok(Some(url.clone())),
        Call::Dispatched if provider.capabilities().repeatable_start => {
            let way_back = app.sealer.open_text(&return_place(&known.attempt.id), &known.return_sealed)?;
            open_session(app, provider, payment, &known.attempt, &way_back).await
        }
        Call::Dispatched | Call::Refused { .. } => Ok(None),
    }
}
