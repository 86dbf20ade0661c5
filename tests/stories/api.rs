//! The API: payments made and read, wrong requests told field by field.

use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CARD: &str = "4111111111111111";

/// Asks for a payment with any body.
async fn asks(world: &World, body: impl Into<String>) -> Answer {
    let request = world.asks(&world.api_key, Method::POST, "/v1/payments").header("content-type", "application/json");
    Answer::to(request.body(body.into())).await
}

async fn reads(world: &World, path: &str) -> Answer {
    Answer::to(world.asks(&world.api_key, Method::GET, path)).await
}

/// An order with one field more.
fn with(field: &str, value: Value) -> Value {
    let mut body = order("A-1", "12500");
    body[field] = value;
    body
}

story!(a_payment_is_made_and_read_back_as_it_was_asked_for, |world| {
    let asked = json!({
        "order_id": "A-1042", "amount": { "value": "12500", "currency": "AMD" }, "description": "Մեղրով տորթ",
        "items": [{ "name": "Տորթ", "quantity": 2, "unit_price": "6000" }, { "name": "Մոմ", "unit_price": "500" }],
        "delivery": "Երևան, Աբովյան 1", "locale": "en", "expires_in": 3600, "return_url": "https://shop.example/thanks",
        "customer": { "name": "Անի", "phone": "+37491000000", "email": "ani@example.am", "id": "c-7" },
        "channel": { "plugin": "telegram", "conversation": "5550001234", "handle": "@ani", "language": "hy" },
        "crm": { "plugin": "bitrix24", "entity_type": "deal", "entity_id": "17" },
        "metadata": { "basket": 7, "note": "gift" },
    });
    let made = world.creates(&asked).await;
    assert_eq!((made.status, made.header("content-type")), (201, "application/json"), "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let shown = reads(world, &format!("/v1/payments/{}", made.body["id"].as_str().expect("an id"))).await;
    let mut read = made.body.clone();
    read["sends"] = json!([]);
    assert_eq!((shown.status, &shown.body), (200, &read));
    let mut expected = asked.clone();
    expected.as_object_mut().expect("an object").remove("expires_in");
    expected["items"][1]["quantity"] = json!(1);
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&made.body[field], value, "{field}");
    }
    assert_eq!((&made.body["status"], &made.body["mode"]), (&json!("created"), &json!("test")));
    assert_eq!(made.body["captured"], json!({ "value": "0", "currency": "AMD" }));
    assert_eq!(made.body["expires_at"], "2026-11-21T09:00:00Z");
    let journal = reads(world, &format!("/v1/payments/{}/journal", made.body["id"].as_str().expect("an id"))).await;
    assert_eq!(journal.body["entries"][0]["kind"], "payment.created");
});

