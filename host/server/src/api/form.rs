//! `GET /v1/installations/{id}/form` and `POST …/choices`: the form of an installation's settings, drawn from its plugin's schema, and
//! what can be chosen in it now, which the plugin asks its service for.

use crate::access::Authenticated;
use crate::api::activations::chosen;
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::form_fields::{FieldBody, fields, lists};
use crate::api::installations::{locked, own};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::setup::SetupEndBody;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Query, Whole};
use crate::lifecycle::offering::{self, Offered};
use crate::lifecycle::versions;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::format::Language;
use kamurj_plugins::contract::Manifest;
use kamurj_store::installations;
use kamurj_store::installations::versions::Version;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FormQuery {
    /// Language of labels where the plugin has them: `hy`, `ru` or `en`; `en` where it is left out.
    pub locale: Option<String>,
    /// The version; the newest that was never active, else the one in force.
    pub version: Option<i64>,
}

/// The form of an installation's settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormBody {
    /// The version whose settings these are.
    pub version: i64,
    /// The settings, field by field. Changes go to `PATCH /v1/installations/{id}`; a fault's pointer is `/settings` and the field's.
    pub fields: Vec<FieldBody>,
    /// What else is entered: secrets, which are never shown.
    pub secrets: Vec<SecretFieldBody>,
    /// The lists that fields choose from, for `POST …/choices`.
    pub lists: Vec<String>,
}

/// A secret of the form.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretFieldBody {
    /// Its name.
    pub name: String,
    /// What stands before it.
    pub label: String,
    /// Whether the plugin cannot work without it.
    pub required: bool,
}

/// Which lists to ask for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoicesAskedBody {
    /// By name; all of the form's where it is left out.
    #[serde(default)]
    pub lists: Option<Vec<String>>,
    /// `hy`, `ru` or `en`; `en` where it is left out.
    #[serde(default)]
    pub locale: Option<String>,
    /// The version; the newest that was never active, else the one in force.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What can be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoicesBody {
    /// The version that asked.
    pub version: i64,
    /// Each list that was asked for.
    pub lists: Vec<ChoiceListBody>,
}

/// One list of things to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceListBody {
    /// Its name.
    pub name: String,
    /// In the order of the service; empty where it has none, or where nothing could be found out.
    pub choices: Vec<ChoiceBody>,
    /// Why nothing could be found out; absent where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SetupEndBody>,
}

/// One thing to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceBody {
    /// What the setting then holds.
    pub value: String,
    /// As people know it.
    pub title: String,
    /// Under which heading it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// The settings of an installation as a form.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/form",
    tag = "installations",
    params(("id" = String, Path, description = "ins_…"), FormQuery),
    responses(
        (status = 200, description = "The form", body = FormBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong locale or version", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<FormQuery>,
) -> Result<Response, Problem> {
    let language = language(query.locale.as_deref())?;
    let mut tx = app.db.read().await?;
    let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let version = chosen(&mut tx, &installation, query.version).await?;
    let (manifest, fields) = form(&version, language)?;
    let secret = |one: &kamurj_plugins::contract::SecretRequest| SecretFieldBody {
        name: one.name.clone(),
        label: one.label.clone(),
        required: one.required,
    };
    Ok(shown(&FormBody {
        version: version.number,
        lists: lists(&fields),
        fields,
        secrets: manifest.secrets.iter().map(secret).collect(),
    }))
}

/// Ask the plugin what can be chosen now: stages, people, tabs that its service really has. Nothing is changed there.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/choices",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days"),
    ),
    request_body = ChoicesAskedBody,
    responses(
        (status = 200, description = "What can be chosen", body = ChoicesBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "The plugin offers no choices, the installation lacks an account, a check or a set-up of it is under way, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["plugins"]))
)]
pub async fn choices(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/choices");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let asked: ChoicesAskedBody = if bytes.is_empty() { ChoicesAskedBody::default() } else { body::read(&bytes)? };
    let language = language(asked.locale.as_deref())?;
    let installation = locked(&mut write.tx, &caller, &id).await?;
    let version = chosen(&mut write.tx, &installation, asked.version).await?;
    let (_, fields) = form(&version, language)?;
    let known = lists(&fields);
    let wanted = asked.lists.unwrap_or_else(|| known.clone());
    let mut faults = Faults::default();
    for (index, name) in wanted.iter().enumerate() {
        if !known.contains(name) {
            faults.add(format!("/lists/{index}"), format!("must be one of {}", known.join(", ")));
        }
    }
    faults.end()?;
    let paused = write.pause().await?;
    let mut told = Vec::new();
    for name in wanted {
        let offered = offering::run(&app, &installation, &version, &name, language).await.map_err(|fault| {
            tracing::error!(
                installation.id = installation.id,
                error = &fault as &dyn std::error::Error,
                "what can be chosen was not found out"
            );
            Problem::new(Kind::Unavailable, "The choices could not be asked for now. Try again in a few seconds.")
        })?;
        told.push(match offered {
            Offered::NotNow(why) => return Err(Problem::new(Kind::NotNow, why)),
            Offered::Items(items) => ChoiceListBody {
                name,
                choices: items
                    .into_iter()
                    .map(|item| ChoiceBody { value: item.value, title: item.title, group: item.group })
                    .collect(),
                outcome: None,
            },
            Offered::Nothing(end) => ChoiceListBody { name, choices: Vec::new(), outcome: Some(end.into()) },
        });
    }
    let write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    write.answer(&app, 200, &ChoicesBody { version: version.number, lists: told }).await
}

fn form(version: &Version, language: Language) -> Result<(Manifest, Vec<FieldBody>), Problem> {
    let manifest = versions::manifest(version)?;
    let settings = versions::settings(version)?;
    let fields = fields(&manifest.settings_schema, &settings, language);
    Ok((manifest, fields))
}

fn language(locale: Option<&str>) -> Result<Language, Problem> {
    let mut faults = Faults::default();
    let language = match locale {
        None => Some(Language::En),
        Some(locale) => Language::parse(locale),
    };
    if language.is_none() {
        faults.add("/locale", "must be hy, ru or en");
    }
    faults.end()?;
    Ok(language.unwrap_or(Language::En))
}
