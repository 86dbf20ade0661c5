//! A small double of the Bot API and the shop around it: chats that are started or blocked, message numbers per chat,
//! the refusals that the service makes, and faults on demand. It must not share code with the plugin.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use kamurj_plugin_telegram::Telegram;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Channel, Delivery, Failure, Outcome, Payment, Request, Response};
use serde_json::{Value, json};

/// The customer's chat: wider than 32 bits.
pub(crate) const ANI: i64 = 5_550_001_234;
/// The manager's chat.
pub(crate) const MANAGER: i64 = 7_770_001;

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The effect happens, the answer is cut.
    DropReply,
    /// Nothing leaves the machine.
    NotSent,
    /// 429 with the wait in the body.
    Limit,
    /// 500 without an effect.
    Break,
}

/// One message of the bot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) buttons: Value,
    pub(crate) edits: u32,
}

/// The service's side.
#[derive(Default)]
pub(crate) struct BotApi {
    pub(crate) messages: BTreeMap<(i64, i64), Message>,
    pub(crate) blocked: Vec<i64>,
    pub(crate) moved: Option<(i64, i64)>,
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) notes: Vec<Value>,
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    pub(crate) revoked: bool,
}

impl BotApi {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        assert_eq!(request.method, "POST");
        let method = request
            .url
            .strip_prefix("https://api.telegram.org/bot{{secret:bot_token}}/")
            .unwrap_or_else(|| panic!("a strange address: {}", request.url))
            .to_owned();
        assert!(request.step.is_some(), "every call here changes something");
        let body: Value = serde_json::from_slice(request.body.as_ref().expect("a body")).expect("JSON");
        let fault = match self.faults.front() {
            Some((at, fault)) if *at == method => {
                let fault = *fault;
                self.faults.pop_front();
                Some(fault)
            }
            _ => None,
        };
        let refuse = |code: u16, text: &str| (code, json!({ "ok": false, "error_code": code, "description": text }));
        let (status, answer) = match fault {
            Some(Fault::NotSent) => return Err(testing::failure("not-sent")),
            Some(Fault::Limit) => (
                429,
                json!({ "ok": false, "error_code": 429,
                "description": "Too Many Requests: retry after 3", "parameters": { "retry_after": 3 } }),
            ),
            Some(Fault::Break) => refuse(500, "Internal Server Error"),
            _ if self.revoked => refuse(401, "Unauthorized"),
            _ => match self.act(&method, &body) {
                Ok(result) => (200, json!({ "ok": true, "result": result })),
                Err((code, text)) => {
                    let (code, mut answer) = refuse(code, text);
                    if let Some((_, to)) = self.moved {
                        answer["parameters"] = json!({ "migrate_to_chat_id": to });
                    }
                    (code, answer)
                }
            },
        };
        self.calls.push((method, status));
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        Ok(testing::answer(status, &answer))
    }

    fn act(&mut self, method: &str, body: &Value) -> Result<Value, (u16, &'static str)> {
        if method == "answerCallbackQuery" {
            assert!(body["callback_query_id"].is_string());
            self.notes.push(body["text"].clone());
            return Ok(json!(true));
        }
        let chat = body["chat_id"].as_i64().expect("chats are numbers");
        let text = body["text"].as_str().expect("text").to_owned();
        assert!(body.get("parse_mode").is_none(), "plain text needs no escaping");
        assert_eq!(body["link_preview_options"], json!({ "is_disabled": true }));
        if self.moved.is_some_and(|(from, _)| from == chat) {
            return Err((400, "Bad Request: group chat was upgraded to a supergroup chat"));
        }
        if self.blocked.contains(&chat) {
            return Err((403, "Forbidden: bot was blocked by the user"));
        }
        if text.trim().is_empty() {
            return Err((400, "Bad Request: message text is empty"));
        }
        if text.encode_utf16().count() > 4096 {
            return Err((400, "Bad Request: message is too long"));
        }
        let buttons = body.pointer("/reply_markup/inline_keyboard").cloned().unwrap_or_else(|| json!([]));
        for button in buttons.as_array().into_iter().flatten().flat_map(|row| row.as_array().into_iter().flatten()) {
            match (button["url"].as_str(), button["callback_data"].as_str()) {
                (Some(url), None) if url.starts_with("https://") => {}
                (None, Some(data)) if (1..=64).contains(&data.len()) => {}
                _ => return Err((400, "Bad Request: BUTTON_INVALID")),
            }
        }
        match method {
            "sendMessage" => {
                let number = 1 + self.messages.keys().filter(|(at, _)| *at == chat).count() as i64;
                self.messages.insert((chat, number), Message { text, buttons, edits: 0 });
                Ok(json!({ "message_id": number, "chat": { "id": chat, "type": "private" } }))
            }
            "editMessageText" => {
                let number = body["message_id"].as_i64().expect("a message id");
                let message =
                    self.messages.get_mut(&(chat, number)).ok_or((400, "Bad Request: message to edit not found"))?;
                if message.text == text && message.buttons == buttons {
                    return Err((400, "Bad Request: message is not modified: it is the same"));
                }
                *message = Message { text, buttons, edits: message.edits + 1 };
                Ok(json!({ "message_id": number }))
            }
            _ => Err((404, "Not Found")),
        }
    }
}

