//! `setWebhook`, `getWebhookInfo` and `deleteWebhook`: where updates go and which. It must not know what is in them.

use serde_json::{Value, json};
use url::Url;

use super::State;
use super::api::{Parameters, Refusal, flag, integer, text};
use crate::is_loopback;

/// Ports that Telegram calls.
const PORTS: [u16; 4] = [443, 80, 88, 8443];
const LONGEST_SECRET: usize = 256;

pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    /// Kinds of updates wanted; `None` stands for all the usual ones.
    pub(super) allowed: Option<Vec<String>>,
    max_connections: i64,
    /// When a delivery failed last, and why.
    pub(super) last_error: Option<(i64, String)>,
    /// Since when every answer has been 410.
    pub(super) gone_since: Option<i64>,
}

impl State {
    pub(super) fn set_webhook(&mut self, parameters: &Parameters, _now: i64) -> Result<Value, Refusal> {
        let url = text(parameters, "url").unwrap_or_default();
        if url.is_empty() {
            return Ok(self.delete_webhook(parameters));
        }
        check_url(&url)?;
        let secret = text(parameters, "secret_token").filter(|secret| !secret.is_empty());
        if let Some(secret) = &secret {
            if secret.len() > LONGEST_SECRET {
                return Err(Refusal::bad_request("secret token is too long"));
            }
            if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
                return Err(Refusal::bad_request("secret token contains unallowed characters"));
            }
        }
        let allowed = match parameters.get("allowed_updates") {
            None | Some(Value::Null) => self.webhook.take().and_then(|webhook| webhook.allowed),
            Some(Value::Array(names)) if names.iter().all(Value::is_string) => {
                let names: Vec<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                (!names.is_empty()).then_some(names)
            }
            Some(_) => return Err(Refusal::bad_request("can't parse allowed updates")),
        };
        if flag(parameters, "drop_pending_updates") {
            self.updates.clear();
        }
        let max_connections = integer(parameters, "max_connections").unwrap_or(40).clamp(1, 100);
        self.webhook = Some(Webhook { url, secret, allowed, max_connections, last_error: None, gone_since: None });
        Ok(json!(true))
    }

    pub(super) fn delete_webhook(&mut self, parameters: &Parameters) -> Value {
        if flag(parameters, "drop_pending_updates") {
            self.updates.clear();
        }
        self.webhook = None;
        json!(true)
    }

    pub(super) fn webhook_info(&self) -> Value {
        let mut info = json!({
            "url": self.webhook.as_ref().map_or("", |webhook| &webhook.url),
            "has_custom_certificate": false,
            "pending_update_count": self.updates.len(),
        });
        if let Some(webhook) = &self.webhook {
            info["max_connections"] = webhook.max_connections.into();
            if let Some(allowed) = &webhook.allowed {
                info["allowed_updates"] = json!(allowed);
            }
            if let Some((at, message)) = &webhook.last_error {
                info["last_error_date"] = at.div_euclid(1000).into();
                info["last_error_message"] = message.as_str().into();
            }
        }
        info
    }
}

/// https on one of four ports. Plain HTTP and any port on loopback is the double's one exception.
fn check_url(text: &str) -> Result<(), Refusal> {
    let url = Url::parse(text).map_err(|_| Refusal::bad_request("bad webhook: invalid URL"))?;
    if is_loopback(&url) && matches!(url.scheme(), "http" | "https") {
        return Ok(());
    }
    if url.scheme() != "https" {
        return Err(Refusal::bad_request("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if !PORTS.contains(&url.port_or_known_default().unwrap_or(443)) {
        return Err(Refusal::bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
    }
    Ok(())
}
