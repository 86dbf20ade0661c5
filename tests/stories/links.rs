//! Payment links at the API: made, read, listed and changed; every wrong field named; nobody else's to see.

use kamurj_domain::Mode;
use kamurj_server::install;
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{changes, id, lesson, makes, path, posts, presses, reads, with};
use kamurj_tests::story;
use kamurj_tests::world::every_scope;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CARD: &str = "4111111111111111";

story!(a_link_is_made_read_listed_and_changed_as_it_was_asked_for, |world| {
    let asked = json!({
        "kind": "fixed", "title": { "hy": "Դաս", "ru": "Урок", "en": "A lesson" }, "description": { "hy": "Մեկ ժամ" },
        "amount": { "currency": "AMD", "value": "5000" }, "quantity": { "min": 2, "max": 8 },
        "delivery_options": [
            { "id": "room", "title": { "hy": "Դասարանում" }, "price": null },
            { "id": "home", "title": { "hy": "Տանը" }, "price": "1500" },
        ],
        "questions": [
            { "id": "name", "label": { "hy": "Անուն" }, "type": "text", "required": true, "personal": true, "max_length": 40 },
            { "id": "level", "label": { "hy": "Մակարդակ" }, "type": "choice", "required": false, "personal": false,
              "choices": [{ "id": "a1", "label": { "hy": "Սկսնակ" } }, { "id": "b1", "label": { "hy": "Միջին" } }] },
        ],
        "cap": 12, "valid_from": "2026-11-20T00:00:00Z", "valid_until": "2026-12-20T00:00:00Z",
        "payment_expires_in": 900, "active": true, "off_reason": null, "fulfilment": { "hy": "Սենյակ 7" },
        "metadata": { "course": 3 },
    });
    let made = makes(world, &asked).await;
    for (field, value) in asked.as_object().expect("an object") {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!((&made["mode"], &made["version"]), (&json!("test"), &json!(1)));
    assert_eq!(made["places"], json!({ "held": 0, "paid": 0 }));
    assert!(id(&made).starts_with("lnk_") && made["url"].as_str().is_some_and(|url| url.contains("/p/")));
    assert_eq!(reads(world, &path(&made)).await.body, made);

    let answer =
        changes(world, &made, &json!({ "title": { "en": "Two lessons" }, "cap": null, "quantity": null })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut expected = made.clone();
    expected["title"] = json!({ "en": "Two lessons" });
    expected["cap"] = Value::Null;
    expected["quantity"] = Value::Null;
    expected["version"] = json!(2);
    assert_eq!(answer.body, expected, "what is not named stays");
    assert_eq!(reads(world, &path(&made)).await.body, expected);

    let mut all = vec![id(&made).to_owned()];
    for _ in 0..4 {
        world.clock.pass(1);
        all.push(id(&makes(world, &lesson()).await).to_owned());
    }
    all.reverse();
    let mut listed = Vec::new();
    let mut next = "/v1/payment-links?limit=2".to_owned();
    loop {
        let page = reads(world, &next).await;
        assert_eq!(page.status, 200, "{}", page.body);
        listed.extend(page.body["links"].as_array().expect("links").iter().map(|link| id(link).to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        next = format!("/v1/payment-links?limit=2&cursor={cursor}");
    }
    assert_eq!(listed, all);
    for wrong in ["limit=0", "limit=201", "cursor=x", "cursor=5.pay_1"] {
        reads(world, &format!("/v1/payment-links?{wrong}")).await.is_problem(422, "invalid");
    }
});

story!(an_idempotency_key_makes_one_link_one_change_and_one_press, |world| {
    let ask = |method: Method, path: String, body: Value| {
        world.asks(&world.api_key, method, &path).header("idempotency-key", "key-1").json(&body)
    };
    let first = Answer::to(ask(Method::POST, "/v1/payment-links".to_owned(), lesson())).await;
    let again = Answer::to(ask(Method::POST, "/v1/payment-links".to_owned(), lesson())).await;
    assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
    let changed = Answer::to(ask(Method::PATCH, path(&first.body), json!({ "cap": 3 }))).await;
    changed.is_problem(422, "idempotency-key-reused");
    let patch = |key: &'static str| {
        let request = world.asks(&world.api_key, Method::PATCH, &path(&first.body));
        request.header("idempotency-key", key).json(&json!({ "cap": 3 }))
    };
    let (once, twice) = (Answer::to(patch("key-2")).await, Answer::to(patch("key-2")).await);
    assert_eq!((once.status, &once.body["version"]), (200, &json!(2)));
    assert_eq!(once.body, twice.body);
    let press = || {
        let request = world.asks(&world.api_key, Method::POST, &format!("{}/payments", path(&first.body)));
        request.header("idempotency-key", "key-3").json(&json!({}))
    };
    let (once, twice) = (Answer::to(press()).await, Answer::to(press()).await);
    assert_eq!((once.status, &once.body), (201, &twice.body));
    assert_eq!(world.payments().await.len(), 1);
    // The header is the form's key too: in the body it leads to the same payment.
    let known = presses(world, &first.body, "key-3", &json!({})).await;
    assert_eq!((known.status, id(&known.body)), (200, id(&once.body)));
});

story!(every_wrong_field_of_a_link_is_named_and_nothing_is_made, |world| {
    let amount = |value: Value| with(lesson(), "amount", value);
    let delivery = |value: Value| with(lesson(), "delivery_options", json!([value]));
    let question = |value: Value| with(lesson(), "questions", json!([value]));
    let title = || json!({ "en": "x" });
    let many = |count: usize, one: &dyn Fn(usize) -> Value| (0..count).map(one).collect::<Vec<_>>();
    let text = |n: usize| json!({ "id": format!("q{n}"), "label": title(), "type": "text" });
    let way = |n: usize| json!({ "id": format!("d{n}"), "title": title() });
    let cases = [
        ("/title", json!({ "amount": { "value": "1", "currency": "AMD" } })),
        ("/title", with(lesson(), "title", json!({}))),
        ("/title/hy", with(lesson(), "title", json!({ "hy": " " }))),
        ("/title/ru", with(lesson(), "title", json!({ "ru": "x".repeat(201) }))),
        ("/title/en", with(lesson(), "title", json!({ "en": CARD }))),
        ("/title/de", with(lesson(), "title", json!({ "de": "x" }))),
        ("/description/hy", with(lesson(), "description", json!({ "hy": "x".repeat(2_001) }))),
        ("/kind", with(lesson(), "kind", json!("many"))),
        ("/surprise", with(lesson(), "surprise", json!(1))),
        ("/amount", json!({ "title": title() })),
        ("/amount", amount(json!({ "currency": "AMD" }))),
        ("/amount/currency", amount(json!({ "currency": "XXX", "value": "1" }))),
        ("/amount/value", amount(json!({ "currency": "AMD", "value": "0.5" }))),
        ("/amount/min", amount(json!({ "currency": "AMD", "max": "5" }))),
        ("/amount/max", amount(json!({ "currency": "AMD", "min": "5" }))),
        ("/amount/max", amount(json!({ "currency": "AMD", "min": "5", "max": "4" }))),
        ("/amount/min", amount(json!({ "currency": "AMD", "min": "-5", "max": "4" }))),
        ("/amount/suggested", amount(json!({ "currency": "AMD", "min": "5", "max": "9", "suggested": "10" }))),
        ("/amount/min", amount(json!({ "currency": "AMD", "value": "5", "min": "1" }))),
        ("/quantity/min", with(lesson(), "quantity", json!({ "min": 0, "max": 2 }))),
        ("/quantity/max", with(lesson(), "quantity", json!({ "min": 3, "max": 2 }))),
        ("/quantity/max", with(lesson(), "quantity", json!({ "max": 10_001 }))),
        (
            "/quantity/max",
            with(amount(json!({ "currency": "AMD", "value": "9999999999999" })), "quantity", json!({ "max": 10 })),
        ),
        (
            "/quantity",
            with(amount(json!({ "currency": "AMD", "min": "1", "max": "9" })), "quantity", json!({ "max": 2 })),
        ),
        ("/delivery_options/0/id", delivery(json!({ "id": "At home", "title": title() }))),
        ("/delivery_options/0/title", delivery(json!({ "id": "home", "title": {} }))),
        ("/delivery_options/0/price", delivery(json!({ "id": "home", "title": title(), "price": "0" }))),
        ("/delivery_options/1/id", with(lesson(), "delivery_options", json!([way(1), way(1)]))),
        ("/delivery_options", with(lesson(), "delivery_options", json!(many(21, &way)))),
        ("/questions/0/id", question(json!({ "id": "", "label": title(), "type": "text" }))),
        ("/questions/0/label", question(json!({ "id": "q", "label": {}, "type": "text" }))),
        ("/questions/0/type", question(json!({ "id": "q", "label": title(), "type": "poem" }))),
        (
            "/questions/0/max_length",
            question(json!({ "id": "q", "label": title(), "type": "text", "max_length": 501 })),
        ),
        ("/questions/0/max_length", question(json!({ "id": "q", "label": title(), "type": "date", "max_length": 5 }))),
        ("/questions/0/choices", question(json!({ "id": "q", "label": title(), "type": "choice" }))),
        (
            "/questions/0/choices",
            question(
                json!({ "id": "q", "label": title(), "type": "text", "choices": [{ "id": "a", "label": title() }] }),
            ),
        ),
        (
            "/questions/0/choices/1/id",
            question(json!({ "id": "q", "label": title(), "type": "choice",
                "choices": [{ "id": "a", "label": title() }, { "id": "a", "label": title() }] })),
        ),
        ("/questions", with(lesson(), "questions", json!(many(11, &text)))),
        ("/cap", with(lesson(), "cap", json!(0))),
        ("/cap", with(lesson(), "cap", json!(1_000_001))),
        ("/cap", with(with(lesson(), "kind", json!("single_use")), "cap", json!(2))),
        ("/valid_from", with(lesson(), "valid_from", json!("tomorrow"))),
        ("/valid_until", with(lesson(), "valid_until", json!("2020-01-01T00:00:00Z"))),
        (
            "/valid_until",
            with(
                with(lesson(), "valid_from", json!("2027-01-02T00:00:00Z")),
                "valid_until",
                json!("2027-01-02T00:00:00Z"),
            ),
        ),
        ("/payment_expires_in", with(lesson(), "payment_expires_in", json!(299))),
        ("/payment_expires_in", with(lesson(), "payment_expires_in", json!(15_552_001))),
        ("/off_reason", with(lesson(), "active", json!(false))),
        ("/off_reason", with(lesson(), "off_reason", json!({ "en": "closed" }))),
        ("/fulfilment", with(lesson(), "fulfilment", json!({}))),
        ("/fulfilment/en", with(lesson(), "fulfilment", json!({ "en": "x".repeat(4_001) }))),
        ("/metadata", with(lesson(), "metadata", json!({ "card": CARD }))),
    ];
    let good = makes(world, &lesson()).await;
    for (pointer, body) in cases {
        let answer = posts(world, "/v1/payment-links", &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{body}: {}", answer.body);
    }
    for (pointer, body) in [
        ("/kind", json!({ "kind": "single_use" })),
        ("/id", json!({ "id": "lnk_2" })),
        ("/version", json!({ "version": 7 })),
        ("/title", json!({ "title": null })),
        ("/amount", json!({ "amount": { "currency": "AMD" } })),
        ("/off_reason", json!({ "active": false })),
        ("/active", json!({ "active": "no" })),
    ] {
        let answer = changes(world, &good, &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{body}: {}", answer.body);
    }
    // All faults of one body are told at once.
    let both = with(with(lesson(), "cap", json!(0)), "title", json!({}));
    let answer = posts(world, "/v1/payment-links", &both).await;
    assert_eq!(answer.pointers().into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(["/cap", "/title"]));
    let listed = reads(world, "/v1/payment-links").await.body;
    assert_eq!(listed["links"], json!([good]), "nothing was made or changed");
});

story!(h1_another_merchants_link_is_not_there_and_neither_is_the_other_modes, |world| {
    let neighbour = world.flower_shop().await;
    let (_, live) =
        install::api_key(&world.app(), &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    let link = makes(world, &lesson()).await;
    let nobodys = json!({ "id": "lnk_00000000000000000000000000" });
    for key in [&neighbour.api_key, &live] {
        for (method, rest, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(json!({ "cap": 1 }))),
            (Method::POST, "/payments", Some(json!({ "form_key": "k" }))),
        ] {
            let mut answers = Vec::new();
            for named in [&link, &nobodys] {
                let mut request = world.asks(key, method.clone(), &format!("{}{rest}", path(named)));
                if let Some(body) = &body {
                    request = request.json(body);
                }
                answers.push(Answer::to(request).await);
            }
            answers[0].is_problem(404, "not-found");
            assert_eq!(answers[0].body, answers[1].body);
        }
        let listed = Answer::to(world.asks(key, Method::GET, "/v1/payment-links")).await;
        assert_eq!(listed.body["links"], json!([]));
    }
    assert_eq!(reads(world, &path(&link)).await.body, link);
    assert!(world.payments().await.is_empty());
});
