//! Later than 24 hours after the customer's last word: what a template may say, and what nobody may.

use kamurj_sdk::Payment;
use kamurj_sdk::testing::delivery;

use crate::double::Fault;
use crate::shop::{ANI, HOUR_MS, Shop, now};

fn late(shop: &Shop) {
    shop.passes(24 * HOUR_MS);
    shop.graph.borrow_mut().late.insert(ANI.to_owned());
}

#[test]
fn a_minute_before_the_end_the_usual_form_is_sent_and_at_the_end_the_template() {
    let (shop, payment) = Shop::with_templates().sold();
    shop.passes(24 * HOUR_MS - 60_000);
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3, 1)).kind, "done");
    assert_eq!(shop.last(ANI).kind, "UPDATE");
    let (shop, payment) = Shop::with_templates().sold();
    late(&shop);
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3, 1)).kind, "done");
    let message = shop.last(ANI);
    assert_eq!(
        (message.kind.as_str(), message.text.as_str()),
        ("UTILITY", "payment_received/en_US: K-1, 12500\u{a0}֏")
    );
    assert_eq!(shop.graph.borrow().calls.len(), 2, "a call that must fail is not made");
}

#[test]
fn where_meta_knows_better_that_it_is_late_the_template_follows_the_refusal() {
    let (shop, payment) = Shop::with_templates().sold();
    shop.graph.borrow_mut().late.insert(ANI.to_owned());
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    for _ in 0..3 {
        assert_eq!(shop.deliver(&paid).kind, "done");
    }
    assert_eq!((shop.messages(ANI).len(), shop.last(ANI).kind.as_str()), (2, "UTILITY"));
}

#[test]
fn the_link_goes_as_the_end_of_its_address_in_the_language_that_the_merchant_chose() {
    let (shop, payment) = Shop::with_templates().sold();
    late(&shop);
    let mut armenian = payment.clone();
    if let Some(channel) = &mut armenian.channel {
        channel.language = Some("hy".to_owned());
    }
    assert_eq!(shop.tell("payment.send", &armenian).kind, "done");
    assert_eq!(shop.last(ANI).text, "payment_link/ru: Cake, pay_1");
    // No Armenian and nothing chosen for it: English.
    assert_eq!(shop.tell("payment.paid", &now(&armenian, "paid", 3, 1)).kind, "done");
    assert!(shop.last(ANI).text.starts_with("payment_received/en_US: "));
}

#[test]
fn without_a_template_the_operator_is_told_of_what_matters_and_of_nothing_else() {
    let (shop, payment) = Shop::new().sold();
    late(&shop);
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 5, 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("window-closed", "10/2018278"));
    assert_eq!(shop.tell("payment.send", &payment).kind, "window-closed");
    for (event, status) in
        [("payment.expired", "expired"), ("payment.cancelled", "cancelled"), ("payment.reminder", "created")]
    {
        assert_eq!(shop.tell(event, &now(&payment, status, 6, 0)).kind, "done", "{event}");
    }
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn what_was_bought_is_not_taken_for_given_where_a_template_said_only_that_it_is_paid() {
    let (shop, payment) = Shop::with_templates().sold();
    late(&shop);
    let paid = Payment { fulfilment: Some("Your code: KX-7741".to_owned()), ..now(&payment, "paid", 3, 1) };
    assert_eq!(shop.tell("payment.paid", &paid).kind, "window-closed");
    assert_eq!((shop.messages(ANI).len(), shop.last(ANI).kind.as_str()), (2, "UTILITY"));
    // The customer writes again: the same delivery gives what is still owed, and says nothing twice.
    shop.graph.borrow_mut().late.clear();
    shop.says("m_5", ANI, "thank you");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    let texts: Vec<_> = shop.messages(ANI).into_iter().map(|message| message.text).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("KX-7741")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("payment_received")).count(), 1, "{texts:?}");
}

#[test]
fn a_template_whose_answer_was_lost_is_rather_lost_than_sent_twice() {
    for fault in [Fault::DropReply, Fault::Break] {
        let (shop, payment) = Shop::with_templates().sold();
        late(&shop);
        shop.graph.borrow_mut().faults.push_back(fault);
        assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3, 1)).kind, "in-doubt", "{fault:?}");
    }
    let (shop, payment) = Shop::with_templates().sold();
    late(&shop);
    shop.graph.borrow_mut().faults.push_back(Fault::NotSent);
    let paid = delivery("payment.paid", now(&payment, "paid", 3, 1));
    assert_eq!(shop.deliver(&paid).kind, "retry");
    assert_eq!(shop.deliver(&paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn a_template_that_meta_does_not_know_is_the_operators_business() {
    let (shop, payment) = Shop::with_templates().sold();
    late(&shop);
    shop.graph.borrow_mut().templates.clear();
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 3, 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "100"));
}
