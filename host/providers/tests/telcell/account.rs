//! A shop at the sandbox's Telcell, with a clock that is moved by hand, and a place where its callbacks arrive.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use kamurj_domain::{Currency, Money};
use kamurj_egress::{Egress, Request, Response};
use kamurj_providers::{Line, LookupOf, Order, Provider, Pushed, RefundOrder, Secrets, Start, adapter};
use kamurj_sandbox::gateways::telcell::Merchant;
use kamurj_sandbox::gateways::{Act, Gateway};
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 2026-11-21, 14:05:09 in Yerevan.
pub(crate) const NOW: i64 = 1_795_255_509_000;
pub(crate) const ISSUER: &str = "shop@example.am";
pub(crate) const SHOP_KEY: &str = "shopkey-test";

pub(crate) fn secrets() -> Secrets {
    Secrets::new(BTreeMap::from([("shop_key".to_owned(), SHOP_KEY.to_owned())]))
}

/// The adapter of a shop with these settings at a Telcell on this machine.
pub(crate) fn adapter_at(base_url: &str, more: &Value) -> Box<dyn Provider> {
    let mut settings = json!({ "base_url": base_url, "issuer": ISSUER });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    adapter("telcell", &settings.to_string(), &secrets(), Line::unwatched(egress(base_url))).unwrap()
}

fn egress(base_url: &str) -> Egress {
    let listed = base_url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    Egress::new(vec![listed])
}

pub(crate) fn drams(amount: &str) -> Money {
    Money::parse(amount, Currency::Amd).unwrap()
}

/// An order of 1 500 dram.
pub(crate) fn order(number: &str) -> Order {
    Order {
        number: number.into(),
        amount: drams("1500"),
        description: "Order PL-2041".into(),
        return_url: "http://localhost:8080/r/1".into(),
        language: "hy",
    }
}

pub(crate) fn of(number: &str, payment: Option<&str>) -> LookupOf {
    LookupOf { number: number.into(), reference: Some(number.into()), payment: payment.map(str::to_owned) }
}

pub(crate) fn refund_order(number: &str, payment: Option<&str>, amount: Money) -> RefundOrder {
    RefundOrder {
        number: number.into(),
        reference: Some(number.into()),
        payment: payment.map(str::to_owned),
        refund: "ref_1".into(),
        amount,
        reason: "հետ է բերել".into(),
    }
}

/// A callback as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    method: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Came {
    pub(crate) fn pushed(&self) -> Pushed<'_> {
        Pushed { method: &self.method, query: &self.query, headers: &self.headers, body: &self.body }
    }
}

/// The sandbox's Telcell and a shop there.
pub(crate) struct AtTelcell {
    pub(crate) sandbox: Sandbox,
    pub(crate) telcell: Box<dyn Provider>,
    came: Arc<Mutex<Vec<Came>>>,
    now: Arc<AtomicI64>,
}

impl AtTelcell {
    pub(crate) async fn open() -> Self {
        let settings =
            json!({ "telegram_token": "1:a", "bitrix24_user": "1", "bitrix24_secret": "a", "bank_token": "b" });
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(&settings.to_string()).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new(Mutex::new(Vec::new()));
        let kept = came.clone();
        let take = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let query = uri.query().unwrap_or_default();
            kept.lock().unwrap().push(Came {
                method: method.to_string(),
                query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
                headers: headers
                    .get("content-type")
                    .map(|kind| ("content-type".to_owned(), kind.to_str().unwrap().to_owned()))
                    .into_iter()
                    .collect(),
                body: body.to_vec(),
            });
            async { "OK" }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
        sandbox.telcell.registers(Merchant {
            issuer: ISSUER.into(),
            shop_key: SHOP_KEY.into(),
            callback_url: Some(format!("http://{address}/in").parse().unwrap()),
            return_url: Some("http://localhost:8080/back".parse().unwrap()),
        });
        let telcell = adapter_at(&sandbox.telcell.base_url(), &json!({ "server_calls": true }));
        Self { sandbox, telcell, came, now }
    }

    /// The customer's browser posts the form of this order.
    pub(crate) async fn post_form(&self, order: &Order) -> Response {
        let Start::Form { action, fields, .. } = self.telcell.start(order).await else { panic!("a form") };
        self.post(&action, &fields).await
    }

    pub(crate) async fn post(&self, action: &str, fields: &[(String, String)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request {
            method: kamurj_egress::Method::POST,
            url: action.parse().unwrap(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: body.into_bytes(),
            timeout: Duration::from_secs(5),
        };
        egress(&self.sandbox.bank_url).send(request).await.unwrap()
    }

    /// An invoice for this order number; answers its id.
    pub(crate) async fn invoice(&self, number: &str) -> String {
        assert_eq!(self.post_form(&order(number)).await.status, 303);
        self.sandbox.telcell.orders().pop().unwrap().id
    }

    /// The same, paid; its callback came.
    pub(crate) async fn paid(&self, number: &str) -> (String, Came) {
        let invoice = self.invoice(number).await;
        self.sandbox.telcell.act(&invoice, Act::Pay).unwrap();
        assert_eq!(self.sandbox.deliver_due().await, 1);
        (invoice, self.came().pop().unwrap())
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
