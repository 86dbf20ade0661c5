//! The smallest CRM: records, notes and tasks in memory, faults on demand, and the host's rule for named effects through its own door.
//! It must not decide anything.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kamurj_crm::{Desk, Order, Settings, Shown, Standing, Target, Task, Trouble, rfc3339};
use kamurj_sdk::testing::{self, MemoryHost};
use kamurj_sdk::{CrmRef, Customer, Delivery, Money, Outcome, Payment};
use serde_json::{Value, json};

/// What goes wrong with the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Done, and the answer was cut.
    DropReply,
    /// Not done, and nobody knows.
    DropRequest,
    /// Done, and answered with passing trouble.
    BreakAfter,
}

/// A CRM.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) records: RefCell<BTreeMap<String, Standing>>,
    pub(crate) orders: RefCell<BTreeMap<String, Order>>,
    pub(crate) notes: RefCell<Vec<(String, String)>>,
    pub(crate) tasks: RefCell<Vec<(String, String, bool)>>,
    pub(crate) faults: RefCell<VecDeque<Fault>>,
    /// Steps that were accepted in this delivery.
    accepted: RefCell<BTreeSet<String>>,
    /// Since when it was asked who waits.
    pub(crate) asked_since: RefCell<Vec<u64>>,
}

impl Book {
    /// A record at this stage.
    pub(crate) fn has(&self, id: &str, stage: &str) {
        let standing = Standing { stage: stage.to_owned(), payment: Some(String::new()), ..Standing::default() };
        self.records.borrow_mut().insert(id.to_owned(), standing);
    }

    /// Its record asks for this much, having come into this stage then.
    pub(crate) fn asks(&self, id: &str, stage: &str, amount: &str, moved_at: u64) {
        self.has(id, stage);
        let order = Order {
            stage: stage.to_owned(),
            moved_at: Some(moved_at),
            amount: kamurj_crm::requests::amount(amount, "AMD"),
            description: "Cake".to_owned(),
            items: Vec::new(),
            customer: Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() },
        };
        self.orders.borrow_mut().insert(id.to_owned(), order);
    }

    pub(crate) fn standing(&self, id: &str) -> Standing {
        self.records.borrow()[id].clone()
    }

    /// Another delivery, whose steps are its own.
    pub(crate) fn new_delivery(&self) {
        self.accepted.borrow_mut().clear();
    }

    fn gone<T>(target: &Target) -> Result<T, Trouble> {
        Err(Trouble::Gone(Outcome::bad_request("record-gone", &target.id)))
    }

    /// Does something under its name, with the next fault. What was accepted under the name is not done again.
    fn change<T>(&self, step: &str, before: impl Fn() -> T, deed: impl FnOnce() -> T) -> Result<T, Trouble> {
        let is_sound = step.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':'));
        assert!(is_sound && step.len() <= 64, "{step}");
        if self.accepted.borrow().contains(step) {
            return Ok(before());
        }
        let lost = || Err(Trouble::Lost(Outcome::ambiguous("lost", "nobody knows")));
        match self.faults.borrow_mut().pop_front() {
            Some(Fault::DropRequest) => lost(),
            Some(Fault::DropReply) => {
                deed();
                lost()
            }
            Some(Fault::BreakAfter) => {
                deed();
                Err(Trouble::Ended(Outcome::retry("500", "broken")))
            }
            None => {
                self.accepted.borrow_mut().insert(step.to_owned());
                Ok(deed())
            }
        }
    }
}

