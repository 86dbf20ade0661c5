//! D: money that goes back. Reserved before the bank is asked, asked for once, looked up when the answer is lost, and
//! never more than came in.

use kamurj_domain::Mode;
use kamurj_sandbox::bank::{Refund, RefundLookup, Webhooks};
use kamurj_server::install::{self, Entered, NewMerchant};
use kamurj_tests::acts::{
    asks_back, bank_calls, bank_gave_back, deal, drams, exceptions, gives_back, key, last_attempt, one_of, open_kinds,
    paid_order, refreshes, refunds, shown, status, sums, takes, takes_out, told,
};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{at_once, id, posts, reads};
use kamurj_tests::world::{canary, every_scope};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

fn pair(price: &str, status: &str) -> (String, String) {
    (price.to_owned(), status.to_owned())
}

story!(a_full_refund_goes_back_once_and_everybody_is_told, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let reserved = asks_back(world, &payment, None).await;
    assert_eq!(reserved.status, 201, "{}", reserved.body);
    assert_eq!((&reserved.body["status"], &reserved.body["of"]), (&json!("pending"), &json!("order")));
    assert_eq!(reserved.body["amount"], drams("12500"));
    assert_eq!(sums(world, &payment).await, ["12500", "0", "12500", "0"]);
    assert_eq!(status(world, &payment).await, "paid", "what is reserved has not gone back");
    world.settles().await;
    assert_eq!(refunds(world, &payment).await, [pair("12500", "done")]);
    assert_eq!(sums(world, &payment).await, ["12500", "12500", "0", "0"]);
    assert_eq!((status(world, &payment).await.as_str(), bank_gave_back(world)), ("refunded", 1_250_000));
    world.passes(hours(2)).await;
    assert_eq!(bank_calls(world, "/refunds"), 1);
    let events = told(world, &world.bitrix24, &payment).await;
    assert_eq!(events.iter().filter(|(event, _)| event == "payment.refunded").count(), 1, "{events:?}");
    let nothing = asks_back(world, &payment, None).await;
    nothing.is_problem(409, "not-now");
    assert!(nothing.body["detail"].as_str().expect("a detail").contains("Nothing is left"), "{}", nothing.body);
});

story!(d7_a_refund_is_refused_with_what_may_go_back_and_changes_nothing, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let open = world.orders("A-2", "100").await;
    let neighbour = world.flower_shop().await;
    world.settles().await;
    let before = world.books().await;
    let too_much = asks_back(world, &payment, Some("12501")).await;
    too_much.is_problem(409, "not-now");
    assert!(too_much.body["detail"].as_str().expect("a detail").contains("12500"), "{}", too_much.body);
    asks_back(world, id(&open), None).await.is_problem(409, "not-now");

    let path = format!("/v1/payments/{payment}/refunds");
    let reason = "sent back";
    for (pointer, body) in [
        ("/amount/currency", json!({ "amount": { "value": "10", "currency": "USD" }, "reason": reason })),
        ("/amount/value", json!({ "amount": drams("0"), "reason": reason })),
        ("/amount/value", json!({ "amount": drams("-5"), "reason": reason })),
        ("/reason", json!({ "amount": drams("5"), "reason": " " })),
        ("/sum", json!({ "sum": 5, "reason": reason })),
    ] {
        let answer = posts(world, &path, &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{body}: {}", answer.body);
    }
    let body = json!({ "attempt": "att_unknown", "reason": reason });
    posts(world, &path, &body).await.is_problem(409, "not-now");

    let body = json!({ "amount": drams("5"), "reason": reason });
    let other = Answer::to(world.asks(&neighbour.api_key, Method::POST, &path).json(&body)).await;
    other.is_problem(404, "not-found");
    Answer::to(world.asks(&neighbour.api_key, Method::GET, &path)).await.is_problem(404, "not-found");
    let weak = key(world, &["payments", "decisions", "links"], "manager").await;
    Answer::to(world.asks(&weak, Method::POST, &path).json(&body)).await.is_problem(403, "forbidden");
    world.settles().await;
    assert_eq!((world.books().await, bank_calls(world, "/refunds")), (before, 0));
});

