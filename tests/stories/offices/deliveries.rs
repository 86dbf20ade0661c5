//! What an operator does about deliveries: tries again, leaves out, sends again, one or all of a span of time; and which wait for which.

use kamurj_tests::acts::{exceptions, later};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::offices::{Office, Trouble};
use kamurj_tests::{in_every_crm, in_every_office};
use reqwest::Method;
use serde_json::{Value, json};

fn of(deliveries: &[Value], event: &str) -> String {
    let found = deliveries.iter().find(|one| one["event"] == event).expect("such a delivery");
    found["id"].as_str().expect("an id").to_owned()
}

in_every_office!(a_delivery_is_sent_again_and_what_was_lost_there_comes_back, |world, desk| {
    let sale = world.makes_sale(desk, "A-1").await;
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let before = world.seen(desk, &sale);
    let id = of(&world.deliveries_to(desk, "&state=done").await, "payment.paid");
    let calls = world.calls_at(desk.office);
    let answer =
        world.does(Method::POST, &format!("/v1/deliveries/{id}/resend"), &json!({ "reason": "they ask" })).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("owed")), "{}", answer.body);
    world.passes(minutes(1)).await;
    assert!(world.calls_at(desk.office) > calls, "it was really sent");
    let after = world.seen(desk, &sale);
    assert_eq!(
        (after.records, &after.status, after.notes.len()),
        (1, &before.status, before.notes.len()),
        "{after:#?}"
    );
    if desk.office == Office::Erp {
        let events = world.sandbox.erp.view().events;
        let paid = events.iter().find(|event| event.kind == "payment.paid").expect("it was told");
        assert_eq!(
            (paid.id.as_str(), paid.repeats, paid.changed),
            (id.as_str(), 1, false),
            "the same id, the same words"
        );
    }
    let journal = world.journal(&sale.payment).await;
    assert!(journal.iter().any(|entry| entry.contains("delivery.resent")), "{journal:#?}");
    // What waits or was left out is not sent again.
    let unknown = world.does(Method::POST, "/v1/deliveries/dlv_unknown/resend", &json!({})).await;
    unknown.is_problem(404, "not-found");
});

in_every_office!(all_of_a_span_of_time_is_counted_and_then_sent_again, |world, desk| {
    let since = later(world, 0);
    for number in 1..=3 {
        let sale = world.makes_sale(desk, &format!("A-{number}")).await;
        world.pays(&sale.link).await;
        world.passes(minutes(1)).await;
    }
    let until = later(world, hours(1));
    let path = format!("{}/resend", desk.path);
    let asked = |dry_run: bool| json!({ "since": since, "until": until, "event": "payment.paid", "dry_run": dry_run });
    let counted = world.does(Method::POST, &path, &asked(true)).await;
    assert_eq!((counted.status, &counted.body["count"], &counted.body["more"]), (200, &json!(3), &json!(false)));
    assert!(world.deliveries_to(desk, "&state=owed").await.is_empty(), "counting sends nothing");
    let sent = world.does(Method::POST, &path, &asked(false)).await;
    assert_eq!((sent.status, &sent.body["count"]), (200, &json!(3)), "{}", sent.body);
    assert_eq!(world.deliveries_to(desk, "&state=owed").await.len(), 3);
    world.passes(minutes(1)).await;
    world.passes(minutes(5)).await;
    assert!(world.deliveries_to(desk, "&state=owed").await.is_empty());
    let wrong = json!({ "since": "yesterday", "until": until, "event": "payment.pay" });
    let refused = world.does(Method::POST, &path, &wrong).await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/since", "/event"]), "{}", refused.body);
});

in_every_office!(what_waits_is_left_out_and_the_rest_goes_on, |world, desk| {
    world.office_suffers(desk.office, Trouble::Down(true));
    let sale = world.makes_sale(desk, "A-1").await;
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let first = of(&world.deliveries_to(desk, "&state=owed").await, "payment.created");
    let skip = |id: &str| format!("/v1/deliveries/{id}/skip");
    let answer = world.does(Method::POST, &skip(&first), &json!({ "reason": "entered by hand" })).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("skipped")), "{}", answer.body);
    world.does(Method::POST, &skip(&first), &json!({ "reason": "once more" })).await.is_problem(409, "not-now");
    world.office_suffers(desk.office, Trouble::Down(false));
    world.passes(hours(8)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid", "{:#?}", world.seen(desk, &sale));
    let done = world.deliveries_to(desk, "&state=done").await;
    assert!(done.iter().all(|one| one["id"] != first.as_str()));
    let open = exceptions(world, "").await;
    assert!(open.is_empty(), "{open:#?}");
});

in_every_crm!(two_payments_of_one_record_go_in_order_and_the_paid_one_stays, |world, desk| {
    let record = world.makes_record(desk.office, "Տորթ", 12_500);
    let one = world.asks_for(desk, "A-1", &record).await;
    world.clock.pass(1_000);
    let two = world.asks_for(desk, "A-2", &record).await;
    world.passes(minutes(1)).await;
    assert_eq!(world.seen(desk, &two).link, two.link, "the later one shows");
    world.office_suffers(desk.office, Trouble::Down(true));
    world.pays(&two.link).await;
    world.passes(minutes(1)).await;
    let path = format!("/v1/payments/{}/cancel", one.payment);
    assert_eq!(world.does(Method::POST, &path, &json!({ "reason": "not needed" })).await.status, 200);
    world.office_suffers(desk.office, Trouble::Down(false));
    world.passes(hours(5)).await;
    let seen = world.seen(desk, &two);
    assert_eq!((seen.status.as_str(), seen.records), ("paid", 1), "{seen:#?}");
});

in_every_crm!(a_chat_is_sent_nothing_a_second_time, |world, desk| {
    world.customer_picks_the_cake().await;
    world.passes(minutes(1)).await;
    assert_eq!(desk.path, format!("/v1/installations/{}", desk.installation));
    let link = world.link(CUSTOMER).expect("a link");
    world.pays(&link).await;
    world.passes(minutes(1)).await;
    let path = format!("/v1/deliveries?installation={}&state=done", world.telegram);
    let told = kamurj_tests::links::reads(world, &path).await.body;
    let id = of(told["deliveries"].as_array().expect("deliveries"), "payment.paid");
    world.does(Method::POST, &format!("/v1/deliveries/{id}/resend"), &json!({})).await.is_problem(409, "not-now");
});
