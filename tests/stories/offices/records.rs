//! Records that ask for a payment: moved into a chosen stage by a manager, read anew, asked for once, and shown the link; and what our own
//! writes coming back as events do, which is nothing.

use kamurj_tests::clock::minutes;
use kamurj_tests::in_every_crm;
use kamurj_tests::integrator::link;
use kamurj_tests::offices::{Office, Sale};
use reqwest::Method;
use serde_json::json;

/// The one payment that a record asked for.
async fn asked(world: &mut kamurj_tests::World, record: &str) -> Sale {
    let payments = world.payments().await;
    assert_eq!(payments.len(), 1, "one record, one payment");
    let shown = world.shown(&payments[0].order_id).await;
    Sale {
        payment: payments[0].id.clone(),
        order: payments[0].order_id.clone(),
        link: link(&shown),
        record: record.to_owned(),
    }
}

in_every_crm!(a_record_moved_into_the_stage_gets_its_link_and_is_paid, |world, desk| {
    let record = world.makes_record(desk.office, "Մեղրով տորթ", 12_500);
    world.passes(minutes(1)).await;
    assert!(world.payments().await.is_empty(), "it asks for nothing yet");
    world.moves_to_asking(desk.office, &record);
    world.passes(minutes(1)).await;
    let sale = asked(world, &record).await;
    assert!(sale.order.ends_with(&record), "{}", sale.order);
    let seen = world.seen(desk, &sale);
    assert_eq!((seen.status.as_str(), seen.link.as_str()), ("awaiting_payment", sale.link.as_str()), "{seen:#?}");
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid");
    // Our own writes came back as events all along.
    world.passes(minutes(60)).await;
    assert_eq!(world.payments().await.len(), 1);
});

in_every_crm!(the_echo_of_our_own_write_causes_nothing, |world, desk| {
    let record = world.makes_record(desk.office, "Տորթ", 12_500);
    world.moves_to_asking(desk.office, &record);
    world.passes(minutes(1)).await;
    world.passes(minutes(25)).await;
    let calls = world.calls_at(desk.office);
    let saves = match desk.office {
        Office::Bitrix24 => world.sandbox.bitrix24.view().deals[0].saves,
        _ => world.sandbox.amocrm.view().leads[0].saves,
    };
    world.passes(minutes(25)).await;
    let again = match desk.office {
        Office::Bitrix24 => world.sandbox.bitrix24.view().deals[0].saves,
        _ => world.sandbox.amocrm.view().leads[0].saves,
    };
    assert_eq!(saves, again, "nothing is written without a cause");
    // The catch-up looks every ten minutes, and each look is a call or two.
    assert!(world.calls_at(desk.office) - calls <= 12, "{}", world.calls_at(desk.office) - calls);
    assert_eq!(world.payments().await.len(), 1);
});

in_every_crm!(an_event_that_was_lost_is_made_up_for, |world, desk| {
    match desk.office {
        Office::Bitrix24 => world.sandbox.bitrix24.change_faults(|faults| faults.lose_events = true),
        _ => world.sandbox.amocrm.change_faults(|faults| faults.lose_hooks = true),
    }
    let record = world.makes_record(desk.office, "Տորթ", 12_500);
    world.moves_to_asking(desk.office, &record);
    world.passes(minutes(1)).await;
    assert!(world.payments().await.is_empty());
    world.passes(minutes(15)).await;
    let sale = asked(world, &record).await;
    assert_eq!(world.seen(desk, &sale).link, sale.link);
});

in_every_crm!(a_record_without_an_amount_is_told_what_is_wrong_and_gets_no_payment, |world, desk| {
    let record = world.makes_record(desk.office, "Տորթ", 0);
    world.moves_to_asking(desk.office, &record);
    world.passes(minutes(1)).await;
    world.passes(minutes(30)).await;
    assert!(world.payments().await.is_empty());
    let nobody = Sale { payment: String::new(), order: String::new(), link: String::new(), record: record.clone() };
    let notes = world.seen(desk, &nobody).notes;
    assert_eq!(notes.iter().filter(|note| note.contains("No payment link was made")).count(), 1, "{notes:#?}");
});

in_every_crm!(f10_a_record_moved_to_paid_by_hand_is_no_fact_about_money, |world, desk| {
    let sale = world.makes_sale(desk, "A-7").await;
    let paid = world.settings_of(desk.office)["stages"]["paid"].as_str().expect("a stage").to_owned();
    world.moves_record(desk.office, &sale.record, &paid);
    world.passes(minutes(1)).await;
    world.passes(minutes(30)).await;
    let shown = world.shown("A-7").await;
    assert_eq!(shown["status"], "created", "{shown}");
    let answer = world.does(Method::POST, &format!("{}/setup", desk.path), &json!({ "only_look": true })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
});
