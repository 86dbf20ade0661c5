//! An account at the sandbox's bank, with a clock that is moved by hand.

use kamurj_domain::{Currency, Money};
use kamurj_egress::Egress;
use kamurj_providers::{Line, LookupOf, Order, Provider, RefundOf, RefundOrder, Secrets, Start, adapter};
use kamurj_sandbox::bank::PayAction;
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-21, noon in Yerevan.
pub(crate) const NOW: i64 = 1_795_248_000_000;
pub(crate) const TOKEN: &str = "token-that-nobody-may-see";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The account's credentials.
pub(crate) fn secrets() -> Secrets {
    secrets_of([("api_token", TOKEN), ("webhook_secret", WEBHOOK_SECRET)])
}

pub(crate) fn secrets_of<const N: usize>(secrets: [(&str, &str); N]) -> Secrets {
    Secrets::new(BTreeMap::from(secrets.map(|(name, value)| (name.to_owned(), value.to_owned()))))
}

/// The adapter of an account with these settings at a bank on this machine.
pub(crate) fn adapter_at(base_url: &str, more: &Value) -> Box<dyn Provider> {
    adapter_with(base_url, more, &secrets())
}

pub(crate) fn adapter_with(base_url: &str, more: &Value, secrets: &Secrets) -> Box<dyn Provider> {
    let mut settings = json!({ "base_url": base_url });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let listed = base_url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    adapter("vpos", &settings.to_string(), secrets, Line::unwatched(Egress::new(vec![listed]))).unwrap()
}

/// An order for this much.
pub(crate) fn order(number: &str, amount: Money) -> Order {
    Order {
        number: number.into(),
        amount,
        description: "Անուշ քաղցր, 1 տուփ".into(),
        return_url: "http://localhost:8080/r/1".into(),
        language: "hy",
    }
}

/// 12 500 dram.
pub(crate) fn price() -> Money {
    Money::parse("12500", Currency::Amd).unwrap()
}

pub(crate) fn by_number(number: &str) -> LookupOf {
    LookupOf { number: number.into(), reference: None, payment: None }
}

pub(crate) fn by_reference(number: &str, reference: &str) -> LookupOf {
    LookupOf { number: number.into(), reference: Some(reference.into()), payment: None }
}

/// So many dram.
pub(crate) fn drams(amount: &str) -> Money {
    Money::parse(amount, Currency::Amd).unwrap()
}

/// An order to give back a part of `order-1`.
pub(crate) fn refund_order(reference: &str, refund: &str, amount: Money) -> RefundOrder {
    RefundOrder {
        number: "order-1".into(),
        reference: Some(reference.into()),
        payment: None,
        refund: refund.into(),
        amount,
        reason: "հետ է բերել".into(),
    }
}

/// A question about a refund of `order-1`.
pub(crate) fn refund_of(reference: &str, refund: &str) -> RefundOf {
    RefundOf {
        number: "order-1".into(),
        reference: Some(reference.into()),
        payment: None,
        refund: refund.into(),
        amount: drams("2000"),
        before: None,
    }
}

/// The sandbox's bank and an account there.
pub(crate) struct AtTheBank {
    pub(crate) sandbox: Sandbox,
    pub(crate) vpos: Box<dyn Provider>,
    now: Arc<AtomicI64>,
}

impl AtTheBank {
    pub(crate) async fn open() -> Self {
        Self::with(&json!({})).await
    }

    pub(crate) async fn with(more: &Value) -> Self {
        let settings = json!({
            "telegram_token": "1:a",
            "bitrix24_user": "1",
            "bitrix24_secret": "a",
            "bank_token": TOKEN,
        });
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(&settings.to_string()).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        let vpos = adapter_at(&sandbox.bank_url, more);
        Self { sandbox, vpos, now }
    }

    /// A session for `order-1`, 12 500 dram, as the adapter opens it; returns the bank's id.
    pub(crate) async fn session(&self) -> String {
        match self.vpos.start(&order("order-1", price())).await {
            Start::Session { reference, .. } => reference,
            other => panic!("{other:?}"),
        }
    }

    /// The same, paid.
    pub(crate) async fn paid(&self) -> String {
        let reference = self.session().await;
        self.sandbox.bank.act(&reference, PayAction::Pay);
        reference
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
