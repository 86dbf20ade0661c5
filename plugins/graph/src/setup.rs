//! The two subscriptions without which Meta tells nothing: the account's to the app, and the app's to an address. Making them sends no
//! message. It must not know the messenger.
//!
//! Sources: "Subscribed Apps" of a page, "Application Subscriptions" of the Graph API; the latter takes the app's own token.

use kamurj_sdk::{Finding, Host, Outcome, Request, secret};
use serde_json::{Value, json};

use crate::client::Graph;

/// The account's subscription to the app.
#[derive(Debug, Clone, Copy)]
pub struct Subscription<'a> {
    /// The account, as paths name it.
    pub account: &'a str,
    /// What the plugin has to be told of.
    pub fields: &'a [&'a str],
    /// The app, where the settings name it.
    pub app: Option<&'a str>,
}

/// Where the app's events go.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The app, where the settings name it.
    pub app: Option<&'a str>,
    /// `page` or `instagram`.
    pub object: &'a str,
    /// What the app has to be told of.
    pub fields: &'a [&'a str],
    /// The address of this installation.
    pub url: &'a str,
    /// Names of the secrets: the app's, and the one that Meta repeats when it asks the address.
    pub secrets: (&'a str, &'a str),
}

impl Subscription<'_> {
    /// Subscribes the account unless it is, or only looks.
    pub fn connect<H: Host>(&self, graph: &Graph<'_, H>, only_look: bool) -> Result<Finding, Outcome> {
        let missing = self.missing(graph)?;
        if missing.is_empty() {
            return Ok(Finding::ok("subscription", "The account tells the app everything that is needed."));
        }
        if only_look {
            let text = format!("The account does not tell the app of: {}.", missing.join(", "));
            return Ok(Finding::missing("subscription", &text));
        }
        let path = format!("{}/subscribed_apps?subscribed_fields={}", self.account, self.fields.join(","));
        match graph.call(&path, &json!({}), "subscribe").map_err(Outcome::from) {
            Ok(_) => {}
            Err(refused) if refused.kind == "bad-request" => {
                return Ok(Finding::wrong(
                    "subscription",
                    &format!("Meta refused the subscription: {}", refused.message),
                ));
            }
            Err(outcome) => return Err(outcome),
        }
        let missing = self.missing(graph)?;
        Ok(if missing.is_empty() {
            Finding::made("subscription", "The account now tells the app everything that is needed.")
        } else {
            let text = format!(
                "Meta took the subscription and does not name: {}. Look again in a minute.",
                missing.join(", ")
            );
            Finding::wrong("subscription", &text)
        })
    }

    fn missing<H: Host>(&self, graph: &Graph<'_, H>) -> Result<Vec<&str>, Outcome> {
        let answer = graph.ask(&format!("{}/subscribed_apps", self.account))?;
        let apps = answer["data"].as_array().map_or(&[][..], Vec::as_slice);
        let own = apps.iter().filter(|app| self.app.is_none_or(|own| app["id"] == own));
        let told: Vec<&Value> = own.filter_map(|app| app["subscribed_fields"].as_array()).flatten().collect();
        Ok(self.fields.iter().copied().filter(|field| !told.iter().any(|told| *told == field)).collect())
    }
}

impl Callback<'_> {
    /// Sets the address unless it is as it should be, or only looks. What keeps it from being seen is a finding and no failure, for it
    /// can be entered by hand.
    pub fn connect<H: Host>(&self, graph: &Graph<'_, H>, only_look: bool) -> Finding {
        let Some(app) = self.app else {
            return self.by_hand("The settings name no `app_id`, so the address cannot be looked at.");
        };
        let before = match self.told(graph, app) {
            Ok(before) => before,
            Err(outcome) => return self.by_hand(&format!("The address could not be looked at: {}.", outcome.message)),
        };
        if self.is_set(&before) {
            return Finding::ok("webhook", "Meta sends the app's events to this installation.");
        }
        if only_look {
            return match before["callback_url"].as_str() {
                None => Finding::missing("webhook", "Meta sends the app's events nowhere yet."),
                Some(url) if url == self.url => Finding::wrong(
                    "webhook",
                    "Meta leaves out events that are needed, or has switched the address off.",
                ),
                Some(_) => Finding::wrong("webhook", "Meta sends the app's events to another address."),
            };
        }
        let (_, verify_token) = self.secrets;
        let body = json!({
            "object": self.object,
            "callback_url": self.url,
            "fields": self.fields.join(","),
            "verify_token": secret(verify_token),
        });
        let request = Request::post_json(address(graph, app), &body).secret_in_body("/verify_token", verify_token);
        let set = graph.answer(&self.proven(request, app).step("set-webhook"));
        if let Err(outcome) = set.map_err(Outcome::from) {
            return Finding::wrong("webhook", &format!("Meta refused {}: {}", self.url, outcome.message));
        }
        match self.told(graph, app) {
            Ok(now) if self.is_set(&now) => {
                Finding::made("webhook", "Meta now sends the app's events to this installation.")
            }
            _ => Finding::wrong("webhook", "Meta took the address and does not name it: look again in a minute."),
        }
    }

    fn told<H: Host>(&self, graph: &Graph<'_, H>, app: &str) -> Result<Value, Outcome> {
        let answer = graph.answer(&self.proven(Request::get(address(graph, app)), app))?;
        let all = answer["data"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(all.iter().find(|one| one["object"] == self.object).cloned().unwrap_or(Value::Null))
    }

    fn is_set(&self, told: &Value) -> bool {
        let named = told["fields"].as_array().map_or(&[][..], Vec::as_slice);
        // Each is an object with a name, and in older versions the name alone.
        let has = |field: &&str| named.iter().any(|one| one == field || one["name"] == *field);
        told["callback_url"] == self.url && told["active"] != false && self.fields.iter().all(has)
    }

    fn proven(&self, request: Request, app: &str) -> Request {
        let (app_secret, _) = self.secrets;
        let bearer = format!("Bearer {app}|{}", secret(app_secret));
        request.header("authorization", &bearer).secret_in_header("authorization", app_secret)
    }

    fn by_hand(&self, why: &str) -> Finding {
        let (_, verify_token) = self.secrets;
        let text = format!(
            "{why} In the app's dashboard, under Webhooks, object {}: enter the callback URL {} with the verify token that is entered \
             here as `{verify_token}`, and subscribe to {}.",
            self.object,
            self.url,
            self.fields.join(", "),
        );
        Finding::unknown("webhook", &text)
    }
}

fn address<H: Host>(graph: &Graph<'_, H>, app: &str) -> String {
    graph.url(&format!("{app}/subscriptions"))
}
