//! The gate before every route of the API: who asks, whether they may, and, for operators, an entry of what they were refused. What comes
//! back to who may not see customers' names leaves with them masked.

use super::audited::{Detail, entry};
use super::caller::{Passed, by_key};
use super::permits::{Door, Permits};
use super::{allow, may};
use crate::app::App;
use crate::problem::{Kind, Problem};
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kamurj_access::Permission;
use kamurj_store::audit_log;
use kamurj_store::merchants::Caller;
use serde_json::Value;
use std::sync::Arc;

/// Longest answer that is masked; longer ones are not given to who may not see all of them.
const MOST_MASKED: usize = 16 * 1024 * 1024;

/// What the gate works with.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) app: Arc<App>,
    pub(crate) permits: Arc<Permits>,
}

/// An answer whose entry in the audit log was written with what it tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered;

/// Lets a request pass, or refuses it.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match passed(&gate, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn passed(gate: &Gate, mut request: Request, next: Next) -> Result<Response, Problem> {
    let app = &gate.app;
    let Some(path) = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()) else {
        return Ok(next.run(request).await);
    };
    let method = request.method().clone();
    let Some(permit) = gate.permits.get(method.as_str(), &path) else {
        // Nothing is there for this method: the router says so, and handlers refuse who did not pass.
        return Ok(next.run(request).await);
    };
    let mut caller = match request.extensions().get::<Caller>() {
        Some(caller) => caller.clone(),
        None => by_key(app, request.headers()).await?,
    };
    let action = format!("{method} {path}");
    if let Some(session) = &mut caller.session {
        session.action.clone_from(&action);
    }
    let target = target(&path, request.uri().path());
    let writes = !matches!(method, Method::GET | Method::HEAD);
    let allowed = judge(&caller, permit.door, permit.permission, writes);
    if let Err(problem) = allowed {
        enter(app, &caller, (&action, &target), ("refused", problem.status().as_u16())).await?;
        return Err(problem);
    }
    let sees_all = may(&caller, Permission::Personal);
    request.extensions_mut().insert(Passed(caller.clone()));
    let response = next.run(request).await;
    let is_entered = response.extensions().get::<Entered>().is_some();
    if writes && !is_entered {
        let outcome = if response.status().is_success() { "done" } else { "refused" };
        enter(app, &caller, (&action, &target), (outcome, response.status().as_u16())).await?;
    }
    if sees_all { Ok(response) } else { masked(response).await }
}

fn judge(caller: &Caller, door: Door, permission: Permission, writes: bool) -> Result<(), Problem> {
    if door == Door::People && caller.session.is_none() {
        return Err(super::lacks(caller, permission));
    }
    // Looking at settings needs no fresh proof; carrying a table away does.
    if writes || permission == Permission::Exports || !may(caller, permission) {
        return allow(caller, permission);
    }
    Ok(())
}

/// The id in the path that stands where the route's first variable does.
fn target(route: &str, path: &str) -> String {
    let at = route.split('/').position(|part| part.starts_with('{'));
    at.and_then(|at| path.split('/').nth(at)).unwrap_or_default().chars().take(100).collect()
}

/// Writes an entry of what no transaction of its own has written: what was refused, and what is done outside of one.
async fn enter(app: &App, caller: &Caller, what: (&str, &str), how: (&'static str, u16)) -> Result<(), Problem> {
    let Some(new) = entry(app, caller, what, how, Detail::none()) else {
        if how.1 == 403 {
            tracing::warn!(caller = caller.actor(), action = what.0, "a request was refused for lack of a scope");
        }
        return Ok(());
    };
    let mut tx = app.db.write().await?;
    audit_log::append(&mut tx, new, &app.sealer).await?;
    tx.commit().await?;
    Ok(())
}

async fn masked(response: Response) -> Result<Response, Problem> {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let unmasked = |_| Problem::new(Kind::Unavailable, "The answer is too long to be shown. Ask for less of it.");
    let bytes = to_bytes(body, MOST_MASKED).await.map_err(unmasked)?;
    let mut value: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::new(Kind::Unavailable, "The answer cannot be shown to you."))?;
    kamurj_access::mask::mask_json(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(value.to_string())))
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn an_entry_names_what_it_is_about() {
        assert_eq!(target("/v1/payments/{id}/refunds", "/v1/payments/pay_1/refunds"), "pay_1");
        assert_eq!(target("/v1/payments", "/v1/payments"), "");
    }
}
