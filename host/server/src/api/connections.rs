//! `/v1/installations/{id}/connections`: accounts at services started, listed and disconnected. What happens in between is between
//! the operator's browser, the service and `/oauth/callback`.

use crate::access::Authenticated;
use crate::api::connection_body::{ConnectionBody, ConnectionsBody, StartedBody};
use crate::api::installation_body::draft;
use crate::api::installations::{gone, locked, own};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::connections::endpoints::redirect_uri;
use crate::connections::start::{For, start as begin};
use crate::connections::{declared, ending};
use crate::extract::{Path, Whole};
use crate::lifecycle::versions::{manifest, manifest_in_force, settings};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::installations::versions::Version;
use kamurj_store::installations::{self, Installation, versions};
use kamurj_store::{Tx, secrets};
use std::sync::Arc;

/// An installation's connections and how they stand.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/connections",
    tag = "installations",
    params(("id" = String, Path, description = "ins_…")),
    responses(
        (status = 200, description = "The connections", body = ConnectionsBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let version = meant(&mut tx, &installation).await?;
    Ok(shown(&ConnectionsBody { connections: ConnectionBody::all(&app, &mut tx, &version).await? }))
}

/// Start connecting an account: open the answered address in a browser, consent at the service, and press the button on the page
/// that it sends you back to. An account that was connected before is replaced then, not now.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/connections/{name}/start",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("name" = String, Path, description = "The plugin's name for the connection"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days; the address in it counts for ten minutes"),
    ),
    responses(
        (status = 201, description = "Where to consent, for ten minutes", body = StartedBody),
        Writing,
        (status = 404, description = "No such installation for this key, or it has no such connection", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is not granted, the client's id or secret is not entered, the installation was removed, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn start(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/connections/{name}/start");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let version = meant(&mut write.tx, &installation).await?;
    let asked = manifest(&version)?;
    let asked = declared(&asked, &name).ok_or_else(unknown)?;
    if declared(&manifest_in_force(&version)?, &name).is_none() {
        return Err(not_now(format!("Grant `connection:{name}` first: send it in `grants` by PATCH.")));
    }
    if secrets::get(&mut write.tx, &id, &asked.client_secret).await?.is_none() {
        return Err(not_now(format!("Enter the secret `{}` first, by PATCH.", asked.client_secret)));
    }
    let by = caller.actor();
    let settings = settings(&version)?;
    let what = For { installation: &id, version: version.number, settings: &settings, declared: asked, by: &by };
    let started = begin(&app, &mut write.tx, &what).await?;
    let started = started.map_err(|none| not_now(format!("The setting `{}` {}.", none.setting, none.detail)))?;
    let body = StartedBody {
        authorize_url: started.url,
        expires_at: time::rfc3339(started.expires_at),
        redirect_uri: redirect_uri(app.operators_url()),
    };
    write.answer(&app, 201, &body).await
}

/// Disconnect an account: its tokens are forgotten at once, and revoked at the service where it has a place for that. What needs
/// the connection waits until it is made again.
#[utoipa::path(
    delete,
    path = "/v1/installations/{id}/connections/{name}",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("name" = String, Path, description = "The plugin's name for the connection"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "The connections that are left, and how they stand", body = ConnectionsBody),
        Writing,
        (status = 404, description = "No such installation for this key, or it has no such connection", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn disconnect(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("DELETE /v1/installations/{id}/connections/{name}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&caller, installations::by_id(&mut write.tx, &id).await?)?;
    let installation = own(&caller, installations::lock(&mut write.tx, &id).await?)?;
    let version = meant(&mut write.tx, &installation).await?;
    let had_one = ending::forget(&app, &mut write.tx, &id, &name, &caller.actor()).await?;
    if !had_one && declared(&manifest(&version)?, &name).is_none() {
        return Err(unknown());
    }
    let connections = ConnectionBody::all(&app, &mut write.tx, &version).await?;
    write.answer(&app, 200, &ConnectionsBody { connections }).await
}

/// The version whose connections are meant: the one that is being prepared, else the one in force.
async fn meant(tx: &mut Tx, installation: &Installation) -> Result<Version, Problem> {
    let all = versions::of(tx, &installation.id).await?;
    let number = draft(&all).map_or(installation.version, |draft| draft.number);
    all.into_iter().find(|one| one.number == number).ok_or_else(gone)
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound, "The plugin of this installation has no connection with this name.")
}

fn not_now(detail: String) -> Problem {
    Problem::new(Kind::NotNow, detail)
}
