//! The bank driven like any other gateway, and signing in each of its ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_sandbox::bank::{Encoding, Scheme, Signature};
use kamurj_sandbox::gateways::{Act, Acted, Faults, Gateway, Lie, Pushing, Reply, Says};
use reqwest::Method;
use sha2::Sha256;
use std::sync::Arc;

use crate::receiver::Receiver;
use crate::world::{START_MS, World, order_of};

const SECRET: &str = "whsec_test";

fn tag(signed: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn an_endpoint_is_signed_for_as_it_was_set() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    let bank = &world.sandbox.bank;
    let mut sent = 0;
    let mut pay = async |scheme: Scheme, signature: Signature| {
        sent += 1;
        bank.set_endpoint_signed(&receiver.url, SECRET, scheme).unwrap();
        bank.change_faults(|faults| faults.signature = signature);
        let id = world.session(&format!("A-{sent}")).await;
        world.at_the_pay_page(&id, "pay").await;
        assert_eq!(world.sandbox.deliver_due().await, 1);
        receiver.received().pop().unwrap()
    };
    let stripe = || Scheme::Stripe { header: "Stripe-Signature".into() };
    let time = START_MS / 1000;
    let right = pay(stripe(), Signature::Right).await;
    let expected = hex(&tag(&format!("{time}.{}", right.body)));
    assert_eq!(right.header("stripe-signature"), format!("t={time},v1={expected}"));
    assert_eq!(right.header("webhook-signature"), "");
    let rotated = pay(stripe(), Signature::Rotated).await;
    let value = rotated.header("stripe-signature").to_owned();
    let expected = hex(&tag(&format!("{time}.{}", rotated.body)));
    assert!(value.matches("v1=").count() == 2 && value.ends_with(&expected), "{value}");
    let wrong = pay(stripe(), Signature::Wrong).await;
    assert!(!wrong.header("stripe-signature").contains(&hex(&tag(&format!("{time}.{}", wrong.body)))));

    let plain = |encoding, prefix: &str| Scheme::Header { header: "x-tag".into(), encoding, prefix: prefix.into() };
    let in_hex = pay(plain(Encoding::Hex, "sha256="), Signature::Right).await;
    assert_eq!(in_hex.header("x-tag"), format!("sha256={}", hex(&tag(&in_hex.body))));
    let in_base64 = pay(plain(Encoding::Base64, ""), Signature::Rotated).await;
    assert_eq!(in_base64.header("x-tag"), STANDARD.encode(tag(&in_base64.body)));
    let wrong = pay(plain(Encoding::Hex, ""), Signature::Wrong).await;
    assert_ne!(wrong.header("x-tag"), hex(&tag(&wrong.body)));
    assert!(bank.set_endpoint_signed(&receiver.url, SECRET, Scheme::Standard).is_err(), "a secret of another form");
    assert!(bank.set_endpoint_signed(&receiver.url, "short", stripe()).is_err());
    assert!(bank.set_endpoint_signed(&receiver.url, SECRET, Scheme::Stripe { header: "x y".into() }).is_err());
}

#[tokio::test]
async fn the_bank_is_one_gateway_among_the_others() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    let bank: Arc<dyn Gateway> =
        world.sandbox.gateways.iter().find(|gateway| gateway.word() == "vpos").expect("it is among them").clone();
    world.sandbox.bank.set_endpoint_signed(&receiver.url, SECRET, Scheme::Stripe { header: "x-s".into() }).unwrap();
    let words: Vec<&str> = world.sandbox.gateways.iter().map(|gateway| gateway.word()).collect();
    assert!(words.contains(&"telcell"), "{words:?}");

    let paid = world.session("A-1").await;
    let Ok(Acted::Back(back)) = bank.act(&paid, Act::Pay) else { panic!("back") };
    assert!(back.ends_with("status=paid"), "{back}");
    assert_eq!(bank.act(&paid, Act::GiveBack { minor: 50_000 }), Ok(Acted::Done));
    assert!(bank.act(&paid, Act::GiveBack { minor: 1_250_000 }).is_err());
    assert!(bank.act(&paid, Act::Expire).is_err());
    let declined = world.session("A-2").await;
    assert!(bank.act(&declined, Act::Decline).is_ok() && bank.act(&declined, Act::Reverse).is_err());
    let expired = world.session("A-3").await;
    assert_eq!(bank.act(&expired, Act::Expire), Ok(Acted::Done));
    assert_eq!(bank.act(&paid, Act::Reverse), Ok(Acted::Done));
    assert!(bank.act("ps_none", Act::Pay).is_err() && bank.act("ps_none", Act::Expire).is_err());
    let stands: Vec<_> = bank.orders().into_iter().map(|order| (order.number, order.status)).collect();
    let expected = [("A-1", "reversed"), ("A-2", "failed"), ("A-3", "expired")];
    assert_eq!(stands, expected.map(|(number, status)| (number.to_owned(), status.to_owned())));
    let sent = bank.deliver_due().await;
    assert_eq!((sent, receiver.count()), (5, 5));
    assert!(bank.calls().iter().all(|call| call.status == Some(201)));
}

#[tokio::test]
async fn the_faults_that_all_gateways_share_are_the_banks_too() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    let bank: &dyn Gateway = &world.sandbox.bank;
    world.sandbox.bank.set_endpoint_signed(&receiver.url, SECRET, Scheme::Stripe { header: "x-s".into() }).unwrap();
    assert_eq!(bank.faults(), Faults::default());
    for reply in [Reply::Ok, Reply::DropReply, Reply::DropRequest, Reply::Fail] {
        let faults = Faults { start: reply, refund: reply, cancel: reply, ..Faults::default() };
        bank.set_faults(faults.clone());
        assert_eq!(bank.faults(), faults);
    }
    let all = Faults {
        says: Says::Pending,
        push: Pushing::Hold,
        push_repeat: 1,
        push_delay_s: 30,
        push_forged: true,
        paid: Lie::OneLess,
        paid_currency: Some("USD".into()),
        ..Faults::default()
    };
    bank.set_faults(all.clone());
    assert_eq!(bank.faults(), all);
    let id = world.paid_session("A-1").await;
    assert_eq!(world.look_up(&id).await["status"], "pending");
    bank.set_faults(Faults { push_repeat: 1, ..Faults::default() });
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.pass_ms(30_000);
    assert_eq!(world.sandbox.deliver_due().await, 2);
    let told = world.look_up(&id).await;
    assert_eq!((told["amountMinor"].as_i64(), told["currency"].as_str()), (Some(1_249_900), Some("USD")));
    bank.set_faults(Faults { outage: true, ..Faults::default() });
    let unpaid = world.paid_session("A-2").await;
    assert_eq!(world.look_up(&unpaid).await["status"], "created");
    for lookup in [Reply::DropReply, Reply::DropRequest] {
        bank.set_faults(Faults { lookup, ..Faults::default() });
        let url = format!("{}/v1/payment-sessions/{id}", world.sandbox.bank_url);
        let asked = world
            .client
            .request(Method::GET, url)
            .header("authorization", format!("Bearer {}", crate::world::BANK_TOKEN));
        assert!(asked.send().await.is_err(), "{lookup:?}");
    }
    bank.set_faults(Faults { start: Reply::Fail, lookup: Reply::Fail, ..Faults::default() });
    let made = world.merchant(Method::POST, "/v1/payment-sessions", "k", Some(order_of("A-3"))).await;
    assert_eq!((made.status, bank.orders().len()), (500, 2));
    assert_eq!(world.merchant(Method::GET, &format!("/v1/payment-sessions/{id}"), "", None).await.status, 500);
}
