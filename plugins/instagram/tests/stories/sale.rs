//! From the first word to the link and to its end, in texts that Instagram takes.

use kamurj_sdk::{Payment, testing};
use serde_json::{Value, json};

use crate::double::ACCOUNT;
use crate::shop::{ANI, MANAGER, Shop, by, by_page, now, say, settings, webhook};

const URL: &str = "https://pay.example.am/p/pay_1";

#[test]
fn every_way_to_begin_shows_what_is_on_sale_and_a_word_names_it() {
    for event in [
        say("a", ANI, "Բարև"),
        by(ANI, &json!({ "postback": { "mid": "a", "title": "Ի՞նչ կա", "payload": "menu" } })),
        by(ANI, &json!({ "referral": { "ref": "nothing", "source": "SHORTLINK", "type": "OPEN_THREAD" } })),
    ] {
        let shop = Shop::new();
        assert_eq!(shop.told(&event).kind, "done");
        let message = shop.last(ANI);
        assert!(message.text.starts_with("Բարև Ձեզ։ "), "{event}: {}", message.text);
        assert_eq!(message.replies[0]["title"], "Տորթ — 12500\u{a0}֏");
    }
    for event in [
        say("a", ANI, "#cake"),
        by(
            ANI,
            &json!({ "message": { "mid": "a", "text": "Գինը?", "referral": { "ref": "cake", "source": "SHORTLINK" } } }),
        ),
        by(ANI, &json!({ "referral": { "ref": "cake", "source": "SHORTLINK", "type": "OPEN_THREAD" } })),
    ] {
        let shop = Shop::new();
        shop.told(&event);
        assert_eq!(shop.only_payment().amount.minor, 1_250_000, "{event}");
    }
}

#[test]
fn the_link_is_a_plain_address_in_the_text_of_either_host() {
    for settings in [settings(), by_page()] {
        let (shop, payment) = Shop::with(&settings).sold();
        assert_eq!(payment.channel.map(|channel| channel.plugin), Some("instagram".to_owned()));
        let message = shop.last(ANI);
        assert!(message.text.starts_with("Վճարման ենթակա է՝ 12500\u{a0}֏\nՏորթ\n"), "{}", message.text);
        assert!(message.text.ends_with(&format!("\n{URL}")) && message.replies.is_empty());
    }
}

#[test]
fn no_text_passes_a_thousand_bytes_and_no_address_is_cut() {
    let mut long = settings();
    let title = "Ա😀".repeat(100);
    let item =
        |id: usize| json!({ "id": format!("i{id}"), "title": { "hy": title }, "amount": "5", "currency": "AMD" });
    long["catalogue"] = (0..30).map(item).collect();
    let shop = Shop::with(&long);
    assert_eq!(shop.says("a1", ANI, "մենյու").kind, "done");
    assert_eq!(shop.last(ANI).replies.len(), 9);
    assert_eq!(shop.taps("a2", ANI, "item:i3").kind, "done");
    assert_eq!(shop.says("a3", MANAGER, &format!("/pay 5 {}", "Տ😀".repeat(3000))).kind, "done");
    assert!(shop.last(MANAGER).text.ends_with("/p/pay_2"), "{}", shop.last(MANAGER).text);
    let payment = shop.host.payments().remove(0);
    // Two bytes more of Armenian at a time, over the limit.
    for letters in 300..320 {
        let payment = Payment {
            order_id: "Պ".repeat(60),
            description: "Տ".repeat(letters),
            version: letters as u64,
            ..payment.clone()
        };
        shop.host.put_payment(payment.clone());
        assert_eq!(shop.tell("payment.send", &payment).kind, "done", "{letters}");
        let text = shop.last(ANI).text;
        assert!(text.len() <= 1000 && text.ends_with(&format!("\n{URL}")), "{letters}: {text}");
    }
    let given = format!("https://given.example/{} {}", "k".repeat(200), "Կոդ😀 ".repeat(200));
    let paid = Payment { fulfilment: Some(given), ..now(&payment, "paid", 400, 1) };
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    let texts: Vec<String> = shop.messages(ANI).into_iter().map(|message| message.text).collect();
    assert_eq!(texts.iter().map(|text| text.matches("Կոդ😀").count()).sum::<usize>(), 200);
    assert!(texts.iter().any(|text| text.contains(&format!("https://given.example/{}", "k".repeat(200)))));
}

