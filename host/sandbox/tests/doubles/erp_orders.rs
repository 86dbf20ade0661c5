//! The ERP as a sender: what its orders say, how they are signed, and when they come again.

use std::time::Duration;

use kamurj_sandbox::erp::{CannotSend, CannotSet, Customer, InvalidKey, Money, Order};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::erp::{NEXT_SECRET, OTHER_SECRET, PRIVATE, PUBLIC, SECRET, event, hook};
use crate::receiver::{Received, Receiver};
use crate::world::World;

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn order() -> Order {
    let order = Order::new("A-1042", Money::new("12500", "AMD"), "Torte");
    let customer = Customer { name: Some("Անի".to_owned()), phone: Some("+37491000001".to_owned()), email: None };
    let order = Order { customer: Some(customer), locale: Some("hy".to_owned()), ..order };
    order.with_item("Torte", 1, Money::new("12500", "AMD"))
}

async fn world() -> (World, Receiver) {
    let (world, receiver) = (World::with_erp().await, Receiver::start().await);
    world.sandbox.erp.set_kamurj(&receiver.url, SECRET).unwrap();
    (world, receiver)
}

/// Whether the specification's library would have signed so.
fn is_signed(came: &Received, secret: &str) -> bool {
    let at = came.header("webhook-timestamp").parse().unwrap();
    let right = Webhook::new(secret).unwrap().sign(came.header("webhook-id"), at, came.body.as_bytes()).unwrap();
    came.header("webhook-signature").split(' ').any(|part| part == right)
}

#[tokio::test]
async fn an_order_is_told_and_its_link_comes_back() {
    let (world, receiver) = world().await;
    let id = world.sandbox.erp.order(&order()).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let came = &receiver.received()[0];
    assert!(is_signed(came, SECRET));
    assert_eq!((came.header("webhook-id"), came.header("webhook-timestamp")), (id.as_str(), "1795255509"));
    assert_eq!(came.header("content-type"), "application/json");
    let price = json!({"value": "12500", "currency": "AMD"});
    let data = json!({
        "order_id": "A-1042", "amount": price, "description": "Torte",
        "items": [{"name": "Torte", "quantity": 1, "unit_price": price}],
        "customer": {"name": "Անի", "phone": "+37491000001"}, "locale": "hy",
    });
    assert_eq!(came.json(), json!({"type": "order.created", "timestamp": "2026-11-21T10:05:09Z", "data": data}));

    let view = world.sandbox.erp.view();
    assert_eq!((view.sent[0].accepted, view.sent[0].answers.clone()), (true, vec![Some(200)]));
    assert_eq!((view.orders[0].status.clone(), view.orders[0].checkout_url.clone()), (None, None));
    let mut created = event("payment.created", 1);
    created["data"]["checkout_url"] = "https://pay.example.am/p/1".into();
    world.hears(&hook("msg_1", &created)).await;
    world.hears(&hook("msg_2", &event("payment.paid", 2))).await;
    let orders = world.sandbox.erp.view().orders;
    let [known] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(known.checkout_url.as_deref(), Some("https://pay.example.am/p/1"));
    assert_eq!((known.status.as_deref(), known.version, known.description.as_str()), (Some("paid"), Some(2), "Torte"));
}

#[tokio::test]
async fn a_message_comes_again_by_the_plan_under_its_own_id_until_it_is_accepted() {
    let (world, receiver) = world().await;
    receiver.will_answer(&[500; 10]);
    let id = world.sandbox.erp.order(&order()).unwrap();
    let pauses = [
        0,
        5 * SECOND_MS,
        5 * MINUTE_MS,
        30 * MINUTE_MS,
        2 * HOUR_MS,
        5 * HOUR_MS,
        10 * HOUR_MS,
        14 * HOUR_MS,
        20 * HOUR_MS,
        24 * HOUR_MS,
    ];
    for (tries, pause) in pauses.into_iter().enumerate() {
        if pause > 0 {
            world.pass_ms(pause - 1);
            assert_eq!(world.sandbox.deliver_due().await, 0, "try {tries} is too early");
            world.pass_ms(1);
        }
        assert_eq!(world.sandbox.deliver_due().await, 1, "try {tries} is due");
    }
    let received = receiver.received();
    let first = &received[0];
    assert!(
        received.iter().all(|one| one.header("webhook-id") == id && one.body == first.body && is_signed(one, SECRET))
    );
    assert_ne!(first.header("webhook-timestamp"), received[1].header("webhook-timestamp"), "each try has its own time");
    let sent = world.sandbox.erp.view().sent.remove(0);
    assert!(sent.given_up && !sent.accepted && sent.next_at.is_none(), "{sent:?}");
    world.pass_ms(48 * HOUR_MS);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    assert_eq!(
        world.sandbox.erp.send_at_once(&id, 2).await,
        [Some(200), Some(200)],
        "by hand it goes out all the same"
    );
    let sent = world.sandbox.erp.view().sent.remove(0);
    assert_eq!((sent.tries, sent.by_hand), (10, vec![Some(200); 2]));
}

