//! A sandbox with a hand-moved clock, and a plain client for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kamurj_sandbox::{Sandbox, Settings};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const TOKEN: &str = "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK";
pub(crate) const BANK_TOKEN: &str = "merchant-token-canary";
pub(crate) const CRM_SECRET: &str = "crm-secret-canary";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const ANI: i64 = 5_550_001_234;

/// 2026-11-21T10:05:09Z.
pub(crate) const START_MS: i64 = 1_795_255_509_000;

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: reqwest::Client,
    now: Arc<AtomicI64>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with("customer_language", "hy".into()).await
    }

    /// A sandbox with one setting more.
    pub(crate) async fn start_with(name: &str, value: Value) -> Self {
        let mut settings = serde_json::json!({
            "telegram_token": TOKEN, "bitrix24_user": "1", "bitrix24_secret": CRM_SECRET, "bank_token": BANK_TOKEN,
        });
        settings[name] = value;
        Self::of(Settings::from_json(&settings.to_string()).unwrap()).await
    }

    /// With these settings.
    pub(crate) async fn of(settings: Settings) -> Self {
        let now = Arc::new(AtomicI64::new(START_MS));
        let clock = Arc::clone(&now);
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        Self { sandbox, client: client(), now }
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn post(&self, url: &str, body: Value) -> Reply {
        reply(self.client.post(url).json(&body)).await
    }

    /// A call of the bot.
    pub(crate) async fn bot(&self, method: &str, body: Value) -> Reply {
        self.post(&format!("{}/bot{TOKEN}/{method}", self.sandbox.telegram_url), body).await
    }

    /// A call of the CRM webhook.
    pub(crate) async fn crm(&self, method: &str, body: Value) -> Reply {
        self.post(&format!("{}/rest/1/{CRM_SECRET}/{method}", self.sandbox.bitrix24_url), body).await
    }

    /// A call of the merchant to the bank.
    pub(crate) async fn merchant(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Reply {
        let request = self.client.request(method, format!("{}{path}", self.sandbox.bank_url));
        let request = request.header("authorization", format!("Bearer {BANK_TOKEN}")).header("idempotency-key", key);
        reply(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// A new payment session; returns its id.
    pub(crate) async fn session(&self, order: &str) -> String {
        let made = self.merchant(Method::POST, "/v1/payment-sessions", order, Some(order_of(order))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    /// A new payment session that was paid; returns its id.
    pub(crate) async fn paid_session(&self, order: &str) -> String {
        let id = self.session(order).await;
        self.at_the_pay_page(&id, "pay").await;
        id
    }

    /// What the bank's API says of a session.
    pub(crate) async fn look_up(&self, session: &str) -> Value {
        let found = self.merchant(Method::GET, &format!("/v1/payment-sessions/{session}"), "", None).await;
        assert_eq!(found.status, 200, "{}", found.body);
        found.body
    }

    /// Asks for a refund under a key that is its own id.
    pub(crate) async fn refund(&self, session: &str, id: &str, minor: i64) -> Reply {
        let path = format!("/v1/payment-sessions/{session}/refunds");
        self.merchant(Method::POST, &path, id, Some(refund_of(id, minor))).await
    }

    /// Presses a button of the pay page; returns status and Location.
    pub(crate) async fn at_the_pay_page(&self, session: &str, action: &str) -> (u16, String) {
        let url = format!("{}/pay/{session}", self.sandbox.bank_url);
        let answer = self.client.post(url).form(&[("action", action)]).send().await.unwrap();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    }

    pub(crate) async fn state(&self) -> Value {
        let url = format!("{}/play/state", self.sandbox.page_url);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn play(&self, path: &str, body: Value) -> Reply {
        self.post(&format!("{}{path}", self.sandbox.page_url), body).await
    }
}

/// A request body for a new session.
pub(crate) fn order_of(order: &str) -> Value {
    serde_json::json!({
        "merchantOrderId": order, "amountMinor": 1_250_000, "currency": "AMD",
        "returnUrl": "http://127.0.0.1:8080/r/token?keep=1", "description": "Torte & <tea>",
    })
}

/// A request body for a refund.
pub(crate) fn refund_of(id: &str, minor: i64) -> Value {
    serde_json::json!({"merchantRefundId": id, "amountMinor": minor, "currency": "AMD", "reason": "sent back"})
}

#[expect(clippy::disallowed_methods, reason = "tests are a client of their own, outside the host")]
pub(crate) fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    Reply { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// Sends a JSON request over a bare socket and returns every byte that came back until the connection ended.
pub(crate) async fn raw_post(url: &str, headers: &str, body: &Value) -> Vec<u8> {
    let url = url::Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let body = body.to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        url.path(),
        body.len(),
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    // A reset is as good an end as a close: what counts is which bytes came before it.
    stream.read_to_end(&mut received).await.ok();
    received
}
