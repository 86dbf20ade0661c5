//! Settings that cannot work are named field by field, and credentials are never shown.

use crate::account::{TOKEN, WEBHOOK_SECRET, adapter_at, secrets, secrets_of};
use kamurj_egress::Egress;
use kamurj_providers::Line;
use kamurj_providers::{Secrets, SettingsError, adapter};
use serde_json::{Value, json};

fn error_of(settings: &str, secrets: &Secrets) -> SettingsError {
    adapter("vpos", settings, secrets, Line::unwatched(Egress::new(Vec::new())))
        .err()
        .expect("these settings cannot work")
}

fn check(settings: &Value, pointer: &str, detail: &str) {
    let error = error_of(&settings.to_string(), &secrets());
    assert_eq!(error.pointer, pointer, "{settings}: {error}");
    assert!(error.detail.contains(detail), "{settings}: {error}");
}

#[test]
fn an_error_names_the_setting() {
    check(&json!({}), "/settings", "`base_url`");
    check(&json!({ "base_url": 5 }), "/settings/base_url", "string");
    check(&json!({ "base_url": "bank" }), "/settings/base_url", "URL");
    check(&json!({ "base_url": "http://bank.example" }), "/settings/base_url", "https");
    check(&json!({ "base_url": "https://10.0.0.1" }), "/settings/base_url", "host name");
    check(&json!({ "base_url": "https://me:pw@bank.example" }), "/settings/base_url", "password");
    let with = |more: Value| {
        let mut settings = json!({ "base_url": "https://bank.example" });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    check(&with(json!({ "amount_exponent": 1 })), "/settings/amount_exponent", "write 2");
    check(&with(json!({ "amount_exponent": 3 })), "/settings/amount_exponent", "write 2");
    check(&with(json!({ "amount_exponent": "2" })), "/settings/amount_exponent", "u32");
    check(&with(json!({ "amount_exponent": -2 })), "/settings/amount_exponent", "u32");
    check(&with(json!({ "amount_exponents": 2 })), "/settings/amount_exponents", "unknown field");
    check(&with(json!({ "refunds": "some" })), "/settings/refunds", "`partial`");
    check(&with(json!({ "refunds": true })), "/settings/refunds", "string");
    check(&with(json!({ "cancel": "no" })), "/settings/cancel", "boolean");
    let origins = json!({ "checkout_origins": ["https://pay.bank.example", "data:text/html,pay"] });
    check(&with(origins), "/settings/checkout_origins/1", "https");
    check(&with(json!({ "checkout_origins": ["pay.bank.example"] })), "/settings/checkout_origins/0", "URL");
    assert_eq!(error_of("not json", &secrets()).pointer, "/settings");
}

#[test]
fn an_error_names_the_credential_and_never_its_value() {
    let settings = json!({ "base_url": "https://bank.example" }).to_string();
    let short = "whsec_c2hvcnQ=";
    for (secrets, pointer) in [
        (secrets_of([]), "/secrets/webhook_secret"),
        (secrets_of([("webhook_secret", WEBHOOK_SECRET)]), "/secrets/api_token"),
        (secrets_of([("webhook_secret", WEBHOOK_SECRET), ("api_token", "")]), "/secrets/api_token"),
        (secrets_of([("webhook_secret", short), ("api_token", TOKEN)]), "/secrets/webhook_secret"),
        (
            secrets_of([("webhook_secret", WEBHOOK_SECRET), ("api_token", TOKEN), ("webhook_secret_old", short)]),
            "/secrets/webhook_secret_old",
        ),
    ] {
        let error = error_of(&settings, &secrets);
        assert_eq!(error.pointer, pointer, "{error}");
        for value in [short, TOKEN, WEBHOOK_SECRET] {
            assert!(!format!("{error} {error:?} {secrets:?}").contains(value), "{error:?}");
        }
    }
    assert_eq!(format!("{:?}", secrets()), r#"["api_token", "webhook_secret"]"#);
}

#[test]
fn a_provider_that_does_not_exist_is_named() {
    let error = adapter("cash", "{}", &secrets(), Line::unwatched(Egress::new(Vec::new()))).err().unwrap();
    assert_eq!(error.pointer, "/provider");
    assert!(error.detail.contains("`cash`") && error.detail.contains("vpos"), "{error}");
}

#[test]
fn the_page_may_lie_on_the_bank_or_on_the_origins_that_are_named() {
    let origins = |more: &Value| adapter_at("http://127.0.0.1:9", more).capabilities().page_origins;
    assert_eq!(origins(&json!({})), ["http://127.0.0.1:9"]);
    let named = json!({ "checkout_origins": ["https://pay.bank.example/some/path", "https://acs.example:8443"] });
    assert_eq!(origins(&named), ["https://pay.bank.example", "https://acs.example:8443"]);
}

#[test]
fn d8_an_account_says_which_refunds_its_bank_gives() {
    let can = |more: &Value| {
        let capabilities = adapter_at("http://127.0.0.1:9", more).capabilities();
        (capabilities.refund, capabilities.partial_refund, capabilities.cancel)
    };
    assert_eq!(can(&json!({})), (true, true, true));
    assert_eq!(can(&json!({ "refunds": "partial" })), (true, true, true));
    assert_eq!(can(&json!({ "refunds": "full" })), (true, false, true));
    assert_eq!(can(&json!({ "refunds": "none" })), (false, false, true));
    assert_eq!(can(&json!({ "cancel": false })), (true, true, false));
}
