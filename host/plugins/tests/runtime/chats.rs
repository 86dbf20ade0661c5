//! What version 1.1 of the contract added, as a guest sees it: links, receipts, payments opened again, secrets renewed, set-ups.

use std::sync::Arc;

use kamurj_plugins::contract::{Address, Found, Wish};
use kamurj_plugins::{Call, RunContext, RunFailure};
use serde_json::{Value, json};

use crate::bench::{Bench, TOKEN, on_host, trace};
use crate::desk::{Desk, EXPIRES_AT, LINK, PRICE};

/// Every new call once, with one that is refused beside it.
fn script() -> Value {
    json!([
        { "do": "read_links", "ids": [LINK, "lnk_2"], "language": "hy" },
        { "do": "read_links", "ids": [], "language": "xx" },
        { "do": "quote", "link": LINK, "quantity": 2 },
        { "do": "press", "key": "k", "link": LINK, "answers": { "size": "m" }, "conversation": "7" },
        { "do": "press", "key": "k", "link": LINK, "answers": { "size": "s" } },
        { "do": "renew_payment", "key": "pay_expired" },
        { "do": "renew_payment", "key": "pay_x" },
        { "do": "note", "delivery": "dlv_1", "state": "read", "at": 5, "code": "c", "message": "m" },
        { "do": "note", "delivery": "dlv_2", "state": "read" },
    ])
}

#[test]
fn each_call_says_what_was_asked_and_answers_what_the_server_said() {
    on_host(async {
        let (told, report, desk, _) = Bench::new().await.play(script()).await;
        assert!(report.end.is_ok(), "{:?}", report.end);
        assert_eq!((told[0][0]["id"].as_str(), told[0].as_array().map(Vec::len)), (Some(LINK), Some(1)));
        assert_eq!((&told[0][0]["price"], &told[0][0]["questions"][0]["choices"][0][0]), (&json!(PRICE), &json!("m")));
        assert_eq!(told[1]["error"], "invalid");
        assert_eq!(
            (&told[2]["minor"], &told[2]["faults"]),
            (&json!(2 * PRICE), &json!([["answers/size", "Choose a size.", true]]))
        );
        assert_eq!((&told[3]["id"], &told[3]["link"]), (&json!("pay_k"), &json!(LINK)));
        assert_eq!((&told[4]["error"], &told[6]["error"]), (&json!("invalid"), &json!("conflict")));
        assert_eq!(
            (&told[5]["status"], &told[7], &told[8]["error"]),
            (&json!("created"), &json!("noted"), &json!("not-found"))
        );
        let pressed = desk.pressed.lock().unwrap()["k"].clone();
        assert_eq!(pressed.channel.map(|channel| channel.conversation).as_deref(), Some("7"));
        let noted = desk.receipts.lock().unwrap().clone();
        assert_eq!((noted.len(), noted[0].state.as_str(), noted[0].at), (1, "read", 5));
        let calls: Vec<&str> = report.steps.iter().map(|step| step.call.as_str()).collect();
        assert_eq!(calls[..4], ["links.read", "links.read", "links.quote", "links.press"]);
        assert_eq!(calls[5..], ["payments.renew", "payments.renew", "receipts.note", "receipts.note"]);
    });
}

#[test]
fn a_replay_and_a_resumed_run_are_answered_from_the_record_and_press_nothing() {
    on_host(async {
        let bench = Bench::new().await;
        let (runtime, plugin) = (bench.runtime.clone(), Arc::clone(&bench.plugin));
        let context = bench.context(&script());
        let (told, report, _, _) = bench.play_in(context.clone()).await;
        let recorded = RunContext { recorded: report.steps.clone(), ..context };
        let fresh = Arc::new(Desk::default());
        let replayed = runtime.replay(&plugin, crate::bench::deliver(), recorded.clone(), fresh.clone()).await;
        assert_eq!(trace(&replayed), told);
        let resumed = runtime.call(&plugin, crate::bench::deliver(), recorded.clone(), fresh.clone()).await;
        assert_eq!(trace(&resumed), told);
        // Another version of the plugin, which presses what the recorded one did not.
        let other = RunContext {
            settings:
                json!({ "script": [{ "do": "press", "key": "other", "link": LINK, "answers": { "size": "m" } }] })
                    .to_string(),
            ..recorded
        };
        let shadow = runtime.shadow(&plugin, crate::bench::deliver(), other, fresh.clone()).await;
        assert_eq!(trace(&shadow)[0]["error"], "unavailable");
        assert!(fresh.pressed.lock().unwrap().is_empty() && fresh.receipts.lock().unwrap().is_empty());
    });
}