story!(two_parts_go_back_and_each_is_told, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let payment = world.payment().await.id;
    let before = world.ending().await;
    for (part, refunded, stage) in
        [("2500", "2500", "UC_PARTREF"), ("4000", "6500", "UC_PARTREF"), ("6000", "12500", "APOLOGY")]
    {
        gives_back(world, &payment, Some(part)).await;
        world.settles().await;
        assert_eq!(sums(world, &payment).await, ["12500", refunded, "0", "0"]);
        assert_eq!(deal(world).0, stage, "after {part}");
        world.clock.pass(seconds(1));
    }
    assert_eq!(refunds(world, &payment).await, [pair("2500", "done"), pair("4000", "done"), pair("6000", "done")]);
    world.passes(minutes(40)).await;
    for installation in [&world.bitrix24, &world.telegram] {
        let events = told(world, installation, &payment).await;
        let wants = installation == &world.bitrix24;
        for (event, count) in [("payment.partially_refunded", 2), ("payment.refunded", 1), ("payment.paid", 1)] {
            let often = events.iter().filter(|(name, _)| name == event).count();
            assert!(often == count || (!wants && event != "payment.paid" && often == 0), "{event} in {events:?}");
        }
        assert!(events.iter().all(|(_, state)| state == "done"), "{events:?}");
    }
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("refunded", 1));
    assert_eq!(ending.paid_messages, before.paid_messages, "the chat is not told twice that it is paid");
    let (_, comments) = deal(world);
    assert_eq!(comments.len(), before.deals[0].1 + 3, "one line for each part: {comments:?}");
    assert_eq!(bank_calls(world, "/refunds"), 3);
});

/// A merchant whose only account says of refunds what this setting says.
async fn merchant_whose_bank_gives_back(world: &World, setting: &str) -> (String, String) {
    let app = world.app();
    let new = NewMerchant {
        name: "Գրախանութ".to_owned(),
        handle: None,
        contact: None,
        locale: "hy".to_owned(),
        colour: None,
    };
    let merchant = install::merchant(&app, new).await.expect("a merchant");
    let (_, api_key) = install::api_key(&app, &merchant, Mode::Test, every_scope("stories")).await.expect("a key");
    let bank: Entered = serde_json::from_value(json!({
        "settings": { "base_url": world.sandbox.bank_url, "refunds": setting },
        "secrets": { "api_token": canary("bank token"), "webhook_secret": canary("webhook secret") },
    }))
    .expect("settings and secrets");
    install::provider_account(&app, &merchant, Mode::Test, "vpos", bank).await.expect("an account");
    (merchant, api_key)
}

story!(d8_a_provider_that_cannot_give_back_is_said_so_and_nothing_is_reserved, |world| {
    for (setting, price) in [("none", None), ("none", Some("5")), ("full", Some("5"))] {
        let (merchant, api_key) = merchant_whose_bank_gives_back(world, setting).await;
        let order = json!({ "order_id": "B-1", "amount": drams("9000") });
        let made = Answer::to(world.asks(&api_key, Method::POST, "/v1/payments").json(&order)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        world.pays(&link(&made.body)).await;
        world.settles().await;
        let before = world.books_of(&merchant).await;
        let body = match price {
            Some(price) => json!({ "amount": drams(price), "reason": "sent back" }),
            None => json!({ "reason": "sent back" }),
        };
        let path = format!("/v1/payments/{}/refunds", id(&made.body));
        let answer = Answer::to(world.asks(&api_key, Method::POST, &path).json(&body)).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/amount"], "{setting}: {}", answer.body);
        assert_eq!(world.books_of(&merchant).await, before, "{setting}");
        if setting == "full" {
            let whole = json!({ "reason": "sent back" });
            let answer = Answer::to(world.asks(&api_key, Method::POST, &path).json(&whole)).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            world.settles().await;
            assert_eq!(bank_gave_back(world), 900_000);
        }
    }
});

/// A refund whose answer is lost in this way, reserved and not yet known.
async fn lost(world: &mut World, how: Refund) -> String {
    let payment = paid_order(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| {
        faults.refund = how;
        faults.webhooks = Webhooks::Drop;
    });
    gives_back(world, &payment, Some("5000")).await;
    world.settles().await;
    payment
}

story!(d3_a_refund_whose_answer_is_lost_after_the_effect_is_looked_up_and_never_sent_twice, |world| {
    let payment = lost(world, Refund::DropReply).await;
    assert_eq!(refunds(world, &payment).await, [pair("5000", "pending")]);
    assert_eq!(sums(world, &payment).await, ["12500", "0", "5000", "0"]);
    asks_back(world, &payment, Some("7501")).await.is_problem(409, "not-now");
    world.passes(minutes(1)).await;
    assert_eq!(refunds(world, &payment).await, [pair("5000", "done")]);
    assert_eq!(sums(world, &payment).await, ["12500", "5000", "0", "0"]);
    assert_eq!(status(world, &payment).await, "partially_refunded");
    world.passes(hours(3)).await;
    assert_eq!((bank_calls(world, "/refunds"), bank_gave_back(world)), (1, 500_000));
    let events = told(world, &world.bitrix24, &payment).await;
    assert_eq!(events.iter().filter(|(event, _)| event == "payment.partially_refunded").count(), 1, "{events:?}");
});

story!(d3_a_refund_whose_request_is_lost_is_free_again_when_the_bank_has_never_heard_of_it, |world| {
    for how in [Refund::DropRequest, Refund::Fail] {
        let order = format!("{how:?}");
        world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Ok);
        let payment = paid_order(world, &order, "12500").await;
        world.sandbox.bank.change_faults(|faults| faults.refund = how);
        let asked_before = bank_calls(world, "/refunds");
        gives_back(world, &payment, None).await;
        world.settles().await;
        world.passes(minutes(1)).await;
        assert_eq!(refunds(world, &payment).await, [pair("12500", "pending")], "it may still turn up");
        asks_back(world, &payment, Some("1")).await.is_problem(409, "not-now");
        world.passes(minutes(4)).await;
        assert_eq!(refunds(world, &payment).await, [pair("12500", "failed")]);
        assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
        assert_eq!(status(world, &payment).await, "paid");
        world.passes(hours(2)).await;
        assert_eq!(bank_calls(world, "/refunds") - asked_before, 1, "nobody asks again by himself");
        assert_eq!(bank_gave_back(world), 0);
    }
    assert!(world.exceptions().await.is_empty());
});

