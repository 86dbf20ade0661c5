//! A page that is open learns that it is not right any more: by one answer, or by a stream that tells every change. Neither
//! writes anything, says anything of anybody, or holds the server up.

use kamurj_sandbox::bank::{Lookup, Webhooks};
use kamurj_tests::acts::{cancels, order_at_the_bank};
use kamurj_tests::front::{ELSEWHERE, HOME, PHONE};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{changes, id, lesson, makes};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// How long anything may take here.
const DEADLINE: Duration = Duration::from_mins(1);

async fn status(world: &World, link: &str) -> Answer {
    Answer::to(world.at(HOME, Method::GET, &format!("{link}/status"))).await
}

async fn state(world: &World, link: &str) -> String {
    let answer = status(world, link).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{}", answer.body);
    answer.body["state"].as_str().expect("a state").to_owned()
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("not seen in {DEADLINE:?}: {what}"))
}

/// Waits until the server knows that nobody follows any more.
async fn nobody_follows(world: &World) {
    let left = async {
        while world.app().front.streams.count() > 0 {
            let alive = Answer::to(world.http.get(format!("{}/livez", world.url))).await;
            assert_eq!(alive.status, 200);
        }
    };
    in_time("the seats are free", left).await;
}

story!(the_status_says_in_one_word_what_the_page_shows_and_nothing_of_anybody, |world| {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let address = link(&world.orders("A-1", "12500").await);
    let first = status(world, &address).await;
    let names: Vec<&String> = first.body.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["state", "version", "changed_at", "next_poll_ms"]);
    assert_eq!((&first.body["state"], &first.body["next_poll_ms"]), (&json!("ready"), &json!(10_000)));
    let page = world.opens(&address).await;
    let shown = format!("data-state=\"ready\" data-version=\"{}\"", first.body["version"]);
    assert!(page.html.contains(&shown), "the page knows what it shows: {}", page.html);

    let bank = world.goes_to_the_bank(&address).await;
    assert_eq!(state(world, &address).await, "unfinished");
    assert_eq!(status(world, &address).await.body["next_poll_ms"], json!(3_000));
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Pending);
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    world.comes_back(&back).await;
    assert_eq!(state(world, &address).await, "failed");
    world.pays(&address).await;
    let last = status(world, &address).await;
    assert_eq!((&last.body["state"], &last.body["next_poll_ms"]), (&json!("paid"), &Value::Null));
    assert!(last.body["version"].as_i64() > first.body["version"].as_i64());

    let withdrawn = world.orders("A-2", "100").await;
    cancels(world, id(&withdrawn)).await;
    assert_eq!(state(world, &link(&withdrawn)).await, "cancelled");
    let sold = makes(world, &lesson()).await;
    let url = sold["url"].as_str().expect("an address");
    assert_eq!(state(world, url).await, "ready");
    changes(world, &sold, &json!({ "active": false, "off_reason": { "en": "Sold out" } })).await;
    assert_eq!(state(world, url).await, "closed");
});

story!(h1_the_status_of_an_unknown_link_is_the_answer_of_its_page, |world| {
    for token in ["AAAAAAAAAAAAAAAAAAAAAA", "nobody", "%FF"] {
        let page = Answer::to(world.http.get(format!("{}/p/{token}", world.url))).await;
        let asked = status(world, &format!("/p/{token}")).await;
        assert_eq!((asked.status, page.status), (404, 404));
        assert_eq!(asked.header("content-type"), page.header("content-type"));
        let heading = |answer: &Answer| answer.body.as_str().and_then(|html| html.split("<h1>").nth(1)).map(str::len);
        assert_eq!(heading(&asked), heading(&page));
    }
});

story!(asking_for_the_status_writes_nothing_and_has_the_bank_asked_more_often, |world| {
    let (_, _) = order_at_the_bank(world, "A-1", "100").await;
    let address = world.app().checkout_url(&world.payment().await).expect("an address");
    let before = world.books().await;
    for agent in ["WhatsApp/2.23.20.0", "curl/8.5.0"] {
        for accept in ["application/json", "text/event-stream"] {
            let request = world.http.head(format!("{address}/status"));
            let answer = Answer::to(request.header("user-agent", agent).header("accept", accept)).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-type"), "application/json", "a head is no stream");
        }
    }
    assert_eq!(world.app().watching.count(), 0, "robots wait for nothing");
    status(world, &address).await;
    assert_eq!(world.app().watching.count(), 1, "somebody looks at it");
    assert_eq!(world.books().await, before);
});

story!(a_stream_tells_every_change_at_once_and_ends_with_the_payment, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    let mut follower = world.follows_page(&address).await;
    let first = in_time("the first word", follower.hears()).await.expect("a state");
    assert_eq!(first, status(world, &address).await.body, "told at once, and the same");
    let bank = world.goes_to_the_bank(&address).await;
    assert_eq!(in_time("the press", follower.hears_of()).await.as_deref(), Some("unfinished"));
    world.does_at_the_bank(&bank, "decline").await;
    world.settles().await;
    assert_eq!(in_time("the decline", follower.hears_of()).await.as_deref(), Some("failed"));
    world.pays(&address).await;
    let mut last = String::new();
    while let Some(state) = in_time("the rest", follower.hears_of()).await {
        last = state;
    }
    assert_eq!(last, "paid", "and then nothing more comes");
    nobody_follows(world).await;
});

