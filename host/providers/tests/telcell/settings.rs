//! Settings that cannot work are named field by field, and the shop's key is never shown.

use crate::account::{SHOP_KEY, secrets};
use kamurj_egress::Egress;
use kamurj_providers::{Line, Secrets, SettingsError, adapter};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn open(settings: &Value, secrets: &Secrets) -> Result<Vec<String>, SettingsError> {
    let line = Line::unwatched(Egress::new(Vec::new()));
    adapter("telcell", &settings.to_string(), secrets, line).map(|telcell| telcell.capabilities().page_origins)
}

#[test]
fn an_error_names_the_setting() {
    let with = |more: Value| {
        let mut settings = json!({ "issuer": "shop@example.am" });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    assert_eq!(open(&with(json!({})), &secrets()).unwrap(), ["https://telcellmoney.am"]);
    let test =
        with(json!({ "base_url": "https://telcellmoney.am/proto_test2", "valid_days": 365, "server_calls": true }));
    assert_eq!(open(&test, &secrets()).unwrap(), ["https://telcellmoney.am"]);
    for (settings, pointer, detail) in [
        (json!({}), "/settings", "`issuer`"),
        (json!({ "issuer": "" }), "/settings/issuer", "e-mail"),
        (json!({ "issuer": "a b" }), "/settings/issuer", "e-mail"),
        (json!({ "issuer": 5 }), "/settings/issuer", "string"),
        (with(json!({ "base_url": "telcell" })), "/settings/base_url", "URL"),
        (with(json!({ "base_url": "http://telcellmoney.am" })), "/settings/base_url", "https"),
        (with(json!({ "base_url": "https://10.0.0.1" })), "/settings/base_url", "host name"),
        (with(json!({ "base_url": "https://telcellmoney.am/?a=1" })), "/settings/base_url", "without"),
        (with(json!({ "valid_days": 0 })), "/settings/valid_days", "1 to 365"),
        (with(json!({ "valid_days": 366 })), "/settings/valid_days", "1 to 365"),
        (with(json!({ "valid_days": -1 })), "/settings/valid_days", "u32"),
        (with(json!({ "valid_days": "1" })), "/settings/valid_days", "u32"),
        (with(json!({ "server_calls": "yes" })), "/settings/server_calls", "boolean"),
        (with(json!({ "verify_tls": false })), "/settings/verify_tls", "unknown field"),
        (with(json!({ "insecure": true })), "/settings/insecure", "unknown field"),
        (with(json!({ "shop_key": SHOP_KEY })), "/settings/shop_key", "unknown field"),
    ] {
        let error = open(&settings, &secrets()).unwrap_err();
        assert_eq!(error.pointer, pointer, "{settings}: {error}");
        assert!(error.detail.contains(detail), "{settings}: {error}");
    }
}

#[test]
fn h5_an_error_names_the_credential_and_never_its_value() {
    for (name, value, pointer) in [
        ("shop_key", "", "/secrets/shop_key"),
        ("shop_key", " copied ", "/secrets/shop_key"),
        ("shop_kye", SHOP_KEY, "/secrets/shop_kye"),
    ] {
        let secrets = Secrets::new(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        let error = open(&json!({ "issuer": "shop@example.am" }), &secrets).unwrap_err();
        assert_eq!(error.pointer, pointer, "{error}");
        assert!(value.is_empty() || !format!("{error:?}").contains(value), "{error:?}");
    }
}
