//! Connections by OAuth 2.0: what a plugin says of a service whose access token the host fetches, keeps and refreshes, for an account
//! that a person connects, or for one that proves itself with a key. The guest
//! uses the token as the secret of the connection's name and never sees it; where it may be sent is said as for any secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::{
    Manifest, is_secret_name,
    judge::{PLACEMENTS, TEXT_BYTES, is_word, rule, short},
};

/// Most connections of one plugin.
const MOST: usize = 8;

/// Most further parameters of one authorisation request.
const MOST_PARAMS: usize = 8;

/// Parameters of the authorisation request that are the host's (RFC 6749, section 4.1.1; RFC 7636, section 4.3).
const OWN_PARAMS: [&str; 7] =
    ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];

/// An account at a service, connected by a flow of OAuth 2.0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionRequest {
    /// The access token is the secret of this name: 1 to 32 of `a-z 0-9 _`, and the name of no declared secret.
    pub name: String,
    /// Shown to the operator: the service's name.
    pub label: String,
    /// How tokens are come by.
    #[serde(default, skip_serializing_if = "Grant::is_usual")]
    pub grant: Grant,
    /// Where the operator consents: an https address, or one that begins with a setting: `{portal}/oauth/authorize`. Left out for
    /// `jwt-bearer`, where nobody consents.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authorize_url: String,
    /// Where the host fetches tokens, written as `authorize_url`. It need not be in `hosts`: the guest never calls it.
    pub token_url: String,
    /// Where the host revokes tokens (RFC 7009), where the service has such a place.
    #[serde(default)]
    pub revoke_url: Option<String>,
    /// Name of the property of the settings that holds the client's id; for `jwt-bearer` the issuer: a service account's address.
    pub client_id: String,
    /// Name of the declared secret that is the client's secret; for `jwt-bearer` its private key, PKCS#8 in PEM. It needs no placement.
    pub client_secret: String,
    /// `jwt-bearer` alone: name of the property of the settings that holds the key's id, where the service wants it (RFC 7515, `kid`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `jwt-bearer` alone: whom the assertion names as its audience; left out: `token_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// What is asked for at the service (RFC 6749, section 3.3).
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether the code is bound to the one who asked, by `S256` of RFC 7636.
    #[serde(default = "yes")]
    pub pkce: bool,
    /// How tokens are asked for.
    #[serde(default)]
    pub token_request: TokenRequest,
    /// Further parameters of the authorisation request.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, String>,
    /// How the service says which account was connected, where it does.
    #[serde(default)]
    pub callback_host: Option<CallbackHost>,
    /// Where the access token may be put: `path`, `query`, `header`, `body`.
    #[serde(default)]
    pub placements: Vec<String>,
    /// Where the access token may be sent: origins as they stand in `hosts`. Left out: to all of them.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
    /// Whether the plugin cannot work without it.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

/// How tokens are come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// A person consents, and tokens are refreshed: RFC 6749, section 4.1.
    #[default]
    AuthorizationCode,
    /// The host signs an assertion (RS256) with the account's own key, as Google's service accounts do: RFC 7523, section 2.1.
    JwtBearer,
}

impl Grant {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_usual(&self) -> bool {
        *self == Self::AuthorizationCode
    }
}

/// How a service wants to be asked for tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenRequest {
    /// A form in the body of a POST: RFC 6749, section 4.1.3.
    #[default]
    Form,
    /// A JSON object in the body of a POST, as amoCRM takes it.
    Json,
    /// The query of a GET, as Bitrix24 takes it.
    Query,
}

/// A parameter of the way back that names the account's host, such as `referer` of amoCRM and `domain` of Bitrix24. It must be
/// the host of the address in a setting, so that no other account is connected than the one that the operator entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbackHost {
    /// The parameter's name.
    pub parameter: String,
    /// Name of the property of the settings that holds the account's address.
    pub setting: String,
}

/// Splits `{portal}/oauth/authorize` into the setting's name and the rest; none where the address names no setting.
pub fn split_setting(address: &str) -> Option<(&str, &str)> {
    address.strip_prefix('{')?.split_once('}')
}

/// The first rule that the manifest's connections break, in words.
pub(crate) fn judge_connections(said: &Manifest) -> Result<(), String> {
    rule(said.connections.len() <= MOST, || format!("`connections` must hold at most {MOST} entries"))?;
    for (index, connection) in said.connections.iter().enumerate() {
        rule(is_secret_name(&connection.name), || {
            format!("a connection's name must be 1 to 32 of `a-z 0-9 _`, not `{}`", short(&connection.name))
        })?;
        let taken = said.connections[..index].iter().any(|earlier| earlier.name == connection.name)
            || said.secrets.iter().any(|secret| secret.name == connection.name);
        rule(!taken, || format!("the connection `{}` has the name of another connection or secret", connection.name))?;
        judge(connection, said).map_err(|broken| format!("the connection `{}` {broken}", connection.name))?;
    }
    Ok(())
}

