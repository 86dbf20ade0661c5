//! What people decide: with a scope, a role, a reason and what it rests on; never shown as the bank's word; above an amount
//! by two; and open again as soon as the bank says something new. And the list of what waits for them.

use kamurj_domain::{Clock, time};
use kamurj_sandbox::bank::{Lookup, PayAction, Webhooks};
use kamurj_tests::acts::{
    exceptions, key, one_of, open_kinds, order_at_the_bank, paid_order, policy, refreshes, rules, shown, status, sums,
    takes, takes_out, told,
};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{id, posts, reads};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A payment that the bank says is paid, with a smaller amount.
async fn mismatched(world: &mut World, order: &str) -> String {
    world.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = -250_000);
    let payment = world.orders(order, "12500").await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    world.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = 0);
    assert_eq!(status(world, id(&payment)).await, "manual_review");
    id(&payment).to_owned()
}

/// A payment of which nobody could find out in time what became of it, though its customer paid.
async fn indeterminate(world: &mut World) -> String {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Hold;
        faults.lookup = Lookup::Fail;
    });
    let (payment, bank) = order_at_the_bank(world, "A-1", "12500").await;
    world.does_at_the_bank(&bank, "pay").await;
    world.passes(hours(27)).await;
    assert_eq!(open_kinds(world, &payment).await, ["indeterminate"]);
    payment
}

story!(b14_a_decision_needs_its_scope_a_reason_and_what_it_rests_on, |world| {
    let payment = mismatched(world, "A-1").await;
    let before = world.books().await;
    let path = format!("/v1/payments/{payment}/resolve");
    let good = json!({ "outcome": "paid", "reason": "the branch told us", "evidence": "letter 7" });
    let clerk = key(world, &["payments", "refunds", "links"], "manager").await;
    Answer::to(world.asks(&clerk, Method::POST, &path).json(&good)).await.is_problem(403, "forbidden");
    let exception = one_of("amount_mismatch", &exceptions(world, "").await);
    let way_out = format!("/v1/exceptions/{}/resolve", id(&exception));
    let body = json!({ "action": "rule_paid", "reason": "the branch told us", "evidence": "letter 7" });
    Answer::to(world.asks(&clerk, Method::POST, &way_out).json(&body)).await.is_problem(403, "forbidden");
    let neighbour = world.flower_shop().await;
    Answer::to(world.asks(&neighbour.api_key, Method::POST, &path).json(&good)).await.is_problem(404, "not-found");
    for (pointers, change) in [
        (vec!["/reason"], json!({ "reason": " " })),
        (vec!["/evidence"], json!({ "evidence": "" })),
        (vec!["/reason", "/evidence"], json!({ "reason": "", "evidence": "" })),
        (vec!["/outcome"], json!({ "outcome": "expired" })),
    ] {
        let mut body = good.clone();
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let wrong = posts(world, &path, &body).await;
        wrong.is_problem(422, "invalid");
        assert_eq!(wrong.pointers(), pointers, "{}", wrong.body);
    }
    let body = json!({ "action": "rule_paid", "reason": "so" });
    let wrong = posts(world, &way_out, &body).await;
    wrong.is_problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/evidence"]);
    assert_eq!(world.books().await, before);
});

story!(b14_what_a_person_decided_is_never_shown_as_the_banks_word, |world| {
    let payment = mismatched(world, "A-1").await;
    let manager = key(world, &["decisions"], "manager").await;
    let ruled = rules(world, &manager, &payment, "paid").await;
    assert_eq!((ruled.status, &ruled.body["payment"]["status"]), (200, &json!("paid")), "{}", ruled.body);
    world.settles().await;
    let body = shown(world, &payment).await;
    assert_eq!(body["evidence"], "the merchant's decision");
    assert!(open_kinds(world, &payment).await.is_empty());
    let page = world.opens(&format!("{}?lang=en", link(&body))).await;
    assert!(page.shows("seller") && !page.shows("Confirmed by the bank"), "{}", page.html);
    let journal = reads(world, &format!("/v1/payments/{payment}/journal")).await.body.to_string();
    for words in ["manager", "called the bank", "bank statement, line 14", "manual"] {
        assert!(journal.contains(words), "{words} in {journal}");
    }
    let why = reads(world, &format!("/v1/payments/{payment}/explain")).await.body;
    assert_eq!(why["deciding"]["evidence"], "manual", "{why}");
    assert!(why["sentence"].as_str().expect("a sentence").contains("a person's word"), "{why}");
});

