//! From the first word to the link, by every way that leads to it.

use kamurj_plugin_messenger::Messenger;
use kamurj_sdk::{Channel, testing};
use serde_json::json;

use crate::double::PAGE;
use crate::shop::{ANI, ARAM, MANAGER, Shop, by, by_page, now, say, settings, tap, webhook};

#[test]
fn the_first_word_and_every_way_to_begin_show_what_is_on_sale() {
    for event in [
        say("m_1", ANI, "hello"),
        say("m_1", ANI, "menu"),
        by(ANI, &json!({ "postback": { "mid": "m_1", "title": "Get Started", "payload": "menu" } })),
        by(ANI, &json!({ "postback": { "title": "Get Started", "payload": "GET_STARTED" } })),
        by(
            ANI,
            &json!({ "referral": { "ref": "nothing-of-that-name", "source": "SHORTLINK", "type": "OPEN_THREAD" } }),
        ),
    ] {
        let shop = Shop::new();
        assert_eq!(shop.told(&event).kind, "done", "{event}");
        let message = shop.last(ANI);
        assert!(message.text.starts_with("Hello! "), "{event}: {}", message.text);
        assert_eq!(message.kind, "RESPONSE");
        assert_eq!(
            message.whole["quick_replies"][0],
            json!({ "content_type": "text", "title": "Cake — 12500\u{a0}֏", "payload": "item:cake" })
        );
        assert_eq!(message.whole["quick_replies"][1]["payload"], "item:tea");
    }
}

#[test]
fn the_bot_keeps_still_while_people_of_the_shop_talk() {
    let shop = Shop::new();
    shop.says("m_1", ANI, "hello");
    assert_eq!(shop.says("m_2", ANI, "do you deliver?").kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn a_choice_makes_one_payment_and_its_link_is_a_button() {
    let (shop, payment) = Shop::new().sold();
    assert_eq!(
        (payment.amount.minor, payment.description.as_str(), payment.locale.as_str()),
        (1_250_000, "Cake", "en")
    );
    let channel = payment.channel.clone().expect("the chat that asked");
    assert_eq!((channel.plugin.as_str(), channel.conversation.as_str()), ("messenger", ANI));
    let message = shop.last(ANI);
    assert!(message.text.starts_with("To pay: 12500\u{a0}֏\nCake\nOrder: K-1\n"), "{}", message.text);
    let button = &message.whole["attachment"]["payload"]["buttons"][0];
    assert_eq!(*button, json!({ "type": "web_url", "title": "Pay", "url": "https://pay.example.am/p/pay_1" }));
    let other = Shop::new();
    other.request("inb_1", 1, &webhook(&[tap("m_1", ANI, "item:cake")]));
    assert_eq!(other.last(ANI).whole["metadata"], "inb_1-0|link|pay_1|send-link");
}

#[test]
fn links_with_a_reference_lead_to_the_thing_in_new_chats_and_old() {
    for event in [
        by(ANI, &json!({ "referral": { "ref": "cake", "source": "SHORTLINK", "type": "OPEN_THREAD" } })),
        by(
            ANI,
            &json!({ "postback": { "mid": "m_1", "title": "Get Started", "payload": "menu", "referral": { "ref": "cake" } } }),
        ),
        say("m_1", ANI, "I want #cake please"),
    ] {
        let shop = Shop::new();
        assert_eq!(shop.told(&event).kind, "done");
        assert_eq!(shop.only_payment().description, "Cake", "{event}");
    }
}

#[test]
fn f8_the_same_event_however_often_is_one_payment_and_one_link() {
    let (shop, _) = Shop::new().sold();
    shop.taps("m_ani1", ANI, "item:cake");
    // The host has forgotten the request, and Meta bundles it anew.
    let again = webhook(&[tap("m_ani1", ANI, "item:cake"), by(ANI, &json!({ "read": { "watermark": 5 } }))]);
    assert_eq!(shop.request("inb_other", 1, &again).kind, "done");
    shop.only_payment();
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn events_whose_long_ids_differ_at_the_end_are_two() {
    let shop = Shop::new();
    for end in ["a", "b"] {
        shop.taps(&format!("m_{}{end}", "Zx9".repeat(60)), ANI, "item:cake");
    }
    assert_eq!(shop.host.payments().len(), 2);
}

#[test]
fn a_person_in_the_inbox_asks_for_a_link_and_the_customer_gets_it() {
    let shop = Shop::new();
    shop.says("m_1", ANI, "бонжур, хочу торт");
    let typed = |mid: &str, text: &str, app: u64| {
        by_page(ANI, &json!({ "is_echo": true, "mid": mid, "text": text, "app_id": app }))
    };
    assert_eq!(shop.told(&typed("m_2", "of course", 263_902_037_430_900)).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
    assert_eq!(shop.told(&typed("m_3", "/pay 12500 Торт для Ани", 263_902_037_430_900)).kind, "done");
    assert_eq!(shop.told(&typed("m_3", "/pay 12500 Торт для Ани", 263_902_037_430_900)).kind, "done");
    assert_eq!(shop.only_payment().description, "Торт для Ани");
    assert_eq!(shop.messages(ANI).len(), 2);
    assert!(shop.last(ANI).text.starts_with("К оплате: 12500"), "{}", shop.last(ANI).text);
    // A mistake is told to the operator, not to the customer.
    let outcome = shop.told(&typed("m_4", "/pay 12 500 Cake", 263_902_037_430_900));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "pay"));
    assert_eq!(shop.messages(ANI).len(), 2);
}

#[test]
fn what_apps_write_asks_for_nothing() {
    let shop = Shop::new();
    for message in [
        json!({ "is_echo": true, "mid": "m_1", "text": "/pay 1 Cake", "app_id": 999_000_111 }),
        json!({ "is_echo": true, "mid": "m_2", "text": "/pay 1 Cake", "app_id": 5, "metadata": "another app" }),
        json!({ "is_echo": true, "mid": "m_3", "text": "/pay 1 Cake", "metadata": "inb_1-0|link|pay_1|send-link" }),
    ] {
        assert_eq!(shop.told(&by_page(ANI, &message)).kind, "done");
    }
    assert!(shop.host.payments().is_empty() && shop.graph.borrow().calls.is_empty());
}

#[test]
fn a_customer_cannot_use_pay_and_a_manager_can() {
    let shop = Shop::new();
    shop.says("m_1", ANI, "/pay 12500 Cake");
    assert!(shop.last(ANI).text.ends_with(ANI) && shop.host.payments().is_empty());
    shop.says("m_2", MANAGER, "/pay 12500 Cake");
    // For forwarding the address is in the text too.
    assert!(shop.last(MANAGER).text.ends_with("\nhttps://pay.example.am/p/pay_1"), "{}", shop.last(MANAGER).text);
}

#[test]
fn standby_other_pages_and_unknown_kinds_are_never_answered() {
    let shop = Shop::new();
    let event = say("m_1", ANI, "menu");
    for body in [
        json!({ "object": "page", "entry": [{ "id": PAGE, "time": 1, "standby": [event] }] }),
        json!({ "object": "page", "entry": [{ "id": "5", "time": 1, "messaging": [event] }] }),
        json!({ "object": "user", "entry": [{ "id": PAGE, "messaging": [event] }] }),
        webhook(&[
            by(ANI, &json!({ "delivery": { "mids": ["m_1"] } })),
            by(ANI, &json!({ "message": { "mid": "m_2", "attachments": [] } })),
        ]),
        json!({}),
    ] {
        assert_eq!(shop.request("inb_1", 1, &body).kind, "done", "{body}");
    }
    assert!(shop.graph.borrow().calls.is_empty());
    for body in [json!([]), json!(null), json!("x")] {
        let outcome = shop.request("inb_2", 1, &body);
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "malformed-event"));
    }
    assert_eq!(Messenger::handle(&shop.host, &testing::inbound("other", &json!({}))).kind, "done");
}

