//! From the first word in the chat to the link: what the bot answers, what it asks the host for, and that nothing is
//! asked for or sent twice.

use crate::shop::{ANI, Fault, MANAGER, Shop, press, say};
use kamurj_sdk::{Channel, Error};
use serde_json::json;

#[test]
fn start_shows_the_catalogue_in_the_customers_language() {
    for (language, greeting, button) in [
        ("hy", "Բարև Ձեզ, Ani։", "Տորթ — 12500\u{a0}֏"),
        ("ru-RU", "Здравствуйте, Ani!", "Торт — 12500\u{a0}֏"),
        ("en", "Hello, Ani!", "Cake — 12500\u{a0}֏"),
        ("de", "Բարև Ձեզ, Ani։", "Տորթ — 12500\u{a0}֏"),
    ] {
        let shop = Shop::new();
        assert_eq!(shop.say(1, ANI, language, "/start pl_7Qm2cX9yR4sT1vW8zA0bKg").kind, "done");
        let message = shop.messages(ANI).remove(0);
        assert!(message.text.starts_with(greeting), "{}", message.text);
        assert_eq!(message.buttons[0], json!([{ "text": button, "callback_data": "item:cake" }]));
        assert_eq!(message.buttons[1][0]["callback_data"], "item:tea");
        assert!(shop.host.payments().is_empty());
    }
}

#[test]
fn a_press_makes_one_payment_and_sends_its_link() {
    let (shop, payment) = Shop::with_link();
    assert_eq!((payment.amount.minor, payment.amount.currency.as_str()), (1_250_000, "AMD"));
    assert_eq!((payment.description.as_str(), payment.locale.as_str()), ("Cake", "en"));
    assert_eq!(payment.items.len(), 1);
    assert_eq!(payment.customer.name.as_deref(), Some("Ani"));
    let channel = payment.channel.expect("the chat that asked");
    assert_eq!((channel.plugin.as_str(), channel.conversation.as_str()), ("telegram", "5550001234"));
    assert_eq!((channel.handle.as_deref(), channel.language.as_deref()), (Some("ani_x"), Some("en")));
    let messages = shop.messages(ANI);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].text, "To pay: 12500\u{a0}֏\nCake\nOrder: K-1\nThe link is valid until en:1795336400000.");
    assert_eq!(messages[0].buttons, json!([[{ "text": "Pay", "url": "https://pay.example.am/p/pay_1" }]]));
    assert_eq!(shop.count("answerCallbackQuery"), 1);
}

#[test]
fn f8_the_same_update_five_times_is_one_payment_and_one_link() {
    let shop = Shop::new();
    for _ in 0..5 {
        assert_eq!(shop.update(&press(2, ANI, "hy", "item:cake")).kind, "done");
    }
    // Even where the host has forgotten the update altogether.
    shop.host.new_run("another owner");
    let update = kamurj_sdk::testing::inbound("update", &press(2, ANI, "hy", "item:cake"));
    assert_eq!(kamurj_plugin_telegram::Telegram::handle(&shop.host, &update).kind, "done");
    shop.only_payment();
    assert_eq!(shop.count("sendMessage"), 1);
}

