//! A client of the sandbox's Ameriabank, with a clock that is moved by hand.

use kamurj_domain::{Currency, Money};
use kamurj_egress::Egress;
use kamurj_providers::{
    Line, Lookup, LookupOf, Order, Provider, RefundOf, RefundOrder, Secrets, Start, Statement, adapter,
};
use kamurj_sandbox::gateways::{Act, Acted, Gateway, ameriabank::Merchant};
use kamurj_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-21T10:05:09Z, 14:05:09 in Yerevan.
pub(crate) const NOW: i64 = 1_795_255_509_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const CLIENT: &str = "0A1B2C3D-0000-4000-8000-00000000000F";
pub(crate) const USERNAME: &str = "shop_test";
pub(crate) const PASSWORD: &str = "p&ss-that-\"nobody\"-may-see";
pub(crate) const NUMBER: &str = "410017";

pub(crate) fn secrets() -> Secrets {
    secret(PASSWORD)
}

pub(crate) fn secret(password: &str) -> Secrets {
    Secrets::new(BTreeMap::from([("password".to_owned(), password.to_owned())]))
}

/// Settings with these laid over them; `null` takes one away.
pub(crate) fn settings(base_url: &str, more: &Value) -> Value {
    let mut settings = json!({ "base_url": base_url, "client_id": CLIENT, "username": USERNAME });
    let fields = settings.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    fields.retain(|_, value| !value.is_null());
    settings
}

/// The adapter of an account with these settings at a bank on this machine.
pub(crate) fn adapter_at(base_url: &str, more: &Value) -> Box<dyn Provider> {
    adapter_with(base_url, more, &secrets())
}

pub(crate) fn adapter_with(base_url: &str, more: &Value, secrets: &Secrets) -> Box<dyn Provider> {
    let listed = base_url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let line = Line::unwatched(Egress::new(vec![listed]));
    adapter("ameriabank", &settings(base_url, more).to_string(), secrets, line).unwrap()
}

/// An order for this much.
pub(crate) fn order(number: &str, amount: Money) -> Order {
    Order {
        number: number.into(),
        amount,
        description: "Անուշ քաղցր, 1 տուփ".into(),
        return_url: "http://localhost:8080/r/token?keep=1".into(),
        language: "hy",
    }
}

/// So many dram.
pub(crate) fn drams(amount: &str) -> Money {
    Money::parse(amount, Currency::Amd).unwrap()
}

/// 1 500 dram.
pub(crate) fn price() -> Money {
    drams("1500")
}

pub(crate) fn by_number(number: &str) -> LookupOf {
    LookupOf { number: number.into(), reference: None, payment: None }
}

pub(crate) fn by_reference(reference: &str) -> LookupOf {
    LookupOf { number: NUMBER.into(), reference: Some(reference.into()), payment: None }
}

/// An order to give back a part.
pub(crate) fn refund_order(reference: &str, amount: Money) -> RefundOrder {
    RefundOrder {
        number: NUMBER.into(),
        reference: Some(reference.into()),
        payment: None,
        refund: "ref_1".into(),
        amount,
        reason: "հետ է բերել".into(),
    }
}

/// A question about a refund.
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

pub(crate) fn found(lookup: Lookup) -> Statement {
    match lookup {
        Lookup::Found(statement) => statement,
        other => panic!("{other:?}"),
    }
}

/// The sandbox's Ameriabank and an account there.
pub(crate) struct AtTheBank {
    pub(crate) sandbox: Sandbox,
    pub(crate) bank: Box<dyn Provider>,
    now: Arc<AtomicI64>,
}

impl AtTheBank {
    pub(crate) async fn open() -> Self {
        Self::with(&json!({}), &json!({})).await
    }

    /// With these settings of the account, and of the client at the bank.
    pub(crate) async fn with(more: &Value, client: &Value) -> Self {
        let mut merchant = json!({ "client_id": CLIENT, "username": USERNAME, "password": PASSWORD });
        merchant.as_object_mut().unwrap().extend(client.as_object().unwrap().clone());
        let settings = json!({
            "telegram_token": "1:a", "bitrix24_user": "1", "bitrix24_secret": "a", "bank_token": "a",
            "ameriabank": [merchant],
        });
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let settings = Settings::from_json(&settings.to_string()).unwrap();
        let sandbox = Sandbox::start(settings, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
        let bank = adapter_at(&format!("{}/ameriabank/", sandbox.bank_url), more);
        Self { sandbox, bank, now }
    }

    /// A session for 1 500 dram, as the adapter opens it.
    pub(crate) async fn session(&self) -> String {
        match self.bank.start(&order(NUMBER, price())).await {
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

    pub(crate) fn act(&self, reference: &str, act: Act) -> Acted {
        self.sandbox.ameriabank.act(reference, act).unwrap()
    }

    pub(crate) async fn told(&self, reference: &str) -> Statement {
        found(self.bank.lookup(&by_reference(reference)).await)
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.sandbox.ameriabank.calls().iter().filter(|call| call.method == name).count()
    }

    /// Registers the client again at the bank, with another password or other rights.
    pub(crate) fn registers(&self, change: impl FnOnce(&mut Merchant)) {
        let mut merchant: Merchant =
            serde_json::from_value(json!({ "client_id": CLIENT, "username": USERNAME, "password": PASSWORD })).unwrap();
        change(&mut merchant);
        self.sandbox.ameriabank.registers(merchant);
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
