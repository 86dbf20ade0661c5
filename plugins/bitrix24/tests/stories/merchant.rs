//! A merchant with a portal: what people do there, what happens to payments, and what is seen afterwards.

use std::cell::RefCell;
use std::rc::Rc;

use kamurj_plugin_bitrix24::Bitrix24;
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{Crm, CrmRef, Delivery, InboundRequest, Occurrence, Outcome, Payment, Request};
use serde_json::{Map, Value, json};

use crate::portal::{Fault, Portal};

/// Codes of the payment fields without their kind's prefix.
pub(crate) const FIELDS: [&str; 12] = [
    "PAY_STATUS",
    "PAY_ID",
    "PAY_ORDER",
    "PAY_AMOUNT",
    "PAY_CURRENCY",
    "PAY_LINK",
    "PAY_REASON",
    "PAY_REF",
    "PAY_AT",
    "PAY_REFUNDED",
    "PAY_ATTEMPTS",
    "KAMURJ_VERSION",
];

/// A merchant with a portal.
pub(crate) struct Merchant {
    pub(crate) host: MemoryHost,
    pub(crate) portal: Rc<RefCell<Portal>>,
}

/// The settings of most stories.
pub(crate) fn settings() -> Value {
    json!({
        "portal": "https://shop.bitrix24.ru", "user_id": "1", "create_deal": true, "language": "en",
        "stages": { "awaiting_payment": "PREPARATION", "paid": "EXECUTING", "payment_failed": "UC_FAILED",
            "expired": "LOSE", "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTIAL", "full_refund": "UC_REFUND" },
        "invoice_stages": { "awaiting_payment": "DT31_5:S", "paid": "DT31_5:P", "expired": "DT31_5:D" },
        "tasks": {},
        "requests": { "stages": ["UC_ASK", "DT31_5:ASK"], "order_prefix": "B24-", "hours": 48 },
    })
}

/// The settings of most stories with another value at one of their names.
pub(crate) fn settings_with(name: &str, value: Value) -> Value {
    let mut settings = settings();
    settings[name] = value;
    settings
}

impl Merchant {
    pub(crate) fn new() -> Self {
        Self::with_settings(&settings())
    }

    pub(crate) fn with_settings(settings: &Value) -> Self {
        Self::with_secrets(settings, &["webhook_secret"])
    }

    pub(crate) fn with_secrets(settings: &Value, secrets: &[&str]) -> Self {
        let portal = Rc::new(RefCell::new(furnished()));
        let remote = Rc::clone(&portal);
        let host = MemoryHost::new(&settings.to_string())
            .with_remote(move |request: &Request| remote.borrow_mut().answer(request));
        let host = secrets.iter().fold(host, |host, secret| host.with_secret(secret));
        Self { host, portal }
    }

    /// The same portal with a plugin that remembers nothing, or has other settings.
    pub(crate) fn anew(&self, settings: &Value) -> Self {
        let fresh = Self::with_settings(settings);
        std::mem::swap(&mut *fresh.portal.borrow_mut(), &mut *self.portal.borrow_mut());
        fresh
    }

    /// A deal that the manager made, in the default funnel.
    pub(crate) fn deal(&self, id: u64, stage: &str) {
        self.item(2, id, stage, 0);
    }

    /// A smart invoice that the manager made.
    pub(crate) fn invoice(&self, id: u64, stage: &str) {
        self.item(31, id, stage, 5);
    }

    fn item(&self, kind: u64, id: u64, stage: &str, funnel: u64) {
        let mut portal = self.portal.borrow_mut();
        let mut item: Map<String, Value> =
            portal.fields[&kind].iter().map(|name| (name.clone(), Value::Null)).collect();
        for (name, value) in [
            ("id", json!(id)),
            ("stageId", json!(stage)),
            ("categoryId", json!(funnel)),
            ("title", json!("Cakes")),
            ("opportunity", json!(12500)),
            ("currencyId", json!("AMD")),
            ("contactId", json!(0)),
            ("assignedById", json!(8)),
            ("movedTime", json!("2026-11-21T12:00:00+04:00")),
            ("updatedTime", json!("2026-11-21T12:00:00+04:00")),
        ] {
            item.insert(name.to_owned(), value);
        }
        portal.items.insert((kind, id), item);
    }

    /// Somebody writes into a record.
    pub(crate) fn set(&self, kind: u64, id: u64, name: &str, value: Value) {
        let mut portal = self.portal.borrow_mut();
        portal.items.get_mut(&(kind, id)).expect("a record").insert(name.to_owned(), value);
    }

    /// Somebody moves a deal at this minute past twelve.
    pub(crate) fn moves(&self, deal: u64, stage: &str, minute: u32) {
        let at = json!(format!("2026-11-21T12:{minute:02}:00+04:00"));
        self.set(2, deal, "stageId", json!(stage));
        self.set(2, deal, "movedTime", at.clone());
        self.set(2, deal, "updatedTime", at);
    }

    /// One run of the delivery.
    pub(crate) fn sync(&self, delivery: &Delivery) -> Outcome {
        self.host.new_run(&delivery.id);
        let before = self.portal.borrow().hits;
        let outcome = Bitrix24::sync(&self.host, delivery);
        assert!(self.portal.borrow().hits - before <= 16, "a run makes sixteen requests at the most");
        outcome
    }

