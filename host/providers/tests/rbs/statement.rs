//! What the gateway says of an order, in our words: states, action codes, amounts, refunds, times.

use crate::account::{AtTheGateway, GUID, NOW, NUMBER, by_number, by_reference, drams};
use crate::by_hand::{ByHand, status};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, SessionStatus, Statement};
use kamurj_sandbox::gateways::rbs::{Codes, Version};
use kamurj_sandbox::gateways::{Act, Lie};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

async fn told(change: &Value) -> Statement {
    match ByHand::saying(&status(change)).await.account().lookup(&by_reference(GUID)).await {
        Lookup::Found(statement) => statement,
        other => panic!("{change}: {other:?}"),
    }
}

/// The same for many answers, told to one account one after the other.
async fn told_each(changes: &[Value]) -> Vec<Statement> {
    let answers = changes.iter().map(|change| (200, status(change).to_string().into_bytes()));
    let account = ByHand::answering_each(answers.collect()).await.account();
    let mut statements = Vec::new();
    for change in changes {
        match account.lookup(&by_reference(GUID)).await {
            Lookup::Found(statement) => statements.push(statement),
            other => panic!("{change}: {other:?}"),
        }
    }
    statements
}

fn amd(minor: i64) -> Money {
    Money::new(minor, Currency::Amd)
}

#[tokio::test]
async fn each_state_has_its_word_and_5_is_never_paid() {
    use SessionStatus::{Abandoned, Approved, Declined, Open, Reversed, Unknown};
    let (mut changes, mut words) = (Vec::new(), Vec::new());
    for (state, action, expected) in [
        (0, -100, Open),
        (0, 116, Open),
        (0, -2007, Open),
        (0, 0, Open),
        (1, 0, Open),
        (2, 0, Approved),
        (2, -1, Approved),
        (3, 0, Reversed),
        (5, -9000, Open),
        (5, 0, Open),
        (6, 116, Declined),
        (6, -2007, Abandoned),
        (6, 1001, Abandoned),
        (6, -1, Unknown),
        (6, 151_019, Unknown),
        (6, 0, Unknown),
        (6, -100, Declined),
        (6, -2014, Declined),
        (6, 8204, Declined),
        (6, 123_456, Declined),
        (7, 0, Unknown),
        (20, 0, Unknown),
        (-1, 0, Unknown),
    ] {
        let (number, text) = ((json!(state), json!(action)), (json!(state.to_string()), json!(action.to_string())));
        for (written_state, written_action) in [number, text] {
            changes.push(json!({ "orderStatus": written_state, "actionCode": written_action }));
            words.push(expected);
        }
    }
    for (place, statement) in told_each(&changes).await.into_iter().enumerate() {
        assert_eq!(statement.status, words[place], "{}", changes[place]);
    }
    // The codes of the manual's appendix that decline, whatever they are called.
    let actions = [
        -2000, -2001, -2002, -2004, -2005, -2006, -2009, -2011, -2013, -2014, -2015, -2016, -2018, -2019, -2021,
        -20010, 1, 5, 100, 101, 103, 104, 107, 109, 110, 111, 116, 120, 121, 123, 125, 208, 209, 902, 903, 904, 907,
        909, 910, 913, 914, 999, 2001, 2003, 2004, 2005, 8204, 9001, 71_015, 151_017, 151_018, 341_014, 341_041,
    ];
    let changes = actions.map(|action| json!({ "orderStatus": 6, "actionCode": action }));
    for (place, statement) in told_each(&changes).await.into_iter().enumerate() {
        assert_eq!(statement.status, SessionStatus::Declined, "{}", actions[place]);
    }
    for state in [json!("paid"), json!(2.0), json!(true), json!("2 "), json!(9_999_999_999_999_999_999_u64)] {
        assert_eq!(told(&json!({ "orderStatus": state })).await.status, SessionStatus::Unknown, "{state}");
    }
    assert_eq!(told(&json!({ "orderStatus": 6, "actionCode": null })).await.status, SessionStatus::Declined);
}

