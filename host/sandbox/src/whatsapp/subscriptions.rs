//! Where webhooks go: the app's callback, an account's override of it, and whether the app is subscribed to the account at all.
//! Without that subscription nothing is ever sent, and there is nothing to override ("Webhooks", "Webhook overrides"). It must not know
//! what webhooks say.

use axum::http::Method;
use serde_json::{Value, json};

use super::api::Done;
use super::fields::{Fields, required, text};
use super::{State, WhatsApp};
use crate::graph::{Asked, Refusal, Subscription, Wanted, read_callback};

/// `object` of its webhooks.
pub(super) const OBJECT: &str = "whatsapp_business_account";
/// What an app can subscribe to ("Webhooks", of the WhatsApp Business Platform); this double tells of `messages` alone.
const FIELDS: [&str; 6] = [
    MESSAGES,
    "account_update",
    "account_alerts",
    "message_template_status_update",
    "phone_number_quality_update",
    "user_id_update",
];
const MESSAGES: &str = "messages";
/// Longest `override_callback_uri`, in characters ("Webhook overrides").
const LONGEST_OVERRIDE: usize = 200;

/// A callback that somebody wishes for, before it is verified.
pub(super) struct Wish {
    wanted: Wanted,
    /// The account's own callback rather than the app's.
    overrides: bool,
}

impl State {
    /// `/{app}/subscriptions`
    pub(super) fn subscriptions(&mut self, asked: &Asked) -> Result<Done, Refusal> {
        match self.app.subscriptions(&self.account.app_id, OBJECT, &FIELDS, asked)? {
            Subscription::Done(answer) => Ok(Done::Answer(answer)),
            Subscription::Prove(wanted) => Ok(Done::Verify(Wish { wanted, overrides: false })),
        }
    }

    /// `/{account}/subscribed_apps`
    pub(super) fn subscribed_apps(&mut self, asked: &Asked) -> Result<Done, Refusal> {
        match asked.method {
            Method::GET => return Ok(Done::Answer(self.subscribers())),
            Method::POST => return self.subscribe(&asked.parameters),
            Method::DELETE => (self.subscribed, self.override_url) = (false, None),
            _ => return Err(asked.unsupported()),
        }
        Ok(Done::Answer(json!({"success": true})))
    }

    fn subscribe(&mut self, parameters: &Fields) -> Result<Done, Refusal> {
        let Some(url) = text(parameters, "override_callback_uri") else {
            self.subscribed = true;
            // Without the parameter the override is taken away.
            self.override_url = None;
            return Ok(Done::Answer(json!({"success": true})));
        };
        // As integrators quote it (2025): a first call subscribes, a second one overrides.
        if !self.subscribed {
            return Err(Refusal::parameter(
                "Before override the current callback uri, your app must be subscribed to receive messages for WhatsApp \
                 Business Account",
            ));
        }
        if url.chars().count() > LONGEST_OVERRIDE {
            return Err(Refusal::length("override_callback_uri", LONGEST_OVERRIDE));
        }
        let url = read_callback("override_callback_uri", &url)?;
        let verify_token = required(parameters, "verify_token", "verify_token")?;
        let wanted = Wanted { url, verify_token, fields: [MESSAGES.to_owned()].into() };
        Ok(Done::Verify(Wish { wanted, overrides: true }))
    }

    fn subscribers(&self) -> Value {
        let id = &self.account.app_id;
        let mut app = json!({
            "whatsapp_business_api_data": {
                "id": id, "name": "Sandbox app", "link": format!("https://www.facebook.com/games/?app_id={id}"),
            },
        });
        if let Some(url) = &self.override_url {
            app["override_callback_uri"] = url.as_str().into();
        }
        json!({"data": if self.subscribed { vec![app] } else { Vec::new() }})
    }

    /// Where webhooks go now, if anywhere.
    pub(super) fn callback(&self) -> Option<&str> {
        let app = self.app.hook.as_ref().filter(|hook| hook.fields.contains(MESSAGES));
        let url = self.override_url.as_deref().or(app.map(|hook| hook.url.as_str()));
        url.filter(|_| self.subscribed)
    }
}

impl WhatsApp {
    /// What a merchant does in the app's dashboard: sets the callback of the app, with the field `messages`, after it answered the
    /// challenge. With `subscribe` the app is subscribed to the account too, which otherwise takes a call of `subscribed_apps`.
    pub async fn set_webhook(&self, url: &str, verify_token: &str, subscribe: bool) -> Result<(), String> {
        let unusable = |_| "url: an https address, or one on loopback".to_owned();
        let url = read_callback("url", url).map_err(unusable)?;
        let wanted = Wanted { url, verify_token: verify_token.to_owned(), fields: [MESSAGES.to_owned()].into() };
        let verified = self.verify(Wish { wanted, overrides: false }).await;
        verified.map_err(|refusal| format!("verify_token: {}", refusal.message))?;
        self.with(|state, _| state.subscribed |= subscribe);
        Ok(())
    }

    /// Asks the callback for its challenge and takes it where it answers as it should.
    pub(super) async fn verify(&self, wish: Wish) -> Result<Value, Refusal> {
        let challenge = self.with(|state, _| state.ids.digits());
        wish.wanted.prove(&self.sender, &challenge).await?;
        self.with(|state, _| {
            if wish.overrides {
                state.override_url = Some(wish.wanted.url.into());
            } else {
                state.app.hook = Some(wish.wanted.hook());
            }
        });
        Ok(json!({"success": true}))
    }
}
