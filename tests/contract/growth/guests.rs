//! Guests as they were built for 1.0, on a host of the next version.

use std::fs;

use serde_json::Value;

use crate::{next::Next, published};

fn expected() -> Value {
    serde_json::from_slice(&fs::read(published("answers.json")).unwrap()).unwrap()
}

#[test]
fn i8_a_guest_of_1_0_links_and_answers_on_the_next_host_as_it_did() {
    let expected = expected();
    let outcome = Next::run(&fs::read(published("probing.wasm")).unwrap(), &expected["settings"]).deliver();
    let (_, trace) = outcome.extra.iter().find(|(name, _)| name == "trace").expect("the guest tells its trace");
    let trace: Value = serde_json::from_str(trace).unwrap();
    assert_eq!(trace, expected["trace"]);
    assert_eq!(outcome.kind, "done");
}

#[test]
fn i8_the_least_guest_of_1_0_runs_on_the_next_host() {
    let outcome = Next::run(&fs::read(published("least.wasm")).unwrap(), &Value::Null).handle();
    assert_eq!((outcome.kind.as_str(), outcome.extra.len()), ("done", 0));
}