    /// The first run of the delivery that this state of a payment owes.
    pub(crate) fn tell(&self, payment: &Payment) -> Outcome {
        self.sync(&owed(payment))
    }

    /// Runs until it ends in something else than another run; counts the runs.
    pub(crate) fn tell_until_settled(&self, payment: &Payment) -> (Outcome, u32) {
        self.sync_until_settled(owed(payment))
    }

    pub(crate) fn sync_until_settled(&self, mut delivery: Delivery) -> (Outcome, u32) {
        loop {
            let outcome = self.sync(&delivery);
            if !matches!(outcome.kind.as_str(), "retry" | "ambiguous") || delivery.run == 9 {
                return (outcome, delivery.run);
            }
            delivery.run += 1;
        }
    }

    /// The portal tells of a deal.
    pub(crate) fn hears_of_deal(&self, deal: u64) -> Outcome {
        self.posted("event", &format!("event=ONCRMDEALUPDATE&data[FIELDS][ID]={deal}&auth[member_id]=abcdef0123"))
    }

    /// Something arrives on a route, its first run.
    pub(crate) fn posted(&self, path: &str, body: &str) -> Outcome {
        let request = InboundRequest { body: body.as_bytes().to_vec(), ..testing::inbound(path, &json!({})) };
        self.handles(&request)
    }

    pub(crate) fn handles(&self, request: &InboundRequest) -> Outcome {
        self.host.new_run(&format!("{}.{}", request.id, self.portal.borrow().hits));
        Bitrix24::handle(&self.host, request)
    }

    /// The clock's turn.
    pub(crate) fn ticks(&self, name: &str, run: u32) -> Outcome {
        let occurrence = Occurrence {
            id: format!("occ_{name}"),
            name: name.to_owned(),
            due_at: self.host_now(),
            run,
            extra: Vec::new(),
        };
        self.host.new_run(&occurrence.id);
        let before = self.portal.borrow().hits;
        let outcome = Bitrix24::tick(&self.host, &occurrence);
        assert!(self.portal.borrow().hits - before <= 16);
        outcome
    }

    pub(crate) fn host_now(&self) -> u64 {
        kamurj_sdk::Host::now_ms(&self.host)
    }

    pub(crate) fn fault(&self, method: &'static str, fault: Fault) {
        self.portal.borrow_mut().faults.push_back((method, fault));
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.portal.borrow().calls.iter().filter(|(called, _)| called == method).count()
    }

    pub(crate) fn hits(&self) -> usize {
        self.portal.borrow().hits
    }

    pub(crate) fn field(&self, deal: u64, name: &str) -> Value {
        self.field_of(2, deal, name)
    }

    pub(crate) fn field_of(&self, kind: u64, id: u64, name: &str) -> Value {
        self.portal.borrow().items[&(kind, id)].get(name).cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn stage(&self, deal: u64) -> String {
        self.field(deal, "stageId").as_str().expect("a stage").to_owned()
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        self.portal.borrow().comments.iter().map(|(_, text)| text.clone()).collect()
    }
}

/// A portal with two funnels of deals and one of invoices, and every payment field.
fn furnished() -> Portal {
    let mut portal = Portal::default();
    let of = |prefix: &str| FIELDS.iter().map(|code| format!("{prefix}{code}")).collect();
    portal.fields = [(2, of("UF_CRM_")), (31, of("UF_CRM_SMART_INVOICE_"))].into();
    let stages = |prefix: &str, codes: &[&str]| {
        codes.iter().map(|code| (format!("{prefix}{code}"), format!("{code} by name"))).collect::<Vec<_>>()
    };
    let usual = [
        "NEW",
        "PREPARATION",
        "EXECUTING",
        "UC_FAILED",
        "LOSE",
        "UC_REVIEW",
        "UC_PARTIAL",
        "UC_REFUND",
        "UC_ASK",
        "WON",
    ];
    portal.funnels = [
        ((2, 0), ("Cakes".to_owned(), stages("", &usual))),
        ((2, 9), ("Lessons".to_owned(), stages("C9:", &["NEW", "PREPARATION", "EXECUTING", "WON", "LOSE"]))),
        ((31, 5), ("Invoices".to_owned(), stages("DT31_5:", &["N", "S", "ASK", "P", "D"]))),
    ]
    .into();
    portal
}

/// A reference to this record.
pub(crate) fn crm(kind: &str, id: &str) -> CrmRef {
    let (plugin, entity_type, entity_id) = ("bitrix24".to_owned(), kind.to_owned(), id.to_owned());
    CrmRef { plugin, entity_type, entity_id, extra: Vec::new() }
}

/// A payment that belongs to this deal.
pub(crate) fn payment_of(deal: u64, status: &str, version: u64) -> Payment {
    Payment { crm: Some(crm("deal", &deal.to_string())), ..payment(status, version) }
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
        payment.attempts = 2;
    }
    payment
}

/// The delivery that this state owes.
pub(crate) fn owed(payment: &Payment) -> Delivery {
    testing::delivery(&format!("payment.{}", payment.status), payment.clone())
}
