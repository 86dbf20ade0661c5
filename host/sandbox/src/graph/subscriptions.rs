//! `/{app}/subscriptions`: where an app's webhooks go, and of which fields. The same for every messenger of Meta's. It must not know
//! what the webhooks say.
//!
//! Source: "Application Subscriptions" of the Graph API. The token is the app's, `{id}|{secret}`.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::handshake::{Wanted, read_callback};
use super::hooks::App;
use super::{Asked, Refusal, State, VERSIONS};

/// What a call of this edge comes to.
pub(crate) enum Subscription {
    /// It is done.
    Done(Value),
    /// First the address has to prove that it wants the webhooks.
    Prove(Wanted),
}

impl App {
    /// Does what is asked of the app `id`, which hears of `object`.
    pub(crate) fn subscriptions(
        &mut self,
        id: &str,
        object: &str,
        fields: &[&str],
        asked: &Asked,
    ) -> Result<Subscription, Refusal> {
        let token = asked.token.as_deref().ok_or_else(Refusal::no_token)?;
        let secrets = [Some(&self.secret), self.other_secret.as_ref()];
        if !secrets.into_iter().flatten().any(|secret| token == format!("{id}|{secret}")) {
            return Err(if token.contains('|') { Refusal::unparsable_token() } else { Refusal::not_an_app() });
        }
        let named = asked.text("object");
        if let Some(other) = named.as_ref().filter(|named| *named != object) {
            return Err(Refusal::one_of("object", &[&object.to_uppercase()], other));
        }
        match asked.method {
            Method::GET => Ok(Subscription::Done(self.listed(object))),
            Method::POST => {
                named.ok_or_else(|| Refusal::required("object"))?;
                let url = asked.text("callback_url").ok_or_else(|| Refusal::required("callback_url"))?;
                let url = read_callback("callback_url", &url)?;
                let verify_token = asked.text("verify_token").ok_or_else(|| Refusal::required("verify_token"))?;
                let fields = read_fields(asked, "fields", fields)?;
                Ok(Subscription::Prove(Wanted { url, verify_token, fields }))
            }
            Method::DELETE => {
                self.hook = None;
                Ok(Subscription::Done(json!({"success": true})))
            }
            _ => Err(asked.unsupported()),
        }
    }

    fn listed(&self, object: &str) -> Value {
        let version = VERSIONS[VERSIONS.len() - 1];
        let listed = self.hook.iter().map(|hook| {
            let fields: Vec<Value> = hook.fields.iter().map(|name| json!({"name": name, "version": version})).collect();
            json!({"object": object, "callback_url": hook.url, "active": !hook.disabled, "fields": fields})
        });
        json!({"data": listed.collect::<Vec<_>>()})
    }
}

impl State {
    /// `/{app}/subscriptions`; `None`: it is another call.
    pub(super) fn subscriptions(&mut self, asked: &Asked) -> Option<Result<(String, Subscription), Refusal>> {
        let [id, edge] = asked.path.as_slice() else { return None };
        if edge != "subscriptions" {
            return None;
        }
        let (object, fields) = (self.habits.object(), self.habits.fields());
        let Some(app) = self.apps.get_mut(id) else { return Some(Err(asked.unsupported())) };
        let done = app.subscriptions(id, object, fields, asked);
        Some(done.map(|done| (id.clone(), done)))
    }
}

/// A list of fields: words with commas between, or a JSON array.
pub(super) fn read_fields(asked: &Asked, name: &str, known: &[&str]) -> Result<BTreeSet<String>, Refusal> {
    let words: Vec<String> = match asked.parameters.get(name) {
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(words)) => words.split(',').map(|word| word.trim().to_owned()).collect(),
        _ => return Err(Refusal::required(name)),
    };
    match words.iter().enumerate().find(|(_, word)| !known.contains(&word.as_str())) {
        Some((index, word)) => Err(Refusal::one_of(&format!("{name}[{index}]"), known, word)),
        None if words.is_empty() => Err(Refusal::required(name)),
        None => Ok(words.into_iter().collect()),
    }
}
