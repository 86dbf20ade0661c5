//! What operators do is kept as a chain of entries. What was done is kept in the transaction that did it; what was refused, by itself.
//! No secret and no customer's name is in an entry.

use crate::app::App;
use kamurj_store::audit_log::NewAct;
use kamurj_store::merchants::Caller;
use serde_json::{Map, Value, json};

/// Members of a request that say something secret: what was in them is left out.
const SECRET: [&str; 6] = ["secrets", "password", "code", "token", "key", "authorization"];

/// Longest particulars of an entry, in bytes.
const MOST: usize = 8 * 1024;

/// The particulars of a request: its body without what is secret.
#[derive(Debug, Clone)]
pub(crate) struct Detail(String);

impl Detail {
    /// Of a body.
    pub(crate) fn of(body: &[u8]) -> Self {
        let told = match serde_json::from_slice::<Value>(body) {
            Ok(mut told @ Value::Object(_)) => {
                hide(&mut told);
                kamurj_access::mask::mask_json(&mut told);
                told
            }
            _ if body.is_empty() => json!({}),
            _ => json!({ "bytes": body.len() }),
        };
        let text = told.to_string();
        if text.len() <= MOST { Self(text) } else { Self(json!({ "bytes": body.len() }).to_string()) }
    }

    /// Of something that has no body.
    pub(crate) fn none() -> Self {
        Self("{}".to_owned())
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if SECRET.contains(&name.as_str()) {
                    *member = names(member);
                } else {
                    hide(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

/// Which secrets were entered, without them.
fn names(secret: &Value) -> Value {
    match secret {
        Value::Object(members) => {
            Value::Object(members.keys().map(|name| (name.clone(), "•".into())).collect::<Map<_, _>>())
        }
        Value::Null => Value::Null,
        _ => "•".into(),
    }
}

/// The entry for what an operator did, or was refused; `None` for API keys, whose work the journal tells.
pub(crate) fn entry(
    app: &App,
    caller: &Caller,
    (action, target): (&str, &str),
    (outcome, status): (&'static str, u16),
    detail: Detail,
) -> Option<NewAct> {
    let session = caller.session.as_ref()?;
    Some(NewAct {
        merchant_id: caller.merchant_id.clone(),
        at: app.now(),
        actor: caller.key_id.clone(),
        role: caller.role.clone(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome,
        status: i64::from(status),
        origin: session.origin.clone(),
        request_id: session.request_id.clone(),
        detail: detail.0,
    })
}

#[cfg(test)]
mod tests {
    use super::Detail;

    #[test]
    fn what_is_secret_or_a_customers_is_not_in_an_entry() {
        let body = br#"{"settings":{"url":"x"},"secrets":{"api_token":"canary-1"},"customer":{"phone":"+37491234567"},"deep":[{"password":"canary-2"}]}"#;
        let Detail(told) = Detail::of(body);
        assert!(told.contains("api_token") && told.contains("\"url\":\"x\""), "{told}");
        for gone in ["canary-1", "canary-2", "91234567"] {
            assert!(!told.contains(gone), "{told}");
        }
        assert_eq!(Detail::of(&[0, 1, 2]).0, "{\"bytes\":3}");
        assert_eq!(Detail::of(b"").0, "{}");
    }
}
