//! Withdrawing a payment, its end, and opening it again: the bank's session is closed where it can be, money that moved
//! before counts, and what moved after is the policy's.

use kamurj_domain::{Clock, Fact, Outcome, fold, time};
use kamurj_sandbox::bank::{Cancel, Lookup, PayAction, Webhooks};
use kamurj_store::{attempts, facts};
use kamurj_tests::acts::{
    bank_calls, cancels, deal, key, later, open_kinds, order_at_the_bank, paid_order, patches, policy, shown, status,
    sums,
};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, lesson, makes, posts, presses, with};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::json;

story!(a_payment_that_nobody_tried_is_withdrawn_and_its_page_says_so, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.settles().await;
    let done = cancels(world, id(&payment)).await;
    assert_eq!((done.status, &done.body["status"]), (200, &json!("cancelled")), "{}", done.body);
    world.settles().await;
    assert!(world.opens(&link(&payment)).await.form().is_none());
    assert_eq!(deal(world).0, "LOSE");
    let again = cancels(world, id(&payment)).await;
    assert_eq!((again.status, &again.body["version"]), (200, &done.body["version"]), "it was so already");
    patches(world, id(&payment), &json!({ "expires_in": 3600 })).await.is_problem(409, "not-now");
    world.creates(&order("A-1", "12500")).await.is_problem(409, "order-taken");
    let weak = key(world, &["refunds"], "clerk").await;
    let path = format!("/v1/payments/{}/cancel", id(&payment));
    Answer::to(world.asks(&weak, Method::POST, &path)).await.is_problem(403, "forbidden");
    let neighbour = world.flower_shop().await;
    Answer::to(world.asks(&neighbour.api_key, Method::POST, &path)).await.is_problem(404, "not-found");
});

story!(a_payment_under_way_is_withdrawn_at_the_bank_too, |world| {
    let (payment, bank) = order_at_the_bank(world, "A-1", "12500").await;
    assert_eq!(cancels(world, &payment).await.status, 200);
    world.settles().await;
    assert_eq!((status(world, &payment).await.as_str(), world.session().status), ("cancelled", "cancelled"));
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(minutes(30)).await;
    assert_eq!(world.session().status, "cancelled", "the customer can pay no longer");
    assert_eq!((status(world, &payment).await.as_str(), bank_calls(world, "/cancel")), ("cancelled", 1));
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(a_paid_payment_is_not_withdrawn_but_refunded, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let before = world.books().await;
    let refused = cancels(world, &payment).await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().expect("a detail").contains("/refunds"), "{}", refused.body);
    world.settles().await;
    assert_eq!((world.books().await, bank_calls(world, "/cancel")), (before, 0));
});

/// What the facts of a payment come to, folded anew.
async fn folded(world: &World, payment: &str, look: impl FnOnce(&Outcome<'_>)) {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let kept = kamurj_store::payments::by_id(&mut tx, payment).await.expect("it reads").expect("a payment");
    let stored = attempts::of_payment(&mut tx, payment).await.expect("the attempts");
    let asked: Vec<_> = stored.iter().map(attempts::Stored::asked).collect();
    let mut known: Vec<Fact> = facts::of_payment(&mut tx, payment).await.expect("the facts");
    known.reverse();
    look(&fold(&kept.terms, &asked, &known, &kept.policy, app.now()));
}

story!(money_that_moved_before_a_withdrawal_counts_and_after_it_is_late_the_same_on_replay, |world| {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Drop;
        faults.cancel = Cancel::Fail;
        faults.lookup = Lookup::Fail;
    });
    for (order, after, expected) in [("a", -1, "paid"), ("b", 0, "paid"), ("c", 1, "manual_review")] {
        let (payment, _) = order_at_the_bank(world, order, "12500").await;
        let session = world.session();
        world.clock.pass(seconds(5));
        assert_eq!(cancels(world, &payment).await.body["status"], "cancelled");
        let moved = world.clock.now() + after;
        let mut tidings = world.tidings(&session, "paid");
        tidings["paidAt"] = json!(time::rfc3339(moved));
        assert_eq!(world.posts(&world.notice(&format!("msg_{order}"), &tidings)).await.status, 200);
        world.settles().await;
        assert_eq!(status(world, &payment).await, expected, "the money moved {after} ms after");
        folded(world, &payment, |outcome| assert_eq!(outcome.status.word(), expected)).await;
        let kinds = open_kinds(world, &payment).await;
        assert_eq!(kinds.contains(&"late_payment".to_owned()), expected != "paid", "{kinds:?}");
    }
});

