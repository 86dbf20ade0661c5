//! A message whose answer was lost: an echo of the same words settles it; silence proves nothing, so that only what does no harm twice is
//! sent again.

use kamurj_sdk::testing::delivery;

use crate::double::Fault;
use crate::shop::{ANI, Shop, now, say, webhook};

#[test]
fn an_echo_of_the_same_words_settles_a_paid_notice() {
    for (fault, tidied) in [(Fault::DropReply, false), (Fault::DropReply, true), (Fault::Break, false)] {
        let (shop, payment) = Shop::new().sold();
        let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
        shop.graph.borrow_mut().faults.push_back(fault);
        assert_eq!(shop.deliver(&paid).kind, "ambiguous", "{fault:?}");
        let words = "✅ Վճարված է՝ 12500\u{a0}֏\nՏորթ\nՊատվեր՝ K-1\nՇնորհակալություն։";
        let words = if tidied { words.split_whitespace().collect::<Vec<_>>().join(" ") } else { words.to_owned() };
        assert_eq!(shop.echo("aWdf77", &words, Some(999_000_111)).kind, "done");
        let outcome = shop.deliver(&paid);
        assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("aWdf77")));
        assert_eq!(shop.messages(ANI).len(), 1 + usize::from(fault == Fault::DropReply));
    }
}

#[test]
fn after_silence_a_paid_notice_is_in_doubt_and_never_sent_twice() {
    for fault in [Fault::DropReply, Fault::DropRequest, Fault::Break] {
        let (shop, payment) = Shop::new().sold();
        let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
        shop.graph.borrow_mut().faults.push_back(fault);
        assert_eq!(shop.deliver(&paid).retry_after_ms, Some(90_000), "{fault:?}");
        // Other words in the chat prove nothing.
        shop.echo("aWdf77", "Ուղարկում ենք", None);
        shop.passes(90_000);
        let calls = shop.graph.borrow().calls;
        assert_eq!(shop.deliver(&paid).kind, "in-doubt", "{fault:?}");
        assert_eq!(shop.graph.borrow().calls, calls);
    }
}

#[test]
fn after_silence_a_link_is_sent_once_more() {
    let shop = Shop::new();
    let body = webhook(&[say("a1", ANI, "#cake")]);
    shop.graph.borrow_mut().faults.push_back(Fault::DropRequest);
    assert_eq!(shop.request("inb_1", 1, &body).kind, "ambiguous");
    shop.passes(90_000);
    assert_eq!(shop.request("inb_1", 2, &body).kind, "done");
    assert_eq!(shop.request("inb_1", 3, &body).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
    shop.only_payment();
}

#[test]
fn what_never_left_is_simply_sent() {
    let (shop, payment) = Shop::new().sold();
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    shop.graph.borrow_mut().faults.push_back(Fault::NotSent);
    assert_eq!(shop.deliver(&paid).kind, "retry");
    assert_eq!(shop.deliver(&paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 2);
}
