//! Settings that cannot work are named field by field, and credentials are never shown.

use crate::account::{CALLBACK_KEY, PASSWORD, adapter_at, secrets, secrets_of};
use kamurj_egress::Egress;
use kamurj_providers::{Amounts, Line, OrderNumber, Pushes, RefundQuestions, Secrets, SettingsError, adapter, family};
use serde_json::{Value, json};

const BASE: &str = "https://ipay.arca.am/payment/rest/";

fn error_of(settings: &Value, secrets: &Secrets) -> SettingsError {
    let line = Line::unwatched(Egress::new(Vec::new()));
    adapter("rbs", &settings.to_string(), secrets, line).err().unwrap_or_else(|| panic!("{settings} cannot work"))
}

#[test]
fn an_error_names_the_setting() {
    let plain = json!({ "base_url": BASE, "user_name": "shop_api" });
    for (change, pointer, detail) in [
        (json!({ "base_url": null }), "/settings", "`base_url`"),
        (json!({ "user_name": null }), "/settings", "`user_name`"),
        (json!({ "base_url": "arca" }), "/settings/base_url", "URL"),
        (json!({ "base_url": "http://ipay.arca.am/payment/rest/" }), "/settings/base_url", "https"),
        (json!({ "base_url": "https://me:pw@ipay.arca.am/" }), "/settings/base_url", "password"),
        (json!({ "base_url": "https://ipay.arca.am/payment/rest/?a=1" }), "/settings/base_url", "`?`"),
        (json!({ "base_url": "https://ipay.arca.am/payment/rest/#a" }), "/settings/base_url", "`#`"),
        (json!({ "page_origins": ["https://pay.am", "data:text/html,pay"] }), "/settings/page_origins/1", "https"),
        (json!({ "user_name": "" }), "/settings/user_name", "30"),
        (json!({ "user_name": "x".repeat(31) }), "/settings/user_name", "30"),
        (json!({ "session_seconds": 0 }), "/settings/session_seconds", "1200"),
        (json!({ "session_seconds": 1201 }), "/settings/session_seconds", "1200"),
        (json!({ "session_seconds": "900" }), "/settings/session_seconds", "u16"),
        (json!({ "session_seconds": -1 }), "/settings/session_seconds", "u16"),
        (json!({ "page_view": "mobile" }), "/settings/page_view", "`MOBILE`"),
        (json!({ "callback": "rsa" }), "/settings/callback", "`hmac`"),
        (json!({ "callback": true }), "/settings/callback", "string"),
        (json!({ "force_3ds2": "no" }), "/settings/force_3ds2", "boolean"),
        (json!({ "lookup_by_number": 1 }), "/settings/lookup_by_number", "boolean"),
        // Nobody can switch the verification of certificates off, under any name.
        (json!({ "verify_tls": false }), "/settings/verify_tls", "unknown field"),
        (json!({ "insecure": true }), "/settings/insecure", "unknown field"),
        (json!({ "verifyssl": 0 }), "/settings/verifyssl", "unknown field"),
        (json!({ "password": "in the wrong place" }), "/settings/password", "unknown field"),
    ] {
        let settings = crate::by_hand::over(plain.clone(), &change);
        let error = error_of(&settings, &secrets());
        assert_eq!(error.pointer, pointer, "{settings}: {error}");
        assert!(error.detail.contains(detail), "{settings}: {error}");
    }
}

#[test]
fn an_error_names_the_credential_and_never_its_value() {
    let settings = json!({ "base_url": BASE, "user_name": "shop_api", "callback": "hmac" });
    let long = "p".repeat(31);
    for (secrets, pointer) in [
        (secrets_of([]), "/secrets/password"),
        (secrets_of([("password", ""), ("callback_key", CALLBACK_KEY)]), "/secrets/password"),
        (secrets_of([("password", &long), ("callback_key", CALLBACK_KEY)]), "/secrets/password"),
        (secrets_of([("password", PASSWORD)]), "/secrets/callback_key"),
        (secrets_of([("password", PASSWORD), ("callback_key_old", CALLBACK_KEY)]), "/secrets/callback_key"),
        (secrets_of([("password", PASSWORD), ("token", "x")]), "/secrets/token"),
    ] {
        let error = error_of(&settings, &secrets);
        assert_eq!(error.pointer, pointer, "{error}");
        for value in [long.as_str(), PASSWORD, CALLBACK_KEY] {
            assert!(!format!("{error} {error:?} {secrets:?}").contains(value), "{error:?}");
        }
    }
}

#[test]
fn what_an_account_can_do_follows_from_its_settings() {
    let of = |more: &Value| adapter_at("http://127.0.0.1:9/payment/rest/", more).capabilities();
    let plain = of(&json!({}));
    assert_eq!((plain.push, plain.lookup, plain.repeatable_start, plain.form), (Pushes::None, true, false, false));
    assert_eq!((plain.session_life_ms, plain.cancel_window_ms), (1_200_000, Some(86_400_000)));
    assert_eq!((plain.refund, plain.partial_refund, plain.cancel), (true, true, true));
    assert_eq!(plain.refund_lookup, RefundQuestions::ByTotal);
    assert_eq!((plain.amounts, plain.order_number), (Amounts::MinorUnits, OrderNumber::Text { longest: 32 }));
    assert_eq!(plain.page_origins, ["http://127.0.0.1:9"]);
    let named = of(&json!({
        "callback": "hmac", "session_seconds": 900, "page_origins": ["https://a.am/x", "https://b.am:8445"],
    }));
    assert_eq!((named.push, named.session_life_ms), (Pushes::Proven, 900_000));
    assert_eq!(named.page_origins, ["https://a.am", "https://b.am:8445"]);
    assert_eq!(of(&json!({ "callback": "off" })).push, Pushes::None);
    assert_eq!(family("rbs").unwrap().name, "ArCa iPay");
}
