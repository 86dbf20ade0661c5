//! Access tokens for an account that proves itself by a key: RFC 7523, section 2.1, with RS256, as Google's service accounts do it. Nobody
//! consents; the row of the connection is made when its first token is wanted. The key signs here and goes nowhere.

use super::endpoints::{Endpoints, address};
use super::tokens::Asked;
use crate::app::App;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kamurj_manifest::{ConnectionRequest, TokenRequest};
use kamurj_plugins::{Secret, sign_rs256};
use kamurj_store::connections::{self, Connection, New, Tokens};
use kamurj_store::{Error, Tx};
use serde_json::{Map, Value, json};
use url::Url;

/// How long an assertion is good for, in seconds: the longest that Google takes.
const LIFE_S: i64 = 3_600;
/// The grant's name (RFC 7523, section 2.1).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The row under which tokens of this account are kept, made or put in place of one of another account. Its token is none yet.
pub async fn row(
    app: &App,
    tx: &mut Tx,
    installation: &str,
    of: (&ConnectionRequest, &Endpoints),
) -> Result<Option<Connection>, Error> {
    let (declared, endpoints) = of;
    let known = connections::one(tx, installation, &declared.name).await?;
    let is_same = |row: &Connection| row.token_url == endpoints.token.as_str() && row.client_id == endpoints.client_id;
    if known.as_ref().is_some_and(is_same) {
        return Ok(known);
    }
    // A token that is due at once and that nobody may use before it was fetched.
    let none = Tokens { access_sealed: String::new(), refresh_sealed: None, expires_at: Some(0), refresh_at: Some(0) };
    let new = New {
        installation_id: installation,
        name: &declared.name,
        token_url: endpoints.token.as_str(),
        client_id: &endpoints.client_id,
        client_secret: &declared.client_secret,
        revoke_url: None,
        tokens: &none,
        by: "the account's key",
    };
    connections::put(tx, &new, app.now()).await?;
    connections::one(tx, installation, &declared.name).await
}

/// A signed assertion, or why there is none, in words.
pub fn signed(
    declared: &ConnectionRequest,
    settings: &Map<String, Value>,
    seen: &Connection,
    key: &Secret,
    now: i64,
) -> Result<String, String> {
    let audience = match &declared.audience {
        Some(audience) => address(audience, Some(settings)).map_err(|none| none.detail)?.to_string(),
        None => seen.token_url.clone(),
    };
    let key_id = declared.key_id.as_ref().and_then(|name| settings.get(name)?.as_str()).filter(|id| !id.is_empty());
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(key_id) = key_id {
        header["kid"] = key_id.into();
    }
    let issued_at = now / 1000;
    let mut claims = json!({ "iss": seen.client_id, "aud": audience, "iat": issued_at, "exp": issued_at + LIFE_S });
    if !declared.scopes.is_empty() {
        claims["scope"] = declared.scopes.join(" ").into();
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}", part(&header), part(&claims));
    let signature = sign_rs256(&declared.client_secret, key, unsigned.as_bytes())?;
    Ok(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The question to the token endpoint.
pub fn asked<'a>(url: &'a Url, fields: &'a [(&'a str, &'a str)]) -> Asked<'a> {
    Asked { url, how: TokenRequest::Form, fields }
}

/// The fields of that question.
pub fn fields(assertion: &str) -> [(&str, &str); 2] {
    [("grant_type", GRANT), ("assertion", assertion)]
}