/// A refund that nobody could find out about within its time.
async fn in_doubt(world: &mut World) -> (String, Value) {
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Fail);
    let payment = lost(world, Refund::DropReply).await;
    world.passes(minutes(25)).await;
    assert!(open_kinds(world, &payment).await.is_empty(), "it has its time");
    world.passes(minutes(10)).await;
    assert_eq!(refunds(world, &payment).await, [pair("5000", "in_doubt")]);
    assert_eq!(status(world, &payment).await, "paid", "a doubt changes no status");
    assert_eq!(sums(world, &payment).await, ["12500", "0", "5000", "0"]);
    let exception = one_of("refund_in_doubt", &exceptions(world, "").await);
    assert_eq!(exception["proposed_actions"], json!(["look_up", "refund_done", "refund_not_done"]));
    (payment, exception)
}

story!(d3_a_refund_in_doubt_is_settled_by_a_person_and_then_by_the_banks_late_word, |world| {
    let (payment, exception) = in_doubt(world).await;
    let closed = takes(world, &exception, "refund_not_done").await;
    assert_eq!((closed.status, closed.body["resolved_at"].is_string()), (200, true), "{}", closed.body);
    assert_eq!(refunds(world, &payment).await, [pair("5000", "failed")]);
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    takes(world, &exception, "refund_done").await.is_problem(409, "not-now");
    // The bank did it all the same.
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Ok);
    refreshes(world, &payment).await;
    assert_eq!(refunds(world, &payment).await, [pair("5000", "done")]);
    assert_eq!(sums(world, &payment).await, ["12500", "5000", "0", "0"]);
    assert_eq!(status(world, &payment).await, "partially_refunded");
    assert_eq!(bank_calls(world, "/refunds"), 1);
});

story!(d3_a_refund_in_doubt_that_a_person_calls_done_counts_once, |world| {
    let (payment, _) = in_doubt(world).await;
    takes_out(world, &payment, "refund_in_doubt", "refund_done").await;
    assert_eq!(sums(world, &payment).await, ["12500", "5000", "0", "0"]);
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Ok);
    world.passes(hours(3)).await;
    refreshes(world, &payment).await;
    assert_eq!(sums(world, &payment).await, ["12500", "5000", "0", "0"]);
    assert_eq!(refunds(world, &payment).await, [pair("5000", "done")]);
    let events = told(world, &world.bitrix24, &payment).await;
    assert_eq!(events.iter().filter(|(event, _)| event == "payment.partially_refunded").count(), 1, "{events:?}");
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(d3_a_look_up_settles_a_refund_in_doubt, |world| {
    let (payment, _) = in_doubt(world).await;
    let still = takes_out(world, &payment, "refund_in_doubt", "look_up").await;
    assert_eq!(still["resolved_at"], Value::Null, "the bank still does not answer");
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Ok);
    let closed = takes_out(world, &payment, "refund_in_doubt", "look_up").await;
    assert_eq!(closed["resolved_by"], "facts", "{closed}");
    assert_eq!(refunds(world, &payment).await, [pair("5000", "done")]);
});

