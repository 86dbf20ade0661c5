//! Settings that cannot work are named field by field, and credentials are never shown.

use crate::account::{TOKEN, adapter_at, secrets_of};
use kamurj_egress::Egress;
use kamurj_providers::{Line, Secrets, SettingsError, adapter};
use serde_json::{Value, json};

fn opened(settings: &Value, secrets: &Secrets) -> Result<Vec<String>, SettingsError> {
    adapter("fastshift", &settings.to_string(), secrets, Line::unwatched(Egress::new(Vec::new())))
        .map(|adapter| adapter.capabilities().page_origins)
}

#[test]
fn an_error_names_the_field_and_the_fix() {
    for (settings, pointer, detail) in [
        (json!({ "base_url": "fastshift" }), "/settings/base_url", "URL"),
        (json!({ "base_url": "http://merchants.fastshift.am" }), "/settings/base_url", "https"),
        (json!({ "base_url": "https://10.0.0.1" }), "/settings/base_url", "host name"),
        (json!({ "checkout_origins": ["https://a.am", "http://b.am"] }), "/settings/checkout_origins/1", "https"),
        (json!({ "webhook_url": "/hook" }), "/settings/webhook_url", "URL"),
        (json!({ "webhook_url": "http://pay.example.am/hook" }), "/settings/webhook_url", "https://"),
        (json!({ "webhook_url": "https://a:b@pay.example.am/hook" }), "/settings/webhook_url", "https://"),
        (json!({ "webhook_url": "ftp://pay.example.am/hook" }), "/settings/webhook_url", "https://"),
        (json!({ "languages": ["hy", "am"] }), "/settings/languages/1", "`hy`, `ru` or `en`"),
        (json!({ "languages": "hy" }), "/settings/languages", "sequence"),
        (json!({ "verify_tls": false }), "/settings/verify_tls", "unknown field"),
        (json!({ "insecure": true }), "/settings/insecure", "unknown field"),
        (json!({ "api_token": "x" }), "/settings/api_token", "unknown field"),
    ] {
        let error = opened(&settings, &secrets_of([("api_token", TOKEN)])).unwrap_err();
        assert_eq!(error.pointer, pointer, "{settings}: {error}");
        assert!(error.detail.contains(detail), "{settings}: {error}");
    }
}

#[test]
fn h5_an_error_names_the_credential_and_never_its_value() {
    for (secrets, pointer) in [
        (secrets_of([]), "/secrets/api_token"),
        (secrets_of([("api_token", "")]), "/secrets/api_token"),
        (secrets_of([("api_token", TOKEN), ("webhook_secret", TOKEN)]), "/secrets/webhook_secret"),
    ] {
        let error = opened(&json!({}), &secrets).unwrap_err();
        assert_eq!(error.pointer, pointer, "{error}");
        assert!(!format!("{error} {error:?} {secrets:?}").contains(TOKEN), "{error:?}");
    }
}

#[test]
fn nothing_has_to_be_set_and_the_page_may_lie_elsewhere() {
    let secrets = secrets_of([("api_token", TOKEN)]);
    assert_eq!(opened(&json!({}), &secrets).unwrap(), ["https://merchants.fastshift.am"]);
    let elsewhere = json!({ "checkout_origins": ["https://page.example.am/some/path"] });
    assert_eq!(opened(&elsewhere, &secrets).unwrap(), ["https://page.example.am"]);
    for url in ["https://pay.example.am/hook?x=1", "http://127.0.0.1:8080/hook", "http://localhost/hook"] {
        assert!(opened(&json!({ "webhook_url": url }), &secrets).is_ok(), "{url}");
    }
    assert_eq!(adapter_at("http://127.0.0.1:9", &json!({})).proof_headers(), Vec::<String>::new());
}
