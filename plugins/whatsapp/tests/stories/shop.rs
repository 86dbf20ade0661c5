//! The shop around the double of the Cloud API: what people write, what Meta tells, and what is owed. It must not share code with the
//! plugin.

use std::cell::RefCell;
use std::rc::Rc;

use kamurj_plugin_whatsapp::WhatsApp;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Channel, Delivery, Finding, Outcome, Payment, Request, Wish};
use serde_json::{Value, json};

use crate::graph::{CloudApi, NUMBER, WABA};
pub(crate) use crate::graph::{Fault, Message};

/// The customer, who shows her number.
pub(crate) const ANI: &str = "AM.40000000000000000021";
pub(crate) const ANI_PHONE: &str = "37491000017";
/// A customer who hides the number.
pub(crate) const VAHE: &str = "AM.40000000000000000022";
/// The manager's number and id.
pub(crate) const MANAGER: &str = "AM.40000000000000000023";
pub(crate) const MANAGER_PHONE: &str = "37477000001";

pub(crate) const HOUR_MS: u64 = 60 * 60 * 1000;

/// A shop with two items, one manager and the double.
pub(crate) struct Shop {
    pub(crate) host: MemoryHost,
    pub(crate) cloud: Rc<RefCell<CloudApi>>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(&json!({}))
    }

    /// With templates for the link, what was paid, and what went back.
    pub(crate) fn with_templates() -> Self {
        Self::with(&json!({ "templates": {
            "link": { "name": "payment_link", "languages": { "hy": "ru", "ru": "ru", "en": "en_US" }, "body": ["order", "money"], "button": true },
            "paid": { "name": "payment_received", "languages": { "en": "en" }, "body": ["money", "order", "description"] },
            "refunded": { "name": "money_back", "languages": { "ru": "ru" }, "body": ["refunded", "money"] },
        } }))
    }

    pub(crate) fn with(more: &Value) -> Self {
        let mut settings = json!({
            "api_base": "https://graph.facebook.com", "phone_number_id": NUMBER, "waba_id": WABA, "language": "en",
            "managers": [format!("+{MANAGER_PHONE}")],
            "catalogue": [
                { "id": "cake", "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": "12500", "currency": "AMD" },
                { "id": "tea", "title": { "en": "Tea" }, "amount": "900", "currency": "AMD" },
            ],
        });
        for (name, value) in more.as_object().expect("settings") {
            settings[name] = value.clone();
        }
        let cloud = Rc::new(RefCell::new(CloudApi { may_manage: true, ..CloudApi::default() }));
        let remote = Rc::clone(&cloud);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host, cloud }
    }

    /// One run of a request with this value in its one change.
    pub(crate) fn posts(&self, request: &str, run: u32, value: &Value) -> Outcome {
        let mut value = value.clone();
        value["metadata"] = json!({ "display_phone_number": "37410001234", "phone_number_id": NUMBER });
        let body = json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": WABA, "changes": [{ "field": "messages", "value": value }] }] });
        self.posts_body(request, run, body.to_string().as_bytes())
    }

    pub(crate) fn posts_body(&self, request: &str, run: u32, body: &[u8]) -> Outcome {
        self.host.new_run(request);
        let mut inbound = testing::inbound("webhook", &json!(null));
        request.clone_into(&mut inbound.id);
        (inbound.run, inbound.body) = (run, body.to_vec());
        WhatsApp::handle(&self.host, &inbound)
    }

    /// Somebody sends this message.
    pub(crate) fn gets(&self, message: &Value) -> Outcome {
        let id = message["id"].as_str().expect("an id").to_owned();
        self.posts(&format!("inb_{id}"), 1, &messages(std::slice::from_ref(message)))
    }

    /// Ani writes.
    pub(crate) fn ani_says(&self, id: &str, text: &str) -> Outcome {
        self.gets(&say(id, ANI, text))
    }

    pub(crate) fn ani_presses(&self, id: &str, data: &str) -> Outcome {
        self.gets(&press(id, ANI, data))
    }

    /// Meta tells how far a message has come; `code` is 0 where nothing failed.
    pub(crate) fn hears_of(&self, message: &Message, state: &str, code: i64) -> Outcome {
        let request = format!("inb_{}_{state}", message.id);
        self.posts(&request, 1, &json!({ "statuses": [status(message, state, code)] }))
    }

    /// One run of the delivery.
    pub(crate) fn deliver(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        WhatsApp::deliver(&self.host, delivery)
    }

    /// Delivers the event of this payment as it now stands.
    pub(crate) fn tell(&self, event: &str, payment: &Payment) -> Outcome {
        self.deliver(&testing::delivery(event, payment.clone()))
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.cloud.borrow_mut().faults.push_back(fault);
    }

    pub(crate) fn sent(&self) -> Vec<Message> {
        self.cloud.borrow().accepted.clone()
    }

    pub(crate) fn sent_to(&self, chat: &str) -> Vec<Message> {
        self.sent().into_iter().filter(|message| message.to() == chat).collect()
    }

    pub(crate) fn last(&self) -> Message {
        self.sent().pop().expect("a message")
    }

    /// Tries to send, answered or not.
    pub(crate) fn tries(&self) -> usize {
        self.cloud.borrow().calls.iter().filter(|(path, _)| path.ends_with("/messages")).count()
    }

    pub(crate) fn passes(&self, ms: u64) {
        use kamurj_sdk::Host as _;
        self.host.set_now_ms(self.host.now_ms() + ms);
    }

    pub(crate) fn only_payment(&self) -> Payment {
        let mut payments = self.host.payments();
        assert_eq!(payments.len(), 1, "one payment");
        payments.remove(0)
    }

    /// A payment whose link stands in Ani's chat.
    pub(crate) fn ordered(self) -> (Self, Payment) {
        assert_eq!(self.ani_presses("wamid.ORDER", "item:cake").kind, "done");
        let payment = self.only_payment();
        (self, payment)
    }

    pub(crate) fn connects(&self, only_look: bool) -> Vec<(String, String)> {
        self.findings(only_look).into_iter().map(|finding| (finding.name, finding.state)).collect()
    }

    pub(crate) fn findings(&self, only_look: bool) -> Vec<Finding> {
        self.connect(only_look).expect("findings")
    }

    pub(crate) fn connect(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        self.host.new_run(&format!("connect {}", self.cloud.borrow().calls.len()));
        let address = kamurj_sdk::Address {
            path: "webhook".to_owned(),
            url: "https://pay.example.am/hooks/ins_1/webhook".to_owned(),
        };
        WhatsApp::connect(&self.host, &Wish { addresses: vec![address], only_look, extra: Vec::new() })
            .map_err(Box::new)
    }

    pub(crate) fn check(&self) -> Outcome {
        WhatsApp::check(&self.host)
    }
}

