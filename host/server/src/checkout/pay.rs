//! `POST /p/{token}/pay`: commits an attempt, calls the provider, sends the browser to the bank's page. The amount comes
//! from the record, never from the form.

use super::choice::choose;
use super::{
    back_to_terms, broken_by, page, page_address, payment_of, probed, refused, see_other, seller, too_many,
    unknown_link,
};
use crate::app::{App, return_place};
use crate::extract::Token;
use crate::front::asker::Asker;
use crate::front::limits;
use crate::milestones::Milestone;
use crate::problem::{Kind, Problem};
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::format::Language;
use kamurj_domain::verdict::{Verdict, verdict};
use kamurj_domain::{Attempt, Status};
use kamurj_pages::CheckoutState;
use kamurj_providers::{Capabilities, Order, OrderNumber, Provider, Start};
use kamurj_store::attempts::{Keys, Stored};
use kamurj_store::defect::{self, Defect};
use kamurj_store::payments::Payment;
use kamurj_store::road::Started;
use kamurj_store::{Tx, attempts, facts, merchants, order_sequences};
use serde::Deserialize;
use serde_json::json;
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
    /// The provider account that the customer chose.
    account: Option<String>,
    /// The box by which the customer agrees to the terms.
    terms: Option<String>,
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
    /// The provider account that the customer chose.
    pub(super) account: Option<&'p str>,
    /// Whether the customer agrees to the terms.
    pub(super) agrees: bool,
    /// From where it comes.
    pub(super) asker: &'p Asker,
}

/// Starts or continues an attempt.
pub async fn post(
    State(app): State<Arc<App>>,
    Token(token): Token,
    asker: Asker,
    form: Result<Form<PayBody>, FormRejection>,
) -> Response {
    // What is not our form starts nothing and leads back to the page.
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let language = form.lang.as_deref().and_then(Language::parse);
    let pressed = Press {
        token: &token,
        language,
        form_key: &form.form_key,
        again: form.again.as_deref(),
        account: form.account.as_deref(),
        agrees: form.terms.is_some(),
        asker: &asker,
    };
    match press(&app, &pressed).await {
        Ok(response) => probed(&app, &asker, language.unwrap_or(Language::Hy), response).await,
        Err(problem) => broken_by(&app, language.unwrap_or(Language::Hy), &problem),
    }
}

/// Somebody reloads the address of the form: what they want is its page.
pub async fn get(State(app): State<Arc<App>>, Token(token): Token) -> Response {
    if token.is_empty() { unknown_link(&app, Language::Hy) } else { see_other(&format!("/p/{token}")) }
}

