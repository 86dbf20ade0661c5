//! `/v1/operators` and `/v1/roles`: who works for the merchant, and as what. For people who are signed in alone: a key that could make
//! operators would be a door around their second factor.

use crate::access::Authenticated;
use crate::api::body;
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::operators::inviting::{self, BY_OWNER_MS, Invited, Newcomer};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_access::Role;
use kamurj_domain::time;
use kamurj_store::Tx;
use kamurj_store::merchants::Caller;
use kamurj_store::operators::{self, Member, sessions};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Somebody who works for the merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorBody {
    /// `op_…`.
    pub id: String,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `owner`, `manager`, `operator`, `accountant`, `developer` or `auditor`.
    pub role: String,
    /// `invited`, `active` or `disabled`.
    pub state: &'static str,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// When they were last here; RFC 3339, UTC.
    pub last_seen_at: Option<String>,
    /// Whether they have a password and a second factor.
    pub second_factor: bool,
}

/// Everybody who works for the merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorsBody {
    /// The first one first.
    pub operators: Vec<OperatorBody>,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOperatorBody {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: String,
    /// `hy`, `ru` or `en`; `hy` where it is left out.
    #[serde(default = "armenian")]
    pub locale: String,
}

fn armenian() -> String {
    "hy".to_owned()
}

/// An invitation, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationBody {
    /// `op_…`.
    pub id: String,
    /// The address to hand over; absent where they can sign in already and need none.
    pub invitation_url: Option<String>,
    /// Until when it is good; RFC 3339, UTC.
    pub valid_until: String,
}

/// What to change about somebody.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperatorChangeBody {
    /// Another role.
    pub role: Option<String>,
    /// Whether they no longer work for the merchant.
    pub disabled: Option<bool>,
}

/// What a role may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleBody {
    /// The role.
    pub role: &'static str,
    /// What it may do, by the words of permissions.
    pub permissions: Vec<&'static str>,
}

/// Every role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolesBody {
    /// The mightiest first.
    pub roles: Vec<RoleBody>,
}

impl From<Member> for OperatorBody {
    fn from(member: Member) -> Self {
        let state = match (member.disabled_at, member.is_set_up) {
            (Some(_), _) => "disabled",
            (None, 0) => "invited",
            (None, _) => "active",
        };
        Self {
            id: member.id,
            email: member.email,
            name: member.name,
            role: member.role,
            state,
            created_at: time::rfc3339(member.created_at),
            last_seen_at: member.last_seen_at.map(time::rfc3339),
            second_factor: member.is_set_up == 1,
        }
    }
}

impl From<Invited> for InvitationBody {
    fn from(invited: Invited) -> Self {
        Self { id: invited.operator_id, invitation_url: invited.url, valid_until: time::rfc3339(invited.valid_until) }
    }
}

/// What each role may do.
#[utoipa::path(
    get,
    path = "/v1/roles",
    tag = "people",
    responses((status = 200, description = "Every role", body = RolesBody), Reading),
    security(("api_key" = []))
)]
pub async fn roles() -> Response {
    let words = |role: Role| role.permissions().iter().map(|permission| permission.word()).collect();
    shown(&RolesBody {
        roles: Role::ALL.into_iter().map(|role| RoleBody { role: role.word(), permissions: words(role) }).collect(),
    })
}

/// Everybody who works for the merchant, or did.
#[utoipa::path(
    get,
    path = "/v1/operators",
    tag = "people",
    responses((status = 200, description = "Everybody", body = OperatorsBody), Reading),
    security(("session" = ["people"]))
)]
pub async fn list(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let members = operators::members(&mut tx, &caller.merchant_id).await?;
    Ok(shown(&OperatorsBody { operators: members.into_iter().map(Into::into).collect() }))
}

/// Invite somebody. The answer has the address by which they set a password and a second factor, once; it is good for a day.
#[utoipa::path(
    post,
    path = "/v1/operators",
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewOperatorBody,
    responses((status = 201, description = "The invitation", body = InvitationBody), Writing),
    security(("session" = ["people"]))
)]
pub async fn invite(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/operators", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewOperatorBody = body::read(&bytes)?;
    let newcomer = Newcomer::check(&body.email, &body.name, &body.locale, &body.role)?;
    let invited = inviting::invite(&app, &mut write.tx, &caller.merchant_id, &newcomer, BY_OWNER_MS).await?;
    write.answer(&app, 201, &InvitationBody::from(invited)).await
}

