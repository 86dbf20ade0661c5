//! The Facebook Messenger double: pages that people write to, the 24-hour window and what is left after it, at what stands for
//! `graph.facebook.com`. It must not know what a page sells.
//!
//! Left out, because nothing of ours uses them: pictures and files, reactions, handing threads over by calls, profiles of
//! people, the cap on one thread (its size is not published), `appsecret_proof`.

mod rules;
mod templates;

use axum::Router;
use serde::Deserialize;

use crate::graph::{Chats, Door, Opening, routes as graph_routes};
use crate::sender::Sender;
use crate::{Clock, Settings};

/// A page and its app, as the sandbox's settings name it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Id of the page.
    pub page: String,
    /// Its name.
    #[serde(default = "name")]
    pub name: String,
    /// The page access token, which has no end.
    pub token: String,
    /// Id of the app that writes for it. Several pages may have the same.
    pub app: String,
    /// The app's secret, which signs webhooks. The first page of an app decides.
    pub app_secret: String,
    /// Permissions beyond `pages_messaging` and `pages_manage_metadata`: `page_utility_messaging`, `human_agent`.
    #[serde(default)]
    pub permissions: Vec<String>,
}

fn name() -> String {
    "Sandbox shop".to_owned()
}

impl From<Page> for Opening {
    fn from(page: Page) -> Self {
        Self {
            id: page.page,
            page: None,
            name: page.name,
            door: Door::Facebook,
            token: page.token,
            life_ms: None,
            app: page.app,
            app_secret: page.app_secret,
            other_secret: None,
            permissions: page.permissions,
        }
    }
}

/// A page, for a sandbox that is not told of any: nothing in it is a secret.
pub(crate) fn made_up() -> Vec<Page> {
    vec![Page {
        page: "300000000000011".to_owned(),
        name: name(),
        token: "EAA-sandbox-messenger-token".to_owned(),
        app: "300000000000012".to_owned(),
        app_secret: "sandbox-messenger-app-secret".to_owned(),
        permissions: ["page_utility_messaging", "human_agent"].map(str::to_owned).to_vec(),
    }]
}

/// The double, with the pages of the settings.
pub(crate) fn start(settings: &Settings, clock: Clock, sender: Sender) -> Chats {
    let pages = settings.messenger.iter().cloned().map(Opening::from);
    Chats::new(&rules::Rules, pages.collect(), clock, sender)
}

/// What stands for `graph.facebook.com`.
pub(crate) fn routes(chats: Chats) -> Router {
    graph_routes(chats, Door::Facebook)
}
