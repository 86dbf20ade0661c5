//! A login at the sandbox's ArCa, with a clock that is moved by hand.

use kamurj_domain::{Currency, Money};
use kamurj_egress::{Egress, Url};
use kamurj_providers::{
    Line, Lookup, LookupOf, Order, Provider, RefundOf, RefundOrder, Secrets, Start, Statement, adapter,
};
use kamurj_sandbox::gateways::{Act, Gateway, rbs};
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
pub(crate) const LOGIN: &str = "shop_api";
pub(crate) const PASSWORD: &str = "p&ss w+rd nobody sees";
pub(crate) const CALLBACK_KEY: &str = "arca-cb-test-key";
pub(crate) const NUMBER: &str = "PL-2041-1";
pub(crate) const GUID: &str = "7b1f0c52-1111-4222-8333-0123456789ab";

pub(crate) fn secrets_of<const N: usize>(secrets: [(&str, &str); N]) -> Secrets {
    Secrets::new(BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

pub(crate) fn secrets() -> Secrets {
    secrets_of([("password", PASSWORD), ("callback_key", CALLBACK_KEY)])
}

pub(crate) fn adapter_at(base_url: &str, more: &Value) -> Box<dyn Provider> {
    adapter_with(base_url, more, &secrets())
}

pub(crate) fn adapter_with(base_url: &str, more: &Value, secrets: &Secrets) -> Box<dyn Provider> {
    let mut settings = json!({ "base_url": base_url, "user_name": LOGIN });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let url = Url::parse(base_url).unwrap();
    let listed = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
    adapter("rbs", &settings.to_string(), secrets, Line::unwatched(Egress::new(vec![listed]))).unwrap()
}

/// So many dram.
pub(crate) fn drams(amount: &str) -> Money {
    Money::parse(amount, Currency::Amd).unwrap()
}

pub(crate) fn order(number: &str, amount: Money) -> Order {
    Order {
        number: number.into(),
        amount,
        description: "Անուշ 100%,\r\n 1+1 տուփ".into(),
        return_url: "http://localhost:8080/r/1?keep=1".into(),
        language: "hy",
    }
}

pub(crate) fn by_number() -> LookupOf {
    LookupOf { number: NUMBER.into(), reference: None, payment: None }
}

pub(crate) fn by_reference(reference: &str) -> LookupOf {
    LookupOf { number: NUMBER.into(), reference: Some(reference.into()), payment: None }
}

pub(crate) fn refund_order(reference: Option<&str>, amount: Money) -> RefundOrder {
    RefundOrder {
        number: NUMBER.into(),
        reference: reference.map(str::to_owned),
        payment: None,
        refund: "ref_1".into(),
        amount,
        reason: String::new(),
    }
}

pub(crate) fn refund_of(reference: &str, amount: Money, before: Option<Money>) -> RefundOf {
    RefundOf {
        number: NUMBER.into(),
        reference: Some(reference.into()),
        payment: None,
        refund: "ref_1".into(),
        amount,
        before,
    }
}

/// The sandbox's ArCa and a login there.
pub(crate) struct AtTheGateway {
    pub(crate) sandbox: Sandbox,
    pub(crate) rbs: Box<dyn Provider>,
    now: Arc<AtomicI64>,
}

impl AtTheGateway {
    pub(crate) async fn open() -> Self {
        Self::with(&json!({})).await
    }

    pub(crate) async fn with(more: &Value) -> Self {
        let settings = json!({
            "telegram_token": "1:a",
            "bitrix24_user": "1",
            "bitrix24_secret": "a",
            "bank_token": "a",
            "rbs": [{ "user_name": LOGIN, "password": PASSWORD }],
        });
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(&settings.to_string()).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        let rbs = adapter_at(&sandbox.rbs.rest_url(), more);
        Self { sandbox, rbs, now }
    }

    pub(crate) fn gateway(&self) -> &rbs::Rbs {
        &self.sandbox.rbs
    }

    /// A session of 1 500 dram as the adapter opens it; the gateway's id.
    pub(crate) async fn session(&self) -> String {
        match self.rbs.start(&order(NUMBER, drams("1500"))).await {
            Start::Session { reference, .. } => reference,
            other => panic!("{other:?}"),
        }
    }

    /// The same, paid.
    pub(crate) async fn paid(&self) -> String {
        let reference = self.session().await;
        self.act(&reference, Act::Pay);
        reference
    }

    pub(crate) fn act(&self, reference: &str, act: Act) {
        self.gateway().act(reference, act).unwrap();
    }

    pub(crate) async fn told(&self, reference: &str) -> Statement {
        match self.rbs.lookup(&by_reference(reference)).await {
            Lookup::Found(statement) => statement,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
