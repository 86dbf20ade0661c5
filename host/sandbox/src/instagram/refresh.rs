//! `GET /refresh_access_token`: another sixty days for a token that is a day old and not dead. It must not know what tokens open.
//!
//! Source: "Refresh access token" of the Instagram Platform. What becomes of the old token is not said there; it lives until its own
//! end here. Nothing is said of the refusals either, so their words are this double's.

use axum::http::Method;
use serde_json::json;

use super::TOKEN_LIFE_MS;
use crate::graph::{Answer, Asked, DAY_MS, Door, Refusal, State};

pub(super) fn refresh(state: &mut State, asked: &Asked, now: i64) -> Answer {
    if asked.method != Method::GET {
        return Err(asked.unsupported());
    }
    let grant = asked.text("grant_type").ok_or_else(|| Refusal::required("grant_type"))?;
    if grant != "ig_refresh_token" {
        return Err(Refusal::one_of("grant_type", &["ig_refresh_token"], &grant));
    }
    let token = asked.token.as_deref().ok_or_else(Refusal::no_token)?;
    let owner = state.owner(Door::Instagram, token).ok_or_else(Refusal::unparsable_token)?;
    let fresh = state.ids.text("IGAA");
    let Some(account) = state.accounts.get_mut(&owner) else { return Err(Refusal::unparsable_token()) };
    let issued_at = account.tokens.check(token, now)?;
    if now - issued_at < DAY_MS {
        return Err(Refusal::parameter("The access token must be at least 24 hours old to be refreshed."));
    }
    account.tokens.issue(fresh.clone(), now, Some(TOKEN_LIFE_MS));
    Ok(json!({"access_token": fresh, "token_type": "bearer", "expires_in": TOKEN_LIFE_MS / 1000}))
}
