//! Tasks for managers: one for each thing that a person must decide, finished when it is settled, and none for anything else.

use kamurj_sandbox::bank::{Cancel, PayAction, Webhooks};
use kamurj_tests::World;
use kamurj_tests::acts::{last_attempt, open_kinds, takes_out};
use kamurj_tests::clock::minutes;
use kamurj_tests::in_every_crm;
use kamurj_tests::offices::{Sale, Trouble};

/// Two attempts of one order, both paid at the bank, which did not close the first.
async fn is_paid_twice(world: &mut World, sale: &Sale) {
    world.sandbox.bank.change_faults(|faults| {
        faults.cancel = Cancel::Fail;
        faults.webhooks = Webhooks::Hold;
    });
    world.goes_to_the_bank(&sale.link).await;
    let attempt = last_attempt(world, &sale.payment).await;
    let form = format!("{}/pay", sale.link);
    world.submits(&form, &[("form_key", "again"), ("again", &attempt)]).await.expect("an answer");
    world.passes(minutes(1)).await;
    for session in &world.sandbox.bank.view().sessions {
        world.clock.pass(1_000);
        world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    }
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
}

in_every_crm!(b1_money_that_comes_twice_becomes_one_task_that_is_finished_with_the_refund, |world, desk| {
    let sale = world.makes_sale(desk, "A-1042").await;
    is_paid_twice(world, &sale).await;
    world.passes(minutes(5)).await;
    assert_eq!(open_kinds(world, &sale.payment).await, ["duplicate_payment"]);
    let tasks = world.tasks(desk);
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
    assert!(tasks[0].is_open && tasks[0].text.contains("Paid twice") && tasks[0].text.contains("A-1042"), "{tasks:#?}");
    assert_eq!(world.seen(desk, &sale).status, "paid", "the order stays paid");
    takes_out(world, &sale.payment, "duplicate_payment", "refund").await;
    world.passes(minutes(10)).await;
    let tasks = world.tasks(desk);
    assert_eq!((tasks.len(), tasks[0].is_open), (1, false), "{tasks:#?}");
    assert_eq!(world.seen(desk, &sale).status, "paid");
});

in_every_crm!(f2_a_task_whose_answer_was_lost_is_opened_once, |world, desk| {
    let sale = world.makes_sale(desk, "A-1043").await;
    is_paid_twice(world, &sale).await;
    for _ in 0..6 {
        world.office_suffers(desk.office, Trouble::RepliesLost(1));
        world.passes(minutes(2)).await;
    }
    let tasks = world.tasks(desk);
    assert_eq!(tasks.iter().filter(|task| task.is_open).count(), 1, "{tasks:#?}");
    assert_eq!(tasks.len(), 1, "{tasks:#?}");
});

in_every_crm!(what_a_person_dismisses_finishes_its_task_too, |world, desk| {
    let sale = world.makes_sale(desk, "A-1044").await;
    is_paid_twice(world, &sale).await;
    world.passes(minutes(5)).await;
    takes_out(world, &sale.payment, "duplicate_payment", "dismiss").await;
    world.passes(minutes(1)).await;
    let tasks = world.tasks(desk);
    assert_eq!((tasks.len(), tasks[0].is_open), (1, false), "{tasks:#?}");
});
