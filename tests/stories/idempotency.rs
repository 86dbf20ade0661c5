//! `Idempotency-Key`: the same request twice is one request, at once, later, and across a crash; an order number is taken
//! for ever.

use kamurj_server::milestones::Milestone;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{at_once, id, lesson, makes, path, reads};
use kamurj_tests::{World, story};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const DAY: i64 = hours(24);

/// A write, as an integrator sends it.
struct Ask {
    method: Method,
    path: String,
    body: String,
}

impl Ask {
    fn new(method: Method, path: &str, body: &Value) -> Self {
        Self { method, path: path.to_owned(), body: body.to_string() }
    }

    fn keyed(&self, world: &World, key: &str) -> RequestBuilder {
        let request = world.asks(&world.api_key, self.method.clone(), &self.path).header("idempotency-key", key);
        request.header("content-type", "application/json").body(self.body.clone())
    }
}

async fn sends(world: &World, ask: &Ask, key: &str) -> Answer {
    Answer::to(ask.keyed(world, key)).await
}

fn create(order_id: &str) -> Ask {
    Ask::new(Method::POST, "/v1/payments", &order(order_id, "12500"))
}

/// One write of every kind, each ready to be done: to payments that are unpaid, withdrawn, paid, in review and failed.
async fn writes(world: &mut World) -> Vec<Ask> {
    let mut waiting = Vec::new();
    for number in 0..4 {
        let made = world.orders(&format!("waits-{number}"), "12500").await;
        waiting.push(format!("/v1/payments/{}", id(&made)));
    }
    let paid = world.orders("paid", "12500").await;
    world.pays(&link(&paid)).await;
    world.settles().await;
    let card = makes(world, &lesson()).await;
    let amount = json!({ "value": "500", "currency": "AMD" });
    let decision = json!({ "outcome": "paid", "reason": "paid in the shop", "evidence": "receipt 17" });
    vec![
        create("A-1"),
        Ask::new(Method::PATCH, &waiting[0], &json!({ "description": "with candles" })),
        Ask::new(Method::POST, &format!("{}/cancel", waiting[1]), &json!({ "reason": "sold out" })),
        Ask::new(Method::POST, &format!("{}/resolve", waiting[2]), &decision),
        Ask::new(Method::POST, &format!("{}/refresh", waiting[3]), &json!({})),
        Ask::new(
            Method::POST,
            &format!("/v1/payments/{}/refunds", id(&paid)),
            &json!({ "amount": amount, "reason": "one candle too few" }),
        ),
        Ask::new(Method::POST, "/v1/payment-links", &lesson()),
        Ask::new(Method::PATCH, &path(&card), &json!({ "metadata": { "room": 7 } })),
        Ask::new(Method::POST, &format!("{}/payments", path(&card)), &json!({ "form_key": "form" })),
    ]
}

/// Everything that writes of the API change.
async fn all(world: &World) -> Vec<String> {
    let mut books = world.books().await;
    books.push(reads(world, "/v1/payment-links").await.body.to_string());
    books
}

story!(e13_the_same_key_and_body_get_the_same_answer_and_another_body_none, |world| {
    for (number, ask) in writes(world).await.into_iter().enumerate() {
        let key = format!("key-{number}");
        let first = sends(world, &ask, &key).await;
        assert!(matches!(first.status, 200 | 201), "{}: {}", ask.path, first.body);
        let after = all(world).await;
        let again = sends(world, &ask, &key).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{}", ask.path);
        let longer = Ask { body: format!("{} ", ask.body), ..Ask::new(ask.method.clone(), &ask.path, &json!({})) };
        sends(world, &longer, &key).await.is_problem(422, "idempotency-key-reused");
        let unreadable = Ask { body: "{".to_owned(), ..longer };
        sends(world, &unreadable, &key).await.is_problem(422, "idempotency-key-reused");
        sends(world, &Ask::new(Method::POST, "/v1/payments", &order("B-1", "1")), &key)
            .await
            .is_problem(422, "idempotency-key-reused");
        assert_eq!(all(world).await, after, "{}: done once", ask.path);
    }
});

story!(e13_an_answer_is_kept_thirty_days_and_an_order_number_is_taken_for_ever, |world| {
    let ask = create("A-1");
    let first = sends(world, &ask, "key-1").await;
    assert_eq!(first.status, 201);
    world.passes(DAY * 29).await;
    assert_eq!(world.payment().await.status.word(), "expired");
    let again = sends(world, &ask, "key-1").await;
    assert_eq!((again.status, &again.body), (201, &first.body), "as it was answered then");
    world.passes(DAY * 2).await;
    sends(world, &ask, "key-1").await.is_problem(409, "order-taken");
    assert_eq!(sends(world, &create("A-2"), "key-1").await.status, 201, "the key is free again");
    assert_eq!(world.payments().await.len(), 2);
    for wrong in ["", &"k".repeat(256)] {
        sends(world, &create("A-3"), wrong).await.is_problem(400, "malformed");
    }

    let cancel = format!("/v1/payments/{}/cancel", id(&world.shown("A-2").await));
    assert_eq!(sends(world, &Ask::new(Method::POST, &cancel, &json!({})), "key-2").await.status, 200);
    world.passes(DAY * 400).await;
    for order_id in ["A-1", "A-2"] {
        world.creates(&order(order_id, "12500")).await.is_problem(409, "order-taken");
    }
});

