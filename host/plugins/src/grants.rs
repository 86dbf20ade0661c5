//! What the operator granted to an installation: origins, and secrets with the places and origins where each may go.
//! Decides; reads no secret and sends nothing.

use std::collections::BTreeMap;

use kamurj_manifest::{Rate, StateRequest, is_origin};
use serde::{Deserialize, Serialize};
use url::Url;

/// Rights of one installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Exact origins such as `http://127.0.0.1:8091`, or `https://*.example.am` for every name below a domain (not
    /// the domain itself). A default port may be left out.
    pub origins: Vec<String>,
    /// By name.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// Budgets of requests by origin, written as in `origins`; several may cover one.
    #[serde(default)]
    pub rates: Vec<(String, Rate)>,
    /// How much it may keep.
    #[serde(default)]
    pub state: StateRequest,
}

/// Where one secret may go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretGrant {
    /// `path`, `query`, `header`, `body`, `sign`, `verify`.
    pub placements: Vec<String>,
    /// Origins, written as in [`Grants::origins`].
    pub origins: Vec<String>,
}

impl Grants {
    /// Whether the installation may reach this origin at all.
    pub fn allows(&self, url: &Url) -> bool {
        self.origins.iter().any(|pattern| covers(pattern, url))
    }

    /// The budgets that a request to this address takes from, each with the pattern that it was granted for.
    pub fn rates_of(&self, url: &Url) -> impl Iterator<Item = &(String, Rate)> {
        self.rates.iter().filter(|(pattern, _)| covers(pattern, url))
    }

    /// Whether this secret may be sent in a query to this address; the reason if not.
    pub fn check_renewal(&self, secret: &str, url: &Url) -> Result<(), String> {
        if !self.allows(url) {
            return Err(format!("requests to `{}` are not granted", url.origin().ascii_serialization()));
        }
        let grant = self.secrets.get(secret).ok_or_else(|| format!("the secret `{secret}` is not granted"))?;
        if grant.origins.iter().any(|pattern| covers(pattern, url)) {
            return Ok(());
        }
        Err(format!("the secret `{secret}` may not go to `{}`", url.origin().ascii_serialization()))
    }

    /// Whether this secret may be put at this place of a request to this origin; the reason if not.
    pub(crate) fn check_placement(&self, secret: &str, placement: &str, url: &Url) -> Result<(), String> {
        let grant = self.secrets.get(secret).ok_or_else(|| format!("the secret `{secret}` is not granted"))?;
        if !grant.placements.iter().any(|granted| granted == placement) {
            return Err(format!("the secret `{secret}` may not be put into `{placement}`"));
        }
        if !grant.origins.iter().any(|pattern| covers(pattern, url)) {
            return Err(format!("the secret `{secret}` may not go to `{}`", url.origin().ascii_serialization()));
        }
        Ok(())
    }

    /// Whether the host may use this secret for the plugin in this way: `sign` or `verify`.
    pub(crate) fn check_use(&self, secret: &str, placement: &str) -> Result<(), String> {
        let granted =
            self.secrets.get(secret).is_some_and(|grant| grant.placements.iter().any(|granted| granted == placement));
        if granted { Ok(()) } else { Err(format!("the secret `{secret}` is not granted for `{placement}`")) }
    }
}

/// Whether an origin pattern covers a URL. A pattern that is no origin covers nothing.
fn covers(pattern: &str, url: &Url) -> bool {
    if let Some((scheme, suffix)) = pattern.split_once("://*.") {
        let Ok(apex) = Url::parse(&format!("{scheme}://{suffix}")) else {
            return false;
        };
        let (Some(apex_host), Some(host)) = (apex.domain(), url.domain()) else {
            return false;
        };
        let below = host
            .strip_suffix(apex_host)
            .and_then(|label| label.strip_suffix('.'))
            .is_some_and(|label| !label.is_empty());
        return below
            && is_origin(&apex)
            && apex.scheme() == url.scheme()
            && apex.port_or_known_default() == url.port_or_known_default();
    }
    Url::parse(pattern).is_ok_and(|exact| is_origin(&exact) && exact.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, url: &str, expected: bool) {
        assert_eq!(covers(pattern, &Url::parse(url).unwrap()), expected, "{pattern} against {url}");
    }

    #[test]
    fn an_origin_covers_itself_and_nothing_that_looks_like_it() {
        check("https://api.telegram.org", "https://api.telegram.org/bot/x", true);
        check("https://api.telegram.org", "https://api.telegram.org:443/", true);
        check("https://api.telegram.org", "https://API.Telegram.ORG/", true);
        check("https://api.telegram.org", "http://api.telegram.org/", false);
        check("https://api.telegram.org", "https://api.telegram.org:8443/", false);
        check("https://api.telegram.org", "https://api.telegram.org.evil.am/", false);
        check("https://api.telegram.org", "https://evil.am/api.telegram.org", false);
        check("http://127.0.0.1:8091", "http://127.0.0.1:8091/x", true);
        check("http://127.0.0.1:8091", "http://127.0.0.1:8092/x", false);
        check("https://api.telegram.org/path", "https://api.telegram.org/path", false);
        check("nonsense", "https://nonsense/", false);
    }

    #[test]
    fn a_wildcard_covers_names_below_a_domain_only() {
        check("https://*.bitrix24.ru", "https://shop.bitrix24.ru/rest", true);
        check("https://*.bitrix24.ru", "https://a.b.bitrix24.ru/rest", true);
        check("https://*.bitrix24.ru", "https://bitrix24.ru/", false);
        check("https://*.bitrix24.ru", "https://evilbitrix24.ru/", false);
        check("https://*.bitrix24.ru", "https://shop.bitrix24.ru.evil.am/", false);
        check("https://*.bitrix24.ru", "http://shop.bitrix24.ru/", false);
        check("https://*.bitrix24.ru:8443", "https://shop.bitrix24.ru/", false);
        check("https://*.", "https://shop.bitrix24.ru/", false);
        check("*://*.bitrix24.ru", "https://shop.bitrix24.ru/", false);
    }
}
