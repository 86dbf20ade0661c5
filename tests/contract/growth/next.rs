//! A host of the next version, as small as it can be: every function of 1.0, answered as the tests of today's host expect, those of
//! 1.1, which no guest of 1.0 calls, and the two that are new.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Engine, Store,
    component::{Component, HasSelf, Linker, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod bindings {
    include!(concat!(env!("OUT_DIR"), "/next.rs"));
}

use bindings::{
    exports::kamurj::plugin::{channel_sink, inbound},
    kamurj::plugin::{
        clock, comparisons, format, http, links, log, payments, receipts, secrets, settings, state, types, weather,
    },
};

const NOW: u64 = 1_700_000_000_123;

/// A guest and the host around it.
pub(crate) struct Next {
    store: Store<Host>,
    linker: Linker<Host>,
    component: Component,
}

#[derive(Default)]
struct Host {
    settings: String,
    state: BTreeMap<String, state::Entry>,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl Next {
    /// Compiles and links it.
    pub(crate) fn run(guest: &[u8], settings: &Value) -> Self {
        let mut config = Config::new();
        config.concurrency_support(false);
        let engine = Engine::new(&config).unwrap();
        let component = Component::from_binary(&engine, guest).unwrap();
        let mut linker = Linker::<Host>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
        bindings::Everything::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host).unwrap();
        let store = Store::new(&engine, Host { settings: settings.to_string(), ..Host::default() });
        Self { store, linker, component }
    }

    pub(crate) fn deliver(mut self) -> types::Outcome {
        let instance = self.linker.instantiate_pre(&self.component).unwrap();
        let sink = channel_sink::GuestIndices::new(&instance).unwrap();
        let instance = instance.instantiate(&mut self.store).unwrap();
        sink.load(&mut self.store, &instance).unwrap().call_deliver(&mut self.store, &delivery()).unwrap()
    }

    pub(crate) fn handle(mut self) -> types::Outcome {
        let instance = self.linker.instantiate_pre(&self.component).unwrap();
        let handler = inbound::GuestIndices::new(&instance).unwrap();
        let instance = instance.instantiate(&mut self.store).unwrap();
        let request = types::InboundRequest {
            id: "inb_1".to_owned(),
            path: "update".to_owned(),
            method: "POST".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: b"{}".to_vec(),
            received_at: NOW,
            run: 1,
            extra: Vec::new(),
        };
        handler.load(&mut self.store, &instance).unwrap().call_handle(&mut self.store, &request).unwrap()
    }
}

fn delivery() -> types::Delivery {
    types::Delivery {
        id: "dlv_1".to_owned(),
        event: "payment.paid".to_owned(),
        payment: payment("1", types::Money { minor: 1_250_000, currency: "AMD".to_owned() }),
        run: 1,
        extra: Vec::new(),
    }
}

fn payment(key: &str, amount: types::Money) -> types::Payment {
    let nothing = types::Money { minor: 0, currency: amount.currency.clone() };
    types::Payment {
        id: format!("pay_{key}"),
        order_id: "1".to_owned(),
        mode: "test".to_owned(),
        status: "created".to_owned(),
        version: 1,
        amount,
        captured: nothing.clone(),
        refunded: nothing,
        description: String::new(),
        items: Vec::new(),
        customer: types::Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() },
        channel: None,
        crm: None,
        locale: "hy".to_owned(),
        checkout_url: String::new(),
        created_at: 1,
        expires_at: 2,
        paid_at: None,
        provider_reference: None,
        evidence: String::new(),
        attempts: 0,
        link_id: None,
        answers: Vec::new(),
        fulfilment: None,
        metadata: Vec::new(),
        extra: Vec::new(),
    }
}

