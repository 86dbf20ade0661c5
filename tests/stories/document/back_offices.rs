//! What the API says of deliveries that people act on, of comparisons, and of settings forms.

use super::{described, document, fits};
use kamurj_tests::acts::paid_order;
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::reads;
use kamurj_tests::story;
use reqwest::Method;
use serde_json::json;

story!(answers_about_back_offices_are_as_the_document_says, |world| {
    let document = document(world).await;
    paid_order(world, "A-1", "12500").await;
    let path = format!("/v1/installations/{}", world.bitrix24);
    let told = reads(world, &format!("/v1/deliveries?installation={}", world.bitrix24)).await.body;
    let id = |place: usize| told["deliveries"][place]["id"].as_str().expect("an id").to_owned();
    let asks = |method: Method, path: &str| world.asks(&world.api_key, method, path);
    let one = "/v1/installations/{id}";
    let nobodys = "/v1/installations/ins_unknown";
    let [form, choices, comparisons, resend] = ["form", "choices", "comparisons", "resend"]
        .map(|rest| (format!("{one}/{rest}"), format!("{path}/{rest}"), format!("{nobodys}/{rest}")));
    let whole = format!("{}/{{comparison}}", comparisons.0);
    let span = json!({ "since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "dry_run": true });
    let (again, out) = ("/v1/deliveries/{id}/resend", "/v1/deliveries/{id}/skip");
    let of = |id: &str, act: &str| format!("/v1/deliveries/{id}/{act}");
    let cases = [
        (200, "get", form.0.as_str(), asks(Method::GET, &form.1)),
        (404, "get", &form.0, asks(Method::GET, &form.2)),
        (422, "get", &form.0, asks(Method::GET, &format!("{}?locale=de", form.1))),
        (200, "post", &choices.0, asks(Method::POST, &choices.1)),
        (404, "post", &choices.0, asks(Method::POST, &choices.2)),
        (422, "post", &choices.0, asks(Method::POST, &choices.1).body("{\"lists\":[\"weather\"]}")),
        (200, "get", &comparisons.0, asks(Method::GET, &comparisons.1)),
        (404, "get", &comparisons.0, asks(Method::GET, &comparisons.2)),
        (404, "get", &whole, asks(Method::GET, &format!("{}/cmp_unknown", comparisons.1))),
        (200, "post", &resend.0, asks(Method::POST, &resend.1).json(&span)),
        (404, "post", &resend.0, asks(Method::POST, &resend.2).json(&span)),
        (422, "post", &resend.0, asks(Method::POST, &resend.1).body("{}")),
        (200, "post", again, asks(Method::POST, &of(&id(0), "resend"))),
        (409, "post", again, asks(Method::POST, &of(&id(0), "resend"))),
        (404, "post", again, asks(Method::POST, &of("dlv_unknown", "resend"))),
        (422, "post", again, asks(Method::POST, &of(&id(1), "resend")).body("[]")),
        (200, "post", out, asks(Method::POST, &of(&id(0), "skip"))),
        (409, "post", out, asks(Method::POST, &of(&id(1), "skip"))),
        (404, "post", out, asks(Method::POST, &of("dlv_unknown", "skip"))),
        (422, "post", out, asks(Method::POST, &of(&id(1), "skip")).body("[]")),
    ];
    for (status, method, path, request) in cases {
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = described(&document, method, path, &answer);
        fits(&document, schema, &answer.body, &format!("{method} {path} {status}"));
    }
});
