//! A shop with an Instagram account, two things on sale and one manager, and the webhooks that Meta sends it.

use std::cell::RefCell;
use std::rc::Rc;

use kamurj_plugin_instagram::Instagram;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Channel, Delivery, Finding, Outcome, Payment, Request, Wish};
use serde_json::{Value, json};

use crate::double::{ACCOUNT, APP, Graph, Message, PAGE};

/// The customer, as this account knows her.
pub(crate) const ANI: &str = "900000000000001";
/// The manager's own chat with the account.
pub(crate) const MANAGER: &str = "900000000000009";
pub(crate) const NOW: u64 = 1_795_250_000_000;

pub(crate) struct Shop {
    pub(crate) host: MemoryHost,
    pub(crate) graph: Rc<RefCell<Graph>>,
}

pub(crate) fn settings() -> Value {
    json!({
        "variant": "instagram", "api_base": "https://graph.instagram.com", "version": "v25.0", "account_id": ACCOUNT,
        "app_id": APP, "language": "hy", "managers": [MANAGER],
        "catalogue": [
            { "id": "cake", "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": "12500", "currency": "AMD" },
            { "id": "tea", "title": { "hy": "Թեյ" }, "amount": "900", "currency": "AMD" },
        ],
    })
}

pub(crate) fn by_page() -> Value {
    let mut settings = settings();
    settings["variant"] = json!("page");
    settings["api_base"] = json!("https://graph.facebook.com");
    settings["page_id"] = json!(PAGE);
    settings
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(&settings())
    }

    pub(crate) fn with(settings: &Value) -> Self {
        let graph = Graph { by_page: settings["variant"] == "page", ..Graph::default() };
        let graph = Rc::new(RefCell::new(graph));
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
        Instagram::handle(&self.host, &request)
    }

    /// A webhook with one event, which names its request.
    pub(crate) fn told(&self, event: &Value) -> Outcome {
        self.request(&format!("inb {event}"), 1, &webhook(std::slice::from_ref(event)))
    }

    pub(crate) fn says(&self, mid: &str, chat: &str, text: &str) -> Outcome {
        self.told(&say(mid, chat, text))
    }

    pub(crate) fn taps(&self, mid: &str, chat: &str, payload: &str) -> Outcome {
        self.told(&by(chat, &json!({ "message": { "mid": mid, "text": "…", "quick_reply": { "payload": payload } } })))
    }

    /// The account wrote this: an echo.
    pub(crate) fn echo(&self, mid: &str, text: &str, app: Option<u64>) -> Outcome {
        let mut message = json!({ "is_echo": true, "mid": mid, "text": text });
        if let Some(app) = app {
            message["app_id"] = json!(app);
        }
        self.told(
            &json!({ "sender": { "id": ACCOUNT }, "recipient": { "id": ANI }, "timestamp": NOW, "message": message }),
        )
    }

    /// One run of the delivery.
    pub(crate) fn deliver(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        Instagram::deliver(&self.host, delivery)
    }

    pub(crate) fn tell(&self, event: &str, payment: &Payment) -> Outcome {
        self.deliver(&testing::delivery(event, payment.clone()))
    }

    pub(crate) fn connect(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        let address = kamurj_sdk::Address {
            path: "webhook".to_owned(),
            url: "https://pay.example.am/hooks/ins_1/webhook".to_owned(),
        };
        Instagram::connect(&self.host, &Wish { addresses: vec![address], only_look, extra: Vec::new() })
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
        assert_eq!(self.taps("aWdfani1", ANI, "item:cake").kind, "done");
        let payment = self.only_payment();
        (self, payment)
    }

    pub(crate) fn passes(&self, ms: u64) {
        use kamurj_sdk::Host as _;
        self.host.set_now_ms(self.host.now_ms() + ms);
    }
}

pub(crate) fn webhook(events: &[Value]) -> Value {
    json!({ "object": "instagram", "entry": [{ "id": ACCOUNT, "time": NOW, "messaging": events }] })
}

pub(crate) fn say(mid: &str, chat: &str, text: &str) -> Value {
    by(chat, &json!({ "message": { "mid": mid, "text": text } }))
}

pub(crate) fn by(chat: &str, what: &Value) -> Value {
    let mut event = json!({ "sender": { "id": chat }, "recipient": { "id": ACCOUNT }, "timestamp": NOW });
    event.as_object_mut().expect("an object").extend(what.as_object().expect("an object").clone());
    event
}

/// The payment in this status.
pub(crate) fn now(payment: &Payment, status: &str, version: u64, attempts: u32) -> Payment {
    Payment { status: status.to_owned(), version, attempts, ..payment.clone() }
}
