//! `GET /v1/payments/{id}/explain`: why a payment is in its state.

use crate::access::Authenticated;
use crate::api::payments::own;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::explained::{ExplainBody, explain};
use crate::extract::Path;
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// Why a payment is in its state: the deciding fact with its evidence, the rule, and the next timer.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}/explain",
    tag = "payments",
    params(("id" = String, Path, description = "pay_…")),
    responses(
        (status = 200, description = "Why", body = ExplainBody),
        Reading,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ExplainBody>, Problem> {
    let mut tx = app.db.read().await?;
    let payment = own(&mut tx, &caller, &id).await?;
    Ok(Json(explain(&app, &mut tx, &payment).await?))
}
