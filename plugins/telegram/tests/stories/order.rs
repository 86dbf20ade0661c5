//! A link that asks: one question at a time, what the host finds wrong told at once, and one payment at the end.

use crate::shop::{ANI, Fault, Shop, press};
use kamurj_sdk::testing::{choice, payment_link, question};
use kamurj_sdk::{Error, Money, PaymentLink};
use serde_json::{Value, json};

/// A cake by the kilogram, brought home or fetched, with a telephone number and a wish.
fn cake() -> PaymentLink {
    let mut wish = question("wish", "What should be written on it?", "text");
    wish.required = false;
    PaymentLink {
        most_pieces: 3,
        deliveries: vec![choice("home", "To your door", 1500), choice("shop", "From the shop", 0)],
        questions: vec![question("phone", "Your telephone number", "phone"), wish],
        description: "Napoleon".to_owned(),
        ..payment_link("lnk_cake", "Cake")
    }
}

fn shop() -> Shop {
    let shop = Shop::with_settings(&json!({
        "api_base": "https://api.telegram.org", "language": "en",
        "catalogue": [{ "link": "lnk_cake" }, { "link": "lnk_gone" }, { "link": "lnk_gift" }],
    }));
    shop.host.put_link(cake());
    let amd = |drams: i64| Some(Money { minor: drams * 100, currency: "AMD".to_owned() });
    shop.host.put_link(PaymentLink {
        price: None,
        least: amd(1000),
        most: amd(50_000),
        ..payment_link("lnk_gift", "Gift")
    });
    shop
}

/// The last message's button with this title.
fn data(shop: &Shop, title: &str) -> String {
    let message = shop.messages(ANI).pop().expect("a message");
    let buttons: Vec<Value> = message.buttons.as_array().expect("rows").iter().map(|row| row[0].clone()).collect();
    let button = buttons.iter().find(|button| button["text"].as_str().is_some_and(|text| text.starts_with(title)));
    button.unwrap_or_else(|| panic!("no button `{title}` below {message:?}"))["callback_data"]
        .as_str()
        .expect("data")
        .to_owned()
}

fn choose(shop: &Shop, id: i64, title: &str) {
    let data = data(shop, title);
    assert_eq!(shop.update(&press(id, ANI, "en", &data)).kind, "done");
}

fn last(shop: &Shop) -> String {
    shop.messages(ANI).pop().expect("a message").text
}

#[test]
fn a_link_asks_one_thing_at_a_time_and_makes_one_payment() {
    let shop = shop();
    shop.say(1, ANI, "en", "/start");
    assert_eq!(shop.messages(ANI)[0].buttons.as_array().map(Vec::len), Some(2), "what is gone is not shown");
    choose(&shop, 2, "Cake — 12500");
    assert!(last(&shop).contains("How many?"), "{}", last(&shop));
    choose(&shop, 3, "2");
    assert_eq!(last(&shop), "How would you like to get it?");
    choose(&shop, 4, "To your door +1500");
    assert!(last(&shop).starts_with("Your telephone number"));
    shop.say(5, ANI, "en", "soon");
    assert!(last(&shop).starts_with("answers/phone is wrong\n\nYour telephone number"), "{}", last(&shop));
    assert!(shop.host.payments().is_empty());
    shop.say(6, ANI, "en", "+374 91 123456");
    assert_eq!(last(&shop), "What should be written on it?");
    choose(&shop, 7, "Skip");
    let payment = shop.only_payment();
    assert_eq!((payment.amount.minor, payment.link_id.as_deref()), (2_650_000, Some("lnk_cake")));
    assert_eq!(payment.channel.map(|channel| channel.conversation), Some(ANI.to_string()));
    assert!(last(&shop).starts_with("To pay: 26500"), "{}", last(&shop));
}

#[test]
fn f8_every_update_of_an_order_twice_is_one_payment() {
    let shop = shop();
    let twice = |update: &Value| {
        assert_eq!(shop.update(update).kind, "done");
        // The host has forgotten it: another request, another record.
        shop.host.new_run("another owner");
        let again = kamurj_sdk::testing::inbound("update", update);
        assert_eq!(<kamurj_plugin_telegram::Telegram as kamurj_sdk::Channel>::handle(&shop.host, &again).kind, "done");
    };
    twice(&crate::shop::say(1, ANI, "en", "/start lnk_cake"));
    twice(&press(2, ANI, "en", &data(&shop, "3")));
    twice(&press(3, ANI, "en", &data(&shop, "From the shop")));
    twice(&crate::shop::say(4, ANI, "en", "091 123456"));
    twice(&crate::shop::say(5, ANI, "en", "Ani, 7 years"));
    assert_eq!(shop.only_payment().amount.minor, 3_750_000);
}

