//! Who asks for a page of the console, in which language, from where; and the answers for who is not signed in.

use super::Desk;
use super::cookies;
use crate::front::asker::Asker;
use crate::front::sites;
use crate::operators::known::{self, Known};
use crate::problem::{Kind, Problem};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use kamurj_domain::Mode;
use kamurj_domain::format::Language;
use kamurj_store::merchants::Caller;
use std::collections::BTreeMap;

/// The query parameter that chooses a language.
const LANGUAGE_FIELD: &str = "lang";

/// Where news are followed, below a mode.
pub(super) const NEWS_PATH: &str = "/news";

/// Somebody who asks.
pub(super) struct Visitor {
    /// Who it is, where they are signed in.
    pub(super) known: Option<Known>,
    /// In which language they read.
    pub(super) language: Language,
    /// Whether they chose it just now.
    pub(super) chose_language: bool,
    /// A keyed hash of their network.
    pub(super) origin: Option<String>,
    /// What the browser calls itself.
    pub(super) device: String,
    /// The page's path and query.
    pub(super) here: String,
    /// The query; the first of each name counts.
    pub(super) query: BTreeMap<String, String>,
}

impl Visitor {
    /// Reads who asks.
    pub(super) async fn of(desk: &Desk, parts: &Parts) -> Result<Self, Problem> {
        let known = match cookies::read(&parts.headers, cookies::SESSION) {
            Some(token) if token.len() <= 100 => known::by_token(&desk.app, token, is_use(parts)).await?,
            _ => None,
        };
        let mut query = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            query.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        let chosen = query.remove(LANGUAGE_FIELD).as_deref().and_then(Language::parse);
        let kept = cookies::read(&parts.headers, cookies::LANGUAGE).and_then(Language::parse);
        let own = known.as_ref().and_then(|known| Language::parse(&known.operator.locale));
        let wished = text(&parts.headers, "accept-language").and_then(Language::negotiate);
        Ok(Self {
            language: chosen.or(kept).or(own).or(wished).unwrap_or(Language::Hy),
            chose_language: chosen.is_some(),
            known,
            origin: Asker::of(&desk.app, parts).0,
            device: text(&parts.headers, "user-agent").unwrap_or_default().to_owned(),
            here: parts.uri.path_and_query().map(|here| here.as_str().to_owned()).unwrap_or_default(),
            query,
        })
    }

    /// The caller whom the API knows them as, in this mode.
    pub(super) fn caller(&self, desk: &Desk, mode: Mode) -> Option<Caller> {
        self.known.as_ref()?.caller(mode, self.origin.clone(), desk.app.ids.new_id("req"))
    }

    /// Where somebody is sent who may not see a page yet: to sign in, or to choose for whom they work.
    pub(super) fn sent_away(&self) -> Response {
        match &self.known {
            None => Redirect::to("/console/sign-in").into_response(),
            Some(_) => Redirect::to("/console/merchants").into_response(),
        }
    }
}

/// Whether a person asks. Following news and making rows anew is what an open page does by itself: browsers say of it that nothing is to
/// be shown (Fetch Metadata, section 2.1), and it keeps no session alive.
fn is_use(parts: &Parts) -> bool {
    !parts.uri.path().ends_with(NEWS_PATH) && text(&parts.headers, "sec-fetch-dest") != Some("empty")
}

/// Refuses a form that no page of ours sent.
pub(super) fn must_be_own(headers: &HeaderMap) -> Result<(), Problem> {
    if sites::is_own(headers) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::Forbidden,
        "Another site's page sent this, or an old one. Open the console and do it there.",
    ))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
