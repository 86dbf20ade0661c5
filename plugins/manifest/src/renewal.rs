//! Secrets that expire: how the host has one renewed at the service that gave it out. The present value goes out in the query of one
//! request and the next one comes back as JSON; the guest sees neither.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    Manifest, SecretRequest,
    connection::{is_endpoint, is_property, split_setting},
    judge::{is_word, rule, short},
};

/// Most fixed parameters.
const MOST_PARAMS: usize = 8;
/// Longest name of a parameter or field, and longest value, in bytes.
const NAME_BYTES: usize = 64;
const VALUE_BYTES: usize = 256;
/// The longest time that a secret may have to wait before it is renewed: 90 days, in seconds.
const MOST_AGE: u32 = 90 * 24 * 60 * 60;

/// How a secret is renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Where: an https address without a query, or one that begins with a setting: `{api_base}/refresh_access_token`. Its origin is
    /// one of the secret's hosts.
    pub url: String,
    /// `GET`; there is no other way yet.
    #[serde(default = "get")]
    pub method: String,
    /// Fixed parameters of the query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The parameter of the query that takes the present value.
    #[serde(default = "access_token")]
    pub token_parameter: String,
    /// The field of the answer, a JSON object, that holds the next value.
    #[serde(default = "access_token")]
    pub answer_token: String,
    /// The field that says for how many seconds that is good; it may be missing in the answer.
    #[serde(default = "expires_in")]
    pub answer_expires_in: String,
    /// How old a value must be before it is renewed, in seconds: at most 90 days.
    #[serde(default)]
    pub min_age_seconds: u32,
}

fn get() -> String {
    "GET".to_owned()
}

fn access_token() -> String {
    "access_token".to_owned()
}

fn expires_in() -> String {
    "expires_in".to_owned()
}

/// The first rule that the secret's renewal breaks, in words.
pub(crate) fn judge_renewal(secret: &SecretRequest, said: &Manifest) -> Result<(), String> {
    let Some(renewal) = &secret.renewal else { return Ok(()) };
    rule(is_endpoint(&renewal.url) && !renewal.url.contains('?'), || {
        "must have an https address without a query in `url`, or one that begins with a setting: `{api_base}/renew`"
            .to_owned()
    })?;
    rule(renewal.method == "GET", || format!("must have the `method` GET, not `{}`", short(&renewal.method)))?;
    let setting = split_setting(&renewal.url).map(|(name, _)| name);
    rule(setting.is_none_or(|name| is_property(said, name)), || {
        "names in `url` a setting that `settings_schema` has no property for".to_owned()
    })?;
    rule(is_reached(&renewal.url, secret, said), || {
        "goes to an address that is none of the secret's hosts".to_owned()
    })?;
    let is_name = |text: &str| text.len() <= NAME_BYTES && is_word(&text.to_ascii_lowercase(), "_-.");
    let names = [&renewal.token_parameter, &renewal.answer_token, &renewal.answer_expires_in];
    rule(names.into_iter().all(|name| is_name(name)), || {
        "needs short names in `token_parameter`, `answer_token` and `answer_expires_in`: 1 to 64 of `A-Z a-z 0-9 _ - .`"
            .to_owned()
    })?;
    let fits = |(name, value): (&String, &String)| is_name(name) && value.len() <= VALUE_BYTES;
    rule(renewal.query.len() <= MOST_PARAMS && renewal.query.iter().all(fits), || {
        format!("may have at most {MOST_PARAMS} short parameters in `query`")
    })?;
    rule(!renewal.query.contains_key(&renewal.token_parameter), || {
        format!("sets `{}` in `query`, which takes the secret", renewal.token_parameter)
    })?;
    rule(renewal.min_age_seconds <= MOST_AGE, || format!("must have at most {MOST_AGE} in `min_age_seconds`"))?;
    // What a signature is made with must be the same when a run is repeated; this secret changes.
    rule(!secret.placements.iter().any(|place| ["sign", "verify"].contains(&place.as_str())), || {
        "is of a secret that signs or verifies; such a one stays as it is".to_owned()
    })?;
    let proves = said.routes.iter().any(|route| route.secrets().any(|name| name == secret.name));
    rule(!proves, || "is of a secret that proves a route; such a one stays as it is".to_owned())
}

