//! What merchants do to payments that exist: give money back, withdraw, open again, decide, work off exceptions. And what
//! of it can be seen from outside.

use crate::World;
use crate::integrator::{Answer, link};
use crate::links::{id, posts, reads};
use kamurj_domain::{Clock, Mode, time};
use kamurj_server::install::{self, NewKey, NewPolicy};
use kamurj_store::deliveries;
use reqwest::Method;
use serde_json::{Value, json};

/// An amount in drams, as the API writes it.
pub fn drams(value: &str) -> Value {
    json!({ "value": value, "currency": "AMD" })
}

/// A payment of this order that its customer has paid and everybody knows of; answers its id.
pub async fn paid_order(world: &mut World, order: &str, price: &str) -> String {
    let payment = world.orders(order, price).await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    let shown = shown(world, id(&payment)).await;
    assert_eq!(shown["status"], "paid", "{shown}");
    id(&payment).to_owned()
}

/// A payment of this order whose customer stands before the bank's page; answers its id and that page.
pub async fn order_at_the_bank(world: &mut World, order: &str, price: &str) -> (String, String) {
    let payment = world.orders(order, price).await;
    let bank = world.goes_to_the_bank(&link(&payment)).await;
    world.settles().await;
    (id(&payment).to_owned(), bank)
}

