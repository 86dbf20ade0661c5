//! E1, E2: the plug is pulled at every named point, at every passing of it, and the sale ends as the undisturbed one does.
//!
//! The server stops dead where it stands, with whatever it had in memory lost, and is started again on the same database;
//! the customer, the chat service and the bank do what they do when a server does not answer: try again.

use kamurj_server::milestones::Milestone;
use kamurj_tests::acts::gives_back;
use kamurj_tests::clock::minutes;
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::look::Ending;
use kamurj_tests::{Engine, World, story};

/// A sale by a customer who does not give up.
async fn insistent_sale(world: &mut World) {
    world.customer_says("/start").await;
    world.passes(minutes(3)).await;
    world.customer_presses("item:cake").await;
    world.passes(minutes(3)).await;
    let link = world.link(CUSTOMER).expect("the link arrives in the end");
    for _ in 0..12 {
        let Some(page) = world.tries_to_open(&link).await else { continue };
        if page.heading() == "Վճարումը կատարված է" {
            break;
        }
        if let Some((action, key)) = page.form()
            && let Some(sent) = world.submits(&action, &[("form_key", &key)]).await
            && let Some(bank) = sent.location.filter(|location| location.starts_with(&world.sandbox.bank_url))
        {
            let back = world.does_at_the_bank(&bank, "pay").await;
            if let Some(back) = world.tries_to_open(&back).await
                && let Some(page) = back.location
            {
                world.tries_to_open(&page).await;
            }
        }
        world.passes(minutes(1)).await;
    }
    world.passes(minutes(10)).await;
}

async fn undisturbed(engine: Engine) -> Ending {
    let mut world = World::new(engine).await;
    insistent_sale(&mut world).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.paid_messages), ("paid", 1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    ending
}

/// Pulls the plug at the first passing of the point, then, in a new world, at the second, until a sale has no such passing.
fn at_every_passing_of(point: Milestone, engine: Engine) {
    kamurj_tests::world::run(engine, async |_| {
        let expected = undisturbed(engine).await;
        let mut pulled = 0;
        for nth in 1..40 {
            let mut world = World::new(engine).await;
            world.trap.set(point, nth);
            insistent_sale(&mut world).await;
            if world.trap.is_set() {
                break;
            }
            pulled = nth;
            let ending = world.ending().await;
            assert_eq!(ending, expected, "the plug was pulled at {}, passing {nth}", point.name());
            world.journals_are_whole().await;
        }
        assert!(pulled > 0, "no sale passes {}", point.name());
        assert!(pulled < 39, "the story must see the last passing of {}", point.name());
    });
}

macro_rules! pulled_at {
    ($($name:ident: $point:ident),+ $(,)?) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                at_every_passing_of(Milestone::$point, Engine::Sqlite);
            }

            #[test]
            fn postgres() {
                at_every_passing_of(Milestone::$point, Engine::Postgres);
            }
        })+
    };
}

pulled_at! {
    e1_pulled_after_the_inbox_is_written: InboxWritten,
    e1_pulled_before_a_commit: BeforeCommit,
    e2_pulled_after_a_commit: AfterCommit,
    e1_pulled_before_the_provider_is_called: BeforeProviderCall,
    e1_pulled_after_the_provider_has_answered: AfterProviderCall,
    e1_pulled_before_an_effect_is_sent: BeforeSend,
    e1_pulled_after_an_effect_is_sent: AfterSend,
    e1_pulled_after_a_run_has_ended: RunEnded,
}

story!(e1_a_customer_who_pays_before_the_link_was_noted_has_the_link_edited, |world| {
    world.customer_says("/start").await;
    world.customer_touches("item:cake");
    world.sandbox.deliver_due().await;
    // The catalogue's button is answered, then the link is sent; the server dies before it knows that it was.
    world.dies_at_for(Milestone::AfterSend, 2, 1).await;
    let link = world.link(CUSTOMER).expect("the link was sent");
    let bank = world.goes_to(&link).await.expect("the bank's page");
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.tries_to_open(&back).await;
    world.settles().await;
    world.passes(minutes(2)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.paid_messages), ("paid", 1, 1));
});

story!(every_named_point_is_passed_in_a_sale_whose_money_goes_back, |world| {
    insistent_sale(world).await;
    let payment = world.payment().await.id;
    gives_back(world, &payment, None).await;
    world.settles().await;
    let passed = world.trap.passed();
    for point in Milestone::ALL {
        assert!(passed.contains(&point), "no such sale passes {}", point.name());
    }
});