fn judge(connection: &ConnectionRequest, said: &Manifest) -> Result<(), String> {
    rule(!connection.label.trim().is_empty() && connection.label.len() <= TEXT_BYTES, || {
        "needs a short label".to_owned()
    })?;
    let by_key = connection.grant == Grant::JwtBearer;
    let consent = &connection.authorize_url;
    rule(by_key == consent.is_empty(), || {
        "must have an `authorize_url` where a person consents, and none with the grant `jwt-bearer`".to_owned()
    })?;
    rule(by_key || (connection.key_id.is_none() && connection.audience.is_none()), || {
        "must leave `key_id` and `audience` out: they belong to the grant `jwt-bearer`".to_owned()
    })?;
    rule(!by_key || (connection.callback_host.is_none() && connection.token_request == TokenRequest::Form), || {
        "must leave `callback_host` and `token_request` out with the grant `jwt-bearer`".to_owned()
    })?;
    let addresses = [
        ("authorize_url", Some(consent).filter(|address| !address.is_empty())),
        ("audience", connection.audience.as_ref()),
        ("token_url", Some(&connection.token_url)),
        ("revoke_url", connection.revoke_url.as_ref()),
    ];
    for (field, address) in addresses {
        rule(address.is_none_or(|address| is_endpoint(address)), || {
            format!("must have an https address in `{field}`, or one that begins with a setting: `{{portal}}/oauth`")
        })?;
    }
    for (field, setting) in [("client_id", Some(connection.client_id.as_str()))]
        .into_iter()
        .chain([("key_id", connection.key_id.as_deref())])
        .chain([("callback_host.setting", connection.callback_host.as_ref().map(|host| host.setting.as_str()))])
        .chain(
            addresses
                .map(|(field, address)| (field, address.and_then(|text| split_setting(text)).map(|(name, _)| name))),
        )
    {
        rule(setting.is_none_or(|name| is_property(said, name)), || {
            format!("names in `{field}` a setting that `settings_schema` has no property for")
        })?;
    }
    rule(said.secrets.iter().any(|secret| secret.name == connection.client_secret), || {
        "names in `client_secret` a secret that is not declared".to_owned()
    })?;
    for scope in &connection.scopes {
        // RFC 6749, section 3.3: scope-token.
        let sound = (1..=128).contains(&scope.len())
            && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        rule(sound, || format!("asks for `{}`, which can be no scope", short(scope)))?;
    }
    rule(connection.scopes.len() <= 64, || "asks for more than 64 scopes".to_owned())?;
    let params = &connection.authorize_params;
    let own = params.keys().find(|name| OWN_PARAMS.contains(&name.as_str()));
    rule(own.is_none(), || format!("sets `{}`, which is the host's", own.map_or("", String::as_str)))?;
    let fits = |(name, value): (&String, &String)| is_word(&name.to_ascii_lowercase(), "_-.") && value.len() <= 256;
    rule(params.len() <= MOST_PARAMS && params.iter().all(fits), || {
        format!("may have at most {MOST_PARAMS} short `authorize_params`")
    })?;
    if let Some(host) = &connection.callback_host {
        let name = &host.parameter;
        let free = !["code", "state", "error", "error_description", "error_uri"].contains(&name.as_str());
        rule(free && name.len() <= 64 && is_word(&name.to_ascii_lowercase(), "_-"), || {
            "needs the parameter's name in `callback_host.parameter`".to_owned()
        })?;
    }
    for placement in &connection.placements {
        // What a signature is made with must be the same when a run is repeated; this token changes.
        let known = PLACEMENTS.contains(&placement.as_str()) && !["sign", "verify"].contains(&placement.as_str());
        rule(known, || format!("names the place `{}`; there are path, query, header and body", short(placement)))?;
    }
    for host in connection.hosts.iter().flatten() {
        rule(said.hosts.iter().any(|known| known.origin == *host), || {
            format!("names the host `{}`, which is not in `hosts`", short(host))
        })?;
    }
    Ok(())
}

pub(crate) fn is_property(said: &Manifest, name: &str) -> bool {
    said.settings_schema.get("properties").and_then(Value::as_object).is_some_and(|known| known.contains_key(name))
}

