//! A shop with a page, two things on sale and one manager, and the webhooks that Meta sends it.

use std::cell::RefCell;
use std::rc::Rc;

use kamurj_plugin_messenger::Messenger;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Channel, Delivery, Finding, Outcome, Payment, Request, Wish};
use serde_json::{Value, json};

use crate::double::{APP, Graph, Message, PAGE};

/// The customer, as this page knows her.
pub(crate) const ANI: &str = "7000000000000001";
/// Another customer.
pub(crate) const ARAM: &str = "7000000000000002";
/// The manager's own chat with the page.
pub(crate) const MANAGER: &str = "7000000000000009";
pub(crate) const NOW: u64 = 1_795_250_000_000;
pub(crate) const HOUR_MS: u64 = 3_600_000;

pub(crate) struct Shop {
    pub(crate) host: MemoryHost,
    pub(crate) graph: Rc<RefCell<Graph>>,
}

pub(crate) fn settings() -> Value {
    json!({
        "api_base": "https://graph.facebook.com", "version": "v25.0", "page_id": PAGE, "app_id": APP, "language": "en",
        "managers": [MANAGER],
        "catalogue": [
            { "id": "cake", "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": "12500", "currency": "AMD" },
            { "id": "tea", "title": { "hy": "Թեյ" }, "amount": "900", "currency": "AMD" },
        ],
    })
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(&settings())
    }

    /// With utility templates for what is paid, and for the link.
    pub(crate) fn with_templates() -> Self {
        let mut settings = settings();
        settings["templates"] = json!({
            "paid": { "name": "payment_received", "languages": { "ru": "ru", "en": "en_US" }, "body": ["order", "money"] },
            "link": { "name": "payment_link", "languages": { "hy": "ru", "en": "en_US" }, "body": ["description"], "button": true },
        });
        let shop = Self::with(&settings);
        shop.graph.borrow_mut().templates = ["payment_received", "payment_link"]
            .into_iter()
            .flat_map(|name| ["en_US", "ru"].map(|code| (name.to_owned(), code.to_owned(), "APPROVED")))
            .collect();
        shop
    }

    pub(crate) fn with(settings: &Value) -> Self {
        let graph = Rc::new(RefCell::new(Graph::default()));
        let remote = Rc::clone(&graph);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host, graph }
    }

    /// One run of an inbound request.
    pub(crate) fn request(&self, id: &str, run: u32, body: &Value) -> Outcome {
        self.host.new_run(id);
        let mut request = testing::inbound("webhook", body);
        (request.id, request.run) = (id.to_owned(), run);
        Messenger::handle(&self.host, &request)
    }

    /// A webhook with one event, which names its request.
    pub(crate) fn told(&self, event: &Value) -> Outcome {
        self.request(&format!("inb {event}"), 1, &webhook(std::slice::from_ref(event)))
    }

    pub(crate) fn says(&self, mid: &str, chat: &str, text: &str) -> Outcome {
        self.told(&say(mid, chat, text))
    }

    pub(crate) fn taps(&self, mid: &str, chat: &str, payload: &str) -> Outcome {
        self.told(&tap(mid, chat, payload))
    }

    /// The webhook of a message of the page, as the double has it.
    pub(crate) fn echo(&self, message: &Message) -> Outcome {
        let mut echoed = json!({ "is_echo": true, "mid": message.mid, "text": message.text, "app_id": 999_000_111 });
        echoed["metadata"] = message.whole["metadata"].clone();
        self.told(&by_page(&message.chat, &echoed))
    }

    /// One run of the delivery.
    pub(crate) fn deliver(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        Messenger::deliver(&self.host, delivery)
    }

    pub(crate) fn tell(&self, event: &str, payment: &Payment) -> Outcome {
        self.deliver(&testing::delivery(event, payment.clone()))
    }

    pub(crate) fn connect(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        let address = kamurj_sdk::Address {
            path: "webhook".to_owned(),
            url: "https://pay.example.am/hooks/ins_1/webhook".to_owned(),
        };
        Messenger::connect(&self.host, &Wish { addresses: vec![address], only_look, extra: Vec::new() })
            .map_err(Box::new)
    }

    pub(crate) fn messages(&self, chat: &str) -> Vec<Message> {
        self.graph.borrow().messages.iter().filter(|message| message.chat == chat).cloned().collect()
    }

    pub(crate) fn last(&self, chat: &str) -> Message {
        self.messages(chat).pop().expect("a message")
    }

    pub(crate) fn only_payment(&self) -> Payment {
        let mut payments = self.host.payments();
        assert_eq!(payments.len(), 1, "one payment");
        payments.remove(0)
    }

    /// A payment whose link stands in Ani's chat.
    pub(crate) fn sold(self) -> (Self, Payment) {
        assert_eq!(self.taps("m_ani1", ANI, "item:cake").kind, "done");
        let payment = self.only_payment();
        (self, payment)
    }

    pub(crate) fn passes(&self, ms: u64) {
        use kamurj_sdk::Host as _;
        self.host.set_now_ms(self.host.now_ms() + ms);
    }
}

pub(crate) fn webhook(events: &[Value]) -> Value {
    json!({ "object": "page", "entry": [{ "id": PAGE, "time": NOW, "messaging": events }] })
}

pub(crate) fn say(mid: &str, chat: &str, text: &str) -> Value {
    by(chat, &json!({ "message": { "mid": mid, "text": text } }))
}

pub(crate) fn tap(mid: &str, chat: &str, payload: &str) -> Value {
    by(chat, &json!({ "message": { "mid": mid, "text": "…", "quick_reply": { "payload": payload } } }))
}

pub(crate) fn by(chat: &str, what: &Value) -> Value {
    let mut event = json!({ "sender": { "id": chat }, "recipient": { "id": PAGE }, "timestamp": NOW });
    event.as_object_mut().expect("an object").extend(what.as_object().expect("an object").clone());
    event
}

pub(crate) fn by_page(chat: &str, message: &Value) -> Value {
    json!({ "sender": { "id": PAGE }, "recipient": { "id": chat }, "timestamp": NOW, "message": message })
}

/// The payment in this status.
pub(crate) fn now(payment: &Payment, status: &str, version: u64, attempts: u32) -> Payment {
    Payment { status: status.to_owned(), version, attempts, ..payment.clone() }
}
