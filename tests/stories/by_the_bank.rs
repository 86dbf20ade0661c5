//! D: what the bank takes or gives back by itself. After a chargeback no refund leaves; what the bank's staff gives
//! back counts as ours does.

use kamurj_sandbox::bank::Refund;
use kamurj_tests::acts::{
    asks_back, bank_calls, bank_gave_back, gives_back, open_kinds, paid_order, refunds, status, sums,
};
use kamurj_tests::clock::minutes;
use kamurj_tests::story;

/// A payment's one refund, as it is listed.
fn one(price: &str, status: &str) -> [(String, String); 1] {
    [(price.to_owned(), status.to_owned())]
}

story!(d5_after_a_chargeback_nothing_more_goes_back, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Slow);
    gives_back(world, &payment, Some("5000")).await;
    world.settles().await;
    let session = world.session();
    assert!(world.sandbox.bank.charge_back(&session.id));
    world.passes(minutes(2)).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    assert!(open_kinds(world, &payment).await.contains(&"chargeback".to_owned()));
    for price in [None, Some("1")] {
        let refused = asks_back(world, &payment, price).await;
        refused.is_problem(409, "not-now");
        assert!(refused.body["detail"].as_str().expect("a detail").contains("exceptions"), "{}", refused.body);
    }
    // The refund that was on its way arrives: what went back is on the books, and the question stays with a person.
    assert_eq!(world.sandbox.bank.finish_refunds(), 1);
    world.passes(minutes(10)).await;
    assert_eq!(refunds(world, &payment).await, one("5000", "done"));
    assert_eq!(status(world, &payment).await, "manual_review");
    assert_eq!(sums(world, &payment).await[..2], ["12500", "5000"]);
    assert_eq!(bank_calls(world, "/refunds"), 1);
});

story!(d5_a_refund_that_was_not_sent_before_a_chargeback_is_not_sent_after_it, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    gives_back(world, &payment, Some("5000")).await;
    let later = "UPDATE jobs SET due_at = due_at + 3600000 WHERE kind = 'refund'";
    assert_eq!(world.tampers([later]).await, [1], "the worker is held up");
    let session = world.session();
    assert!(world.sandbox.bank.charge_back(&session.id));
    world.passes(minutes(90)).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    assert_eq!(refunds(world, &payment).await, one("5000", "failed"));
    assert_eq!(bank_calls(world, "/refunds"), 0);
});

story!(what_the_banks_staff_gives_back_counts_and_is_shown_once, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    let session = world.session();
    assert!(world.sandbox.bank.refund_by_staff(&session.id, 200_000));
    world.passes(minutes(5)).await;
    assert_eq!(sums(world, &payment).await, ["12500", "2000", "0", "0"]);
    assert_eq!(status(world, &payment).await, "partially_refunded");
    asks_back(world, &payment, Some("10501")).await.is_problem(409, "not-now");
    gives_back(world, &payment, None).await;
    world.passes(minutes(5)).await;
    assert_eq!(sums(world, &payment).await, ["12500", "12500", "0", "0"]);
    assert_eq!((status(world, &payment).await.as_str(), bank_gave_back(world)), ("refunded", 1_250_000));
});
