//! Who waits for whom: a merchant with many calls does not stand in another's way, guests that compute do not hold time
//! up, and the threads of all of them stand back for the server's own.

use std::{fs, sync::Arc, time::Duration};

use kamurj_plugins::{Class, Grants, Limits, Milestone, RunFailure, RuntimeSettings};
use serde_json::json;

use crate::{
    bench::{Bench, LOOPING, context, deliver, on_host, runtime_with},
    desk::Desk,
};

#[test]
fn a_merchants_fifty_slow_calls_do_not_delay_anothers() {
    on_host(async {
        let limits = Limits { wall: Duration::from_mins(1), ..Limits::of(Class::Small) };
        let settings = RuntimeSettings {
            small: limits,
            calls_at_once: 4,
            calls_at_once_per_plugin: 3,
            calls_at_once_per_merchant: 2,
            ..RuntimeSettings::default()
        };
        let bench = Bench::with(settings, &[]).await;
        let slow =
            json!([{ "do": "send", "method": "POST", "url": format!("{}/slow", bench.remote.url), "step": "a" }]);
        // Each stands still before its request until the test ends.
        let desk = Arc::new(Desk { stop_at: Some(Milestone::BeforeSend), ..Desk::default() });
        let crowd: Vec<_> = (0..50)
            .map(|_| {
                let (runtime, plugin, desk) = (bench.runtime.clone(), Arc::clone(&bench.plugin), Arc::clone(&desk));
                let context = context(bench.grants.clone(), &slow);
                tokio::spawn(async move { runtime.call(&plugin, deliver(), context, desk).await })
            })
            .collect();
        desk.stopped().await;
        let mut now = bench.runtime.usage();
        // Two have their places, and their instances a moment later.
        while now.waiting < 48 || now.component_instances < 2 {
            tokio::task::yield_now().await;
            now = bench.runtime.usage();
        }
        assert_eq!(bench.runtime.usage().running, 2);
        assert_eq!(bench.runtime.usage().component_instances, 2);
        let mut other = context(bench.grants.clone(), &json!([{ "do": "clock" }]));
        other.merchant = "mrc_2".to_owned();
        let report = bench.runtime.call(&bench.plugin, deliver(), other, Arc::new(Desk::default())).await;
        assert!(report.end.is_ok(), "{:?}", report.end);
        assert_eq!(bench.runtime.usage().waiting, 48, "the crowd stood where it was");
        crowd.iter().for_each(tokio::task::JoinHandle::abort);
        for call in crowd {
            assert!(call.await.is_err());
        }
        let mut left = bench.runtime.usage();
        while left.running > 0 || left.component_instances > 0 {
            tokio::task::yield_now().await;
            left = bench.runtime.usage();
        }
        assert_eq!((left.waiting, left.memories, left.stacks, left.plugins), (0, 0, 0, 1));
    });
}

#[test]
fn a_deadline_is_kept_by_a_thread_full_of_endless_loops() {
    on_host(async {
        let wall = Duration::from_millis(300);
        let small = Limits { wall, cpu_slices: 10_000, ..Limits::of(Class::Small) };
        let runtime = runtime_with(RuntimeSettings { threads: Some(1), small, ..RuntimeSettings::default() }, &[]);
        let looping = runtime.load(LOOPING.clone()).await.unwrap();
        let run = || async {
            let context = context(Grants::default(), &json!([]));
            runtime.call(&looping, deliver(), context, Arc::new(Desk::default())).await
        };
        let (first, second, third) = tokio::join!(run(), run(), run());
        for report in [&first, &second, &third] {
            assert_eq!(report.end, Err(RunFailure::Wall(wall)));
        }
        // Sixty slices are what the time allows; a deadline that waited for the loops would have let thousands pass.
        let slices = first.cost.slices + second.cost.slices + third.cost.slices;
        assert!(slices < 600, "{slices} slices");
    });
}

/// The nice value of every thread of this process that has this name.
#[cfg(target_os = "linux")]
fn priorities(name: &str) -> Vec<i32> {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let told = threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("stat")).ok());
    // `number (name) state …`: the nice value is the 17th word after the name.
    let nice = told.filter_map(|line| {
        let (_, rest) = line.split_once(&format!("({name}) "))?;
        rest.split(' ').nth(16)?.parse().ok()
    });
    nice.collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_threads_of_plugins_stand_back_for_the_servers_own() {
    on_host(async {
        let bench = Bench::new().await;
        let (_, report, ..) = bench.play(json!([{ "do": "clock" }])).await;
        assert!(report.end.is_ok());
        let (own, plugins) = (priorities("tokio-rt-worker"), priorities("kamurj-plugins"));
        let own = own.into_iter().min().expect("the host's threads");
        let lower = (own + 5).min(19);
        assert!(plugins.contains(&lower), "{own}: {plugins:?}");
        // One of another test may be starting at this moment.
        assert!(plugins.iter().all(|nice| [own, lower].contains(nice)), "{own}: {plugins:?}");
    });
}
