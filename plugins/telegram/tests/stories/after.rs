//! After the sale: what was bought is given once, a link is sent again, an expired payment opened again, money that went back told.

use crate::shop::{ANI, Fault, MANAGER, Shop, now, press};
use kamurj_sdk::Payment;
use kamurj_sdk::testing::delivery;

fn paid(payment: &Payment, version: u64) -> Payment {
    Payment { fulfilment: Some("Your code: KX-7741".to_owned()), ..now(payment, "paid", version, 1) }
}

#[test]
fn what_was_bought_is_given_once_whatever_repeats() {
    let (shop, payment) = Shop::with_link();
    shop.fault("sendMessage", Fault::Limit);
    let first = delivery("payment.paid", paid(&payment, 3));
    assert_eq!(shop.deliver(&first).kind, "retry");
    assert_eq!(shop.deliver(&first).kind, "done");
    assert_eq!(shop.deliver(&first).kind, "done");
    assert_eq!(shop.tell("payment.paid", &paid(&payment, 4)).kind, "done");
    let messages = shop.messages(ANI);
    assert_eq!(messages.len(), 2);
    assert!(messages[0].text.starts_with("✅ Paid"));
    assert_eq!(messages[1].text, "What you bought:\nYour code: KX-7741");
}

#[test]
fn what_was_bought_is_rather_lost_than_given_twice_where_nobody_can_tell() {
    let (shop, payment) = Shop::with_link();
    shop.fault("sendMessage", Fault::DropReply);
    assert_eq!(shop.tell("payment.paid", &paid(&payment, 3)).kind, "in-doubt");
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn b12_five_sends_are_five_messages_of_which_one_has_its_button() {
    let (shop, payment) = Shop::with_link();
    for number in 1..=5 {
        let mut again = delivery("payment.send", payment.clone());
        again.id = format!("dlv_send_{number}");
        again.extra.push(("send".to_owned(), format!("snd_{number}")));
        assert_eq!(shop.deliver(&again).kind, "done");
        assert_eq!(shop.deliver(&again).kind, "done");
    }
    let messages = shop.messages(ANI);
    assert_eq!(messages.len(), 6);
    let buttons = messages.iter().filter(|message| message.buttons.as_array().is_some_and(|rows| !rows.is_empty()));
    assert_eq!(buttons.count(), 1);
    assert_eq!(messages[5].buttons[0][0]["url"], "https://pay.example.am/p/pay_1");
    shop.host.put_payment(now(&payment, "paid", 5, 1));
    assert_eq!(shop.tell("payment.send", &payment).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 6, "what was paid meanwhile is not asked for again");
}

#[test]
fn an_expired_payment_is_opened_again_from_its_own_chat_alone() {
    let (shop, payment) = Shop::with_link();
    let expired = now(&payment, "expired", 3, 0);
    shop.host.put_payment(expired.clone());
    shop.tell("payment.expired", &expired);
    assert_eq!(shop.messages(ANI)[0].buttons[0][0]["callback_data"], "renew:pay_1");
    shop.update(&press(7, MANAGER, "en", "renew:pay_1"));
    assert_eq!(shop.only_payment().status, "expired");
    assert!(shop.messages(MANAGER).is_empty());
    for id in [8, 9] {
        assert_eq!(shop.update(&press(id, ANI, "en", "renew:pay_1")).kind, "done");
    }
    assert_eq!(shop.only_payment().status, "created");
    // Two presses, two sendings; the newest has the button.
    let messages = shop.messages(ANI);
    assert_eq!((messages.len(), messages[2].text.starts_with("To pay")), (3, true));
    assert!(messages[1].text.ends_with("sent again below."));
    shop.host.put_payment(now(&payment, "refunded", 9, 1));
    shop.update(&press(10, ANI, "en", "renew:pay_1"));
    let note = shop.telegram.borrow().notes.last().cloned().expect("a note");
    assert!(note.as_str().is_some_and(|note| note.contains("cannot be opened")), "{note}");
}

#[test]
fn each_part_that_goes_back_is_told_once() {
    let (shop, payment) = Shop::with_link();
    shop.tell("payment.paid", &now(&payment, "paid", 3, 1));
    let mut part = now(&payment, "partially_refunded", 4, 1);
    part.refunded.minor = 250_000;
    shop.tell("payment.partially_refunded", &part);
    shop.tell("payment.partially_refunded", &part);
    let mut whole = now(&payment, "refunded", 5, 1);
    whole.refunded.minor = 1_250_000;
    shop.tell("payment.refunded", &whole);
    let texts: Vec<_> = shop.messages(ANI).into_iter().map(|message| message.text).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[1].starts_with("2500\u{a0}֏ of 12500\u{a0}֏ was returned"), "{}", texts[1]);
    assert!(texts[2].starts_with("The money was returned: 12500"), "{}", texts[2]);
}
