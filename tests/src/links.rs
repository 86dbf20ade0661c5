//! What merchants and buyers do with payment links: short ways to make, change and press them.

use crate::World;
use crate::integrator::Answer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The least that a link is made with.
pub fn lesson() -> Value {
    json!({ "title": { "en": "A lesson" }, "amount": { "value": "5000", "currency": "AMD" } })
}

/// A body with one field more.
pub fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// Posts a body with the merchant's key.
pub async fn posts(world: &World, path: &str, body: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::POST, path).json(body)).await
}

/// Makes a link; answers it as the API shows it.
pub async fn makes(world: &World, body: &Value) -> Value {
    let answer = posts(world, "/v1/payment-links", body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

/// Where the API has the link.
pub fn path(link: &Value) -> String {
    format!("/v1/payment-links/{}", link["id"].as_str().expect("a link has an id"))
}

/// Changes a link.
pub async fn changes(world: &World, link: &Value, body: &Value) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::PATCH, &path(link)).json(body)).await
}

/// Reads an address with the merchant's key.
pub async fn reads(world: &World, path: &str) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::GET, path)).await
}

/// An integrator presses with this form key and these fields.
pub async fn presses(world: &World, link: &Value, form_key: &str, fields: &Value) -> Answer {
    let body = with(fields.clone(), "form_key", json!(form_key));
    posts(world, &format!("{}/payments", path(link)), &body).await
}

/// A link's form, filled in by a browser.
pub fn form(world: &World, link: &Value, fields: &[(&str, &str)]) -> RequestBuilder {
    let url = format!("{}/pay", link["url"].as_str().expect("a link has an address"));
    world.http.post(url).form(fields)
}

/// A browser sends the link's form.
pub async fn sends_form(world: &World, link: &Value, fields: &[(&str, &str)]) -> Answer {
    Answer::to(form(world, link, fields)).await
}

/// Sends all of these at once; answers in the order of the requests.
pub async fn at_once(requests: Vec<RequestBuilder>) -> Vec<Answer> {
    let mut sent = JoinSet::new();
    for (place, request) in requests.into_iter().enumerate() {
        sent.spawn(async move { (place, Answer::to(request).await) });
    }
    let mut answers = sent.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The link's held and paid places.
pub async fn places(world: &World, link: &Value) -> (i64, i64) {
    let shown = reads(world, &path(link)).await.body;
    let count = |name: &str| shown["places"][name].as_i64().expect("a number");
    (count("held"), count("paid"))
}

/// The id of a link or payment.
pub fn id(payment: &Value) -> &str {
    payment["id"].as_str().expect("a payment has an id")
}

/// How many payments of the merchant are paid.
pub async fn paid(world: &World) -> usize {
    world.payments().await.iter().filter(|payment| payment.status.word() == "paid").count()
}