#[test]
fn outside_the_window_the_operator_is_told_of_what_matters_and_nothing_is_sent() {
    for settings in [settings(), by_page()] {
        let (shop, payment) = Shop::with(&settings).sold();
        shop.graph.borrow_mut().late.insert(ANI.to_owned());
        assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 5, 1)).kind, "window-closed");
        assert_eq!(shop.tell("payment.refunded", &now(&payment, "refunded", 6, 1)).kind, "window-closed");
        assert_eq!(shop.tell("payment.reminder", &now(&payment, "created", 7, 0)).kind, "done");
        assert_eq!(shop.messages(ANI).len(), 1);
    }
}

#[test]
fn f8_repeated_events_and_long_ids_are_told_apart() {
    let shop = Shop::new();
    let mid = |end: &str| format!("{}{end}", "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE".repeat(5));
    for (request, end) in [("inb_1", "A"), ("inb_2", "A"), ("inb_3", "B")] {
        let body = webhook(&[say(&mid(end), ANI, "#cake")]);
        assert_eq!(shop.request(request, 1, &body).kind, "done");
    }
    assert_eq!((shop.host.payments().len(), shop.messages(ANI).len()), (2, 2));
}

#[test]
fn a_person_in_the_inbox_asks_for_a_link_and_apps_do_not() {
    let shop = Shop::new();
    shop.says("a1", ANI, "Բարև");
    assert_eq!(shop.echo("a2", "/pay 12500 Տորթ", Some(999_000_111)).kind, "done");
    assert!(shop.host.payments().is_empty());
    for _ in 0..2 {
        assert_eq!(shop.echo("a3", "/pay 12500 Տորթ", None).kind, "done");
    }
    assert_eq!(shop.only_payment().description, "Տորթ");
    assert_eq!(shop.messages(ANI).len(), 2);
    assert_eq!(shop.echo("a4", "/pay", None).code, "pay");
}

#[test]
fn one_event_that_fails_keeps_none_of_the_others() {
    let shop = Shop::new();
    shop.graph.borrow_mut().blocked.insert(ANI.to_owned());
    let body =
        webhook(&[say("a1", ANI, "#cake"), say("a2", MANAGER, "/pay 900 Tea"), say("a3", "900000000000003", "menu")]);
    assert_eq!(shop.request("inb_1", 1, &body).kind, "unreachable");
    assert_eq!((shop.messages(MANAGER).len(), shop.messages("900000000000003").len()), (1, 1));
}

#[test]
fn standby_comments_other_accounts_and_unknown_kinds_are_left_alone() {
    let shop = Shop::new();
    let event = say("a1", ANI, "menu");
    let comment = json!({ "field": "comments", "value": { "from": { "id": ANI }, "text": "menu" } });
    for body in [
        json!({ "object": "instagram", "entry": [{ "id": ACCOUNT, "standby": [event] }] }),
        json!({ "object": "instagram", "entry": [{ "id": ACCOUNT, "changes": [comment] }] }),
        json!({ "object": "instagram", "entry": [{ "id": "5", "messaging": [event] }] }),
        json!({ "object": "page", "entry": [{ "id": ACCOUNT, "messaging": [event] }] }),
        webhook(&[
            by(ANI, &json!({ "read": { "mid": "a1" } })),
            by(ANI, &json!({ "message": { "mid": "a2", "is_deleted": true } })),
        ]),
        webhook(&[
            json!({ "sender": { "id": ACCOUNT }, "recipient": { "id": ACCOUNT }, "message": { "mid": "a3", "text": "menu" } }),
        ]),
    ] {
        assert_eq!(shop.request("inb_1", 1, &body).kind, "done", "{body}");
    }
    assert_eq!(shop.graph.borrow().calls, 0);
    for body in [json!([]), Value::Null] {
        assert_eq!(shop.request("inb_2", 1, &body).code, "malformed-event");
    }
}

#[test]
fn other_channels_are_none_of_its_business() {
    let (shop, payment) = Shop::new().sold();
    let mut elsewhere = now(&payment, "paid", 9, 1);
    elsewhere.channel = Some(testing::channel("messenger", ANI));
    assert_eq!(shop.tell("payment.paid", &elsewhere).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}
