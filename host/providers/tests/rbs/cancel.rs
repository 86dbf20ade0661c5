//! Undoing a payment on its day, and sessions that nobody can end.

use crate::account::{AtTheGateway, GUID, LOGIN, PASSWORD, by_number, by_reference};
use crate::by_hand::{ByHand, status};
use kamurj_providers::{Cancelled, SessionStatus};
use kamurj_sandbox::gateways::{Act, Reply};
use serde_json::json;

const HOUR: i64 = 3_600_000;

fn is_unanswered(cancelled: &Cancelled) -> bool {
    matches!(cancelled, Cancelled::NoAnswer { .. })
}

fn is_too_late(cancelled: &Cancelled) -> bool {
    matches!(cancelled, Cancelled::TooLate { .. })
}

#[tokio::test]
async fn a_payment_is_undone_until_midnight_in_yerevan() {
    // It is noon there; eleven hours and 59 minutes are left.
    for (pause, expected) in [(12 * HOUR - 60_000, SessionStatus::Reversed), (12 * HOUR, SessionStatus::Approved)] {
        let at = AtTheGateway::open().await;
        let reference = at.paid().await;
        at.pass(pause);
        let cancelled = at.rbs.cancel(&by_reference(&reference)).await;
        assert_eq!(cancelled == Cancelled::Done, expected == SessionStatus::Reversed, "{cancelled:?}");
        assert_eq!(is_too_late(&cancelled), expected == SessionStatus::Approved, "{cancelled:?}");
        assert_eq!(at.rbs.cancel(&by_reference(&reference)).await, cancelled, "asking again is harmless");
        assert_eq!(at.told(&reference).await.status, expected);
    }
    let at = AtTheGateway::open().await;
    let reference = at.paid().await;
    at.act(&reference, Act::GiveBack { minor: 1 });
    assert!(is_too_late(&at.rbs.cancel(&by_reference(&reference)).await), "not after a refund");
    let at = AtTheGateway::open().await;
    let reference = at.paid().await;
    assert_eq!(at.rbs.cancel(&by_number()).await, Cancelled::Done, "the id is asked for first");
    assert_eq!(at.told(&reference).await.status, SessionStatus::Reversed);
}

#[tokio::test]
async fn an_unpaid_session_ends_by_itself_only() {
    let at = AtTheGateway::open().await;
    let reference = at.session().await;
    assert!(is_unanswered(&at.rbs.cancel(&by_reference(&reference)).await), "it is open, and may still be paid");
    at.gateway().sends_to_acs(&reference);
    assert!(is_unanswered(&at.rbs.cancel(&by_reference(&reference)).await));
    at.pass(HOUR);
    assert_eq!(at.rbs.cancel(&by_reference(&reference)).await, Cancelled::Done, "it took no money and never will");
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_asking_again() {
    for (fault, standing) in [
        (Reply::DropReply, SessionStatus::Reversed),
        (Reply::DropRequest, SessionStatus::Approved),
        (Reply::Fail, SessionStatus::Approved),
    ] {
        let at = AtTheGateway::open().await;
        let reference = at.paid().await;
        at.gateway().change_faults(|faults| faults.cancel = fault);
        let cancelled = at.rbs.cancel(&by_reference(&reference)).await;
        // Error 7 is a wrong state or a system error: the payment stands, and a refund is always a way.
        assert!(
            if fault == Reply::Fail { is_too_late(&cancelled) } else { is_unanswered(&cancelled) },
            "{cancelled:?}"
        );
        assert_eq!(at.told(&reference).await.status, standing, "{fault:?}");
        at.gateway().change_faults(|faults| faults.cancel = Reply::Ok);
        assert_eq!(at.rbs.cancel(&by_reference(&reference)).await, Cancelled::Done, "{fault:?}");
    }
}

#[tokio::test]
async fn the_request_names_the_order_and_only_a_clear_yes_is_one() {
    for written in [json!(0), json!("0")] {
        let gateway = ByHand::saying(&json!({ "errorCode": written })).await;
        assert_eq!(gateway.account().cancel(&by_reference(GUID)).await, Cancelled::Done);
        let asked = gateway.asked();
        assert_eq!(asked.address, "/payment/rest/reverse.do");
        let expected = [("userName", LOGIN), ("password", PASSWORD), ("orderId", GUID)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(asked.form, expected);
    }
    for code in [1, 2, 3, 4, 5, 6, 8] {
        let gateway = ByHand::saying(&json!({ "errorCode": code, "errorMessage": PASSWORD })).await;
        let cancelled = gateway.account().cancel(&by_reference(GUID)).await;
        assert!(is_unanswered(&cancelled) && !format!("{cancelled:?}").contains(PASSWORD), "{cancelled:?}");
        gateway.asked();
    }
    for http in [204, 302, 401, 404, 500, 502] {
        let gateway = ByHand::answering(http, json!({ "errorCode": 0 }).to_string()).await;
        assert!(is_unanswered(&gateway.account().cancel(&by_reference(GUID)).await), "{http}");
    }
    // Error 7, or no code at all: the order's state tells.
    for first in [json!({ "errorCode": "7" }), json!({}), json!({ "errorCode": "ok" })] {
        for (second, expected) in [
            (status(&json!({ "orderStatus": 3 })), "done"),
            (status(&json!({ "orderStatus": 6, "actionCode": 116 })), "done"),
            (status(&json!({ "orderStatus": 6, "actionCode": -2007 })), "done"),
            (status(&json!({ "orderStatus": 6, "actionCode": -1 })), "unclear"),
            (status(&json!({ "orderStatus": 2 })), "too late"),
            (status(&json!({ "orderStatus": 0 })), "unclear"),
            (status(&json!({ "orderStatus": 1 })), "unclear"),
            (status(&json!({ "orderStatus": 5 })), "unclear"),
            (status(&json!({ "orderStatus": 9 })), "unclear"),
            (status(&json!({ "orderStatus": 3, "orderNumber": "PL-1" })), "unclear"),
            (json!({ "errorCode": 7 }), "unclear"),
        ] {
            let answers = [&first, &second].map(|answer| (200, answer.to_string().into_bytes()));
            let cancelled = ByHand::answering_each(answers.to_vec()).await.account().cancel(&by_reference(GUID)).await;
            let word = match &cancelled {
                Cancelled::Done => "done",
                Cancelled::TooLate { .. } => "too late",
                _ => "unclear",
            };
            assert_eq!(word, expected, "{first} {second}: {cancelled:?}");
        }
    }
}