#[test]
fn the_longest_texts_stay_within_the_limits() {
    let mut long = settings();
    let title = "Ա😀".repeat(100);
    let item =
        |id: usize| json!({ "id": format!("i{id}"), "title": { "en": title }, "amount": "5", "currency": "AMD" });
    long["catalogue"] = (0..30).map(item).collect();
    let shop = Shop::with(&long);
    assert_eq!(shop.says("m_1", ANI, "menu").kind, "done");
    assert_eq!(shop.last(ANI).whole["quick_replies"].as_array().map(Vec::len), Some(13));
    assert_eq!(shop.taps("m_2", ANI, "page:1").kind, "done");
    assert_eq!(shop.taps("m_3", ANI, "item:i7").kind, "done");
    assert_eq!(shop.says("m_4", MANAGER, &format!("/pay 5 {}", "Տ😀".repeat(3000))).kind, "done");
    let payment = shop.host.payments().remove(0);
    let long = kamurj_sdk::Payment { order_id: "😀".repeat(400), description: "Տ".repeat(4000), ..payment };
    shop.host.put_payment(long.clone());
    assert_eq!(shop.tell("payment.send", &long).kind, "done");
    assert_eq!(shop.last(ANI).whole["attachment"]["payload"]["buttons"][0]["url"], "https://pay.example.am/p/pay_1");
    let given = kamurj_sdk::Payment {
        fulfilment: Some(format!("https://given.example/k {}", "Կոդ ".repeat(900))),
        ..now(&long, "paid", 3, 1)
    };
    assert_eq!(shop.tell("payment.paid", &given).kind, "done");
    let words: usize = shop.messages(ANI).iter().map(|message| message.text.matches("Կոդ").count()).sum();
    assert_eq!(words, 900, "what was bought is never cut");
}

#[test]
fn a_blocked_page_is_unreachable_until_the_customer_writes() {
    let (shop, payment) = Shop::new().sold();
    shop.graph.borrow_mut().blocked.insert(ANI.to_owned());
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 3, 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("unreachable", "551/1545041"));
    assert_eq!(shop.tell("payment.expired", &now(&payment, "expired", 4, 0)).kind, "unreachable");
    shop.graph.borrow_mut().blocked.clear();
    shop.says("m_9", ANI, "I am back");
    assert_eq!(shop.tell("payment.cancelled", &now(&payment, "cancelled", 5, 0)).kind, "done");
    assert!(shop.messages(ARAM).is_empty());
}
