//! What the bank says of an order, in our words: tables of codes and states, and the wrong readings of them.

use crate::account::{AtTheBank, MINUTE, NOW, NUMBER, adapter_at, by_reference, drams, found, price};
use crate::by_hand::{ByHand, REFERENCE, details};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, SessionStatus, Statement};
use kamurj_sandbox::gateways::ameriabank::AfterPaying;
use kamurj_sandbox::gateways::{Act, Lie};
use serde_json::{Value, json};

async fn lookup_of(body: impl Into<Vec<u8>>) -> Lookup {
    let bank = ByHand::telling(200, body).await;
    adapter_at(&bank.url, &json!({})).lookup(&by_reference(REFERENCE)).await
}

async fn told(change: Value) -> Statement {
    found(lookup_of(details(&change).to_string()).await)
}

const DECLINES: [&str; 42] = [
    "0151018", "0907", "0910", "0-2013", "0-2005", "0-2006", "0-2011", "0-2015", "0-2016", "0-2018", "0-2019", "02003",
    "02005", "0151017", "0100", "0101", "0103", "0104", "0107", "0110", "0111", "0116", "0120", "0121", "0123", "0125",
    "0208", "0209", "0902", "0903", "0904", "0913", "071015", "0-20010", "0-2002", "0-2000", "0-2001", "02001", "0999",
    "0341014", "09001", "0909",
];

#[tokio::test]
async fn each_response_code_is_read_as_the_table_has_it() {
    use SessionStatus::{Abandoned, Declined, Open, Unknown};
    let mut table: Vec<(&str, SessionStatus)> = DECLINES.map(|code| (code, Declined)).to_vec();
    table.extend([
        ("00", Open),
        ("0-100", Open),
        ("0-9000", Open),
        ("0-1", Open),
        ("0151019", Open),
        ("520", Open),
        ("500", Open),
        ("0-2007", Abandoned),
        ("01001", Abandoned),
        ("560", Declined),
        ("02", Declined),
        ("03", Declined),
        ("04", Declined),
        ("05", Declined),
        ("30", Declined),
        ("50", Declined),
        ("510", Declined),
        // These speak of an operation beside the payment, which stands where its order status says.
        ("07", Open),
        ("0914", Open),
        ("0341041", Open),
        ("513", Open),
        ("514", Open),
        // The answer to a wrong password and to orders that nobody tried to pay: it is asked further.
        ("550", Open),
        ("01", Unknown),
        ("08204", Unknown),
        ("06", Unknown),
        ("1", Unknown),
        ("0", Unknown),
        ("", Unknown),
        ("0-", Unknown),
        ("0116x", Unknown),
        ("approved", Unknown),
    ]);
    for (code, expected) in table {
        let started = json!({ "ResponseCode": code, "OrderStatus": "0", "ApprovedAmount": 0.0 });
        assert_eq!(told(started).await.status, expected, "{code}");
        // A code that is not success makes no order paid that the bank calls deposited, nor undoes one.
        let statement = told(json!({ "ResponseCode": code })).await;
        let beside = ["00", "07", "0914", "0341041", "513", "514"].contains(&code);
        assert_eq!(statement.status == SessionStatus::Approved, beside, "{code}: {statement:?}");
        assert!(![Declined, Abandoned].contains(&statement.status), "{code}: {statement:?}");
        let adapter = adapter_at("http://127.0.0.1:9/VPOS/", &json!({}));
        assert_eq!(adapter.left_unpaid_after_ms(&statement), None, "{code}: money may have moved");
    }
}

#[tokio::test]
async fn each_order_status_is_read_and_5_is_not_paid() {
    use SessionStatus::{Abandoned, Approved, Declined, Open, Reversed, Unknown};
    for (change, expected, refunded) in [
        (json!({ "OrderStatus": "0" }), Open, Some(0)),
        (json!({ "OrderStatus": "1" }), Open, Some(0)),
        (json!({ "OrderStatus": "2" }), Approved, Some(0)),
        (json!({ "OrderStatus": "3" }), Reversed, Some(0)),
        (json!({ "OrderStatus": "3", "ApprovedAmount": 0.0 }), Abandoned, Some(0)),
        (json!({ "OrderStatus": "3", "ApprovedAmount": "?" }), Reversed, Some(0)),
        // 4 comes after partial refunds as well: what was taken stays taken, and the count says the rest.
        (json!({ "OrderStatus": "4", "RefundedAmount": 400.0, "DepositedAmount": 1100.0 }), Approved, Some(40_000)),
        (json!({ "OrderStatus": "4", "RefundedAmount": 1500.0, "DepositedAmount": 0.0 }), Approved, Some(150_000)),
        (json!({ "OrderStatus": "4", "RefundedAmount": 0.0 }), Unknown, Some(0)),
        (json!({ "OrderStatus": "4", "RefundedAmount": "" }), Unknown, None),
        (json!({ "OrderStatus": "5" }), Open, Some(0)),
        (json!({ "OrderStatus": "6" }), Declined, Some(0)),
        (json!({ "OrderStatus": "7" }), Unknown, Some(0)),
        (json!({ "OrderStatus": "" }), Unknown, Some(0)),
        (json!({ "OrderStatus": "payment_deposited" }), Unknown, Some(0)),
        (json!({ "OrderStatus": null }), Unknown, Some(0)),
    ] {
        for as_number in [false, true] {
            let mut change = change.clone();
            match change["OrderStatus"].as_str().and_then(|text| text.parse::<i64>().ok()) {
                Some(number) if as_number => change["OrderStatus"] = number.into(),
                _ => {}
            }
            let statement = told(change.clone()).await;
            let refunded = refunded.map(|minor| Money::new(minor, Currency::Amd));
            assert_eq!((statement.status, statement.refunded), (expected, refunded), "{change}");
        }
    }
}

