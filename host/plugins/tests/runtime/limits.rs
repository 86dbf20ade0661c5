//! Budgets: what a hostile or broken guest costs, and whom.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kamurj_plugins::{
    Call, Class, Grants, InboundRequest, Limits, LoadError, RunFailure, RuntimeSettings, STACK_BYTES,
};
use serde_json::json;
use tokio::time::interval;

use crate::{
    bench::{
        Bench, GRABBING, LOOPING, PROBING, context, deliver, on_host, runtime_with, trace, with_manifest,
        without_manifest,
    },
    desk::Desk,
};

/// The usual settings but for one budget of the class `small`.
fn with(change: impl FnOnce(&mut Limits)) -> RuntimeSettings {
    let mut settings = RuntimeSettings::default();
    change(&mut settings.small);
    settings
}

#[test]
fn an_endless_loop_is_stopped_and_no_timer_of_the_host_starves() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let plugin = runtime.load(LOOPING.clone()).await.unwrap();
        let ticks = tokio::spawn(async {
            let mut timer = interval(Duration::from_millis(5));
            let mut ticks = 0;
            loop {
                timer.tick().await;
                ticks += 1;
                if ticks == 20 {
                    return;
                }
            }
        });
        let inbound = Call::Inbound(InboundRequest {
            id: "inb_1".to_owned(),
            run: 1,
            path: "update".to_owned(),
            method: "POST".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: b"{}".to_vec(),
            received_at: 1,
            extra: Vec::new(),
        });
        for call in [deliver(), inbound] {
            let report =
                runtime.call(&plugin, call, context(Grants::default(), &json!([])), Arc::new(Desk::default())).await;
            assert_eq!(report.end, Err(RunFailure::Cpu { slices: 50 }));
            assert_eq!(report.cost.slices, 50);
        }
        // A hundred milliseconds of ticks have long passed inside two budgets of 250 ms.
        assert!(ticks.is_finished());
    });
}

#[test]
fn calling_the_host_in_a_loop_buys_no_time() {
    on_host(async {
        let (_, report, ..) = Bench::new().await.play(json!([{ "do": "spin" }])).await;
        assert_eq!(report.end, Err(RunFailure::Cpu { slices: 50 }));
    });
}

#[test]
fn guests_that_loop_share_their_thread_with_others() {
    on_host(async {
        let settings = RuntimeSettings { threads: Some(1), ..RuntimeSettings::default() };
        let runtime = runtime_with(settings, &[]);
        let looping = runtime.load(LOOPING.clone()).await.unwrap();
        let probing = runtime.load(PROBING.clone()).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let run = |name: &'static str, plugin| {
            let (runtime, order) = (runtime.clone(), Arc::clone(&order));
            async move {
                let script = json!([{ "do": "state_set", "key": "k", "data": "v" }]);
                let report = runtime
                    .call(&plugin, deliver(), context(Grants::default(), &script), Arc::new(Desk::default()))
                    .await;
                order.lock().unwrap().push(name);
                report
            }
        };
        let (_, _, honest) =
            tokio::join!(run("looping", Arc::clone(&looping)), run("looping", looping), run("honest", probing));
        assert_eq!(trace(&honest), [json!(1)]);
        assert_eq!(*order.lock().unwrap(), ["honest", "looping", "looping"]);
    });
}

#[test]
fn a_grab_for_memory_ends_at_the_limit() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings::default(), &[]);
        let plugin = runtime.load(GRABBING.clone()).await.unwrap();
        let report =
            runtime.call(&plugin, deliver(), context(Grants::default(), &json!([])), Arc::new(Desk::default())).await;
        assert_eq!(report.end, Err(RunFailure::Memory { bytes: 64 * 1024 * 1024 }));
        assert!(report.cost.memory_bytes <= 64 * 1024 * 1024);
    });
}

#[test]
fn waiting_for_a_remote_costs_wall_time_and_no_cpu() {
    on_host(async {
        let settings = with(|limits| limits.wall = Duration::from_millis(600));
        let bench = Bench::with(settings, &[]).await;
        let url = format!("{}/slow", bench.remote.url);
        let (_, report, desk, remote) =
            bench.play(json!([{ "do": "send", "method": "POST", "url": url, "step": "send-link" }])).await;
        assert_eq!(report.end, Err(RunFailure::Wall(Duration::from_millis(600))));
        assert!(report.cost.slices < 25, "{} slices", report.cost.slices);
        assert_eq!(remote.seen(), ["POST /slow"]);
        // What was under way stays in the record as sent, so that the next run hears of the doubt.
        assert_eq!(desk.steps().len(), 1);
        assert_eq!(desk.steps()[0].response, None);
        assert_eq!(report.steps, []);
    });
}

