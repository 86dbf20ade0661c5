//! Merchants among each other, and test beside live: nobody sees, changes or blocks what is another's.

use kamurj_domain::Mode;
use kamurj_sandbox::bank::Webhooks;
use kamurj_server::install;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::world::every_scope;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::Value;

async fn gets(world: &World, key: &str, path: &str) -> Answer {
    Answer::to(world.asks(key, Method::GET, path)).await
}

async fn creates(world: &World, key: &str, body: &Value, idempotency_key: &str) -> Answer {
    let request = world.asks(key, Method::POST, "/v1/payments").header("idempotency-key", idempotency_key);
    Answer::to(request.json(body)).await
}

fn id(payment: &Value) -> &str {
    payment["id"].as_str().expect("a payment has an id")
}

/// Every route that names a payment, asked with a key that is no business of the payment's, answers as if it did not
/// exist: the same status, headers and body.
async fn is_not_there_for(world: &World, key: &str, payment: &str) {
    for rest in ["", "/journal", "/journal?limit=1", "/journal?cursor=1"] {
        let others = gets(world, key, &format!("/v1/payments/{payment}{rest}")).await;
        let nobodys = gets(world, key, &format!("/v1/payments/pay_00000000000000000000000000{rest}")).await;
        others.is_problem(404, "not-found");
        assert_eq!(others.body, nobodys.body, "{rest}");
        let names = |answer: &Answer| answer.headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&others), names(&nobodys));
    }
}

story!(h1_another_merchants_payment_is_not_there, |world| {
    let neighbour = world.flower_shop().await;
    let ours = world.orders("A-1", "12500").await;
    let theirs = creates(world, &neighbour.api_key, &order("B-1", "300"), "key").await;
    assert_eq!(theirs.status, 201, "{}", theirs.body);
    is_not_there_for(world, &neighbour.api_key, id(&ours)).await;
    is_not_there_for(world, &world.api_key.clone(), id(&theirs.body)).await;
    // Even a paid one, with facts and a journal.
    world.pays(&link(&ours)).await;
    world.settles().await;
    is_not_there_for(world, &neighbour.api_key, id(&ours)).await;
    let shown = gets(world, &world.api_key, &format!("/v1/payments/{}", id(&ours))).await;
    assert_eq!((shown.status, &shown.body["status"]), (200, &Value::from("paid")));
});

story!(h1_order_numbers_and_idempotency_keys_of_two_merchants_never_meet, |world| {
    let neighbour = world.flower_shop().await;
    let body = order("A-1", "12500");
    let ours = creates(world, &world.api_key, &body, "key-1").await;
    let theirs = creates(world, &neighbour.api_key, &body, "key-1").await;
    assert_eq!((ours.status, theirs.status), (201, 201), "{} {}", ours.body, theirs.body);
    assert_ne!(id(&ours.body), id(&theirs.body), "nobody is answered with another's payment");
    assert_ne!(link(&ours.body), link(&theirs.body));
    let again = creates(world, &neighbour.api_key, &order("A-1", "1"), "key-2").await;
    again.is_problem(409, "order-taken");
    let detail = again.body["detail"].as_str().expect("a detail");
    assert!(detail.contains(id(&theirs.body)) && !detail.contains(id(&ours.body)), "{detail}");
});

story!(h1_test_and_live_never_mix, |world| {
    let app = world.app();
    let (_, live) = install::api_key(&app, &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    assert!(live.starts_with("kmj_live_"));
    let tried = world.orders("A-1", "12500").await;
    let real = creates(world, &live, &order("A-1", "12500"), "key-1").await;
    assert_eq!((real.status, &real.body["mode"]), (201, &Value::from("live")), "the order number is free there");
    let tried_again = creates(world, &world.api_key, &order("A-2", "12500"), "key-1").await;
    assert_eq!(tried_again.status, 201, "and so is the idempotency key");
    is_not_there_for(world, &world.api_key.clone(), id(&real.body)).await;
    is_not_there_for(world, &live, id(&tried)).await;

    // The test account takes no real money: without a live one there is nowhere to go, and nothing is tried.
    let page = world.opens(&link(&real.body)).await;
    assert_eq!(page.status, 200);
    let pressed = world.submits(&format!("{}/pay", link(&real.body)), &[("form_key", "key")]).await.expect("an answer");
    assert_eq!(pressed.status, 503);
    assert!(pressed.location.is_none() && world.sandbox.bank.view().creates == 0);
    let journal = world.journal(id(&real.body)).await;
    assert_eq!(journal, ["payment.created"]);
});

story!(h1_a_neighbours_sale_tells_our_plugins_nothing, |world| {
    let neighbour = world.flower_shop().await;
    // The double knows one address for its webhooks, which is ours.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let before = world.books().await;
    let mut body = order("B-1", "300");
    body["channel"] = serde_json::json!({ "plugin": "telegram", "conversation": "5550001234" });
    body["crm"] = serde_json::json!({ "plugin": "bitrix24", "entity_type": "deal", "entity_id": "1" });
    let theirs = creates(world, &neighbour.api_key, &body, "key").await;
    assert_eq!(theirs.status, 201, "{}", theirs.body);
    let receipt = world.pays(&link(&theirs.body)).await;
    assert!(receipt.shows("Ծաղկի խանութ") && !receipt.shows("Անուշ"), "{}", receipt.html);
    world.settles().await;
    assert!(world.sandbox.bitrix24.view().deals.is_empty() && world.sandbox.telegram.view().chats.is_empty());
    assert!(world.sandbox.bitrix24.view().calls.is_empty() && world.inbox(&world.account).await.is_empty());
    assert_eq!(world.books().await, before);
});
