//! A small double of an ERP that receives Standard Webhooks: it verifies before it reads, knows repeated messages by their id, keeps the
//! newest version of each payment, and fails on demand. It must not share code with the plugin.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use base64::{Engine, engine::general_purpose::STANDARD};
use kamurj_plugin_erp_webhook::ErpWebhook;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Address, Crm, Delivery, Failure, Finding, InboundRequest, Outcome, Request, Response, Wish};
use serde_json::{Value, json};

pub(crate) const URL: &str = "https://erp.example.am/hooks/kamurj";
pub(crate) const ORDERS: &str = "https://pay.example.am/hooks/ins_1/orders";
/// The host's clock when a test begins: 2026-11-21T08:33:20Z.
pub(crate) const NOW_MS: u64 = 1_795_250_000_000;

/// What goes wrong with the next message.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// This status with these headers, whatever was said.
    Answer(u16, Vec<(String, String)>),
    /// Nothing left this machine.
    NotSent,
    /// It got lost on the way.
    DropRequest,
    /// It was taken, and the answer got lost.
    DropReply,
    /// The host did not send it, because everything waits for so many milliseconds.
    Held(u64),
    /// The host refused it.
    Refused(&'static str),
}

impl Fault {
    pub(crate) fn answer(status: u16) -> Self {
        Self::Answer(status, Vec::new())
    }

    pub(crate) fn with(status: u16, name: &str, value: &str) -> Self {
        Self::Answer(status, vec![(name.to_owned(), value.to_owned())])
    }
}

/// A message that was verified.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) timestamp: u64,
    pub(crate) signatures: Vec<String>,
    pub(crate) body: Value,
    pub(crate) bytes: usize,
}

/// The ERP.
#[derive(Default)]
pub(crate) struct Erp {
    /// The secrets that it verifies with, as the host signs by them.
    pub(crate) trusts: Vec<&'static str>,
    pub(crate) faults: VecDeque<Fault>,
    /// Every message that was verified, repeated ones too.
    pub(crate) heard: Vec<Heard>,
    /// Requests that reached it.
    pub(crate) asked: usize,
    /// The newest version of each payment and its status.
    pub(crate) payments: BTreeMap<String, (u64, String)>,
    /// How often an older version was dropped.
    pub(crate) dropped: usize,
    /// How many messages were heard before.
    pub(crate) repeats: usize,
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let mut found = request.headers.iter().filter(|(known, _)| known == name);
    let (_, value) = found.next().unwrap_or_else(|| panic!("the header {name} is missing"));
    assert!(found.next().is_none(), "{name} twice");
    value
}

impl Erp {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", URL));
        assert!(request.step.is_some() && request.slots.is_empty(), "what changes something has a name: {request:?}");
        let fault = self.faults.pop_front();
        match &fault {
            Some(Fault::NotSent) => return Err(testing::failure("not-sent")),
            Some(Fault::Held(wait_ms)) => {
                return Err(Failure { retry_after_ms: Some(*wait_ms), ..testing::failure("rate-limited") });
            }
            Some(Fault::Refused(kind)) => return Err(testing::failure(kind)),
            _ => self.asked += 1,
        }
        match fault {
            Some(Fault::DropRequest) => Err(testing::failure("ambiguous")),
            Some(Fault::Answer(status, headers)) => {
                Ok(Response { headers, ..testing::answer(status, &json!({ "secret": "not for logs" })) })
            }
            Some(Fault::DropReply) => {
                self.hear(request);
                Err(testing::failure("ambiguous"))
            }
            _ => Ok(testing::answer(self.hear(request), &json!({}))),
        }
    }

    fn hear(&mut self, request: &Request) -> u16 {
        assert_eq!(header(request, "content-type"), "application/json");
        let (id, timestamp) = (header(request, "webhook-id").to_owned(), header(request, "webhook-timestamp"));
        assert!(!id.is_empty() && !id.contains('.'), "{id}");
        let bytes = request.body.as_deref().expect("a body");
        let signed = [format!("{id}.{timestamp}.").as_bytes(), bytes].concat();
        let signatures: Vec<String> = header(request, "webhook-signature").split(' ').map(str::to_owned).collect();
        let fits = |signature: &String| {
            let (version, signature) = signature.split_once(',').expect("a version");
            let signature = STANDARD.decode(signature).expect("base64");
            self.trusts.iter().any(|secret| {
                let algorithm = if version == "v1a" { "ed25519" } else { "hmac-sha256" };
                signature == [format!("{algorithm}:{secret}:").as_bytes(), &signed].concat()
            })
        };
        if !signatures.iter().any(fits) {
            return 401;
        }
        if bytes.len() >= 20_000 {
            return 413;
        }
        let body: Value = serde_json::from_slice(bytes).expect("JSON");
        let timestamp = timestamp.parse().expect("Unix seconds");
        let is_repeat = self.heard.iter().any(|heard| heard.id == id);
        self.repeats += usize::from(is_repeat);
        self.heard.push(Heard { id, timestamp, signatures, body: body.clone(), bytes: bytes.len() });
        if let (false, Some(payment)) = (is_repeat, body["data"]["payment_id"].as_str()) {
            let version = body["data"]["version"].as_u64().expect("a version");
            if self.payments.get(payment).is_some_and(|(known, _)| *known >= version) {
                self.dropped += 1;
            } else {
                let status = body["data"]["status"].as_str().expect("a status").to_owned();
                self.payments.insert(payment.to_owned(), (version, status));
            }
        }
        204
    }
}

