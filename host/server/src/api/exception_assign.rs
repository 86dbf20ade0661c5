//! `POST /v1/exceptions/{id}/assign`: who takes care of an exception.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::body;
use crate::api::exceptions::{ExceptionBody, gone, own};
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{FieldError, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_store::{exceptions, operators};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Who shall take care of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// Somebody who works for you now, `op_…`; `null`: nobody in particular.
    #[serde(default, deserialize_with = "body::given")]
    #[schema(value_type = Option<String>, required = true)]
    pub operator: Option<Option<String>>,
}

/// Say who takes care of an exception. It keeps nobody else from closing it.
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/assign",
    tag = "exceptions",
    params(
        ("id" = String, Path, description = "exc_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = AssignBody,
    responses(
        (status = 200, description = "The exception as it stands now", body = ExceptionBody),
        Writing,
        (status = 404, description = "No such exception for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is closed, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["exceptions"]))
)]
pub async fn assign(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/exceptions/{id}/assign");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let listed = own(&mut write.tx, &caller, &id).await?;
    let body: AssignBody = body::read(&bytes)?;
    let operator = body.operator.ok_or_else(|| wrong("is needed: somebody's id, `op_…`, or `null`"))?;
    if listed.resolved_at.is_some() {
        return Err(not_now("This exception is closed."));
    }
    if let Some(operator) = &operator {
        let member = operators::member(&mut write.tx, &caller.merchant_id, operator).await?;
        if member.is_none_or(|member| member.disabled_at.is_some()) {
            return Err(wrong("must be the id of somebody who works for you now; `GET /v1/operators` lists them"));
        }
    }
    exceptions::assign(&mut write.tx, &id, operator.as_deref()).await?;
    let listed = exceptions::by_id(&mut write.tx, &id).await?.ok_or_else(gone)?;
    write.answer(&app, 200, &ExceptionBody::show(listed, app.now())).await
}

fn wrong(detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: "/operator".to_owned(), detail: detail.to_owned() }])
}
