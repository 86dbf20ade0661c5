//! A gateway that answers with what a test wrote down, and keeps what it was asked.

use crate::account::{GUID, NUMBER, adapter_at};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use kamurj_providers::Provider;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) address: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
}

/// The gateway; it ends with the test's runtime.
pub(crate) struct ByHand {
    pub(crate) rest_url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ByHand {
    /// Answers with these, one after the other, and then with the last again and again.
    pub(crate) async fn answering_each(answers: Vec<(u16, Vec<u8>)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rest_url = format!("http://{}/payment/rest/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, bytes: Bytes| {
            let form = url::form_urlencoded::parse(&bytes).into_owned().collect();
            let mut kept = kept.lock().unwrap();
            let (status, body) = answers[kept.len().min(answers.len() - 1)].clone();
            kept.push(Asked { method, address: uri.to_string(), headers, form });
            let status = StatusCode::from_u16(status).unwrap();
            async move { (status, [(header::LOCATION, "https://elsewhere.example/")], body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { rest_url, asked }
    }

    pub(crate) async fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::answering_each(vec![(status, body.into())]).await
    }

    pub(crate) async fn saying(answer: &Value) -> Self {
        Self::answering(200, answer.to_string()).await
    }

    /// Its account, with an error code's password never in what comes back.
    pub(crate) fn account(&self) -> Box<dyn Provider> {
        adapter_at(&self.rest_url, &json!({}))
    }

    pub(crate) fn all_asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The one request that came.
    pub(crate) fn asked(&self) -> Asked {
        let all = self.all_asked();
        assert_eq!(all.len(), 1, "one request");
        all[0].clone()
    }
}

/// An answer with these fields laid over it; `null` takes one out.
pub(crate) fn over(mut answer: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            answer.as_object_mut().unwrap().remove(name);
        } else {
            answer[name] = value.clone();
        }
    }
    answer
}

/// A paid order of 1 500 dram as version 01 of the extended status tells it.
pub(crate) fn status(change: &Value) -> Value {
    let told = json!({
        "errorCode": "0", "errorMessage": "Success", "orderNumber": NUMBER, "orderStatus": 2, "actionCode": 0,
        "actionCodeDescription": "", "amount": 150_000, "currency": "051", "date": 1_795_247_000_000_i64,
        "orderDescription": "a cake", "ip": "192.0.2.1", "cardAuthInfo": { "pan": "000000**0000" },
        "merchantOrderParams": [], "attributes": [{ "name": "mdOrder", "value": GUID }],
    });
    over(told, change)
}

/// The invented answer of `register.do` in the protocol's notes.
pub(crate) fn registered(change: &Value) -> Value {
    let page = format!("https://ipaytest.arca.am:8445/payment/merchants/shop/payment_hy.html?mdOrder={GUID}");
    over(json!({ "orderId": GUID, "formUrl": page, "errorCode": "0", "error": false }), change)
}
