//! What integrators do: raw requests with their answers, headers and all, and short ways to ask for a payment.

use crate::World;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body as JSON, or as a JSON string where it is none.
    pub body: Value,
}

impl Answer {
    /// Sends the request.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// A header as text; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Panics unless this is a problem with this status and of this kind, as RFC 9457 has it.
    #[track_caller]
    pub fn is_problem(&self, status: u16, slug: &str) -> &Self {
        assert_eq!((self.status, self.header("content-type")), (status, "application/problem+json"), "{}", self.body);
        assert_eq!(self.body["type"], format!("urn:kamurj:problem:{slug}"), "{}", self.body);
        assert_eq!(self.body["status"], status);
        for field in ["title", "detail"] {
            assert!(self.body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {}", self.body);
        }
        self
    }

    /// The pointers of the fields that are wrong.
    pub fn pointers(&self) -> Vec<&str> {
        self.body["errors"].as_array().into_iter().flatten().filter_map(|error| error["pointer"].as_str()).collect()
    }
}

/// The least that a payment is asked for with.
pub fn order(order_id: &str, drams: &str) -> Value {
    json!({ "order_id": order_id, "amount": { "value": drams, "currency": "AMD" } })
}

impl World {
    /// A request to the API with this key.
    pub fn asks(&self, key: &str, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(key)
    }

    /// Asks for a payment with the merchant's key.
    pub async fn creates(&self, body: &Value) -> Answer {
        Answer::to(self.asks(&self.api_key, Method::POST, "/v1/payments").json(body)).await
    }

    /// Makes a payment for an order; answers it as the API shows it.
    pub async fn orders(&self, order_id: &str, drams: &str) -> Value {
        let answer = self.creates(&order(order_id, drams)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    /// The payment for this order as the API shows it.
    pub async fn shown(&self, order_id: &str) -> Value {
        let payments = self.payments().await;
        let payment = payments.iter().find(|payment| payment.order_id == order_id).expect("a payment");
        let answer = Answer::to(self.asks(&self.api_key, Method::GET, &format!("/v1/payments/{}", payment.id))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }
}

/// The customer's page of a payment as the API shows it.
pub fn link(payment: &Value) -> String {
    payment["checkout_url"].as_str().expect("a payment has a link").to_owned()
}
