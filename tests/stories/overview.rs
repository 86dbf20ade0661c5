//! The overview: what was paid, how far each channel's payments came and what waits, of the merchant who asks and of nobody else.

use kamurj_domain::Mode;
use kamurj_server::install;
use kamurj_tests::acts::{drams, exceptions, gives_back, order_at_the_bank};
use kamurj_tests::clock::hours;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, reads, with};
use kamurj_tests::world::every_scope;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

async fn overview(world: &World, key: &str) -> Value {
    let answer = Answer::to(world.asks(key, Method::GET, "/v1/overview")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn sum(count: i64, value: &str) -> Value {
    json!({ "count": count, "amounts": [drams(value)] })
}

fn nothing() -> Value {
    json!({ "count": 0, "amounts": [] })
}

/// A payment that came from a chat.
async fn from_telegram(world: &World, number: &str, price: &str) -> Value {
    let channel = json!({ "plugin": "telegram", "conversation": "5550001234" });
    let made = world.creates(&with(order(number, price), "channel", channel)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

story!(the_overview_tells_what_was_paid_and_what_waits_and_a_neighbour_sees_nothing_of_it, |world| {
    let empty = overview(world, &world.api_key).await;
    assert_eq!((&empty["today"], &empty["oldest_unknown"], &empty["channels"]), (&nothing(), &Value::Null, &json!([])));
    assert_eq!(empty["days"].as_array().map(Vec::len), Some(30));

    let ani = from_telegram(world, "A-1", "12500").await;
    world.pays(&link(&ani)).await;
    world.settles().await;
    from_telegram(world, "A-2", "300").await;
    let davit = world.orders("A-3", "1000").await;
    world.pays(&link(&davit)).await;
    world.settles().await;
    let sorry = world.orders("A-4", "700").await;
    world.is_declined(&link(&sorry), 1).await;
    gives_back(world, id(&davit), Some("400")).await;
    world.settles().await;
    let (waits, _) = order_at_the_bank(world, "A-5", "800").await;

    let seen = overview(world, &world.api_key).await;
    for period in ["today", "month"] {
        assert_eq!(seen[period], sum(2, "13500"), "{period}: a payment that was given back was paid all the same");
    }
    assert_eq!((&seen["yesterday"], &seen["last_month"]), (&nothing(), &nothing()));
    assert_eq!(seen["refunded_month"], sum(1, "400"));
    let days = seen["days"].as_array().expect("days");
    assert_eq!(days[29], json!({ "day": "2026-11-21", "count": 2, "amount": drams("13500") }));
    assert_eq!(days[0], json!({ "day": "2026-10-23", "count": 0, "amount": drams("0") }));
    let channel = |name: &str, opened: i64, [made, tried, paid]: [i64; 3]| json!({ "channel": name, "made": made, "opened": opened, "tried": tried, "paid": paid });
    assert_eq!(seen["channels"], json!([channel("direct", 3, [3, 3, 1]), channel("telegram", 1, [2, 1, 1])]));
    let declines = seen["declines"].as_array().expect("declines");
    assert_eq!(declines.iter().map(|line| line["count"].as_i64()).collect::<Vec<_>>(), [Some(1)], "{seen}");
    assert_eq!(
        (&seen["oldest_unknown"]["payment"], &seen["oldest_unknown"]["order_id"]),
        (&json!(waits), &json!("A-5"))
    );
    assert_eq!(seen["exceptions_open"], exceptions(world, "").await.len());

    let neighbour = world.flower_shop().await;
    let app = world.app();
    let (_, live) = install::api_key(&app, &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    for key in [&neighbour.api_key, &live] {
        let theirs = overview(world, key).await;
        for period in ["today", "yesterday", "month", "last_month", "refunded_month"] {
            assert_eq!(theirs[period], nothing(), "{period}");
        }
        assert!(theirs["days"].as_array().expect("days").iter().all(|day| day["count"] == 0), "{theirs}");
        assert_eq!(
            (&theirs["channels"], &theirs["declines"], &theirs["oldest_unknown"]),
            (&json!([]), &json!([]), &Value::Null)
        );
    }

    // Sixteen hours after noon it is tomorrow in Yerevan.
    world.clock.pass(hours(16));
    let later = overview(world, &world.api_key).await;
    assert_eq!(
        (&later["today"], &later["yesterday"], &later["month"]),
        (&nothing(), &sum(2, "13500"), &sum(2, "13500"))
    );
});

story!(an_amount_in_the_search_box_finds_payments_of_it_after_those_that_are_called_so, |world| {
    for (number, price) in [("A-1", "12500"), ("12500", "300"), ("A-3", "12500")] {
        world.orders(number, price).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = reads(world, &format!("/v1/payments?q=12500&limit=1{cursor}")).await.body;
        seen.push(page["payments"][0]["order_id"].as_str().expect("an order").to_owned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["12500", "A-3", "A-1"]);
    let spaced = reads(world, "/v1/payments?q=12%20500").await.body;
    assert_eq!(spaced["payments"].as_array().map(Vec::len), Some(2), "{spaced}");
});
