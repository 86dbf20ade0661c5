//! `/v1/installations`: plugins installed, listed, changed and removed. Putting versions in force is in `activations`.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::installation_body::{InstallationBody, InstallationChangesBody, NewInstallationBody, draft};
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::plugins::report;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::{App, secret_place};
use crate::connections::runs as connections;
use crate::extract::{Path, Query, Whole};
use crate::lifecycle::entered::{secret_faults, settings_faults};
use crate::lifecycle::report::Report;
use crate::lifecycle::versions::{Draft, Place};
use crate::lifecycle::{activation, credentials};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_store::installations::{self, Installation, versions};
use kamurj_store::merchants::Caller;
use kamurj_store::plugins::{self, Stage};
use kamurj_store::{Tx, secrets};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Longest note, in characters.
const MAX_NOTE: usize = 500;
/// Versions of one installation.
const MOST_VERSIONS: i64 = 1_000;

/// A page of installations.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstallationsBody {
    /// The oldest first.
    pub installations: Vec<InstallationBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Install a plugin that you uploaded. It does nothing before it is granted what it needs and activated.
#[utoipa::path(
    post,
    path = "/v1/installations",
    tag = "installations",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewInstallationBody,
    responses(
        (status = 201, description = "The installation, inactive, with what it asks for", body = InstallationBody),
        Writing,
        (status = 409, description = "The component is still being judged, the plugin is installed already, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/installations", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewInstallationBody = body::read(&bytes)?;
    let report = ready(&mut write.tx, &caller, &body.plugin).await?;
    let manifest = &report.manifest;
    let known = installations::of_plugin(&mut write.tx, &caller.merchant_id, caller.mode, &manifest.id).await?;
    if let Some(known) = known.as_ref().filter(|known| known.removed_at.is_none()) {
        let detail =
            format!("`{}` is installed as {}: change that one to bring it to this component.", manifest.id, known.id);
        return Err(Problem::new(Kind::NotNow, detail));
    }
    let entered: BTreeMap<String, Option<String>> =
        body.secrets.into_iter().map(|(name, value)| (name, Some(value))).collect();
    let mut faults = Faults::default();
    faults.text("/note", &body.note, MAX_NOTE);
    faults.0.extend(settings_faults(manifest, &body.settings));
    faults.0.extend(secret_faults(manifest, &entered, &BTreeSet::new()));
    faults.end()?;
    let mut draft = Draft::first(&body.plugin, &report, body.settings, body.note);
    draft.decide(body.grants.map(Into::into).as_ref()).map_err(Problem::invalid)?;

    let id = known.map_or_else(|| app.ids.new_id("ins"), |known| known.id);
    let number = next_number(&mut write.tx, &id).await?;
    let place = Place { installation: &id, number, by: &caller.actor(), now: app.now() };
    let version = draft.at(place).map_err(Problem::invalid)?;
    let row = activation::row(&version, (&caller.merchant_id, caller.mode, &manifest.id), app.now())?;
    let installation = installations::put(&mut write.tx, &row, app.now()).await?;
    versions::put(&mut write.tx, &version).await?;
    enter(&app, &mut write.tx, &id, &entered).await?;
    let shown = InstallationBody::show(&app, &mut write.tx, &installation).await?;
    write.answer(&app, 201, &shown).await
}

/// Your installations, the oldest first; without those that were removed.
#[utoipa::path(
    get,
    path = "/v1/installations",
    tag = "installations",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = InstallationsBody),
        Reading,
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, after) = query.read()?;
    let mut tx = app.db.read().await?;
    let mut found = installations::page(&mut tx, &caller.merchant_id, caller.mode, after, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.created_at, last.id.clone()));
    let mut installations = Vec::with_capacity(found.len());
    for installation in &found {
        installations.push(InstallationBody::show(&app, &mut tx, installation).await?);
    }
    Ok(shown(&InstallationsBody { installations, next_cursor }))
}

