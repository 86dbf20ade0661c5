//! `/v1/plugins`: components uploaded by a merchant, and what the host found out about each.

use crate::access::Authenticated;
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::permission_shown::RisksBody;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::lifecycle::permissions;
use crate::lifecycle::report::Report;
use crate::lifecycle::uploads;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::plugins::{self, Counts, Stage, Uploaded};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Components of one merchant that may wait to be judged.
const MOST_WAITING: i64 = 8;

/// Components that one merchant may keep.
const MOST_KEPT: i64 = 200;

/// An uploaded component.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginBody {
    /// SHA-256 of the component, in hex: its name.
    pub digest: String,
    /// `received`, `judged`, `compiling`, `trying`, `ready` or `refused`.
    pub stage: String,
    /// Why it was refused, in words.
    pub refusal: Option<String>,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its id, such as `telegram`; known once it was judged, like all that follows.
    pub plugin: Option<String>,
    /// For people.
    pub name: Option<String>,
    /// Its semantic version.
    pub version: Option<String>,
    /// `small`, or `script` for components that bring a script engine.
    pub class: Option<String>,
    /// All that it says of itself.
    #[schema(value_type = Option<Object>)]
    pub manifest: Option<Value>,
    /// Interfaces that it offers.
    pub exports: Vec<String>,
    /// Interfaces that it needs.
    pub imports: Vec<String>,
    /// What it asks for, by risk. Addresses that come from settings stand as the author wrote them.
    pub asks: RisksBody,
    /// What to look at twice before it is installed, in words.
    pub warnings: Vec<String>,
    /// Who uploaded it last.
    pub uploaded_by: String,
    /// RFC 3339, UTC.
    pub uploaded_at: String,
    /// When its stage changed last: RFC 3339, UTC.
    pub changed_at: String,
}

/// A page of components.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginsBody {
    /// The newest first.
    pub plugins: Vec<PluginBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// The report of a component that was judged.
pub(super) fn report(uploaded: &Uploaded) -> Option<Report> {
    let report = serde_json::from_str(uploaded.report.as_deref()?);
    report.inspect_err(|error| tracing::error!(upload.id = uploaded.id, %error, "a kept report cannot be read")).ok()
}

impl PluginBody {
    fn show(uploaded: Uploaded) -> Self {
        let report = report(&uploaded);
        let manifest = report.as_ref().map(|report| &report.manifest);
        let word = |value: Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
        let asks = manifest.and_then(|manifest| permissions::asked(manifest, None).ok()).unwrap_or_default();
        Self {
            plugin: manifest.map(|manifest| manifest.id.clone()),
            name: manifest.map(|manifest| manifest.name.clone()),
            version: manifest.map(|manifest| manifest.version.clone()),
            class: word(manifest.and_then(|manifest| serde_json::to_value(manifest.class).ok())),
            manifest: manifest.and_then(|manifest| serde_json::to_value(manifest).ok()),
            asks: RisksBody::show(asks),
            exports: report.as_ref().map(|report| report.exports.clone()).unwrap_or_default(),
            imports: report.as_ref().map(|report| report.imports.clone()).unwrap_or_default(),
            warnings: report.map(|report| report.warnings).unwrap_or_default(),
            digest: uploaded.digest,
            stage: uploaded.stage.word().to_owned(),
            refusal: uploaded.refusal,
            bytes: uploaded.bytes,
            uploaded_by: uploaded.uploaded_by,
            uploaded_at: time::rfc3339(uploaded.uploaded_at),
            changed_at: time::rfc3339(uploaded.changed_at),
        }
    }
}

