//! How the chat learns the end of a payment: by edits where there is a message, by one message where there is none, and
//! never by two.

use crate::shop::{ANI, Fault, MANAGER, Shop, now};
use kamurj_sdk::testing::{self, payment};
use serde_json::json;

const PAID: &str = "✅ Paid: 12500\u{a0}֏\nCake\nOrder: K-1\nThank you!";

#[test]
fn paid_edits_the_link_into_its_paid_form_without_a_button() {
    let (shop, payment) = Shop::with_link();
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 3, 1));
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("1")));
    let messages = shop.messages(ANI);
    assert_eq!((messages.len(), messages[0].text.as_str()), (1, PAID));
    assert_eq!(messages[0].buttons, json!([]));
}

#[test]
fn a_paid_delivery_that_comes_twice_changes_nothing_more() {
    let (shop, payment) = Shop::with_link();
    let paid = now(&payment, "paid", 3, 1);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    // Another delivery, so another owner: the service itself says that nothing changes.
    let again = shop.tell("payment.paid", &now(&payment, "paid", 4, 1));
    assert_eq!((again.kind.as_str(), again.remote_ref.as_deref()), ("done", Some("1")));
    assert_eq!(shop.messages(ANI)[0].edits, 1);
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn an_edit_whose_answer_was_lost_is_made_again() {
    let (shop, payment) = Shop::with_link();
    shop.fault("editMessageText", Fault::DropReply);
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 3, 1)).kind, "done");
    assert_eq!(shop.messages(ANI)[0].edits, 1);
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn an_edit_that_stays_unanswered_ends_as_ambiguous_and_the_next_run_settles_it() {
    let (shop, payment) = Shop::with_link();
    shop.fault("editMessageText", Fault::DropReply);
    shop.fault("editMessageText", Fault::DropReply);
    let paid = now(&payment, "paid", 3, 1);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "ambiguous");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.messages(ANI)[0].text, PAID);
}

#[test]
fn paid_without_a_message_is_sent_once() {
    let shop = Shop::new();
    let mut paid = payment("pay_9");
    paid.channel = Some(testing::channel("telegram", &ANI.to_string()));
    assert_eq!(shop.tell("payment.paid", &now(&paid, "paid", 3, 1)).kind, "done");
    assert_eq!(shop.tell("payment.paid", &now(&paid, "paid", 3, 1)).kind, "done");
    assert_eq!(shop.tell("payment.paid", &now(&paid, "paid", 4, 1)).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn a_message_that_was_deleted_is_replaced_by_one_new_one() {
    let (shop, payment) = Shop::with_link();
    shop.telegram.borrow_mut().messages.clear();
    shop.fault("sendMessage", Fault::Limit);
    let paid = now(&payment, "paid", 3, 1);
    assert_eq!(shop.tell("payment.paid", &paid).retry_after_ms, Some(3000));
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
    assert_eq!(shop.messages(ANI)[0].text, PAID);
}

#[test]
fn a_plain_paid_notice_that_may_have_arrived_is_in_doubt_and_never_sent_twice() {
    for fault in [Fault::DropReply, Fault::Break] {
        let shop = Shop::new();
        let mut paid = payment("pay_9");
        paid.channel = Some(testing::channel("telegram", &ANI.to_string()));
        let paid = now(&paid, "paid", 3, 1);
        shop.fault("sendMessage", fault);
        assert_eq!(shop.tell("payment.paid", &paid).kind, "in-doubt", "{fault:?}");
        assert_eq!(shop.count("sendMessage"), 1);
    }
    let shop = Shop::new();
    let mut paid = payment("pay_9");
    paid.channel = Some(testing::channel("telegram", &ANI.to_string()));
    shop.fault("sendMessage", Fault::NotSent);
    let paid = now(&paid, "paid", 3, 1);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "retry");
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn each_failed_try_is_told_once_and_its_button_goes_when_the_payment_is_paid() {
    let (shop, payment) = Shop::with_link();
    let failed = now(&payment, "failed", 3, 1);
    shop.host.put_payment(failed.clone());
    assert_eq!(shop.tell("payment.failed", &failed).kind, "done");
    assert_eq!(shop.tell("payment.failed", &now(&payment, "failed", 4, 1)).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 2, "the same try again says nothing new");
    let notice = &shop.messages(ANI)[1];
    assert!(notice.text.ends_with("You can try again."), "{}", notice.text);
    assert_eq!(notice.buttons[0][0], json!({ "text": "Try again", "url": "https://pay.example.am/p/pay_1" }));

    assert_eq!(shop.tell("payment.failed", &now(&payment, "failed", 6, 2)).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 3);
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 8, 3)).kind, "done");
    let messages = shop.messages(ANI);
    assert_eq!((messages.len(), messages[0].text.as_str()), (3, PAID));
    assert_eq!(messages[2].buttons, json!([]));
}

#[test]
fn no_invitation_follows_the_end_of_a_payment() {
    let (shop, payment) = Shop::with_link();
    shop.host.put_payment(now(&payment, "paid", 5, 2));
    assert_eq!(shop.tell("payment.failed", &now(&payment, "failed", 3, 1)).kind, "done");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn expired_and_cancelled_take_the_button_away_and_never_write_anew() {
    for (event, status, part) in
        [("payment.expired", "expired", "⌛ The link has expired"), ("payment.cancelled", "cancelled", "cancelled")]
    {
        let (shop, payment) = Shop::with_link();
        assert_eq!(shop.tell(event, &now(&payment, status, 3, 0)).kind, "done");
        let messages = shop.messages(ANI);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].text.contains(part), "{}", messages[0].text);
        let renew = json!([[{ "text": "New link", "callback_data": "renew:pay_1" }]]);
        assert_eq!(messages[0].buttons, if event == "payment.expired" { renew } else { json!([]) });

        let (shop, payment) = Shop::with_link();
        shop.telegram.borrow_mut().messages.clear();
        assert_eq!(shop.tell(event, &now(&payment, status, 3, 0)).kind, "done");
        assert!(shop.messages(ANI).is_empty());
    }
}

