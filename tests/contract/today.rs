//! The contract on today's host: guests that were built for 1.0 answer what they answered, and one that was built for a later version
//! is refused in words that say what is missing.

#[path = "../../host/plugins/tests/runtime/bench.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod bench;
#[path = "../../host/plugins/tests/runtime/desk.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod desk;
#[path = "../../host/plugins/tests/runtime/remote.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod remote;

use std::{fs, path::PathBuf, sync::Arc};

use kamurj_plugins::{Call, Grants, InboundRequest, LoadError, RuntimeSettings};
use serde_json::{Value, json};

use crate::{
    bench::{context, deliver, on_host, runtime_with, trace},
    desk::Desk,
};

/// A file of the published version.
fn published(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/contract/1.0.0")).join(name)
}

fn named(text: &str) -> Vec<u8> {
    let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let least =
        "manifest = 1\nid = 'least'\nname = 'Least'\nversion = '1.0.0'\ndescription = 'Answers that it is done.'";
    let manifest = kamurj_manifest::from_toml(least, |_| unreachable!("it names no file")).unwrap();
    kamurj_manifest::embed(component, &manifest).unwrap()
}

/// A call of every function that 1.0 has, none of which depends on the machine.
fn script() -> Value {
    json!([
        { "do": "log", "message": "line" },
        { "do": "state_set", "key": "k", "data": "one", "ttl_ms": 1000 },
        { "do": "state_get", "key": "k" },
        { "do": "state_cas", "key": "k", "data": "two", "expected": 7 },
        { "do": "state_cas", "key": "k", "data": "two", "expected": 1 },
        { "do": "list_keys", "key": "" },
        { "do": "state_delete", "key": "k" },
        { "do": "state_get", "key": "k" },
        { "do": "send", "url": "https://nowhere.example.am/", "step": "send", "headers": [["x-key", "value"]], "body": "text", "timeout_ms": 1 },
        { "do": "send_many", "requests": [{ "url": "https://nowhere.example.am/" }] },
        { "do": "sha256", "data": "abc" },
        { "do": "available", "key": "token" },
        { "do": "hmac", "key": "token", "data": "x" },
        { "do": "verify", "key": "token", "data": "x" },
        { "do": "create_payment", "key": "7", "minor": 1_250_000 },
        { "do": "get_payment", "key": "pay_x" },
        { "do": "propose", "key": "p", "payment": "pay_x", "kind": "refund", "reason": "Because." },
        { "do": "format", "minor": 5 },
    ])
}

#[test]
fn i8_a_guest_of_1_0_answers_on_todays_host_as_it_did() {
    let guest = fs::read(published("probing.wasm")).unwrap();
    let told = on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let plugin = runtime.load(guest).await.unwrap();
        let context = context(Grants::default(), &script());
        let report = runtime.call(&plugin, deliver(), context, Arc::new(Desk::default())).await;
        trace(&report)
    });
    // The first line of the guest's own trace is what came in.
    let told: Vec<_> = [json!({ "input": "dlv_1" })].into_iter().chain(told).collect();
    let answers = json!({ "settings": { "script": script() }, "trace": told });
    let expected: Value = serde_json::from_slice(&fs::read(published("answers.json")).unwrap()).unwrap();
    assert_eq!(answers, expected);
}

#[test]
fn i8_the_least_guest_of_1_0_runs_on_todays_host() {
    let guest = fs::read(published("least.wasm")).unwrap();
    let report = on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let plugin = runtime.load(guest).await.unwrap();
        assert!(plugin.exports.inbound && !plugin.exports.channel);
        let request = InboundRequest {
            id: "inb_1".to_owned(),
            path: "update".to_owned(),
            method: "POST".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: b"{}".to_vec(),
            received_at: 1,
            run: 1,
            extra: Vec::new(),
        };
        let context = context(Grants::default(), &json!([]));
        runtime.call(&plugin, Call::Inbound(request), context, Arc::new(Desk::default())).await
    });
    assert_eq!(report.end.unwrap().kind.word(), "done");
}

#[test]
fn i8_a_guest_of_a_later_version_is_refused_and_told_what_is_missing() {
    let least = fs::read_to_string(published("least.wat")).unwrap();
    let wanting = |import: &str| named(&least.replacen("(component\n", &format!("(component\n  {import}\n"), 1));
    on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let more = wanting(
            "(import \"kamurj:plugin/clock@1.2.0\" (instance (export \"now\" (func (result u64))) (export \"zone\" (func (result string)))))",
        );
        let error = runtime.load(more).await.unwrap_err();
        assert!(matches!(&error, LoadError::Later { version, .. } if version == "1.2.0"), "{error}");
        let told = error.to_string();
        for word in ["kamurj:plugin/clock@1.2.0", "zone", "missing", "this host offers 1.1.0"] {
            assert!(told.contains(word), "`{word}` is not in: {told}");
        }

        let other =
            wanting("(import \"kamurj:plugin/weather@1.2.0\" (instance (export \"today\" (func (result string)))))");
        assert_eq!(
            runtime.load(other).await.unwrap_err(),
            LoadError::UnknownImport("kamurj:plugin/weather@1.2.0".to_owned())
        );

        // Of a later version by its name alone: it wants nothing that is not here.
        let same = wanting("(import \"kamurj:plugin/clock@1.2.0\" (instance (export \"now\" (func (result u64)))))");
        runtime.load(same).await.unwrap();
    });
}
