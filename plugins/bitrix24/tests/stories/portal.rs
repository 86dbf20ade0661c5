//! A small double of a portal: deals with known and unknown fields, timeline comments, the refusals of the real
//! service, and faults on demand. It must not share code with the plugin.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use kamurj_plugin_bitrix24::Bitrix24;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Crm, CrmRef, Delivery, Failure, Outcome, Payment, Request, Response};
use serde_json::{Map, Value, json};

/// What goes wrong with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The effect happens, the answer is cut.
    DropReply,
    /// It left, but nothing happened there.
    DropRequest,
    /// 503 QUERY_LIMIT_EXCEEDED.
    Limit,
    /// 500, with the effect done all the same.
    BreakAfter,
}

/// The service's side.
pub(crate) struct Portal {
    pub(crate) deals: BTreeMap<u64, Map<String, Value>>,
    pub(crate) comments: Vec<(u64, String)>,
    pub(crate) fields: Vec<&'static str>,
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    /// Answers lists without looking at the filter.
    pub(crate) ignores_filters: bool,
}

const STANDARD: [&str; 9] = [
    "title",
    "stageId",
    "categoryId",
    "opportunity",
    "currencyId",
    "isManualOpportunity",
    "originatorId",
    "originId",
    "id",
];

impl Portal {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let method = request
            .url
            .strip_prefix("https://shop.bitrix24.ru/rest/1/{{secret:webhook_secret}}/")
            .unwrap_or_else(|| panic!("a strange address: {}", request.url))
            .to_owned();
        let changes = matches!(method.rsplit('.').next(), Some("add" | "update"));
        assert_eq!(request.step.is_some(), changes, "{method}: changes are steps and reads are not");
        let body: Value = serde_json::from_slice(request.body.as_ref().expect("a body")).expect("JSON");
        let fault = match self.faults.front() {
            Some((at, fault)) if *at == method => {
                let fault = *fault;
                self.faults.pop_front();
                Some(fault)
            }
            _ => None,
        };
        if fault == Some(Fault::DropRequest) {
            return Err(testing::failure("ambiguous"));
        }
        let (status, answer) = if fault == Some(Fault::Limit) {
            (503, json!({ "error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests" }))
        } else {
            match self.act(&method, &body) {
                Ok(result) => (200, json!({ "result": result, "time": { "operating_reset_at": 1_795_250_600 } })),
                Err((code, text)) => (400, json!({ "error": code, "error_description": text })),
            }
        };
        let (status, answer) = match fault {
            Some(Fault::BreakAfter) => (500, json!({ "error": "INTERNAL_SERVER_ERROR", "error_description": "" })),
            _ => (status, answer),
        };
        self.calls.push((method, status));
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        Ok(testing::answer(status, &answer))
    }

    fn act(&mut self, method: &str, body: &Value) -> Result<Value, (Value, &'static str)> {
        if method.starts_with("crm.item.") {
            assert_eq!(body["entityTypeId"], 2);
        }
        match method {
            "crm.item.get" => Ok(json!({ "item": self.deal(body)? })),
            "crm.item.update" => {
                let mut deal = self.deal(body)?;
                self.write(&mut deal, body);
                Ok(json!({ "item": deal }))
            }
            "crm.item.add" => {
                let id = self.deals.len() as u64 + 10;
                let mut deal = Map::new();
                deal.insert("stageId".to_owned(), json!("NEW"));
                for name in &self.fields {
                    deal.insert((*name).to_owned(), Value::Null);
                }
                deal.insert("id".to_owned(), json!(id));
                self.write(&mut deal, body);
                Ok(json!({ "item": deal }))
            }
            "crm.item.list" => {
                let wanted = body["filter"].as_object().expect("a filter");
                let fits = |deal: &&Map<String, Value>| {
                    self.ignores_filters || wanted.iter().all(|(name, value)| deal.get(name) == Some(value))
                };
                Ok(json!({ "items": self.deals.values().filter(fits).collect::<Vec<_>>() }))
            }
            "crm.timeline.comment.add" => {
                assert_eq!(body["fields"]["ENTITY_TYPE"], "deal");
                let deal = body["fields"]["ENTITY_ID"].as_u64().expect("a number");
                let text = body["fields"]["COMMENT"].as_str().expect("text").to_owned();
                if !self.deals.contains_key(&deal) {
                    return Err((json!(""), "Owner not found"));
                }
                self.comments.push((deal, text));
                Ok(json!(self.comments.len()))
            }
            "crm.timeline.comment.list" => {
                let deal = body["filter"]["ENTITY_ID"].as_u64().expect("a number");
                assert_eq!(body["order"], json!({ "ID": "DESC" }));
                let found = self.comments.iter().enumerate().rev().filter(|(_, (at, _))| *at == deal).take(50);
                Ok(found.map(|(at, (_, text))| json!({ "ID": at.to_string(), "COMMENT": text })).collect())
            }
            _ => Err((json!("ERROR_METHOD_NOT_FOUND"), "Method not found!")),
        }
    }

    fn deal(&self, body: &Value) -> Result<Map<String, Value>, (Value, &'static str)> {
        let id = body["id"].as_u64().expect("a number");
        self.deals.get(&id).cloned().ok_or((json!(0), "Element not found"))
    }

    /// Unknown fields are ignored without a word.
    fn write(&mut self, deal: &mut Map<String, Value>, body: &Value) {
        assert_eq!(body["useOriginalUfNames"], "Y");
        for (name, value) in body["fields"].as_object().expect("fields") {
            if self.fields.contains(&name.as_str()) || STANDARD.contains(&name.as_str()) {
                deal.insert(name.clone(), value.clone());
            }
        }
        let id = deal["id"].as_u64().expect("an id");
        self.deals.insert(id, deal.clone());
    }
}