#[tokio::test]
async fn only_2xx_accepts_and_a_longer_wait_is_respected() {
    for status in [301, 400, 401, 404, 409, 422, 429, 500, 502, 503, 504] {
        let (world, receiver) = world().await;
        receiver.will_answer(&[status, 202]);
        world.sandbox.erp.order(&order()).unwrap();
        assert_eq!(world.sandbox.deliver_due().await, 1);
        world.pass_ms(5 * SECOND_MS);
        assert_eq!(world.sandbox.deliver_due().await, 1, "{status} is no success");
        assert_eq!(world.sandbox.erp.view().sent[0].answers, [Some(status), Some(202)]);
        assert!(world.sandbox.erp.view().sent[0].accepted);
    }
    let (world, receiver) = world().await;
    receiver.will_answer_retry_after(429, 60);
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.deliver_due().await;
    world.pass_ms(59 * SECOND_MS);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.pass_ms(SECOND_MS);
    assert_eq!(world.sandbox.deliver_due().await, 1);
}

#[tokio::test]
async fn a_410_ends_the_sending_until_the_address_is_set_anew() {
    let (world, receiver) = world().await;
    receiver.will_answer(&[410]);
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.erp.send("order.paused", &json!({})).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    world.pass_ms(HOUR_MS);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    assert!(world.sandbox.erp.view().kamurj.unwrap().switched_off);
    world.sandbox.erp.set_kamurj(&receiver.url, SECRET).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 2);
}

#[tokio::test]
async fn messages_are_signed_by_every_key_that_is_set() {
    let (world, receiver) = world().await;
    world.sandbox.erp.set_kamurj_keys(&receiver.url, &[SECRET, NEXT_SECRET, PRIVATE]).unwrap();
    assert_eq!(world.sandbox.erp.view().kamurj.unwrap().public_keys, [PUBLIC]);
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.deliver_due().await;
    let came = &receiver.received()[0];
    assert!(is_signed(came, SECRET) && is_signed(came, NEXT_SECRET) && !is_signed(came, OTHER_SECRET));
    let signature = came.header("webhook-signature");
    assert_eq!(
        signature.split(' ').map(|part| part.split(',').next().unwrap()).collect::<Vec<_>>(),
        ["v1", "v1", "v1a"]
    );

    // The ERP's own receiver proves it by the public key alone, so the two directions fit each other.
    world.sandbox.erp.set_endpoint("mirror", &[PUBLIC]).unwrap();
    world.sandbox.erp.set_kamurj(&world.sandbox.erp.hook_url("mirror"), PRIVATE).unwrap();
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.deliver_due().await;
    let view = world.sandbox.erp.view();
    assert_eq!((view.events[0].verified_by.as_str(), view.events[0].kind.as_str()), ("whpk 1", "order.created"));
    assert_eq!(view.sent[1].said.as_deref(), Some(r#"{"ok":true,"repeat":false}"#));
    world.sandbox.erp.change_faults(|faults| faults.forge = true);
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.deliver_due().await;
    let forged = world.sandbox.erp.view();
    assert_eq!((forged.sent[2].answers.clone(), forged.requests[1].outcome), (vec![Some(401)], "signature_wrong"));
    assert!(forged.requests[1].headers.iter().any(|(_, value)| value.starts_with("v1a,")));
}

#[tokio::test]
async fn faults_of_the_sender_show_on_the_wire() {
    let (world, receiver) = world().await;
    let erp = &world.sandbox.erp;
    let last = async |world: &World| {
        world.sandbox.erp.order(&order()).unwrap();
        world.sandbox.deliver_due().await;
        receiver.received().pop().unwrap()
    };
    erp.change_faults(|faults| faults.forge = true);
    let forged = last(&world).await;
    assert!(!is_signed(&forged, SECRET) && forged.header("webhook-signature").starts_with("v1,"));
    erp.change_faults(|faults| (faults.forge, faults.stale) = (false, true));
    let stale = last(&world).await;
    assert!(is_signed(&stale, SECRET));
    assert_eq!(stale.header("webhook-timestamp"), (1_795_255_509 - 3600).to_string());
    erp.change_faults(|faults| (faults.stale, faults.tamper) = (false, true));
    let tampered = last(&world).await;
    assert!(!is_signed(&tampered, SECRET));
    assert_eq!(tampered.json()["data"]["amount"]["value"], "912500");
    world.sandbox.erp.send("order.paused", &json!({"order_id": "A-1"})).unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!(receiver.received().pop().unwrap().json()["tampered"], json!(true));
    erp.change_faults(|faults| (faults.tamper, faults.hold) = (false, true));
    let before = receiver.count();
    world.sandbox.erp.order(&order()).unwrap();
    assert_eq!((world.sandbox.deliver_due().await, receiver.count()), (0, before));
    erp.change_faults(|faults| faults.hold = false);
    assert_eq!(world.sandbox.deliver_due().await, 1);
}

#[tokio::test]
async fn copies_and_lost_answers_bring_the_same_message_again() {
    let (world, receiver) = world().await;
    world.sandbox.erp.change_faults(|faults| faults.duplicate = 2);
    world.sandbox.erp.order(&order()).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 3);
    let received = receiver.received();
    let same = |one: &Received| (one.header("webhook-id").to_owned(), one.body.clone());
    assert!(received.iter().all(|one| same(one) == same(&received[0])));

    world.sandbox.erp.change_faults(|faults| (faults.duplicate, faults.lose_answer_next) = (0, 1));
    world.sandbox.erp.order(&order()).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let sent = world.sandbox.erp.view().sent.remove(1);
    assert_eq!(
        (sent.accepted, sent.answers.clone(), sent.said.as_deref()),
        (false, vec![None], Some("the answer was lost"))
    );
    world.pass_ms(5 * SECOND_MS);
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let received = receiver.received();
    assert_eq!(same(&received[3]), same(&received[4]));
}

#[tokio::test]
async fn other_types_are_told_too() {
    let (world, receiver) = world().await;
    world.sandbox.erp.order(&order()).unwrap();
    world.sandbox.erp.cancel("A-1042", "out of stock").unwrap();
    world.sandbox.erp.send("stock.counted", &json!({"cakes": 3})).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 3);
    let told: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    assert_eq!(told[1]["type"], "order.cancelled");
    assert_eq!(told[1]["data"], json!({"order_id": "A-1042", "reason": "out of stock"}));
    assert_eq!((&told[2]["type"], &told[2]["data"]), (&json!("stock.counted"), &json!({"cakes": 3})));
    let view = world.sandbox.erp.view();
    assert!(view.orders[0].cancelled);
    assert_eq!(view.sent[2].order_id, None);
}