/// A shop with two items, one manager and the double.
pub(crate) struct Shop {
    pub(crate) host: MemoryHost,
    pub(crate) telegram: Rc<RefCell<BotApi>>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with_settings(&json!({
            "api_base": "https://api.telegram.org",
            "managers": [MANAGER.to_string()],
            "catalogue": [
                { "id": "cake", "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": "12500", "currency": "AMD" },
                { "id": "tea", "title": { "hy": "Թեյ" }, "amount": "900", "currency": "AMD" },
            ],
        }))
    }

    pub(crate) fn with_settings(settings: &Value) -> Self {
        let telegram = Rc::new(RefCell::new(BotApi::default()));
        let remote = Rc::clone(&telegram);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host, telegram }
    }

    /// One run of the inbound request.
    pub(crate) fn update(&self, update: &Value) -> Outcome {
        self.host.new_run(&format!("update {}", update["update_id"]));
        Telegram::handle(&self.host, &testing::inbound("update", update))
    }

    pub(crate) fn say(&self, id: i64, chat: i64, language: &str, text: &str) -> Outcome {
        self.update(&say(id, chat, language, text))
    }

    /// One run of the delivery.
    pub(crate) fn deliver(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        Telegram::deliver(&self.host, delivery)
    }

    /// Delivers the event of this payment as it now stands.
    pub(crate) fn tell(&self, event: &str, payment: &Payment) -> Outcome {
        self.deliver(&testing::delivery(event, payment.clone()))
    }

    pub(crate) fn fault(&self, method: &'static str, fault: Fault) {
        self.telegram.borrow_mut().faults.push_back((method, fault));
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.telegram.borrow().calls.iter().filter(|(called, _)| called == method).count()
    }

    pub(crate) fn messages(&self, chat: i64) -> Vec<Message> {
        let telegram = self.telegram.borrow();
        telegram.messages.iter().filter(|((at, _), _)| *at == chat).map(|(_, message)| message.clone()).collect()
    }

    pub(crate) fn only_payment(&self) -> Payment {
        let mut payments = self.host.payments();
        assert_eq!(payments.len(), 1, "one payment");
        payments.remove(0)
    }

    /// A payment whose link stands in Ani's chat.
    pub(crate) fn with_link() -> (Self, Payment) {
        let shop = Self::new();
        assert_eq!(shop.update(&press(2, ANI, "en", "item:cake")).kind, "done");
        let payment = shop.only_payment();
        (shop, payment)
    }
}

/// Text from a private chat.
pub(crate) fn say(id: i64, chat: i64, language: &str, text: &str) -> Value {
    json!({ "update_id": id, "message": {
        "message_id": 1000 + id, "date": 1_795_250_000, "text": text,
        "from": { "id": chat, "is_bot": false, "first_name": "Ani", "username": "ani_x", "language_code": language },
        "chat": { "id": chat, "type": "private", "first_name": "Ani" } } })
}

/// A press on a button in a private chat.
pub(crate) fn press(id: i64, chat: i64, language: &str, data: &str) -> Value {
    json!({ "update_id": id, "callback_query": {
        "id": format!("61000000000000{id}"), "chat_instance": "-38", "data": data,
        "from": { "id": chat, "is_bot": false, "first_name": "Ani", "username": "ani_x", "language_code": language },
        "message": { "message_id": 89, "date": 1_795_250_010, "chat": { "id": chat, "type": "private" }, "text": "…" } } })
}

/// The payment in this status, with everything that the status brings.
pub(crate) fn now(payment: &Payment, status: &str, version: u64, attempts: u32) -> Payment {
    Payment { status: status.to_owned(), version, attempts, ..payment.clone() }
}