fn phone_of(chat: &str) -> Option<&'static str> {
    match chat {
        ANI => Some(ANI_PHONE),
        MANAGER => Some(MANAGER_PHONE),
        _ => None,
    }
}

fn from(id: &str, chat: &str) -> Value {
    let mut message = json!({ "id": id, "from_user_id": chat, "timestamp": "1795250000" });
    if let Some(phone) = phone_of(chat) {
        message["from"] = phone.into();
    }
    message
}

/// Text from a person.
pub(crate) fn say(id: &str, chat: &str, text: &str) -> Value {
    let mut message = from(id, chat);
    message["type"] = "text".into();
    message["text"] = json!({ "body": text });
    message
}

/// A press on a row or button.
pub(crate) fn press(id: &str, chat: &str, data: &str) -> Value {
    let mut message = from(id, chat);
    message["type"] = "interactive".into();
    message["interactive"] = json!({ "type": "list_reply", "list_reply": { "id": data, "title": "…" } });
    message
}

/// The messages with their contacts.
pub(crate) fn messages(messages: &[Value]) -> Value {
    let contact = |message: &Value| {
        let id = message["from_user_id"].as_str().expect("an id");
        match phone_of(id) {
            Some(phone) => json!({ "profile": { "name": "Ani" }, "wa_id": phone, "user_id": id }),
            None => json!({ "profile": { "name": "Vahe", "username": "vahe.x" }, "user_id": id }),
        }
    };
    json!({ "contacts": messages.iter().map(contact).collect::<Vec<_>>(), "messages": messages })
}

/// How far the message has come.
pub(crate) fn status(message: &Message, state: &str, code: i64) -> Value {
    let mut told = json!({ "id": message.id, "status": state, "timestamp": "1795250099", "recipient_user_id": message.to(),
        "biz_opaque_callback_data": message.mark });
    if code != 0 {
        told["errors"] =
            json!([{ "code": code, "title": "Title", "error_data": { "details": format!("For {ANI_PHONE}") } }]);
    }
    told
}

/// The payment in this status.
pub(crate) fn now(payment: &Payment, status: &str, version: u64) -> Payment {
    Payment { status: status.to_owned(), version, attempts: 1, ..payment.clone() }
}