/// An installation as it stands; also one that was removed.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}",
    tag = "installations",
    params(("id" = String, Path, description = "ins_…")),
    responses(
        (status = 200, description = "The installation", body = InstallationBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
    Ok(shown(&InstallationBody::show(&app, &mut tx, &installation).await?))
}

/// Change an installation. What is in force stays in force: another component, other settings or grants make a version beside
/// it, to be activated.
#[utoipa::path(
    patch,
    path = "/v1/installations/{id}",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = InstallationChangesBody,
    responses(
        (status = 200, description = "The installation", body = InstallationBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It was removed, the component is still being judged, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("PATCH /v1/installations/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let changes: InstallationChangesBody = body::read(&bytes)?;
    let installation = locked(&mut write.tx, &caller, &id).await?;
    changed(&app, &mut write.tx, &caller, &installation, changes).await?;
    let installation = own(&caller, installations::by_id(&mut write.tx, &id).await?)?;
    let shown = InstallationBody::show(&app, &mut write.tx, &installation).await?;
    write.answer(&app, 200, &shown).await
}

/// Remove an installation: inactive at once, its secrets and state forgotten, what was owed to it ended with a note.
#[utoipa::path(
    delete,
    path = "/v1/installations/{id}",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "The installation, removed; it stays readable", body = InstallationBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("DELETE /v1/installations/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&caller, installations::by_id(&mut write.tx, &id).await?)?;
    let installation = own(&caller, installations::lock(&mut write.tx, &id).await?)?;
    if installation.removed_at.is_none() {
        activation::remove(&app, &mut write.tx, &id, &caller.actor()).await?;
    }
    let installation = own(&caller, installations::by_id(&mut write.tx, &id).await?)?;
    let shown = InstallationBody::show(&app, &mut write.tx, &installation).await?;
    write.answer(&app, 200, &shown).await
}

/// Takes the changes in the caller's transaction.
async fn changed(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    installation: &Installation,
    changes: InstallationChangesBody,
) -> Result<(), Problem> {
    let id = &installation.id;
    let all = versions::of(tx, id).await?;
    let in_force = all.iter().find(|one| one.number == installation.version);
    let begun = draft(&all);
    // Without either, somebody has changed the rows by hand.
    let base = begun.or(in_force).or(all.last()).ok_or_else(gone)?;
    let says_nothing = changes.settings.is_none() && changes.grants.is_none() && changes.note.is_none();
    let mut new = Draft::of(base)?;
    let mut number = begun.map(|begun| begun.number);
    if let Some(digest) = changes.plugin.as_ref().filter(|digest| **digest != base.digest) {
        let report = ready(tx, caller, digest).await?;
        if report.manifest.id != installation.plugin {
            let detail =
                format!("is the plugin `{}`; this installation is of `{}`", report.manifest.id, installation.plugin);
            return Err(wrong("/plugin", &detail));
        }
        new = Draft { note: String::new(), ..new.with_component(digest, &report) };
        number = None;
    } else if says_nothing {
        number = Some(base.number);
    }
    new.settings = changes.settings.unwrap_or(new.settings);
    new.note = changes.note.unwrap_or(new.note);
    let kept = secrets::names(tx, id).await?.into_iter().collect();
    let mut faults = Faults::default();
    faults.text("/note", &new.note, MAX_NOTE);
    faults.0.extend(settings_faults(&new.manifest, &new.settings));
    faults.0.extend(secret_faults(&new.manifest, &changes.secrets, &kept));
    if changes.active == Some(true) {
        faults.add("/active", "may only be `false`: activate the installation to switch it on");
    }
    faults.end()?;
    new.decide(changes.grants.map(Into::into).as_ref()).map_err(Problem::invalid)?;
    if number != Some(base.number) || begun.is_some() {
        let number = match number {
            Some(number) => number,
            None => next_number(tx, id).await?,
        };
        let place = Place { installation: id, number, by: &caller.actor(), now: app.now() };
        versions::put(tx, &new.at(place).map_err(Problem::invalid)?).await?;
    }
    enter(app, tx, id, &changes.secrets).await?;
    if !changes.secrets.is_empty() {
        connections::keys_entered(app, tx, installation, &caller.actor()).await?;
        credentials::entered(app, tx, id, &caller.actor()).await?;
    }
    if changes.active == Some(false) && installation.active {
        activation::switch_off(app, tx, id, &caller.actor()).await?;
    }
    Ok(())
}

/// Keeps the secrets that were entered and forgets those that were entered as nothing.
async fn enter(app: &App, tx: &mut Tx, id: &str, entered: &BTreeMap<String, Option<String>>) -> Result<(), Problem> {
    for (name, value) in entered {
        match value {
            Some(value) => {
                let sealed = app.sealer.seal(&secret_place(id, name), value.as_bytes());
                secrets::put(tx, id, name, &sealed).await?;
                secrets::renewals::entered(tx, id, name, app.now()).await?;
            }
            None => secrets::forget_one(tx, id, name).await?,
        }
    }
    Ok(())
}

async fn next_number(tx: &mut Tx, id: &str) -> Result<i64, Problem> {
    let number = versions::of(tx, id).await?.last().map_or(1, |newest| newest.number + 1);
    if number > MOST_VERSIONS {
        return Err(Problem::new(
            Kind::NotNow,
            format!("This installation has {MOST_VERSIONS} versions, which is all."),
        ));
    }
    Ok(number)
}

/// The report of the caller's component with this digest. Another merchant's is not there.
async fn ready(tx: &mut Tx, caller: &Caller, digest: &str) -> Result<Report, Problem> {
    let uploaded = plugins::by_digest(tx, &caller.merchant_id, digest).await?;
    let uploaded =
        uploaded.ok_or_else(|| wrong("/plugin", "no component of yours has this digest: upload it first"))?;
    match uploaded.stage {
        Stage::Ready => report(&uploaded).ok_or_else(|| wrong("/plugin", "cannot be read any more: upload it again")),
        Stage::Refused => {
            Err(wrong("/plugin", &format!("was refused: {}", uploaded.refusal.as_deref().unwrap_or_default())))
        }
        Stage::Received | Stage::Judged | Stage::Compiling | Stage::Trying => {
            let detail = format!("The component is {}. Ask again in a moment.", uploaded.stage.word());
            Err(Problem::new(Kind::NotNow, detail))
        }
    }
}

/// The caller's own installation, which nobody else changes until the transaction ends. One that was removed takes no changes.
pub(super) async fn locked(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Installation, Problem> {
    own(caller, installations::by_id(tx, id).await?)?;
    let installation = own(caller, installations::lock(tx, id).await?)?;
    if installation.removed_at.is_some() {
        return Err(Problem::new(Kind::NotNow, "This installation was removed. Install the plugin again."));
    }
    Ok(installation)
}

/// The caller's own installation. Another merchant's, or the other mode's, is not there.
pub(super) fn own(caller: &Caller, installation: Option<Installation>) -> Result<Installation, Problem> {
    installation.filter(|one| one.merchant_id == caller.merchant_id && one.mode == caller.mode).ok_or_else(gone)
}

pub(super) fn gone() -> Problem {
    Problem::new(Kind::NotFound, "This key has no installation with this id.")
}

pub(super) fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}
