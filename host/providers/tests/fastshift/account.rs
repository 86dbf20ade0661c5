//! An account at the sandbox's FastShift, with a clock that is moved by hand.

use kamurj_domain::{Currency, Money};
use kamurj_egress::Egress;
use kamurj_providers::{Line, LookupOf, Order, Provider, Secrets, Start, adapter};
use kamurj_sandbox::gateways::fastshift::Merchant;
use kamurj_sandbox::gateways::{Faults, Gateway};
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
pub(crate) const TOKEN: &str = "token-that-nobody-may-see";
pub(crate) const NUMBER: &str = "3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f1";
pub(crate) const OTHER: &str = "3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6f2";

pub(crate) fn secrets_of<const N: usize>(secrets: [(&str, &str); N]) -> Secrets {
    Secrets::new(BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

/// The adapter of an account with these settings at a FastShift on this machine.
pub(crate) fn adapter_at(base_url: &str, more: &Value) -> Box<dyn Provider> {
    adapter_with(base_url, more, TOKEN)
}

pub(crate) fn adapter_with(base_url: &str, more: &Value, token: &str) -> Box<dyn Provider> {
    let mut settings = json!({ "base_url": base_url });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let host = base_url.trim_start_matches("http://").split('/').next().unwrap();
    let line = Line::unwatched(Egress::new(vec![host.parse().unwrap()]));
    adapter("fastshift", &settings.to_string(), &secrets_of([("api_token", token)]), line).unwrap()
}

pub(crate) fn order(number: &str, amount: Money) -> Order {
    Order {
        number: number.into(),
        amount,
        description: "Անուշ քաղցր, 1 տուփ".into(),
        return_url: "http://localhost:8080/r/1?a=b".into(),
        language: "hy",
    }
}

/// 1 500 dram.
pub(crate) fn price() -> Money {
    drams("1500")
}

/// So many dram.
pub(crate) fn drams(amount: &str) -> Money {
    Money::parse(amount, Currency::Amd).unwrap()
}

pub(crate) fn of(number: &str) -> LookupOf {
    LookupOf { number: number.into(), reference: None, payment: None }
}

/// The sandbox's FastShift and an account there.
pub(crate) struct AtFastShift {
    pub(crate) sandbox: Sandbox,
    pub(crate) adapter: Box<dyn Provider>,
    now: Arc<AtomicI64>,
}

impl AtFastShift {
    pub(crate) async fn open() -> Self {
        Self::with(&json!({})).await
    }

    pub(crate) async fn with(more: &Value) -> Self {
        let settings = r#"{"telegram_token":"1:a","bitrix24_user":"1","bitrix24_secret":"a","bank_token":"a"}"#;
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(settings).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        sandbox.fastshift.registers(Merchant { token: TOKEN.into() });
        let adapter = adapter_at(sandbox.fastshift.base_url(), more);
        Self { sandbox, adapter, now }
    }

    /// An order of 1 500 dram, as the adapter registers it; FastShift's id of it.
    pub(crate) async fn order(&self) -> String {
        match self.adapter.start(&order(NUMBER, price())).await {
            Start::Session { reference, .. } => reference,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn faults(&self, faults: Faults) {
        self.sandbox.fastshift.set_faults(faults);
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
