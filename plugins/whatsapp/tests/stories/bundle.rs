//! Several things in one request: each once, in order, and none lost with another.

use crate::shop::{ANI, Fault, Shop, VAHE, messages, press, say, status};
use serde_json::json;

#[test]
fn what_fails_does_not_stop_or_repeat_the_others() {
    let shop = Shop::new();
    let value = messages(&[
        press("wamid.1", ANI, "item:cake"),
        press("wamid.2", VAHE, "item:tea"),
        say("wamid.3", ANI, "menu"),
    ]);
    shop.fault(Fault::Refuse(400, 130_429));
    let outcome = shop.posts("inb_1", 1, &value);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "130429"));
    assert_eq!(shop.sent_to(VAHE).len(), 1, "another's order went out");
    assert_eq!(shop.sent_to(ANI).len(), 0, "what the same person said later waits");
    assert_eq!(shop.posts("inb_1", 2, &value).kind, "done");
    assert_eq!(shop.posts("inb_1", 3, &value).kind, "done");
    let kinds: Vec<_> = shop.sent_to(ANI).iter().map(|message| message.kind().to_owned()).collect();
    assert_eq!(kinds, ["cta_url", "button"]);
    assert_eq!((shop.sent_to(VAHE).len(), shop.host.payments().len()), (1, 2));
}

#[test]
fn the_second_of_three_fails_and_the_first_is_not_repeated() {
    let shop = Shop::new();
    let value =
        messages(&[say("wamid.1", ANI, "menu"), say("wamid.2", VAHE, "menu"), press("wamid.3", ANI, "item:tea")]);
    shop.fault(Fault::Pass);
    shop.fault(Fault::DropRequest);
    let outcome = shop.posts("inb_1", 1, &value);
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("ambiguous", Some(90_000)));
    let kinds = |chat: &str| shop.sent_to(chat).iter().map(|message| message.kind().to_owned()).collect::<Vec<_>>();
    assert_eq!((kinds(ANI), kinds(VAHE)), (vec!["button".to_owned(), "cta_url".to_owned()], vec![]));
    shop.passes(90_000);
    assert_eq!(shop.posts("inb_1", 2, &value).kind, "done");
    assert_eq!((kinds(ANI).len(), kinds(VAHE)), (2, vec!["button".to_owned()]));
    assert_eq!((shop.host.payments().len(), shop.tries()), (1, 4));
}

#[test]
fn what_is_refused_for_good_is_told_to_a_person_and_the_others_are_done() {
    let shop = Shop::new();
    shop.host.refuse_next_payment(kamurj_sdk::Error {
        code: "invalid".to_owned(),
        message: "no".to_owned(),
        retryable: false,
        retry_after_ms: None,
    });
    let value = messages(&[press("wamid.1", ANI, "item:cake"), press("wamid.2", VAHE, "item:tea")]);
    assert_eq!(shop.posts("inb_1", 1, &value).kind, "bad-request");
    assert_eq!((shop.sent_to(ANI).len(), shop.sent_to(VAHE)[0].kind()), (1, "cta_url"));
}

#[test]
fn two_messages_of_one_request_have_an_answer_each() {
    let shop = Shop::new();
    let value = messages(&[say("wamid.1", ANI, "menu"), say("wamid.2", ANI, "menu")]);
    assert_eq!(shop.posts("inb_1", 1, &value).kind, "done");
    assert_eq!(shop.sent().len(), 2);
    assert_eq!(shop.posts("inb_1", 2, &value).kind, "done");
    assert_eq!(shop.sent().len(), 2);
}

#[test]
fn a_large_bundle_is_worked_through_in_several_runs() {
    let shop = Shop::new();
    let all: Vec<_> = (0..12).map(|number| say(&format!("wamid.{number}"), &format!("AM.9{number}"), "menu")).collect();
    let mut runs = 0;
    while shop.posts("inb_1", runs + 1, &messages(&all)).kind == "retry" {
        runs += 1;
        assert!(runs < 7, "the host sets it aside after seven");
    }
    assert_eq!((shop.sent().len(), shop.tries(), runs), (12, 12, 2));

    // And so are many statuses.
    let (shop, payment) = Shop::new().ordered();
    shop.tell("payment.paid", &crate::shop::now(&payment, "paid", 3));
    let notice = shop.last();
    let statuses: Vec<_> = (0..50).map(|_| status(&notice, "delivered", 0)).collect();
    let mut runs = 1;
    while shop.posts("inb_2", runs, &json!({ "statuses": statuses })).kind == "retry" {
        runs += 1;
    }
    assert_eq!((shop.host.receipts().len(), runs), (50, 3));
}

#[test]
fn messages_and_statuses_come_together_with_what_nobody_knows() {
    let shop = Shop::new();
    shop.ani_says("wamid.1", "menu");
    let mut value = messages(&[press("wamid.2", ANI, "item:cake")]);
    value["statuses"] = json!([status(&shop.last(), "read", 0), { "strange": true }]);
    value["since_next_year"] = json!([1, null]);
    assert_eq!(shop.posts("inb_1", 1, &value).kind, "done");
    assert_eq!(shop.host.payments().len(), 1);
}

#[test]
fn a_body_that_is_no_object_is_refused_and_other_numbers_are_not_ours() {
    let shop = Shop::new();
    for body in ["", "null", "[]", "{\"entry\":"] {
        let outcome = shop.posts_body("inb_1", 1, body.as_bytes());
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "malformed-webhook"), "{body}");
    }
    let value = json!({ "metadata": { "phone_number_id": "999" }, "messages": [say("wamid.1", ANI, "menu")] });
    let body = json!({ "entry": [{ "changes": [{ "value": value }, { "field": "account_update", "value": { "event": "X" } }] }] });
    assert_eq!(shop.posts_body("inb_2", 1, body.to_string().as_bytes()).kind, "done");
    assert_eq!(shop.tries(), 0);
}
