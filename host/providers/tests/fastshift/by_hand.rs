//! A FastShift that answers every request with what a test wrote down, and keeps what it was asked.

use crate::account::NUMBER;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
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

/// It ends with the test's runtime.
pub(crate) struct ByHand {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ByHand {
    pub(crate) async fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, body) = (asked.clone(), body.into());
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, bytes: Bytes| {
            kept.lock().unwrap().push(Asked { method, address: uri.to_string(), headers, body: bytes.to_vec() });
            async move { (status, body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, asked }
    }

    /// Everything that was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// The answer about an order of 1 500 dram, with these fields laid over the order.
pub(crate) fn answer(change: &Value) -> Value {
    let mut order = json!({
        "order_number": NUMBER,
        "order_guid": "00000000-1111-4222-8333-444444444444",
        "amount": 1500,
        "description": "Անուշ քաղցր, 1 տուփ",
        "status": "completed",
        "created_at": "2026-11-21 12:00:00",
        "completed_at": "2026-11-21 12:03:09",
        "expires_at": "2026-11-21 12:20:00",
    });
    order.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    json!({ "status": "OK", "data": { "order": order, "fastshift_id": "00041877" } })
}
