//! The Instagram Direct double, in both of its variants: with Instagram's login at what stands for `graph.instagram.com`, whose
//! tokens end after sixty days, and through a page at what stands for `graph.facebook.com`. It must not know what an account sells.
//!
//! Left out, because nothing of ours uses them: pictures and stories, reactions, private answers to comments, the exchange of
//! short tokens, profiles of people, `appsecret_proof`.

mod refresh;
mod rules;

use axum::Router;
use serde::Deserialize;

use crate::graph::{Chats, DAY_MS, Door, Opening, routes as graph_routes};
use crate::sender::Sender;
use crate::{Clock, Settings};

/// How long a long-lived token lives ("Refresh access token").
pub(crate) const TOKEN_LIFE_MS: i64 = 60 * DAY_MS;

/// A professional account and its app, as the sandbox's settings name it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Professional {
    /// Id of the account, the one in webhooks.
    pub account: String,
    /// Its username.
    #[serde(default = "username")]
    pub username: String,
    /// A long-lived token, issued when the sandbox starts; with `page`, a page access token, which has no end.
    pub token: String,
    /// Id of the app that writes for it.
    pub app: String,
    /// The secret that signs webhooks: Instagram's, or with `page` the Facebook app's.
    pub app_secret: String,
    /// The same app's other secret, for the fault `other_secret`.
    pub other_secret: Option<String>,
    /// The page that the account belongs to, where it is reached through one.
    pub page: Option<String>,
    /// Permissions beyond messaging: `human_agent`.
    #[serde(default)]
    pub permissions: Vec<String>,
}

fn username() -> String {
    "sandbox.shop".to_owned()
}

impl From<Professional> for Opening {
    fn from(account: Professional) -> Self {
        let by_page = account.page.is_some();
        Self {
            id: account.account,
            page: account.page,
            name: account.username,
            door: if by_page { Door::Facebook } else { Door::Instagram },
            token: account.token,
            life_ms: (!by_page).then_some(TOKEN_LIFE_MS),
            app: account.app,
            app_secret: account.app_secret,
            other_secret: account.other_secret,
            permissions: account.permissions,
        }
    }
}

/// Two accounts, for a sandbox that is not told of any: nothing in them is a secret.
pub(crate) fn made_up() -> Vec<Professional> {
    let by_login = Professional {
        account: "17840000000000021".to_owned(),
        username: username(),
        token: "IGAA-sandbox-instagram-token".to_owned(),
        app: "300000000000022".to_owned(),
        app_secret: "sandbox-instagram-app-secret".to_owned(),
        other_secret: Some("sandbox-instagram-facebook-secret".to_owned()),
        page: None,
        permissions: vec!["human_agent".to_owned()],
    };
    let by_page = Professional {
        account: "17840000000000031".to_owned(),
        username: "sandbox.page".to_owned(),
        token: "EAA-sandbox-instagram-page-token".to_owned(),
        app: "300000000000033".to_owned(),
        app_secret: "sandbox-instagram-page-app-secret".to_owned(),
        page: Some("300000000000032".to_owned()),
        ..by_login.clone()
    };
    vec![by_login, by_page]
}

/// The double, with the accounts of the settings.
pub(crate) fn start(settings: &Settings, clock: Clock, sender: Sender) -> Chats {
    let accounts = settings.instagram.iter().cloned().map(Opening::from);
    Chats::new(&rules::Rules, accounts.collect(), clock, sender)
}

/// What stands for `graph.instagram.com`.
pub(crate) fn routes(chats: Chats) -> Router {
    graph_routes(chats, Door::Instagram)
}

/// What stands for `graph.facebook.com`, of which an account with a page is a part.
pub(crate) fn page_routes(chats: Chats) -> Router {
    graph_routes(chats, Door::Facebook)
}
