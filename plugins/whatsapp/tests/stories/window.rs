//! The 24 hours after a customer's last message, and what is left after them.

use crate::shop::{ANI, Fault, HOUR_MS, Shop, now};
use kamurj_sdk::Money;
use serde_json::json;

const DAY_MS: u64 = 24 * HOUR_MS;

#[test]
fn inside_the_window_words_go_out_and_after_it_the_template() {
    for (waited, kind) in [(DAY_MS - 1, "text"), (DAY_MS, "template"), (DAY_MS + 1, "template")] {
        let (shop, payment) = Shop::with_templates().ordered();
        shop.passes(waited);
        assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3)).kind, "done");
        assert_eq!((shop.last().kind(), shop.sent().len()), (kind, 2), "{waited}");
    }
}

#[test]
fn every_message_of_the_customer_opens_the_window_again() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.passes(23 * HOUR_MS);
    let sticker = json!({ "id": "wamid.2", "from_user_id": ANI, "type": "sticker", "sticker": { "id": "1" } });
    shop.gets(&sticker);
    shop.passes(23 * HOUR_MS);
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    assert_eq!(shop.last().kind(), "text");
}

#[test]
fn a_template_is_filled_in_as_the_merchant_said() {
    let (shop, mut payment) = Shop::with_templates().ordered();
    shop.passes(DAY_MS);
    payment.description = "Cake\nwith  candles".to_owned();
    shop.host.put_payment(payment.clone());
    shop.tell("payment.send", &payment);
    assert_eq!(
        shop.last().body["template"],
        json!({ "name": "payment_link", "language": { "code": "en_US" }, "components": [
            { "type": "body", "parameters": [{ "type": "text", "text": "K-1" }, { "type": "text", "text": "12500 ֏" }] },
            { "type": "button", "sub_type": "url", "index": "0", "parameters": [{ "type": "text", "text": "pay_1" }] }] })
    );
    assert_eq!(shop.last().body["recipient"], ANI);

    // Only English is set for this one; the customer reads Armenian.
    payment.channel.as_mut().expect("a channel").language = Some("hy".to_owned());
    shop.tell("payment.paid", &now(&payment, "paid", 4));
    assert_eq!(shop.last().body["template"]["language"]["code"], "en");
    assert_eq!(shop.last().body["template"]["components"][0]["parameters"][2]["text"], "Cake with candles");
    let mut again = payment.clone();
    again.version = 5;
    shop.tell("payment.send", &again);
    assert_eq!(shop.last().body["template"]["language"]["code"], "ru", "the merchant's choice for Armenian");
}

#[test]
fn what_went_back_is_told_as_it_stands() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.passes(DAY_MS);
    let mut part = now(&payment, "partially_refunded", 6);
    part.refunded = Money { minor: 300_000, currency: "AMD".to_owned() };
    shop.host.put_payment(part.clone());
    assert_eq!(shop.tell("payment.partially_refunded", &part).kind, "done");
    let parameters = &shop.last().body["template"]["components"][0]["parameters"];
    assert_eq!((&parameters[0]["text"], &parameters[1]["text"]), (&json!("3000 ֏"), &json!("12500 ֏")));
}

#[test]
fn without_a_template_what_matters_is_for_a_person_and_the_rest_is_let_be() {
    let (shop, payment) = Shop::new().ordered();
    shop.passes(DAY_MS);
    for event in ["payment.send", "payment.paid", "payment.refunded"] {
        let outcome = shop.tell(
            event,
            &now(&payment, event.strip_prefix("payment.").filter(|word| *word != "send").unwrap_or("created"), 3),
        );
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("window-closed", "window-closed"), "{event}");
        assert!(outcome.message.contains("no template is set for `"), "{}", outcome.message);
    }
    for (event, status) in [
        ("payment.reminder", "created"),
        ("payment.failed", "failed"),
        ("payment.expired", "expired"),
        ("payment.cancelled", "cancelled"),
    ] {
        assert_eq!(shop.tell(event, &now(&payment, status, 4)).kind, "done", "{event}");
    }
    assert_eq!(shop.tries(), 1, "the link alone");
}

#[test]
fn a_template_that_meta_does_not_know_is_for_a_person() {
    let templates = json!({ "paid": { "name": "gone", "languages": { "en": "en" } } });
    let (shop, payment) = Shop::with(&json!({ "templates": templates })).ordered();
    shop.passes(DAY_MS);
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 3));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "132001"));
}

