//! Why a payment is in its state: one sentence, the same at every door, that rests on the fact that decided and changes
//! with it.

use kamurj_domain::{Fact, time};
use kamurj_sandbox::bank::{Lookup, PayAction, Webhooks};
use kamurj_store::facts;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, reads, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

async fn explained(world: &World, payment: &Value) -> Value {
    let answer = reads(world, &format!("/v1/payments/{}/explain", id(payment))).await;
    assert_eq!((answer.status, &answer.body["payment"]), (200, &payment["id"]), "{}", answer.body);
    answer.body
}

fn sentence(explained: &Value) -> &str {
    explained["sentence"].as_str().expect("a sentence")
}

/// The payment stands like this, decided by a fact of this kind and evidence, and the sentence says so.
async fn stands(world: &World, payment: &Value, status: &str, decided: Option<(&str, &str, &str)>) -> Value {
    let explained = explained(world, payment).await;
    let said = sentence(&explained);
    assert_eq!(explained["status"], status, "{said}");
    assert!(said.starts_with(&format!("The payment is {status} because ")), "{said}");
    assert!(said.contains(explained["rule"].as_str().expect("a rule")), "{said}");
    assert!(said.ends_with('.') && said.matches(". ").count() == 0, "one sentence: {said}");
    match decided {
        Some((kind, evidence, phrase)) => {
            let deciding = &explained["deciding"];
            assert_eq!((&deciding["kind"], &deciding["evidence"]), (&json!(kind), &json!(evidence)), "{said}");
            assert!(said.contains(deciding["id"].as_str().expect("the fact's id")), "{said}");
            assert!(said.contains(&format!("{kind} ({phrase} from ")), "{said}");
        }
        None => assert!(explained["deciding"].is_null() && said.contains("no fact about money"), "{said}"),
    }
    match explained["next"]["at"].as_str() {
        Some(at) => assert!(said.contains(at) && said.contains(explained["next"]["what"].as_str().expect("what"))),
        None => assert!(said.contains("nothing happens by time alone"), "{said}"),
    }
    explained
}

async fn acts(world: &World, payment: &Value, act: &str, body: &Value) -> Answer {
    let path = format!("/v1/payments/{}/{act}", id(payment));
    let answer = Answer::to(world.asks(&world.api_key, Method::POST, &path).json(body)).await;
    assert!(matches!(answer.status, 200 | 201), "{act}: {}", answer.body);
    answer
}

async fn paid(world: &mut World, order_id: &str) -> Value {
    let made = world.orders(order_id, "100").await;
    world.pays(&link(&made)).await;
    world.settles().await;
    made
}

fn amount(drams: &str) -> Value {
    json!({ "amount": { "value": drams, "currency": "AMD" }, "reason": "a stale cake" })
}

story!(a_payment_in_each_status_is_explained_with_what_decided_and_what_comes_next, |world| {
    // Without notices it is always the look-up that decides.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let made = world.orders("created", "100").await;
    let explained = stands(world, &made, "created", None).await;
    assert_eq!(explained["next"]["at"], made["expires_at"], "next it expires");
    let short = world.creates(&with(order("short", "100"), "expires_in", json!(300))).await.body;
    world.passes(minutes(6)).await;
    let explained = stands(world, &short, "expired", None).await;
    assert!(explained["next"].is_null(), "{explained}");

    let withdrawn = world.orders("withdrawn", "100").await;
    acts(world, &withdrawn, "cancel", &json!({ "reason": "sold out" })).await;
    stands(world, &withdrawn, "cancelled", Some(("cancelled", "own", "our own record"))).await;

    let declined = world.orders("declined", "100").await;
    let bank = world.goes_to_the_bank(&link(&declined)).await;
    let explained = stands(world, &declined, "pending", None).await;
    let asked_at = explained["next"]["at"].as_str().and_then(time::parse).expect("the next look-up");
    assert!(sentence(&explained).contains("the provider is asked about attempt att_"), "{explained}");
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.comes_back(&back).await;
    world.settles().await;
    let explained = stands(world, &declined, "failed", Some(("declined", "lookup", "look-up"))).await;
    let expires_at = explained["next"]["at"].as_str().and_then(time::parse).expect("its end");
    assert!(expires_at > asked_at, "nobody is asked any more");

    let bought = paid(world, "bought").await;
    let explained = stands(world, &bought, "paid", Some(("approved", "lookup", "look-up"))).await;
    assert!(sentence(&explained).contains("100"), "the amount is said: {explained}");
    acts(world, &bought, "refunds", &amount("30")).await;
    world.settles().await;
    stands(world, &bought, "partially_refunded", Some(("approved", "lookup", "look-up"))).await;
    acts(world, &bought, "refunds", &amount("70")).await;
    world.settles().await;
    stands(world, &bought, "refunded", Some(("approved", "lookup", "look-up"))).await;

    let decision = json!({ "outcome": "paid", "reason": "paid in the shop", "evidence": "receipt 17" });
    acts(world, &made, "resolve", &decision).await;
    let explained = stands(world, &made, "paid", Some(("decided", "manual", "a person's word"))).await;
    for words in ["as operator", "paid in the shop"] {
        assert!(sentence(&explained).contains(words), "{explained}");
    }
});

