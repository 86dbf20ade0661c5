//! The ERP as a receiver: what it proves, by vectors of the specification's library in both directions, and what its book makes of
//! messages that come twice, late or out of order.

use kamurj_sandbox::erp::{Key, Outcome};
use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::receiver::Receiver;
use crate::world::{Reply, START_MS, World, reply};

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const NEXT_SECRET: &str = "whsec_bmV4dCBzZWNyZXQgb2YgdGhlIGVuZHBvaW50ISE=";
pub(crate) const OTHER_SECRET: &str = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCBvZiAzMiE=";
/// RFC 8032, section 7.1, tests 1 and 2.
pub(crate) const PRIVATE: &str = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
pub(crate) const PUBLIC: &str = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
pub(crate) const OTHER_PRIVATE: &str = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";

/// What is signed, and how. Whatever is wrong with a message is put wrong here.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) keys: Vec<&'static str>,
    pub(crate) body: String,
}

/// A message of now, signed with the endpoint's secret.
pub(crate) fn hook(id: &str, body: &Value) -> Hook {
    Hook { id: id.to_owned(), at: START_MS / 1000, keys: vec![SECRET], body: body.to_string() }
}

/// An event about payment `pay_1` of order `A-1042`.
pub(crate) fn event(kind: &str, version: u64) -> Value {
    let status = kind.split('.').next_back().unwrap();
    json!({"type": kind, "timestamp": "2026-11-21T10:05:09.000Z", "data": {
        "payment_id": "pay_1", "order_id": "A-1042", "amount": "12500", "currency": "AMD", "status": status, "version": version,
    }})
}

