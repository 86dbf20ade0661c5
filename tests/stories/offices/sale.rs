//! A sale as each back office shows it, from the link to the money and back.

use kamurj_tests::acts::{gives_back, shown};
use kamurj_tests::clock::minutes;
use kamurj_tests::offices::{Office, Trouble};
use kamurj_tests::{in_every_crm, in_every_office};

/// How many of the notes tell that it was paid.
fn told_paid(notes: &[String], office: Office) -> usize {
    let words = if office.is_crm() { "Payment confirmed" } else { "payment.paid" };
    notes.iter().filter(|note| note.contains(words)).count()
}

in_every_office!(a_sale_is_shown_from_the_link_to_the_money, |world, desk| {
    let sale = world.makes_sale(desk, "A-1042").await;
    let before = world.seen(desk, &sale);
    let waiting = if desk.office == Office::Erp { "created" } else { "awaiting_payment" };
    assert_eq!(
        (before.status.as_str(), before.amount.as_str(), before.link.as_str()),
        (waiting, "12500", sale.link.as_str())
    );
    assert_eq!((before.paid_at.as_str(), before.reference.as_str(), before.records), ("", "", 1), "{before:#?}");
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let after = world.seen(desk, &sale);
    assert_eq!((after.status.as_str(), after.attempts.as_str(), after.records), ("paid", "1", 1), "{after:#?}");
    let payment = shown(world, &sale.payment).await;
    assert_eq!(payment["provider_reference"].as_str(), Some(after.reference.as_str()), "{after:#?}");
    assert!(!after.paid_at.is_empty() && told_paid(&after.notes, desk.office) == 1, "{after:#?}");
    if desk.office.is_crm() {
        assert_eq!(Some(after.stage.as_str()), world.settings_of(desk.office)["stages"]["paid"].as_str());
    }
    // Nothing more is written, whatever time passes.
    world.passes(minutes(180)).await;
    assert_eq!(world.seen(desk, &sale), after);
});

in_every_office!(a_declined_try_is_shown_and_then_paid, |world, desk| {
    let sale = world.makes_sale(desk, "A-1043").await;
    let bank = world.goes_to_the_bank(&sale.link).await;
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.comes_back(&back).await;
    world.passes(minutes(1)).await;
    let declined = world.seen(desk, &sale);
    let failed = if desk.office == Office::Erp { "failed" } else { "payment_failed" };
    assert_eq!(declined.status, failed, "{declined:#?}");
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let paid = world.seen(desk, &sale);
    assert_eq!((paid.status.as_str(), paid.attempts.as_str()), ("paid", "2"), "{paid:#?}");
    assert_eq!(told_paid(&paid.notes, desk.office), 1, "{paid:#?}");
});

in_every_office!(what_went_back_is_added_and_erases_nothing, |world, desk| {
    let sale = world.makes_sale(desk, "A-1044").await;
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let paid = world.seen(desk, &sale);
    gives_back(world, &sale.payment, Some("4500")).await;
    world.passes(minutes(5)).await;
    let part = world.seen(desk, &sale);
    let partly = if desk.office == Office::Erp { "partially_refunded" } else { "partial_refund" };
    assert_eq!((part.status.as_str(), part.refunded.as_str()), (partly, "4500"), "{part:#?}");
    assert_eq!((&part.paid_at, &part.reference, &part.amount), (&paid.paid_at, &paid.reference, &paid.amount));
    gives_back(world, &sale.payment, None).await;
    world.passes(minutes(5)).await;
    let all = world.seen(desk, &sale);
    let fully = if desk.office == Office::Erp { "refunded" } else { "full_refund" };
    assert_eq!((all.status.as_str(), all.refunded.as_str()), (fully, "12500"), "{all:#?}");
    // The history only grows.
    assert!(part.notes.starts_with(&paid.notes) && all.notes.starts_with(&part.notes), "{all:#?}");
    assert!(all.notes.len() >= paid.notes.len() + 2, "{all:#?}");
});

in_every_office!(f2_an_answer_that_was_lost_after_the_write_leaves_one_record_and_one_note, |world, desk| {
    world.office_suffers(desk.office, Trouble::RepliesLost(1));
    let sale = world.makes_sale(desk, "A-1045").await;
    world.passes(minutes(10)).await;
    assert_eq!(world.seen(desk, &sale).records, 1, "{:#?}", world.seen(desk, &sale));
    // Each call of what follows loses its answer once: the look, the write, the note.
    for nth in 0..3_u32 {
        world.office_suffers(desk.office, Trouble::RepliesLost(1 + nth % 2));
        if nth == 0 {
            world.pays(&sale.link).await;
        }
        world.passes(minutes(10)).await;
    }
    let seen = world.seen(desk, &sale);
    assert_eq!((seen.status.as_str(), seen.records, told_paid(&seen.notes, desk.office)), ("paid", 1, 1), "{seen:#?}");
    assert!(world.exceptions().await.is_empty(), "{:#?}", world.exceptions().await);
});

in_every_crm!(a_payment_without_a_record_gets_one_and_keeps_it, |world, desk| {
    let sale = world.asks_for(desk, "A-1046", "").await;
    world.passes(minutes(1)).await;
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    let seen = world.seen(desk, &sale);
    assert_eq!((seen.status.as_str(), seen.records), ("paid", 1), "{seen:#?}");
});
