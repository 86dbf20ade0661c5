//! The comparison: what is a difference, and what is none.

use kamurj_crm::compare::compare;
use kamurj_crm::{Standing, View};
use kamurj_sdk::testing::MemoryHost;
use kamurj_sdk::{Difference, Occurrence};
use serde_json::json;

use crate::book::{Book, payment, settings};

fn compared(status: &str, change: impl FnOnce(&mut Standing)) -> Vec<Difference> {
    let (host, book, settings) = (MemoryHost::new("{}"), Book::default(), settings(&json!({})));
    let payment = payment(status, 3);
    book.has("s1", View::of_status(status).map_or("", View::name));
    {
        let mut records = book.records.borrow_mut();
        let record = records.get_mut("s1").unwrap();
        record.payment = Some(payment.id.clone());
        record.view = View::of_status(status);
        record.amount = Some("12500".to_owned());
        change(record);
    }
    host.put_payment(payment);
    let occurrence = Occurrence {
        id: "occ_1".to_owned(),
        name: "compare".to_owned(),
        due_at: 1_795_260_000_000,
        run: 1,
        extra: Vec::new(),
    };
    assert_eq!(compare(&host, &book, &settings, &occurrence).expect("an outcome").kind, "done");
    let reports = host.reports();
    assert_eq!((reports.len(), reports[0].complete, reports[0].compared), (1, true, 1));
    reports.into_iter().flat_map(|part| part.differences).collect()
}

#[track_caller]
fn check(status: &str, change: impl FnOnce(&mut Standing), expected: Option<(&str, &str, &str)>) {
    let found = compared(status, change);
    let found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.ours.as_str(), one.theirs.as_str())).collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn f10_what_differs_is_told_and_what_does_not_is_not() {
    check("paid", |_| (), None);
    check("something_new", |_| (), None);
    check("paid", |now| now.view = Some(View::Expired), Some(("status", "paid", "expired")));
    check("paid", |now| now.view = None, Some(("status", "paid", "")));
    check("paid", |now| now.amount = Some("12500.00".to_owned()), None);
    check("paid", |now| now.amount = None, None);
    check("paid", |now| now.amount = Some("125".to_owned()), Some(("amount", "12500", "125")));
    check("created", |now| now.stage = "paid".to_owned(), Some(("stage", "awaiting_payment", "paid")));
    check("paid", |now| now.stage = "awaiting_payment".to_owned(), Some(("stage", "paid", "awaiting_payment")));
    check("created", |now| now.stage = "elsewhere".to_owned(), None);
    check(
        "created",
        |now| (now.stage, now.is_won) = ("won".to_owned(), true),
        Some(("stage", "awaiting_payment", "won")),
    );
    check("paid", |now| (now.stage, now.is_won) = ("won".to_owned(), true), None);
    check("paid", |now| (now.payment, now.view) = (Some("pay_2".to_owned()), Some(View::Expired)), None);
}

#[test]
fn f10_money_is_said_not_to_be_proven_by_a_stage() {
    let found = compared("expired", |now| now.stage = "paid".to_owned());
    assert!(found[0].message.contains("no bank has said so"), "{}", found[0].message);
}
