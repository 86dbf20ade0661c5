//! Calls that set an account up: the app's subscription to it, and what a person can begin a chat with. It must not know how
//! events travel.

use axum::http::Method;
use serde_json::{Value, json};

use super::subscriptions::read_fields;
use super::{Answer, Asked, Chats, Refusal, State};

/// Most ice breakers of an account ("Ice Breakers").
const MOST_ICE_BREAKERS: usize = 4;

impl Chats {
    /// What an account's owner does in the App Dashboard: subscribes the account's app to it, with every field there is.
    pub fn subscribe(&self, account: &str) {
        self.with(|state, _| {
            let fields = state.habits.fields().iter().map(|field| (*field).to_owned()).collect();
            if let Some(account) = state.accounts.get_mut(account) {
                account.subscribed = fields;
            }
        });
    }
}

impl State {
    /// `/{account}/subscribed_apps`.
    pub(super) fn subscribed_apps(&mut self, account: &str, asked: &Asked) -> Answer {
        let fields = self.habits.fields();
        let Some(house) = self.accounts.get_mut(account) else { return Err(asked.unsupported()) };
        match asked.method {
            Method::GET => {
                let subscribed: Vec<_> = house.subscribed.iter().collect();
                let app = json!({"id": house.app, "subscribed_fields": subscribed});
                Ok(json!({"data": if house.subscribed.is_empty() { json!([]) } else { json!([app]) }}))
            }
            Method::POST => {
                house.subscribed = read_fields(asked, "subscribed_fields", fields)?;
                Ok(json!({"success": true}))
            }
            Method::DELETE => {
                house.subscribed.clear();
                Ok(json!({"success": true}))
            }
            _ => Err(asked.unsupported()),
        }
    }

    /// `/{account}/messenger_profile`: of its many properties `get_started` and `ice_breakers`.
    pub(super) fn profile(&mut self, account: &str, asked: &Asked) -> Answer {
        let Some(house) = self.accounts.get_mut(account) else { return Err(asked.unsupported()) };
        match asked.method {
            Method::GET => {
                let mut profile = json!({});
                if let Some(payload) = &house.get_started {
                    profile["get_started"] = json!({"payload": payload});
                }
                if !house.ice_breakers.is_empty() {
                    let breakers = house.ice_breakers.iter();
                    let breakers: Vec<_> =
                        breakers.map(|(question, payload)| json!({"question": question, "payload": payload})).collect();
                    profile["ice_breakers"] = json!(breakers);
                }
                Ok(json!({"data": [profile]}))
            }
            Method::POST => {
                let get_started = asked.parameters.get("get_started");
                let ice_breakers = asked.parameters.get("ice_breakers");
                if get_started.is_none() && ice_breakers.is_none() {
                    return Err(Refusal::parameter("You must set at least one property: get_started, ice_breakers"));
                }
                if let Some(started) = get_started {
                    let payload = started["payload"].as_str().unwrap_or_default();
                    if payload.is_empty() {
                        return Err(Refusal::empty("get_started[payload]"));
                    }
                    house.get_started = Some(payload.to_owned());
                }
                if let Some(breakers) = ice_breakers {
                    house.ice_breakers = read_ice_breakers(breakers)?;
                }
                Ok(json!({"result": "success"}))
            }
            Method::DELETE => {
                let fields = asked.parameters.get("fields").map(Value::to_string).unwrap_or_default();
                if fields.contains("get_started") {
                    house.get_started = None;
                }
                if fields.contains("ice_breakers") {
                    house.ice_breakers.clear();
                }
                Ok(json!({"result": "success"}))
            }
            _ => Err(asked.unsupported()),
        }
    }
}

fn read_ice_breakers(list: &Value) -> Result<Vec<(String, String)>, Refusal> {
    // Newer calls put them one level deeper, by language; both forms are taken.
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let list = match list.first().and_then(|first| first["call_to_actions"].as_array()) {
        Some(actions) => actions.as_slice(),
        None => list,
    };
    if list.len() > MOST_ICE_BREAKERS {
        return Err(Refusal::too_many("ice_breakers"));
    }
    let read = |(index, one): (usize, &Value)| match (one["question"].as_str(), one["payload"].as_str()) {
        (Some(question), Some(payload)) if !question.is_empty() && !payload.is_empty() => {
            Ok((question.to_owned(), payload.to_owned()))
        }
        _ => Err(Refusal::empty(&format!("ice_breakers[{index}]"))),
    };
    list.iter().enumerate().map(read).collect()
}
