//! `/openapi.json` is true: it lists what is there, everything that it refers to is in it, and answers are as it says.

mod back_offices;
mod routes;

use kamurj_tests::accounts::{adds, another};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::uploads::probing;
use kamurj_tests::{World, story};
use reqwest::Method;
use routes::ROUTES;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) async fn document(world: &World) -> Value {
    let answer = Answer::to(world.http.get(format!("{}/openapi.json", world.url))).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.body
}

/// Every `$ref` below a value.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(reference) if name == "$ref" => vec![reference],
                _ => references(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The schema itself, or what it refers to.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere"),
        None => schema,
    }
}

/// What the document says about this answer; panics if it says nothing.
pub(crate) fn described<'d>(document: &'d Value, method: &str, path: &str, answer: &Answer) -> &'d Value {
    let response = &document["paths"][path][method]["responses"][answer.status.to_string()];
    let media = answer.header("content-type");
    let schema = &response["content"][media]["schema"];
    assert!(schema.is_object(), "{method} {path} answers {} with {media}, which is not described", answer.status);
    resolved(document, schema)
}

/// The fields of an object are those of its schema, and none that is required is missing.
pub(crate) fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{place} has no properties"));
    for (name, value) in value.as_object().unwrap_or_else(|| panic!("{place} is no object")) {
        let property = properties.get(name).unwrap_or_else(|| panic!("{place}/{name} is not described"));
        let property = resolved(document, property);
        if value.is_object() && property["properties"].is_object() {
            fits(document, property, value, &format!("{place}/{name}"));
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(name).is_some(), "{place}/{name} is required and missing");
    }
}

story!(the_document_lists_the_paths_and_all_that_it_refers_to_is_in_it, |world| {
    let document = document(world).await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")), "{}", document["openapi"]);
    let paths = document["paths"].as_object().expect("paths");
    let listed: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(listed, ROUTES.map(str::to_owned).into(), "a new route is added here with its stories");
    let references = references(&document);
    assert!(references.len() > 10, "{references:?}");
    for reference in references {
        let place = reference.strip_prefix('#').expect("nothing is elsewhere");
        assert!(document.pointer(place).is_some_and(Value::is_object), "{reference} leads nowhere");
    }
    assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    for route in &listed {
        let (method, path) = route.split_once(' ').expect("two words");
        let operation = &document["paths"][path][method];
        let needs = &operation["security"][0];
        assert!(needs["api_key"].is_array() || needs["session"].is_array(), "{route}");
        let documented: BTreeSet<&str> =
            operation["parameters"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            assert!(documented.contains(name), "{route} does not describe {name}");
        }
        if method != "get" {
            assert!(documented.contains("Idempotency-Key"), "{route}: every write takes a key");
            for (status, words) in [("409", "is being worked on"), ("422", "reused idempotency key"), ("403", "scope")]
            {
                let said = operation["responses"][status]["description"].as_str().unwrap_or_default();
                assert!(said.contains(words), "{route} {status}: {said}");
            }
        }
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let content = response["content"].as_object().unwrap_or_else(|| panic!("{route} {status}: no content"));
            let media = match (status.starts_with('2'), path) {
                (false, _) => "application/problem+json",
                (true, "/v1/branding/preview") => "text/html",
                (true, "/v1/exports/movements.csv" | "/v1/exports/journal.csv") => "text/csv",
                (true, "/v1/exports/movements.xlsx") => {
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                }
                (true, _) => "application/json",
            };
            assert_eq!(content.keys().collect::<Vec<_>>(), [media], "{route} {status}");
            if !media.ends_with("json") {
                continue;
            }
            let schema = resolved(&document, &content[media]["schema"]);
            assert!(schema["properties"].is_object(), "{route} {status}: {schema}");
        }
    }
});