story!(d4_a_refund_that_fails_late_frees_its_amount_once, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Slow);
    gives_back(world, &payment, Some("8000")).await;
    world.settles().await;
    assert_eq!(refunds(world, &payment).await, [pair("8000", "pending")]);
    asks_back(world, &payment, Some("4501")).await.is_problem(409, "not-now");
    let at_bank = world.sandbox.bank.view().refunds[0].id.clone();
    world.sandbox.bank.change_faults(|faults| {
        faults.refund = Refund::Ok;
        faults.duplicate = 3;
    });
    assert!(world.sandbox.bank.fail_refund(&at_bank));
    world.passes(minutes(5)).await;
    assert_eq!(refunds(world, &payment).await, [pair("8000", "failed")]);
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    asks_back(world, &payment, Some("12501")).await.is_problem(409, "not-now");
    gives_back(world, &payment, None).await;
    world.passes(minutes(5)).await;
    assert_eq!(sums(world, &payment).await, ["12500", "12500", "0", "0"]);
    assert_eq!((status(world, &payment).await.as_str(), bank_gave_back(world)), ("refunded", 1_250_000));
});

story!(d4_a_refund_that_was_done_and_comes_back_is_the_merchants_again, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    gives_back(world, &payment, None).await;
    world.settles().await;
    assert_eq!(status(world, &payment).await, "refunded");
    world.passes(minutes(2)).await;
    let at_bank = world.sandbox.bank.view().refunds[0].id.clone();
    assert!(world.sandbox.bank.fail_refund(&at_bank));
    world.passes(minutes(5)).await;
    assert_eq!(refunds(world, &payment).await, [pair("12500", "failed")]);
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    assert_eq!(status(world, &payment).await, "paid");
    assert_eq!(world.ending().await.announced_paid, 1, "paid is announced once in a payment's life");
});

story!(d4_a_refund_that_the_bank_declines_is_said_so, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Decline);
    gives_back(world, &payment, None).await;
    world.passes(minutes(5)).await;
    assert_eq!(refunds(world, &payment).await, [pair("12500", "failed")]);
    assert_eq!((status(world, &payment).await, open_kinds(world, &payment).await), ("paid".to_owned(), vec![]));
    assert_eq!(bank_calls(world, "/refunds"), 1);
});

story!(d1_of_sixty_four_refunds_at_once_no_more_than_was_captured_is_taken, |world| {
    let payment = paid_order(world, "A-1", "10000").await;
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({ "amount": drams("1000"), "reason": "sent back" });
    let asked = (0..64).map(|_| world.asks(&world.api_key, Method::POST, &path).json(&body)).collect();
    let answers = at_once(asked).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 10, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.is_problem(409, "not-now");
    }
    assert_eq!(sums(world, &payment).await, ["10000", "0", "10000", "0"]);
    world.passes(minutes(3)).await;
    assert_eq!(sums(world, &payment).await, ["10000", "10000", "0", "0"]);
    assert_eq!(status(world, &payment).await, "refunded");
    assert_eq!((bank_calls(world, "/refunds"), bank_gave_back(world)), (10, 1_000_000));
});

story!(a_repeated_request_under_one_key_is_one_refund, |world| {
    let payment = paid_order(world, "A-1", "10000").await;
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({ "amount": drams("1000"), "reason": "sent back" });
    for _ in 0..3 {
        let asked = world.asks(&world.api_key, Method::POST, &path).header("idempotency-key", "once").json(&body);
        assert_eq!(Answer::to(asked).await.status, 201);
        world.settles().await;
    }
    assert_eq!(refunds(world, &payment).await, [pair("1000", "done")]);
    assert_eq!(bank_gave_back(world), 100_000);
});

story!(the_journal_tells_who_asked_for_a_refund_and_what_became_of_it, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let attempt = last_attempt(world, &payment).await;
    gives_back(world, &payment, Some("500")).await;
    world.passes(seconds(30)).await;
    let kinds = world.journal(&payment).await;
    let place =
        |kind: &str| kinds.iter().position(|known| known == kind).unwrap_or_else(|| panic!("{kind}: {kinds:?}"));
    assert!(place("fact.refund_asked") < place("fact.refunded"));
    assert!(place("fact.refunded") < place("payment.partially_refunded"));
    let entries = reads(world, &format!("/v1/payments/{payment}/journal")).await.body.to_string();
    assert!(entries.contains("the customer sent it back") && entries.contains(&attempt), "{entries}");
    assert_eq!(shown(world, &payment).await["provider_reference"].as_str().map(str::len), Some(12));
});
