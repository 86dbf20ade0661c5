//! What a guest finds around it: a clock that stands still, repeatable randomness, state, payments, words, and nothing
//! of the machine.

use std::sync::Arc;

use serde_json::json;

use crate::bench::{Bench, deliver, on_host, trace};

#[test]
fn time_stands_still_and_randomness_follows_the_seed() {
    on_host(async {
        let bench = Bench::new().await;
        let script = json!([{ "do": "clock" }, { "do": "random" }]);
        let desk = Arc::new(crate::desk::Desk::default());
        let mut traces = Vec::new();
        for seed in [[7; 32], [7; 32], [8; 32]] {
            let mut context = bench.context(&script);
            context.seed = seed;
            traces.push(trace(&bench.runtime.call(&bench.plugin, deliver(), context, desk.clone()).await));
        }
        assert_eq!(traces[0][0], json!({ "host": 1_700_000_000_123_u64, "wasi": 1_700_000_000_123_u64 }));
        assert_eq!(traces[0], traces[1]);
        assert_ne!(traces[0][1], traces[2][1]);
    });
}

#[test]
fn nothing_of_the_machine_is_there() {
    on_host(async {
        let bench = Bench::new().await;
        let address = bench.remote.url.trim_start_matches("http://").to_owned();
        let (trace, ..) = bench
            .play(json!([{ "do": "file" }, { "do": "environment" }, { "do": "connect", "address": address }]))
            .await;
        assert_eq!(trace, [json!(false), json!(0), json!(false)]);
    });
}

#[test]
fn state_is_versioned_and_compared() {
    on_host(async {
        let script = json!([
            { "do": "state_get", "key": "k" },
            { "do": "state_cas", "key": "k", "data": "one", "ttl_ms": 1000 },
            { "do": "state_cas", "key": "k", "data": "two" },
            { "do": "state_cas", "key": "k", "data": "two", "expected": 1 },
            { "do": "state_get", "key": "k" },
            { "do": "state_delete", "key": "k" },
            { "do": "state_get", "key": "k" },
            { "do": "state_set", "key": "k", "data": "x".repeat(9000) },
            { "do": "state_set", "key": "l", "data": "v", "ttl_ms": 877 },
        ]);
        let (trace, _, desk, _) = Bench::new().await.play(script).await;
        let expected = json!([
            null, 1, { "error": "conflict", "retryable": true }, 2, { "value": "two", "version": 2 }, "deleted", null,
            { "error": "too-large", "retryable": false }, 1,
        ]);
        assert_eq!(json!(trace), expected);
        assert_eq!(desk.state.lock().unwrap()["l"].1, Some(1_700_000_001_000));
    });
}

#[test]
fn payments_and_words_come_from_the_server() {
    on_host(async {
        let script = json!([{ "do": "create_payment", "key": "7", "minor": 1_250_000 }, { "do": "get_payment", "key": "x" }, { "do": "format", "minor": 5 }]);
        let (trace, ..) = Bench::new().await.play(script).await;
        assert_eq!(trace[0], json!({ "id": "pay_7", "status": "created", "minor": 1_250_000 }));
        assert_eq!(trace[1], json!({ "error": "not-found", "retryable": false }));
        assert_eq!(trace[2], json!({ "money": "5 AMD hy", "time": "1700000000123 hy", "bytes": 6, "units": 3 }));
    });
}
