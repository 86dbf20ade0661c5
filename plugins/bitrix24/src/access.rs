//! The two ways into a portal: an inbound webhook, whose secret stands in the path, and an app that was connected, whose token stands
//! in the body. It must not know any method, and never sees either secret.

use kamurj_sdk::{Host, Outcome, Request, secret};
use serde_json::{Value, json};

use crate::settings::Settings;

/// The secret of an inbound webhook.
const WEBHOOK: &str = "webhook_secret";
/// The connection of an app.
const APP: &str = "portal_app";

/// How this installation gets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// By the inbound webhook of the user with this number.
    Webhook(String),
    /// As an app, on behalf of whoever connected it.
    App,
}

impl Access {
    /// What is available, the app first: whoever connected one has done so after the webhook was there.
    pub(crate) fn of(host: &impl Host, settings: &Settings) -> Result<Self, Outcome> {
        if host.has_secret(APP) {
            return Ok(Self::App);
        }
        if !host.has_secret(WEBHOOK) {
            let message =
                "enter the secret of an inbound webhook (`webhook_secret`), or connect the app (`portal_app`)";
            return Err(Outcome::auth_needed("no-access", message));
        }
        let message = "`user_id` is missing: enter the number that stands after /rest/ in the webhook's address";
        let missing = || Outcome::bad_request("user_id", message).whole_connection();
        settings.user_id.clone().map(Self::Webhook).ok_or_else(missing)
    }

    /// A call of the method, at the address of REST 3.0 where `is_new`.
    pub(crate) fn request(&self, portal: &str, method: &str, body: &Value, is_new: bool) -> Request {
        let portal = portal.trim_end_matches('/');
        let rest = if is_new { "rest/api" } else { "rest" };
        let request = match self {
            Self::Webhook(user) => {
                Request::post_json(format!("{portal}/{rest}/{user}/{}/{method}", secret(WEBHOOK)), body)
                    .secret_in_path(WEBHOOK)
            }
            Self::App => {
                let mut body = body.clone();
                if let Some(body) = body.as_object_mut() {
                    body.insert("auth".to_owned(), json!(secret(APP)));
                }
                Request::post_json(format!("{portal}/{rest}/{method}"), &body).secret_in_body("/auth", APP)
            }
        };
        request.header("user-agent", "Kamurj")
    }
}
