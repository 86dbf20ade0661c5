//! Where a declared connection leads under an installation's settings: its addresses, its client id, and the address at which an
//! operator consents. Reads no secret and calls nobody.

use crate::lifecycle::permissions::{NoAddress, filled};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kamurj_manifest::{ConnectionRequest, Grant, split_setting};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

/// The addresses of a connection, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the operator consents; none where nobody has to.
    pub authorize: Option<Url>,
    /// Where tokens are fetched.
    pub token: Url,
    /// Where they are revoked.
    pub revoke: Option<Url>,
    /// Who we are there.
    pub client_id: String,
}

/// The path below the server's address that services send browsers back to.
pub const CALLBACK_PATH: &str = "/oauth/callback";

/// The address that services send browsers back to; it is registered there.
pub fn redirect_uri(public_url: &str) -> String {
    format!("{public_url}{CALLBACK_PATH}")
}

impl Endpoints {
    /// The addresses under these settings; the error names the setting that holds none.
    pub fn of(declared: &ConnectionRequest, settings: &Map<String, Value>) -> Result<Self, NoAddress> {
        let client_id = settings.get(&declared.client_id).and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if client_id.is_empty() || client_id.len() > 512 {
            let detail = format!("must hold the client id of {}", declared.label);
            return Err(NoAddress { setting: declared.client_id.clone(), detail });
        }
        Ok(Self {
            authorize: match declared.grant {
                Grant::AuthorizationCode => Some(address(&declared.authorize_url, Some(settings))?),
                Grant::JwtBearer => None,
            },
            token: address(&declared.token_url, Some(settings))?,
            revoke: declared.revoke_url.as_deref().map(|text| address(text, Some(settings))).transpose()?,
            client_id: client_id.to_owned(),
        })
    }
}

/// An address of the manifest. Without settings, one that begins with a setting stands under a name that nobody has.
pub(crate) fn address(text: &str, settings: Option<&Map<String, Value>>) -> Result<Url, NoAddress> {
    let whole = match (split_setting(text), settings) {
        (Some((setting, rest)), Some(settings)) => format!("{}{rest}", filled(&format!("{{{setting}}}"), settings)?),
        (Some((_, rest)), None) => format!("https://setting.invalid{rest}"),
        (None, _) => text.to_owned(),
    };
    let detail = || "does not make an address together with the plugin's path".to_owned();
    let setting = || split_setting(text).map_or_else(String::new, |(setting, _)| setting.to_owned());
    Url::parse(&whole).map_err(|_| NoAddress { setting: setting(), detail: detail() })
}

/// An address of the manifest as an operator is told it: filled in where there are settings, else as its author wrote it.
pub fn told(text: &str, settings: Option<&Map<String, Value>>) -> Result<String, NoAddress> {
    match settings {
        None => Ok(text.to_owned()),
        Some(_) => address(text, settings).map(|url| url.to_string()),
    }
}

/// What one authorisation request is made of besides the addresses.
pub struct Asking<'a> {
    /// Where the browser comes back.
    pub redirect_uri: &'a str,
    /// Random, known to us by its hash.
    pub state: &'a str,
    /// The code verifier of PKCE; empty for none.
    pub verifier: &'a str,
}

/// The address at which the operator consents: RFC 6749, section 4.1.1, with the challenge of RFC 7636, section 4.3.
/// None where nobody has to consent.
pub fn authorize_url(endpoints: &Endpoints, declared: &ConnectionRequest, asking: &Asking<'_>) -> Option<Url> {
    let mut url = endpoints.authorize.clone()?;
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &endpoints.client_id)
            .append_pair("redirect_uri", asking.redirect_uri)
            .append_pair("state", asking.state);
        if !declared.scopes.is_empty() {
            query.append_pair("scope", &declared.scopes.join(" "));
        }
        if !asking.verifier.is_empty() {
            query
                .append_pair("code_challenge", &challenge(asking.verifier))
                .append_pair("code_challenge_method", "S256");
        }
        for (name, value) in &declared.authorize_params {
            query.append_pair(name, value);
        }
    }
    Some(url)
}

/// `S256` of RFC 7636, section 4.2.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Whether what the service named as the account's host is the host of the address in this setting. With a port it must be the
/// same; without one it may be any.
pub fn is_host_of(named: &str, setting: &str, settings: &Map<String, Value>) -> bool {
    let known = settings.get(setting).and_then(Value::as_str).and_then(|text| Url::parse(text).ok());
    let Some(known) = known else { return false };
    let named = named.trim().to_ascii_lowercase();
    let named = named.strip_prefix("https://").unwrap_or(&named).trim_end_matches('/');
    let host = known.host_str().unwrap_or_default();
    let with_port = known.port_or_known_default().map(|port| format!("{host}:{port}"));
    !host.is_empty() && (named == host || Some(named) == with_port.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn declared() -> ConnectionRequest {
        serde_json::from_value(json!({
            "name": "crm", "label": "CRM", "authorize_url": "https://www.crm.example/oauth?mode=popup",
            "token_url": "{portal}/oauth2/access_token", "client_id": "client", "client_secret": "secret",
            "scopes": ["a", "b:c"], "authorize_params": { "prompt": "consent" },
        }))
        .expect("a connection")
    }

    fn settings() -> Map<String, Value> {
        serde_json::from_value(json!({ "portal": "https://shop.crm.example/rest", "client": "c 1" })).expect("settings")
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_authorisation_request_has_all_its_parts_and_keeps_those_of_the_address() {
        let endpoints = Endpoints::of(&declared(), &settings()).unwrap();
        assert_eq!(endpoints.token.as_str(), "https://shop.crm.example/oauth2/access_token");
        let asking = Asking { redirect_uri: "https://pay.am/oauth/callback", state: "s", verifier: "v" };
        let url = authorize_url(&endpoints, &declared(), &asking).expect("somebody consents");
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "mode",
                "response_type",
                "client_id",
                "redirect_uri",
                "state",
                "scope",
                "code_challenge",
                "code_challenge_method",
                "prompt"
            ]
        );
        assert_eq!((query[2].1.as_str(), query[5].1.as_str()), ("c 1", "a b:c"));
        let plain =
            authorize_url(&endpoints, &declared(), &Asking { verifier: "", ..asking }).expect("somebody consents");
        assert!(!plain.as_str().contains("code_challenge"));
    }

    #[test]
    fn a_setting_that_holds_no_address_or_client_is_named() {
        let wrong = |more: Value| {
            let mut settings = settings();
            settings.extend(more.as_object().unwrap().clone());
            Endpoints::of(&declared(), &settings).unwrap_err().setting
        };
        assert_eq!(wrong(json!({ "portal": "nowhere" })), "portal");
        assert_eq!(wrong(json!({ "client": " " })), "client");
        assert_eq!(wrong(json!({ "client": 7 })), "client");
    }

    #[test]
    fn only_the_host_of_the_setting_is_the_accounts() {
        for good in ["shop.crm.example", "SHOP.crm.example", "shop.crm.example:443", "https://shop.crm.example/"] {
            assert!(is_host_of(good, "portal", &settings()), "{good}");
        }
        for bad in ["", "crm.example", "shop.crm.example.evil.am", "evil.am/shop.crm.example", "shop.crm.example:80"] {
            assert!(!is_host_of(bad, "portal", &settings()), "{bad}");
        }
        assert!(!is_host_of("shop.crm.example", "client", &settings()));
    }
}