story!(a_withdrawn_payment_that_the_bank_took_money_for_is_undone_there, |world| {
    for late_payment in ["review", "accept", "refund"] {
        policy(world, late_payment, 0, None).await;
        world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
        let (payment, bank) = order_at_the_bank(world, late_payment, "12500").await;
        assert_eq!(cancels(world, &payment).await.status, 200);
        world.clock.pass(seconds(1));
        // The customer was faster than our call.
        world.does_at_the_bank(&bank, "pay").await;
        world.settles().await;
        world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
        world.passes(minutes(10)).await;
        assert_eq!((status(world, &payment).await.as_str(), world.session().status), ("cancelled", "reversed"));
        assert!(open_kinds(world, &payment).await.is_empty(), "{late_payment}");
        assert_eq!(sums(world, &payment).await, ["0", "0", "0", "0"]);
    }
});

story!(c1_a_call_to_close_that_turns_up_late_is_found_out, |world| {
    policy(world, "accept", 0, None).await;
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Drop;
        faults.cancel = Cancel::Late;
    });
    let (payment, bank) = order_at_the_bank(world, "A-1", "12500").await;
    assert_eq!(cancels(world, &payment).await.status, 200);
    world.settles().await;
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(minutes(1)).await;
    assert_eq!((status(world, &payment).await.as_str(), world.session().status), ("paid", "paid"));
    assert!(world.sandbox.bank.late_cancels_arrive() >= 1);
    assert_eq!(world.session().status, "reversed", "the bank took our late word for it, and nobody told us");
    world.passes(minutes(3)).await;
    assert_ne!(status(world, &payment).await, "paid", "the bank was asked once more");
});

story!(a_withdrawn_payment_that_cannot_be_undone_is_the_policys, |world| {
    for (late_payment, expected) in [("review", "manual_review"), ("accept", "paid"), ("refund", "cancelled")] {
        policy(world, late_payment, 0, None).await;
        world.sandbox.bank.change_faults(|faults| {
            faults.webhooks = Webhooks::Hold;
            faults.cancel = Cancel::Fail;
        });
        let (payment, bank) = order_at_the_bank(world, late_payment, "12500").await;
        assert_eq!(cancels(world, &payment).await.status, 200);
        world.clock.pass(seconds(1));
        world.does_at_the_bank(&bank, "pay").await;
        world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
        world.passes(minutes(30)).await;
        assert_eq!(status(world, &payment).await, expected, "{late_payment}");
        let gave_back = if late_payment == "refund" { 1_250_000 } else { 0 };
        assert_eq!(world.session().refunded_minor, gave_back, "{late_payment}");
        folded(world, &payment, |outcome| assert_eq!(outcome.status.word(), expected)).await;
    }
});

story!(a_withdrawal_whose_answer_is_lost_is_asked_again_and_ends_the_session, |world| {
    for (order, fault) in [("reply", Cancel::DropReply), ("request", Cancel::DropRequest), ("fail", Cancel::Fail)] {
        world.sandbox.bank.change_faults(|faults| faults.cancel = fault);
        let (payment, _) = order_at_the_bank(world, order, "12500").await;
        assert_eq!(cancels(world, &payment).await.body["status"], "cancelled");
        world.settles().await;
        world.sandbox.bank.change_faults(|faults| faults.cancel = Cancel::Ok);
        world.passes(minutes(3)).await;
        assert_eq!((status(world, &payment).await.as_str(), world.session().status), ("cancelled", "cancelled"));
    }
    let asked = bank_calls(world, "/cancel");
    world.passes(hours(2)).await;
    assert_eq!(bank_calls(world, "/cancel"), asked, "and then no more");
});

