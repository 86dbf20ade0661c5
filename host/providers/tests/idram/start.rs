//! The form, and what Idram cannot do.

use crate::shop::{ACCOUNT, NOW, of, order, plain, price};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{
    Amounts, Cancelled, Checked, Hint, Lookup, OrderNumber, Outcome, Pushes, RefundAnswer, RefundLookup, RefundOf,
    RefundOrder, RefundQuestions, Start,
};

#[tokio::test]
async fn the_form_says_what_idram_needs_in_its_own_languages() {
    for (language, code) in [("hy", "AM"), ("ru", "RU"), ("en", "EN")] {
        let start = plain().start(&order("ord_1", price(), language)).await;
        let expected = [
            ("EDP_LANGUAGE", code),
            ("EDP_REC_ACCOUNT", ACCOUNT),
            ("EDP_DESCRIPTION", "Անուշ քաղցր & 1 տուփ"),
            ("EDP_AMOUNT", "1500.00"),
            ("EDP_BILL_NO", "ord_1"),
            ("order_number", "ord_1"),
        ];
        let Start::Form { reference, action, fields } = &start else { panic!("{start:?}") };
        assert_eq!(reference, "ord_1");
        assert_eq!(action, "https://banking.idram.am/Payment/GetPayment");
        assert_eq!(*fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(plain().start(&order("ord_1", price(), language)).await, start, "the same each time");
    }
}

#[tokio::test]
async fn a10_only_drams_above_zero_are_asked_for_and_never_rounded() {
    for (minor, written) in [(1, "0.01"), (1_250_050, "12500.50"), (100_000_000_000_000, "1000000000000.00")] {
        let start = plain().start(&order("ord_1", Money::new(minor, Currency::Amd), "en")).await;
        let Start::Form { fields, .. } = start else { panic!("{start:?}") };
        assert_eq!(fields[3].1, written);
    }
    for wrong in [
        Money::new(0, Currency::Amd),
        Money::new(-100, Currency::Amd),
        Money::new(150_000, Currency::Usd),
        Money::new(150_000, Currency::Rub),
        Money::new(150_000, Currency::Eur),
    ] {
        let start = plain().start(&order("ord_1", wrong, "en")).await;
        assert!(matches!(start, Start::Refused { .. }), "{wrong}: {start:?}");
    }
}

#[tokio::test]
async fn d8_what_idram_cannot_do_is_said_and_not_tried() {
    let idram = plain();
    let can = idram.capabilities();
    assert_eq!((can.push, can.lookup, can.asks_first, can.form), (Pushes::Proven, false, true, true));
    assert_eq!((can.refund, can.partial_refund, can.cancel), (false, false, false));
    assert_eq!((can.refund_lookup, can.repeatable_start), (RefundQuestions::None, true));
    assert_eq!((can.amounts, can.session_life_ms), (Amounts::Decimal, 30 * 60 * 1000));
    assert_eq!(can.order_number, OrderNumber::Text { longest: 28 });
    assert_eq!(can.page_origins, ["https://banking.idram.am"]);

    assert_eq!(idram.lookup(&of("ord_1")).await, Lookup::Unsupported);
    assert_eq!(idram.cancel(&of("ord_1")).await, Cancelled::Unsupported);
    let back = RefundOrder {
        number: "ord_1".into(),
        reference: Some("ord_1".into()),
        payment: Some("12345678901234".into()),
        refund: "ref_1".into(),
        amount: price(),
        reason: String::new(),
    };
    assert_eq!(idram.refund(&back).await, RefundAnswer::Unsupported);
    let question = RefundOf {
        number: "ord_1".into(),
        reference: None,
        payment: None,
        refund: "ref_1".into(),
        amount: price(),
        before: None,
    };
    assert_eq!(idram.lookup_refund(&question).await, RefundLookup::Unsupported);
    let Checked::Unsupported { detail } = idram.check().await else { panic!("there is nothing to ask") };
    assert!(detail.contains("/settings/account") && detail.contains("/secrets/secret_key"), "{detail}");
}

#[test]
fn a8_what_the_browser_brings_back_only_says_which_order_it_is_about() {
    let cases: [(&[(&str, &str)], Hint); 7] = [
        (&[], Hint::Fits),
        (&[("order_number", "ord_1")], Hint::Fits),
        (&[("EDP_BILL_NO", "ord_1"), ("order_number", "ord_1")], Hint::Fits),
        (&[("status", "paid"), ("EDP_TRANS_ID", "12345678901234")], Hint::Fits),
        (&[("order_number", "ord_2")], Hint::Foreign),
        (&[("EDP_BILL_NO", "ord_2"), ("order_number", "ord_1")], Hint::Foreign),
        (&[("EDP_BILL_NO", "ORD_1")], Hint::Foreign),
    ];
    for (query, expected) in cases {
        let query: Vec<(String, String)> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(plain().on_return(&of("ord_1"), &query), expected, "{query:?} at {NOW}");
    }
}

#[test]
fn only_ok_lets_money_stand_and_everything_else_sends_it_back_cleanly() {
    let reply = kamurj_providers::idram::FAMILY.reply.expect("its own words");
    for (outcome, body) in [
        (Outcome::Taken, "OK"),
        (Outcome::Agreed, "OK"),
        (Outcome::Declined("it is paid already"), "refused: it is paid already"),
        (Outcome::Unproven("EDP_CHECKSUM does not fit"), "refused: EDP_CHECKSUM does not fit"),
        (Outcome::Unreadable, "refused: the message cannot be read"),
        (Outcome::Unknown, "refused: no account has this address"),
        (Outcome::Unkept, "refused: it could not be kept"),
    ] {
        let said = reply(&outcome);
        // Any status that is not 2xx would leave the payer charged.
        assert_eq!((said.status, said.content_type, said.body.as_str()), (200, "text/plain", body), "{outcome:?}");
    }
    let said = reply(&Outcome::InDoubt);
    assert_eq!(said.status, 500, "the payment may stand as paid, so the money must stay and staff be told");
}
