//! A message whose answer was lost: its echo settles it, or its silence.

use kamurj_sdk::testing::delivery;
use serde_json::json;

use crate::double::Fault;
use crate::shop::{ANI, Shop, now, tap, webhook};

#[test]
fn an_echo_proves_that_a_paid_notice_arrived() {
    let (shop, payment) = Shop::new().sold();
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    shop.graph.borrow_mut().faults.push_back(Fault::DropReply);
    let outcome = shop.deliver(&paid);
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("ambiguous", Some(90_000)));
    assert_eq!(shop.echo(&shop.last(ANI)).kind, "done");
    let outcome = shop.deliver(&paid);
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("m_2")));
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn an_echo_that_was_faster_than_the_lost_answer_counts_too() {
    let (shop, payment) = Shop::new().sold();
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    let mark = format!("{}|paid|pay_1|send-paid", paid.id);
    let echo = json!({ "is_echo": true, "mid": "m_2", "text": "✅ Paid", "metadata": mark });
    shop.told(&crate::shop::by_page(ANI, &echo));
    shop.graph.borrow_mut().faults.push_back(Fault::DropReply);
    assert_eq!(shop.deliver(&paid).kind, "ambiguous");
    assert_eq!(shop.deliver(&paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn silence_proves_that_it_did_not_and_it_is_sent_once_more() {
    for fault in [Fault::DropRequest, Fault::Break] {
        let (shop, payment) = Shop::new().sold();
        let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
        shop.graph.borrow_mut().faults.push_back(fault);
        assert_eq!(shop.deliver(&paid).kind, "ambiguous", "{fault:?}");
        shop.passes(30_000);
        assert_eq!(shop.deliver(&paid).retry_after_ms, Some(60_000), "{fault:?}");
        assert_eq!(shop.messages(ANI).len(), 1);
        shop.passes(60_000);
        assert_eq!(shop.deliver(&paid).kind, "done", "{fault:?}");
        assert_eq!(shop.deliver(&paid).kind, "done", "{fault:?}");
        assert_eq!(shop.messages(ANI).len(), 2);
    }
}

#[test]
fn an_echo_of_another_message_of_the_same_request_settles_nothing() {
    let shop = Shop::new();
    let body = webhook(&[tap("m_1", ANI, "item:cake")]);
    shop.graph.borrow_mut().faults.push_back(Fault::DropRequest);
    assert_eq!(shop.request("inb_1", 1, &body).kind, "ambiguous");
    let other = json!({ "is_echo": true, "mid": "m_7", "text": "x", "metadata": "inb_1-0|link|pay_1|another-step" });
    shop.told(&crate::shop::by_page(ANI, &other));
    shop.passes(90_000);
    assert_eq!(shop.request("inb_1", 2, &body).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
    shop.only_payment();
}

#[test]
fn a_busy_meta_holds_the_whole_page_back_for_as_long_as_it_says() {
    let (shop, payment) = Shop::new().sold();
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    shop.graph.borrow_mut().faults.push_back(Fault::Limit);
    let outcome = shop.deliver(&paid);
    assert_eq!(
        (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms),
        ("retry", "connection", Some(120_000))
    );
    assert_eq!(shop.deliver(&paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 2);
}
