//! `oauth2.googleapis.com/token`: what a service account's signed assertion (RFC 7523) has to say before a token is given for it. It must
//! not know what tokens are good for.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Map, Value, json};

use super::accounts::Account;

/// The audience of the real service.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How far the clocks of both sides may be apart.
const SKEW_S: i64 = 300;
/// How long an assertion may live.
const LONGEST_S: i64 = 3_600;
const SCOPES: &str = "https://www.googleapis.com/auth/";

/// A request for a token that is refused, always with 400.
#[derive(Debug)]
pub(super) struct Denied {
    error: &'static str,
    description: String,
}

impl Denied {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    fn grant(description: &str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn json(&self) -> Value {
        json!({"error": self.error, "error_description": self.description})
    }
}

/// Who was found to ask, and for what.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) client_email: String,
    pub(super) scope: String,
}

/// Reads the form and checks the assertion. `own` is the double's own address for tokens, as good an audience as Google's.
pub(super) fn grant(
    form: &[u8],
    accounts: &BTreeMap<String, Account>,
    own: &str,
    now_s: i64,
) -> Result<Granted, Denied> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
    let field = |name: &str| {
        let value = form.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Denied::new("invalid_request", format!("Missing required parameter: {name}")))
    };
    let kind = field("grant_type")?;
    if kind != GRANT {
        return Err(Denied::new("unsupported_grant_type", format!("Invalid grant_type: {kind}")));
    }
    let assertion = field("assertion")?;
    let parts: Vec<&str> = assertion.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return Err(Denied::grant("Invalid JWT: it must have three parts."));
    };
    let signed = &assertion[..header.len() + 1 + claims.len()];
    let (header, claims) = (object(header)?, object(claims)?);
    let text = |object: &Map<String, Value>, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    if text(&header, "alg").as_deref() != Some("RS256") || text(&header, "typ").as_deref() != Some("JWT") {
        return Err(Denied::grant("Invalid JWT: its header must have alg RS256 and typ JWT."));
    }
    let issuer = text(&claims, "iss").ok_or_else(|| Denied::grant("Invalid JWT: iss is missing."))?;
    let account = accounts.get(&issuer).ok_or_else(|| Denied::grant("Invalid grant: account not found"))?;
    let key = text(&header, "kid").and_then(|key| account.keys.get(&key));
    let proof = URL_SAFE_NO_PAD.decode(signature).ok();
    let genuine = key.zip(proof).is_some_and(|(key, proof)| {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed.as_bytes(), &proof).is_ok()
    });
    if !genuine {
        return Err(Denied::grant("Invalid JWT Signature."));
    }
    let audience = text(&claims, "aud").unwrap_or_default();
    if audience != AUDIENCE && audience != own {
        return Err(Denied::grant("Invalid JWT: Failed audience check."));
    }
    let (issued, ends) = (claims.get("iat").and_then(Value::as_i64), claims.get("exp").and_then(Value::as_i64));
    let timely = issued.zip(ends).is_some_and(|(issued, ends)| {
        // Written so that numbers at the ends of what fits cannot overflow.
        let age = now_s.checked_sub(issued);
        let life = ends.checked_sub(issued);
        age.is_some_and(|age| age >= -SKEW_S)
            && life.is_some_and(|life| (1..=LONGEST_S).contains(&life))
            && ends.saturating_add(SKEW_S) > now_s
    });
    if !timely {
        let message = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
        return Err(Denied::grant(message));
    }
    let scope = text(&claims, "scope").unwrap_or_default();
    if scope.is_empty() || !scope.split(' ').all(|one| one.strip_prefix(SCOPES).is_some_and(|name| !name.is_empty())) {
        return Err(Denied::new("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    Ok(Granted { client_email: issuer, scope })
}

fn object(part: &str) -> Result<Map<String, Value>, Denied> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    let object = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    object.ok_or_else(|| Denied::grant("Invalid JWT: header and claims must be JSON objects in unpadded Base64url."))
}
