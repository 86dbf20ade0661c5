//! Who waits for whom: a merchant with many calls does not stand in another's way.

use std::{sync::Arc, time::Duration};

use kamurj_plugins::{Class, Limits, Milestone, RuntimeSettings};
use serde_json::json;

use crate::{
    bench::{Bench, context, deliver, on_host},
    desk::Desk,
};

#[test]
fn a_merchants_fifty_slow_calls_do_not_delay_anothers() {
    on_host(async {
        let limits = Limits { wall: Duration::from_secs(60), ..Limits::of(Class::Small) };
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
        while bench.runtime.usage().waiting < 48 {
            tokio::task::yield_now().await;
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
