//! `kamurj admin set-policy`: what happens to late money and who must agree, for payments made from then on.

use kamurj_sandbox::bank::{PayAction, Webhooks};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::{link, order};
use kamurj_tests::links::{id, reads, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Output;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

fn sets(world: &World, more: &[&str]) -> Output {
    let merchant = world.merchant.clone();
    world.runs(PROGRAM, &[&["admin", "set-policy", "--merchant", &merchant], more].concat())
}

/// A payment of five minutes whose customer went to the bank in time and pays there late.
async fn goes(world: &mut World, order_id: &str) -> (Value, String) {
    let made = world.creates(&with(order(order_id, "100"), "expires_in", json!(300))).await.body;
    world.goes_to_the_bank(&link(&made)).await;
    (made, world.session().id)
}

async fn status(world: &World, payment: &Value) -> Value {
    reads(world, &format!("/v1/payments/{}", id(payment))).await.body["status"].clone()
}

story!(a_policy_is_in_force_for_payments_made_after_it, |world| {
    let (before, first) = goes(world, "before").await;
    let set = sets(world, &["--late-payment", "accept", "--second-person-above", "500"]);
    assert!(set.status.success(), "{set:?}");
    let set: Value = serde_json::from_slice(&set.stdout).expect("JSON");
    assert_eq!(
        set,
        json!({ "late_payment": "accept", "grace_ms": 0, "second_person_above_minor": 50_000, "renewals": 3 })
    );
    let (after, second) = goes(world, "after").await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    world.clock.pass(minutes(6));
    for session in [first, second] {
        world.sandbox.bank.act(&session, PayAction::Pay).expect("a session");
    }
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.settles().await;
    assert_eq!(status(world, &before).await, "manual_review", "as it was when it was made");
    assert_eq!(status(world, &after).await, "paid");

    let decision = json!({ "outcome": "paid", "reason": "paid in the shop", "evidence": "receipt 17" });
    for (drams, waits) in [("500", false), ("501", true)] {
        let made = world.orders(&format!("of-{drams}"), drams).await;
        let path = format!("/v1/payments/{}/resolve", id(&made));
        let (code, decided) = world.api(Method::POST, &path, Some(decision.clone())).await;
        assert_eq!((code, &decided["explanation"]["awaits_second_person"]), (200, &json!(waits)), "{decided}");
        assert_eq!(decided["payment"]["status"], if waits { "created" } else { "paid" });
    }
});

story!(a_grace_period_counts_late_money_as_in_time, |world| {
    assert!(sets(world, &["--grace-seconds", "120"]).status.success());
    for (order_id, late, expected) in [("in-grace", minutes(6), "paid"), ("too-late", minutes(8), "manual_review")] {
        let (made, session) = goes(world, order_id).await;
        world.clock.pass(late);
        world.sandbox.bank.act(&session, PayAction::Pay).expect("a session");
        world.settles().await;
        assert_eq!(status(world, &made).await, expected, "{order_id}");
    }
});

story!(a_wrong_policy_is_named_and_changes_nothing, |world| {
    assert!(sets(world, &["--late-payment", "accept"]).status.success());
    for (wrong, field) in [
        (&["--late-payment", "keep"][..], "--late-payment: must be review, accept or refund"),
        (&["--grace-seconds=-1"][..], "--grace-seconds: must be 0 to 86400"),
        (&["--grace-seconds", "86401"][..], "--grace-seconds: must be 0 to 86400"),
        (&["--renewals", "101"][..], "--renewals: must be 0 to 100"),
        (&["--second-person-above=-1"][..], "--second-person-above: must be an amount of 0 or more"),
        (&["--second-person-above", "9223372036854775807"][..], "--second-person-above: must be an amount"),
    ] {
        let said = sets(world, wrong);
        let line = String::from_utf8(said.stderr).expect("UTF-8");
        assert_eq!((said.status.code(), line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.starts_with(&format!("kamurj: {field}")) && said.stdout.is_empty(), "{line}");
    }
    let stranger = world.runs(PROGRAM, &["admin", "set-policy", "--merchant", "mer_unknown"]);
    let line = String::from_utf8(stranger.stderr).expect("UTF-8");
    assert!(line.starts_with("kamurj: --merchant: no merchant has this id"), "{line}");

    let (made, session) = goes(world, "A-1").await;
    world.clock.pass(minutes(6));
    world.sandbox.bank.act(&session, PayAction::Pay).expect("a session");
    world.settles().await;
    assert_eq!(status(world, &made).await, "paid", "late money is accepted as before");
});
