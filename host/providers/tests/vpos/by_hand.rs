//! A bank that answers every request with what a test wrote down, and keeps what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) address: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The bank; it ends with the test's runtime.
pub(crate) struct ByHand {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ByHand {
    /// Answers with this status and body, and with a `Location` elsewhere where the status is a redirect.
    pub(crate) async fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, body) = (asked.clone(), body.into());
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, bytes: Bytes| {
            kept.lock().unwrap().push(Asked { method, address: uri.to_string(), headers, body: bytes.to_vec() });
            async move { (status, [(header::LOCATION, "https://elsewhere.example/")], body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, asked }
    }

    /// The one request that came.
    pub(crate) fn asked(&self) -> Asked {
        let asked = self.asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "one request");
        asked[0].clone()
    }

    /// That no request came.
    pub(crate) fn asked_nothing(&self) {
        assert_eq!(self.asked.lock().unwrap().len(), 0, "no request");
    }
}

/// A session of 12 500 dram as the bank tells it, with these fields laid over it.
pub(crate) fn session(change: &Value) -> Value {
    let mut session = json!({
        "id": "ps_1",
        "merchantOrderId": "order-1",
        "amountMinor": 1_250_000,
        "currency": "AMD",
        "status": "created",
        "checkoutUrl": null,
        "createdAt": "2026-11-21T08:00:00Z",
        "updatedAt": "2026-11-21T08:00:01Z",
        "paidAt": null,
        "reference": null,
    });
    session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    session
}

/// A refund of 5 000 dram of that session as the bank tells it, with these fields laid over it.
pub(crate) fn refund(change: &Value) -> Value {
    let mut refund = json!({
        "id": "rf_1",
        "merchantRefundId": "ref_1",
        "sessionId": "ps_1",
        "merchantOrderId": "order-1",
        "amountMinor": 500_000,
        "currency": "AMD",
        "status": "succeeded",
        "failureReason": null,
        "createdAt": "2026-11-21T08:00:00Z",
        "updatedAt": "2026-11-21T08:00:01Z",
    });
    refund.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    refund
}
