//! What an operator enters for a login at an RBS gateway. TLS is verified by the line; there is no setting that says otherwise.

use super::Rbs;
use crate::contract::{Secrets, SettingsError};
use crate::entered;
use crate::line::Line;
use serde::Deserialize;
use url::Url;

/// The longest login and password, and the longest life of a session, by the manual.
const LONGEST_CREDENTIAL: usize = 30;
const LONGEST_SESSION_S: u16 = 1200;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    base_url: Url,
    user_name: String,
    #[serde(default)]
    page_origins: Vec<Url>,
    #[serde(default = "longest_session")]
    session_seconds: u16,
    page_view: Option<PageView>,
    #[serde(default = "yes")]
    force_3ds2: bool,
    #[serde(default = "yes")]
    lookup_by_number: bool,
    #[serde(default)]
    callback: Callback,
}

fn longest_session() -> u16 {
    LONGEST_SESSION_S
}

fn yes() -> bool {
    true
}

/// Which page the gateway shows; without it the gateway decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum PageView {
    Desktop,
    Mobile,
}

impl PageView {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Desktop => "DESKTOP",
            Self::Mobile => "MOBILE",
        }
    }
}

impl TryFrom<String> for PageView {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "DESKTOP" => Ok(Self::Desktop),
            "MOBILE" => Ok(Self::Mobile),
            _ => Err("write `DESKTOP` or `MOBILE`, or leave it out"),
        }
    }
}

/// Whether the gateway calls us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Callback {
    #[default]
    Off,
    Hmac,
}

impl TryFrom<String> for Callback {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "off" => Ok(Self::Off),
            "hmac" => Ok(Self::Hmac),
            _ => Err("write `off`, or `hmac` where the bank has switched on callbacks with a symmetric checksum"),
        }
    }
}

pub(super) fn open(settings: &str, secrets: &Secrets, line: Line) -> Result<Rbs, SettingsError> {
    let settings: Settings = entered::read(settings)?;
    if settings.base_url.query().is_some() || settings.base_url.fragment().is_some() {
        let detail = "leave out everything from `?` or `#` on: it ends in `/payment/rest/`";
        return Err(entered::fault("base_url", detail));
    }
    entered::reachable(&line, "base_url", &settings.base_url)?;
    for (place, origin) in settings.page_origins.iter().enumerate() {
        entered::reachable(&line, &format!("page_origins/{place}"), origin)?;
    }
    if !fits(&settings.user_name) {
        let detail = "write the API login that the bank gave, 1 to 30 characters (not the one of the portal)";
        return Err(entered::fault("user_name", detail));
    }
    if !(1..=LONGEST_SESSION_S).contains(&settings.session_seconds) {
        return Err(entered::fault("session_seconds", "write a number from 1 to 1200; the gateway allows no more"));
    }
    let password = secrets.required("password")?;
    if !fits(password) {
        let detail = "is longer than the gateway's passwords are (30 characters)".to_owned();
        return Err(SettingsError { pointer: "/secrets/password".to_owned(), detail });
    }
    let callback_keys = match settings.callback {
        Callback::Off => None,
        Callback::Hmac => {
            let keys = [Some(secrets.required("callback_key")?), secrets.optional("callback_key_old")];
            Some(keys.into_iter().flatten().map(|key| key.as_bytes().to_vec()).collect())
        }
    };
    let base = settings.base_url.as_str().trim_end_matches('/').to_owned();
    let origins = if settings.page_origins.is_empty() { vec![settings.base_url] } else { settings.page_origins };
    Ok(Rbs {
        base,
        page_origins: entered::origins(&origins),
        user_name: settings.user_name,
        password: password.to_owned(),
        session_seconds: settings.session_seconds,
        page_view: settings.page_view,
        force_3ds2: settings.force_3ds2,
        lookup_by_number: settings.lookup_by_number,
        callback_keys,
        line,
    })
}

fn fits(credential: &str) -> bool {
    (1..=LONGEST_CREDENTIAL).contains(&credential.chars().count())
}