#[test]
fn a_renewed_secret_goes_out_at_once_and_neither_value_is_seen() {
    on_host(async {
        let mut bench = Bench::new().await;
        let next = "67890:shield";
        bench.desk.renewals.insert("token".to_owned(), next.to_owned());
        let url = format!("{}/echo/bot{{{{secret:token}}}}", bench.remote.url);
        let send = json!({ "do": "send", "url": url, "slots": [["token", "path", ""]] });
        let renews = |name: &str| json!({ "do": "renew_secret", "key": name });
        let script = json!([send, renews("token"), send, renews("other")]);
        let (told, report, desk, remote) = bench.play(script).await;
        assert_eq!(told[1], json!(EXPIRES_AT));
        assert_eq!(told[3], json!({ "error": "not-granted", "retryable": false }));
        assert_eq!(remote.seen(), ["GET /echo/bot12345:sword%22fish", "GET /echo/bot67890:shield"]);
        let kept = serde_json::to_string(&(desk.steps(), &report.steps, &told)).unwrap();
        assert!(!kept.contains(next) && !kept.contains("sword"), "{kept}");
    });
}

fn wish() -> Call {
    let addresses =
        vec![Address { path: "update".to_owned(), url: "https://pay.example.am/hooks/i/update".to_owned() }];
    Call::Connect(Wish { addresses, only_look: true, extra: Vec::new() })
}

#[test]
fn a_set_up_ends_with_what_it_found_or_with_an_outcome() {
    on_host(async {
        let bench = Bench::new().await;
        let mut context = bench.context(&json!([]));
        let long = "x".repeat(2_000);
        let settings = json!({
            "script": [{ "do": "keep_told", "key": "wish" }],
            "findings": [["webhook", "made", TOKEN], ["token", "strange", long]],
        });
        context.settings = settings.to_string();
        let desk = Arc::new(bench.desk);
        let report = bench.runtime.call(&bench.plugin, wish(), context.clone(), desk.clone()).await;
        let end = report.end.clone().expect("an end");
        assert_eq!((end.kind.word(), end.message.as_str()), ("done", "webhook: made, token: unknown"));
        let found: Vec<_> = report.answer.findings.iter().map(|one| (one.name.as_str(), one.state)).collect();
        assert_eq!(found, [("webhook", Found::Made), ("token", Found::Unknown)]);
        assert_eq!(
            (report.answer.findings[0].message.as_str(), report.answer.findings[1].message.len()),
            ("[secret token]", 1024)
        );
        let kept = desk.state.lock().unwrap()["wish"].0.value.clone();
        let asked: Value = serde_json::from_slice(&kept).unwrap();
        assert_eq!(
            asked,
            json!({ "addresses": [["update", "https://pay.example.am/hooks/i/update"]], "only_look": true })
        );

        let recorded = RunContext { recorded: report.steps.clone(), ..context.clone() };
        let replayed = bench.runtime.replay(&bench.plugin, wish(), recorded, desk.clone()).await;
        assert_eq!((replayed.end, replayed.answer.findings), (report.end, report.answer.findings));

        context.settings = json!({ "message": "the service is down" }).to_string();
        let report = bench.runtime.call(&bench.plugin, wish(), context.clone(), desk.clone()).await;
        assert_eq!(
            (report.end.expect("an end").message.as_str(), report.answer.findings.len()),
            ("the service is down", 0)
        );
        context.settings = json!({ "script": [{ "do": "panic" }] }).to_string();
        let report = bench.runtime.call(&bench.plugin, wish(), context, desk).await;
        assert!(matches!(report.end, Err(RunFailure::Trap(_))) && report.answer.findings.is_empty());
    });
}
