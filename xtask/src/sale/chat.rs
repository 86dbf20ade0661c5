//! The sale's beginning: the customer writes to the bot, picks the first item and gets a link.

use serde_json::{Value, json};

use super::seen::{buttons, number, said, word};
use super::{CUSTOMER, Link, PRICE_SHOWN, Sale};
use crate::markup::text;
use crate::say::step;

impl Sale<'_> {
    pub(super) fn customer_gets_a_link(&self) -> Result<Link, String> {
        step("the customer writes /start to the bot", || {
            let said = self.play("chat/say", &said("/start"))?;
            Ok(((), format!("message {}, update {}", said["message_id"], said["update_id"])))
        })?;
        let (message_id, item) = step("the bot sends its catalogue", || {
            let (id, items) = self.patience.until("a message whose buttons are items", || self.catalogue())?;
            let first = items.first().ok_or("the message has no button")?;
            let detail = format!("message {id} with {} items, the first {}", items.len(), word(first, "text"));
            Ok(((id, word(first, "data").to_owned()), detail))
        })?;
        step("the customer picks the first item", || {
            let press = json!({ "chat": CUSTOMER, "message_id": message_id, "data": item });
            let pressed = self.play("chat/press", &press)?;
            Ok(((), format!("{item}, update {}", pressed["update_id"])))
        })?;
        step("the bot sends the payment link", || {
            let link = self.patience.until("a message with a button that is a link", || self.link())?;
            if !link.url.starts_with(&format!("{}/p/", self.stack.server_url)) {
                return Err(format!("expected a link to {}/p/…, saw {}", self.stack.server_url, link.url));
            }
            let detail = format!("message {}, {}", link.message_id, link.url);
            Ok((link, detail))
        })
    }

    fn catalogue(&self) -> Result<(i64, Vec<Value>), String> {
        let state = self.state()?;
        let messages = state.bot_messages();
        let found =
            messages.iter().rev().find(|message| buttons(message).iter().any(|button| button["data"].is_string()));
        let message = found.ok_or_else(|| format!("{} messages of the bot{}", messages.len(), state.bot_trouble()))?;
        Ok((number(message, "message_id")?, buttons(message).into_iter().cloned().collect()))
    }

    fn link(&self) -> Result<Link, String> {
        let state = self.state()?;
        let messages = state.bot_messages();
        for message in messages.iter().rev() {
            if let Some(button) = buttons(message).into_iter().find(|button| button["url"].is_string()) {
                if !text(word(message, "text")).contains(PRICE_SHOWN) {
                    return Err(format!("a message that does not say {PRICE_SHOWN}: {}", message["text"]));
                }
                return Ok(Link { message_id: number(message, "message_id")?, url: word(button, "url").to_owned() });
            }
        }
        Err(format!("{} messages of the bot{}", messages.len(), state.bot_trouble()))
    }
}