pub(super) async fn press(app: &App, pressed: &Press<'_>) -> Result<Response, Problem> {
    let Press { token, language, form_key, again, account, agrees, asker } = *pressed;
    let page = page_address(token, language);
    let (payment, account, provider) = {
        let mut tx = app.db.read().await?;
        let Some(payment) = payment_of(app, &mut tx, token).await? else {
            return Ok(unknown_link(app, language.unwrap_or(Language::Hy)));
        };
        if form_key.is_empty() || form_key.len() > 64 {
            return Ok(see_other(&page));
        }
        // Whoever tried before has agreed before.
        if payment.status == Status::Created && !agrees && seller::must_agree(&mut tx, &payment.merchant_id).await? {
            return Ok(back_to_terms(token, language));
        }
        let account = match choose(&mut tx, &payment, account).await {
            Ok(Some(account)) => account,
            Ok(None) => return Ok(see_other(&page)),
            Err(problem) => {
                drop(tx);
                return go_on_without_account(app, &payment, pressed, problem).await;
            }
        };
        let provider = app.provider(&mut tx, &account).await?;
        (payment, account, provider)
    };
    let capabilities = provider.capabilities();
    let id = app.ids.new_id("att");
    let return_token = app.ids.new_token();
    // The language that the customer chose comes back with them. The bank hands on whatever query it is given.
    let way_back = match language {
        Some(language) => format!("{return_token}?lang={}", language.tag()),
        None => return_token.clone(),
    };
    let now = app.now();
    let mut tx = app.db.write().await?;
    let attempt = Attempt {
        number: new_number(app, &mut tx, &account.id, &capabilities.order_number).await?,
        provider: account.provider.clone(),
        account: account.id.clone(),
        asked: payment.terms.amount,
        started_at: now,
        session_ends_at: session_end(&capabilities, now, payment.open_until),
        call: Call::Dispatched,
        id,
    };
    let keys = Keys {
        form_key: if defect::has(Defect::FormKeyIgnored) { app.ids.new_token() } else { form_key.to_owned() },
        return_hash: app.return_hash(&return_token),
        return_sealed: app.sealer.seal(&return_place(&attempt.id), way_back.as_bytes()),
    };
    let started =
        app.road("checkout").start_attempt(&mut tx, &payment.id, &attempt, &keys, now + FIRST_LOOKUP_MS, again).await?;
    // What goes on under way is no new attempt, and no limit is in its way.
    if matches!(started, Started::Made)
        && let Some(shut) = limits::refuses(app, &mut tx, &payment, asker.0.as_deref()).await?
    {
        tx.rollback().await?;
        let told = page::answering(app, &payment, &attempt.provider, too_many(shut), (language, token), &[]).await?;
        return Ok(refused(app, shut, told));
    }
    if agrees
        && matches!(started, Started::Made)
        && let Some(url) = seller::terms_to_agree_to(&mut tx, &payment.merchant_id).await?
    {
        let body = json!({ "url": url, "attempt": attempt.id });
        app.road("payer").note(&mut tx, &payment.id, "terms.agreed", &body).await?;
    }
    let is_numbered = matches!(capabilities.order_number, OrderNumber::Sequence { .. });
    if is_numbered && !matches!(started, Started::Made) {
        // Nothing was begun, so the number goes back: pressing again and again must not use a terminal's numbers up.
        tx.rollback().await?;
    } else {
        app.commit(tx).await?;
    }
    match started {
        Started::Made => {
            let way = open_session(app, &*provider, &payment, &attempt, &way_back).await?;
            handed_over(app, way, &payment, &attempt, language, token).await
        }
        // A form that is sent again after the order was withdrawn leads nowhere.
        Started::SameForm(_) if !payment.status.takes_attempts() => Ok(see_other(&page)),
        Started::SameForm(known) | Started::UnderWay(known) => {
            let provider = provider_of(app, &known).await?;
            let way = go_on(app, &*provider, &payment, &known).await?;
            handed_over(app, way, &payment, &known.attempt, language, token).await
        }
        Started::Closed(_) | Started::NoPayment => Ok(see_other(&page)),
    }
}

/// Where no account starts anything now, an attempt that is under way goes on all the same.
async fn go_on_without_account(
    app: &App,
    payment: &Payment,
    pressed: &Press<'_>,
    problem: Problem,
) -> Result<Response, Problem> {
    let (attempts, known) = {
        let mut tx = app.db.read().await?;
        (attempts::of_payment(&mut tx, &payment.id).await?, facts::of_payment(&mut tx, &payment.id).await?)
    };
    let open = attempts.into_iter().rfind(|stored| verdict(&stored.asked(), &known) == Verdict::Open);
    match open {
        Some(open) if pressed.again.is_none() && payment.status == Status::Pending => {
            let provider = provider_of(app, &open).await?;
            let way = go_on(app, &*provider, payment, &open).await?;
            handed_over(app, way, payment, &open.attempt, pressed.language, pressed.token).await
        }
        _ => Err(problem),
    }
}

/// The adapter of the account that an attempt was started on.
async fn provider_of(app: &App, known: &Stored) -> Result<Box<dyn Provider>, Problem> {
    let mut tx = app.db.read().await?;
    let account = merchants::account(&mut tx, &known.attempt.account)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unavailable, "the attempt's provider account is gone"))?;
    Ok(app.provider_about(&mut tx, &account, Some(&known.attempt.id)).await?)
}

/// A new order number in the form that the provider takes.
async fn new_number(app: &App, tx: &mut Tx, account: &str, form: &OrderNumber) -> Result<String, Problem> {
    match form {
        // Ours have 28 characters, all of them letters, digits and one underscore.
        OrderNumber::Text { .. } => Ok(app.ids.new_id("k")),
        OrderNumber::Uuid => Ok(app.ids.new_uuid()),
        OrderNumber::Sequence { terminal, from, to } => {
            let mut number = order_sequences::draw(tx, terminal, *from).await?;
            // The account may have been another terminal's before, and have used numbers of that one's sequence.
            while number <= *to && attempts::by_number(tx, account, &number.to_string()).await?.is_some() {
                number = order_sequences::draw(tx, terminal, *from).await?;
            }
            if number > *to {
                tracing::error!(terminal, to, "the order numbers of a terminal are used up: ask the bank for more");
                return Err(Problem::new(Kind::Unavailable, "the bank account has no order numbers left"));
            }
            Ok(number.to_string())
        }
    }
}