#[tokio::test]
async fn amounts_come_in_exactly_or_not_at_all() {
    for (written, expected) in [
        (json!(150_000), Some(amd(150_000))),
        (json!("150000"), Some(amd(150_000))),
        // A hundred times too much or too little is told as it is, and is another amount.
        (json!(15_000_000), Some(amd(15_000_000))),
        (json!(1_500), Some(amd(1_500))),
        (json!(9_007_199_254_740_993_i64), Some(amd(9_007_199_254_740_993))),
        (json!(i64::MAX), Some(amd(i64::MAX))),
        (json!(u64::MAX), None),
        (json!(1500.0), None),
        (json!("1500.00"), None),
        (json!("1.5e5"), None),
        (json!("+150000"), None),
        (json!(" 150000"), None),
        (json!(-150_000), None),
        (json!(""), None),
        (Value::Null, None),
    ] {
        let statement = told(&json!({ "amount": written })).await;
        assert_eq!((statement.status, statement.amount), (SessionStatus::Approved, expected), "{written}");
        assert_eq!(statement.foreign_currency, None, "{written}");
    }
}

#[tokio::test]
async fn a10_currencies_are_the_gateways_and_never_ours() {
    for (written, expected, foreign) in [
        (json!("051"), Some(Currency::Amd), None),
        (json!(51), Some(Currency::Amd), None),
        (json!("643"), Some(Currency::Rub), None),
        (json!(840), Some(Currency::Usd), None),
        (json!("978"), Some(Currency::Eur), None),
        (json!("826"), None, Some("826")),
        (json!("AMD"), None, Some("AMD")),
        (json!("0051"), None, Some("0051")),
        // Not named at all: no amount, so that it never equals what was asked.
        (Value::Null, None, None),
        (json!(""), None, None),
    ] {
        let statement = told(&json!({ "currency": written })).await;
        let amount = expected.map(|currency| Money::new(150_000, currency));
        assert_eq!((statement.amount, statement.foreign_currency.as_deref()), (amount, foreign), "{written}");
    }
}

#[tokio::test]
async fn what_was_taken_is_what_was_deposited() {
    let info = |deposited: Value, refunded: Value| json!({ "depositedAmount": deposited, "refundedAmount": refunded });
    for (state, info, expected) in [
        (2, info(json!(150_000), json!(0)), Some(amd(150_000))),
        (2, info(json!("150000"), json!("0")), Some(amd(150_000))),
        (2, info(json!(1_500), json!(0)), Some(amd(1_500))),
        (2, info(json!(0), json!(0)), Some(amd(0))),
        (2, info(json!("much"), json!(0)), None),
        (2, info(Value::Null, json!(0)), Some(amd(150_000))),
        (4, info(json!(150_000), json!(50_000)), Some(amd(150_000))),
        // Lowered by what went back.
        (4, info(json!(100_000), json!(50_000)), Some(amd(150_000))),
        (4, info(json!(0), json!(150_000)), Some(amd(150_000))),
        (4, info(json!(100_000), json!(60_000)), Some(amd(100_000))),
        // Nothing was taken yet, or nothing is left: what the order is for.
        (0, info(json!(0), json!(0)), Some(amd(150_000))),
        (1, info(json!(0), json!(0)), Some(amd(150_000))),
        (3, info(json!(0), json!(0)), Some(amd(150_000))),
        (6, info(json!(0), json!(0)), Some(amd(150_000))),
    ] {
        let statement = told(&json!({ "orderStatus": state, "paymentAmountInfo": info })).await;
        assert_eq!(statement.amount, expected, "{state} {info}");
    }
}