/// Change somebody's role, or whether they work for the merchant. Their sessions with it end at once.
#[utoipa::path(
    patch,
    path = "/v1/operators/{id}",
    tag = "people",
    params(
        ("id" = String, Path, description = "op_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = OperatorChangeBody,
    responses(
        (status = 200, description = "As they are now", body = OperatorBody),
        Writing,
        (status = 404, description = "Nobody with this id works for you", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "They are the last owner, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["people"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("PATCH /v1/operators/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let member = own(&mut write.tx, &caller, &id).await?;
    let body: OperatorChangeBody = body::read(&bytes)?;
    let role = match &body.role {
        Some(word) => Role::from_word(word).ok_or_else(|| wrong_role(word))?.word().to_owned(),
        None => member.role.clone(),
    };
    let disabled_at = match body.disabled {
        Some(true) => member.disabled_at.or(Some(app.now())),
        Some(false) => None,
        None => member.disabled_at,
    };
    let was_owner = member.role == Role::Owner.word() && member.disabled_at.is_none() && member.is_set_up == 1;
    let is_owner = role == Role::Owner.word() && disabled_at.is_none();
    if was_owner && !is_owner && operators::owners(&mut write.tx, &caller.merchant_id).await? <= 1 {
        return Err(Problem::new(Kind::NotNow, "They are the last owner. Make somebody else an owner first."));
    }
    operators::change(&mut write.tx, &caller.merchant_id, &id, &role, disabled_at).await?;
    sessions::end_at(&mut write.tx, &id, &caller.merchant_id, app.now()).await?;
    let member = own(&mut write.tx, &caller, &id).await?;
    write.answer(&app, 200, &OperatorBody::from(member)).await
}

/// Give somebody who lost their password or second factor a new invitation, good for a day. What they have now works until it is used.
#[utoipa::path(
    post,
    path = "/v1/operators/{id}/invitation",
    tag = "people",
    params(
        ("id" = String, Path, description = "op_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    responses(
        (status = 201, description = "The invitation", body = InvitationBody),
        Writing,
        (status = 404, description = "Nobody with this id works for you", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "They work for another merchant as well, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["people"]))
)]
pub async fn invite_again(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/operators/{id}/invitation");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let member = own(&mut write.tx, &caller, &id).await?;
    // Whoever holds the invitation holds the person's access everywhere.
    if member.merchants > 1 {
        return Err(Problem::new(
            Kind::NotNow,
            "They work for another merchant as well. Ask whoever runs the server: `kamurj admin invite-operator`.",
        ));
    }
    let operator = operators::by_id(&mut write.tx, &id).await?.ok_or_else(gone)?;
    let invited = inviting::anew(&app, &mut write.tx, &operator, BY_OWNER_MS).await?;
    write.answer(&app, 201, &InvitationBody::from(invited)).await
}

/// End all of somebody's sessions with the merchant.
#[utoipa::path(
    post,
    path = "/v1/operators/{id}/sign-out",
    tag = "people",
    params(
        ("id" = String, Path, description = "op_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    responses(
        (status = 200, description = "As they are now", body = OperatorBody),
        Writing,
        (status = 404, description = "Nobody with this id works for you", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["people"]))
)]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/operators/{id}/sign-out");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let member = own(&mut write.tx, &caller, &id).await?;
    sessions::end_at(&mut write.tx, &id, &caller.merchant_id, app.now()).await?;
    write.answer(&app, 200, &OperatorBody::from(member)).await
}

async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Member, Problem> {
    operators::member(tx, &caller.merchant_id, id).await?.ok_or_else(gone)
}

fn gone() -> Problem {
    Problem::new(Kind::NotFound, "Nobody with this id works for you.")
}

fn wrong_role(word: &str) -> Problem {
    let detail = format!("`{word}` is none of {}", Role::ALL.map(Role::word).join(", "));
    Problem::invalid(vec![FieldError { pointer: "/role".to_owned(), detail }])
}