#[tokio::test]
async fn success_is_read_from_texts_and_numbers_alike() {
    for change in [
        json!({}),
        json!({ "ResponseCode": "00 : Payment Successfully Completed" }),
        json!({ "ResponseCode": " 00 " }),
        json!({ "ResponseCode": "000" }),
        json!({ "OrderID": 410_017, "OrderStatus": 2, "PrimaryRC": 0, "ActionCode": 0 }),
        json!({ "ApprovedAmount": "1500.00" }),
        json!({ "ApprovedAmount": 1500 }),
        json!({ "ApprovedAmount": "1500.000" }),
        json!({ "Currency": "51" }),
        json!({ "Currency": 51 }),
        json!({ "BankInfo": null, "PaymentType": 99, "NewField": [1, {}] }),
    ] {
        let statement = told(change.clone()).await;
        let expected = Statement {
            reference: REFERENCE.into(),
            number: NUMBER.into(),
            url: None,
            status: SessionStatus::Approved,
            cause: None,
            amount: Some(price()),
            foreign_currency: None,
            provider_time: Some(NOW),
            payment_reference: Some("632416001234".into()),
            refunded: Some(drams_or_none("0")),
            changed_at: statement.changed_at,
        };
        assert_eq!(statement, expected, "{change}");
        assert!(statement.changed_at.is_some(), "the answer's own time");
    }
}

fn drams_or_none(amount: &str) -> Money {
    if amount == "0" { Money::new(0, Currency::Amd) } else { drams(amount) }
}

#[tokio::test]
async fn money_is_taken_from_the_text_and_what_was_approved_is_what_counts() {
    for (written, expected) in [
        ("1500.0", Some(150_000)),
        ("1500", Some(150_000)),
        ("\"1500.00\"", Some(150_000)),
        // The classic bug in both directions: neither is the same sum.
        ("150000", Some(15_000_000)),
        ("15.0", Some(1_500)),
        ("1499.99", Some(149_999)),
        ("0.07", Some(7)),
        // As a float this would be 90071992547409.94.
        ("90071992547409.93", Some(9_007_199_254_740_993)),
        ("0.1", Some(10)),
        ("1500.001", None),
        ("1499.9999999999999999", None),
        ("-1500.0", None),
        ("1.5e3", None),
        ("\"1,500.00\"", None),
        ("\"NaN\"", None),
        ("\"\"", None),
        ("null", None),
        ("99999999999999999999", None),
    ] {
        let raw = details(&json!({ "ApprovedAmount": "@" })).to_string().replace("\"@\"", written);
        let statement = found(lookup_of(raw).await);
        assert_eq!(statement.amount.map(|amount| amount.minor), expected, "{written}");
        assert_eq!(statement.status, SessionStatus::Approved, "the host compares, and finds another amount or none");
    }
    let other = told(json!({ "Amount": 10.0, "DepositedAmount": 10.0 })).await;
    assert_eq!(other.amount, Some(price()), "not what was asked for, nor what is left");
    let open = told(json!({ "ResponseCode": "0-9000", "OrderStatus": "0", "ApprovedAmount": 0.0 })).await;
    assert_eq!(open.amount, Some(price()));
}

#[tokio::test]
async fn a10_another_currency_or_none_is_told_without_an_amount() {
    for (currency, foreign) in [
        (json!("826"), "826"),
        (json!(""), ""),
        (json!(null), ""),
        (json!("AMD"), "AMD"),
        (json!("0051"), "0051"),
        (json!(810), "810"),
    ] {
        let statement = told(json!({ "Currency": currency, "RefundedAmount": 1.0 })).await;
        assert_eq!((statement.amount, statement.refunded), (None, None), "{currency}");
        assert_eq!(statement.foreign_currency.as_deref(), Some(foreign), "{currency}");
    }
    let mut without = details(&json!({}));
    without.as_object_mut().unwrap().remove("Currency");
    assert_eq!(found(lookup_of(without.to_string()).await).foreign_currency.as_deref(), Some(""), "no dram by default");
    let roubles = told(json!({ "Currency": "643" })).await;
    assert_eq!((roubles.amount, roubles.foreign_currency), (Some(Money::new(150_000, Currency::Rub)), None));
}