#[test]
fn a_panic_is_a_failed_run_and_nothing_more() {
    on_host(async {
        let bench = Bench::new().await;
        let runtime = bench.runtime.clone();
        let plugin = Arc::clone(&bench.plugin);
        let grants = bench.grants.clone();
        let (_, report, ..) = bench.play(json!([{ "do": "panic" }])).await;
        assert!(matches!(report.end, Err(RunFailure::Trap(_))), "{:?}", report.end);
        assert!(report.logs.iter().any(|line| line.message.contains("told to")), "{:?}", report.logs);
        let again = runtime
            .call(&plugin, deliver(), context(grants, &json!([{ "do": "clock" }])), Arc::new(Desk::default()))
            .await;
        assert!(again.end.is_ok());
    });
}

#[test]
fn requests_steps_and_logs_are_bounded() {
    on_host(async {
        let bench = Bench::new().await;
        let url = format!("{}/status/200", bench.remote.url);
        let mut script: Vec<_> = (0..17).map(|_| json!({ "do": "send", "url": url })).collect();
        script.extend((0..120).map(|_| json!({ "do": "state_get", "key": "k" })));
        script.push(json!({ "do": "log", "message": "0123456789", "times": 200, "count": 70 }));
        let (trace, report, _, remote) = bench.play(json!(script)).await;
        assert_eq!(remote.seen().len(), 16);
        assert_eq!(trace[15]["status"], 200);
        assert_eq!(trace[16]["failure"], "limit");
        // 128 steps: 16 requests and 112 reads of state.
        assert_eq!((&trace[17 + 111], &trace[17 + 112]["error"]), (&json!(null), &json!("limit")));
        assert_eq!(report.steps.len(), 128);
        assert_eq!(report.logs.len(), 65);
        assert_eq!(report.logs[0].message.len(), 1024);
        assert_eq!(report.logs[64].message, "6 more lines were not kept");
    });
}

#[test]
fn a_record_is_bounded_in_bytes() {
    on_host(async {
        let bench = Bench::with(with(|limits| limits.record_bytes = 4_096), &[]).await;
        let url = format!("{}/echo/x", bench.remote.url);
        let send = json!({ "do": "send", "method": "POST", "url": url, "body_bytes": 1_024, "step": "again" });
        let script = json!([send, send, send, send, { "do": "state_get", "key": "k" }]);
        let (trace, report, _, remote) = bench.play(script).await;
        // Each takes its request and its answer, which tells the request back.
        assert_eq!([&trace[0]["status"], &trace[1]["status"]], [&json!(200); 2]);
        assert_eq!([&trace[2]["failure"], &trace[3]["failure"]], [&json!("limit"); 2]);
        assert_eq!(trace[4]["error"], "limit");
        assert_eq!((remote.seen().len(), report.cost.steps), (2, 2));
        assert!((4_096..8_192).contains(&report.cost.record_bytes), "{}", report.cost.record_bytes);
    });
}

#[test]
fn bodies_are_capped_both_ways() {
    on_host(async {
        let bench = Bench::new().await;
        let base = bench.remote.url.clone();
        let script = json!([
            { "do": "send", "method": "POST", "url": format!("{base}/status/200"), "body_bytes": 256 * 1024 },
            { "do": "send", "method": "POST", "url": format!("{base}/status/200"), "body_bytes": 256 * 1024 + 1 },
            { "do": "send", "url": format!("{base}/large") },
        ]);
        let (trace, ..) = bench.play(script).await;
        assert_eq!(trace[0]["status"], 200);
        assert_eq!(trace[1]["failure"], "invalid");
        assert_eq!(trace[2]["failure"], "too-large");
    });
}

#[test]
fn dropping_the_call_stops_the_guest() {
    on_host(async {
        let runtime = runtime_with(RuntimeSettings { calls_at_once: 1, ..RuntimeSettings::default() }, &[]);
        let looping = runtime.load(LOOPING.clone()).await.unwrap();
        let run =
            || runtime.call(&looping, deliver(), context(Grants::default(), &json!([])), Arc::new(Desk::default()));
        assert!(tokio::time::timeout(Duration::from_millis(20), run()).await.is_err());
        // The only place is free again.
        assert_eq!(run().await.end, Err(RunFailure::Cpu { slices: 50 }));
    });
}

