//! From the first word to the link, with people who show their number and people who hide it.

use crate::shop::{ANI, ANI_PHONE, Fault, MANAGER, Shop, VAHE, press, say};
use kamurj_sdk::testing::{self, payment_link};
use serde_json::json;

#[test]
fn the_first_word_is_greeted_with_what_is_on_sale() {
    let shop = Shop::new();
    assert_eq!(shop.ani_says("wamid.1", "hello").kind, "done");
    let greeting = shop.last();
    assert_eq!((greeting.kind(), greeting.to()), ("button", ANI));
    assert!(greeting.text().starts_with("Hello, Ani! "), "{}", greeting.text());
    let titles: Vec<String> = greeting.choices().into_iter().map(|(_, title)| title).collect();
    assert_eq!(titles, ["Cake — 12500\u{a0}֏", "Tea — 900\u{a0}֏"]);
    // People of the shop write here too, so the bot keeps still.
    shop.ani_says("wamid.2", "when do you close?");
    assert_eq!(shop.sent().len(), 1);
}

#[test]
fn a_choice_becomes_one_payment_and_its_link() {
    let (shop, payment) = Shop::new().ordered();
    assert_eq!(payment.customer.phone.as_deref(), Some(format!("+{ANI_PHONE}").as_str()));
    assert_eq!(payment.customer.name.as_deref(), Some("Ani"));
    let channel = payment.channel.expect("a channel");
    assert_eq!((channel.plugin.as_str(), channel.conversation.as_str()), ("whatsapp", ANI));
    let link = shop.last();
    assert_eq!((link.kind(), link.body["recipient"].as_str()), ("cta_url", Some(ANI)));
    let action = &link.body["interactive"]["action"];
    assert_eq!(
        action,
        &json!({ "name": "cta_url", "parameters": { "display_text": "Pay", "url": "https://pay.example.am/p/pay_1" } })
    );
    assert!(link.mark.starts_with("inb_wamid.ORDER-0|link|pay_1|"), "{}", link.mark);
    // Meta tells it again, in another bundle as well.
    shop.ani_presses("wamid.ORDER", "item:cake");
    shop.posts("inb_other", 1, &crate::shop::messages(&[press("wamid.ORDER", ANI, "item:cake")]));
    assert_eq!((shop.host.payments().len(), shop.sent().len()), (1, 1));
}

#[test]
fn somebody_who_hides_the_number_buys_as_well() {
    let shop = Shop::new();
    assert_eq!(shop.gets(&press("wamid.1", VAHE, "item:tea")).kind, "done");
    let payment = shop.only_payment();
    assert_eq!((payment.customer.phone, payment.customer.name.as_deref()), (None, Some("Vahe")));
    assert_eq!(payment.channel.expect("a channel").handle.as_deref(), Some("vahe.x"));
    assert_eq!((shop.last().body["recipient"].as_str(), shop.last().body.get("to")), (Some(VAHE), None));
}

#[test]
fn somebody_without_a_user_id_is_called_by_the_number() {
    let shop = Shop::new();
    let value = json!({ "contacts": [{ "wa_id": ANI_PHONE }],
        "messages": [{ "id": "wamid.1", "from": ANI_PHONE, "type": "text", "text": { "body": "#cake" } }] });
    assert_eq!(shop.posts("inb_1", 1, &value).kind, "done");
    assert_eq!(shop.only_payment().channel.expect("a channel").conversation, ANI_PHONE);
    assert_eq!(shop.last().body["to"], ANI_PHONE);
    // Later Meta tells the id too: what is owed to the old conversation still goes out inside the window.
    shop.passes(20 * crate::shop::HOUR_MS);
    shop.ani_says("wamid.2", "thanks");
    shop.passes(20 * crate::shop::HOUR_MS);
    let paid = crate::shop::now(&shop.only_payment(), "paid", 3);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!((shop.last().kind(), shop.last().to()), ("text", ANI_PHONE));
}

#[test]
fn a_deep_link_names_the_thing_by_its_text() {
    let shop = Shop::new();
    shop.ani_says("wamid.1", "#cake");
    assert_eq!(shop.last().kind(), "cta_url");
    let mut photo = say("wamid.2", ANI, "");
    photo["type"] = "image".into();
    photo["image"] = json!({ "id": "1", "caption": "this one: #tea" });
    shop.gets(&photo);
    assert_eq!(shop.host.payments().len(), 2);
}

#[test]
fn a_manager_is_known_by_the_number_and_pay_makes_a_link_to_forward() {
    let shop = Shop::new();
    assert_eq!(shop.gets(&say("wamid.1", MANAGER, "/pay 12500 Cake for Ani")).kind, "done");
    let link = shop.last();
    assert_eq!((link.to(), link.kind()), (MANAGER, "cta_url"));
    assert!(link.text().ends_with("\nhttps://pay.example.am/p/pay_1"), "{}", link.text());
    assert_eq!(shop.only_payment().customer.phone, None, "the manager is not the customer");

    shop.ani_says("wamid.2", "/pay 1 Cake");
    assert!(shop.last().text().contains("for the shop's staff"), "{}", shop.last().text());
    assert!(shop.last().text().ends_with(ANI), "the id that can be entered for a manager");
    assert_eq!(shop.host.payments().len(), 1);
    let by_id = Shop::with(&json!({ "managers": [VAHE] }));
    by_id.gets(&say("wamid.1", VAHE, "/pay 500 Tea"));
    assert_eq!(by_id.host.payments().len(), 1);
}