#[test]
fn two_presses_are_two_payments() {
    let shop = Shop::new();
    shop.update(&press(2, ANI, "hy", "item:cake"));
    shop.update(&press(3, ANI, "hy", "item:tea"));
    assert_eq!(shop.host.payments().len(), 2);
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn an_item_that_left_the_catalogue_is_answered_with_a_note() {
    let shop = Shop::new();
    for (id, data) in [(2, "item:gone"), (3, "item:"), (4, "st:7Qm2"), (5, "")] {
        assert_eq!(shop.update(&press(id, ANI, "en", data)).kind, "done");
    }
    assert_eq!(shop.telegram.borrow().notes, vec![json!("This is no longer on sale."); 4]);
    assert!(shop.host.payments().is_empty());
}

#[test]
fn a_link_whose_answer_was_lost_is_sent_again() {
    let shop = Shop::new();
    shop.fault("sendMessage", Fault::DropReply);
    assert_eq!(shop.update(&press(2, ANI, "hy", "item:cake")).kind, "done");
    shop.only_payment();
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn a_busy_or_broken_telegram_means_a_new_run_that_sends_one_link() {
    for (fault, wait) in [(Fault::Limit, Some(3000)), (Fault::Break, None), (Fault::NotSent, None)] {
        let shop = Shop::new();
        shop.fault("sendMessage", fault);
        let outcome = shop.update(&press(2, ANI, "hy", "item:cake"));
        assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("retry", wait), "{fault:?}");
        assert_eq!(shop.update(&press(2, ANI, "hy", "item:cake")).kind, "done");
        shop.only_payment();
        assert_eq!(shop.messages(ANI).len(), 1);
        assert_eq!(shop.count("answerCallbackQuery"), 1);
    }
}

#[test]
fn a_late_answer_to_a_press_stops_nothing() {
    let shop = Shop::new();
    shop.fault("answerCallbackQuery", Fault::Break);
    assert_eq!(shop.update(&press(2, ANI, "hy", "item:cake")).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn a_payment_that_the_host_refuses_is_told_to_both_sides() {
    let shop = Shop::new();
    let refusal = |retryable| Error {
        code: "invalid".to_owned(),
        message: "amount: more than the bank takes".to_owned(),
        retryable,
        retry_after_ms: None,
    };
    shop.host.refuse_next_payment(refusal(true));
    assert_eq!(shop.update(&press(2, ANI, "en", "item:cake")).kind, "retry");
    assert!(shop.messages(ANI).is_empty());
    shop.host.refuse_next_payment(refusal(false));
    let outcome = shop.update(&press(2, ANI, "en", "item:cake"));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "invalid"));
    assert!(outcome.message.contains("`cake` for 12500"), "{}", outcome.message);
    assert!(shop.messages(ANI)[0].text.starts_with("Sorry"));

    shop.host.refuse_next_payment(refusal(false));
    assert_eq!(shop.say(3, MANAGER, "en", "/pay 12500 Cake").kind, "done");
    assert_eq!(shop.messages(MANAGER)[0].text, "The payment could not be made: amount: more than the bank takes");
}

#[test]
fn a_manager_types_an_amount_and_gets_a_link_to_forward() {
    let shop = Shop::new();
    assert_eq!(shop.say(1, MANAGER, "ru", "/pay@shop_bot 12500 Cake for Ani").kind, "done");
    let payment = shop.only_payment();
    assert_eq!((payment.amount.minor, payment.description.as_str()), (1_250_000, "Cake for Ani"));
    assert_eq!(payment.customer.name, None);
    let message = shop.messages(MANAGER).remove(0);
    // For the customer it goes to, so in the merchant's language, and with the link in the text too.
    assert!(message.text.starts_with("Վճարման ենթակա է՝ 12500\u{a0}֏\nCake for Ani\n"), "{}", message.text);
    assert!(message.text.ends_with("\nhttps://pay.example.am/p/pay_1"));
    assert_eq!(message.buttons[0][0]["url"], "https://pay.example.am/p/pay_1");
}

#[test]
fn an_amount_that_could_be_misread_gets_a_clear_answer_and_no_payment() {
    for (id, text, part) in [
        (1, "/pay 12 500 Cake", "without spaces"),
        (2, "/pay cake", "in digits"),
        (3, "/pay 12,500 Cake", "in digits"),
        (4, "/pay 12.50 Cake", "whole drams"),
        (5, "/pay 0 Cake", "more than zero"),
        (6, "/pay 99999999999999 Cake", "too large"),
        (7, "/pay", "for example:\n/pay 12500"),
        (8, "hello", "for example:\n/pay 12500"),
    ] {
        let shop = Shop::new();
        assert_eq!(shop.say(id, MANAGER, "en", text).kind, "done");
        let answer = shop.messages(MANAGER).remove(0).text;
        assert!(answer.contains(part), "{text}: {answer}");
        assert!(shop.host.payments().is_empty(), "{text}");
    }
}

#[test]
fn nobody_else_can_make_a_payment_by_typing() {
    let shop = Shop::new();
    assert_eq!(shop.say(1, ANI, "en", "/pay 12500 Cake").kind, "done");
    assert!(shop.messages(ANI)[0].text.contains("for the shop's staff"));
    assert!(shop.messages(ANI)[0].text.ends_with("5550001234"));
    assert!(shop.host.payments().is_empty());
    shop.say(2, ANI, "en", "how much is the cake?");
    assert_eq!(shop.messages(ANI)[1].text, "To see what is on sale, send /start.");
}

#[test]
fn groups_bots_and_unknown_kinds_are_left_alone() {
    let shop = Shop::new();
    let mut group = say(1, ANI, "en", "/start");
    group["message"]["chat"] = json!({ "id": -100_123, "type": "supergroup" });
    let mut bot = say(2, ANI, "en", "/start");
    bot["message"]["from"]["is_bot"] = json!(true);
    for update in [group, bot, json!({ "update_id": 3, "poll": {} }), json!({ "update_id": 4, "message": {} })] {
        assert_eq!(shop.update(&update).kind, "done", "{update}");
    }
    assert!(shop.telegram.borrow().calls.is_empty());
}

#[test]
fn a_malformed_update_is_refused_without_a_call() {
    let shop = Shop::new();
    for body in [json!(null), json!([]), json!({ "message": {} }), json!({ "update_id": "x" })] {
        let outcome = shop.update(&body);
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "malformed-update"));
    }
    assert!(shop.telegram.borrow().calls.is_empty());
}

