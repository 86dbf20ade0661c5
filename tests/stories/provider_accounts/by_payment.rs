//! The merchant names the account or the provider of a payment, or of a link's payments.

use kamurj_sandbox::bank::Webhooks;
use kamurj_tests::accounts::{account, adds, altered, another, defaults, ways, went_through};
use kamurj_tests::acts::status;
use kamurj_tests::integrator::{link, order};
use kamurj_tests::links::{changes, id, lesson, makes, posts, presses, with};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// A payment of this order for which this is named.
async fn orders_through(world: &World, number: &str, provider: &str) -> Value {
    let answer = world.creates(&with(order(number, "12500"), "provider", json!(provider))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

story!(a_payment_goes_through_the_account_that_is_named_for_it, |world| {
    // The bank knows one address for its notices, the first account's.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let first = world.account.clone();
    let second = adds(world, &another(world, "shop")).await;
    assert_eq!(defaults(world).await, ["vpos"], "the first stays the default");
    for (number, provider, expected) in
        [("A-1", "vpos", &first), ("A-2", first.as_str(), &first), ("A-3", second.as_str(), &second)]
    {
        let payment = orders_through(world, number, provider).await;
        assert_eq!(&payment["provider"], expected);
        let page = world.opens(&link(&payment)).await;
        assert!(ways(&page.html).is_empty() && page.form().is_some(), "there is nothing to choose");
        world.pays(&link(&payment)).await;
        world.settles().await;
        assert_eq!(status(world, id(&payment)).await, "paid");
        assert_eq!(went_through(world, id(&payment)).await, [expected.as_str()]);
    }
    altered(world, &second, &json!({ "default": true })).await;
    assert_eq!(defaults(world).await, ["shop"]);
    assert_eq!(orders_through(world, "A-4", "vpos").await["provider"], json!(second), "a word stands for the default");
    assert_eq!(world.orders("A-5", "100").await["provider"], Value::Null);
});

story!(an_account_that_cannot_be_named_is_refused_by_its_field, |world| {
    let neighbour = world.flower_shop().await;
    let second = adds(world, &another(world, "shop")).await;
    altered(world, &second, &json!({ "switched_off": true })).await;
    let before = world.books().await;
    for wrong in ["nonsense", "idram", "", "acc_unknown", &second, &neighbour.account] {
        let body = with(order("A-1", "12500"), "provider", json!(wrong));
        let answer = world.creates(&body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/provider"], "{wrong}: {}", answer.body);
        let both = world.creates(&with(body, "locale", json!("xx"))).await;
        assert_eq!(both.pointers(), ["/provider", "/locale"], "with what else is wrong");
        let made = posts(world, "/v1/payment-links", &with(lesson(), "provider", json!(wrong))).await;
        assert_eq!((made.status, made.pointers()), (422, vec!["/provider"]), "{}", made.body);
    }
    assert_eq!(world.books().await, before);
});

story!(payments_of_a_link_go_through_the_account_of_the_link_or_of_the_press, |world| {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let first = world.account.clone();
    let second = adds(world, &another(world, "shop")).await;
    let made = makes(world, &with(lesson(), "provider", json!(second))).await;
    assert_eq!(made["provider"], json!(second));
    let url = made["url"].as_str().expect("an address").to_owned();
    assert!(ways(&world.opens(&url).await.html).is_empty());
    world.pays(&url).await;
    let paid = world.payment().await;
    assert_eq!(went_through(world, &paid.id).await, [second.as_str()]);
    let pressed = presses(world, &made, "k", &json!({ "provider": first })).await;
    assert_eq!((pressed.status, &pressed.body["provider"]), (201, &json!(first)), "{}", pressed.body);
    let wrong = presses(world, &made, "l", &json!({ "provider": "acc_unknown" })).await;
    assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/provider"]));

    // An account that was switched off is in the way of payments, not of other changes.
    altered(world, &second, &json!({ "switched_off": true })).await;
    assert_eq!(presses(world, &made, "m", &json!({})).await.pointers(), ["/provider"]);
    let renamed = changes(world, &made, &json!({ "metadata": { "room": 7 } })).await;
    assert_eq!((renamed.status, &renamed.body["provider"]), (200, &json!(second)));
    let open = changes(world, &made, &json!({ "provider": null })).await;
    assert_eq!((open.status, &open.body["provider"]), (200, &Value::Null));
    let pressed = presses(world, &made, "n", &json!({})).await;
    assert_eq!((pressed.status, &pressed.body["provider"]), (201, &Value::Null), "{}", pressed.body);
    assert_eq!(account(world, &second).await["default"], json!(false));
});
