//! Settings that do not fit the service any more, and records that are gone: one clear exception with the fix, and everything arrives once
//! it is mended.

use kamurj_tests::acts::{exceptions, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::in_every_crm;
use kamurj_tests::offices::Office;
use serde_json::json;

in_every_crm!(f5_a_stage_that_was_removed_asks_once_and_what_waits_arrives_with_other_settings, |world, desk| {
    let one = world.makes_sale(desk, "A-1").await;
    let two = world.makes_sale(desk, "A-2").await;
    let settings = world.settings_of(desk.office);
    if desk.office == Office::Bitrix24 {
        assert!(world.sandbox.bitrix24.remove_stage("EXECUTING"));
    } else {
        // Won is in every pipeline; the stage of failed payments is the merchant's own.
        let (pipeline, stage) =
            settings["stages"]["payment_failed"].as_str().expect("a stage").split_once('/').expect("two");
        let number = |text: &str| text.parse().expect("a number");
        world.sandbox.amocrm.remove_status(number(pipeline), number(stage)).expect("a stage");
    }
    for sale in [&one, &two] {
        if desk.office == Office::Bitrix24 {
            world.pays(&sale.link).await;
        } else {
            let bank = world.goes_to_the_bank(&sale.link).await;
            let back = world.does_at_the_bank(&bank, "decline").await;
            world.comes_back(&back).await;
        }
        world.passes(minutes(1)).await;
    }
    world.passes(hours(3)).await;
    let open = exceptions(world, "").await;
    let wrong: Vec<_> = open.iter().filter(|one| one["kind"] == "settings_wrong").collect();
    assert_eq!((open.len(), wrong.len()), (1, 1), "{open:#?}");
    let detail = wrong[0]["detail"].as_str().expect("a text");
    assert!(detail.contains("stages") && detail.contains("PATCH /v1/installations/"), "{detail}");
    let expected = if desk.office == Office::Bitrix24 { "paid" } else { "failed" };
    assert_eq!(status(world, &one.payment).await, expected, "the payment waits for nobody");

    let mut changed = settings.clone();
    match desk.office {
        Office::Bitrix24 => changed["stages"]["paid"] = json!("FINAL_INVOICE"),
        _ => changed["stages"]["payment_failed"] = json!("62000010"),
    }
    if desk.office == Office::Amocrm {
        changed["stages"]["payment_failed"] = settings["stages"]["manual_review"].clone();
    }
    world.changes(&desk.path, &json!({ "settings": changed })).await;
    // The self-test asks the service as well.
    world.passes(minutes(1)).await;
    world.activates(&desk.path, &json!({})).await;
    world.passes(minutes(1)).await;
    world.passes(minutes(10)).await;
    for sale in [&one, &two] {
        let seen = world.seen(desk, sale);
        let shown = if desk.office == Office::Bitrix24 { "paid" } else { "payment_failed" };
        assert_eq!(seen.status, shown, "{seen:#?}");
    }
    assert!(exceptions(world, "").await.is_empty(), "{:#?}", exceptions(world, "").await);
});

in_every_crm!(f5_a_record_that_was_deleted_is_one_exception_and_skipping_it_ends_it, |world, desk| {
    let sale = world.makes_sale(desk, "A-1").await;
    let other = world.makes_sale(desk, "A-2").await;
    world.deletes_record(desk.office, &sale.record);
    world.passes(minutes(1)).await;
    for one in [&sale, &other] {
        world.pays(&one.link).await;
        world.passes(minutes(1)).await;
    }
    world.passes(minutes(30)).await;
    assert_eq!(status(world, &sale.payment).await, "paid");
    assert_eq!(world.seen(desk, &other).status, "paid", "deals are independent");
    let open = exceptions(world, "").await;
    assert_eq!(open.len(), 1, "one for all that the payment owes: {open:#?}");
    assert_eq!(
        (open[0]["kind"].as_str(), open[0]["payment"].as_str()),
        (Some("delivery_failed"), Some(sale.payment.as_str()))
    );
    assert_eq!(open[0]["proposed_actions"], json!(["retry", "skip", "dismiss"]));
    let body = json!({ "action": "skip", "reason": "the customer ordered by mistake" });
    let path = format!("/v1/exceptions/{}/resolve", open[0]["id"].as_str().expect("an id"));
    let answer = world.does(reqwest::Method::POST, &path, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.passes(minutes(1)).await;
    assert!(exceptions(world, "").await.is_empty());
    assert!(world.deliveries_to(desk, "&state=failed").await.is_empty());
    assert!(!world.deliveries_to(desk, "&state=skipped").await.is_empty());
});