story!(each_ruling_settles_a_mismatch, |world| {
    for (action, expected, money) in [
        ("rule_paid", "paid", ["10000", "0", "0", "0"]),
        // What the bank took is held and may go back.
        ("rule_failed", "failed", ["0", "0", "0", "10000"]),
        ("rule_refunded", "refunded", ["10000", "10000", "0", "0"]),
    ] {
        let payment = mismatched(world, action).await;
        let closed = takes_out(world, &payment, "amount_mismatch", action).await;
        assert!(closed["resolved_at"].is_string(), "{closed}");
        assert_eq!(
            (status(world, &payment).await.as_str(), sums(world, &payment).await),
            (expected, money.map(String::from))
        );
        assert!(open_kinds(world, &payment).await.is_empty(), "{action}");
    }
    let payment = mismatched(world, "cancelled").await;
    let operator = world.api_key.clone();
    let ruled = rules(world, &operator, &payment, "cancelled").await;
    assert_eq!(ruled.body["payment"]["status"], "cancelled", "{}", ruled.body);
    // Put aside, and looked up: the bank says the same as before.
    let payment = mismatched(world, "aside").await;
    let still = takes_out(world, &payment, "amount_mismatch", "look_up").await;
    assert_eq!(still["resolved_at"], Value::Null, "{still}");
    takes_out(world, &payment, "amount_mismatch", "dismiss").await;
    assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("manual_review", 0));
});

story!(a_payment_that_was_ruled_failed_is_paid_in_another_attempt, |world| {
    let payment = mismatched(world, "A-1").await;
    takes_out(world, &payment, "amount_mismatch", "rule_failed").await;
    let page = link(&shown(world, &payment).await);
    world.pays(&page).await;
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid");
});

story!(an_indeterminate_payment_is_looked_up_or_ruled, |world| {
    let payment = indeterminate(world).await;
    let still = takes_out(world, &payment, "indeterminate", "look_up").await;
    assert_eq!(still["resolved_at"], Value::Null, "{still}");
    takes_out(world, &payment, "indeterminate", "rule_failed").await;
    let ruled = status(world, &payment).await;
    assert!(ruled == "failed" || ruled == "expired", "{ruled}");
    // A newer word of the bank's opens the question again, and here answers it.
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    let asked = refreshes(world, &payment).await;
    assert_eq!(asked["status"], "paid", "{asked}");
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
});

story!(a_newer_word_of_the_bank_against_a_ruling_goes_to_a_person_again, |world| {
    let payment = indeterminate(world).await;
    takes_out(world, &payment, "indeterminate", "rule_paid").await;
    assert_eq!(status(world, &payment).await, "paid");
    let session = world.session();
    let mut tidings = world.tidings(&session, "failed");
    tidings["updatedAt"] = json!(time::rfc3339(world.clock.now()));
    assert_eq!(world.posts(&world.notice("msg_no", &tidings)).await.status, 200);
    world.settles().await;
    assert_eq!(status(world, &payment).await, "manual_review", "what a person called paid needs a person again");
    assert_eq!(open_kinds(world, &payment).await, ["contradiction"]);
    takes_out(world, &payment, "contradiction", "rule_paid").await;
    assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("paid", 0));
    let events = told(world, &world.bitrix24, &payment).await;
    assert_eq!(events.iter().filter(|(event, _)| event == "payment.paid").count(), 1, "{events:?}");
});

story!(above_an_amount_a_decision_needs_a_second_person, |world| {
    policy(world, "review", 0, Some(12_000)).await;
    let payment = mismatched(world, "A-1").await;
    let (one, other) = (key(world, &["decisions"], "manager").await, key(world, &["decisions"], "owner").await);
    for _ in 0..2 {
        let first = rules(world, &one, &payment, "paid").await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(first.body["payment"]["status"], "manual_review", "one person twice is one person");
        assert_eq!(first.body["explanation"]["awaits_second_person"], true);
    }
    let differs = rules(world, &other, &payment, "failed").await;
    assert_eq!(differs.body["payment"]["status"], "manual_review", "two who differ do not agree");
    let second = rules(world, &other, &payment, "paid").await;
    assert_eq!(second.body["payment"]["status"], "paid", "{}", second.body);
    assert_eq!(second.body["explanation"]["awaits_second_person"], false);
    // Below the amount one is enough.
    let small = world.orders("A-2", "12000").await;
    let ruled = rules(world, &one, id(&small), "paid").await;
    assert_eq!(ruled.body["payment"]["status"], "paid", "{}", ruled.body);
});

story!(money_outside_the_bank_is_a_persons_word_and_not_while_an_attempt_is_under_way, |world| {
    let operator = world.api_key.clone();
    let cash = world.orders("cash", "12500").await;
    for outcome in ["failed", "cancelled", "refunded"] {
        rules(world, &operator, id(&cash), outcome).await.is_problem(409, "not-now");
    }
    let ruled = rules(world, &operator, id(&cash), "paid").await;
    assert_eq!(ruled.body["payment"]["status"], "paid", "{}", ruled.body);
    // The bank has none of it to give back.
    posts(world, &format!("/v1/payments/{}/refunds", id(&cash)), &json!({ "reason": "sent back" }))
        .await
        .is_problem(409, "not-now");
    world.clock.pass(1_000);
    let ruled = rules(world, &operator, id(&cash), "refunded").await;
    assert_eq!(ruled.body["payment"]["status"], "refunded", "{}", ruled.body);

    let (under_way, _) = order_at_the_bank(world, "way", "12500").await;
    let refused = rules(world, &operator, &under_way, "paid").await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().expect("a detail").contains("/refresh"), "{}", refused.body);
    let paid = paid_order(world, "bank", "12500").await;
    for outcome in ["paid", "failed", "cancelled"] {
        rules(world, &operator, &paid, outcome).await.is_problem(409, "not-now");
    }
});

