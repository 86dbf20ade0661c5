//! Secrets: filled only where they were granted, never seen by the guest, the record or the log.

use kamurj_plugins::{Call, InboundRequest, RuntimeSettings};
use serde_json::json;

use crate::bench::{Bench, TOKEN, on_host, trace};

#[test]
fn a_secret_is_put_into_each_granted_place_in_that_places_writing() {
    on_host(async {
        let bench = Bench::new().await;
        let url = format!("{}/echo/bot{{{{secret:token}}}}/send?auth={{{{secret:token}}}}", bench.remote.url);
        let script = json!([{
            "do": "send", "method": "POST", "url": url, "step": "send-link",
            "headers": [["authorization", "Bearer {{secret:token}}"], ["content-type", "application/json"]],
            "body": r#"{"auth": "{{secret:token}}"}"#,
            "slots": [
                ["token", "path", ""], ["token", "query", "auth"], ["token", "header", "authorization"],
                ["token", "body", "/auth"],
            ],
        }]);
        let (trace, report, desk, remote) = bench.play(script).await;
        assert_eq!(trace[0]["status"], 200);
        assert_eq!(remote.seen(), ["POST /echo/bot12345:sword%22fish/send?auth=12345%3Asword%22fish"]);
        // The remote told everything back; the guest sees none of it.
        let body = trace[0]["body"].as_str().unwrap();
        assert!(body.contains("/echo/bot[secret token]/send?auth=[secret token]"), "{body}");
        assert!(body.contains(r#""Bearer [secret token]""#), "{body}");
        assert!(!body.contains("sword"), "{body}");
        assert!(trace[0]["headers"].as_array().unwrap().contains(&json!(["x-query", "auth=[secret token]"])));
        // Nor does the record, whose request keeps its slots.
        let kept = serde_json::to_string(&(desk.steps(), &report.steps)).unwrap();
        assert!(kept.contains("{{secret:token}}"), "{kept}");
        assert!(!kept.contains("sword"), "{kept}");
    });
}

#[test]
fn a_form_body_is_escaped_as_a_form() {
    on_host(async {
        let mut bench = Bench::new().await;
        bench.desk.secrets.insert("token".to_owned(), "a&admin=1".to_owned());
        let script = json!([{
            "do": "send", "method": "POST", "url": format!("{}/echo/x", bench.remote.url),
            "headers": [["content-type", "application/x-www-form-urlencoded"]], "body": "auth={{secret:token}}&x=1",
            "slots": [["token", "body", "auth"]],
        }]);
        let (trace, ..) = bench.play(script).await;
        assert!(trace[0]["body"].as_str().unwrap().contains("auth=[secret token]&x=1"), "{}", trace[0]);
    });
}

#[test]
fn a_slot_that_may_not_be_filled_is_refused() {
    on_host(async {
        let mut bench = Bench::new().await;
        let elsewhere = crate::remote::Remote::start().await;
        bench.runtime = crate::bench::runtime_with(RuntimeSettings::default(), &[&bench.remote.url, &elsewhere.url]);
        bench.plugin = bench.runtime.load(crate::bench::PROBING.clone()).await.unwrap();
        bench.grants.origins.push(elsewhere.url.clone());
        bench.grants.secrets.get_mut("token").unwrap().placements = vec!["path".to_owned()];
        bench.grants.secrets.insert("empty".to_owned(), bench.grants.secrets["token"].clone());
        let url = format!("{}/echo/x", bench.remote.url);
        let slot = |name: &str, place: &str, field: &str| json!([[name, place, field]]);
        let script = json!([
            { "do": "send", "url": format!("{url}?a={{{{secret:token}}}}"), "slots": slot("token", "query", "a") },
            { "do": "send", "url": url, "headers": [["x-a", "{{secret:token}}"]], "slots": slot("token", "header", "x-a") },
            { "do": "send", "url": url, "method": "POST", "body": "{{secret:token}}", "slots": slot("token", "body", "") },
            { "do": "send", "url": format!("{}/echo/{{{{secret:token}}}}", elsewhere.url), "slots": slot("token", "path", "") },
            { "do": "send", "url": format!("{url}/{{{{secret:other}}}}"), "slots": slot("other", "path", "") },
            { "do": "send", "url": format!("{url}/{{{{secret:empty}}}}"), "slots": slot("empty", "path", "") },
            { "do": "send", "url": "http://{{secret:token}}.example.am/", "slots": slot("token", "path", "") },
            { "do": "send", "url": format!("{url}/{{{{secret:NO}}}}"), "slots": slot("NO", "path", "") },
            { "do": "send", "url": url, "slots": slot("token", "header", "x-a") },
        ]);
        let (trace, _, _, remote) = bench.play(script).await;
        let kinds: Vec<_> = trace.iter().map(|answer| answer["failure"].as_str().unwrap_or("none")).collect();
        let refused = "not-granted";
        assert_eq!(kinds, [refused, refused, refused, refused, refused, refused, "invalid", "invalid", "invalid"]);
        assert!(remote.seen().is_empty() && elsewhere.seen().is_empty());
    });
}

#[test]
fn a_text_that_looks_like_a_slot_is_sent_as_it_stands() {
    on_host(async {
        let bench = Bench::new().await;
        let script = json!([{
            "do": "send", "method": "POST", "url": format!("{}/echo/bot{{{{secret:token}}}}", bench.remote.url),
            "headers": [["content-type", "application/json"]], "slots": [["token", "path", ""]],
            "body": json!({ "text": "tell me {{secret:token}}" }).to_string(),
        }]);
        let (trace, ..) = bench.play(script).await;
        let body = trace[0]["body"].as_str().unwrap();
        assert!(body.contains("tell me {{secret:token}}"), "{body}");
        assert!(body.contains("/echo/bot[secret token]"), "{body}");
    });
}

#[test]
fn a_secret_that_came_in_is_taken_out_before_the_guest_and_the_log_see_it() {
    on_host(async {
        let bench = Bench::new().await;
        let mut context =
            bench.context(&json!([{ "do": "log", "message": TOKEN }, { "do": "print", "message": TOKEN }]));
        context.settings = context.settings.replacen('{', &format!("{{\"message\": {}, ", json!(TOKEN)), 1);
        let call = Call::Inbound(InboundRequest {
            id: "inb_1".to_owned(),
            run: 1,
            path: "update".to_owned(),
            method: "POST".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: format!("application_token={TOKEN}&event=x").into_bytes(),
            received_at: 1,
            extra: Vec::new(),
        });
        let report = bench.runtime.call(&bench.plugin, call, context, std::sync::Arc::new(bench.desk)).await;
        let outcome = report.end.as_ref().unwrap();
        assert_eq!(outcome.message, "[secret token]");
        assert!(outcome.extra[0].1.contains("application_token=[secret token]&event=x"), "{outcome:?}");
        assert_eq!(
            report.logs.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(),
            ["[secret token]", "[secret token]"]
        );
        assert_eq!(trace(&report).len(), 2);
    });
}

#[test]
fn the_host_signs_with_a_secret_that_was_granted_for_it() {
    on_host(async {
        let mut bench = Bench::new().await;
        // RFC 4231, test case 2, with a key long enough to be a secret here.
        bench.desk.secrets.insert("token".to_owned(), "Jefe-Jefe".to_owned());
        bench.grants.secrets.insert("other".to_owned(), kamurj_plugins::SecretGrant::default());
        let script = json!([
            { "do": "verify", "key": "token", "data": "what do ya want for nothing?" },
            { "do": "hmac", "key": "other", "data": "x" },
            { "do": "hmac", "key": "unknown", "data": "x" },
            { "do": "sha256", "data": "abc" },
        ]);
        let (trace, ..) = bench.play(script).await;
        assert_eq!(trace[0], true);
        assert_eq!(trace[1]["error"], "not-granted");
        assert_eq!(trace[2]["error"], "not-granted");
        assert_eq!(trace[3], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    });
}