/// An https address without user, password and fragment; or a setting in braces, behind which a path may stand.
pub(crate) fn is_endpoint(address: &str) -> bool {
    if address.len() > TEXT_BYTES {
        return false;
    }
    // Whatever the setting holds, only its origin is taken, so that this may be judged with any.
    let (setting, whole) = match split_setting(address) {
        Some((setting, rest)) if rest.is_empty() || rest.starts_with('/') => {
            (is_word(setting, "_"), format!("https://setting.example{rest}"))
        }
        Some(_) => return false,
        None => (true, address.to_owned()),
    };
    let sound = |url: Url| {
        url.scheme() == "https"
            && url.domain().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    };
    setting && Url::parse(&whole).is_ok_and(sound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{judge, judge::tests::sound};
    use serde_json::json;

    fn with(change: impl FnOnce(&mut ConnectionRequest)) -> Manifest {
        let mut connection: ConnectionRequest = serde_json::from_value(json!({
            "name": "crm", "label": "amoCRM", "authorize_url": "https://www.amocrm.ru/oauth",
            "token_url": "{portal}/oauth2/access_token", "client_id": "client", "client_secret": "bot_token",
            "callback_host": { "parameter": "referer", "setting": "portal" }, "placements": ["header"],
        }))
        .expect("a connection");
        change(&mut connection);
        let mut said = sound();
        said.settings_schema.insert("properties".to_owned(), json!({ "portal": {}, "client": {}, "api_base": {} }));
        said.connections.push(connection);
        said
    }

    #[test]
    fn a_sound_connection_passes_and_has_the_usual_where_nothing_is_said() {
        let said = with(|_| ());
        assert_eq!(judge(&said), Ok(()));
        let connection = &said.connections[0];
        assert!(connection.pkce && connection.required && connection.token_request == TokenRequest::Form);
        let text = serde_json::to_string(&sound()).unwrap();
        assert!(!text.contains("connections"), "manifests without one stay byte for byte what they were");
    }

    #[test]
    fn an_account_that_proves_itself_by_a_key_needs_nobody_to_consent() {
        let by_key = |change: fn(&mut ConnectionRequest)| {
            judge(&with(|said| {
                said.grant = Grant::JwtBearer;
                said.authorize_url.clear();
                said.callback_host = None;
                said.key_id = Some("client".to_owned());
                said.audience = Some("https://tokens.example/token".to_owned());
                change(said);
            }))
        };
        assert_eq!(by_key(|_| ()), Ok(()));
        assert!(by_key(|said| said.key_id = Some("none".to_owned())).is_err_and(|told| told.contains("`key_id`")));
        assert!(
            by_key(|said| said.token_request = TokenRequest::Json).is_err_and(|told| told.contains("token_request"))
        );
        assert!(by_key(|said| said.audience = Some("x".to_owned())).is_err_and(|told| told.contains("`audience`")));
    }

    #[test]
    fn each_broken_rule_is_named() {
        #[track_caller]
        fn check(change: impl FnOnce(&mut ConnectionRequest), expected: &str) {
            let told = judge(&with(change)).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
        check(|said| said.name = "CRM".to_owned(), "a connection's name");
        check(|said| said.name = "bot_token".to_owned(), "has the name of another");
        check(|said| said.label = " ".to_owned(), "short label");
        for wrong in
            ["http://a.am/x", "https://10.0.0.1/x", "https://a:b@a.am/", "https://a.am/#x", "{portal}x", "{Portal}"]
        {
            check(|said| said.authorize_url = wrong.to_owned(), "`authorize_url`");
        }
        check(|said| said.authorize_url.clear(), "where a person consents");
        check(|said| said.grant = Grant::JwtBearer, "none with the grant `jwt-bearer`");
        check(|said| said.key_id = Some("client".to_owned()), "belong to the grant");
        check(|said| said.token_url = "{portal}:80/x".to_owned(), "`token_url`");
        check(|said| said.revoke_url = Some(String::new()), "`revoke_url`");
        check(|said| said.token_url = "{elsewhere}/token".to_owned(), "`settings_schema` has no property");
        check(|said| said.client_id = "id".to_owned(), "`client_id`");
        check(|said| said.client_secret = "other".to_owned(), "not declared");
        check(|said| said.scopes = vec!["a b".to_owned()], "no scope");
        check(|said| said.authorize_params = [("state".to_owned(), "x".to_owned())].into(), "the host's");
        check(|said| said.callback_host.as_mut().unwrap().parameter = "code".to_owned(), "`callback_host.parameter`");
        check(|said| said.callback_host.as_mut().unwrap().setting = "x".to_owned(), "`callback_host.setting`");
        check(|said| said.placements = vec!["sign".to_owned()], "names the place");
        check(|said| said.hosts = Some(vec!["https://else.example".to_owned()]), "not in `hosts`");
        let mut twice = with(|_| ());
        twice.connections.push(twice.connections[0].clone());
        assert!(judge(&twice).unwrap_err().contains("has the name of another"));
    }
}
