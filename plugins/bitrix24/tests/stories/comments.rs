//! One comment for each thing that happened to the money, whatever happens to the answers.

use kamurj_sdk::Payment;
use kamurj_sdk::testing;
use serde_json::json;

use crate::merchant::{Merchant, payment_of};
use crate::portal::Fault;

#[test]
fn money_events_get_one_comment_each_and_others_none() {
    for (status, expected) in [
        ("created", None),
        ("pending", None),
        ("failed", None),
        ("expired", None),
        ("cancelled", None),
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
        merchant.deal(10, "NEW");
        let delivered = payment_of(10, status, 3);
        assert_eq!(merchant.tell(&delivered).kind, "done");
        assert_eq!(merchant.tell(&delivered).kind, "done");
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(merchant.comments(), expected, "{status}");
    }
}

#[test]
fn each_partial_refund_has_its_own_comment() {
    let merchant = Merchant::new();
    merchant.deal(10, "EXECUTING");
    for (version, minor) in [(4, 200_000), (5, 500_000)] {
        let mut refunded = payment_of(10, "partially_refunded", version);
        refunded.refunded.minor = minor;
        assert_eq!(merchant.tell(&refunded).kind, "done");
    }
    let comments = merchant.comments();
    assert_eq!(comments.len(), 2);
    assert!(comments[0].contains("2000\u{a0}֏ of 12500\u{a0}֏"), "{}", comments[0]);
    assert!(comments[1].ends_with("[pay:pay_1:payment.partially_refunded:500000]"));
    assert_eq!(merchant.field(10, "UF_CRM_PAY_REFUNDED"), "5000");
}

#[test]
fn a_comment_whose_answer_was_lost_is_looked_for_and_not_written_twice() {
    for fault in [Fault::DropReply, Fault::BreakAfter, Fault::DropRequest, Fault::Limit] {
        let merchant = Merchant::new();
        merchant.deal(10, "NEW");
        merchant.fault("crm.timeline.comment.add", fault.clone());
        let (outcome, runs) = merchant.tell_until_settled(&payment_of(10, "paid", 3));
        assert_eq!(outcome.kind, "done", "{fault:?}");
        assert_eq!(merchant.comments().len(), 1, "{fault:?}");
        assert_eq!(runs, if fault == Fault::DropReply { 1 } else { 2 }, "{fault:?}");
    }
}

#[test]
fn the_search_finds_the_marker_among_many_comments_of_others() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    for number in 0..200 {
        merchant.portal.borrow_mut().comments.push((10, format!("call {number} [pay:pay_10:payment.paid]")));
    }
    merchant.fault("crm.timeline.comment.add", Fault::DropReply);
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(merchant.comments().len(), 201);
}

#[test]
fn a_late_money_event_is_noted_though_the_deal_is_further_on() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let mut refunded = payment_of(10, "refunded", 7);
    refunded.refunded = refunded.amount.clone();
    merchant.tell(&refunded);
    merchant.tell(&payment_of(10, "paid", 5));
    assert_eq!((merchant.stage(10).as_str(), merchant.comments().len()), ("UC_REFUND", 2));
}

#[test]
fn brackets_of_strangers_are_no_markup() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let payment = Payment {
        order_id: "[url=https://evil.example]A[/url]".to_owned(),
        provider_reference: Some("x] [pay:pay_2:payment.paid]".to_owned()),
        ..payment_of(10, "paid", 3)
    };
    merchant.tell(&payment);
    let comment = merchant.comments().remove(0);
    assert_eq!(comment.matches('[').count(), 1, "{comment}");
    assert!(comment.ends_with(" [pay:pay_1:payment.paid]"));
}

#[test]
fn comments_speak_the_merchants_language() {
    for (language, part) in
        [("hy", "Վճարումը հաստատված է՝ 12500\u{a0}֏։"), ("ru", "Оплата подтверждена: 12500\u{a0}֏.")]
    {
        let merchant = Merchant::with_settings(
            &json!({ "portal": "https://shop.bitrix24.ru", "user_id": "1", "language": language }),
        );
        merchant.deal(10, "NEW");
        assert_eq!(merchant.sync(&testing::delivery("payment.paid", payment_of(10, "paid", 3))).kind, "done");
        assert!(merchant.comments()[0].starts_with(part), "{}", merchant.comments()[0]);
        assert_eq!(merchant.stage(10), "NEW", "a view without a stage leaves the deal where it is");
    }
}
