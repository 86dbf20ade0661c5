//! `POST /v1/deliveries/{id}/replay` and `POST /v1/installations/{id}/shadow`: past runs once more, from their records.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::installations::own;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::api::{acts::not_now, body, deliveries};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::shelf::ShelfError;
use crate::work::Fault;
use crate::work::replay::{self, NoReplay, Replayed};
use crate::work::shadow::{self, ShadowBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_store::{installations, plugins};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most runs of one comparison.
const MOST: i64 = 200;
/// Runs of a comparison that names no number.
const USUAL: i64 = 20;

/// Which run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// Its number, from 1; the last one that has ended where it is left out.
    pub run: Option<i64>,
}

/// Which version, and how far back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedShadowBody {
    /// SHA-256 of the version, in hexadecimal, as its upload answered it.
    pub digest: String,
    /// How many of the last runs, 1 to 200; 20 where it is left out.
    pub last: Option<i64>,
}

/// Run a past delivery again, from its record alone. Nothing is sent and nothing is changed; what is compared is every host
/// call, byte for byte, and the end. Secrets are those of today.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/replay",
    tag = "deliveries",
    params(
        ("id" = String, Path, description = "dlv_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = ReplayBody,
    responses(
        (status = 200, description = "What was found", body = Replayed),
        Writing,
        (status = 404, description = "No such delivery for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "There is no whole record of such a run, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn replay(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/deliveries/{id}/replay");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let delivery = deliveries::own(&mut write.tx, &caller, &id).await?;
    let body: ReplayBody = if bytes.is_empty() { ReplayBody::default() } else { body::read(&bytes)? };
    let mut faults = Faults::default();
    if body.run.is_some_and(|run| run < 1) {
        faults.add("/run", "must be 1 or more");
    }
    faults.end()?;
    let paused = write.pause().await?;
    let replayed = replay::replay(&app, &delivery.id, body.run).await?;
    match paused.resume(&app).await? {
        Begun::Answered(answer) => Ok(answer),
        Begun::New(write) => write.answer(&app, 200, &replayed).await,
    }
}

/// Try another version of the installed plugin in the last recorded runs: nothing is sent and nothing is changed, and the
/// answer says in words what it would do otherwise.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/shadow",
    tag = "plugins",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = AskedShadowBody,
    responses(
        (status = 200, description = "What was found", body = ShadowBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn shadow(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/shadow");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let installation = own(&caller, installations::by_id(&mut write.tx, &id).await?)?;
    let body: AskedShadowBody = body::read(&bytes)?;
    let last = body.check()?;
    // Only what this merchant uploaded: another's component is as good as none.
    let uploaded = plugins::by_digest(&mut write.tx, &caller.merchant_id, &body.digest).await?;
    let paused = write.pause().await?;
    let unknown = || {
        let mut faults = Faults::default();
        faults.add("/digest", "no uploaded version of this plugin has it; upload the component first");
        faults.end()
    };
    let plugin = match app.shelf.get(&app.runtime, &body.digest).await {
        Ok(plugin) if uploaded.is_some() && plugin.manifest.id == installation.plugin => plugin,
        Ok(_) | Err(ShelfError::Unreadable { .. }) => {
            unknown()?;
            return Err(Problem::new(Kind::Invalid, "The version is not known."));
        }
        Err(error) => return Err(not_now(&error.to_string())),
    };
    let found = shadow::shadow(&app, &installation.id, &plugin, last).await.map_err(NoReplay::from)?;
    match paused.resume(&app).await? {
        Begun::Answered(answer) => Ok(answer),
        Begun::New(write) => write.answer(&app, 200, &found).await,
    }
}

impl AskedShadowBody {
    fn check(&self) -> Result<i64, Problem> {
        let mut faults = Faults::default();
        let is_digest =
            self.digest.len() == 64 && self.digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_digest {
            faults.add("/digest", "must be a SHA-256 in hexadecimal: 64 of `0-9 a-f`");
        }
        let last = self.last.unwrap_or(USUAL);
        if !(1..=MOST).contains(&last) {
            faults.add("/last", format!("must be 1 to {MOST}"));
        }
        faults.end()?;
        Ok(last)
    }
}

impl From<NoReplay> for Problem {
    fn from(error: NoReplay) -> Self {
        match error {
            NoReplay::Fault(Fault::Store(error)) => error.into(),
            NoReplay::Fault(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a run could not be repeated");
                Self::new(Kind::Unavailable, "The record of this run cannot be read. Nothing was changed.")
            }
            error => {
                let mut text = error.to_string();
                if let Some(first) = text.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                not_now(&format!("{text}."))
            }
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        NoReplay::Fault(fault).into()
    }
}
