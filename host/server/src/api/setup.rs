//! `POST /v1/installations/{id}/setup`: a plugin makes its service call this installation, or looks whether it does.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::installations::locked;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::lifecycle::setup::{self, Connected, Told};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_plugins::contract::Finding;
use kamurj_store::installations::versions;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// Only look how things stand at the service, and change nothing there.
    #[serde(default)]
    pub only_look: bool,
}

/// How things stand at the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectedBody {
    /// The version that looked.
    pub version: i64,
    /// Whether nothing is left to be done.
    pub ok: bool,
    /// Each thing that has to be so.
    pub findings: Vec<FindingBody>,
    /// Why nothing could be found out; absent where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SetupEndBody>,
    /// RFC 3339, UTC.
    pub at: String,
}

/// One thing that has to be so.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingBody {
    /// The plugin's stable word for it: `webhook`, `token`.
    pub name: String,
    /// `ok` (it was so), `made` (it is so now), `missing`, `wrong` or `unknown` (it could not be seen).
    pub state: String,
    /// What was found, and what you do about it.
    pub message: String,
}

/// The end of a set-up that found nothing out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupEndBody {
    /// An outcome of the plugin contract, `broke` or `does-not-load`.
    pub outcome: String,
    /// The remote's own error code, or the plugin's.
    pub code: String,
    /// In words.
    pub message: String,
}

impl From<setup::Ended> for SetupEndBody {
    fn from(end: setup::Ended) -> Self {
        Self { outcome: end.outcome, code: end.code, message: end.message }
    }
}

impl From<Told> for ConnectedBody {
    fn from(told: Told) -> Self {
        let finding =
            |one: Finding| FindingBody { name: one.name, state: one.state.word().to_owned(), message: one.message };
        Self {
            version: told.version,
            ok: told.ok,
            findings: told.findings.into_iter().map(finding).collect(),
            outcome: told.outcome.map(Into::into),
            at: time::rfc3339(told.at),
        }
    }
}

/// Have the plugin make its service call this installation, and hear how each thing stands. With `only_look` nothing is changed at
/// the service. Asked again, it finds what it made.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/setup",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = SetupBody,
    responses(
        (status = 200, description = "How things stand at the service", body = ConnectedBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "The plugin has no set-up, the installation is not active or lacks an account, a check or a set-up of it is under way, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn connect(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/setup");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let asked: SetupBody = if bytes.is_empty() { SetupBody::default() } else { body::read(&bytes)? };
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let not_active =
        || not_now("The installation is not active, so it takes no messages: activate it first.".to_owned());
    if !installation.active {
        return Err(not_active());
    }
    let version = versions::by_number(&mut write.tx, &id, installation.version).await?.ok_or_else(not_active)?;
    let paused = write.pause().await?;
    let connected = setup::run(&app, &installation, &version, asked.only_look).await.map_err(|fault| {
        tracing::error!(installation.id = installation.id, error = &fault as &dyn std::error::Error, "a set-up failed");
        Problem::new(Kind::Unavailable, "The set-up could not be run now. Try again in a few seconds.")
    })?;
    let told = match connected {
        Connected::Ran(told) => told,
        Connected::NoSetup => {
            return Err(not_now(
                "This plugin has no set-up: enter the addresses in `hooks` at the service by hand.".to_owned(),
            ));
        }
        Connected::NotNow(why) => return Err(not_now(why)),
    };
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    write.answer(&app, 200, &ConnectedBody::from(told)).await
}

fn not_now(detail: String) -> Problem {
    Problem::new(Kind::NotNow, detail)
}
