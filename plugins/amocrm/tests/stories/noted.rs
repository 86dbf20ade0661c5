//! One note for each thing that happened to the money.

use kamurj_sdk::{Payment, testing};
use serde_json::json;

use crate::account::Fault;
use crate::merchant::{Merchant, of_lead, owed};

const NOTE: &str = "POST leads/#/notes";

#[test]
fn only_money_is_noted_and_each_thing_once() {
    for (status, expected) in [
        ("pending", None),
        ("expired", None),
        (
            "paid",
            Some("Payment confirmed: 12500\u{a0}֏. Order: A-1042. Bank reference: arca:7f21. [pay:pay_1:payment.paid]"),
        ),
        (
            "manual_review",
            Some(
                "The payment needs a review: 12500\u{a0}֏. Do not release the order before. Order: A-1042. \
                 [pay:pay_1:payment.manual_review]",
            ),
        ),
    ] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        let payment = of_lead(10, status, 3);
        assert_eq!(
            (merchant.tell(&payment).kind, merchant.tell(&payment).kind),
            ("done".to_owned(), "done".to_owned())
        );
        assert_eq!(merchant.notes(), expected.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{status}");
    }
}

#[test]
fn each_partial_refund_has_its_own_note() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/74", 12_500);
    for (version, minor) in [(4, 200_000), (5, 500_000), (5, 500_000)] {
        let mut back = of_lead(10, "partially_refunded", version);
        back.refunded.minor = minor;
        assert_eq!(merchant.tell(&back).kind, "done");
    }
    let notes = merchant.notes();
    assert_eq!(notes.len(), 2);
    assert!(notes[1].contains("5000\u{a0}֏ of 12500\u{a0}֏") && notes[1].ends_with(":500000]"), "{}", notes[1]);
}

#[test]
fn f2_a_note_whose_answer_was_lost_is_looked_for_and_not_written_twice() {
    for (fault, runs) in [
        (Fault::DropReply, 1),
        (Fault::DropRequest, 2),
        (Fault::BreakAfter, 2),
        (Fault::NotSent, 2),
        (Fault::Refuse(503, String::new()), 2),
    ] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        merchant.fault(NOTE, fault.clone());
        let (outcome, took) = merchant.until_settled(owed(&of_lead(10, "paid", 3)));
        assert_eq!((outcome.kind.as_str(), took), ("done", runs), "{fault:?}");
        assert_eq!(merchant.notes().len(), 1, "{fault:?}");
    }
}

#[test]
fn f2_a_lead_whose_answer_was_lost_is_found_by_its_payment() {
    for (fault, runs) in
        [(Fault::DropReply, 1), (Fault::BreakAfter, 2), (Fault::DropRequest, 2), (Fault::Refuse(502, String::new()), 2)]
    {
        let merchant = Merchant::new();
        merchant.fault("POST leads", fault.clone());
        let payment = Payment { crm: None, ..of_lead(10, "paid", 3) };
        let (outcome, took) = merchant.until_settled(owed(&payment));
        assert_eq!((outcome.kind.as_str(), took), ("done", runs), "{fault:?}");
        let leads = merchant.amo.borrow().leads.len();
        assert_eq!((leads, merchant.notes().len()), (1, 1), "{fault:?}");
    }
}

#[test]
fn the_search_reads_fewer_notes_where_many_are_too_long() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    for number in 0..200 {
        let text = format!("call {number} {} [pay:pay_10:payment.paid]", "ա".repeat(10_000));
        merchant.amo.borrow_mut().notes.push((10, text));
    }
    merchant.fault(NOTE, Fault::DropReply);
    assert_eq!(merchant.tell(&of_lead(10, "paid", 3)).kind, "done");
    assert_eq!((merchant.notes().len(), merchant.count("GET leads/#/notes")), (201, 3));
}

#[test]
fn notes_speak_the_merchants_language() {
    for (language, part) in
        [("hy", "Վճարումը հաստատված է՝ 12500\u{a0}֏։"), ("ru", "Оплата подтверждена: 12500\u{a0}֏.")]
    {
        let merchant = Merchant::with(&json!({ "language": language, "stages": {} }));
        merchant.lead(10, "6200001/71", 12_500);
        merchant.sync(&testing::delivery("payment.paid", of_lead(10, "paid", 3)));
        assert!(merchant.notes()[0].starts_with(part), "{}", merchant.notes()[0]);
        assert_eq!(merchant.stage(10), "6200001/71", "a view without a stage leaves the lead where it is");
    }
}
