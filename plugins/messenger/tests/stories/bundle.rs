//! Several events in one request of Meta's.

use kamurj_sdk::testing::payment_link;
use kamurj_sdk::{Error, PaymentLink};
use serde_json::{Value, json};

use crate::double::Fault;
use crate::shop::{ANI, ARAM, MANAGER, Shop, say, settings, tap, webhook};

#[test]
fn one_that_fails_for_good_keeps_none_of_the_others() {
    let shop = Shop::new();
    shop.graph.borrow_mut().blocked.insert(ARAM.to_owned());
    let body = webhook(&[tap("m_1", ANI, "item:cake"), tap("m_2", ARAM, "item:cake"), tap("m_3", MANAGER, "item:tea")]);
    let outcome = shop.request("inb_1", 1, &body);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("unreachable", "551/1545041"));
    assert_eq!((shop.messages(ANI).len(), shop.messages(MANAGER).len()), (1, 1));
    assert_eq!(shop.host.payments().len(), 3);
}

#[test]
fn one_that_must_wait_is_made_again_alone() {
    let shop = Shop::new();
    let body = webhook(&[say("m_1", ANI, "menu"), tap("m_2", ARAM, "item:cake"), say("m_3", MANAGER, "menu")]);
    shop.host.refuse_next_payment(Error {
        code: "unavailable".into(),
        message: "busy".into(),
        retryable: true,
        retry_after_ms: None,
    });
    assert_eq!(shop.request("inb_1", 1, &body).kind, "retry");
    assert_eq!((shop.messages(ANI).len(), shop.messages(ARAM).len(), shop.messages(MANAGER).len()), (1, 0, 1));
    assert_eq!(shop.request("inb_1", 2, &body).kind, "done");
    assert_eq!(shop.request("inb_1", 3, &body).kind, "done");
    assert_eq!((shop.messages(ANI).len(), shop.messages(ARAM).len(), shop.messages(MANAGER).len()), (1, 1, 1));
    shop.only_payment();
}

#[test]
fn a_failure_is_told_although_others_had_to_be_made_again() {
    let shop = Shop::new();
    shop.graph.borrow_mut().blocked.insert(ARAM.to_owned());
    let body = webhook(&[say("m_1", ARAM, "menu"), say("m_2", ANI, "menu")]);
    shop.graph.borrow_mut().faults.extend([Fault::DropRequest]);
    // The first event is in doubt, the second is fine.
    assert_eq!(shop.request("inb_1", 1, &body).kind, "ambiguous");
    assert_eq!(shop.messages(ANI).len(), 1);
    shop.passes(90_000);
    assert_eq!(shop.request("inb_1", 2, &body).kind, "unreachable");
    assert_eq!(shop.messages(ANI).len(), 1);
}

#[test]
fn what_follows_in_the_same_chat_does_not_overtake() {
    let mut settings = settings();
    settings["catalogue"] = json!([{ "link": "lnk_cake" }]);
    let shop = Shop::with(&settings);
    let ways = vec![
        kamurj_sdk::testing::choice("home", "To your door", 1500),
        kamurj_sdk::testing::choice("shop", "From the shop", 0),
    ];
    shop.host.put_link(PaymentLink { most_pieces: 3, deliveries: ways, ..payment_link("lnk_cake", "Cake") });
    let events = [
        say("m_1", ANI, "#lnk_cake"),
        say("m_2", ANI, "2"),
        say("m_3", ANI, "From the shop"),
        say("m_4", ARAM, "menu"),
    ];
    shop.graph.borrow_mut().faults.push_back(Fault::NotSent);
    assert_eq!(shop.request("inb_1", 1, &webhook(&events)).kind, "retry");
    assert_eq!((shop.messages(ANI).len(), shop.messages(ARAM).len()), (0, 1));
    assert_eq!(shop.request("inb_1", 2, &webhook(&events)).kind, "done");
    assert_eq!(shop.only_payment().amount.minor, 2_500_000);
    assert_eq!((shop.messages(ANI).len(), shop.messages(ARAM).len()), (3, 1));
    // A run too many changes nothing.
    assert_eq!(shop.request("inb_1", 3, &webhook(&events[..1])).kind, "done");
    shop.only_payment();
}

#[test]
fn a_large_bundle_is_answered_in_several_runs_each_event_once() {
    let shop = Shop::new();
    let events: Vec<Value> =
        (0..12).map(|number| say(&format!("m_{number}"), &format!("70{number:03}"), "menu")).collect();
    let body = webhook(&events);
    let ends: Vec<_> = (1..=3).map(|run| shop.request("inb_1", run, &body).kind).collect();
    assert_eq!(ends, ["retry", "retry", "done"]);
    for number in 0..12 {
        assert_eq!(shop.messages(&format!("70{number:03}")).len(), 1, "{number}");
    }
}

#[test]
fn a_token_that_is_taken_back_stops_the_bundle_for_a_person() {
    let shop = Shop::new();
    shop.graph.borrow_mut().revoked = true;
    let body = webhook(&[say("m_1", ANI, "menu"), say("m_2", ARAM, "menu")]);
    let outcome = shop.request("inb_1", 1, &body);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "190/460"));
    assert_eq!(shop.graph.borrow().calls.len(), 1);
    shop.graph.borrow_mut().revoked = false;
    assert_eq!(shop.request("inb_1", 2, &body).kind, "done");
    assert_eq!((shop.messages(ANI).len(), shop.messages(ARAM).len()), (1, 1));
}
