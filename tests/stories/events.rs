//! `/v1/events`: what was announced, in order, to its merchant and mode alone.

use kamurj_domain::Mode;
use kamurj_server::install;
use kamurj_tests::acts::{gives_back, paid_order};
use kamurj_tests::clock::seconds;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, reads};
use kamurj_tests::world::every_scope;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::Value;

/// A page of events: their types with their payments' order numbers, and where to go on.
async fn page(world: &World, query: &str) -> (Vec<String>, String) {
    let answer = reads(world, &format!("/v1/events?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let events = answer.body["events"].as_array().expect("a list");
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = events.iter().map(|event| format!("{} {}", word(&event["type"]), word(&event["payment"]["order_id"])));
    (told.collect(), word(&answer.body["next_cursor"]))
}

/// Every event that there is, page by page.
async fn all(world: &World, limit: usize) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let from = if after.is_empty() { String::new() } else { format!("&after={after}") };
        let (told, next) = page(world, &format!("limit={limit}{from}")).await;
        assert!(told.len() <= limit);
        if told.is_empty() {
            assert_eq!(next, after, "it stays where it is until something happens");
            return seen;
        }
        (seen, after) = ([seen, told].concat(), next);
    }
}

story!(events_are_told_once_in_the_order_in_which_they_happened, |world| {
    let payment = world.orders("A-1", "12500").await;
    assert_eq!(page(world, "").await.0, Vec::<String>::new(), "not before they have settled");
    world.passes(seconds(2)).await;
    world.orders("A-2", "700").await;
    world.passes(seconds(2)).await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    world.passes(seconds(2)).await;
    let expected =
        ["payment.created A-1", "payment.created A-2", "payment.pending A-1", "payment.paid A-1"].map(str::to_owned);
    for limit in [1, 2, 3, 200] {
        assert_eq!(all(world, limit).await, expected, "{limit}");
    }
    let listed = reads(world, "/v1/events").await.body;
    let event = &listed["events"][3];
    assert!(event["id"].as_str().is_some_and(|id| id.starts_with("evt_")), "{event}");
    assert_eq!((&event["payment"]["status"], id(&event["payment"])), (&"paid".into(), id(&payment)));
    assert_eq!(listed["events"][0]["payment"]["status"], "paid", "the payment is shown as it stands");
    assert_eq!(reads(world, "/v1/events").await.body, listed, "nothing about an event ever changes");

    let (_, cursor) = page(world, "").await;
    let (_, latest) = page(world, "after=latest").await;
    world.passes(seconds(60)).await;
    gives_back(world, id(&payment), Some("2500")).await;
    world.settles().await;
    gives_back(world, id(&payment), Some("500")).await;
    world.settles().await;
    world.passes(seconds(2)).await;
    let news = ["payment.partially_refunded A-1"; 2].map(str::to_owned);
    assert_eq!(page(world, &format!("after={cursor}")).await.0, news, "each further part is told");
    assert_eq!(page(world, &format!("after={latest}")).await.0, news, "and what was before `latest` is not");
});

story!(types_are_chosen_and_a_wrong_question_names_its_field, |world| {
    paid_order(world, "A-1", "12500").await;
    world.orders("A-2", "700").await;
    world.passes(seconds(2)).await;
    let (told, cursor) = page(world, "types=payment.paid,payment.refunded").await;
    assert_eq!(told, ["payment.paid A-1"]);
    assert_eq!(page(world, "types=payment.created&limit=1").await.0, ["payment.created A-1"]);
    paid_order(world, "A-3", "300").await;
    world.passes(seconds(2)).await;
    let next = format!("types=payment.paid,payment.refunded&after={cursor}");
    assert_eq!(page(world, &next).await.0, ["payment.paid A-3"]);
    for (query, pointer) in [
        ("types=payment.lost", "/types"),
        ("types=", "/types"),
        ("types=payment.paid,", "/types"),
        ("after=yesterday", "/after"),
        ("after=5_pay_1", "/after"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
    ] {
        let answer = reads(world, &format!("/v1/events?{query}")).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
});

story!(h1_nobody_hears_of_anothers_payments_nor_test_of_live, |world| {
    let neighbour = world.flower_shop().await;
    paid_order(world, "A-1", "12500").await;
    let asks = |key: &str, method| world.asks(key, method, "/v1/payments");
    let theirs = Answer::to(asks(&neighbour.api_key, Method::POST).json(&order("B-1", "300"))).await;
    assert_eq!(theirs.status, 201, "{}", theirs.body);
    let app = world.app();
    let (_, live) = install::api_key(&app, &world.merchant, Mode::Live, every_scope("stories")).await.expect("a key");
    let ours_live = Answer::to(asks(&live, Method::POST).json(&order("L-1", "300"))).await;
    assert_eq!(ours_live.status, 201, "{}", ours_live.body);
    world.passes(seconds(2)).await;
    let heard = async |key: &str| {
        let body = Answer::to(world.asks(key, Method::GET, "/v1/events")).await.body;
        let events = body["events"].as_array().expect("a list").clone();
        let orders = events.into_iter().map(|event| event["payment"]["order_id"].as_str().unwrap().to_owned());
        orders.collect::<Vec<_>>()
    };
    assert_eq!(heard(&neighbour.api_key).await, ["B-1"]);
    assert_eq!(heard(&live).await, ["L-1"]);
    assert_eq!(heard(&world.api_key).await, ["A-1"; 3]);
    Answer::to(world.http.get(format!("{}/v1/events", world.url))).await.is_problem(401, "unauthorized");
});
