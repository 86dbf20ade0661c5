//! Computing without end, at every export, and every way of not coming back.

use std::time::Duration;

use kamurj_plugins::RuntimeSettings;

use crate::{
    bench::{on_host, runtime_with},
    zoo::{Zoo, end, every_call, said},
};

#[test]
fn i1_a_loop_a_grab_and_a_trap_end_alike_at_every_export() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (deed, expected) in
            [("loop", "cpu-limit"), ("memory", "memory-limit"), ("panic", "trap"), ("honest", "done")]
        {
            for call in every_call() {
                let report = zoo.commits_when(call, deed).await;
                assert_eq!(end(&report), expected, "{deed}: {:?}", report.end);
            }
        }
    });
}

#[test]
fn i1_recursion_without_end_is_stopped_by_the_stacks_limit() {
    on_host(async {
        let zoo = Zoo::new().await;
        let report = zoo.commits("recursion").await;
        let failure = report.end.unwrap_err();
        assert!(failure.to_string().contains("stack"), "{failure}");
    });
}

#[test]
fn i1_every_way_of_breaking_is_a_failed_run() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (deed, reason) in [
            ("panic", "unreachable"),
            ("abort", "unreachable"),
            ("exit well", "exit"),
            ("exit badly", "exit"),
            ("divide", "unreachable"),
            ("read outside", "out of bounds"),
            ("call outside", "table"),
        ] {
            let report = zoo.commits(deed).await;
            assert_eq!(end(&report), "trap", "{deed}: {:?}", report.end);
            let told = report.end.unwrap_err().to_string();
            assert!(told.contains(reason), "{deed}: {told}");
        }
    });
}

#[test]
fn i1_calling_the_host_without_end_is_computing_too() {
    on_host(async {
        let zoo = Zoo::new().await;
        for deed in ["clock calls", "log calls", "print calls"] {
            let report = zoo.commits(deed).await;
            assert_eq!(end(&report), "cpu-limit", "{deed}: {:?}", report.end);
            assert!(report.logs.len() <= 65, "{deed}: {} lines", report.logs.len());
        }
    });
}

#[test]
fn i1_calls_that_reach_the_server_are_counted() {
    on_host(async {
        let zoo = Zoo::new().await;
        for (deed, calls) in
            [("state calls", "128"), ("payment calls", "128"), ("http calls", "16"), ("http calls at once", "9984")]
        {
            let report = zoo.commits(deed).await;
            assert_eq!(said(&report), calls, "{deed}");
            assert!(report.steps.len() <= 128, "{deed}: {} steps", report.steps.len());
        }
    });
}

#[test]
fn i1_a_plugin_that_sleeps_is_stopped_at_its_deadline() {
    on_host(async {
        let mut settings = RuntimeSettings::default();
        settings.small.wall = Duration::from_millis(400);
        let zoo = Zoo::in_runtime(runtime_with(settings, &[])).await;
        let report = zoo.commits("sleep").await;
        assert_eq!(end(&report), "deadline", "{:?}", report.end);
        assert!(report.cost.slices < 25, "{} slices", report.cost.slices);
    });
}