/// Whether one of the secret's hosts is where the address leads.
fn is_reached(address: &str, secret: &SecretRequest, said: &Manifest) -> bool {
    let hosts = said.hosts.iter().map(|host| &host.origin);
    let mut own = hosts.filter(|origin| secret.hosts.as_ref().is_none_or(|named| named.contains(origin)));
    if let Some((setting, _)) = split_setting(address) {
        return own.any(|origin| *origin == format!("{{{setting}}}"));
    }
    let origin_of = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    let wanted = origin_of(address);
    own.any(|origin| wanted.is_some() && origin_of(origin) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HostRequest, judge, judge::tests::sound};
    use serde_json::json;

    /// A sound manifest with a token that is renewed, changed in one way.
    fn with(change: impl FnOnce(&mut Manifest, &mut Renewal)) -> Manifest {
        let mut said = sound();
        said.settings_schema.insert("properties".to_owned(), json!({ "api_base": {} }));
        let mut secret = said.secrets[0].clone();
        "user_token".clone_into(&mut secret.name);
        let mut renewal: Renewal = serde_json::from_value(json!({
            "url": "{api_base}/refresh_access_token", "query": { "grant_type": "ig_refresh_token" },
            "min_age_seconds": 86_400,
        }))
        .expect("a renewal");
        change(&mut said, &mut renewal);
        secret.renewal = Some(renewal);
        said.secrets.push(secret);
        said
    }

    #[test]
    fn a_sound_renewal_passes_and_has_the_usual_where_nothing_is_said() {
        let said = with(|_, _| ());
        assert_eq!(judge(&said), Ok(()));
        let renewal = said.secrets[1].renewal.as_ref().expect("a renewal");
        let names = [&renewal.method, &renewal.token_parameter, &renewal.answer_token, &renewal.answer_expires_in];
        assert_eq!(names, ["GET", "access_token", "access_token", "expires_in"]);
        let text = serde_json::to_string(&sound()).expect("JSON");
        assert!(!text.contains("renewal"), "manifests without one stay byte for byte what they were");
        let exact = with(|said, renewal| {
            let host = HostRequest { origin: "https://graph.example".to_owned(), ..said.hosts[0].clone() };
            said.hosts.push(host);
            "https://graph.example/refresh".clone_into(&mut renewal.url);
        });
        assert_eq!(judge(&exact), Ok(()));
    }

    #[test]
    fn each_broken_rule_is_named() {
        #[track_caller]
        fn check(change: impl FnOnce(&mut Manifest, &mut Renewal), expected: &str) {
            let told = judge(&with(change)).unwrap_err();
            assert!(told.contains("`user_token`") && told.contains(expected), "{told}");
        }
        for wrong in ["http://a.am/x", "https://a:b@a.am/", "https://a.am/?x=1", "{api_base}x", "refresh"] {
            check(|_, renewal| wrong.clone_into(&mut renewal.url), "https address without a query");
        }
        check(|_, renewal| "POST".clone_into(&mut renewal.method), "`method` GET");
        check(|_, renewal| "{elsewhere}/x".clone_into(&mut renewal.url), "no property");
        check(|_, renewal| "https://else.example/x".clone_into(&mut renewal.url), "none of the secret's hosts");
        check(|_, renewal| renewal.answer_token.clear(), "short names");
        check(|_, renewal| renewal.query = [("a".to_owned(), "x".repeat(257))].into(), "short parameters");
        check(|_, renewal| renewal.query = [("access_token".to_owned(), "x".to_owned())].into(), "takes the secret");
        check(|_, renewal| renewal.min_age_seconds = 91 * 86_400, "`min_age_seconds`");
        let mut signing = with(|_, _| ());
        signing.secrets[1].placements.push("sign".to_owned());
        assert!(judge(&signing).unwrap_err().contains("signs or verifies"));
        let mut proving = with(|_, _| ());
        proving.routes[0].secret = "user_token".to_owned();
        assert!(judge(&proving).unwrap_err().contains("proves a route"));
    }
}