#[tokio::test]
async fn a9_an_order_that_is_not_ours_says_so_or_nothing() {
    let other = told(json!({ "OrderID": "410018" })).await;
    assert_eq!(other.number, "410018", "the number is the bank's word, for the host to compare");
    for opaque in ["", NUMBER, "kamurj-410018", "kamurj-410017 ", "KAMURJ-410017", "shop-1"] {
        let lookup = lookup_of(details(&json!({ "Opaque": opaque })).to_string()).await;
        // Blanks around a text are the bank's own habit.
        let is_ours = opaque.trim() == "kamurj-410017";
        assert_eq!(matches!(lookup, Lookup::Found(_)), is_ours, "{opaque}: {lookup:?}");
    }
    for body in [
        details(&json!({ "OrderID": "" })).to_string(),
        details(&json!({ "OrderID": null })).to_string(),
        json!({ "ResponseCode": "06", "OrderID": "" }).to_string(),
        json!({ "ResponseCode": "20", "OrderID": "", "Description": "ANI PETROSYAN" }).to_string(),
    ] {
        let lookup = lookup_of(body.clone()).await;
        assert!(matches!(&lookup, Lookup::NoAnswer { reason } if !reason.contains("ANI")), "{body}: {lookup:?}");
    }
}

#[tokio::test]
async fn times_are_of_yerevan_or_none() {
    for (written, expected) in [
        (json!("21/11/2026 14:05:09"), Some(NOW)),
        (json!("11/21/2026 14:05:09"), None),
        (json!("2026-11-21T14:05:09"), None),
        (json!("21/11/2026"), None),
        (json!("31/02/2026 14:05:09"), None),
        (json!(""), None),
        (json!(null), None),
        (json!(20_261_121), None),
    ] {
        assert_eq!(told(json!({ "DateTime": written })).await.provider_time, expected, "{written}");
    }
    let unnumbered = told(json!({ "rrn": "" })).await;
    assert_eq!(unnumbered.payment_reference.as_deref(), Some("632416001234"), "the processing centre's id stands in");
    assert_eq!(told(json!({ "rrn": "", "MDOrderID": "" })).await.payment_reference, None);
}

#[tokio::test]
async fn the_ends_of_a_session_are_told_with_their_times() {
    for (act, expected) in [
        (Act::Pay, SessionStatus::Approved),
        (Act::Decline, SessionStatus::Declined),
        (Act::Expire, SessionStatus::Abandoned),
    ] {
        let at = AtTheBank::open().await;
        let reference = at.session().await;
        at.pass(MINUTE);
        at.act(&reference, act);
        at.pass(MINUTE);
        let told = at.told(&reference).await;
        assert_eq!((told.status, told.provider_time), (expected, Some(NOW + MINUTE)), "{act:?}");
        assert_eq!((told.amount, &told.url), (Some(price()), &None), "{act:?}");
        assert_eq!(told.changed_at, Some(NOW + 2 * MINUTE + 999));
        assert_eq!(told.payment_reference.is_some(), act == Act::Pay);
    }
}

#[tokio::test]
async fn a_payment_that_the_issuer_still_works_on_is_not_paid() {
    for after in [AfterPaying::AutoAuthorized, AfterPaying::Approved] {
        let at = AtTheBank::open().await;
        at.sandbox.ameriabank.change_habits(|habits| (habits.after_paying, habits.numbers) = (after, true));
        let reference = at.paid().await;
        let told = at.told(&reference).await;
        assert_eq!(told.status, SessionStatus::Open, "{after:?}");
        assert_eq!(at.bank.left_unpaid_after_ms(&told), None, "money may be held: its end is never assumed");
        at.sandbox.ameriabank.change_habits(|habits| {
            (habits.after_paying, habits.long_codes) = (AfterPaying::Deposited, true);
        });
        at.act(&reference, Act::Pay);
        let told = at.told(&reference).await;
        assert_eq!((told.status, told.amount), (SessionStatus::Approved, Some(price())));
    }
}

#[tokio::test]
async fn c10_what_staff_do_is_told() {
    let at = AtTheBank::open().await;
    let reference = at.session().await;
    at.act(&reference, Act::Decline);
    at.sandbox.ameriabank.approve_by_staff(&reference).unwrap();
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved, "a failed state is not final");
    at.act(&reference, Act::Reverse);
    let told = at.told(&reference).await;
    assert_eq!((told.status, told.amount), (SessionStatus::Reversed, Some(price())));
}

#[tokio::test]
async fn another_amount_or_currency_is_told_as_the_bank_has_it() {
    for (lie, minor) in
        [(Lie::None, 150_000), (Lie::Times100, 15_000_000), (Lie::DividedBy100, 1_500), (Lie::OneLess, 149_900)]
    {
        let at = AtTheBank::open().await;
        at.sandbox.ameriabank.change_faults(|faults| faults.paid = lie);
        let reference = at.paid().await;
        assert_eq!(at.told(&reference).await.amount, Some(Money::new(minor, Currency::Amd)), "{lie:?}");
    }
    let at = AtTheBank::open().await;
    at.sandbox.ameriabank.change_faults(|faults| faults.paid_currency = Some("GBP".into()));
    let reference = at.paid().await;
    assert_eq!(at.told(&reference).await.foreign_currency.as_deref(), Some("826"));
}
