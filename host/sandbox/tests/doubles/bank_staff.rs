//! What the bank does by itself, and how the merchant is told of it and of his own refunds.

use kamurj_sandbox::bank::{Refund, Webhooks};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{WEBHOOK_SECRET, World};

async fn merchant() -> (World, Receiver) {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.sandbox.bank.set_endpoint(&receiver.url, WEBHOOK_SECRET).unwrap();
    (world, receiver)
}

/// What came since the last time this was asked, as type and data.
async fn told(world: &World, receiver: &Receiver) -> Vec<(String, Value)> {
    let before = receiver.count();
    while world.sandbox.deliver_due().await > 0 {}
    let new = receiver.received().into_iter().skip(before).map(|one| one.json());
    new.map(|body| (body["type"].as_str().unwrap().to_owned(), body["data"].clone())).collect()
}

fn refund_id(world: &World, index: usize) -> String {
    world.sandbox.bank.view().refunds[index].id.clone()
}

#[tokio::test]
async fn each_change_is_told_in_the_words_of_a_look_up() {
    let (world, receiver) = merchant().await;
    let bank = &world.sandbox.bank;
    let (first, second) = (world.paid_session("A-1").await, world.paid_session("A-2").await);
    assert_eq!(told(&world, &receiver).await.len(), 2);
    world.pass_ms(1_000);

    assert!(bank.reverse(&first));
    assert_eq!(told(&world, &receiver).await, [("payment.reversed".to_owned(), world.look_up(&first).await)]);
    assert!(bank.refund_by_staff(&second, 250_000));
    let by_staff = world.look_up(&second).await;
    assert_eq!((&by_staff["status"], &by_staff["refundedMinor"]), (&json!("paid"), &json!(250_000)));
    assert_eq!(told(&world, &receiver).await, [("payment.refunded".to_owned(), by_staff)]);
    let refund = world.refund(&second, "ref_1", 500_000).await.body;
    assert_eq!(told(&world, &receiver).await, [("refund.succeeded".to_owned(), refund)]);
    assert!(bank.charge_back(&second));
    let charged_back = world.look_up(&second).await;
    assert_eq!((&charged_back["status"], &charged_back["refundedMinor"]), (&json!("charged_back"), &json!(750_000)));
    assert_eq!(told(&world, &receiver).await, [("payment.charged_back".to_owned(), charged_back)]);
}

#[tokio::test]
async fn a_refund_that_fails_late_frees_its_part_and_is_told_once() {
    let (world, receiver) = merchant().await;
    let bank = &world.sandbox.bank;
    let session = world.paid_session("A-1").await;
    world.refund(&session, "ref_1", 1_250_000).await;
    assert!(!bank.refund_by_staff(&session, 1), "nothing is left");
    told(&world, &receiver).await;
    world.pass_ms(86_400_000);
    assert!(bank.fail_refund(&refund_id(&world, 0)));
    assert!(!bank.fail_refund(&refund_id(&world, 0)), "it has failed");
    let news = told(&world, &receiver).await;
    assert_eq!(news.len(), 1);
    assert_eq!((news[0].0.as_str(), &news[0].1["merchantRefundId"]), ("refund.failed", &json!("ref_1")));
    assert_eq!(news[0].1["failureReason"], "the card's bank sent it back");
    assert_eq!(news[0].1["updatedAt"], "2026-11-22T10:05:09Z");
    assert_eq!(world.look_up(&session).await["refundedMinor"], 0);
    assert_eq!(world.refund(&session, "ref_2", 1_250_000).await.status, 201);

    // One of the staff's own has no name that the merchant knows: the session's total is what he sees.
    let other = world.paid_session("A-2").await;
    assert!(bank.refund_by_staff(&other, 100) && bank.refund_by_staff(&other, 200));
    told(&world, &receiver).await;
    assert!(bank.fail_refund(&refund_id(&world, 2)));
    let news = told(&world, &receiver).await;
    assert_eq!((news[0].0.as_str(), &news[0].1["refundedMinor"], news.len()), ("payment.refunded", &json!(200), 1));
}

#[tokio::test]
async fn refunds_in_progress_end_with_their_payment() {
    let (world, receiver) = merchant().await;
    let bank = &world.sandbox.bank;
    let sessions = [world.paid_session("A-1").await, world.paid_session("A-2").await, world.paid_session("A-3").await];
    bank.change_faults(|faults| faults.refund = Refund::Slow);
    for (number, session) in sessions.iter().enumerate() {
        world.refund(session, &format!("ref_{number}"), 100).await;
    }
    assert!(bank.reverse(&sessions[0]) && bank.charge_back(&sessions[1]) && bank.fail_refund(&refund_id(&world, 2)));
    told(&world, &receiver).await;
    assert_eq!(bank.finish_refunds(), 2);
    let kinds: Vec<_> = told(&world, &receiver).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["refund.failed", "refund.succeeded"]);
    let statuses: Vec<_> = bank.view().refunds.iter().map(|refund| refund.status).collect();
    assert_eq!(statuses, ["failed", "succeeded", "failed"]);
}

#[tokio::test]
async fn what_does_not_fit_is_not_done() {
    let world = World::start().await;
    let bank = &world.sandbox.bank;
    let (open, paid) = (world.session("A-1").await, world.paid_session("A-2").await);
    assert!(!bank.reverse(&open) && !bank.charge_back(&open) && !bank.refund_by_staff(&open, 1));
    assert!(!bank.reverse("ps_1") && !bank.charge_back("ps_1") && !bank.refund_by_staff("ps_1", 1));
    assert!(!bank.fail_refund("rf_1"));
    assert!(![0, -1, 1_250_001].into_iter().any(|minor| bank.refund_by_staff(&paid, minor)));
    assert!(bank.reverse(&paid));
    assert!(!bank.reverse(&paid) && !bank.charge_back(&paid) && !bank.refund_by_staff(&paid, 1));
    assert!(bank.view().refunds.is_empty());
}

#[tokio::test]
async fn news_of_refunds_pass_through_the_same_faults() {
    let (world, receiver) = merchant().await;
    let session = world.paid_session("A-1").await;
    told(&world, &receiver).await;
    world.sandbox.bank.change_faults(|faults| {
        faults.newest_first = true;
        faults.webhook_amount_shift_minor = -1;
    });
    world.refund(&session, "ref_1", 100).await;
    world.refund(&session, "ref_2", 200).await;
    let news: Vec<_> = told(&world, &receiver).await.into_iter().map(|(_, data)| data["amountMinor"].clone()).collect();
    assert_eq!(news, [json!(199), json!(99)]);
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    world.refund(&session, "ref_3", 300).await;
    assert_eq!(told(&world, &receiver).await, []);
}
