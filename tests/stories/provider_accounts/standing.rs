//! Accounts over time: secrets changed with an overlap, accounts switched off while money is under way, removed, and the
//! default handed on.

use kamurj_sandbox::bank::{PayAction, Webhooks};
use kamurj_tests::accounts::{ACCOUNTS, account, adds, altered, alters, another, defaults, tries_out, went_through};
use kamurj_tests::acts::{bank_gave_back, gives_back, order_at_the_bank, paid_order, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::id;
use kamurj_tests::neighbour::NEIGHBOUR_SECRET;
use kamurj_tests::story;
use kamurj_tests::world::canary;
use reqwest::Method;
use serde_json::json;

story!(an_account_that_is_switched_off_starts_nothing_and_finishes_everything, |world| {
    let ours = world.account.clone();
    let paid = paid_order(world, "A-1", "12500").await;
    let (noticed, _) = order_at_the_bank(world, "A-2", "300").await;
    let told = world.session();
    let (asked, page) = order_at_the_bank(world, "A-3", "400").await;
    let looked_up = world.session();
    let waiting = world.orders("A-4", "500").await;
    let off = altered(world, &ours, &json!({ "switched_off": true })).await;
    assert!(off["switched_off_at"].is_string() && off["default"] == false, "{off}");
    assert!(defaults(world).await.is_empty());
    let wrong = alters(world, &ours, &json!({ "secrets": { "api_token": null } })).await;
    assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/secrets/api_token"]), "its work is not done");

    // Nothing new begins, for whoever presses.
    let shown = world.opens(&link(&waiting)).await;
    assert_eq!(shown.status, 200);
    let (action, key) = shown.form().expect("a form");
    let pressed = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    assert_eq!(pressed.status, 503, "{}", pressed.html);
    assert!(went_through(world, id(&waiting)).await.is_empty());

    // What began goes on: the customer returns to the bank, a notice pays, a look-up pays, and money goes back.
    assert_eq!(world.goes_to_the_bank(&link(&kamurj_tests::acts::shown(world, &asked).await)).await, page);
    world.sandbox.bank.act(&told.id, PayAction::Pay).expect("a session");
    world.settles().await;
    assert_eq!(status(world, &noticed).await, "paid");
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    world.sandbox.bank.act(&looked_up.id, PayAction::Pay).expect("a session");
    world.passes(minutes(2)).await;
    assert_eq!(status(world, &asked).await, "paid");
    gives_back(world, &paid, None).await;
    world.settles().await;
    assert_eq!((status(world, &paid).await.as_str(), bank_gave_back(world)), ("refunded", 1_250_000));

    let on = altered(world, &ours, &json!({ "switched_off": false })).await;
    assert_eq!((&on["switched_off_at"], &on["default"]), (&json!(null), &json!(true)));
    let changes: Vec<&str> =
        on["changes"].as_array().expect("a list").iter().filter_map(|change| change["what"].as_str()).collect();
    assert_eq!(changes, ["switched on", "switched off", "added"]);
    world.pays(&link(&waiting)).await;
    world.settles().await;
    assert_eq!(went_through(world, id(&waiting)).await, [ours]);
});

story!(another_account_becomes_the_default_when_the_default_goes, |world| {
    let first = world.account.clone();
    // Of accounts that were made in one moment, their ids would decide.
    world.clock.pass(minutes(1));
    let second = adds(world, &another(world, "second")).await;
    let third = adds(world, &another(world, "third")).await;
    altered(world, &third, &json!({ "default": true })).await;
    assert_eq!(defaults(world).await, ["third"]);
    altered(world, &third, &json!({ "switched_off": true })).await;
    assert_eq!(defaults(world).await, ["vpos"], "the oldest that is on");
    alters(world, &third, &json!({ "default": true })).await.is_problem(422, "invalid");
    altered(world, &first, &json!({ "switched_off": true })).await;
    assert_eq!(defaults(world).await, ["second"]);
    let removed = Answer::to(world.asks(&world.api_key, Method::DELETE, &format!("{ACCOUNTS}/{second}"))).await;
    assert_eq!((removed.status, defaults(world).await.len()), (200, 0));
    altered(world, &third, &json!({ "switched_off": false })).await;
    assert_eq!(defaults(world).await, ["third"]);
});

story!(only_an_account_that_nothing_used_can_be_removed, |world| {
    let ours = world.account.clone();
    paid_order(world, "A-1", "12500").await;
    let delete = |id: &str| world.asks(&world.api_key, Method::DELETE, &format!("{ACCOUNTS}/{id}"));
    let refused = Answer::to(delete(&ours)).await;
    refused.is_problem(409, "not-now");
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("{\"switched_off\": true}"), "{detail}");
    let second = adds(world, &another(world, "second")).await;
    // That it was tried out is written down, and removed with it; or comes too late to be.
    tries_out(world, &second).await;
    world.works_once().await;
    tries_out(world, &second).await;
    let removed = Answer::to(delete(&second)).await;
    assert_eq!((removed.status, &removed.body["label"]), (200, &json!("second")));
    Answer::to(delete(&second)).await.is_problem(404, "not-found");
    tries_out(world, &ours).await;
    world.works_once().await;
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let calls = kamurj_store::provider_calls::of_account(&mut tx, &ours, (i64::MAX, ""), 100).await.expect("the calls");
    assert!(calls.iter().any(|call| call.operation == "GET capabilities"), "{calls:?}");
});

story!(a17_a_webhook_secret_is_changed_with_an_overlap_and_the_rest_stays, |world| {
    let ours = world.account.clone();
    order_at_the_bank(world, "A-1", "12500").await;
    let tidings = world.tidings(&world.session(), "created");
    let (old, new) = (canary("webhook secret"), NEIGHBOUR_SECRET);
    let overlap = json!({ "secrets": { "webhook_secret": new, "webhook_secret_old": old } });
    altered(world, &ours, &overlap).await;
    for (number, secret) in [old.as_str(), new].into_iter().enumerate() {
        let notice = world.signed_notice(&ours, secret, &format!("msg_{number}"), &tidings);
        assert_eq!(world.posts(&notice).await.status, 200);
    }
    let after = altered(world, &ours, &json!({ "secrets": { "webhook_secret_old": null } })).await;
    assert_eq!(after["secrets"][2], json!({ "name": "webhook_secret_old", "set": false }));
    assert_eq!(after["changes"][0]["what"], "secret webhook_secret_old forgotten");
    let late = world.signed_notice(&ours, &old, "msg_late", &tidings);
    world.posts(&late).await.is_problem(401, "unproven");
    assert_eq!(world.posts(&world.signed_notice(&ours, new, "msg_now", &tidings)).await.status, 200);
    assert_eq!(tries_out(world, &ours).await.0, "works", "the token is the one of before");
});

story!(a_change_of_another_version_than_was_read_is_refused_and_no_change_is_none, |world| {
    let ours = world.account.clone();
    let read = account(world, &ours).await;
    altered(world, &ours, &json!({ "version": read["version"], "label": "Ameria shop" })).await;
    let late = alters(world, &ours, &json!({ "version": read["version"], "offered": false })).await;
    late.is_problem(409, "not-now");
    let now = account(world, &ours).await;
    assert_eq!((&now["version"], &now["label"], &now["offered"]), (&json!(2), &json!("Ameria shop"), &json!(true)));
    assert!(now["changes"][0]["actor"].as_str().is_some_and(|actor| actor.contains("operator")), "{now}");
    let same = json!({ "label": "Ameria shop", "settings": now["settings"], "default": true });
    assert_eq!(altered(world, &ours, &same).await, now);
});
