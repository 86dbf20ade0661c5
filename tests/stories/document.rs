//! `/openapi.json` is true: it lists what is there, everything that it refers to is in it, and answers are as it says.

use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn document(world: &World) -> Value {
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
fn described<'d>(document: &'d Value, method: &str, path: &str, answer: &Answer) -> &'d Value {
    let response = &document["paths"][path][method]["responses"][answer.status.to_string()];
    let media = answer.header("content-type");
    let schema = &response["content"][media]["schema"];
    assert!(schema.is_object(), "{method} {path} answers {} with {media}, which is not described", answer.status);
    resolved(document, schema)
}

/// The fields of an object are those of its schema, and none that is required is missing.
fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
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
    let expected = ["get /v1/payments/{id}", "get /v1/payments/{id}/journal", "post /v1/payments"];
    for route in expected {
        assert!(listed.contains(route), "{route} is not in {listed:?}");
    }
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
        assert_eq!(operation["security"], json!([{ "api_key": [] }]), "{route}");
        let documented: BTreeSet<&str> =
            operation["parameters"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            assert!(documented.contains(name), "{route} does not describe {name}");
        }
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let content = response["content"].as_object().unwrap_or_else(|| panic!("{route} {status}: no content"));
            let media = if status.starts_with('2') { "application/json" } else { "application/problem+json" };
            assert_eq!(content.keys().collect::<Vec<_>>(), [media], "{route} {status}");
            let schema = resolved(&document, &content[media]["schema"]);
            assert!(schema["properties"].is_object(), "{route} {status}: {schema}");
        }
    }
});

story!(answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let body = |number: &str| order(number, "100").to_string();
    let made = world.orders("A-1", "100").await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let create = "/v1/payments".to_owned();
    let one = format!("/v1/payments/{id}");
    let journal = format!("{one}/journal");
    let keyed = |key: &str| world.asks(&world.api_key, Method::POST, &create).header("idempotency-key", key);
    let posted = |text: String| world.asks(&world.api_key, Method::POST, &create).body(text);
    let get = |path: &str| world.asks(&world.api_key, Method::GET, path);
    let cases = [
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
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});