story!(answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let body = |number: &str| order(number, "100").to_string();
    let paid = world.orders("paid", "100").await;
    world.pays(&link(&paid)).await;
    world.settles().await;
    let made = world.orders("A-1", "100").await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let create = "/v1/payments".to_owned();
    let one = format!("/v1/payments/{id}");
    let journal = format!("{one}/journal");
    let keyed = |key: &str| world.asks(&world.api_key, Method::POST, &create).header("idempotency-key", key);
    let posted = |text: String| world.asks(&world.api_key, Method::POST, &create).body(text);
    let get = |path: &str| world.asks(&world.api_key, Method::GET, path);
    let asks = |method: Method, path: &str, text: &str| world.asks(&world.api_key, method, path).body(text.to_owned());
    let (refunds, paid) = (format!("{one}/refunds"), format!("/v1/payments/{}", paid["id"].as_str().expect("an id")));
    let rules = r#"{"after_minutes":[120],"quiet_hours":{"from":"21:00","until":"10:00"}}"#;
    let decision = r#"{"outcome":"paid","reason":"paid in the shop","evidence":"receipt 17"}"#;
    let owed = get("/v1/deliveries?limit=1&state=done");
    let delivery = Answer::to(owed).await.body["deliveries"][0].clone();
    let installation = format!("/v1/installations/{}", delivery["installation"].as_str().expect("an installation"));
    let shadow = json!({ "digest": delivery["digest"], "last": 1 }).to_string();
    let delivery = format!("/v1/deliveries/{}", delivery["id"].as_str().expect("an id"));
    let cases = vec![
        (201, "post", "/v1/payments", keyed("k").body(body("A-2"))),
        (400, "post", "/v1/payments", posted("{".to_owned())),
        (401, "post", "/v1/payments", world.http.post(format!("{}{create}", world.url))),
        (409, "post", "/v1/payments", posted(body("A-1"))),
        (413, "post", "/v1/payments", posted(" ".repeat(300_000))),
        (422, "post", "/v1/payments", posted("{}".to_owned())),
        (422, "post", "/v1/payments", keyed("k").body(body("A-3"))),
        (200, "get", "/v1/payments/{id}", get(&one)),
        (401, "get", "/v1/payments/{id}", world.http.get(format!("{}{one}", world.url))),
        (404, "get", "/v1/payments/{id}", get("/v1/payments/pay_unknown")),
        (200, "get", "/v1/payments/{id}/journal", get(&journal)),
        (401, "get", "/v1/payments/{id}/journal", world.http.get(format!("{}{journal}", world.url))),
        (404, "get", "/v1/payments/{id}/journal", get("/v1/payments/pay_unknown/journal")),
        (422, "get", "/v1/payments/{id}/journal", get(&format!("{journal}?limit=0"))),
        (200, "get", "/v1/payments", get("/v1/payments?limit=1")),
        (422, "get", "/v1/payments", get("/v1/payments?status=payed")),
        (200, "get", "/v1/payments/{id}/explain", get(&format!("{one}/explain"))),
        (404, "get", "/v1/payments/{id}/explain", get("/v1/payments/pay_unknown/explain")),
        (422, "post", "/v1/payments/{id}/send", asks(Method::POST, &format!("{one}/send"), "")),
        (200, "get", "/v1/reminders", get("/v1/reminders")),
        (422, "put", "/v1/reminders", asks(Method::PUT, "/v1/reminders", r#"{"after_minutes":[]}"#)),
        (200, "put", "/v1/reminders", asks(Method::PUT, "/v1/reminders", rules)),
        (200, "get", "/v1/payments/{id}/share", get(&format!("{one}/share"))),
        (422, "get", "/v1/payments/{id}/share", get(&format!("{one}/share?qr_pixels=64"))),
        (404, "get", "/v1/payments/{id}/share", get("/v1/payments/pay_unknown/share")),
        (200, "get", "/v1/payments/{id}/refunds", get(&format!("{one}/refunds"))),
        (200, "get", "/v1/exceptions", get("/v1/exceptions")),
        (422, "get", "/v1/exceptions", get("/v1/exceptions?kind=bad_luck")),
        (200, "patch", "/v1/payments/{id}", asks(Method::PATCH, &one, r#"{"description":"with candles"}"#)),
        (422, "patch", "/v1/payments/{id}", asks(Method::PATCH, &one, "{}")),
        (409, "post", "/v1/payments/{id}/refunds", asks(Method::POST, &refunds, r#"{"reason":"stale"}"#)),
        (422, "post", "/v1/payments/{id}/refunds", asks(Method::POST, &refunds, "{}")),
        (200, "post", "/v1/payments/{id}/refresh", asks(Method::POST, &format!("{one}/refresh"), "")),
        (422, "post", "/v1/payments/{id}/resolve", asks(Method::POST, &format!("{one}/resolve"), "{}")),
        (200, "post", "/v1/payments/{id}/resolve", asks(Method::POST, &format!("{one}/resolve"), decision)),
        (
            201,
            "post",
            "/v1/payments/{id}/refunds",
            asks(Method::POST, &format!("{paid}/refunds"), r#"{"reason":"stale"}"#),
        ),
        (200, "get", "/v1/payments/{id}/refunds", get(&format!("{paid}/refunds"))),
        (409, "post", "/v1/payments/{id}/cancel", asks(Method::POST, &format!("{one}/cancel"), "")),
        (404, "post", "/v1/payments/{id}/cancel", asks(Method::POST, "/v1/payments/pay_unknown/cancel", "")),
        (200, "get", "/v1/events", get("/v1/events?limit=1")),
        (422, "get", "/v1/events", get("/v1/events?types=payment.lost")),
        (200, "get", "/v1/deliveries", get("/v1/deliveries?limit=1")),
        (422, "get", "/v1/deliveries", get("/v1/deliveries?state=lost")),
        (200, "get", "/v1/deliveries/{id}", get(&delivery)),
        (404, "get", "/v1/deliveries/{id}", get("/v1/deliveries/dlv_unknown")),
        (409, "post", "/v1/deliveries/{id}/retry", asks(Method::POST, &format!("{delivery}/retry"), "")),
        (200, "post", "/v1/deliveries/{id}/replay", asks(Method::POST, &format!("{delivery}/replay"), "{}")),
        (422, "post", "/v1/deliveries/{id}/replay", asks(Method::POST, &format!("{delivery}/replay"), "[]")),
        (200, "get", "/v1/installations/{id}/runs", get(&format!("{installation}/runs"))),
        (404, "get", "/v1/installations/{id}/runs", get("/v1/installations/ins_unknown/runs")),
        (200, "get", "/v1/installations/{id}/logs", get(&format!("{installation}/logs"))),
        (422, "get", "/v1/installations/{id}/logs", get(&format!("{installation}/logs?level=loud"))),
        (200, "post", "/v1/installations/{id}/shadow", asks(Method::POST, &format!("{installation}/shadow"), &shadow)),
        (422, "post", "/v1/installations/{id}/shadow", asks(Method::POST, &format!("{installation}/shadow"), "{}")),
        (404, "post", "/v1/exceptions/{id}/resolve", asks(Method::POST, "/v1/exceptions/exc_unknown/resolve", "{}")),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});

story!(a_payment_links_answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let all = "/v1/payment-links";
    let lesson = json!({ "title": { "en": "A lesson" }, "amount": { "value": "5000", "currency": "AMD" }, "cap": 1,
        "fulfilment": { "en": "Room 7" } });
    let made = Answer::to(world.asks(&world.api_key, Method::POST, all).json(&lesson)).await;
    let one = format!("{all}/{}", made.body["id"].as_str().expect("an id"));
    let (pay, nobodys) = (format!("{one}/payments"), format!("{all}/lnk_unknown"));
    let asks = |method: Method, path: &str| world.asks(&world.api_key, method, path);
    let presses = |form_key: &str| asks(Method::POST, &pay).json(&json!({ "form_key": form_key }));
    let (link, payments) = ("/v1/payment-links/{id}", "/v1/payment-links/{id}/payments");
    let share = "/v1/payment-links/{id}/share";
    let cases = [
        (201, "post", all, asks(Method::POST, all).json(&lesson)),
        (400, "post", all, asks(Method::POST, all).body("{")),
        (413, "post", all, asks(Method::POST, all).body(" ".repeat(300_000))),
        (422, "post", all, asks(Method::POST, all).body("{}")),
        (200, "get", all, asks(Method::GET, all)),
        (200, "get", all, asks(Method::GET, &format!("{all}?limit=1"))),
        (422, "get", all, asks(Method::GET, &format!("{all}?limit=0"))),
        (200, "get", link, asks(Method::GET, &one)),
        (404, "get", link, asks(Method::GET, &nobodys)),
        (200, "get", share, asks(Method::GET, &format!("{one}/share"))),
        (404, "get", share, asks(Method::GET, &format!("{nobodys}/share"))),
        (422, "get", share, asks(Method::GET, &format!("{one}/share?qr_pixels=big"))),
        (200, "patch", link, asks(Method::PATCH, &one).json(&json!({ "metadata": { "room": 7 } }))),
        (400, "patch", link, asks(Method::PATCH, &one).body("{")),
        (404, "patch", link, asks(Method::PATCH, &nobodys).body("{}")),
        (422, "patch", link, asks(Method::PATCH, &one).body("[]")),
        (201, "post", payments, presses("k")),
        (200, "post", payments, presses("k")),
        (409, "post", payments, presses("l")),
        (422, "post", payments, asks(Method::POST, &pay).body("{}")),
        (404, "post", payments, asks(Method::POST, &format!("{nobodys}/payments")).json(&json!({ "form_key": "k" }))),
        (401, "post", payments, world.http.post(format!("{}{pay}", world.url))),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});

story!(a_provider_accounts_answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let (all, one, check) = ("/v1/provider-accounts", "/v1/provider-accounts/{id}", "/v1/provider-accounts/{id}/check");
    let body = another(world, "second");
    let ours = format!("{all}/{}", adds(world, &body).await);
    let (used, nobodys) = (format!("{all}/{}", world.account), format!("{all}/acc_unknown"));
    let paid = link(&world.orders("A-1", "100").await);
    world.pays(&paid).await;
    let asks = |method: Method, path: &str| world.asks(&world.api_key, method, path);
    let cases = [
        (200, "get", "/v1/providers", asks(Method::GET, "/v1/providers")),
        (400, "post", all, asks(Method::POST, all).body("{")),
        (413, "post", all, asks(Method::POST, all).body(" ".repeat(300_000))),
        (422, "post", all, asks(Method::POST, all).json(&body)),
        (200, "get", all, asks(Method::GET, &format!("{all}?limit=1"))),
        (422, "get", all, asks(Method::GET, &format!("{all}?limit=0"))),
        (200, "get", one, asks(Method::GET, &ours)),
        (404, "get", one, asks(Method::GET, &nobodys)),
        (200, "patch", one, asks(Method::PATCH, &ours).json(&json!({ "label": "third", "version": 1 }))),
        (409, "patch", one, asks(Method::PATCH, &ours).json(&json!({ "label": "fourth", "version": 1 }))),
        (422, "patch", one, asks(Method::PATCH, &ours).body("[]")),
        (404, "patch", one, asks(Method::PATCH, &nobodys).body("{}")),
        (200, "post", check, asks(Method::POST, &format!("{ours}/check"))),
        (404, "post", check, asks(Method::POST, &format!("{nobodys}/check"))),
        (401, "post", check, world.http.post(format!("{}{ours}/check", world.url))),
        (409, "delete", one, asks(Method::DELETE, &used)),
        (200, "delete", one, asks(Method::DELETE, &ours)),
        (404, "delete", one, asks(Method::DELETE, &ours)),
        (201, "post", all, asks(Method::POST, all).json(&body)),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});

story!(a_plugins_answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let path = world.runs_probing(&json!([])).await;
    let digest = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.1.0"))).await;
    let asks = |method: Method, path: &str| world.asks(&world.api_key, method, path);
    let (all, one) = ("/v1/installations", "/v1/installations/{id}");
    let [versions, check, activate, rollback, setup] = ["versions", "check", "activate", "rollback", "setup"]
        .map(|rest| (format!("{one}/{rest}"), format!("{path}/{rest}")));
    let nobodys = "/v1/installations/ins_unknown";
    let in_force = world.sees(&versions.1).await;
    let installed = in_force["versions"][0]["digest"].as_str().expect("a digest");
    let newer = json!({ "plugin": digest });
    let cases = [
        (202, "post", "/v1/plugins", world.upload(&world.api_key, probing(|_| ()))),
        (400, "post", "/v1/plugins", world.upload(&world.api_key, Vec::new())),
        (413, "post", "/v1/plugins", world.upload(&world.api_key, vec![0; 25 * 1024 * 1024 + 1])),
        (200, "get", "/v1/plugins", asks(Method::GET, "/v1/plugins?limit=1")),
        (422, "get", "/v1/plugins", asks(Method::GET, "/v1/plugins?limit=0")),
        (200, "get", "/v1/plugins/{digest}", asks(Method::GET, &format!("/v1/plugins/{digest}"))),
        (404, "get", "/v1/plugins/{digest}", asks(Method::GET, "/v1/plugins/00")),
        (409, "delete", "/v1/plugins/{digest}", asks(Method::DELETE, &format!("/v1/plugins/{installed}"))),
        (404, "delete", "/v1/plugins/{digest}", asks(Method::DELETE, "/v1/plugins/00")),
        (200, "get", &format!("{one}/usage"), asks(Method::GET, &format!("{path}/usage"))),
        (404, "get", &format!("{one}/usage"), asks(Method::GET, &format!("{nobodys}/usage"))),
        (400, "post", all, asks(Method::POST, all).body("{")),
        (409, "post", all, asks(Method::POST, all).json(&newer)),
        (422, "post", all, asks(Method::POST, all).body("{}")),
        (200, "get", all, asks(Method::GET, all)),
        (422, "get", all, asks(Method::GET, &format!("{all}?cursor=x"))),
        (200, "get", one, asks(Method::GET, &path)),
        (404, "get", one, asks(Method::GET, nobodys)),
        (200, "patch", one, asks(Method::PATCH, &path).json(&newer)),
        (404, "patch", one, asks(Method::PATCH, nobodys).json(&newer)),
        (422, "patch", one, asks(Method::PATCH, &path).body("[]")),
        (200, "get", &versions.0, asks(Method::GET, &versions.1)),
        (404, "get", &versions.0, asks(Method::GET, &format!("{nobodys}/versions"))),
        (200, "post", &check.0, asks(Method::POST, &check.1)),
        (422, "post", &check.0, asks(Method::POST, &check.1).body("{\"version\":9}")),
        (404, "post", &check.0, asks(Method::POST, &format!("{nobodys}/check"))),
        (409, "post", &rollback.0, asks(Method::POST, &rollback.1)),
        (200, "post", &activate.0, asks(Method::POST, &activate.1)),
        (200, "post", &rollback.0, asks(Method::POST, &rollback.1)),
        (200, "post", &setup.0, asks(Method::POST, &setup.1).body("{\"only_look\":true}")),
        (422, "post", &setup.0, asks(Method::POST, &setup.1).body("{\"only_look\":7}")),
        (404, "post", &setup.0, asks(Method::POST, &format!("{nobodys}/setup"))),
        (400, "post", &activate.0, asks(Method::POST, &activate.1).body("{")),
        (200, "delete", one, asks(Method::DELETE, &path)),
        (200, "delete", "/v1/plugins/{digest}", asks(Method::DELETE, &format!("/v1/plugins/{digest}"))),
        (404, "delete", one, asks(Method::DELETE, nobodys)),
        (409, "post", &activate.0, asks(Method::POST, &activate.1)),
        (401, "delete", one, world.http.delete(format!("{}{path}", world.url))),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});
