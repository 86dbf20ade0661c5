//! A merchant with an account: what managers do there, what the account tells, and what payments owe it. It must not share code with the
//! plugin.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;

use kamurj_plugin_amocrm::AmoCrm;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{
    Address, Crm, CrmRef, Delivery, Finding, Host as _, ListItem, ListRequest, Occurrence, Outcome, Payment, Request,
    Wish,
};
use serde_json::{Value, json};

use crate::account::{Amo, Fault, ORIGIN, SALES};

pub(crate) const HOUR_MS: u64 = 60 * 60 * 1000;

/// A merchant.
pub(crate) struct Merchant {
    pub(crate) host: MemoryHost,
    pub(crate) amo: Rc<RefCell<Amo>>,
}

/// The settings of most stories.
pub(crate) fn settings() -> Value {
    json!({
        "account": ORIGIN, "oauth_base": "https://www.amocrm.ru", "create_lead": true, "language": "en", "tasks": {},
        "requests": { "stages": ["6200001/72"], "order_prefix": "L-", "hours": 48 },
        "stages": { "awaiting_payment": "6200001/73", "paid": "6200001/74", "payment_failed": "6200001/75",
            "expired": "6200001/76", "manual_review": "6200001/77", "partial_refund": "6200001/78", "full_refund": "6200001/79" },
    })
}

impl Merchant {
    pub(crate) fn new() -> Self {
        Self::with(&json!({}))
    }

