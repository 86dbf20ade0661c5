//! What operators do with provider accounts: add, change and try them out. And through which account a payment went.

use crate::World;
use crate::integrator::Answer;
use crate::links::{posts, reads};
use crate::neighbour::NEIGHBOUR_SECRET;
use crate::world::canary;
use kamurj_store::attempts;
use reqwest::Method;
use serde_json::{Value, json};

/// Where the API has provider accounts.
pub const ACCOUNTS: &str = "/v1/provider-accounts";

/// Another account at the same bank, whose notices are signed with another secret.
pub fn another(world: &World, label: &str) -> Value {
    json!({
        "provider": "vpos",
        "label": label,
        "settings": { "base_url": world.sandbox.bank_url, "checkout_origins": [world.sandbox.bank_url] },
        "secrets": { "api_token": canary("bank token"), "webhook_secret": NEIGHBOUR_SECRET },
    })
}

/// Adds an account; answers its id.
pub async fn adds(world: &World, body: &Value) -> String {
    let answer = posts(world, ACCOUNTS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("an account has an id").to_owned()
}

/// The account as the API shows it.
pub async fn account(world: &World, id: &str) -> Value {
    let answer = reads(world, &format!("{ACCOUNTS}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Asks for changes of an account.
pub async fn alters(world: &World, id: &str, body: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::PATCH, &format!("{ACCOUNTS}/{id}")).json(body)).await
}

/// Changes an account; answers it as it is then.
pub async fn altered(world: &World, id: &str, body: &Value) -> Value {
    let answer = alters(world, id, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Tries an account out; answers the result and what is said of it.
pub async fn tries_out(world: &World, id: &str) -> (String, String) {
    let answer = posts(world, &format!("{ACCOUNTS}/{id}/check"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let word = |name: &str| answer.body[name].as_str().expect("a text").to_owned();
    (word("result"), word("detail"))
}

/// The labels of the accounts that are the default.
pub async fn defaults(world: &World) -> Vec<String> {
    let all = reads(world, ACCOUNTS).await.body;
    let all = all["provider_accounts"].as_array().expect("a list");
    let label = |one: &Value| one["label"].as_str().expect("a label").to_owned();
    all.iter().filter(|one| one["default"] == true).map(label).collect()
}

/// The accounts of a payment's attempts, the oldest first.
pub async fn went_through(world: &World, payment: &str) -> Vec<String> {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let stored = attempts::of_payment(&mut tx, payment).await.expect("the attempts");
    stored.into_iter().map(|stored| stored.attempt.account).collect()
}

/// The radio buttons of a piece of a page, each with whether it is chosen.
pub fn ways(html: &str) -> Vec<(String, bool)> {
    let buttons = html.split("<input type=\"radio\" name=\"account\" value=\"").skip(1);
    buttons
        .filter_map(|rest| {
            let (value, rest) = rest.split_once('"')?;
            Some((value.to_owned(), rest.split_once('>')?.0.contains("checked")))
        })
        .collect()
}
