//! Keeper's tools: a hostile guest and an honest one in one runtime, components made from text, and what becomes of them.

use std::sync::{Arc, LazyLock};

use kamurj_plugins::{
    Call, Delivery, Grants, InboundRequest, LoadError, Occurrence, Plugin, RunReport, Runtime, RuntimeSettings,
};
use serde_json::json;

use crate::{
    bench::{PROBING, context, deliver, runtime_with, trace},
    desk::Desk,
};

static HOSTILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = kamurj_plugin_build::build("kamurj-guest-hostile").unwrap_or_else(|error| panic!("{error}"));
    std::fs::read(path).unwrap()
});

pub(crate) struct Zoo {
    pub(crate) runtime: Runtime,
    pub(crate) hostile: Arc<Plugin>,
    pub(crate) honest: Arc<Plugin>,
}

/// One for all tests that need no settings of their own: compiling takes seconds.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| runtime_with(RuntimeSettings::default(), &[]));

impl Zoo {
    /// In the runtime that most tests share.
    pub(crate) async fn new() -> Self {
        Self::in_runtime(RUNTIME.clone()).await
    }

    pub(crate) async fn in_runtime(runtime: Runtime) -> Self {
        let honest = runtime.load(PROBING.clone()).await.unwrap();
        let hostile = runtime.load(HOSTILE.clone()).await.unwrap();
        Self { runtime, hostile, honest }
    }

    /// One delivery on which the guest commits this deed; afterwards the honest plugin is served.
    pub(crate) async fn commits(&self, deed: &str) -> RunReport {
        self.commits_when(deliver(), deed).await
    }

    /// The same for any call.
    pub(crate) async fn commits_when(&self, call: Call, deed: &str) -> RunReport {
        let context = context(Grants::default(), &json!(deed));
        let report = self.runtime.call(&self.hostile, call, context, Arc::new(Desk::default())).await;
        self.serves().await;
        report
    }

    /// What becomes of a component that is uploaded and called once: why it was refused, or the word for how its call ended.
    pub(crate) async fn fate(&self, component: Vec<u8>, call: Call) -> Result<&'static str, LoadError> {
        let loaded = self.runtime.load(component).await;
        self.serves().await;
        let context = context(Grants::default(), &json!([]));
        let report = self.runtime.call(&loaded?, call, context, Arc::new(Desk::default())).await;
        self.serves().await;
        Ok(end(&report))
    }

    /// An honest plugin does its work.
    pub(crate) async fn serves(&self) {
        let script = json!([{ "do": "state_set", "key": "k", "data": "v" }, { "do": "state_get", "key": "k" }]);
        let context = context(Grants::default(), &script);
        let report = self.runtime.call(&self.honest, deliver(), context, Arc::new(Desk::default())).await;
        assert_eq!(trace(&report), [json!(1), json!({ "value": "v", "version": 1 })], "{:?}", report.end);
    }
}

/// `done`, or the word for why the run failed.
pub(crate) fn end(report: &RunReport) -> &'static str {
    match &report.end {
        Ok(outcome) => outcome.kind.word(),
        Err(failure) => failure.code(),
    }
}

/// What a guest that came back said.
#[track_caller]
pub(crate) fn said(report: &RunReport) -> &str {
    &report.end.as_ref().unwrap_or_else(|failure| panic!("{failure}")).message
}

/// A call of every export that a plugin may have.
pub(crate) fn every_call() -> [Call; 5] {
    let Call::Deliver(delivery) = deliver() else { unreachable!("that is what it makes") };
    let to_crm = Delivery { ..delivery.clone() };
    let occurrence = Occurrence {
        id: "occ_1".to_owned(),
        name: "nightly".to_owned(),
        due_at: 1_700_000_000_000,
        run: 1,
        extra: Vec::new(),
    };
    [Call::Deliver(delivery), Call::Sync(to_crm), inbound(), Call::Tick(occurrence), Call::Check]
}

pub(crate) fn inbound() -> Call {
    Call::Inbound(InboundRequest {
        id: "inb_1".to_owned(),
        path: "update".to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
        received_at: 1_700_000_000_000,
        run: 1,
        extra: Vec::new(),
    })
}

/// A component from its text, with a manifest that asks for nothing.
pub(crate) fn component(text: &str) -> Vec<u8> {
    named(wat::parse_str(text).unwrap_or_else(|error| panic!("{error}")))
}

/// The component with that manifest.
pub(crate) fn named(component: Vec<u8>) -> Vec<u8> {
    let least = "manifest = 1\nid = 'least'\nname = 'Least'\nversion = '1.0.0'\ndescription = ''";
    let manifest = kamurj_manifest::from_toml(least, |_| unreachable!("it names no file")).unwrap();
    kamurj_manifest::embed(component, &manifest).unwrap_or_else(|error| panic!("{error}"))
}

/// A component whose only module has these insides.
pub(crate) fn starting(module: &str) -> Vec<u8> {
    component(&include_str!("components/starting.wat").replace("@MODULE@", module))
}

/// A component that has these imports.
pub(crate) fn importing(imports: &str) -> Vec<u8> {
    component(&include_str!("components/importing.wat").replace("@IMPORT@", imports))
}
