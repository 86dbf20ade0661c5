//! The routes of a brand answer as `/openapi.json` says.

use crate::document::{described, document, fits};
use kamurj_tests::branding::{BRANDING, png, pomegranate};
use kamurj_tests::integrator::Answer;
use kamurj_tests::story;
use reqwest::Method;
use serde_json::json;

story!(a_brands_answers_are_as_the_document_says, |world| {
    let document = document(world).await;
    let [all, publish, rollback, versions, logo, preview] =
        ["", "/publish", "/rollback", "/versions", "/logo", "/preview"].map(|rest| format!("{BRANDING}{rest}"));
    let asks = |method: Method, path: &str| world.asks(&world.api_key, method, path);
    let picture = || asks(Method::PUT, &logo).header("content-type", "image/png");
    let cases = [
        (200, "get", &all, asks(Method::GET, &all)),
        (409, "post", &publish, asks(Method::POST, &publish)),
        (200, "put", &all, asks(Method::PUT, &all).json(&pomegranate())),
        (400, "put", &all, asks(Method::PUT, &all).body("{")),
        (413, "put", &all, asks(Method::PUT, &all).body(" ".repeat(300_000))),
        (422, "put", &all, asks(Method::PUT, &all).json(&json!({ "colour": "#ffff00" }))),
        (200, "put", &logo, picture().body(png(90, 30, [1, 2, 3]))),
        (413, "put", &logo, picture().body(vec![0; 1024 * 1024 + 1])),
        (422, "put", &logo, picture().body("no picture")),
        (200, "post", &publish, asks(Method::POST, &publish)),
        (200, "delete", &logo, asks(Method::DELETE, &logo)),
        (200, "post", &rollback, asks(Method::POST, &rollback).json(&json!({ "version": 1 }))),
        (422, "post", &rollback, asks(Method::POST, &rollback).json(&json!({ "version": 9 }))),
        (200, "get", &versions, asks(Method::GET, &versions)),
        (422, "get", &versions, asks(Method::GET, &format!("{versions}?limit=0"))),
        (422, "get", &preview, asks(Method::GET, &format!("{preview}?state=nonsense"))),
        (401, "get", &all, world.http.get(format!("{}{all}", world.url))),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});