/// The payment as the API shows it.
pub async fn shown(world: &World, payment: &str) -> Value {
    let answer = reads(world, &format!("/v1/payments/{payment}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The payment's status.
pub async fn status(world: &World, payment: &str) -> String {
    shown(world, payment).await["status"].as_str().expect("a status").to_owned()
}

/// Captured, refunded, reserved and surplus, in drams.
pub async fn sums(world: &World, payment: &str) -> [String; 4] {
    let shown = shown(world, payment).await;
    ["captured", "refunded", "reserved", "surplus"]
        .map(|name| shown[name]["value"].as_str().expect("an amount").trim_end_matches(".00").to_owned())
}

/// Asks for a refund of this amount, or of everything.
pub async fn asks_back(world: &World, payment: &str, price: Option<&str>) -> Answer {
    let body = match price {
        Some(price) => json!({ "amount": drams(price), "reason": "the customer sent it back" }),
        None => json!({ "reason": "the customer sent it back" }),
    };
    posts(world, &format!("/v1/payments/{payment}/refunds"), &body).await
}

/// A refund that is taken; answers its id.
pub async fn gives_back(world: &World, payment: &str, price: Option<&str>) -> String {
    let answer = asks_back(world, payment, price).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    id(&answer.body).to_owned()
}

/// The payment's refunds: amount in drams and status, the oldest first.
pub async fn refunds(world: &World, payment: &str) -> Vec<(String, String)> {
    let answer = reads(world, &format!("/v1/payments/{payment}/refunds")).await;
    let listed = answer.body["refunds"].as_array().expect("a list").clone();
    let word = |value: &Value| value.as_str().expect("a text").trim_end_matches(".00").to_owned();
    listed.iter().map(|refund| (word(&refund["amount"]["value"]), word(&refund["status"]))).collect()
}

/// How often the bank was called with a method and path that end so.
pub fn bank_calls(world: &World, ending: &str) -> usize {
    let calls = world.sandbox.bank.view().calls;
    calls.iter().filter(|call| call.method.starts_with("POST") && call.method.ends_with(ending)).count()
}

/// What the bank gave back, minor units: of all its sessions.
pub fn bank_gave_back(world: &World) -> i64 {
    world.sandbox.bank.view().sessions.iter().map(|session| session.refunded_minor).sum()
}

/// Withdraws a payment.
pub async fn cancels(world: &World, payment: &str) -> Answer {
    posts(world, &format!("/v1/payments/{payment}/cancel"), &json!({ "reason": "out of stock" })).await
}

/// Changes an order.
pub async fn patches(world: &World, payment: &str, body: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::PATCH, &format!("/v1/payments/{payment}")).json(body)).await
}

/// Decides what a payment is, with this key.
pub async fn rules(world: &World, key: &str, payment: &str, outcome: &str) -> Answer {
    let body = json!({ "outcome": outcome, "reason": "called the bank", "evidence": "bank statement, line 14" });
    Answer::to(world.asks(key, Method::POST, &format!("/v1/payments/{payment}/resolve")).json(&body)).await
}

/// Has the bank asked now.
pub async fn refreshes(world: &World, payment: &str) -> Value {
    let answer = posts(world, &format!("/v1/payments/{payment}/refresh"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The merchant's exceptions by this query, such as `state=all`.
pub async fn exceptions(world: &World, query: &str) -> Vec<Value> {
    let answer = reads(world, &format!("/v1/exceptions?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["exceptions"].as_array().expect("a list").clone()
}

/// The one open exception of this kind.
#[track_caller]
pub fn one_of(kind: &str, open: &[Value]) -> Value {
    let found: Vec<&Value> = open.iter().filter(|exception| exception["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "one {kind} in {open:?}");
    found[0].clone()
}

/// The kinds of the payment's open exceptions.
pub async fn open_kinds(world: &World, payment: &str) -> Vec<String> {
    let open = exceptions(world, &format!("payment={payment}")).await;
    open.iter().map(|exception| exception["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Takes a way out of an exception.
pub async fn takes(world: &World, exception: &Value, action: &str) -> Answer {
    let body = json!({ "action": action, "reason": "called the bank", "evidence": "bank statement, line 14" });
    posts(world, &format!("/v1/exceptions/{}/resolve", id(exception)), &body).await
}

/// Takes the way out of the payment's one open exception of this kind.
pub async fn takes_out(world: &World, payment: &str, kind: &str, action: &str) -> Value {
    let exception = one_of(kind, &exceptions(world, &format!("payment={payment}")).await);
    let answer = takes(world, &exception, action).await;
    assert_eq!(answer.status, 200, "{action}: {}", answer.body);
    answer.body
}

/// A key with these scopes in a person's hand.
pub async fn key(world: &World, scopes: &[&str], role: &str) -> String {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let new = NewKey { label: role.to_owned(), scopes, role: role.to_owned() };
    install::api_key(&world.app(), &world.merchant, Mode::Test, new).await.expect("a key").1
}

/// The merchant's policy for payments made from now on.
pub async fn policy(world: &World, late_payment: &str, grace_seconds: i64, second_person_above: Option<i64>) {
    let new = NewPolicy { late_payment: late_payment.to_owned(), grace_seconds, second_person_above, renewals: 3 };
    install::policy(&world.app(), &world.merchant, new).await.expect("a policy");
}

/// What an installation was told of a payment: the events in order, each with its delivery's state.
pub async fn told(world: &World, installation: &str, payment: &str) -> Vec<(String, String)> {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let mut owed = deliveries::of_payment(&mut tx, payment).await.expect("the deliveries");
    owed.retain(|delivery| delivery.installation_id == installation);
    owed.sort_by_key(|delivery| delivery.version);
    owed.into_iter().map(|delivery| (delivery.event, delivery.state)).collect()
}

/// The stage of the one deal and its comments.
pub fn deal(world: &World) -> (String, Vec<String>) {
    let deals = world.sandbox.bitrix24.view().deals;
    assert_eq!(deals.len(), 1, "one sale, one deal");
    let comments = deals[0].comments.iter().map(|comment| comment.text.clone()).collect();
    (deals[0].stage_id.clone(), comments)
}

/// The attempt that is under way or was last, as another start of the customer's names it.
pub async fn last_attempt(world: &World, payment: &str) -> String {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let stored = kamurj_store::attempts::of_payment(&mut tx, payment).await.expect("the attempts");
    stored.last().expect("an attempt").attempt.id.clone()
}

/// Now, as the API writes times, and so many milliseconds later.
pub fn later(world: &World, milliseconds: i64) -> String {
    time::rfc3339(world.clock.now() + milliseconds)
}