#[tokio::test]
async fn what_went_back_is_counted_or_asked_again() {
    let info = |refunded: Value| json!({ "depositedAmount": 150_000, "refundedAmount": refunded });
    let refund = |minor: Value, action: Value| json!({ "amount": minor, "actionCode": action, "date": "x" });
    for (state, info, refunds, expected) in [
        // Nothing but the state: a deposited order had nothing go back.
        (2, Value::Null, Value::Null, Some(Some(0))),
        (2, info(json!(0)), Value::Null, Some(Some(0))),
        (2, info(json!(0)), json!([]), Some(Some(0))),
        (2, info(json!(500)), Value::Null, Some(Some(500))),
        (2, info(json!("?")), Value::Null, Some(None)),
        (2, info(json!(0)), json!([refund(json!(500), json!(0))]), Some(None)),
        // Part and whole, by either count.
        (4, info(json!(50_000)), Value::Null, Some(Some(50_000))),
        (4, info(json!("150000")), Value::Null, Some(Some(150_000))),
        (4, Value::Null, json!([refund(json!(50_000), json!(0))]), Some(Some(50_000))),
        (
            4,
            Value::Null,
            json!([refund(json!(50_000), json!("0")), refund(json!("1"), Value::Null), refund(json!(7), json!(116))]),
            Some(Some(50_001)),
        ),
        (4, info(json!(500)), json!([refund(json!(500), json!(0))]), Some(Some(500))),
        (4, info(json!(500)), json!([]), Some(Some(500))),
        // Neither, or a contradiction: ask again.
        (4, Value::Null, Value::Null, None),
        (4, info(json!(0)), Value::Null, None),
        (4, info(Value::Null), Value::Null, None),
        (4, info(json!(5.5)), Value::Null, None),
        (4, info(json!(-500)), Value::Null, None),
        (4, Value::Null, json!([]), None),
        (4, Value::Null, json!([refund(json!("half"), json!(0))]), None),
        (4, Value::Null, json!([refund(json!(500), json!("ok"))]), None),
        (4, Value::Null, json!([refund(json!(i64::MAX), json!(0)), refund(json!(1), json!(0))]), None),
        (4, info(json!(500)), json!([refund(json!(600), json!(0))]), None),
        // Only a payment that stands has a count.
        (0, info(json!(0)), Value::Null, Some(None)),
        (3, info(json!(150_000)), Value::Null, Some(None)),
        (6, Value::Null, Value::Null, Some(None)),
    ] {
        let case = format!("{state} {info} {refunds}");
        let answer = status(&json!({
            "orderStatus": state, "paymentAmountInfo": info, "refunds": refunds, "authDateTime": NOW,
        }));
        match (ByHand::saying(&answer).await.account().lookup(&by_number()).await, expected) {
            (Lookup::Found(statement), Some(refunded)) => {
                assert_eq!(statement.refunded, refunded.map(amd), "{case}");
                assert_eq!(statement.changed_at, None, "{case}");
                // A count without a time of its own must not borrow the payment's: our refunds came after that.
                if refunded.is_some_and(|minor| minor > 0) {
                    assert_eq!((statement.status, statement.provider_time), (SessionStatus::Approved, None), "{case}");
                }
            }
            (Lookup::NoAnswer { .. }, None) => {}
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_time_of_a_payment_is_the_authorisations_and_never_the_orders() {
    for written in
        [json!(NOW), json!("2026-11-21T12:00:00"), json!("2026-11-21 12:00:00"), json!("2026-11-21T08:00:00Z")]
    {
        assert_eq!(told(&json!({ "authDateTime": written })).await.provider_time, Some(NOW), "{written}");
    }
    for unreadable in [Value::Null, json!("yesterday"), json!("2026-11-21"), json!(20_261_121_120_000_i64), json!(1.5)]
    {
        assert_eq!(told(&json!({ "authDateTime": unreadable })).await.provider_time, None, "a time is never made up");
    }
    for (state, action, expected) in
        [(0, -100, None), (3, 0, None), (5, 0, None), (6, -2007, None), (6, 116, Some(NOW))]
    {
        let change = json!({ "orderStatus": state, "actionCode": action, "authDateTime": NOW });
        assert_eq!(told(&change).await.provider_time, expected, "{state}");
    }
}

#[tokio::test]
async fn each_version_and_way_of_writing_says_the_same() {
    for version in [Version::V01, Version::V02, Version::V03] {
        for codes in [Codes::Text, Codes::Number, Codes::Absent] {
            for times_as_text in [false, true] {
                let at = AtTheGateway::open().await;
                at.gateway().change_habits(|habits| {
                    (habits.version, habits.codes, habits.times_as_text) = (version, codes, times_as_text);
                });
                let case = format!("{version:?} {codes:?} {times_as_text}");
                let reference = at.session().await;
                let open = at.told(&reference).await;
                assert_eq!((open.status, open.provider_time), (SessionStatus::Open, None), "{case}");
                at.pass(MINUTE);
                at.act(&reference, Act::Pay);
                let paid = at.told(&reference).await;
                assert_eq!((paid.status, paid.amount), (SessionStatus::Approved, Some(drams("1500"))), "{case}");
                assert_eq!((paid.reference.as_str(), paid.number.as_str()), (reference.as_str(), NUMBER), "{case}");
                assert_eq!(paid.refunded, Some(amd(0)), "{case}");
                let has_time = version >= Version::V02;
                assert_eq!(paid.provider_time, has_time.then_some(NOW + MINUTE), "{case}");
                assert_eq!(paid.payment_reference.map(|digits| digits.len()), has_time.then_some(12), "{case}");
                at.act(&reference, Act::GiveBack { minor: 50_000 });
                let part = at.told(&reference).await;
                assert_eq!((part.status, part.refunded), (SessionStatus::Approved, Some(amd(50_000))), "{case}");
                at.act(&reference, Act::GiveBack { minor: 100_000 });
                let whole = at.told(&reference).await;
                assert_eq!((whole.status, whole.refunded), (SessionStatus::Approved, Some(amd(150_000))), "{case}");
                assert_eq!(whole.amount, Some(drams("1500")), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn each_end_of_an_order_at_the_double_has_its_word() {
    let at = AtTheGateway::open().await;
    let reference = at.session().await;
    at.gateway().change_habits(|habits| habits.tries = 2);
    assert!(at.gateway().sends_to_acs(&reference));
    assert_eq!(at.told(&reference).await.status, SessionStatus::Open, "at the payer's bank is not paid");
    at.act(&reference, Act::Decline);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Open, "one of two tries");
    at.act(&reference, Act::Decline);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Declined);
    // Bank staff may change an order by hand later.
    assert!(at.gateway().staff_sets(&reference, 2, 0));
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved);
    at.act(&reference, Act::Reverse);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Reversed, "c10");

    let at = AtTheGateway::open().await;
    let reference = at.session().await;
    at.pass(20 * MINUTE);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Abandoned);

    for (lie, minor) in [(Lie::Times100, 15_000_000), (Lie::DividedBy100, 1_500), (Lie::OneLess, 149_900)] {
        for version in [Version::V01, Version::V03] {
            let at = AtTheGateway::open().await;
            at.gateway().change_habits(|habits| habits.version = version);
            at.gateway().change_faults(|faults| faults.paid = lie);
            let told = at.told(&at.paid().await).await;
            assert_eq!((told.status, told.amount), (SessionStatus::Approved, Some(amd(minor))), "{lie:?} {version:?}");
        }
    }
    let at = AtTheGateway::open().await;
    at.gateway().change_faults(|faults| faults.paid_currency = Some("RUB".into()));
    assert_eq!(at.told(&at.paid().await).await.amount, Some(Money::new(150_000, Currency::Rub)));
    let at = AtTheGateway::open().await;
    at.gateway().change_habits(|habits| (habits.version, habits.lists_refunds) = (Version::V01, false));
    let reference = at.paid().await;
    at.act(&reference, Act::GiveBack { minor: 1 });
    let lookup = at.rbs.lookup(&by_reference(&reference)).await;
    assert!(matches!(lookup, Lookup::NoAnswer { .. }), "state 4 and no count: {lookup:?}");
}