story!(an_attempt_under_way_delays_the_end_and_its_answer_decides, |world| {
    for (order_id, act, expected) in [("p", PayAction::Pay, "paid"), ("c", PayAction::Close, "expired")] {
        let body = with(order(order_id, "12500"), "expires_in", json!(300));
        let payment = world.creates(&body).await.body;
        world.clock.pass(minutes(4));
        world.goes_to_the_bank(&link(&payment)).await;
        world.settles().await;
        let session = world.session();
        world.sandbox.bank.act(&session.id, act).expect("the session is there");
        world.sandbox.bank.change_faults(|faults| {
            faults.lookup = Lookup::Fail;
            faults.webhooks = Webhooks::Hold;
        });
        world.passes(minutes(10)).await;
        assert_eq!(status(world, id(&payment)).await, "pending", "nobody knows yet");
        world.sandbox.bank.change_faults(|faults| {
            faults.lookup = Lookup::Ok;
            faults.webhooks = Webhooks::Send;
        });
        world.passes(minutes(30)).await;
        assert_eq!(status(world, id(&payment)).await, expected);
    }
});

story!(an_expired_payment_opens_again_under_the_same_link_and_is_paid, |world| {
    let payment = world.creates(&with(order("A-1", "12500"), "expires_in", json!(300))).await.body;
    world.passes(minutes(6)).await;
    assert_eq!(status(world, id(&payment)).await, "expired");
    assert!(world.opens(&link(&payment)).await.form().is_none());
    for (pointer, body) in [
        ("/expires_in", json!({ "expires_in": 10 })),
        ("/expires_at", json!({ "expires_at": "2026-01-01T00:00:00Z" })),
        ("", json!({})),
    ] {
        let wrong = patches(world, id(&payment), &body).await;
        wrong.is_problem(422, "invalid");
        assert_eq!(wrong.pointers(), [pointer]);
    }
    let until = later(world, hours(1));
    let again = patches(world, id(&payment), &json!({ "expires_at": until })).await;
    assert_eq!((again.status, &again.body["status"]), (200, &json!("created")), "{}", again.body);
    assert_eq!((&again.body["checkout_url"], &again.body["order_id"]), (&payment["checkout_url"], &json!("A-1")));
    world.creates(&order("A-1", "12500")).await.is_problem(409, "order-taken");
    world.pays(&link(&payment)).await;
    world.settles().await;
    assert_eq!((status(world, id(&payment)).await, world.payments().await.len()), ("paid".to_owned(), 1));
    patches(world, id(&payment), &json!({ "expires_in": 3600 })).await.is_problem(409, "not-now");
});

story!(a_payment_that_is_opened_again_ends_again, |world| {
    let payment = world.creates(&with(order("A-1", "12500"), "expires_in", json!(300))).await.body;
    for _ in 0..2 {
        world.passes(minutes(6)).await;
        assert_eq!(status(world, id(&payment)).await, "expired");
        assert_eq!(patches(world, id(&payment), &json!({ "expires_in": 300 })).await.body["status"], "created");
    }
    assert_eq!(shown(world, id(&payment)).await["expires_at"], later(world, minutes(5)));
});

story!(b5_a_links_payment_without_a_place_left_stays_expired, |world| {
    let link = makes(world, &with(lesson(), "cap", json!(1))).await;
    let first = presses(world, &link, "buyer-1", &json!({})).await.body;
    world.passes(hours(1)).await;
    assert_eq!(status(world, id(&first)).await, "expired");
    let second = presses(world, &link, "buyer-2", &json!({})).await;
    assert_eq!(second.status, 201, "{}", second.body);
    let refused = patches(world, id(&first), &json!({ "expires_in": 3600 })).await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().expect("a detail").contains("no place left"), "{}", refused.body);
    assert_eq!(status(world, id(&first)).await, "expired");
    cancels(world, id(&second.body)).await;
    let again = patches(world, id(&first), &json!({ "expires_in": 3600 })).await;
    assert_eq!((again.status, &again.body["status"]), (200, &json!("created")), "{}", again.body);
    posts(world, &format!("{}/payments", kamurj_tests::links::path(&link)), &json!({ "form_key": "buyer-3" }))
        .await
        .is_problem(409, "link-busy");
});
