//! Every row of the table of errors, through a whole delivery.

use serde_json::{Value, json};

use crate::merchant::{Merchant, owed, payment_of, settings};
use crate::portal::Fault;

#[track_caller]
fn check(status: u16, error: &Value, kind: &str, code: &str, scope: &str) {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    merchant.fault("crm.item.update", Fault::Refuse(status, error.clone()));
    let outcome = merchant.tell(&payment_of(10, "paid", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        (kind, code, scope),
        "{status} {error}"
    );
    assert!(merchant.comments().is_empty());
}

#[test]
fn refusals_end_as_the_table_says() {
    check(503, &json!("QUERY_LIMIT_EXCEEDED"), "retry", "QUERY_LIMIT_EXCEEDED", "connection");
    check(429, &json!("OPERATION_TIME_LIMIT"), "retry", "OPERATION_TIME_LIMIT", "connection");
    check(503, &json!("OVERLOAD_LIMIT"), "retry", "OVERLOAD_LIMIT", "connection");
    check(429, &json!(""), "retry", "429", "connection");
    check(500, &json!("INTERNAL_SERVER_ERROR"), "retry", "INTERNAL_SERVER_ERROR", "message");
    check(500, &json!("ERROR_UNEXPECTED_ANSWER"), "retry", "ERROR_UNEXPECTED_ANSWER", "message");
    check(502, &json!(""), "retry", "502", "message");
    check(500, &json!("PORTAL_DELETED"), "auth-needed", "PORTAL_DELETED", "message");
    check(401, &json!("expired_token"), "auth-needed", "expired_token", "message");
    check(401, &json!("NO_AUTH_FOUND"), "auth-needed", "NO_AUTH_FOUND", "message");
    check(401, &json!("invalid_token"), "auth-needed", "invalid_token", "message");
    for code in ["ACCESS_DENIED", "insufficient_scope", "INVALID_CREDENTIALS", "user_access_error"] {
        check(403, &json!(code), "auth-needed", code, "message");
    }
    check(400, &json!("PAYMENT_REQUIRED"), "auth-needed", "PAYMENT_REQUIRED", "message");
    check(400, &json!("NOT_FOUND"), "bad-request", "record-gone", "message");
    check(400, &json!("CRM_FIELD_ERROR_VALUE_NOT_VALID"), "bad-request", "stage-gone", "connection");
    check(400, &json!("UPDATE_DYNAMIC_ITEM_RESTRICTED"), "bad-request", "UPDATE_DYNAMIC_ITEM_RESTRICTED", "message");
    check(400, &json!("100"), "bad-request", "100", "message");
    check(400, &json!(0), "bad-request", "0", "message");
    check(400, &json!(""), "bad-request", "400", "message");
    check(200, &json!(0), "bad-request", "0", "message");
    check(200, &json!(""), "bad-request", "200", "message");
    check(
        400,
        &json!({ "code": "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION" }),
        "bad-request",
        "ACCESSDENIEDEXCEPTION",
        "message",
    );
}

#[test]
fn f1_waits_hold_the_whole_portal_back_and_grow() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let mut waits = Vec::new();
    for run in [1, 2, 3, 9] {
        merchant.fault("crm.item.get", Fault::Limit);
        waits.push(merchant.sync(&kamurj_sdk::Delivery { run, ..owed(&payment_of(10, "paid", 3)) }).retry_after_ms);
    }
    assert_eq!(waits, [Some(1000), Some(2000), Some(4000), Some(32_000)]);
    // The last good answer told when the counter is reset: 1 795 250 600 s, ten minutes from now.
    merchant.fault("crm.item.update", Fault::Refuse(429, json!("OPERATION_TIME_LIMIT")));
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).retry_after_ms, Some(600_000));
    merchant.host.set_now_ms(1_795_250_510_000);
    merchant.fault("crm.item.update", Fault::Refuse(429, json!("OPERATION_TIME_LIMIT")));
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).retry_after_ms, Some(90_000));
    merchant.fault("crm.item.get", Fault::Refuse(429, json!("OPERATION_TIME_LIMIT")));
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).retry_after_ms, Some(600_000), "nothing was told before");
}

#[test]
fn f1_half_an_hour_of_limits_costs_one_request_a_run_and_ends_in_order() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let before = merchant.hits();
    for run in 1..=60 {
        merchant.fault("crm.item.get", Fault::Limit);
        assert_eq!(merchant.sync(&kamurj_sdk::Delivery { run, ..owed(&payment_of(10, "paid", 3)) }).kind, "retry");
    }
    assert_eq!(merchant.hits() - before, 60, "a refused run asks once and waits");
    assert_eq!(merchant.sync(&kamurj_sdk::Delivery { run: 61, ..owed(&payment_of(10, "paid", 3)) }).kind, "done");
    assert_eq!((merchant.stage(10).as_str(), merchant.comments().len()), ("EXECUTING", 1));
}

#[test]
fn a_page_in_place_of_an_answer_is_passing_trouble() {
    for (method, kind) in [("crm.item.get", "retry"), ("crm.timeline.comment.add", "ambiguous")] {
        let merchant = Merchant::new();
        merchant.deal(10, "NEW");
        let portal = merchant.portal.clone();
        let host = kamurj_sdk::testing::MemoryHost::new(&settings().to_string())
            .with_secret("webhook_secret")
            .with_remote(move |request: &kamurj_sdk::Request| {
                let answer = portal.borrow_mut().answer(request)?;
                let is_it = request.url.ends_with(method);
                Ok(if is_it { kamurj_sdk::Response { body: b"<html>".to_vec(), ..answer } } else { answer })
            });
        let outcome =
            <kamurj_plugin_bitrix24::Bitrix24 as kamurj_sdk::Crm>::sync(&host, &owed(&payment_of(10, "paid", 3)));
        // The comment was written all the same, and is found.
        let expected = if method == "crm.item.get" { kind } else { "done" };
        assert_eq!(outcome.kind, expected, "{method}");
    }
}

#[test]
fn a_portal_that_was_renamed_waits_for_the_operators_word() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    merchant.portal.borrow_mut().moved_to = Some("https://sweets.bitrix24.ru".to_owned());
    let outcome = merchant.tell(&payment_of(10, "paid", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "portal-moved", "connection")
    );
    assert!(outcome.message.contains("https://sweets.bitrix24.ru."), "{}", outcome.message);
    assert!(!outcome.message.contains("secret"), "nothing behind the host is told: {}", outcome.message);
    assert_eq!(merchant.hits(), 1, "nothing is sent to the new address");
}