/// A merchant with a portal.
pub(crate) struct Merchant {
    pub(crate) host: MemoryHost,
    pub(crate) portal: Rc<RefCell<Portal>>,
}

impl Merchant {
    pub(crate) fn new() -> Self {
        Self::with_settings(&json!({
            "portal": "https://shop.bitrix24.ru", "user_id": "1", "create_deal": true, "language": "en",
            "stages": { "awaiting_payment": "PREPARATION", "paid": "EXECUTING", "payment_failed": "UC_FAILED",
                "expired": "LOSE", "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTIAL", "full_refund": "UC_REFUND" },
        }))
    }

    pub(crate) fn with_settings(settings: &Value) -> Self {
        let fields = vec![
            "UF_CRM_PAY_STATUS",
            "UF_CRM_PAY_ID",
            "UF_CRM_PAY_ORDER",
            "UF_CRM_PAY_LINK",
            "UF_CRM_PAY_REASON",
            "UF_CRM_PAY_REF",
            "UF_CRM_PAY_AT",
            "UF_CRM_PAY_REFUNDED",
            "UF_CRM_KAMURJ_VERSION",
        ];
        let portal = Rc::new(RefCell::new(Portal {
            deals: BTreeMap::new(),
            comments: Vec::new(),
            fields,
            calls: Vec::new(),
            faults: VecDeque::new(),
            ignores_filters: false,
        }));
        let remote = Rc::clone(&portal);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        Self { host, portal }
    }

    /// A deal that the manager made, in the default funnel.
    pub(crate) fn deal(&self, id: u64, stage: &str) {
        let mut portal = self.portal.borrow_mut();
        let mut deal = Map::new();
        for name in &portal.fields {
            deal.insert((*name).to_owned(), Value::Null);
        }
        for (name, value) in [("id", json!(id)), ("stageId", json!(stage)), ("categoryId", json!(0))] {
            deal.insert(name.to_owned(), value);
        }
        portal.deals.insert(id, deal);
    }

    /// One run of the delivery.
    pub(crate) fn sync(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        Bitrix24::sync(&self.host, delivery)
    }

    /// The first run of the delivery that this state of a payment owes.
    pub(crate) fn tell(&self, payment: &Payment) -> Outcome {
        self.sync(&owed(payment))
    }

    /// Runs until it ends in something else than another run; counts the runs.
    pub(crate) fn tell_until_settled(&self, payment: &Payment) -> (Outcome, u32) {
        let mut delivery = owed(payment);
        loop {
            let outcome = self.sync(&delivery);
            if !matches!(outcome.kind.as_str(), "retry" | "ambiguous") || delivery.run == 9 {
                return (outcome, delivery.run);
            }
            delivery.run += 1;
        }
    }

    pub(crate) fn fault(&self, method: &'static str, fault: Fault) {
        self.portal.borrow_mut().faults.push_back((method, fault));
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.portal.borrow().calls.iter().filter(|(called, _)| called == method).count()
    }

    pub(crate) fn field(&self, deal: u64, name: &str) -> Value {
        self.portal.borrow().deals[&deal].get(name).cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn stage(&self, deal: u64) -> String {
        self.field(deal, "stageId").as_str().expect("a stage").to_owned()
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        self.portal.borrow().comments.iter().map(|(_, text)| text.clone()).collect()
    }
}

/// A payment that belongs to this deal.
pub(crate) fn payment_of(deal: u64, status: &str, version: u64) -> Payment {
    let crm = CrmRef {
        plugin: "bitrix24".to_owned(),
        entity_type: "deal".to_owned(),
        entity_id: deal.to_string(),
        extra: Vec::new(),
    };
    Payment { crm: Some(crm), ..payment(status, version) }
}

/// A payment without a deal.
pub(crate) fn payment(status: &str, version: u64) -> Payment {
    let mut payment = testing::payment("pay_1");
    status.clone_into(&mut payment.status);
    payment.version = version;
    if matches!(status, "paid" | "partially_refunded" | "refunded") {
        payment.captured = payment.amount.clone();
        payment.paid_at = Some(1_795_249_991_000);
        payment.provider_reference = Some("arca:7f21".to_owned());
    }
    payment
}

/// The delivery that this state owes.
pub(crate) fn owed(payment: &Payment) -> Delivery {
    testing::delivery(&format!("payment.{}", payment.status), payment.clone())
}
