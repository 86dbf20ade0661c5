//! Outgoing requests: granted origins, sound forms, and the ways of not getting an answer.

use kamurj_plugins::RuntimeSettings;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, on_host},
    remote::hang_up,
};

fn failures(trace: &[Value]) -> Vec<&str> {
    trace.iter().map(|answer| answer["failure"].as_str().unwrap_or("none")).collect()
}

#[test]
fn only_granted_origins_are_reached() {
    on_host(async {
        let bench = Bench::new().await;
        let inside = bench.remote.url.clone();
        let script = json!([
            { "do": "send", "url": format!("{inside}/echo/x") },
            { "do": "send", "url": "https://example.am/" },
            { "do": "send", "url": inside.replace("127.0.0.1", "localhost") },
            { "do": "send", "url": "http://169.254.169.254/latest/meta-data" },
            { "do": "send", "url": "ftp://example.am/" },
            { "do": "send", "url": format!("{inside}/echo/x#part") },
            { "do": "send", "url": inside.replace("http://", "http://user@") },
            { "do": "send", "url": format!("{inside}\\@example.am/") },
            { "do": "send", "url": format!("{inside}/echo/ x") },
            { "do": "send", "url": "nonsense" },
        ]);
        let (trace, _, _, remote) = bench.play(script).await;
        let expected = [
            "none",
            "not-granted",
            "not-granted",
            "not-granted",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
            "invalid",
        ];
        assert_eq!(failures(&trace), expected);
        assert_eq!(remote.seen(), ["GET /echo/x"]);
    });
}

#[test]
fn a_granted_name_that_leads_inside_is_refused_all_the_same() {
    on_host(async {
        let mut bench = Bench::new().await;
        bench.grants.origins.push("https://localhost".to_owned());
        bench.grants.origins.push("https://127.0.0.1".to_owned());
        let (trace, ..) = bench
            .play(json!([{ "do": "send", "url": "https://localhost/" }, { "do": "send", "url": "https://127.0.0.1/" }]))
            .await;
        assert_eq!(failures(&trace), ["not-granted", "not-granted"]);
    });
}

#[test]
fn a_request_that_breaks_a_rule_is_invalid() {
    on_host(async {
        let bench = Bench::new().await;
        let url = format!("{}/echo/x", bench.remote.url);
        let many: Vec<_> = (0..33).map(|index| json!([format!("x-{index}"), "1"])).collect();
        let script = json!([
            { "do": "send", "url": url, "method": "CONNECT" },
            { "do": "send", "url": url, "headers": many },
            { "do": "send", "url": url, "headers": [["host", "other.am"]] },
            { "do": "send", "url": url, "headers": [["transfer-encoding", "chunked"]] },
            { "do": "send", "url": url, "headers": [["x-a", "b\r\nx-c: d"]] },
            { "do": "send", "url": url, "step": "Send Link" },
            { "do": "send", "url": url, "step": "" },
            { "do": "send", "url": format!("{url}?{}", "a".repeat(8 * 1024)) },
        ]);
        let (trace, _, _, remote) = bench.play(script).await;
        assert_eq!(failures(&trace), ["invalid"; 8]);
        assert_eq!(remote.seen(), Vec::<String>::new());
    });
}

#[test]
fn the_ways_of_not_getting_an_answer_are_told_apart() {
    on_host(async {
        let cut = format!("http://{}", hang_up().await);
        // Held without listening: nobody else gets the port, and nobody answers there.
        let held = tokio::net::TcpSocket::new_v4().unwrap();
        held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = format!("http://{}", held.local_addr().unwrap());
        let bench = Bench::with(RuntimeSettings::default(), &[&cut, &closed]).await;
        let script = json!([
            { "do": "send", "url": format!("{}/redirect", bench.remote.url) },
            { "do": "send", "url": format!("{cut}/") },
            { "do": "send", "url": format!("{closed}/") },
            { "do": "send", "url": format!("{}/slow", bench.remote.url), "timeout_ms": 200 },
        ]);
        let (trace, ..) = bench.play(script).await;
        assert_eq!(trace[0]["status"], 302);
        assert_eq!(failures(&trace[1..]), ["ambiguous", "not-sent", "ambiguous"]);
    });
}

#[test]
fn several_requests_go_at_once_and_are_answered_in_order() {
    on_host(async {
        let bench = Bench::new().await;
        let base = bench.remote.url.clone();
        let requests: Vec<_> = [201, 404, 200]
            .map(|code| json!({ "url": format!("{base}/status/{code}"), "method": "POST", "step": format!("s{code}") }))
            .into();
        let (trace, report, desk, _) = bench.play(json!([{ "do": "send_many", "requests": requests }])).await;
        assert_eq!(
            trace[0].as_array().unwrap().iter().map(|answer| &answer["status"]).collect::<Vec<_>>(),
            [201, 404, 200]
        );
        // One durable write for all three.
        assert_eq!(desk.writes(), [3]);
        assert_eq!(report.steps.len(), 3);
    });
}