/// When the provider's session is over at the latest. One that asks us first takes nothing after the order's own end.
fn session_end(capabilities: &Capabilities, now: i64, open_until: i64) -> i64 {
    let end = now + capabilities.session_life_ms;
    if capabilities.asks_first { end.min(open_until.max(now)) } else { end }
}

/// How the customer gets to the provider.
enum Way {
    /// By a redirect to its page.
    Page(String),
    /// By a form that the customer's browser posts.
    Form { action: String, fields: Vec<(String, String)> },
    /// Not at all: our page tells why.
    None,
}

async fn handed_over(
    app: &App,
    way: Way,
    payment: &Payment,
    attempt: &Attempt,
    language: Option<Language>,
    token: &str,
) -> Result<Response, Problem> {
    match way {
        Way::Page(url) => Ok(see_other(&url)),
        Way::None => Ok(see_other(&page_address(token, language))),
        Way::Form { action, fields } => {
            let state = CheckoutState::HandingOver { action: action.clone(), fields };
            let origins: Vec<String> =
                url::Url::parse(&action).iter().map(|url| url.origin().ascii_serialization()).collect();
            page::answering(app, payment, &attempt.provider, state, (language, token), &origins).await
        }
    }
}

/// Calls the provider and keeps its answer.
async fn open_session(
    app: &App,
    provider: &dyn Provider,
    payment: &Payment,
    attempt: &Attempt,
    way_back: &str,
) -> Result<Way, Problem> {
    app.milestones.reached(Milestone::BeforeProviderCall).await;
    let order = Order {
        number: attempt.number.clone(),
        amount: attempt.asked,
        description: match payment.particulars.description.trim() {
            // Banks want a text here.
            "" => payment.order_id.clone(),
            text => text.to_owned(),
        },
        return_url: format!("{}/r/{way_back}", app.site(&payment.merchant_id)),
        // The payment's own language, so that a repeated call says the very same.
        language: payment.particulars.language().tag(),
    };
    let start = provider.start(&order).await;
    app.milestones.reached(Milestone::AfterProviderCall).await;
    let (answer, way) = match start {
        Start::Session { reference, url } => (Answer::Session { reference, url: url.clone() }, Way::Page(url)),
        Start::Form { reference, action, fields } => {
            (Answer::Session { reference, url: action.clone() }, Way::Form { action, fields })
        }
        Start::Refused { reason } => {
            tracing::warn!(attempt.id, reason, "the provider opened no session");
            (Answer::None { reason }, Way::None)
        }
        // The attempt stays as it is; the reconciler finds out by our order number.
        Start::NoAnswer { reason } => {
            tracing::warn!(attempt.id, reason, "the provider did not answer clearly");
            return Ok(Way::None);
        }
    };
    let mut tx = app.db.write().await?;
    app.road(format!("{} start", attempt.provider)).answered(&mut tx, &attempt.id, &answer).await?;
    app.commit(tx).await?;
    Ok(way)
}

/// Where an attempt that is under way goes on: its bank page while that lives. Where our call was never answered and the
/// provider lets it be repeated, it is repeated under the same number.
async fn go_on(app: &App, provider: &dyn Provider, payment: &Payment, known: &Stored) -> Result<Way, Problem> {
    if app.now() >= known.attempt.session_ends_at {
        return Ok(Way::None);
    }
    let capabilities = provider.capabilities();
    let again = match &known.attempt.call {
        // A form is not kept: it is made again, the very same.
        Call::Open { .. } if capabilities.form => true,
        Call::Open { url, .. } => return Ok(Way::Page(url.clone())),
        Call::Dispatched => capabilities.repeatable_start,
        Call::Refused { .. } => false,
    };
    if !again {
        return Ok(Way::None);
    }
    let way_back = app.sealer.open_text(&return_place(&known.attempt.id), &known.return_sealed)?;
    open_session(app, provider, payment, &known.attempt, &way_back).await
}
