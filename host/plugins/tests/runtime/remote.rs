//! A remote on loopback: echoes, answers with any status, dawdles, overflows, redirects, or hangs up after reading.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Remote {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let remote = Self { url: format!("http://{}", listener.local_addr().unwrap()), seen: Arc::default() };
        let routes = Router::new()
            .route("/echo/{*rest}", any(echo))
            .route("/status/{code}", any(status))
            .route("/slow", any(slow))
            .route("/large", any(|| async { "x".repeat(300 * 1024) }))
            .route("/redirect", any(|| async { (StatusCode::FOUND, [(header::LOCATION, "http://169.254.169.254/")]) }))
            .with_state(remote.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        remote
    }

    /// What was asked so far: method and path.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn note(&self, method: &Method, uri: &Uri) {
        self.seen.lock().unwrap().push(format!("{method} {uri}"));
    }
}

async fn echo(State(remote): State<Remote>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    remote.note(&method, &uri);
    let headers: Vec<Value> =
        headers.iter().map(|(name, value)| json!([name.as_str(), value.to_str().unwrap_or_default()])).collect();
    let told = json!({ "method": method.as_str(), "uri": uri.to_string(), "headers": headers, "body": String::from_utf8_lossy(&body) });
    let reflected = uri.query().unwrap_or_default().to_owned();
    ([("x-query", reflected)], Json(told)).into_response()
}

async fn status(State(remote): State<Remote>, method: Method, uri: Uri, Path(code): Path<u16>) -> StatusCode {
    remote.note(&method, &uri);
    StatusCode::from_u16(code).unwrap()
}

async fn slow(State(remote): State<Remote>, method: Method, uri: Uri) -> &'static str {
    remote.note(&method, &uri);
    tokio::time::sleep(Duration::from_secs(30)).await;
    "late"
}

/// A port that reads a request and hangs up.
pub(crate) async fn hang_up() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}