/// A merchant with an ERP.
pub(crate) struct World {
    pub(crate) host: MemoryHost,
    pub(crate) erp: Rc<RefCell<Erp>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&json!({}), &["signing_secret"])
    }

    pub(crate) fn with(more: &Value, secrets: &[&str]) -> Self {
        let mut settings = json!({ "endpoint": "https://erp.example.am", "path": "/hooks/kamurj" });
        for (name, value) in more.as_object().expect("settings") {
            settings[name] = value.clone();
        }
        let erp = Rc::new(RefCell::new(Erp { trusts: vec!["signing_secret"], ..Erp::default() }));
        let remote = Rc::clone(&erp);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host: secrets.iter().fold(host, |host, secret| host.with_secret(secret)), erp }
    }

    pub(crate) fn fails(&self, faults: impl IntoIterator<Item = Fault>) {
        self.erp.borrow_mut().faults.extend(faults);
    }

    /// One run of a delivery.
    pub(crate) fn runs(&self, delivery: &Delivery, run: u32) -> Outcome {
        self.host.new_run(&delivery.id);
        ErpWebhook::sync(&self.host, &Delivery { run, ..delivery.clone() })
    }

    /// Runs a delivery until it is not to be run again, moving the clock as the outcomes say. Answers how each run ended, and its wait.
    pub(crate) fn settles(&self, delivery: &Delivery) -> Vec<(Outcome, u64)> {
        let mut ends = Vec::new();
        let mut now = kamurj_sdk::Host::now_ms(&self.host);
        for run in 1..=100 {
            let outcome = self.runs(delivery, run);
            let wait = outcome.retry_after_ms.unwrap_or(0);
            let is_over = !matches!(outcome.kind.as_str(), "retry" | "ambiguous" | "auth-needed");
            ends.push((outcome, wait));
            if is_over {
                break;
            }
            now += wait.max(2000);
            self.host.set_now_ms(now);
        }
        ends
    }

    /// One run of a message of the ERP.
    pub(crate) fn says(&self, id: &str, run: u32, body: &Value) -> Outcome {
        self.says_bytes(id, run, body.to_string().as_bytes())
    }

    pub(crate) fn says_bytes(&self, id: &str, run: u32, body: &[u8]) -> Outcome {
        self.host.new_run(id);
        let request = InboundRequest {
            id: id.to_owned(),
            run,
            body: body.to_vec(),
            headers: vec![("webhook-id".to_owned(), format!("msg_{id}"))],
            ..testing::inbound("orders", &json!(null))
        };
        ErpWebhook::handle(&self.host, &request)
    }

    /// One set-up, or one look.
    pub(crate) fn connects(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        self.host.new_run(&format!("connect {}", self.erp.borrow().asked));
        let addresses = vec![Address { path: "orders".to_owned(), url: ORDERS.to_owned() }];
        ErpWebhook::connect(&self.host, &Wish { addresses, only_look, extra: Vec::new() }).map_err(Box::new)
    }

    /// The messages that the ERP verified.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.erp.borrow().heard.clone()
    }

    /// The only one of them.
    pub(crate) fn only(&self) -> Heard {
        let heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard[0].clone()
    }

    /// Everything that was logged, in one text.
    pub(crate) fn log(&self) -> String {
        self.host.lines().iter().map(|line| line.text.clone() + "\n").collect()
    }
}