story!(e13_a_refused_request_does_not_use_its_key_up, |world| {
    let paid = world.orders("paid", "100").await;
    world.pays(&link(&paid)).await;
    world.settles().await;
    let refunds = format!("/v1/payments/{}/refunds", id(&paid));
    let refund = |drams: &str| {
        let amount = json!({ "value": drams, "currency": "AMD" });
        Ask::new(Method::POST, &refunds, &json!({ "amount": amount, "reason": "a stale cake" }))
    };
    sends(world, &refund("101"), "key-1").await.is_problem(409, "not-now");
    sends(world, &refund("0"), "key-1").await.is_problem(422, "invalid");
    assert_eq!(sends(world, &refund("100"), "key-1").await.status, 201);
    let wrong = Ask::new(Method::POST, "/v1/payments", &order("A-1", "0"));
    sends(world, &wrong, "key-2").await.is_problem(422, "invalid");
    assert_eq!(sends(world, &create("A-1"), "key-2").await.status, 201);
});

story!(e13_sixty_four_writes_at_once_with_one_key_are_one_write, |world| {
    for (number, ask) in writes(world).await.into_iter().enumerate() {
        let key = format!("key-{number}");
        let answers = at_once((0..64).map(|_| ask.keyed(world, &key)).collect()).await;
        let (done, waiting): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 300);
        let first = done.first().unwrap_or_else(|| panic!("{}: nobody was answered: {waiting:?}", ask.path));
        for answer in &done {
            assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{}", ask.path);
        }
        for answer in waiting {
            answer.is_problem(409, "idempotency-key-in-flight");
        }
        let after = all(world).await;
        let again = sends(world, &ask, &key).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{}", ask.path);
        assert_eq!(all(world).await, after);
    }
    let count = |world: &World, wanted: &'static str| {
        let url = format!("/v1/payments?order_id={wanted}");
        let request = world.asks(&world.api_key, Method::GET, &url);
        async move { Answer::to(request).await.body["payments"].as_array().expect("a list").len() }
    };
    assert_eq!(count(world, "A-1").await, 1);
    assert_eq!(reads(world, "/v1/payment-links").await.body["links"].as_array().expect("a list").len(), 2);
    let refunds = format!("/v1/payments/{}/refunds", id(&world.shown("paid").await));
    assert_eq!(reads(world, &refunds).await.body["refunds"].as_array().expect("a list").len(), 1);
});

story!(e13_sixty_four_creates_at_once_for_one_order_make_one_payment, |world| {
    let asked = (0..64).map(|number| create("A-1").keyed(world, &format!("key-{number}")));
    let answers = at_once(asked.collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), world.payments().await.len()), (1, 1));
    for answer in refused {
        answer.is_problem(409, "order-taken");
    }
});

story!(e13_a_crash_between_work_and_answer_leaves_nothing_and_the_key_free, |world| {
    let asks = writes(world).await;
    for (number, ask) in asks.into_iter().enumerate() {
        world.settles().await;
        let before = all(world).await;
        world.trap.set(Milestone::BeforeCommit, 1);
        let request = ask.keyed(world, &format!("key-{number}"));
        let sent = tokio::spawn(async move { request.send().await.map(|answer| answer.status().as_u16()) });
        let answered = world.survives(sent).await;
        assert!(!matches!(answered, Some(Ok(_))), "{}: the server died under it: {answered:?}", ask.path);
        assert_eq!(all(world).await, before, "{}: nothing is half-done", ask.path);
        let again = sends(world, &ask, &format!("key-{number}")).await;
        assert!(matches!(again.status, 200 | 201), "{}: {}", ask.path, again.body);
    }
});

story!(e13_a_crash_after_the_answer_was_kept_leaves_the_answer, |world| {
    let asks = writes(world).await;
    for (number, ask) in asks.into_iter().enumerate() {
        world.settles().await;
        world.trap.set(Milestone::AfterCommit, 1);
        let request = ask.keyed(world, &format!("key-{number}"));
        let sent = tokio::spawn(async move { request.send().await.map(|answer| answer.status().as_u16()) });
        world.survives(sent).await;
        let after = all(world).await;
        let again = sends(world, &ask, &format!("key-{number}")).await;
        assert!(matches!(again.status, 200 | 201), "{}: {}", ask.path, again.body);
        assert_eq!(all(world).await, after, "{}: it was done before", ask.path);
        world.passes(minutes(1)).await;
    }
});