#[test]
fn an_older_view_never_overwrites_a_newer_one() {
    let (shop, payment) = Shop::with_link();
    shop.tell("payment.paid", &now(&payment, "paid", 7, 1));
    for (event, status) in
        [("payment.expired", "expired"), ("payment.failed", "failed"), ("payment.cancelled", "cancelled")]
    {
        assert_eq!(shop.tell(event, &now(&payment, status, 6, 1)).kind, "done");
    }
    assert_eq!((shop.messages(ANI).len(), shop.messages(ANI)[0].text.as_str()), (1, PAID));
}

#[test]
fn a_blocked_chat_is_unreachable_until_it_comes_back() {
    let (shop, payment) = Shop::with_link();
    shop.telegram.borrow_mut().blocked.push(ANI);
    let blocked = json!({ "update_id": 5, "my_chat_member": {
        "chat": { "id": ANI, "type": "private" }, "new_chat_member": { "status": "kicked" } } });
    assert_eq!(shop.update(&blocked).kind, "done");
    let calls = shop.telegram.borrow().calls.len();
    assert_eq!(shop.tell("payment.expired", &now(&payment, "expired", 3, 0)).kind, "unreachable");
    assert_eq!(shop.telegram.borrow().calls.len(), calls, "no call for a chat known to be out of reach");
    assert_eq!(shop.tell("payment.paid", &now(&payment, "paid", 4, 0)).kind, "unreachable");

    shop.telegram.borrow_mut().blocked.clear();
    let back = json!({ "update_id": 6, "my_chat_member": {
        "chat": { "id": ANI, "type": "private" }, "new_chat_member": { "status": "member" } } });
    assert_eq!(shop.update(&back).kind, "done");
    assert_eq!(shop.tell("payment.cancelled", &now(&payment, "cancelled", 5, 0)).kind, "done");
}

#[test]
fn a_refusal_of_the_chat_is_remembered_and_the_next_word_clears_it() {
    let (shop, payment) = Shop::with_link();
    shop.telegram.borrow_mut().blocked.push(ANI);
    assert_eq!(shop.tell("payment.expired", &now(&payment, "expired", 3, 0)).kind, "unreachable");
    shop.telegram.borrow_mut().blocked.clear();
    assert_eq!(shop.tell("payment.cancelled", &now(&payment, "cancelled", 4, 0)).kind, "unreachable");
    shop.say(9, ANI, "en", "/start");
    assert_eq!(shop.tell("payment.cancelled", &now(&payment, "cancelled", 5, 0)).kind, "done");
}

#[test]
fn a_revoked_token_needs_a_person() {
    let (shop, payment) = Shop::with_link();
    shop.telegram.borrow_mut().revoked = true;
    let outcome = shop.tell("payment.paid", &now(&payment, "paid", 3, 1));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "401"));
}

#[test]
fn a_group_that_moved_is_followed() {
    let group = -100_i64;
    let shop = Shop::with_settings(&json!({
        "api_base": "https://api.telegram.org", "managers": [group.to_string()], "catalogue": [] }));
    shop.telegram.borrow_mut().moved = Some((group, -100_200));
    let mut update = crate::shop::say(1, MANAGER, "en", "/pay 500 Tea");
    update["message"]["chat"] = json!({ "id": group, "type": "group" });
    assert_eq!(shop.update(&update).kind, "done");
    assert_eq!(shop.messages(-100_200).len(), 1);
    let paid = now(&shop.only_payment(), "paid", 2, 1);
    assert_eq!(shop.tell("payment.paid", &paid).kind, "done");
    assert!(shop.messages(-100_200)[0].text.starts_with("✅"));
}

#[test]
fn other_channels_and_other_events_are_none_of_its_business() {
    let (shop, payment) = Shop::with_link();
    let calls = shop.telegram.borrow().calls.len();
    for event in ["payment.created", "payment.pending", "payment.paid_again", "exception.opened", "payment.new_kind"] {
        assert_eq!(shop.tell(event, &now(&payment, "refunded", 9, 1)).kind, "done");
    }
    let mut elsewhere = now(&payment, "paid", 9, 1);
    elsewhere.channel = Some(testing::channel("whatsapp", "37499123456"));
    assert_eq!(shop.tell("payment.paid", &elsewhere).kind, "done");
    elsewhere.channel = None;
    assert_eq!(shop.tell("payment.paid", &elsewhere).kind, "done");
    assert_eq!(shop.telegram.borrow().calls.len(), calls);
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!(manifest.id, "telegram");
    assert_eq!(manifest.hosts.len(), 1);
    let placements: Vec<_> =
        manifest.secrets.iter().map(|secret| (secret.name.as_str(), secret.placements.concat())).collect();
    assert_eq!(placements, [("bot_token", "path".to_owned()), ("webhook_secret", "verifybody".to_owned())]);
    assert_eq!(manifest.settings_schema["type"], "object");
    assert_eq!(manifest.routes[0].field, "x-telegram-bot-api-secret-token");
}