#[tokio::test]
async fn an_address_or_a_key_that_cannot_be_is_not_set() {
    let world = World::with_erp().await;
    let erp = &world.sandbox.erp;
    assert_eq!(erp.order(&order()), Err(CannotSend::NoAddress));
    assert_eq!(erp.order(&Order::default()), Err(CannotSend::NoOrder));
    assert!(erp.view().orders.is_empty(), "what was not sent was not entered");
    for (url, keys, why) in [
        ("kamurj", vec![SECRET], CannotSet::Url),
        ("ftp://a.example.am/", vec![SECRET], CannotSet::Url),
        ("https://a.example.am/", vec![], CannotSet::NoKey),
        ("https://a.example.am/", vec!["secret"], CannotSet::Key(InvalidKey::Prefix)),
        ("https://a.example.am/", vec!["whsec_AAEC"], CannotSet::Key(InvalidKey::Secret)),
        ("https://a.example.am/", vec![SECRET, PUBLIC], CannotSet::NotForSenders),
    ] {
        assert_eq!(erp.set_kamurj_keys(url, &keys), Err(why), "{url} {keys:?}");
    }
    for (name, keys, why) in [
        ("", vec![SECRET], CannotSet::Name),
        ("a/b", vec![SECRET], CannotSet::Name),
        ("payments", vec![], CannotSet::NoKey),
        ("payments", vec![PRIVATE], CannotSet::NotForReceivers),
        ("payments", vec!["whpk_AAEC"], CannotSet::Key(InvalidKey::Public)),
    ] {
        assert_eq!(erp.set_endpoint(name, &keys), Err(why), "{name} {keys:?}");
    }
    let view = erp.view();
    assert_eq!((view.kamurj.is_none(), view.endpoints[0].keys.clone()), (true, vec!["whsec 1".to_owned()]));
}

#[tokio::test]
async fn stand_alone_the_erp_sends_by_itself() {
    let (world, receiver) = world().await;
    world.sandbox.keep_delivering(Duration::from_millis(5));
    world.sandbox.erp.order(&order()).unwrap();
    let arrived = async {
        while receiver.count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
    assert_eq!(receiver.received()[0].json()["type"], "order.created");
}