impl Hook {
    /// The signatures: by HMAC as the specification's library makes them, by Ed25519 as the double's own keys do.
    pub(crate) fn signatures(&self) -> String {
        let sign = |key: &&str| match key.strip_prefix("whsec_") {
            Some(_) => Webhook::new(key).unwrap().sign(&self.id, self.at, self.body.as_bytes()).unwrap(),
            None => Key::parse(key).unwrap().sign(&self.id, self.at, &self.body).unwrap(),
        };
        self.keys.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

impl World {
    /// A sandbox whose ERP has one endpoint, `payments`, with one secret.
    pub(crate) async fn with_erp() -> Self {
        Self::start_with("erp", json!({"endpoints": [{"name": "payments", "keys": [SECRET]}]})).await
    }

    /// The request that carries a message.
    pub(crate) fn carrying(&self, hook: &Hook) -> RequestBuilder {
        let url = self.sandbox.erp.hook_url("payments");
        let request = self.client.post(url).header("content-type", "application/json").header("webhook-id", &hook.id);
        let request = request.header("webhook-timestamp", hook.at.to_string());
        request.header("webhook-signature", hook.signatures()).body(hook.body.clone())
    }

    pub(crate) async fn hears(&self, hook: &Hook) -> Reply {
        reply(self.carrying(hook)).await
    }
}

/// The machine's own time, which the library insists on.
#[expect(clippy::disallowed_methods, reason = "the library's `verify` cannot be told another time")]
fn machine_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test]
async fn what_the_specifications_library_signs_is_taken() {
    let world = World::with_erp().await;
    let heard = world.hears(&hook("msg_1", &event("payment.paid", 7))).await;
    assert_eq!((heard.status, &heard.body), (200, &json!({"ok": true, "repeat": false})));
    let view = world.sandbox.erp.view();
    let [taken] = view.events.as_slice() else { panic!("{:?}", view.events) };
    assert_eq!((taken.kind.as_str(), taken.verified_by.as_str(), taken.attempts), ("payment.paid", "whsec 1", 1));
    assert_eq!((taken.payment_id.as_deref(), taken.version, taken.outcome), (Some("pay_1"), Some(7), Outcome::Applied));
}

#[tokio::test]
async fn what_the_erp_signs_the_specifications_library_proves_by_the_machines_own_clock() {
    let (world, receiver) = (World::with_erp().await, Receiver::start().await);
    world.pass_ms(machine_s() * 1000 - START_MS);
    world.sandbox.erp.set_kamurj(&receiver.url, SECRET).unwrap();
    world.sandbox.erp.send("order.created", &json!({"order_id": "Ա-1"})).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let came = &receiver.received()[0];
    let library = Webhook::new(SECRET).unwrap();
    library.verify(came.body.as_bytes(), &came.headers).unwrap();
    assert!(library.verify(b"{}", &came.headers).is_err());
    assert!(Webhook::new(OTHER_SECRET).unwrap().verify(came.body.as_bytes(), &came.headers).is_err());
}

#[tokio::test]
async fn the_erp_and_the_library_take_and_refuse_the_same_messages() {
    let world = World::with_erp().await;
    let now = machine_s();
    world.pass_ms(now * 1000 - START_MS);
    let (good, library) = (Hook { at: now, ..hook("m", &event("payment.paid", 1)) }, Webhook::new(SECRET).unwrap());
    let rows: Vec<(&str, Hook, Option<String>)> = vec![
        ("right", good.clone(), None),
        ("a minute ago", Hook { at: now - 60, ..good.clone() }, None),
        ("an hour ago", Hook { at: now - 3600, ..good.clone() }, None),
        ("in an hour", Hook { at: now + 3600, ..good.clone() }, None),
        ("another secret", Hook { keys: vec![OTHER_SECRET], ..good.clone() }, None),
        ("another secret first", Hook { keys: vec![OTHER_SECRET, SECRET], ..good.clone() }, None),
        ("a signature of the other kind first", Hook { keys: vec![PRIVATE, SECRET], ..good.clone() }, None),
        ("the beginning of a signature", good.clone(), Some(good.signatures()[..20].to_owned())),
        ("its version alone", good.clone(), Some("v1,".to_owned())),
        ("no version", good.clone(), Some(good.signatures()[3..].to_owned())),
        ("an unknown version", good.clone(), Some(good.signatures().replace("v1,", "v2,"))),
        ("no padding", good.clone(), Some(good.signatures().trim_end_matches('=').to_owned())),
    ];
    let mut taken = 0;
    for (place, (name, mut message, signature)) in rows.into_iter().enumerate() {
        if signature.is_none() {
            message.id = format!("m{place}");
        }
        let signature = signature.unwrap_or_else(|| message.signatures());
        let mut headers = HeaderMap::new();
        for (name, value) in [("webhook-id", &message.id), ("webhook-timestamp", &message.at.to_string())] {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        headers.insert("webhook-signature", HeaderValue::from_str(&signature).unwrap());
        let proven = library.verify(message.body.as_bytes(), &headers).is_ok();
        let request = world.client.post(world.sandbox.erp.hook_url("payments")).headers(headers);
        let answer = reply(request.header("content-type", "application/json").body(message.body)).await;
        assert_eq!(answer.status, if proven { 200 } else { 401 }, "{name}: {}", answer.body);
        taken += u32::from(proven);
    }
    assert_eq!(taken, 4);
}

#[tokio::test]
async fn any_key_of_an_endpoint_proves_a_message_and_the_book_says_which() {
    let world = World::with_erp().await;
    world.sandbox.erp.set_endpoint("payments", &[SECRET, NEXT_SECRET, PUBLIC]).unwrap();
    for (id, keys, by) in [
        ("old", vec![SECRET], Some("whsec 1")),
        ("changing", vec![NEXT_SECRET, SECRET], Some("whsec 1")),
        ("new", vec![OTHER_SECRET, NEXT_SECRET], Some("whsec 2")),
        ("ed25519", vec![PRIVATE], Some("whpk 3")),
        ("none", vec![OTHER_SECRET, OTHER_PRIVATE], None),
    ] {
        let answer = world.hears(&Hook { keys, ..hook(id, &event("payment.paid", 1)) }).await;
        assert_eq!(answer.status, if by.is_some() { 200 } else { 401 }, "{id}: {}", answer.body);
        let view = world.sandbox.erp.view();
        let taken = view.events.iter().find(|event| event.id == id);
        assert_eq!(taken.map(|event| event.verified_by.as_str()), by, "{id}");
    }
    world.sandbox.erp.set_endpoint("payments", &[NEXT_SECRET]).unwrap();
    assert_eq!(world.hears(&hook("after", &event("payment.paid", 2))).await.status, 401, "the old key is over");
}

#[tokio::test]
async fn a_message_that_comes_again_is_accepted_and_done_once() {
    let world = World::with_erp().await;
    let message = hook("msg_1", &event("payment.paid", 3));
    world.hears(&message).await;
    world.pass_ms(60_000);
    let again = world.hears(&Hook { at: message.at + 60, ..message.clone() }).await;
    assert_eq!((again.status, &again.body["repeat"]), (200, &json!(true)));
    let view = world.sandbox.erp.view();
    assert_eq!((view.events.len(), view.repeats, view.payments[0].versions.len()), (1, 1, 1));
    let taken = &view.events[0];
    assert_eq!((taken.attempts, taken.repeats, taken.changed), (2, 1, false));

    // The same id with another body is a mistake of the sender's, and seen as one.
    let other = Hook { at: message.at + 60, ..hook("msg_1", &event("payment.refunded", 4)) };
    assert_eq!(world.hears(&other).await.status, 200);
    let view = world.sandbox.erp.view();
    assert!(view.events[0].changed);
    assert_eq!((view.payments[0].status.as_str(), view.payments[0].version), ("paid", 3), "what came first counts");
}

#[tokio::test]
async fn a_state_that_comes_too_late_is_dropped_and_said_to_be() {
    let world = World::with_erp().await;
    let mut created = event("payment.created", 1);
    created["data"]["checkout_url"] = "https://pay.example.am/p/1".into();
    for (id, body, outcome, status) in [
        ("m2", event("payment.paid", 5), Outcome::Applied, "paid"),
        ("m1", created, Outcome::Older, "paid"),
        ("m3", event("payment.pending", 5), Outcome::Same, "paid"),
        ("m4", event("payment.refunded", 6), Outcome::Applied, "refunded"),
    ] {
        assert_eq!(world.hears(&hook(id, &body)).await.status, 200);
        let view = world.sandbox.erp.view();
        assert_eq!((view.events.last().unwrap().outcome, view.payments[0].status.as_str()), (outcome, status), "{id}");
    }
    let view = world.sandbox.erp.view();
    assert_eq!((view.payments[0].versions.clone(), view.payments[0].dropped), (vec![5, 1, 5, 6], 1));
    assert_eq!(view.payments[0].checkout_url.as_deref(), Some("https://pay.example.am/p/1"), "a late link is a link");
    assert_eq!(view.orders[0].status.as_deref(), Some("refunded"));
}

#[tokio::test]
async fn events_about_something_else_and_unknown_ones_are_taken() {
    let world = World::with_erp().await;
    for (id, kind) in [("m1", "exception.opened"), ("m2", "since_next_year"), ("m3", "a.b_c.D9")] {
        let body =
            json!({"type": kind, "timestamp": "2026-11-21T10:05:09+04:00", "data": {"anything": [1, null]}, "new": 1});
        assert_eq!(world.hears(&hook(id, &body)).await.status, 200, "{kind}");
    }
    let view = world.sandbox.erp.view();
    assert!(view.events.iter().all(|event| event.outcome == Outcome::Ignored), "{:?}", view.events);
    assert_eq!((view.events.len(), view.payments.len()), (3, 0));
}

#[tokio::test]
async fn each_endpoint_has_its_own_keys_and_its_own_book() {
    let world = World::with_erp().await;
    world.sandbox.erp.set_endpoint("warehouse", &[OTHER_SECRET]).unwrap();
    let message = hook("msg_1", &event("payment.paid", 3));
    world.hears(&message).await;
    let at = |keys: Vec<&'static str>| {
        let message = Hook { keys, ..message.clone() };
        let request = world.client.post(format!("{}/hooks/warehouse", world.sandbox.erp_url));
        let request = request.header("content-type", "application/json").header("webhook-id", &message.id);
        let request = request.header("webhook-timestamp", message.at.to_string());
        reply(request.header("webhook-signature", message.signatures()).body(message.body.clone()))
    };
    assert_eq!(at(vec![SECRET]).await.status, 401, "the other endpoint's key");
    assert_eq!(at(vec![OTHER_SECRET]).await.body["repeat"], json!(false));
    let view = world.sandbox.erp.view();
    assert_eq!((view.payments.len(), view.orders.len(), view.repeats), (2, 1, 0));
}