story!(a_quiet_stream_gives_signs_of_life_finds_out_what_nobody_told_and_does_not_last_for_ever, |world| {
    world.has_in_front(|front| front.streams.heartbeat = Duration::from_millis(20)).await;
    let address = link(&world.orders("A-1", "12500").await);
    let mut follower = world.follows_page(&address).await;
    assert_eq!(in_time("the first word", follower.hears_of()).await.as_deref(), Some("ready"));
    assert_eq!(in_time("a sign of life", follower.hears()).await, Some(Value::Null));
    // Its time ends, and nothing is committed that could be told.
    world.clock.pass(365 * 24 * 3_600_000);
    assert_eq!(in_time("the end of its time", follower.hears_of()).await.as_deref(), Some("expired"));
    assert_eq!(in_time("the end", follower.hears()).await, None);

    world.has_in_front(|front| front.streams.longest = Duration::from_millis(200)).await;
    let address = link(&world.orders("A-2", "12500").await);
    let mut follower = world.follows_page(&address).await;
    let mut states = Vec::new();
    while let Some(told) = in_time("its end", follower.hears()).await {
        states.extend(told["state"].as_str().map(str::to_owned));
    }
    assert_eq!(states, ["ready"], "it ended by itself");
    nobody_follows(world).await;
});

story!(so_many_follow_a_payment_an_address_and_all_together_and_others_are_told_to_ask, |world| {
    world.stands_behind_a_proxy().await;
    world
        .has_in_front(|front| {
            (front.streams.per_payment, front.streams.per_address, front.streams.in_all) = (2, 3, 4);
        })
        .await;
    let mut links = Vec::new();
    for number in 0..4 {
        links.push(link(&world.orders(&format!("A-{number}"), "100").await));
    }
    let asks = async |address: &str, link: &str| {
        let request = world.http.get(format!("{link}/status")).header("user-agent", PHONE);
        let request = request.header("accept", "text/event-stream").header("x-forwarded-for", address);
        let response = request.send().await.expect("the server answers");
        let retry_after = response.headers().get("retry-after").is_some();
        assert_eq!(response.status() == 503, retry_after, "who is sent away is told when to come back");
        response
    };
    let mut seats = Vec::new();
    for (address, link, expected) in [
        (HOME, &links[0], 200),
        (HOME, &links[0], 200),
        (ELSEWHERE, &links[0], 503),
        (HOME, &links[1], 200),
        (HOME, &links[2], 503),
        (ELSEWHERE, &links[2], 200),
        (ELSEWHERE, &links[3], 503),
    ] {
        let response = asks(address, link).await;
        assert_eq!(response.status(), expected, "{address} {link}");
        if expected == 200 {
            seats.push(response);
        } else {
            let told: Value = serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
            assert_eq!(
                (&told["state"], &told["next_poll_ms"]),
                (&json!("ready"), &json!(10_000)),
                "it is told all the same"
            );
        }
    }
    let polled = Answer::to(world.at(ELSEWHERE, Method::GET, &format!("{}/status", links[3]))).await;
    assert_eq!(polled.status, 200, "asking needs no seat");
    drop(seats);
    nobody_follows(world).await;
    assert_eq!(asks(ELSEWHERE, &links[3]).await.status(), 200);
});

story!(whoever_follows_holds_no_connection_of_the_database_and_is_let_go_when_the_server_stops, |world| {
    let address = link(&world.orders("A-1", "12500").await);
    world.has_in_front(|front| (front.streams.per_payment, front.streams.per_address) = (100, 100)).await;
    let mut followers = Vec::new();
    // More than there are connections to either database.
    for _ in 0..64 {
        let mut follower = world.follows_page(&address).await;
        assert_eq!(in_time("the first word", follower.hears_of()).await.as_deref(), Some("ready"));
        followers.push(follower);
    }
    assert_eq!(world.app().front.streams.count(), 64);
    assert_eq!(world.opens(&address).await.status, 200, "others are served");
    world.app().front.streams.end();
    for follower in &mut followers {
        assert_eq!(in_time("the end", follower.hears()).await, None);
    }
});

mod a_stream_hears_through_redis_what_another_node_did {
    use super::*;
    use kamurj_domain::Clock;
    use kamurj_server::ambient::SystemClock;
    use kamurj_tests::front::Follower;
    use kamurj_tests::integrator::order;
    use kamurj_tests::process::Process;
    use kamurj_tests::redis::Redis;

    const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

    async fn tell() {
        let redis = Redis::start();
        let servers = Process::start_two_sharing(PROGRAM, redis.url()).await;
        let asked = servers.asks(&servers.url, Method::POST, "/v1/payments").json(&order("A-1", "100"));
        let made = Answer::to(asked).await.body;
        let path = link(&made).replace(&servers.url, "");
        let request = servers.http.get(format!("{}{path}/status", servers.other_url));
        let mut follower = Follower::of(request.header("accept", "text/event-stream")).await;
        assert_eq!(in_time("the first word", follower.hears_of()).await.as_deref(), Some("ready"));
        let began = SystemClock.now();
        let cancel = format!("/v1/payments/{}/cancel", id(&made));
        let cancelled = servers.asks(&servers.url, Method::POST, &cancel).json(&json!({ "reason": "sold out" }));
        assert_eq!(Answer::to(cancelled).await.status, 200);
        assert_eq!(in_time("the news", follower.hears_of()).await.as_deref(), Some("cancelled"));
        let took = SystemClock.now() - began;
        assert!(took < 10_000, "before the slow poll of fifteen seconds, not after {took} ms");
        assert_eq!(in_time("the end", follower.hears_of()).await, None);
    }

    #[test]
    fn redis() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(tell());
    }
}
