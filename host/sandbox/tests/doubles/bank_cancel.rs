//! Sessions that the merchant asks the bank to cancel.

use kamurj_sandbox::bank::Cancel;
use reqwest::Method;

use crate::world::{BANK_TOKEN, Reply, World, raw_post};

/// From the world's start to the end of that day in UTC, in milliseconds.
const REST_OF_THE_DAY_MS: i64 = (14 * 3_600 - 5 * 60 - 9) * 1_000;

async fn cancel(world: &World, session: &str) -> Reply {
    world.merchant(Method::POST, &format!("/v1/payment-sessions/{session}/cancel"), "", None).await
}

fn statuses(world: &World) -> Vec<&'static str> {
    world.sandbox.bank.view().sessions.iter().map(|session| session.status).collect()
}

#[tokio::test]
async fn an_open_session_is_cancelled_and_takes_no_money_any_more() {
    let world = World::start().await;
    let session = world.session("A-1").await;
    let cancelled = cancel(&world, &session).await;
    assert_eq!((cancelled.status, cancelled.body["status"].as_str()), (200, Some("cancelled")));
    assert!(world.at_the_pay_page(&session, "pay").await.1.ends_with("status=cancelled"));
    world.pass_ms(20 * 60_000);
    assert_eq!(statuses(&world), ["cancelled"], "it cannot expire either");
    assert_eq!(cancel(&world, &session).await.body["updatedAt"], cancelled.body["updatedAt"], "once is enough");
    let page = world.client.get(format!("{}/pay/{session}", world.sandbox.bank_url)).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("Չեղարկված է · Отменено · Cancelled"));
}

#[tokio::test]
async fn a_payment_of_the_same_day_is_reversed_and_an_older_one_stands() {
    let world = World::start().await;
    let (first, second) = (world.paid_session("A-1").await, world.paid_session("A-2").await);
    world.pass_ms(REST_OF_THE_DAY_MS - 1);
    let reversed = cancel(&world, &first).await;
    assert_eq!((reversed.status, reversed.body["status"].as_str()), (200, Some("reversed")));
    assert_eq!(reversed.body["updatedAt"], "2026-11-21T23:59:59.999Z");
    assert_eq!(reversed.body["paidAt"], "2026-11-21T10:05:09Z", "that it was paid stays told");
    world.pass_ms(1);
    let late = cancel(&world, &second).await;
    assert_eq!((late.status, late.body["error"]["code"].as_str()), (409, Some("too_late")));
    assert_eq!(cancel(&world, &first).await.status, 200, "a repetition finds what was done");
    assert_eq!(statuses(&world), ["reversed", "paid"]);
}

#[tokio::test]
async fn a_payment_with_refunds_is_not_reversed() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    let refund = world.refund(&session, "ref_1", 1).await;
    assert_eq!(cancel(&world, &session).await.status, 409);
    assert!(world.sandbox.bank.fail_refund(refund.body["id"].as_str().unwrap()));
    assert_eq!(cancel(&world, &session).await.status, 200, "a refund that failed is none");
    assert_eq!(statuses(&world), ["reversed"]);
}

#[tokio::test]
async fn sessions_that_are_over_stay_as_they_are() {
    let world = World::start().await;
    let (declined, charged_back) = (world.session("A-1").await, world.paid_session("A-2").await);
    let expired = world.session("A-3").await;
    world.at_the_pay_page(&declined, "decline").await;
    assert!(world.sandbox.bank.charge_back(&charged_back));
    world.pass_ms(20 * 60_000);
    for (session, status) in [(&declined, 200), (&charged_back, 409), (&expired, 200), (&"ps_1".to_owned(), 404)] {
        assert_eq!(cancel(&world, session).await.status, status, "{session}");
    }
    assert_eq!(statuses(&world), ["failed", "charged_back", "expired"]);
}

#[tokio::test]
async fn a_cancellation_can_lose_its_answer_or_never_arrive() {
    let world = World::start().await;
    let session = world.session("A-1").await;
    let url = format!("{}/v1/payment-sessions/{session}/cancel", world.sandbox.bank_url);
    let headers = format!("authorization: Bearer {BANK_TOKEN}\r\n");
    let body = serde_json::json!({});
    for (fault, status) in [(Cancel::DropRequest, "created"), (Cancel::DropReply, "cancelled")] {
        world.sandbox.bank.change_faults(|faults| faults.cancel = fault);
        assert_eq!(raw_post(&url, &headers, &body).await, b"");
        assert_eq!(statuses(&world), [status], "{fault:?}");
    }
    let other = world.session("A-2").await;
    world.sandbox.bank.change_faults(|faults| faults.cancel = Cancel::Fail);
    assert_eq!(cancel(&world, &other).await.status, 500);
    assert_eq!(statuses(&world), ["cancelled", "created"]);
}
