//! `/v1/api-keys`: the keys by which other systems ask. For people who are signed in alone.

use crate::access::{self, Authenticated, FOR_KEYS, key_hash, new_key, prefix, words_for_keys};
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_access::Permission;
use kamurj_domain::time;
use kamurj_store::api_keys::{self, Listed, NewKey};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest that a key may be good, in days.
const MOST_DAYS: i64 = 3650;

/// A key, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyBody {
    /// `key_…`.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// Whose hand it stands for.
    pub role: String,
    /// What it may do besides reading.
    pub scopes: Vec<String>,
    /// The beginning of its text; empty for keys of before this was kept.
    pub prefix: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC, to ten minutes.
    pub last_used_at: Option<String>,
    /// When it ends by itself; RFC 3339, UTC.
    pub expires_at: Option<String>,
    /// RFC 3339, UTC.
    pub revoked_at: Option<String>,
}

/// Every key of this mode.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeysBody {
    /// The newest first.
    pub api_keys: Vec<ApiKeyBody>,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKeyBody {
    /// What it is for.
    pub label: String,
    /// What it may do besides reading; nothing that you may not do yourself.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// After how many days it ends by itself; never where it is left out.
    #[serde(default)]
    pub expires_in_days: Option<i64>,
}

/// A key, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeApiKeyBody {
    /// `key_…`.
    pub id: String,
    /// Its text. It is kept as a hash and never shown again.
    pub key: String,
}

impl From<Listed> for ApiKeyBody {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            label: listed.label,
            role: listed.role,
            scopes: listed.scopes.split_whitespace().map(str::to_owned).collect(),
            prefix: listed.prefix,
            created_by: listed.created_by,
            created_at: time::rfc3339(listed.created_at),
            last_used_at: listed.last_used_at.map(time::rfc3339),
            expires_at: listed.expires_at.map(time::rfc3339),
            revoked_at: listed.revoked_at.map(time::rfc3339),
        }
    }
}

/// The keys of this mode, revoked ones too.
#[utoipa::path(
    get,
    path = "/v1/api-keys",
    tag = "people",
    responses((status = 200, description = "Every key", body = ApiKeysBody), Reading),
    security(("session" = ["keys"]))
)]
pub async fn list(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let keys = api_keys::of_merchant(&mut tx, &caller.merchant_id, caller.mode).await?;
    Ok(shown(&ApiKeysBody { api_keys: keys.into_iter().map(Into::into).collect() }))
}

/// Make a key for this mode. The answer has its text, once; the answer to a repeated request has it too.
#[utoipa::path(
    post,
    path = "/v1/api-keys",
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewApiKeyBody,
    responses((status = 201, description = "The key", body = MadeApiKeyBody), Writing),
    security(("session" = ["keys"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/api-keys", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewApiKeyBody = body::read(&bytes)?;
    let mut faults = Faults::default();
    faults.text("/label", &body.label, 80);
    if body.label.trim().is_empty() {
        faults.add("/label", "is needed: say what the key is for");
    }
    for (place, word) in body.scopes.iter().enumerate() {
        let permission = Permission::from_word(word).filter(|permission| FOR_KEYS.contains(permission));
        match permission {
            None => faults.add(format!("/scopes/{place}"), format!("must be one of {}", words_for_keys().join(", "))),
            Some(permission) if !access::may(&caller, permission) => {
                faults.add(format!("/scopes/{place}"), "is more than you may do yourself; ask an owner");
            }
            Some(_) => {}
        }
    }
    if body.expires_in_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        faults.add("/expires_in_days", format!("must be 1 to {MOST_DAYS}"));
    }
    faults.end()?;
    let key = new_key(&app.ids, caller.mode);
    let kept = NewKey {
        id: app.ids.new_id("key"),
        merchant_id: caller.merchant_id.clone(),
        mode: caller.mode,
        hash: key_hash(&key),
        prefix: prefix(&key),
        label: body.label.trim().to_owned(),
        scopes: body.scopes,
        role: "integration".to_owned(),
        created_by: caller.key_id.clone(),
        expires_at: body.expires_in_days.map(|days| app.now() + days * DAY_MS),
    };
    api_keys::insert(&mut write.tx, &kept, app.now()).await?;
    write.answer(&app, 201, &MadeApiKeyBody { id: kept.id, key }).await
}

/// Revoke a key: it is refused from now on, on every server.
#[utoipa::path(
    delete,
    path = "/v1/api-keys/{id}",
    tag = "people",
    params(
        ("id" = String, Path, description = "key_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    responses(
        (status = 200, description = "The key as it is now", body = ApiKeyBody),
        Writing,
        (status = 404, description = "You have no key with this id in this mode", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["keys"]))
)]
pub async fn revoke(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("DELETE /v1/api-keys/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let gone = || Problem::new(Kind::NotFound, "You have no key with this id in this mode.");
    if !api_keys::revoke(&mut write.tx, &caller.merchant_id, caller.mode, &id, app.now()).await? {
        return Err(gone());
    }
    let listed = api_keys::of_merchant(&mut write.tx, &caller.merchant_id, caller.mode).await?;
    let revoked = listed.into_iter().find(|key| key.id == id).ok_or_else(gone)?;
    write.answer(&app, 200, &ApiKeyBody::from(revoked)).await
}
