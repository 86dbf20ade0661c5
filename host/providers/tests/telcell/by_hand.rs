//! A Telcell that answers every request with what a test wrote down, and keeps what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use std::sync::{Arc, Mutex};

/// It ends with the test's runtime.
pub(crate) struct ByHand {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ByHand {
    pub(crate) async fn answering(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, body) = (asked.clone(), body.into());
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move |uri: Uri, bytes: Bytes| {
            kept.lock().unwrap().push(format!("{uri} {}", String::from_utf8_lossy(&bytes)));
            async move { (status, body) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, asked }
    }

    /// Address and body of all requests that came.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