story!(the_list_of_exceptions_is_filtered_paged_and_aged, |world| {
    let mut payments = Vec::new();
    for number in 0..3 {
        payments.push(mismatched(world, &format!("A-{number}")).await);
        world.clock.pass(minutes(1));
    }
    let open = exceptions(world, "").await;
    assert_eq!(open.iter().map(|exception| exception["payment"].clone()).collect::<Vec<_>>(), payments);
    assert_eq!(open[0]["age_seconds"], 180);
    assert_eq!(exceptions(world, "kind=chargeback").await.len(), 0);
    assert_eq!(exceptions(world, &format!("kind=amount_mismatch&payment={}", payments[1])).await.len(), 1);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = reads(world, &format!("/v1/exceptions?limit=2{cursor}")).await.body;
        seen.extend(page["exceptions"].as_array().expect("a list").clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, open);
    for (pointer, query) in
        [("/state", "state=old"), ("/kind", "kind=unmatched"), ("/limit", "limit=0"), ("/cursor", "cursor=x")]
    {
        let wrong = reads(world, &format!("/v1/exceptions?{query}")).await;
        wrong.is_problem(422, "invalid");
        assert_eq!(wrong.pointers(), [pointer]);
    }
    let wrong = takes(world, &open[0], "retry").await;
    wrong.is_problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/action"]);
    assert_eq!(takes(world, &open[0], "dismiss").await.status, 200);
    takes(world, &open[0], "dismiss").await.is_problem(409, "not-now");
    assert_eq!((exceptions(world, "").await.len(), exceptions(world, "state=all").await.len()), (2, 3));
    let resolved = exceptions(world, "state=resolved").await;
    assert!(resolved[0]["resolution"].as_str().expect("a text").contains("called the bank"), "{resolved:?}");
    assert_eq!(resolved[0]["proposed_actions"], json!([]));
    let neighbour = world.flower_shop().await;
    let path = format!("/v1/exceptions/{}/resolve", id(&open[1]));
    let body = json!({ "action": "dismiss", "reason": "none of mine" });
    Answer::to(world.asks(&neighbour.api_key, Method::POST, &path).json(&body)).await.is_problem(404, "not-found");
    let theirs = Answer::to(world.asks(&neighbour.api_key, Method::GET, "/v1/exceptions?state=all")).await;
    assert_eq!(theirs.body["exceptions"], json!([]));
});

story!(a_delivery_that_was_given_up_is_brought_back_and_told_of_again_if_it_fails_again, |world| {
    let page = world.customer_picks_the_cake().await;
    world.sandbox.telegram.block(CUSTOMER, true).expect("the chat is there");
    world.pays(&page).await;
    world.passes(minutes(5)).await;
    let failed = one_of("delivery_failed", &exceptions(world, "").await);
    assert_eq!(failed["proposed_actions"], json!(["retry", "skip", "dismiss"]));
    for _ in 0..2 {
        let retried = takes(world, &failed, "retry").await;
        assert_eq!((retried.status, retried.body["resolved_at"].is_string()), (200, true), "{}", retried.body);
        world.passes(minutes(5)).await;
        let again = one_of("delivery_failed", &exceptions(world, "").await);
        assert_eq!(again["subject"], failed["subject"], "a person is told again");
    }
    world.sandbox.telegram.block(CUSTOMER, false).expect("the chat is there");
    assert_eq!(takes(world, &failed, "retry").await.status, 200);
    world.passes(minutes(5)).await;
    assert!(exceptions(world, "").await.is_empty());
    let payment = world.payment().await.id;
    let events = told(world, &world.telegram, &payment).await;
    assert!(events.iter().all(|(_, state)| state == "done"), "{events:?}");
    assert_eq!(world.ending().await.paid_messages, 1);
});

story!(a_contradiction_is_shown_with_its_ways_out_and_a_newer_look_up_settles_it, |world| {
    let (payment, _) = order_at_the_bank(world, "A-1", "12500").await;
    let session = world.session();
    // A signed notice says paid; the bank's own books say that it failed.
    let tidings = world.tidings(&session, "paid");
    world.sandbox.bank.act(&session.id, PayAction::Decline).expect("the session is there");
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    assert_eq!(world.posts(&world.notice("msg_paid", &tidings)).await.status, 200);
    world.settles().await;
    assert_eq!(status(world, &payment).await, "manual_review");
    let exception = one_of("contradiction", &exceptions(world, "").await);
    assert_eq!(exception["proposed_actions"], json!(["look_up", "rule_paid", "rule_failed", "rule_refunded"]));
    takes_out(world, &payment, "contradiction", "rule_failed").await;
    assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("failed", 0));
});