story!(h3_no_form_of_a_wrong_key_opens_anything, |world| {
    let id = world.orders("A-1", "12500").await["id"].as_str().expect("an id").to_owned();
    let key = world.api_key.clone();
    let mut changed = key.clone();
    changed.pop();
    changed.push(if key.ends_with('0') { '1' } else { '0' });
    let forms = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some(key.clone()),
        Some(format!("bearer_{key}")),
        Some(format!("Basic {key}")),
        Some(format!("Bearer {changed}")),
        Some(format!("Bearer {}", &key[..key.len() - 1])),
        Some(format!("Bearer {key}x")),
        Some(format!("Bearer {}", key.replace("_test_", "_live_"))),
        Some("Bearer kmj_test_AAAAAAAAAAAAAAAAAAAAAA000000".to_owned()),
        Some("Bearer ' OR 1=1 --".to_owned()),
        Some("Bearer ключ".to_owned()),
    ];
    let paths = ["/v1/payments".to_owned(), format!("/v1/payments/{id}"), format!("/v1/payments/{id}/journal")];
    for form in forms {
        for path in &paths {
            let method = if *path == paths[0] { Method::POST } else { Method::GET };
            let mut request =
                world.http.request(method, format!("{}{path}", world.url)).body(order("A-2", "1").to_string());
            if let Some(form) = &form {
                request = request.header("authorization", form.as_bytes());
            }
            let answer = Answer::to(request).await;
            answer.is_problem(401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let by_query = world.http.get(format!("{}/v1/payments/{id}?access_token={key}", world.url));
    Answer::to(by_query).await.is_problem(401, "unauthorized");
    assert_eq!(world.payments().await.len(), 1);
});

story!(every_wrong_field_is_named_in_one_answer, |world| {
    let wrong = json!({
        "order_id": "", "amount": { "value": "12500", "currency": "AMD" }, "description": "x".repeat(501),
        "items": [{ "name": "ok", "quantity": 0, "unit_price": "1" }, { "name": "a\u{7}b", "unit_price": "-1" }],
        "delivery": "a\u{0}b", "customer": { "name": "n".repeat(501), "phone": CARD },
        "locale": "de", "expires_in": 299, "return_url": "http://shop.example", "metadata": { "m": "x".repeat(17_000) },
    });
    let answer = world.creates(&wrong).await;
    answer.is_problem(422, "invalid");
    let pointers: BTreeSet<&str> = answer.pointers().into_iter().collect();
    let expected = [
        "/order_id",
        "/description",
        "/items/0/quantity",
        "/items/1/name",
        "/items/1/unit_price",
        "/delivery",
        "/customer/name",
        "/customer/phone",
        "/locale",
        "/expires_in",
        "/return_url",
        "/metadata",
    ];
    assert_eq!(pointers, BTreeSet::from(expected), "{}", answer.body);
    assert!(world.payments().await.is_empty(), "nothing is half-done");
});

story!(each_wrong_value_is_refused_and_its_field_named, |world| {
    let amount = |value: Value| with("amount", json!({ "value": value, "currency": "AMD" }));
    let cases = [
        ("/amount/value", amount(json!(12500))),
        ("/amount/value", amount(json!(12500.5))),
        ("/amount/value", amount(json!("12500.50"))),
        ("/amount/value", amount(json!("12500.5"))),
        ("/amount/value", amount(json!("12,500"))),
        ("/amount/value", amount(json!("1e4"))),
        ("/amount/value", amount(json!(" 1"))),
        ("/amount/value", amount(json!("+1"))),
        ("/amount/value", amount(json!("-1"))),
        ("/amount/value", amount(json!("0"))),
        ("/amount/value", amount(json!(""))),
        ("/amount/value", amount(json!("١٢"))),
        ("/amount/value", amount(json!("9".repeat(30)))),
        ("/amount/currency", with("amount", json!({ "value": "1", "currency": "amd" }))),
        ("/amount/currency", with("amount", json!({ "value": "1", "currency": "XXX" }))),
        ("/amount/value", with("amount", json!({ "value": "1.005", "currency": "USD" }))),
        ("/amount/currency", with("amount", json!({ "value": "1" }))),
        ("/amount/minor", with("amount", json!({ "value": "1", "currency": "AMD", "minor": 100 }))),
        ("/amount", with("amount", json!("12500"))),
        ("/amount", with("amount", json!(["12500", "AMD"]))),
        ("/amount", with("amount", json!(null))),
        ("/amount", json!({ "order_id": "A-1" })),
        ("", json!(["A-1", { "value": "12500", "currency": "AMD" }])),
        ("", json!("A-1")),
        ("", json!(null)),
        ("/order_id", json!({ "amount": { "value": "1", "currency": "AMD" } })),
        ("/order_id", with("order_id", json!(1042))),
        ("/order_id", with("order_id", json!("x".repeat(65)))),
        ("/orderid", with("orderid", json!("A-1"))),
        ("/a~1b~0c.d[0]", with("a/b~c.d[0]", json!(1))),
        ("/customer", with("customer", json!(["Ani"]))),
        ("/channel", with("channel", json!(["telegram", "1"]))),
        ("/items/0", with("items", json!([["x", 1, "5"]]))),
        ("/crm/entity_id", with("crm", json!({ "plugin": "bitrix24", "entity_type": "deal" }))),
        ("/customer/telephone", with("customer", json!({ "telephone": "1" }))),
        ("/items/0/unit_price", with("items", json!([{ "name": "x", "unit_price": 5 }]))),
        ("/items/0/quantity", with("items", json!([{ "name": "x", "quantity": 1.5, "unit_price": "5" }]))),
        ("/items", with("items", json!([{ "name": "x", "unit_price": "12499" }]))),
        ("/items", with("items", json!(vec![json!({ "name": "x", "unit_price": "1" }); 101]))),
        ("/expires_at", with("expires_at", json!("tomorrow"))),
        ("/expires_at", with("expires_at", json!("2026-11-21T08:00:01Z"))),
        ("/expires_in", with("expires_in", json!(i64::MAX))),
        ("/expires_in", with("expires_in", json!(181 * 24 * 3_600))),
        ("/return_url", with("return_url", json!("//evil.example"))),
        ("/return_url", with("return_url", json!("https://shop@evil.example"))),
        ("/return_url", with("return_url", json!("javascript:alert(1)"))),
        ("/return_url", with("return_url", json!("https://127.0.0.1/"))),
        ("/metadata", with("metadata", json!([1]))),
    ];
    for (pointer, body) in cases {
        let answer = world.creates(&body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{body}: {}", answer.body);
    }
    assert!(world.payments().await.is_empty());
});

story!(what_is_not_json_or_too_large_is_said_to_be, |world| {
    for body in ["", "order_id=A-1", "{", "{\"order_id\":", "{'order_id':'A-1'}", "\u{feff}{}"] {
        asks(world, body).await.is_problem(400, "malformed");
    }
    let doubled = "{\"order_id\":\"A-1\",\"order_id\":\"A-2\",\"amount\":{\"value\":\"1\",\"currency\":\"AMD\"}}";
    asks(world, doubled).await.is_problem(422, "invalid");
    let deep = format!("{{\"metadata\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!((400..500).contains(&asks(world, deep).await.status));
    asks(world, " ".repeat(256 * 1024 + 1)).await.is_problem(413, "too-large");
    assert!(world.payments().await.is_empty());
});

story!(what_is_not_there_and_what_is_not_done_are_problems_too, |world| {
    let id = world.orders("A-1", "12500").await["id"].as_str().expect("an id").to_owned();
    for path in ["/v1/payments/pay_unknown", "/v1/payments/%FF", "/v1/nothing", "/", "/p", "/v1/payments/pay_x/journal"]
    {
        reads(world, path).await.is_problem(404, "not-found");
    }
    for (method, path) in [
        (Method::DELETE, "/v1/payments".to_owned()),
        (Method::PUT, format!("/v1/payments/{id}")),
        (Method::POST, format!("/v1/payments/{id}/journal")),
        (Method::POST, "/openapi.json".to_owned()),
        (Method::POST, "/p/AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
    ] {
        let answer = Answer::to(world.asks(&world.api_key, method, &path)).await;
        answer.is_problem(405, "method-not-allowed");
        assert!(!answer.header("allow").is_empty(), "{path}: the methods that it takes are named");
    }
    for query in ["limit=0", "limit=201", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=-"] {
        reads(world, &format!("/v1/payments/{id}/journal?{query}")).await.is_problem(422, "invalid");
    }
});

story!(an_order_is_paid_by_one_payment_and_the_second_is_told_which, |world| {
    let first = world.orders("A-1", "12500").await;
    for body in [order("A-1", "12500"), order("A-1", "1")] {
        let answer = world.creates(&body).await;
        answer.is_problem(409, "order-taken");
        let id = first["id"].as_str().expect("an id");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains(id)), "{}", answer.body);
    }
    assert_eq!(world.payments().await.len(), 1);
});