story!(a_payment_in_review_is_explained_by_what_put_it_there, |world| {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Drop;
        faults.lookup = Lookup::Fail;
    });
    let made = world.orders("A-1", "100").await;
    world.goes_to_the_bank(&link(&made)).await;
    let session = world.session();
    world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    let mut tidings = world.tidings(&session, "paid");
    tidings["amountMinor"] = json!(9_999);
    assert_eq!(world.posts(&world.notice("msg_1", &tidings)).await.status, 200);
    world.settles().await;
    let explained = stands(world, &made, "manual_review", Some(("approved", "signed_notice", "signed notice"))).await;
    assert!(sentence(&explained).contains("99.99"), "the amount that came is said: {explained}");
    assert!(explained["next"].is_object(), "the bank is asked again: {explained}");
});

/// The fact that decides about a payment.
async fn deciding(world: &World, payment: &Value) -> Fact {
    let deciding = explained(world, payment).await["deciding"]["id"].as_str().expect("a fact decides").to_owned();
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let known = facts::of_payment(&mut tx, id(payment)).await.expect("the facts");
    known.into_iter().find(|fact| fact.id == deciding).expect("the fact that is named is there")
}

story!(changing_the_deciding_fact_changes_the_sentence, |world| {
    // The bank says it once, when the customer comes back.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let made = paid(world, "A-1").await;
    let fact = deciding(world, &made).await;
    let honest = sentence(&explained(world, &made).await).to_owned();
    let at = fact.provider_time.expect("the bank says when");
    let changes = [
        ("evidence", "'claim'".to_owned(), format!("'{}'", fact.evidence.word())),
        ("evidence", "'bank_report'".to_owned(), format!("'{}'", fact.evidence.word())),
        ("kind", "'declined'".to_owned(), "'approved'".to_owned()),
        ("kind", "'reversed'".to_owned(), "'approved'".to_owned()),
        ("amount_minor", "9999".to_owned(), "10000".to_owned()),
        ("currency", "'USD'".to_owned(), "'AMD'".to_owned()),
        ("source_name", "'somebody'".to_owned(), format!("'{}'", fact.source.name)),
        ("provider_time", (at + hours(1)).to_string(), at.to_string()),
        ("id", "'fct_forged'".to_owned(), format!("'{}'", fact.id)),
    ];
    for (column, forged, true_value) in changes {
        let by = |from: &str, value: &str| format!("UPDATE facts SET {column} = {value} WHERE id = {from}");
        let here = format!("'{}'", fact.id);
        let there = if column == "id" { forged.clone() } else { here.clone() };
        let forgery = by(&here, &forged);
        assert_eq!(world.tampers([forgery.as_str()]).await, [1], "{forgery}");
        let changed = explained(world, &made).await;
        assert_ne!(sentence(&changed), honest, "{forgery}");
        assert_eq!(world.tampers([by(&there, &true_value).as_str()]).await, [1]);
        assert_eq!(sentence(&explained(world, &made).await), honest, "{column} is as it was");
    }
});

story!(the_command_says_what_the_api_says, |world| {
    let bought = paid(world, "bought").await;
    let withdrawn = world.orders("withdrawn", "100").await;
    acts(world, &withdrawn, "cancel", &json!({})).await;
    for payment in [&bought, &withdrawn] {
        let said = world.runs(PROGRAM, &["explain", id(payment)]);
        assert!(said.status.success() && said.stderr.is_empty(), "{said:?}");
        let line = String::from_utf8(said.stdout).expect("UTF-8");
        assert_eq!(line, format!("{}\n", sentence(&explained(world, payment).await)));
    }
    for unknown in ["pay_unknown", "bought", ""] {
        let said = world.runs(PROGRAM, &["explain", unknown]);
        let line = String::from_utf8(said.stderr).expect("UTF-8");
        assert_eq!((said.status.code(), line.lines().count()), (Some(1), 1), "{line}");
        assert!(line.starts_with("kamurj: PAYMENT:") && line.contains(unknown) && said.stdout.is_empty(), "{line}");
    }
    let forgotten = world.runs(PROGRAM, &["explain"]);
    assert!(!forgotten.status.success() && String::from_utf8_lossy(&forgotten.stderr).contains("<PAYMENT>"));
});

story!(h1_nobody_explains_anothers_payment, |world| {
    let made = paid(world, "A-1").await;
    let neighbour = world.flower_shop().await;
    let path = format!("/v1/payments/{}/explain", id(&made));
    let theirs = Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await;
    theirs.is_problem(404, "not-found");
    let nobodys = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/payments/pay_unknown/explain")).await;
    assert_eq!(theirs.body, nobodys.body);
});
