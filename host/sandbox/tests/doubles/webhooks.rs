//! How the bank's webhooks travel: signed, repeated by plan, held, lost, doubled, out of order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_sandbox::bank::{Signature, Webhooks};
use sha2::Sha256;

use crate::receiver::{Received, Receiver};
use crate::world::{START_MS, WEBHOOK_SECRET, World};

async fn merchant() -> (World, Receiver) {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.sandbox.bank.set_endpoint(&receiver.url, WEBHOOK_SECRET).unwrap();
    (world, receiver)
}

/// The signatures that are right, counted by a reader of its own.
fn right_signatures(received: &Received) -> usize {
    let key = STANDARD.decode(WEBHOOK_SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let signed =
        format!("{}.{}.{}", received.header("webhook-id"), received.header("webhook-timestamp"), received.body);
    let signatures = received.header("webhook-signature").split(' ');
    signatures
        .filter(|signature| {
            let bytes = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(signed.as_bytes());
            mac.verify_slice(&bytes).is_ok()
        })
        .count()
}

#[tokio::test]
async fn a_payment_is_told_once_signed() {
    let (world, receiver) = merchant().await;
    let id = world.session("A-1").await;
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.at_the_pay_page(&id, "pay").await;
    assert_eq!(world.sandbox.deliver_due().await, 1);
    assert_eq!(world.sandbox.deliver_due().await, 0);

    let received = &receiver.received()[0];
    assert_eq!(right_signatures(received), 1);
    assert_eq!(received.header("webhook-timestamp"), (START_MS / 1000).to_string());
    assert_eq!(received.header("content-type"), "application/json");
    let body = received.json();
    assert_eq!(
        (body["type"].as_str(), body["timestamp"].as_str()),
        (Some("payment.paid"), Some("2026-11-21T10:05:09Z"))
    );
    assert_eq!(body["data"]["id"], id);
    assert_eq!(body["data"]["amountMinor"], 1_250_000);
    assert_eq!(body["data"]["status"], "paid");
}

#[tokio::test]
async fn a_refused_webhook_is_repeated_by_plan_with_the_same_id_and_then_given_up() {
    let (world, receiver) = merchant().await;
    receiver.will_answer(&[500, 302, 404, 503, 500]);
    let id = world.session("A-1").await;
    world.at_the_pay_page(&id, "decline").await;
    for (pause_ms, count) in
        [(0, 1), (4_999, 1), (1, 2), (299_999, 2), (1, 3), (1_800_000, 4), (7_200_000, 5), (864_000_000, 5)]
    {
        world.pass_ms(pause_ms);
        while world.sandbox.deliver_due().await > 0 {}
        assert_eq!(receiver.count(), count, "after {pause_ms} ms more");
    }
    let received = receiver.received();
    assert!(received.iter().all(|one| one.header("webhook-id") == received[0].header("webhook-id")));
    assert!(received.iter().all(|one| one.body == received[0].body && right_signatures(one) == 1));
    assert_eq!(received[1].header("webhook-timestamp"), (START_MS / 1000 + 5).to_string());
    let view = &world.sandbox.bank.view().webhooks[0];
    assert_eq!((view.kind, view.status, view.tries, view.lost), ("payment.failed", Some(500), 5, true));
}

#[tokio::test]
async fn a_receiver_that_is_down_gets_it_later_and_may_ask_for_time() {
    let (world, receiver) = merchant().await;
    let id = world.session("A-1").await;
    world.sandbox.bank.set_endpoint("http://127.0.0.1:1/hook", WEBHOOK_SECRET).unwrap();
    world.at_the_pay_page(&id, "pay").await;
    assert_eq!(world.sandbox.deliver_due().await, 1);
    assert_eq!(world.sandbox.bank.view().webhooks[0].status, None);
    world.sandbox.bank.set_endpoint(&receiver.url, WEBHOOK_SECRET).unwrap();
    receiver.will_answer_retry_after(503, 600);
    world.pass_ms(5_000);
    assert_eq!(world.sandbox.deliver_due().await, 1);
    world.pass_ms(599_999);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.pass_ms(1);
    assert_eq!(world.sandbox.deliver_due().await, 1);
    assert_eq!(world.sandbox.bank.view().webhooks[0].status, Some(200));
}

#[tokio::test]
async fn gone_switches_the_endpoint_off() {
    let (world, receiver) = merchant().await;
    receiver.will_answer(&[410]);
    let id = world.session("A-1").await;
    world.at_the_pay_page(&id, "pay").await;
    world.sandbox.deliver_due().await;
    world.pass_ms(864_000_000);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    assert_eq!(world.sandbox.bank.view().endpoint, None);
}

#[tokio::test]
async fn held_webhooks_wait_and_lost_ones_never_come() {
    let (world, receiver) = merchant().await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    let held = world.session("A-1").await;
    world.at_the_pay_page(&held, "pay").await;
    world.pass_ms(86_400_000);
    assert_eq!((world.sandbox.deliver_due().await, receiver.count()), (0, 0));
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    assert_eq!(world.sandbox.deliver_due().await, 1);

    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let lost = world.session("A-2").await;
    world.at_the_pay_page(&lost, "pay").await;
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.pass_ms(86_400_000);
    assert_eq!((world.sandbox.deliver_due().await, receiver.count()), (0, 1));
    let view = &world.sandbox.bank.view().webhooks[1];
    assert_eq!((view.status, view.tries, view.lost), (None, 0, true));
}

#[tokio::test]
async fn copies_carry_the_same_id() {
    let (world, receiver) = merchant().await;
    world.sandbox.bank.change_faults(|faults| faults.duplicate = 2);
    receiver.will_answer(&[500]);
    let id = world.session("A-1").await;
    world.at_the_pay_page(&id, "pay").await;
    assert_eq!(world.sandbox.deliver_due().await, 1);
    world.pass_ms(5_000);
    assert_eq!(world.sandbox.deliver_due().await, 3);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    let webhook = world.sandbox.bank.view().webhooks[0].id.clone();
    assert!(receiver.received().iter().all(|one| one.header("webhook-id") == webhook));
    assert_eq!(world.sandbox.bank.send_at_once(&webhook, 8).await, vec![Some(200); 8]);
    assert_eq!(receiver.count(), 12);
}

#[tokio::test]
async fn notices_can_lie_in_every_way() {
    let (world, receiver) = merchant().await;
    let mut sent = 0;
    let mut pay = async |change: fn(&mut kamurj_sandbox::bank::BankFaults)| {
        sent += 1;
        world.sandbox.bank.change_faults(change);
        let id = world.session(&format!("A-{sent}")).await;
        world.at_the_pay_page(&id, "pay").await;
        assert_eq!(world.sandbox.deliver_due().await, 1);
        receiver.received().pop().unwrap()
    };
    assert_eq!(right_signatures(&pay(|faults| faults.signature = Signature::Wrong).await), 0);
    let rotated = pay(|faults| faults.signature = Signature::Rotated).await;
    assert_eq!((right_signatures(&rotated), rotated.header("webhook-signature").split(' ').count()), (1, 2));
    let stale = pay(|faults| (faults.signature, faults.timestamp_shift_s) = (Signature::Right, -600)).await;
    assert_eq!(stale.header("webhook-timestamp"), (START_MS / 1000 - 600).to_string());
    assert_eq!(right_signatures(&stale), 1);
    let lie = pay(|faults| {
        (faults.timestamp_shift_s, faults.webhook_amount_shift_minor) = (0, -1_000_000);
    })
    .await;
    assert_eq!(lie.json()["data"]["amountMinor"], 250_000);
}

#[tokio::test]
async fn webhooks_can_come_out_of_order_and_time_makes_one() {
    let (world, receiver) = merchant().await;
    let (first, second) = (world.session("A-1").await, world.session("A-2").await);
    world.sandbox.bank.change_faults(|faults| faults.newest_first = true);
    world.at_the_pay_page(&first, "decline").await;
    world.at_the_pay_page(&second, "close").await;
    world.pass_ms(20 * 60_000);
    assert_eq!(world.sandbox.deliver_due().await, 2);
    let kinds: Vec<_> = receiver.received().iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["payment.expired", "payment.failed"]);
}