    /// With these settings in place of the usual ones of the same name; null takes one away.
    pub(crate) fn with(more: &Value) -> Self {
        let mut settings = settings();
        for (name, value) in more.as_object().expect("settings") {
            if value.is_null() {
                settings.as_object_mut().expect("settings").remove(name);
            } else {
                settings[name] = value.clone();
            }
        }
        let amo = Rc::new(RefCell::new(Amo::default()));
        let remote = Rc::clone(&amo);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request))
            .with_secret("token")
            .with_secret("hook_secret");
        Self { host, amo }
    }

    /// A lead that a manager made, with a price.
    pub(crate) fn lead(&self, id: u64, stage: &str, price: u64) {
        let (pipeline, status) = stage.split_once('/').expect("a stage");
        let number = |text: &str| text.parse::<u64>().expect("a number");
        let mut amo = self.amo.borrow_mut();
        let updated_at = amo.now_s;
        amo.leads.insert(
            id,
            json!({ "id": id, "name": "Honey cake", "price": price, "pipeline_id": number(pipeline),
                "status_id": number(status), "responsible_user_id": 8_800_002, "updated_at": updated_at,
                "custom_fields_values": [{ "field_id": 9, "field_code": "COLOUR", "field_type": "text", "values": [{ "value": "red" }] }],
                "_embedded": { "contacts": [], "catalog_elements": [] } }),
        );
    }

    /// Time goes on, here and there.
    pub(crate) fn passes(&self, seconds: u64) {
        let now_s = self.amo.borrow().now_s + seconds;
        self.amo.borrow_mut().now_s = now_s;
        self.host.set_now_ms(now_s * 1000);
    }

    /// A minute later a manager moves a lead within the first pipeline.
    pub(crate) fn moves(&self, id: u64, status: u64) {
        self.passes(60);
        let mut amo = self.amo.borrow_mut();
        let now_s = amo.now_s;
        let lead = amo.leads.get_mut(&id).expect("a lead");
        (lead["status_id"], lead["updated_at"]) = (status.into(), now_s.into());
    }

    /// The form that the account posts about a lead as it now stands.
    pub(crate) fn told_of(&self, action: &str, at: usize, id: u64, more: &[(&str, &str)]) -> String {
        let lead = self.amo.borrow().leads[&id].clone();
        let mut form = String::new();
        let mut put = |name: &str, value: &str| {
            let _infallible = write!(form, "leads%5B{action}%5D%5B{at}%5D%5B{name}%5D={value}&");
        };
        for name in ["id", "status_id", "pipeline_id", "price"] {
            put(name, &lead[name].to_string());
        }
        put("last_modified", &lead["updated_at"].to_string());
        for (name, value) in more {
            put(name, value);
        }
        let _infallible = write!(form, "leads%5B{action}%5D%5B{at}%5D%5Bcustom_fields%5D%5B0%5D%5Bid%5D=9&");
        form
    }

    /// One run of a message on this route.
    pub(crate) fn posts(&self, path: &str, id: &str, run: u32, form: &str) -> Outcome {
        self.host.new_run(id);
        let mut request = testing::inbound(path, &json!(null));
        id.clone_into(&mut request.id);
        request.run = run;
        request.body = format!("{form}account%5Bid%5D=7001&account%5Bsubdomain%5D=shop").into_bytes();
        AmoCrm::handle(&self.host, &request)
    }

    /// The lead was moved to this status, and the account tells it.
    pub(crate) fn moves_and_tells(&self, id: u64, status: u64) -> Outcome {
        let old = self.amo.borrow().leads[&id]["status_id"].to_string();
        self.moves(id, status);
        let form = self.told_of("status", 0, id, &[("old_status_id", &old), ("old_pipeline_id", &SALES.to_string())]);
        let now_s = self.amo.borrow().now_s;
        self.posts("hook", &format!("inb_{id}_{now_s}"), 1, &form)
    }

    /// One run of the delivery.
    pub(crate) fn sync(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        AmoCrm::sync(&self.host, delivery)
    }

    /// The first run of the delivery that this state of a payment owes.
    pub(crate) fn tell(&self, payment: &Payment) -> Outcome {
        self.sync(&owed(payment))
    }

    /// Runs until it ends in something else than another run; counts the runs.
    pub(crate) fn until_settled(&self, mut delivery: Delivery) -> (Outcome, u32) {
        loop {
            let outcome = self.sync(&delivery);
            if !matches!(outcome.kind.as_str(), "retry" | "ambiguous") || delivery.run == 9 {
                return (outcome, delivery.run);
            }
            delivery.run += 1;
        }
    }

    pub(crate) fn tick(&self, name: &str, id: &str, run: u32) -> Outcome {
        self.host.new_run(id);
        let occurrence = Occurrence {
            id: id.to_owned(),
            name: name.to_owned(),
            due_at: self.host.now_ms() + 1,
            run,
            extra: Vec::new(),
        };
        AmoCrm::tick(&self.host, &occurrence)
    }

    pub(crate) fn check(&self) -> Outcome {
        AmoCrm::check(&self.host)
    }

    pub(crate) fn connect(&self, only_look: bool) -> Result<Vec<Finding>, Box<Outcome>> {
        self.host.new_run(&format!("connect {}", self.amo.borrow().calls.len()));
        let address = |path: &str| Address {
            path: path.to_owned(),
            url: format!("https://pay.example.am/hooks/ins_1/{path}/{{{{secret:hook_secret}}}}"),
        };
        let addresses = vec![address("hook"), address("button")];
        AmoCrm::connect(&self.host, &Wish { addresses, only_look, extra: Vec::new() }).map_err(Box::new)
    }

    /// Name and state of everything that a set-up finds.
    pub(crate) fn found(&self, only_look: bool) -> Vec<(String, String)> {
        let findings = self.connect(only_look).expect("findings");
        findings.into_iter().map(|finding| (finding.name, finding.state)).collect()
    }

    pub(crate) fn offer(&self, name: &str) -> Vec<ListItem> {
        let wanted = ListRequest { name: name.to_owned(), language: "ru".to_owned(), extra: Vec::new() };
        AmoCrm::offer(&self.host, &wanted).expect("a list")
    }

    pub(crate) fn fault(&self, call: &'static str, fault: Fault) {
        self.amo.borrow_mut().faults.push_back((call, fault));
    }

    pub(crate) fn count(&self, call: &str) -> usize {
        self.amo.borrow().calls.iter().filter(|(called, _)| called == call).count()
    }

    pub(crate) fn calls(&self) -> usize {
        self.amo.borrow().calls.len()
    }

    /// A custom field of a lead as text; empty where there is nothing.
    pub(crate) fn field(&self, lead: u64, code: &str) -> String {
        let amo = self.amo.borrow();
        let fields = amo.leads[&lead]["custom_fields_values"].as_array().cloned().unwrap_or_default();
        let found = fields.iter().find(|field| field["field_code"] == code);
        let value = found.map(|field| field["values"][0]["value"].clone()).unwrap_or_default();
        match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    pub(crate) fn stage(&self, lead: u64) -> String {
        let lead = &self.amo.borrow().leads[&lead];
        format!("{}/{}", lead["pipeline_id"], lead["status_id"])
    }

    pub(crate) fn stage_or_none(&self, lead: u64) -> Option<String> {
        self.amo.borrow().leads.contains_key(&lead).then(|| self.stage(lead))
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.amo.borrow().notes.iter().map(|(_, text)| text.clone()).collect()
    }

    /// The text of each task, and whether it is finished.
    pub(crate) fn tasks(&self) -> Vec<(String, bool)> {
        let text = |task: &Value| task["text"].as_str().expect("a text").to_owned();
        self.amo.borrow().tasks.iter().map(|task| (text(task), task["is_completed"] == true)).collect()
    }

    /// A payment that a lead asked for, as it stands now.
    pub(crate) fn now(&self, number: usize, status: &str, version: u64) -> Payment {
        let mut payment = self.host.payments().remove(number);
        become_of(&mut payment, status, version);
        self.host.put_payment(payment.clone());
        payment
    }
}

fn become_of(payment: &mut Payment, status: &str, version: u64) {
    status.clone_into(&mut payment.status);
    payment.version = version;
    if matches!(status, "paid" | "partially_refunded" | "refunded") {
        payment.captured = payment.amount.clone();
        payment.paid_at = Some(1_795_249_991_000);
        payment.provider_reference = Some("arca:7f21".to_owned());
        payment.attempts = 1;
    }
}

/// A payment without a record.
pub(crate) fn payment(status: &str, version: u64) -> Payment {
    let mut payment = testing::payment("pay_1");
    become_of(&mut payment, status, version);
    payment
}

/// A payment that belongs to this record.
pub(crate) fn payment_of(kind: &str, id: &str, status: &str, version: u64) -> Payment {
    let crm = CrmRef {
        plugin: "amocrm".to_owned(),
        entity_type: kind.to_owned(),
        entity_id: id.to_owned(),
        extra: Vec::new(),
    };
    Payment { crm: Some(crm), ..payment(status, version) }
}

/// A payment that belongs to this lead.
pub(crate) fn of_lead(lead: u64, status: &str, version: u64) -> Payment {
    payment_of("lead", &lead.to_string(), status, version)
}

/// The delivery that this state owes.
pub(crate) fn owed(payment: &Payment) -> Delivery {
    testing::delivery(&format!("payment.{}", payment.status), payment.clone())
}