#[test]
fn i1_every_budget_of_a_call_is_a_setting_that_stops_it() {
    on_host(async {
        let end = async |settings: RuntimeSettings, script| {
            let (_, report, ..) = Bench::with(settings, &[]).await.play(script).await;
            report.end
        };
        let log = |bytes: u32| json!([{ "do": "log", "message": "x", "times": bytes }]);
        let spin = json!([{ "do": "spin" }]);
        let recurse = json!([{ "do": "recurse", "depth": 2_000 }]);
        assert_eq!(end(with(|limits| limits.cpu_slices = 2), spin).await, Err(RunFailure::Cpu { slices: 2 }));
        let little = 2 * 1024 * 1024;
        assert_eq!(
            end(with(|limits| limits.memory_bytes = little), log(4_000_000)).await,
            Err(RunFailure::Memory { bytes: little })
        );
        let shallow = RuntimeSettings { stack_bytes: 64 * 1024, ..RuntimeSettings::default() };
        assert_eq!(end(shallow, recurse.clone()).await, Err(RunFailure::Stack { bytes: 64 * 1024 }));
        assert!(end(RuntimeSettings::default(), recurse).await.is_ok(), "{STACK_BYTES} bytes are enough for that");
        let crowded = end(with(|limits| limits.handles = 16), json!([{ "do": "subscribe", "count": 40 }])).await;
        assert!(matches!(&crowded, Err(RunFailure::Trap(cause)) if cause.contains("handle")), "{crowded:?}");
        let much = end(with(|limits| limits.hostcall_bytes = 64 * 1024), log(100_000)).await;
        assert!(matches!(&much, Err(RunFailure::Trap(cause)) if cause.contains("fuel")), "{much:?}");
        let said = end(with(|limits| limits.output_bytes = 10), json!([])).await;
        assert!(matches!(said, Err(RunFailure::Output { bytes: 30.., most: 10 })), "{said:?}");
        let given = end(with(|limits| limits.input_bytes = 100), json!([])).await;
        assert!(matches!(given, Err(RunFailure::Input { bytes: 101.., most: 100 })), "{given:?}");
    });
}

#[test]
fn the_host_keeps_no_more_handles_for_a_call_than_its_table_holds() {
    on_host(async {
        let (_, report, ..) = Bench::new().await.play(json!([{ "do": "subscribe", "count": 300 }])).await;
        assert!(matches!(&report.end, Err(RunFailure::Trap(_))), "{:?}", report.end);
    });
}

#[test]
fn a_component_that_cannot_start_within_its_budgets_is_refused_at_its_upload() {
    on_host(async {
        let load = async |settings| runtime_with(settings, &[]).load(PROBING.clone()).await.unwrap_err();
        let memory = load(with(|limits| limits.memory_bytes = 64 * 1024)).await;
        assert!(matches!(&memory, LoadError::TooHungry { what, most: 65_536 } if what.contains("memory")), "{memory}");
        let table = load(with(|limits| limits.table_elements = 2)).await;
        assert!(matches!(&table, LoadError::TooHungry { what, most: 2 } if what.contains("table")), "{table}");
        let bytes = PROBING.len();
        let size = load(with(|limits| limits.component_bytes = 1_000)).await;
        assert_eq!(size, LoadError::TooLarge { bytes, most: 1_000 });
        // Not even the pool has room for it, whatever the class.
        let mut none = with(|limits| limits.table_elements = 2);
        none.script.table_elements = 2;
        assert!(matches!(load(none).await, LoadError::Incompatible(_)));
    });
}

#[test]
fn scripts_have_budgets_of_their_own() {
    on_host(async {
        let mut settings = with(|limits| limits.cpu_slices = 1);
        settings.script.cpu_slices = 3;
        let runtime = runtime_with(settings, &[]);
        for (class, slices) in [(Class::Small, 1), (Class::Script, 3), (Class::Small, 1)] {
            let plugin = runtime.load(with_manifest(&without_manifest("kamurj-guest-looping"), class)).await.unwrap();
            let report = runtime
                .call(&plugin, deliver(), context(Grants::default(), &json!([])), Arc::new(Desk::default()))
                .await;
            assert_eq!(report.end, Err(RunFailure::Cpu { slices }));
        }
    });
}
