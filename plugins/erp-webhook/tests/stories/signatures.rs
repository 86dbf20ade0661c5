//! Which signatures a message has: one by each secret that is entered, over its id, its time and its very bytes.

use crate::erp::World;
use base64::{Engine, engine::general_purpose::STANDARD};
use kamurj_sdk::testing::{delivery, payment};
use kamurj_sdk::{Delivery, Outcome};
use serde_json::json;

fn created() -> Delivery {
    Delivery { id: "dlv_1".to_owned(), ..delivery("payment.created", payment("pay_1")) }
}

/// The versions of the signatures, and by which algorithm and secret each was made.
fn signed_by(world: &World) -> Vec<String> {
    let heard = world.only();
    let signed = format!("{}.{}.{}", heard.id, heard.timestamp, heard.body);
    heard
        .signatures
        .iter()
        .map(|signature| {
            let (version, encoded) = signature.split_once(',').expect("a version");
            let text =
                String::from_utf8(STANDARD.decode(encoded).expect("Base64")).expect("what the host in memory signs");
            let (algorithm, rest) = text.split_once(':').expect("an algorithm");
            let (secret, data) = rest.split_once(':').expect("a secret");
            assert_eq!(data, signed, "the signed text is id, time and body");
            format!("{version} {algorithm} {secret}")
        })
        .collect()
}

#[test]
fn a_message_is_signed_by_every_secret_that_is_entered() {
    let (new, old, key) = ("signing_secret", "signing_secret_old", "signing_key");
    for (secrets, expected) in [
        (vec![new], vec!["v1 hmac-sha256 signing_secret"]),
        (vec![new, old], vec!["v1 hmac-sha256 signing_secret", "v1 hmac-sha256 signing_secret_old"]),
        (vec![new, key], vec!["v1 hmac-sha256 signing_secret", "v1a ed25519 signing_key"]),
        (
            vec![new, old, key, "inbound_secret"],
            vec!["v1 hmac-sha256 signing_secret", "v1 hmac-sha256 signing_secret_old", "v1a ed25519 signing_key"],
        ),
    ] {
        let world = World::with(&json!({}), &secrets);
        assert_eq!(world.runs(&created(), 1).kind, "done");
        assert_eq!(signed_by(&world), expected);
    }
}

#[test]
fn while_a_secret_is_changed_an_erp_with_either_takes_what_is_sent() {
    for (secrets, trusted) in [
        (vec!["signing_secret", "signing_secret_old"], "signing_secret_old"),
        (vec!["signing_secret", "signing_secret_old"], "signing_secret"),
        (vec!["signing_secret", "signing_key"], "signing_key"),
    ] {
        let world = World::with(&json!({}), &secrets);
        world.erp.borrow_mut().trusts = vec![trusted];
        assert_eq!(world.runs(&created(), 1).kind, "done", "{trusted}");
    }
    let world = World::new();
    world.erp.borrow_mut().trusts = vec!["signing_secret_old"];
    assert_eq!(world.runs(&created(), 1).kind, "auth-needed", "the old one was taken out too early");
}

#[test]
fn a_secret_that_does_not_sign_stops_everything_and_is_named() {
    let world = World::with(&json!({}), &[]);
    let outcome: Outcome = world.runs(&created(), 1);
    assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("bad-request", "connection"));
    assert!(outcome.message.contains("`signing_secret` does not sign"), "{}", outcome.message);
    assert_eq!(world.erp.borrow().asked, 0, "nothing leaves without a signature");
}

#[test]
fn an_id_that_the_signed_text_could_not_hold_is_not_sent() {
    let world = World::new();
    let outcome = world.runs(&Delivery { id: "dlv.1".to_owned(), ..created() }, 1);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "webhook-id"));
    assert_eq!(world.erp.borrow().asked, 0);
}
