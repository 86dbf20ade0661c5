//! Sends whose answer was lost, and statuses in any order.

use crate::shop::{ANI, ANI_PHONE, Fault, Shop, now, status};
use serde_json::json;

#[test]
fn a_send_whose_answer_was_lost_is_settled_by_its_status() {
    let (shop, payment) = Shop::new().ordered();
    shop.fault(Fault::DropReply);
    let paid = now(&payment, "paid", 3);
    let outcome = shop.tell("payment.paid", &paid);
    assert_eq!(
        (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms),
        ("ambiguous", "target", Some(90_000))
    );
    let arrived = shop.last();
    shop.hears_of(&arrived, "sent", 0);
    let outcome = shop.tell("payment.paid", &paid);
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref), ("done", Some(arrived.id)));
    assert_eq!(shop.sent_to(ANI).len(), 2, "the link and the notice");
}

#[test]
fn silence_means_that_it_did_not_arrive_and_it_is_sent_again_after_ninety_seconds() {
    for fault in [Fault::DropRequest, Fault::Refuse(500, 131_000)] {
        let (shop, payment) = Shop::new().ordered();
        shop.fault(fault);
        let paid = now(&payment, "paid", 3);
        assert_eq!(shop.tell("payment.paid", &paid).kind, "ambiguous", "{fault:?}");
        shop.passes(89_999);
        let early = shop.tell("payment.paid", &paid);
        assert_eq!((early.kind.as_str(), early.retry_after_ms), ("ambiguous", Some(1)), "{fault:?}");
        assert_eq!(shop.tries(), 2);
        shop.passes(1);
        assert_eq!(shop.tell("payment.paid", &paid).kind, "done", "{fault:?}");
        assert_eq!((shop.sent().len(), shop.tries()), (2, 3), "{fault:?}");
    }
}

#[test]
fn what_never_left_is_sent_in_the_next_run() {
    let (shop, payment) = Shop::new().ordered();
    shop.fault(Fault::NotSent);
    let paid = now(&payment, "paid", 3);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "retry");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn a_link_whose_answer_was_lost_is_settled_too() {
    let shop = Shop::new();
    shop.fault(Fault::DropReply);
    let value = crate::shop::messages(&[crate::shop::press("wamid.1", ANI, "item:cake")]);
    assert_eq!(shop.posts("inb_1", 1, &value).kind, "ambiguous");
    shop.hears_of(&shop.last(), "delivered", 0);
    assert_eq!(shop.posts("inb_1", 2, &value).kind, "done");
    assert_eq!((shop.host.payments().len(), shop.sent().len()), (1, 1));
}

#[test]
fn statuses_become_receipts_of_their_delivery_in_any_order() {
    let (shop, payment) = Shop::new().ordered();
    let link = shop.last();
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    let notice = shop.last();
    for state in ["read", "delivered", "sent", "delivered", "played", "since_next_year"] {
        assert_eq!(shop.hears_of(&notice, state, 0).kind, "done", "{state}");
        assert_eq!(shop.hears_of(&link, state, 0).kind, "done", "{state}");
    }
    let receipts = shop.host.receipts();
    let states: Vec<&str> = receipts.iter().map(|receipt| receipt.state.as_str()).collect();
    assert_eq!(states, ["read", "delivered", "delivered", "read"], "the host keeps the furthest");
    assert!(receipts.iter().all(|receipt| receipt.delivery_id == format!("dlv_{}_3_payment.paid", payment.id)));
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn a_message_that_failed_later_is_told_with_its_code_and_nobodys_number() {
    let (shop, payment) = Shop::new().ordered();
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    shop.hears_of(&shop.last(), "failed", 131_042);
    let receipt = shop.host.receipts().pop().expect("a receipt");
    assert_eq!((receipt.state.as_str(), receipt.code.as_str()), ("failed", "131042"));
    assert_eq!(receipt.message, "Title: For …17");
    assert!(shop.host.lines().iter().all(|line| !line.text.contains(ANI_PHONE)), "{:?}", shop.host.lines());
}

#[test]
fn somebody_who_cannot_be_reached_is_not_reminded_until_they_write() {
    let (shop, payment) = Shop::new().ordered();
    shop.tell("payment.send", &payment);
    shop.hears_of(&shop.last(), "failed", 131_026);
    assert_eq!(shop.host.receipts().pop().expect("a receipt").code, "131026");
    let before = shop.tries();
    assert_eq!(shop.tell("payment.reminder", &now(&payment, "created", 3)).kind, "unreachable");
    assert_eq!(shop.tries(), before);
    // What matters is tried all the same.
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 4)).kind, "done");
    shop.ani_says("wamid.7", "hello");
    assert_eq!(shop.tell("payment.reminder", &now(&payment, "created", 5)).kind, "done");

    shop.fault(Fault::Refuse(400, 131_026));
    assert_eq!(shop.tell("payment.refunded", &now(&payment, "refunded", 6)).kind, "unreachable");
}

#[test]
fn marks_of_others_and_talk_change_nothing() {
    let shop = Shop::with_templates();
    shop.ani_says("wamid.1", "menu");
    let mut foreign = shop.last();
    shop.hears_of(&foreign, "failed", 131_047);
    for mark in ["obx:1:paid", "dlv_1|paid", "dlv_1|unknown|pay_1", "", "dlv_1|paid|pay_404"] {
        mark.clone_into(&mut foreign.mark);
        let request = format!("inb_{mark}");
        assert_eq!(
            shop.posts(&request, 1, &json!({ "statuses": [status(&foreign, "failed", 131_047)] })).kind,
            "done",
            "{mark}"
        );
    }
    let told: Vec<_> = shop.host.receipts().into_iter().map(|receipt| receipt.delivery_id).collect();
    assert_eq!(told, ["dlv_1"], "a delivery's mark whose payment is gone is a receipt still");
    assert_eq!(shop.sent().len(), 1);
}
