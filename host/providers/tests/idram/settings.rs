//! Settings that cannot work are named field by field, and credentials are never shown.

use crate::shop::{ACCOUNT, SECRET, idram, secrets_of};
use kamurj_egress::Egress;
use kamurj_providers::{Line, Secrets, SettingsError, adapter};
use serde_json::{Value, json};

fn error_of(settings: &Value, secrets: &Secrets) -> SettingsError {
    adapter("idram", &settings.to_string(), secrets, Line::unwatched(Egress::new(Vec::new())))
        .err()
        .unwrap_or_else(|| panic!("{settings} cannot work"))
}

#[test]
fn an_error_names_the_field_and_the_fix() {
    let key = || secrets_of([("secret_key", SECRET)]);
    let long = "1".repeat(33);
    for (settings, pointer, detail) in [
        (json!({}), "/settings", "`account`"),
        (json!({ "account": 100_000_777 }), "/settings/account", "string"),
        (json!({ "account": "" }), "/settings/account", "IdramID"),
        (json!({ "account": "100 000 777" }), "/settings/account", "IdramID"),
        (json!({ "account": "100000777:1" }), "/settings/account", "IdramID"),
        (json!({ "account": long }), "/settings/account", "IdramID"),
        (json!({ "account": ACCOUNT, "base_url": "idram" }), "/settings/base_url", "URL"),
        (json!({ "account": ACCOUNT, "base_url": "http://banking.idram.am" }), "/settings/base_url", "https"),
        (json!({ "account": ACCOUNT, "base_url": "https://10.0.0.1" }), "/settings/base_url", "host name"),
        (json!({ "account": ACCOUNT, "verify_tls": false }), "/settings/verify_tls", "unknown field"),
        (json!({ "account": ACCOUNT, "insecure": true }), "/settings/insecure", "unknown field"),
        (json!({ "account": ACCOUNT, "secret_key": "x" }), "/settings/secret_key", "unknown field"),
    ] {
        let error = error_of(&settings, &key());
        assert_eq!(error.pointer, pointer, "{settings}: {error}");
        assert!(error.detail.contains(detail), "{settings}: {error}");
    }
}

#[test]
fn h5_an_error_names_the_credential_and_never_its_value() {
    let settings = json!({ "account": ACCOUNT });
    for (secrets, pointer) in [
        (secrets_of([]), "/secrets/secret_key"),
        (secrets_of([("secret_key", "")]), "/secrets/secret_key"),
        (secrets_of([("secret_key_old", SECRET)]), "/secrets/secret_key"),
        (secrets_of([("secret_key", SECRET), ("password", SECRET)]), "/secrets/password"),
    ] {
        let error = error_of(&settings, &secrets);
        assert_eq!(error.pointer, pointer, "{error}");
        assert!(!format!("{error} {error:?} {secrets:?}").contains(SECRET), "{error:?}");
    }
}

#[test]
fn the_page_lies_where_the_form_goes() {
    let more = json!({ "base_url": "https://wallet.example:8443/idram/" });
    let origins = idram(&more, &secrets_of([("secret_key", SECRET)]), Vec::new()).capabilities().page_origins;
    assert_eq!(origins, ["https://wallet.example:8443"]);
}
