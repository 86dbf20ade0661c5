//! `/oauth/callback`: where services send operators back to. Fetching it changes nothing, so that previews and browsers that fetch
//! ahead are harmless: it names who would be connected with what, and one button finishes.

use super::endpoints::CALLBACK_PATH;
use super::finish::{self, Found};
use crate::app::App;
use crate::checkout::html;
use crate::front::sites;
use crate::problem::{Kind, Problem};
use crate::work::Fault;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_domain::Mode;
use kamurj_domain::format::Language;
use kamurj_pages::{ConnectionAbout, ConnectionState, ConnectionView, NotConnected, RETURN_REFERRER_POLICY};
use std::sync::Arc;

/// Longest code, in bytes.
const MOST_CODE: usize = 4 * 1024;
/// The form's field for what the service called the account's host.
const HOST: &str = "account_host";

type Pairs = Vec<(String, String)>;

/// Says what would be connected.
pub async fn get(State(app): State<Arc<App>>, query: Result<Query<Pairs>, QueryRejection>) -> Response {
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let back = Back(&pairs);
    match looked_at(&app, &back).await {
        Ok((found, state)) => page(&app, found.as_ref(), state),
        Err(fault) => broken(&fault),
    }
}

/// Connects it.
pub async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    if sites::is_foreign(&app, &headers) {
        return Problem::new(Kind::Forbidden, "Another site's page sent this. Start the connection again.")
            .into_response();
    }
    let pairs = form.map(|Form(pairs)| pairs).unwrap_or_default();
    match finished(&app, &Back(&pairs)).await {
        Ok((found, state)) => page(&app, found.as_ref(), state),
        Err(fault) => broken(&fault),
    }
}

/// What came back: the first of each name counts.
struct Back<'a>(&'a [(String, String)]);

impl Back<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// RFC 6749, appendix A.11: printable ASCII.
    fn code(&self) -> Option<&str> {
        let is_sound = |code: &&str| code.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        self.text("code").filter(|code| (1..=MOST_CODE).contains(&code.len())).filter(is_sound)
    }

    /// The service's error word: RFC 6749, section 4.1.2.1.
    fn error(&self) -> Option<String> {
        let error = self.text("error")?;
        let is_word =
            (1..=64).contains(&error.len()) && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        Some(if is_word { error.to_owned() } else { "error".to_owned() })
    }
}

type Shown = (Option<Found>, ConnectionState);

async fn looked_at(app: &App, back: &Back<'_>) -> Result<Shown, Fault> {
    let mut tx = app.db.read().await?;
    let (found, obstacle) = finish::find(app, &mut tx, back.text("state").unwrap_or_default()).await?;
    drop(tx);
    let Some(found) = found else { return Ok((None, no(obstacle.unwrap_or(NotConnected::Unknown)))) };
    let parameter = found.declared.callback_host.as_ref().map(|host| host.parameter.as_str());
    let named = parameter.and_then(|parameter| back.text(parameter));
    let state = if let Some(obstacle) = obstacle {
        no(obstacle)
    } else if let Some(word) = back.error() {
        no(NotConnected::Denied(word))
    } else if !found.is_right_account(named) {
        no(NotConnected::OtherAccount)
    } else if let Some(code) = back.code() {
        let state = back.text("state").unwrap_or_default();
        let mut fields = vec![("code", code.to_owned()), ("state", state.to_owned())];
        fields.extend(named.map(|named| (HOST, named.to_owned())));
        ConnectionState::Ask { action: CALLBACK_PATH.to_owned(), fields }
    } else {
        no(NotConnected::Unknown)
    };
    Ok((Some(found), state))
}

async fn finished(app: &App, back: &Back<'_>) -> Result<Shown, Fault> {
    let mut tx = app.db.read().await?;
    let (found, obstacle) = finish::find(app, &mut tx, back.text("state").unwrap_or_default()).await?;
    drop(tx);
    let Some(found) = found else { return Ok((None, no(obstacle.unwrap_or(NotConnected::Unknown)))) };
    if let Some(obstacle) = obstacle {
        return Ok((Some(found), no(obstacle)));
    }
    if !found.is_right_account(back.text(HOST)) {
        return Ok((Some(found), no(NotConnected::OtherAccount)));
    }
    let Some(code) = back.code() else { return Ok((Some(found), no(NotConnected::Unknown))) };
    let state = match found.finish(app, code).await? {
        Ok(()) => ConnectionState::Connected,
        Err(why) => no(why),
    };
    Ok((Some(found), state))
}

fn no(why: NotConnected) -> ConnectionState {
    ConnectionState::NotConnected(why)
}

fn page(app: &App, found: Option<&Found>, state: ConnectionState) -> Response {
    let status = match &state {
        ConnectionState::Ask { .. } | ConnectionState::Connected => StatusCode::OK,
        ConnectionState::NotConnected(NotConnected::Unknown) => StatusCode::NOT_FOUND,
        ConnectionState::NotConnected(NotConnected::NoAnswer) => StatusCode::BAD_GATEWAY,
        ConnectionState::NotConnected(_) => StatusCode::CONFLICT,
    };
    let view = ConnectionView {
        language: found.and_then(|found| Language::parse(&found.merchant.locale)).unwrap_or(Language::En),
        test_mode: found.is_some_and(|found| found.installation.mode == Mode::Test),
        about: found.map(|found| ConnectionAbout {
            merchant: found.merchant.name.clone(),
            plugin: found.plugin.clone(),
            installation: found.installation.id.clone(),
            service: found.declared.label.clone(),
            host: found.endpoints.token.host_str().unwrap_or_default().to_owned(),
        }),
        state,
    };
    let nonce = app.ids.new_token();
    match app.pages.connection(&view, &nonce) {
        Ok(text) => {
            let mut response = html(app, status, text, &nonce, &[]);
            // The address has a code and a state in it.
            let policy = HeaderValue::from_static(RETURN_REFERRER_POLICY);
            response.headers_mut().insert(header::REFERRER_POLICY, policy);
            response
        }
        Err(error) => broken(&Fault::Broken(error.to_string())),
    }
}

fn broken(fault: &Fault) -> Response {
    tracing::error!(error = fault as &dyn std::error::Error, "a connection's way back could not be served");
    Problem::new(Kind::Unavailable, "Something went wrong on our side. Start the connection again.").into_response()
}
