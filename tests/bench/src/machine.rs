//! What the figures depend on: the machine and how busy it is.

use std::fs;

use serde_json::{Value, json};

/// What does not change while the benchmark runs, and how busy the machine is at its start.
pub(crate) fn facts() -> Value {
    let first_line = |file: &str| fs::read_to_string(file).unwrap_or_default().trim().to_owned();
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    json!({
        "cores": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "cpu": model.map_or("unknown", |(_, name)| name.trim()),
        "kernel": first_line("/proc/sys/kernel/osrelease"),
        "pagemap_scan": wasmtime::PoolingAllocationConfig::is_pagemap_scan_available(),
        "profile": if cfg!(debug_assertions) { "debug: the figures mean nothing" } else { "optimised" },
        "load_before": load_average(),
    })
}

/// How busy it is now.
pub(crate) fn load() -> Value {
    json!({ "load_after": load_average() })
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
