//! `/v1/installations/{id}/…`: versions listed, checked, put in force and taken back. Whatever is asked of the outside is asked
//! while no transaction is open.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::connection_body::ConnectionBody;
use crate::api::installation_body::{ActivationBody, CheckBody, InstallationBody, SaidBody, VersionBody, draft};
use crate::api::installations::{gone, locked, own, wrong};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::lifecycle::activation::{self, Way};
use crate::lifecycle::check::{self, Said};
use crate::lifecycle::versions::manifest;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_plugins::contract::Manifest;
use kamurj_store::installations::versions::Version;
use kamurj_store::installations::{self, Installation, versions};
use kamurj_store::{Tx, secrets};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use utoipa::ToSchema;

/// The versions of an installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionsBody {
    /// The oldest first.
    pub versions: Vec<VersionBody>,
}

/// An installation's versions, each with how what it asks for differs from the active one.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/versions",
    tag = "installations",
    params(("id" = String, Path, description = "ins_…")),
    responses(
        (status = 200, description = "The versions", body = VersionsBody),
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
    let all = versions::of(&mut tx, &id).await?;
    let in_force = all.iter().find(|one| installation.active && one.number == installation.version);
    let versions = all.iter().map(|one| VersionBody::show(one, in_force)).collect::<Result<_, _>>()?;
    Ok(shown(&VersionsBody { versions }))
}

/// Run the plugin's self-test against the remote, and hear what it says. Any version can be checked, also one that is not active.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/check",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = CheckBody,
    responses(
        (status = 200, description = "What the self-test said", body = SaidBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It was removed, a check of it is under way, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn check(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/check");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: CheckBody = maybe(&bytes)?;
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let version = chosen(&mut write.tx, &installation, body.version).await?;
    let paused = write.pause().await?;
    let said = ask(&app, &installation, &version).await?;
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    write.answer(&app, 200, &SaidBody::from(said)).await
}

/// Put a version in force. Its self-test is run first; deliveries under way finish on the version that began them.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/activate",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The installation, active", body = InstallationBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Its grants are not decided, its self-test says no, it does not load, it was removed, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn activate(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/activate");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: ActivationBody = maybe(&bytes)?;
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let version = chosen(&mut write.tx, &installation, body.version).await?;
    can_be_in_force(&app, &mut write.tx, &version).await?;
    let paused = write.pause().await?;
    app.shelf.get(&app.runtime, &version.digest).await.map_err(|error| not_now(error.to_string()))?;
    if !body.skip_check {
        let said = ask(&app, &installation, &version).await?;
        if !said.ok {
            let parts = [said.outcome, said.code, said.message];
            let words: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
            return Err(not_now(format!(
                "Its self-test says: {}. Mend that, or send `\"skip_check\": true`.",
                words.join(" ").trim_end_matches('.')
            )));
        }
    }
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    put_in_force(&app, write, &caller, &id, version.number, Way::Forward).await
}

/// Go back to the version that was active before.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/rollback",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "The installation on the earlier version", body = InstallationBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "No version was active before, it does not load any more, the installation was removed, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn rollback(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/rollback");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let here = versions::by_number(&mut write.tx, &id, installation.version).await?.ok_or_else(gone)?;
    let Some(before) = here.previous.filter(|_| installation.active) else {
        return Err(not_now("No version was active before this one.".to_owned()));
    };
    let version = versions::by_number(&mut write.tx, &id, before).await?.ok_or_else(gone)?;
    can_be_in_force(&app, &mut write.tx, &version).await?;
    let paused = write.pause().await?;
    app.shelf.get(&app.runtime, &version.digest).await.map_err(|error| not_now(error.to_string()))?;
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    put_in_force(&app, write, &caller, &id, version.number, Way::Back).await
}

async fn put_in_force(
    app: &App,
    mut write: Box<Write>,
    caller: &kamurj_store::merchants::Caller,
    id: &str,
    number: i64,
    way: Way,
) -> Result<Response, Problem> {
    // Read again: while nothing was locked, somebody may have changed what was asked about.
    let installation = locked(&mut write.tx, caller, id).await?;
    let version = versions::by_number(&mut write.tx, id, number).await?.ok_or_else(gone)?;
    can_be_in_force(app, &mut write.tx, &version).await?;
    activation::activate(app, &mut write.tx, &installation, &version, way, &caller.actor()).await?;
    let installation = own(caller, installations::by_id(&mut write.tx, id).await?)?;
    let shown = InstallationBody::show(app, &mut write.tx, &installation).await?;
    write.answer(app, 200, &shown).await
}

/// What stands against a version that needs nobody outside to be seen.
async fn can_be_in_force(app: &App, tx: &mut Tx, version: &Version) -> Result<(), Problem> {
    if !version.decided {
        return Err(not_now(
            "Decide about what it asks for first: send `{\"grants\": \"all\"}`, or a list of names from `needs_grant`, by PATCH."
                .to_owned(),
        ));
    }
    let kept = secrets::names(tx, &version.installation_id).await?;
    let manifest = manifest(version)?;
    not_unconnected(app, tx, version, &manifest).await?;
    let missing = manifest.secrets.iter().find(|secret| secret.required && !kept.contains(&secret.name));
    match missing {
        Some(secret) => Err(not_now(format!("The secret `{}` is missing: {}.", secret.name, secret.label))),
        None => Ok(()),
    }
}

/// Accounts that it cannot work without are connected.
async fn not_unconnected(app: &App, tx: &mut Tx, version: &Version, manifest: &Manifest) -> Result<(), Problem> {
    if manifest.connections.is_empty() {
        return Ok(());
    }
    let connections = ConnectionBody::all(app, tx, version).await?;
    match connections.into_iter().find(|one| one.required && (one.state != "connected" || !one.granted)) {
        Some(one) => Err(not_now(format!(
            "The connection `{0}` is missing ({1}). {2} Start it with POST /v1/installations/{3}/connections/{0}/start.",
            one.name,
            one.label,
            one.problem.unwrap_or_default(),
            version.installation_id
        ))),
        None => Ok(()),
    }
}

/// The version that is named; else the newest that was never active, else the one that was active last.
pub(super) async fn chosen(tx: &mut Tx, installation: &Installation, named: Option<i64>) -> Result<Version, Problem> {
    let all = versions::of(tx, &installation.id).await?;
    let number = named.or(draft(&all).map(|draft| draft.number)).unwrap_or(installation.version);
    all.into_iter()
        .find(|one| one.number == number)
        .ok_or_else(|| wrong("/version", "this installation has no such version"))
}

async fn ask(app: &Arc<App>, installation: &Installation, version: &Version) -> Result<Said, Problem> {
    let said = check::run(app, installation, version).await.map_err(|fault| {
        tracing::error!(installation.id = installation.id, error = &fault as &dyn std::error::Error, "a check failed");
        Problem::new(Kind::Unavailable, "The self-test could not be run now. Try again in a few seconds.")
    })?;
    said.ok_or_else(|| not_now("A check of this installation is under way.".to_owned()))
}

/// A body that may be left out.
fn maybe<T: DeserializeOwned + Default>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.is_empty() { Ok(T::default()) } else { body::read(bytes) }
}

fn not_now(detail: String) -> Problem {
    Problem::new(Kind::NotNow, detail)
}