fn refused<T>(code: &str, retryable: bool) -> Result<T, types::Error> {
    Err(types::Error { code: code.to_owned(), message: code.to_owned(), retryable, retry_after_ms: None })
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for Host {}

impl log::Host for Host {
    fn write(&mut self, _: String, _: String, _: Vec<(String, String)>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl clock::Host for Host {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(NOW)
    }

    fn zone(&mut self) -> wasmtime::Result<String> {
        Ok("Asia/Yerevan".to_owned())
    }
}

impl weather::Host for Host {
    fn today(&mut self) -> wasmtime::Result<String> {
        Ok("sunny".to_owned())
    }
}

impl settings::Host for Host {
    fn read(&mut self) -> wasmtime::Result<String> {
        Ok(self.settings.clone())
    }
}

impl http::Host for Host {
    fn send(&mut self, _: http::Request) -> wasmtime::Result<Result<http::Response, http::Failure>> {
        Ok(Err(http::Failure {
            kind: "not-granted".to_owned(),
            message: "`https://nowhere.example.am` is not granted".to_owned(),
            retry_after_ms: None,
        }))
    }

    fn send_many(
        &mut self,
        requests: Vec<http::Request>,
    ) -> wasmtime::Result<Vec<Result<http::Response, http::Failure>>> {
        requests.into_iter().map(|request| self.send(request)).collect()
    }
}

impl state::Host for Host {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<state::Entry>, types::Error>> {
        Ok(Ok(self.state.get(&key).cloned()))
    }

    fn set(&mut self, key: String, value: Vec<u8>, _: Option<u64>) -> wasmtime::Result<Result<u64, types::Error>> {
        let version = self.state.get(&key).map_or(0, |entry| entry.version) + 1;
        self.state.insert(key, state::Entry { value, version });
        Ok(Ok(version))
    }

    fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<u64>,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<u64, types::Error>> {
        if self.state.get(&key).map(|entry| entry.version) != expected {
            return Ok(refused("conflict", true));
        }
        self.set(key, value, ttl_ms)
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), types::Error>> {
        self.state.remove(&key);
        Ok(Ok(()))
    }

    fn list_keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, types::Error>> {
        Ok(Ok(self.state.keys().filter(|key| key.starts_with(&prefix)).cloned().collect()))
    }
}

impl secrets::Host for Host {
    fn available(&mut self, _: String) -> wasmtime::Result<bool> {
        Ok(false)
    }

    fn sign(&mut self, _: String, _: String, _: Vec<u8>) -> wasmtime::Result<Result<Vec<u8>, types::Error>> {
        Ok(refused("not-granted", false))
    }

    fn verify(&mut self, _: String, _: String, _: Vec<u8>, _: Vec<u8>) -> wasmtime::Result<Result<bool, types::Error>> {
        Ok(refused("not-granted", false))
    }

    fn renew(&mut self, _: String) -> wasmtime::Result<Result<u64, types::Error>> {
        Ok(refused("not-granted", false))
    }

    fn digest(&mut self, _: String, data: Vec<u8>) -> wasmtime::Result<Result<Vec<u8>, types::Error>> {
        Ok(Ok(Sha256::digest(data).to_vec()))
    }
}

impl payments::Host for Host {
    fn create(&mut self, request: payments::PaymentRequest) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        Ok(Ok(payment(&request.key, request.amount)))
    }

    fn get(&mut self, _: String) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        Ok(refused("not-found", false))
    }

    fn renew(&mut self, _: String) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        Ok(refused("not-found", false))
    }

    fn changed(&mut self, _: payments::Span) -> wasmtime::Result<Result<payments::Standings, types::Error>> {
        Ok(Ok(payments::Standings { payments: Vec::new(), next: None, extra: Vec::new() }))
    }

    fn propose(&mut self, _: payments::Proposal) -> wasmtime::Result<Result<(), types::Error>> {
        Ok(Ok(()))
    }
}

impl links::Host for Host {
    fn read(&mut self, _: Vec<String>, _: String) -> wasmtime::Result<Result<Vec<links::PaymentLink>, types::Error>> {
        Ok(Ok(Vec::new()))
    }

    fn quote(&mut self, _: links::Selection) -> wasmtime::Result<Result<links::Estimate, types::Error>> {
        Ok(refused("not-found", false))
    }

    fn press(&mut self, _: links::Selection) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        Ok(refused("not-found", false))
    }
}

impl receipts::Host for Host {
    fn note(&mut self, _: receipts::Receipt) -> wasmtime::Result<Result<(), types::Error>> {
        Ok(refused("not-found", false))
    }
}

impl comparisons::Host for Host {
    fn report(&mut self, _: comparisons::Part) -> wasmtime::Result<Result<(), types::Error>> {
        Ok(refused("not-found", false))
    }
}

impl format::Host for Host {
    fn money(&mut self, amount: types::Money, language: String) -> wasmtime::Result<String> {
        Ok(format!("{} {} {language}", amount.minor, amount.currency))
    }

    fn date_time(&mut self, at: u64, language: String) -> wasmtime::Result<String> {
        Ok(format!("{at} {language}"))
    }

    fn utf8_bytes(&mut self, text: String) -> wasmtime::Result<u32> {
        Ok(u32::try_from(text.len())?)
    }

    fn utf16_units(&mut self, text: String) -> wasmtime::Result<u32> {
        Ok(u32::try_from(text.encode_utf16().count())?)
    }
}