impl Desk for Book {
    fn id(&self) -> &'static str {
        "book"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["sale", "bill"]
    }

    fn find(&self, payment: &Payment) -> Result<Option<Target>, Trouble> {
        let id = format!("of-{}", payment.id);
        Ok(self.records.borrow().contains_key(&id).then(|| Target::new("sale", &id)))
    }

    fn make(&self, payment: &Payment, shown: &Shown, stage: Option<&str>, step: &str) -> Result<Target, Trouble> {
        let target = Target::new("sale", &format!("of-{}", payment.id));
        self.change(step, || (), || self.has(&target.id, stage.unwrap_or("new")))?;
        self.write(&target, shown, None, &format!("{step}.fields"))?;
        Ok(target)
    }

    fn look(&self, target: &Target) -> Result<Standing, Trouble> {
        self.records.borrow().get(&target.id).cloned().map_or_else(|| Self::gone(target), Ok)
    }

    fn look_at_all(&self, targets: &[Target]) -> Result<Vec<Option<Standing>>, Trouble> {
        Ok(targets.iter().map(|target| self.records.borrow().get(&target.id).cloned()).collect())
    }

    fn stage_in(&self, stage: &str, _funnel: &str) -> Option<String> {
        Some(stage.to_owned())
    }

    fn write(&self, target: &Target, shown: &Shown, stage: Option<&str>, step: &str) -> Result<(), Trouble> {
        if !self.records.borrow().contains_key(&target.id) {
            return Self::gone(target);
        }
        self.change(
            step,
            || (),
            || {
                let mut records = self.records.borrow_mut();
                let Some(record) = records.get_mut(&target.id) else { return };
                record.payment = Some(shown.payment.clone());
                record.version = shown.version;
                record.view = Some(shown.view);
                record.amount = Some(kamurj_crm::requests::decimal(&shown.amount));
                if let Some(stage) = stage {
                    stage.clone_into(&mut record.stage);
                }
            },
        )
    }

    fn has_note(&self, target: &Target, marker: &str) -> Result<bool, Trouble> {
        Ok(self.notes.borrow().iter().any(|(id, text)| *id == target.id && text.contains(marker)))
    }

    fn note(&self, target: &Target, text: &str, step: &str) -> Result<(), Trouble> {
        self.change(step, || (), || self.notes.borrow_mut().push((target.id.clone(), text.to_owned())))
    }

    fn find_task(&self, _target: Option<&Target>, marker: &str) -> Result<Option<Task>, Trouble> {
        let tasks = self.tasks.borrow();
        let found = tasks.iter().find(|(_, text, _)| text.contains(marker));
        Ok(found.map(|(id, _, is_open)| Task { id: id.clone(), is_open: *is_open }))
    }

    fn open_task(
        &self,
        target: Option<&Target>,
        _title: &str,
        text: &str,
        _key: &str,
        step: &str,
    ) -> Result<String, Trouble> {
        if let Some(target) = target.filter(|target| !self.records.borrow().contains_key(&target.id)) {
            return Self::gone(target);
        }
        let last = || self.tasks.borrow().last().map(|(id, _, _)| id.clone()).unwrap_or_default();
        self.change(step, last, || {
            let id = format!("t{}", self.tasks.borrow().len() + 1);
            self.tasks.borrow_mut().push((id.clone(), text.to_owned(), true));
            id
        })
    }

    fn close_task(&self, id: &str, _why: &str, step: &str) -> Result<(), Trouble> {
        self.change(
            step,
            || (),
            || {
                self.tasks.borrow_mut().iter_mut().filter(|(known, _, _)| known == id).for_each(|task| task.2 = false);
            },
        )
    }

    fn order(&self, target: &Target) -> Result<Order, Trouble> {
        self.orders.borrow().get(&target.id).cloned().map_or_else(|| Self::gone(target), Ok)
    }

    fn shows(&self, target: &Target) -> Option<String> {
        self.records.borrow().get(&target.id)?.payment.clone()
    }

    fn waiting(&self, stages: &[String], since_ms: u64) -> Result<Vec<Target>, Trouble> {
        self.asked_since.borrow_mut().push(since_ms);
        let orders = self.orders.borrow();
        let waits = orders.iter().filter(|(_, order)| stages.contains(&order.stage));
        Ok(waits.map(|(id, _)| Target::new("sale", id)).collect())
    }
}

/// Settings in which every view has the stage of its own name.
pub(crate) fn settings(more: &Value) -> Settings {
    let stages: BTreeMap<_, _> = kamurj_crm::View::ALL.map(|view| (view.name(), view.name())).into();
    let mut all = json!({ "stages": stages, "language": "en", "tasks": {}, "requests": { "stages": ["ask"] } });
    for (name, value) in more.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).expect("settings")
}

/// A payment of the record `s1`.
pub(crate) fn payment(status: &str, version: u64) -> Payment {
    let (plugin, entity_type, entity_id) = ("book".to_owned(), "sale".to_owned(), "s1".to_owned());
    let crm = Some(CrmRef { plugin, entity_type, entity_id, extra: Vec::new() });
    Payment { status: status.to_owned(), version, crm, ..testing::payment("pay_1") }
}

pub(crate) fn owed(payment: &Payment) -> Delivery {
    testing::delivery(&format!("payment.{}", payment.status), payment.clone())
}

/// Runs a delivery until it needs no further run; the last outcome.
pub(crate) fn settles(host: &MemoryHost, book: &Book, settings: &Settings, mut delivery: Delivery) -> Outcome {
    book.new_delivery();
    loop {
        let outcome = kamurj_crm::sync(host, book, settings, true, &delivery).unwrap_or_else(|outcome| outcome);
        if !matches!(outcome.kind.as_str(), "retry" | "ambiguous") || delivery.run == 9 {
            return outcome;
        }
        delivery.run += 1;
    }
}

pub(crate) fn dram(drams: i64) -> Money {
    Money { minor: drams * 100, currency: "AMD".to_owned() }
}

#[test]
fn the_clock_of_the_tests_is_where_the_samples_are() {
    assert_eq!(rfc3339(testing::payment("pay_1").created_at), "2026-11-21T12:33:20+04:00");
}
