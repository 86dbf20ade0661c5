//! Money that goes back: when we ask, when the answer is lost, and when nobody asked us.

use kamurj_sandbox::gateways::{Act, Reply};
use kamurj_tests::World;
use kamurj_tests::acts::{asks_back, gives_back, open_kinds, refreshes, refunds, status, sums};
use kamurj_tests::clock::minutes;
use kamurj_tests::stand::{GivesBack, Stand, Tells};

fn went_back(world: &World, stand: &Stand) -> i64 {
    world.orders_at(stand).iter().map(|order| order.refunded_minor).sum()
}

async fn is_refused_and_nothing_moves(world: &World, stand: &Stand, payment: &str) {
    let refused = asks_back(world, payment, Some("5000")).await;
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    assert_eq!(went_back(world, stand), 0);
    assert_eq!(status(world, payment).await, "paid");
}

/// A part, another part at the same time, then the rest: each once, at the provider and on our books.
pub(crate) async fn parts_go_back_and_then_the_rest(world: &mut World, stand: &Stand) {
    let (payment, _) = world.paid_with(stand, "A-1", "12500").await;
    if stand.gives_back == GivesBack::Nothing {
        return is_refused_and_nothing_moves(world, stand, &payment).await;
    }
    gives_back(world, &payment, Some("2000")).await;
    gives_back(world, &payment, Some("3000")).await;
    world.passes(minutes(5)).await;
    assert_eq!(went_back(world, stand), 500_000);
    assert_eq!(status(world, &payment).await, "partially_refunded");
    assert_eq!(sums(world, &payment).await, ["12500", "5000", "0", "0"]);
    gives_back(world, &payment, None).await;
    world.passes(minutes(5)).await;
    assert_eq!(went_back(world, stand), 1_250_000);
    assert_eq!(status(world, &payment).await, "refunded");
    assert_eq!(sums(world, &payment).await, ["12500", "12500", "0", "0"]);
    assert!(asks_back(world, &payment, Some("1")).await.status >= 400, "there is nothing left");
}

/// The money goes back and the answer is lost: nobody sends it twice, and what cannot be found out is a person's.
pub(crate) async fn the_answer_to_a_refund_is_lost(world: &mut World, stand: &Stand) {
    let (payment, _) = world.paid_with(stand, "A-1", "12500").await;
    if stand.gives_back == GivesBack::Nothing {
        return is_refused_and_nothing_moves(world, stand, &payment).await;
    }
    world.disturbs(stand, |faults| faults.refund = Reply::DropReply);
    gives_back(world, &payment, Some("5000")).await;
    world.passes(minutes(1)).await;
    world.disturbs(stand, |faults| faults.refund = Reply::Ok);
    world.passes(minutes(45)).await;
    assert_eq!(went_back(world, stand), 500_000, "once");
    let listed = refunds(world, &payment).await;
    if stand.tells == Tells::Calls {
        assert_eq!(listed, [("5000".to_owned(), "in_doubt".to_owned())]);
        assert_eq!(open_kinds(world, &payment).await.len(), 1);
    } else {
        assert_eq!(listed, [("5000".to_owned(), "done".to_owned())]);
        assert_eq!(status(world, &payment).await, "partially_refunded");
    }
}

/// The provider's staff gives a part back without us: the next question shows it, counted once.
pub(crate) async fn the_staff_takes_it_back(world: &mut World, stand: &Stand) {
    let (payment, order) = world.paid_with(stand, "A-1", "12500").await;
    let done = world.gateway(stand).act(&order.id, Act::GiveBack { minor: 200_000 });
    if stand.gives_back == GivesBack::Nothing || stand.tells == Tells::Calls {
        // It tells of no such thing: a person enters it.
        world.passes(minutes(5)).await;
        assert_eq!(status(world, &payment).await, "paid");
        return;
    }
    assert!(done.is_ok(), "{done:?}");
    for _ in 0..2 {
        refreshes(world, &payment).await;
        world.passes(minutes(2)).await;
        assert_eq!(sums(world, &payment).await[..2], ["12500", "2000"]);
    }
    assert_eq!(status(world, &payment).await, "partially_refunded");
}

/// A refund that the provider did not make stays unmade, whatever goes back after it: one count must not tell of two.
pub(crate) async fn a_refund_that_failed_stays_failed(world: &mut World, stand: &Stand) {
    let (payment, _) = world.paid_with(stand, "A-1", "12500").await;
    if stand.gives_back == GivesBack::Nothing {
        return is_refused_and_nothing_moves(world, stand, &payment).await;
    }
    world.disturbs(stand, |faults| faults.refund = Reply::Fail);
    gives_back(world, &payment, Some("2000")).await;
    world.passes(minutes(5)).await;
    world.disturbs(stand, |faults| faults.refund = Reply::Ok);
    if stand.tells == Tells::Calls {
        // It cannot be asked what became of it, so nothing else may go back before a person knows.
        world.passes(minutes(30)).await;
        assert_eq!(refunds(world, &payment).await, [("2000".to_owned(), "in_doubt".to_owned())]);
        return;
    }
    assert_eq!(refunds(world, &payment).await, [("2000".to_owned(), "failed".to_owned())]);
    gives_back(world, &payment, Some("3000")).await;
    world.passes(minutes(5)).await;
    for _ in 0..2 {
        refreshes(world, &payment).await;
        world.passes(minutes(5)).await;
        let mut listed = refunds(world, &payment).await;
        listed.sort();
        let expected = [("2000".to_owned(), "failed".to_owned()), ("3000".to_owned(), "done".to_owned())];
        assert_eq!(listed, expected);
    }
    assert_eq!(went_back(world, stand), 300_000);
    assert_eq!(sums(world, &payment).await, ["12500", "3000", "0", "0"]);
}