#[test]
fn a_busy_telegram_in_the_middle_of_an_order_loses_no_answer_and_takes_none_twice() {
    let shop = shop();
    shop.say(1, ANI, "en", "/start lnk_cake");
    let two = press(2, ANI, "en", &data(&shop, "2"));
    shop.fault("sendMessage", Fault::Limit);
    assert_eq!(shop.update(&two).kind, "retry");
    assert_eq!(shop.update(&two).kind, "done");
    assert_eq!(last(&shop), "How would you like to get it?");
    shop.fault("sendMessage", Fault::DropReply);
    shop.say(3, ANI, "en", "from the shop");
    assert!(last(&shop).starts_with("Your telephone number"), "{}", last(&shop));
}

#[test]
fn a_button_of_an_older_question_and_giving_up_change_nothing() {
    let shop = shop();
    shop.say(1, ANI, "en", "/start lnk_cake");
    let one = data(&shop, "1");
    shop.update(&press(2, ANI, "en", &one));
    shop.update(&press(3, ANI, "en", &one));
    assert!(
        shop.telegram.borrow().notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains("has passed")))
    );
    choose(&shop, 4, "Cancel");
    assert!(last(&shop).starts_with("All right"));
    shop.say(5, ANI, "en", "091 123456");
    assert!(shop.host.payments().is_empty());
}

#[test]
fn a_customer_says_how_much_in_their_own_way_and_bounds_are_told() {
    let shop = shop();
    shop.say(1, ANI, "en", "#lnk_gift please");
    assert!(last(&shop).contains("(1000\u{a0}֏ – 50000\u{a0}֏)"), "{}", last(&shop));
    for (id, text, part) in
        [(2, "a lot", "could not read"), (3, "500", "amount is wrong"), (4, "5 000 ֏", "To pay: 5000")]
    {
        shop.say(id, ANI, "en", text);
        assert!(last(&shop).contains(part), "{text}: {}", last(&shop));
    }
    assert_eq!(shop.only_payment().amount.minor, 500_000);
}

#[test]
fn what_the_merchant_changes_or_closes_meanwhile_is_told() {
    let shop = shop();
    shop.say(1, ANI, "en", "/start lnk_cake");
    shop.host.put_link(PaymentLink { version: 2, deliveries: Vec::new(), questions: Vec::new(), ..cake() });
    choose(&shop, 2, "2");
    assert!(shop.messages(ANI).iter().any(|message| message.text.contains("The offer has changed")));
    assert!(last(&shop).contains("How many?"));
    shop.host.put_link(PaymentLink { version: 2, state: "off".to_owned(), ..cake() });
    shop.say(3, ANI, "en", "2");
    assert_eq!(last(&shop), "This is no longer on sale.");
    assert!(shop.host.payments().is_empty());
}

#[test]
fn a_long_catalogue_and_an_unknown_reference_still_lead_somewhere() {
    let shop = shop();
    shop.say(1, ANI, "en", "/start pay_123");
    assert!(last(&shop).starts_with("Hello, Ani!"));
    shop.say(2, ANI, "en", "/start lnk_gone");
    assert!(last(&shop).starts_with("Hello, Ani!"));
}

#[test]
fn a_last_place_that_others_are_paying_for_is_not_called_sold_out() {
    let shop = shop();
    shop.say(1, ANI, "en", "#lnk_gift");
    let refusal =
        Error { code: "closed".to_owned(), message: "busy".to_owned(), retryable: true, retry_after_ms: None };
    shop.host.refuse_next_payment(refusal);
    assert_eq!(shop.say(2, ANI, "en", "5000").kind, "done");
    assert!(last(&shop).contains("in a few minutes"), "{}", last(&shop));
    shop.say(3, ANI, "en", "#lnk_gift");
    shop.say(4, ANI, "en", "5000");
    assert_eq!(shop.only_payment().amount.minor, 500_000);
}