#[test]
fn markup_and_marks_in_names_are_harmless() {
    let shop = Shop::new();
    let mut update = say(1, ANI, "en", "/start");
    update["message"]["from"]["first_name"] = json!("<b>*A\u{202E}n_i*</b>\u{200F}\n[x](http://x)");
    assert_eq!(shop.update(&update).kind, "done");
    assert!(shop.messages(ANI)[0].text.starts_with("Hello, <b>*An_i*</b> [x](http://x)! "));
}

#[test]
fn a_catalogue_that_telegram_would_refuse_is_named_to_the_operator() {
    for (item, part) in [
        (json!({ "id": "x".repeat(60), "title": { "hy": "Տ" }, "amount": "5", "currency": "AMD" }), "1 to 59"),
        (json!({ "id": "a b", "title": { "hy": "Տ" }, "amount": "5", "currency": "AMD" }), "1 to 59"),
        (json!({ "id": "a", "title": { "hy": " \u{202E} " }, "amount": "5", "currency": "AMD" }), "title"),
        (json!({ "id": "a", "title": { "hy": "Տ" }, "amount": "5,5", "currency": "AMD" }), "digits"),
        (json!({ "id": "a", "title": { "hy": "Տ" }, "amount": "5", "currency": "dram" }), "three capital"),
    ] {
        let shop = Shop::with_settings(&json!({ "api_base": "https://api.telegram.org", "catalogue": [item] }));
        let outcome = shop.say(1, ANI, "en", "/start");
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "settings"));
        assert!(outcome.message.contains(part), "{}", outcome.message);
    }
}

#[test]
fn the_longest_settings_still_make_messages_that_telegram_takes() {
    let long = json!({ "id": "i".repeat(59), "title": { "en": "😀".repeat(200) }, "amount": "5", "currency": "AMD" });
    let shop = Shop::with_settings(&json!({
        "api_base": "https://api.telegram.org/", "managers": [MANAGER.to_string()], "catalogue": [long] }));
    assert_eq!(shop.say(1, ANI, "en", "/start").kind, "done");
    assert_eq!(shop.update(&press(2, ANI, "en", &format!("item:{}", "i".repeat(59)))).kind, "done");
    assert_eq!(shop.say(3, MANAGER, "en", &format!("/pay 5 {}", "😀".repeat(5000))).kind, "done");
    assert_eq!(shop.host.payments().len(), 2);
}