#[test]
fn many_things_are_a_list_with_their_notes_and_pages() {
    let entries: Vec<_> = (0..12).map(|number| json!({ "link": format!("lnk_{number}") })).collect();
    let shop = Shop::with(&json!({ "catalogue": entries }));
    for number in 0..12 {
        let mut link = payment_link(&format!("lnk_{number}"), &format!("Մեղրով տորթ 😀 number {number}"));
        link.description = "With honey and nuts".to_owned();
        shop.host.put_link(link);
    }
    shop.ani_says("wamid.1", "menu");
    let list = shop.last();
    assert_eq!((list.kind(), list.choices().len()), ("list", 10));
    assert!(list.text().contains("\n• Մեղրով տորթ 😀 number 8 — 12500\u{a0}֏"), "{}", list.text());
    assert_eq!(list.body["interactive"]["action"]["sections"][0]["rows"][0]["description"], "With honey and nuts");
    shop.ani_presses("wamid.2", &list.choices()[9].0);
    assert_eq!(shop.last().choices().len(), 4, "three things and the way back");
    shop.ani_presses("wamid.3", "item:lnk_11");
    assert_eq!(shop.only_payment().link_id.as_deref(), Some("lnk_11"));
}

#[test]
fn a_throttle_of_one_person_waits_longer_with_each_run_and_loses_nothing() {
    let shop = Shop::new();
    let value = crate::shop::messages(&[press("wamid.1", ANI, "item:cake")]);
    for (run, wait_s) in [(1, 4), (2, 16), (3, 64)] {
        shop.fault(Fault::Refuse(400, 131_056));
        let outcome = shop.posts("inb_1", run, &value);
        assert_eq!(
            (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms),
            ("retry", "target", Some(wait_s * 1000))
        );
    }
    assert_eq!(shop.posts("inb_1", 4, &value).kind, "done");
    assert_eq!((shop.host.payments().len(), shop.sent().len()), (1, 1));
}

#[test]
fn the_usage_header_says_how_long_the_whole_account_waits() {
    let shop = Shop::new();
    let usage = r#"{"201000000000001":[{"type":"whatsapp","estimated_time_to_regain_access":3}]}"#;
    shop.cloud.borrow_mut().headers = vec![("x-business-use-case-usage".to_owned(), usage.to_owned())];
    shop.fault(Fault::Refuse(400, 80_007));
    let outcome = shop.ani_says("wamid.1", "menu");
    assert_eq!(
        (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms),
        ("retry", "connection", Some(180_000))
    );
    assert!(!outcome.message.contains(ANI_PHONE), "{}", outcome.message);
}

#[test]
fn a_revoked_token_is_for_a_person() {
    let (shop, payment) = Shop::new().ordered();
    shop.cloud.borrow_mut().revoked = true;
    let outcome = shop.tell("payment.paid", &crate::shop::now(&payment, "paid", 3));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "190"));
    shop.cloud.borrow_mut().revoked = false;
    assert_eq!(shop.tell("payment.paid", &crate::shop::now(&payment, "paid", 3)).kind, "done");
}

#[test]
fn a_conversation_that_is_nobody_is_refused_without_a_call() {
    let shop = Shop::new();
    let mut payment = testing::payment("pay_9");
    payment.channel = Some(testing::channel("whatsapp", "ani"));
    shop.host.put_payment(payment.clone());
    let outcome = Shop::tell(&shop, "payment.send", &payment);
    assert_eq!(outcome.kind, "window-closed", "nobody of this name was ever heard");
    let templates = Shop::with_templates();
    templates.host.put_payment(payment.clone());
    let outcome = templates.tell("payment.send", &payment);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "conversation"));
    assert_eq!(shop.tries() + templates.tries(), 0);
}

#[test]
fn a_changed_number_is_written_to_in_place_of_the_old_one() {
    let shop = Shop::with_templates();
    let mut payment = testing::payment("pay_9");
    payment.channel = Some(testing::channel("whatsapp", "+374 91 000017"));
    shop.host.put_payment(payment.clone());
    let system = json!({ "type": "user_changed_number", "body": "…", "wa_id": "37455000018" });
    shop.posts(
        "inb_1",
        1,
        &json!({ "messages": [{ "id": "wamid.1", "from": ANI_PHONE, "type": "system", "system": system }] }),
    );
    assert_eq!(shop.tell("payment.send", &payment).kind, "done");
    assert_eq!(shop.last().body["to"], "37455000018");
}