#[test]
fn a_window_that_had_closed_after_all_is_answered_with_the_template_once() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    let late = shop.last();
    assert_eq!(shop.hears_of(&late, "failed", 131_047).kind, "done");
    let template = shop.last();
    assert_eq!((template.kind(), template.to(), shop.sent().len()), ("template", ANI, 3));
    assert!(template.mark.starts_with(&format!("dlv_{}_3_payment.paid|paid|", payment.id)), "{}", template.mark);
    assert_eq!(shop.host.receipts(), [], "nothing has failed for good");

    // Told again in the same request, in another one, and of a second copy of the same message.
    shop.hears_of(&late, "failed", 131_047);
    shop.posts("inb_other", 1, &json!({ "statuses": [crate::shop::status(&late, "failed", 131_047)] }));
    assert_eq!(shop.sent().len(), 3);
    // News of the template are the delivery's; and should it fail in the same way there is no third.
    shop.hears_of(&template, "delivered", 0);
    shop.hears_of(&template, "failed", 131_047);
    let told: Vec<_> = shop.host.receipts().into_iter().map(|receipt| (receipt.state, receipt.code)).collect();
    assert_eq!(told, [("delivered".to_owned(), String::new()), ("failed".to_owned(), "window-closed".to_owned())]);
    assert_eq!(shop.sent().len(), 3);
}

#[test]
fn the_template_instead_is_not_lost_when_its_answer_is() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    let late = shop.last();
    let value = json!({ "statuses": [crate::shop::status(&late, "failed", 131_047)] });
    shop.fault(Fault::DropReply);
    let outcome = shop.posts("inb_late", 1, &value);
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("ambiguous", Some(90_000)));
    shop.hears_of(&shop.last(), "sent", 0);
    shop.passes(90_000);
    assert_eq!(shop.posts("inb_late", 2, &value).kind, "done");
    assert_eq!(shop.sent().len(), 3, "link, words, template");
}

#[test]
fn a_window_that_had_closed_without_a_template_is_a_failed_receipt() {
    let (shop, payment) = Shop::new().ordered();
    shop.tell("payment.paid", &now(&payment, "paid", 3));
    shop.hears_of(&shop.last(), "failed", 131_047);
    let receipt = shop.host.receipts().pop().expect("a receipt");
    assert_eq!(
        (receipt.state.as_str(), receipt.code.as_str(), receipt.at),
        ("failed", "window-closed", 1_795_250_099_000)
    );
    assert!(receipt.message.ends_with("no template is set for this message"), "{}", receipt.message);
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn no_invitation_follows_a_payment_that_has_ended() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.tell("payment.send", &payment);
    let link = shop.last();
    shop.host.put_payment(now(&payment, "paid", 4));
    assert_eq!(shop.hears_of(&link, "failed", 131_047).kind, "done");
    assert_eq!((shop.sent().len(), shop.host.receipts().len()), (2, 0));
}

#[test]
fn a_refusal_at_once_is_answered_with_the_template_in_the_same_run() {
    let (shop, payment) = Shop::with_templates().ordered();
    shop.fault(Fault::Refuse(400, 131_047));
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3)).kind, "done");
    assert_eq!(shop.last().kind(), "template");
}

#[test]
fn a_delivery_that_goes_on_after_the_window_closed_repeats_nothing() {
    let (shop, mut payment) = Shop::with_templates().ordered();
    payment.fulfilment = Some("code ".repeat(300));
    shop.passes(DAY_MS - 1000);
    let mut delivery = kamurj_sdk::testing::delivery("payment.paid", now(&payment, "paid", 3));
    // The notice goes out inside the window. What was bought does not, and its turn comes after it.
    shop.fault(Fault::Pass);
    shop.fault(Fault::NotSent);
    assert_eq!(shop.deliver(&delivery).kind, "retry");
    shop.hears_of(&shop.last(), "delivered", 0);
    shop.passes(HOUR_MS);
    delivery.run = 2;
    let outcome = shop.deliver(&delivery);
    assert_eq!(outcome.kind, "window-closed", "what was bought has no template: {outcome:?}");
    let kinds: Vec<_> = shop.sent().iter().map(|message| message.kind().to_owned()).collect();
    assert_eq!(kinds, ["cta_url", "text"], "and the notice is not told again by its template");
}
