//! What people do at the ERP, as the board and scripts say it in JSON. It must not know what becomes of it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Erp, Order};

/// Something that a person does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    /// A clerk enters an order: `order.created` goes to Kamurj.
    Order(Order),
    /// A clerk withdraws an order: `order.cancelled`, with a reason.
    Cancel(Cancel),
    /// Any other message.
    Send(Send),
    /// A message goes out once more, under its own id, at once.
    Again(Again),
    /// An administrator says where Kamurj is, and what the ERP signs with.
    Kamurj(Kamurj),
    /// An administrator makes an endpoint, or gives one other keys.
    Endpoint(NewEndpoint),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancel {
    order_id: String,
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Send {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    id: String,
    #[serde(default = "once")]
    copies: usize,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kamurj {
    url: String,
    keys: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    name: String,
    keys: Vec<String>,
}

/// More than so many copies at once help no story.
const MOST_COPIES: usize = 50;

fn once() -> usize {
    1
}

impl std::fmt::Debug for Kamurj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kamurj").field("url", &self.url).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewEndpoint").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Erp {
    /// Does it, or says what is wrong.
    pub(crate) async fn act(&self, act: Act) -> Result<Value, String> {
        let sent = |sent: Result<String, super::CannotSend>| match sent {
            Ok(id) => Ok(json!({"id": id})),
            Err(why) => Err(why.to_string()),
        };
        match act {
            Act::Order(order) => sent(self.order(&order)),
            Act::Cancel(Cancel { order_id, reason }) => sent(self.cancel(&order_id, &reason)),
            Act::Send(Send { kind, data }) => sent(self.send(&kind, &data)),
            Act::Again(Again { id, copies }) => {
                if !(1..=MOST_COPIES).contains(&copies) {
                    return Err(format!("copies: 1 to {MOST_COPIES}"));
                }
                if !self.view().sent.iter().any(|message| message.id == id) {
                    return Err("id: no such message".to_owned());
                }
                Ok(json!({"statuses": self.send_at_once(&id, copies).await}))
            }
            Act::Kamurj(Kamurj { url, keys }) => {
                self.set_kamurj_keys(&url, &keys).map_err(|why| why.to_string())?;
                Ok(json!({"ok": true}))
            }
            Act::Endpoint(NewEndpoint { name, keys }) => {
                self.set_endpoint(&name, &keys).map_err(|why| why.to_string())?;
                Ok(json!({"ok": true}))
            }
        }
    }
}
