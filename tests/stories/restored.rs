//! E10: the database is restored from a copy that is an hour old. What banks know becomes true again, and nobody hears twice what
//! the copy knows that they heard.

use kamurj_domain::{Clock, time};
use kamurj_sandbox::bank::Webhooks;
use kamurj_server::restored::{Marked, Refused, Restoration, mark};
use kamurj_tests::acts::{
    asks_back, bank_gave_back, exceptions, gives_back, open_kinds, order_at_the_bank, paid_order,
};
use kamurj_tests::acts::{refunds, status, sums};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::integrator::link;
use kamurj_tests::links::{id, reads};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// What the operator says.
fn restoration() -> Restoration {
    Restoration { reason: "disk broke; copy of 11:00".to_owned(), since: None, days: 30, numbers: None }
}

async fn marks(world: &World) -> Marked {
    mark(&world.app(), &restoration()).await.expect("the gap is marked")
}

/// Deals with their stage and how many comments they have.
fn deals(world: &World) -> Vec<(String, usize)> {
    world.sandbox.bitrix24.view().deals.into_iter().map(|deal| (deal.stage_id, deal.comments.len())).collect()
}

/// The journal's entries about the gap.
async fn gaps(world: &World, payment: &str) -> Vec<Value> {
    let journal = reads(world, &format!("/v1/payments/{payment}/journal")).await.body;
    let entries = journal["entries"].as_array().expect("entries").clone();
    entries.into_iter().filter(|entry| entry["kind"] == "database.restored").collect()
}

story!(e10_an_hour_old_copy_becomes_true_again_by_what_the_bank_says, |world| {
    let told = paid_order(world, "A-1", "12500").await;
    let (waiting, bank) = order_at_the_bank(world, "A-2", "5000").await;
    let copied_at = world.clock.now();
    let copy = world.is_copied().await;

    world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    gives_back(world, &told, Some("500")).await;
    world.settles().await;
    let lost = paid_order(world, "A-3", "7000").await;
    let session = world.session();
    world.passes(hours(1)).await;
    assert_eq!(
        (status(world, &waiting).await, status(world, &told).await),
        ("paid".into(), "partially_refunded".into())
    );
    let before = deals(world);

    world.is_restored(copy, minutes(2)).await;
    assert_eq!(status(world, &waiting).await, "pending", "the copy knows no better");
    assert_eq!(reads(world, &format!("/v1/payments/{lost}")).await.status, 404);
    let marked = marks(world).await;
    assert_eq!((marked.payments, marked.lookups), (2, 2), "{marked:?}");
    assert!(time::parse(&marked.gap_from).is_some_and(|from| from <= copied_at), "{marked:?}");
    assert_eq!(time::parse(&marked.gap_until), Some(world.clock.now()));
    world.settles().await;
    world.passes(minutes(5)).await;

    assert_eq!(status(world, &waiting).await, "paid");
    assert_eq!(sums(world, &told).await, ["12500", "500", "0", "0"], "the bank knows what went back");
    for payment in [&told, &waiting] {
        let gaps = gaps(world, payment).await;
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0]["body"]["from"], marked.gap_from.as_str());
        assert_eq!(gaps[0]["body"]["until"], marked.gap_until.as_str());
        assert!(gaps[0]["actor"] == "operator" && gaps[0]["body"]["reason"] == "disk broke; copy of 11:00");
    }
    let after = deals(world);
    assert_eq!(after[..2], before[..2], "nobody hears again what they heard");
    assert!(world.proof().await.is_empty(), "the journal is whole and its anchor is that of the copy");

    // The bank tells of an order that was made in the gap: it is shown to a person.
    let notice = world.notice("msg_again", &world.tidings(&session, "paid"));
    assert_eq!(world.posts(&notice).await.status, 200);
    world.passes(minutes(30)).await;
    let kinds: Vec<String> =
        exceptions(world, "").await.iter().map(|one| one["kind"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(kinds.contains(&"unknown_order".to_owned()), "{kinds:?}");
    // What is sold from now on is not mixed up with what was sold in the gap.
    let next = paid_order(world, "A-4", "900").await;
    assert_eq!(sums(world, &next).await, ["900", "0", "0", "0"]);
});

story!(e10_a_refund_that_may_have_been_sent_is_asked_about_and_not_sent_again, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    assert_eq!(asks_back(world, &payment, Some("500")).await.status, 201);
    let copy = world.is_copied().await;
    world.settles().await;
    assert_eq!((bank_gave_back(world), refunds(world, &payment).await.len()), (50_000, 1));
    world.is_restored(copy, minutes(1)).await;
    assert_eq!(refunds(world, &payment).await, [("500".to_owned(), "pending".to_owned())]);
    let marked = marks(world).await;
    assert_eq!(marked.refunds_not_sent, 1);
    world.settles().await;
    world.passes(minutes(10)).await;
    assert_eq!(bank_gave_back(world), 50_000, "it went back once");
    assert_eq!(sums(world, &payment).await, ["12500", "500", "0", "0"]);
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(e10_many_are_asked_about_without_a_stampede_and_the_wrong_words_change_nothing, |world| {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let mut pages = Vec::new();
    for number in 0..12 {
        let payment = world.orders(&format!("A-{number}"), "100").await;
        pages.push((id(&payment).to_owned(), world.goes_to_the_bank(&link(&payment)).await));
    }
    let copy = world.is_copied().await;
    for (_, bank) in &pages {
        world.does_at_the_bank(bank, "pay").await;
    }
    world.is_restored(copy, hours(1)).await;
    let before = world.content().await;
    let wrong = [
        Restoration { reason: " ".to_owned(), ..restoration() },
        Restoration { since: Some(world.clock.now() + seconds(1)), ..restoration() },
    ];
    for wrong in wrong {
        let refused = mark(&world.app(), &wrong).await.expect_err("it is refused");
        assert!(matches!(refused, Refused::Wrong(ref why) if why.starts_with("--")), "{refused}");
    }
    assert_eq!(world.content().await, before);
    assert_eq!(marks(world).await.lookups, 12);
    world.passes(minutes(10)).await;
    for (payment, _) in &pages {
        assert_eq!(status(world, payment).await, "paid");
    }
    let exceptions = exceptions(world, "").await;
    assert_eq!(json!(exceptions), json!([]));
});
