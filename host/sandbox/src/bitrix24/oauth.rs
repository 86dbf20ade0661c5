//! The portal's authorisation server: a page where somebody consents, codes for thirty seconds, access tokens for an hour, refresh
//! tokens for half a year and for one use. It must not know what a token is good for.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::State;
use super::refusal::Refusal;
use crate::ids::Ids;

/// How long a code lives.
const CODE_LIFE_MS: i64 = 30_000;
/// How long an access token lives, in seconds.
pub(super) const ACCESS_LIFE_S: i64 = 3_600;
/// How long a refresh token lives: 180 days.
const REFRESH_LIFE_MS: i64 = 180 * 86_400_000;

/// A local app, as an administrator registers it at the portal.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: String,
    /// Where browsers are sent back to.
    pub redirect_uri: String,
}

impl Default for App {
    fn default() -> Self {
        Self {
            client_id: "local.sandbox.000001".to_owned(),
            client_secret: "sandbox-bitrix24-client-secret".to_owned(),
            redirect_uri: "http://127.0.0.1:8080/oauth/back".to_owned(),
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// What is left of a token.
pub(super) enum Life {
    Unknown,
    Over,
    Alive,
}

pub(super) struct OAuth {
    app: App,
    ids: Ids,
    application_token: Option<String>,
    /// Codes and tokens, and when each ends.
    codes: BTreeMap<String, i64>,
    access: BTreeMap<String, i64>,
    refresh: BTreeMap<String, i64>,
}

impl OAuth {
    pub(super) fn new(app: App, now: i64) -> Self {
        let (codes, access, refresh) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { app, ids: Ids::new(now), application_token: None, codes, access, refresh }
    }

    pub(super) fn register(&mut self, app: App) {
        self.app = app;
    }

    /// The constant that events of the app carry; made when it is first wanted.
    pub(super) fn application_token(&mut self) -> String {
        let ids = &mut self.ids;
        self.application_token.get_or_insert_with(|| ids.text("app-token-")).clone()
    }

    pub(super) fn life(&self, access: &str, now: i64) -> Life {
        match self.access.get(access) {
            None => Life::Unknown,
            Some(ends_at) if *ends_at > now => Life::Alive,
            Some(_) => Life::Over,
        }
    }

    /// A fresh access token and the refresh token to it.
    pub(super) fn pair(&mut self, now: i64) -> (String, String) {
        let (access, refresh) = (self.ids.text("b24access-"), self.ids.text("b24refresh-"));
        self.access.insert(access.clone(), now + ACCESS_LIFE_S * 1000);
        self.refresh.insert(refresh.clone(), now + REFRESH_LIFE_MS);
        (access, refresh)
    }

    /// The access tokens given so far are over, though their hour is not.
    pub(super) fn expire(&mut self, now: i64) {
        self.access.values_mut().for_each(|ends_at| *ends_at = (*ends_at).min(now));
    }

    /// The app is removed from the portal: nothing that it has is known any more.
    pub(super) fn uninstall(&mut self) {
        self.codes.clear();
        self.access.clear();
        self.refresh.clear();
        self.application_token = None;
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.access.keys().chain(self.refresh.keys()).cloned().collect()
    }
}

fn said<'p>(asked: &'p Map<String, Value>, name: &str) -> &'p str {
    asked.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl State {
    /// Where a browser comes from: the app that it wants to let in, or why it cannot.
    pub(super) fn consent_asked(&self, query: &Map<String, Value>) -> Result<(), Refusal> {
        let app = &self.oauth.app;
        let wants_other = !said(query, "redirect_uri").is_empty() && said(query, "redirect_uri") != app.redirect_uri;
        if said(query, "client_id") != app.client_id || wants_other {
            return Err(Refusal::new(400, "invalid_client", "Invalid client data was provided"));
        }
        match said(query, "response_type") {
            "" | "code" => Ok(()),
            _ => Err(Refusal::new(400, "invalid_request", "Only codes are given")),
        }
    }

    /// Where the browser goes after somebody consented, or did not.
    pub(super) fn consented(&mut self, query: &Map<String, Value>, allows: bool, now: i64) -> Result<String, Refusal> {
        self.consent_asked(query)?;
        let mut back = Url::parse(&self.oauth.app.redirect_uri)
            .map_err(|_| Refusal::new(400, "invalid_request", "The app's redirect address is no address"))?;
        let (domain, scope) = (self.domain(), self.scopes_text());
        let mut told = vec![("state", said(query, "state").to_owned())];
        if allows {
            let code = self.oauth.ids.text("b24code-");
            self.oauth.codes.insert(code.clone(), now + CODE_LIFE_MS);
            told.extend([("code", code), ("domain", domain.clone()), ("member_id", super::MEMBER_ID.to_owned())]);
            told.extend([("scope", scope), ("server_domain", domain)]);
        } else {
            told.push(("error", "access_denied".to_owned()));
        }
        back.query_pairs_mut().extend_pairs(told);
        Ok(back.to_string())
    }

    /// `GET /oauth/token/`: tokens for a code or for a refresh token. Also answers whether a refresh was done.
    pub(super) fn tokens_for(&mut self, query: &Map<String, Value>, now: i64) -> Result<(Value, bool), Refusal> {
        let app = &self.oauth.app;
        if said(query, "client_id") != app.client_id || said(query, "client_secret") != app.client_secret {
            return Err(Refusal::new(401, "invalid_client", "Invalid client data was provided"));
        }
        let is_refresh = match said(query, "grant_type") {
            "authorization_code" => false,
            "refresh_token" => true,
            _ => return Err(Refusal::new(400, "invalid_request", "An incorrectly formatted authorization request")),
        };
        if self.faults.plan_ended {
            return Err(Refusal::new(402, "PAYMENT_REQUIRED", "Payment required"));
        }
        let refused = is_refresh && self.faults.refuse_refresh_next > 0;
        if refused {
            self.faults.refuse_refresh_next -= 1;
        }
        let ends_at = match is_refresh {
            true if refused => None,
            true => self.oauth.refresh.remove(said(query, "refresh_token")),
            false => self.oauth.codes.remove(said(query, "code")),
        };
        if ends_at.is_none_or(|ends_at| ends_at <= now) {
            return Err(Refusal::new(400, "invalid_grant", "Invalid authorization data was provided"));
        }
        let (access, refresh) = self.oauth.pair(now);
        let given = json!({
            "access_token": access, "refresh_token": refresh, "expires": now.div_euclid(1000) + ACCESS_LIFE_S,
            "expires_in": ACCESS_LIFE_S, "scope": self.scopes_text(), "domain": self.domain(), "member_id": super::MEMBER_ID,
            "user_id": self.user_id(), "status": "L", "client_endpoint": format!("{}/rest/", self.root()),
            "server_endpoint": format!("{}/rest/", self.root()),
        });
        Ok((given, is_refresh))
    }
}