/// Upload a component. It is judged and compiled by a worker; its own address tells how far that is.
#[utoipa::path(
    post,
    path = "/v1/plugins",
    tag = "plugins",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body(content = Vec<u8>, content_type = "application/wasm", description = "The component with its manifest: 20 MiB at most, 25 MiB for the class `script`, where the operator says nothing else"),
    responses(
        (status = 202, description = "The component as it stands; ask for it by its digest", body = PluginBody),
        Writing,
        (status = 400, description = "The body broke off, or is empty", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Too many components wait to be judged or are kept, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 413, description = "The component is larger than any may be", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn upload(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Counts { waiting, kept } = plugins::counts(&mut app.db.read().await?, &caller.merchant_id).await?;
    if waiting >= MOST_WAITING {
        let detail = format!("{waiting} components of yours wait to be judged. Send this one when they are done.");
        return Err(Problem::new(Kind::NotNow, detail));
    }
    if kept >= MOST_KEPT {
        let detail = format!("You keep {kept} components, which is all. Remove one: `DELETE /v1/plugins/{{digest}}`.");
        return Err(Problem::new(Kind::NotNow, detail));
    }
    let taken = uploads::take(&app, body).await?;
    // Bytes that have the same digest are the same body.
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/plugins", taken.digest.as_bytes()).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let now = app.now();
    let uploaded = Uploaded {
        id: app.ids.new_id("plg"),
        mode: caller.mode,
        digest: taken.digest.clone(),
        bytes: taken.bytes,
        stage: Stage::Received,
        report: None,
        refusal: None,
        uploaded_by: caller.actor(),
        uploaded_at: now,
        changed_at: now,
        merchant_id: caller.merchant_id,
    };
    let uploaded = plugins::put(&mut write.tx, &uploaded).await?;
    plugins::await_judgement(&mut write.tx, &uploaded, now).await?;
    // Before the row is: a worker that finds the row finds the bytes. What is left of a row that came to nothing is
    // overwritten by the next upload of the same bytes.
    taken.keep(&app, &uploaded.id).await?;
    write.answer(&app, 202, &PluginBody::show(uploaded)).await
}

/// Your components, the newest first.
#[utoipa::path(
    get,
    path = "/v1/plugins",
    tag = "plugins",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = PluginsBody),
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
    let (limit, below) = query.read()?;
    let mut tx = app.db.read().await?;
    let mut found = plugins::page(&mut tx, &caller.merchant_id, below, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.uploaded_at, last.id.clone()));
    Ok(shown(&PluginsBody { plugins: found.into_iter().map(PluginBody::show).collect(), next_cursor }))
}

/// A component: how far it has come, then what it is and asks for, or why it was refused.
#[utoipa::path(
    get,
    path = "/v1/plugins/{digest}",
    tag = "plugins",
    params(("digest" = String, Path, description = "SHA-256 of the component, in hex")),
    responses(
        (status = 200, description = "The component", body = PluginBody),
        Reading,
        (status = 404, description = "No such component for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(digest): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let found = plugins::by_digest(&mut tx, &caller.merchant_id, &digest).await?;
    let found = found.ok_or_else(|| Problem::new(Kind::NotFound, "This key has no component with this digest."))?;
    Ok(shown(&PluginBody::show(found)))
}

/// Remove a component that nothing of yours is installed from. Its bytes go when no merchant has it any more.
#[utoipa::path(
    delete,
    path = "/v1/plugins/{digest}",
    tag = "plugins",
    params(
        ("digest" = String, Path, description = "SHA-256 of the component, in hex"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key: same answer for 30 days"),
    ),
    responses(
        (status = 200, description = "The component as it was", body = PluginBody),
        Writing,
        (status = 404, description = "No such component for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is being judged, a version of an installation is made from it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Path(digest): Path<String>,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, &format!("DELETE /v1/plugins/{digest}"), b"").await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let found = plugins::by_digest(&mut write.tx, &caller.merchant_id, &digest).await?;
    let found = found.ok_or_else(|| Problem::new(Kind::NotFound, "This key has no component with this digest."))?;
    if !matches!(found.stage, Stage::Ready | Stage::Refused) {
        let detail = format!("The component is {}. Remove it when it was judged.", found.stage.word());
        return Err(Problem::new(Kind::NotNow, detail));
    }
    let users = plugins::installed_from(&mut write.tx, &caller.merchant_id, &digest).await?;
    if !users.is_empty() {
        let detail =
            format!("Versions of these installations are made from it: {}. Remove them first.", users.join(", "));
        return Err(Problem::new(Kind::NotNow, detail));
    }
    plugins::remove(&mut write.tx, &found.id).await?;
    write.answer(&app, 200, &PluginBody::show(found)).await
}
