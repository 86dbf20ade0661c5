//! What the bank says of a session, in our words.

use crate::account::{AtTheBank, adapter_at, by_number, by_reference, drams, order, price};
use crate::by_hand::{ByHand, session};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, SessionStatus, Start, Statement};
use kamurj_sandbox::bank::{self, PayAction};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

async fn after(act: impl FnOnce(&AtTheBank, &str)) -> Statement {
    let at = AtTheBank::open().await;
    let Start::Session { reference, .. } = at.vpos.start(&order("order-1", price())).await else { panic!("open") };
    at.pass(MINUTE);
    act(&at, &reference);
    match at.vpos.lookup(&by_number("order-1")).await {
        Lookup::Found(statement) => statement,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_end_of_a_session_has_its_word_and_its_time() {
    let now = crate::account::NOW;
    let paid = after(|at, id| drop(at.sandbox.bank.act(id, PayAction::Pay))).await;
    assert_eq!((paid.status, paid.provider_time), (SessionStatus::Approved, Some(now + MINUTE)));
    assert_eq!((paid.amount, &paid.url), (Some(price()), &None), "a page that is of no use is not shown");
    assert_eq!(paid.payment_reference.unwrap().len(), 12);

    let declined = after(|at, id| drop(at.sandbox.bank.act(id, PayAction::Decline))).await;
    assert_eq!((declined.status, declined.provider_time), (SessionStatus::Declined, Some(now + MINUTE)));
    assert_eq!((declined.url, declined.payment_reference), (None, None));

    let left = after(|at, id| drop(at.sandbox.bank.act(id, PayAction::Close))).await;
    assert_eq!(left.status, SessionStatus::Open);

    let expired = after(|at, _| at.pass(60 * MINUTE)).await;
    assert_eq!((expired.status, expired.provider_time), (SessionStatus::Abandoned, Some(now + 20 * MINUTE)));
    assert_eq!(expired.url, None);

    let pending = after(|at, id| {
        at.sandbox.bank.act(id, PayAction::Pay);
        at.sandbox.bank.change_faults(|faults| faults.lookup = bank::Lookup::Pending);
    })
    .await;
    assert_eq!((pending.status, pending.payment_reference), (SessionStatus::Open, None));
}

#[tokio::test]
async fn c10_what_the_bank_takes_back_is_told_with_its_own_time() {
    let now = crate::account::NOW;
    let taken_back = |act: fn(&bank::Bank, &str) -> bool| {
        after(move |at, id| {
            at.sandbox.bank.act(id, PayAction::Pay);
            at.pass(MINUTE);
            assert!(act(&at.sandbox.bank, id));
        })
    };
    for (told, expected) in [
        (taken_back(bank::Bank::reverse).await, SessionStatus::Reversed),
        (taken_back(bank::Bank::charge_back).await, SessionStatus::ChargedBack),
    ] {
        assert_eq!((told.status, told.provider_time, &told.url), (expected, Some(now + 2 * MINUTE), &None));
        assert_eq!(
            (told.amount, told.refunded),
            (Some(price()), Some(Money::new(0, Currency::Amd))),
            "it is no refund"
        );
        assert_eq!(told.payment_reference.unwrap().len(), 12);
    }
}

#[tokio::test]
async fn what_went_back_in_all_is_told_whoever_asked_for_it() {
    let told = after(|at, id| {
        at.sandbox.bank.act(id, PayAction::Pay);
        assert!(at.sandbox.bank.refund_by_staff(id, 400_000) && at.sandbox.bank.refund_by_staff(id, 300_000));
    })
    .await;
    assert_eq!((told.status, told.refunded), (SessionStatus::Approved, Some(drams("7000"))));
    let rest = after(|at, id| {
        at.sandbox.bank.act(id, PayAction::Pay);
        assert!(at.sandbox.bank.refund_by_staff(id, 400_000) && at.sandbox.bank.reverse(id));
    })
    .await;
    assert_eq!((rest.status, rest.amount), (SessionStatus::Reversed, Some(price())));
    assert_eq!(rest.refunded, Some(drams("4000")), "what went back before a reversal stays told");
    for (exponent, change, expected) in [
        (2, json!({ "refundedMinor": 12_500 }), Some(12_500)),
        (0, json!({ "refundedMinor": 12_500 }), Some(1_250_000)),
        (0, json!({ "refundedMinor": i64::MAX }), None),
        (2, json!({ "refundedMinor": null }), None),
        (2, json!({}), None),
        (2, json!({ "refundedMinor": 12_500, "currency": "GBP" }), None),
    ] {
        let told = told_by_hand(&json!({ "amount_exponent": exponent }), change.clone()).await;
        assert_eq!(told.refunded.map(|total| total.minor), expected, "{change} with {exponent} decimals");
    }
}

#[tokio::test]
async fn another_amount_is_told_as_the_bank_has_it() {
    let paid = after(|at, id| {
        at.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = -1);
        at.sandbox.bank.act(id, PayAction::Pay);
    })
    .await;
    assert_eq!(paid.amount, Some(Money::new(1_249_999, Currency::Amd)));
}

async fn told_by_hand(more: &Value, change: Value) -> Statement {
    let bank = ByHand::answering(200, session(&change).to_string()).await;
    match adapter_at(&bank.url, more).lookup(&by_reference("order-1", "ps_1")).await {
        Lookup::Found(statement) => statement,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_status_word_is_read() {
    for (word, expected) in [
        ("created", SessionStatus::Open),
        ("pending", SessionStatus::Open),
        ("paid", SessionStatus::Approved),
        ("failed", SessionStatus::Declined),
        ("expired", SessionStatus::Abandoned),
        ("cancelled", SessionStatus::Abandoned),
        ("reversed", SessionStatus::Reversed),
        ("charged_back", SessionStatus::ChargedBack),
        ("PAID", SessionStatus::Unknown),
        ("authorized", SessionStatus::Unknown),
        ("refunded", SessionStatus::Unknown),
        ("", SessionStatus::Unknown),
    ] {
        let statement = told_by_hand(&json!({}), json!({ "status": word })).await;
        assert_eq!(statement.status, expected, "{word}");
    }
}

#[tokio::test]
async fn a_currency_that_we_do_not_know_is_told_without_an_amount() {
    for code in ["GBP", "amd", "051", ""] {
        let statement = told_by_hand(&json!({}), json!({ "currency": code, "status": "paid" })).await;
        assert_eq!((statement.amount, statement.foreign_currency.as_deref()), (None, Some(code)));
        assert_eq!(statement.status, SessionStatus::Approved);
    }
    let roubles = told_by_hand(&json!({}), json!({ "currency": "RUB" })).await;
    assert_eq!((roubles.amount, roubles.foreign_currency), (Some(Money::new(1_250_000, Currency::Rub)), None));
}

async fn check_amount(exponent: u32, wire: i64, expected: Option<i64>) {
    let statement = told_by_hand(&json!({ "amount_exponent": exponent }), json!({ "amountMinor": wire })).await;
    assert_eq!(statement.amount.map(|amount| amount.minor), expected, "{wire} with {exponent} decimals");
    assert_eq!(statement.foreign_currency, None);
}

#[tokio::test]
async fn amounts_come_in_exactly_or_not_at_all() {
    check_amount(2, 1_250_000, Some(1_250_000)).await;
    check_amount(0, 12_500, Some(1_250_000)).await;
    check_amount(2, 1, Some(1)).await;
    check_amount(0, 1, Some(100)).await;
    check_amount(2, 0, Some(0)).await;
    check_amount(2, i64::MAX, Some(i64::MAX)).await;
    check_amount(0, i64::MAX / 100, Some(i64::MAX / 100 * 100)).await;
    check_amount(0, i64::MAX / 100 + 1, None).await;
    check_amount(0, i64::MAX, None).await;
}

#[tokio::test]
async fn the_time_of_a_payment_is_when_it_was_paid() {
    let paid_at = 1_795_255_509_000;
    let told = json!({ "status": "paid", "paidAt": "2026-11-21T14:05:09+04:00", "updatedAt": "2026-11-21T11:00:00Z" });
    assert_eq!(told_by_hand(&json!({}), told).await.provider_time, Some(paid_at));
    let failed = json!({ "status": "failed", "paidAt": null, "updatedAt": "2026-11-21T10:05:09Z" });
    assert_eq!(told_by_hand(&json!({}), failed).await.provider_time, Some(paid_at));
    for unreadable in [Value::Null, json!("2026-11-21"), json!("yesterday")] {
        let told = json!({ "status": "paid", "paidAt": unreadable });
        assert_eq!(told_by_hand(&json!({}), told).await.provider_time, None, "a time is never made up");
    }
}

#[tokio::test]
async fn a_page_elsewhere_is_not_taken_from_a_look_up_either() {
    let named = json!({ "checkout_origins": ["https://pay.bank.example"] });
    let elsewhere = told_by_hand(&named, json!({ "checkoutUrl": "https://elsewhere.example/pay/1" })).await;
    assert_eq!((elsewhere.status, elsewhere.url), (SessionStatus::Open, None));
    let own = told_by_hand(&named, json!({ "checkoutUrl": "https://pay.bank.example/pay/1" })).await;
    assert_eq!(own.url.as_deref(), Some("https://pay.bank.example/pay/1"));
}
