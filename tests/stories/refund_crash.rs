//! E1, D2: the plug is pulled at every named point of a refund, at every passing of it. A merchant who does not give up
//! gets the money back to the customer exactly once.

use kamurj_server::milestones::Milestone;
use kamurj_tests::acts::{bank_gave_back, open_kinds, paid_order, refunds, status, sums, told};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::Answer;
use kamurj_tests::{Engine, World};
use reqwest::Method;
use serde_json::json;

/// Asks under one key until there is an answer, and under another when the refund is said to have failed.
async fn insistent_refund(world: &mut World, payment: &str) {
    for round in 0..6 {
        let listed = refunds(world, payment).await;
        if listed.iter().all(|(_, status)| status == "failed") {
            let asked = world
                .asks(&world.api_key, Method::POST, &format!("/v1/payments/{payment}/refunds"))
                .header("idempotency-key", format!("refund-{}", listed.len()))
                .json(&json!({ "reason": "sent back" }));
            let answer = world.survives(tokio::spawn(Answer::to(asked))).await;
            if let Some(answer) = answer {
                assert_eq!(answer.status, 201, "round {round}: {}", answer.body);
            }
        }
        world.passes(minutes(4)).await;
    }
}

fn at_every_passing_of(point: Milestone, engine: Engine) {
    kamurj_tests::world::run(engine, async |_| {
        let mut pulled = 0;
        for nth in 1..40 {
            let mut world = World::new(engine).await;
            let payment = paid_order(&mut world, "A-1", "12500").await;
            world.trap.set(point, nth);
            insistent_refund(&mut world, &payment).await;
            let is_over = world.trap.is_set();
            let place = format!("{}, passing {nth}", point.name());
            assert_eq!(bank_gave_back(&world), 1_250_000, "{place}: once");
            assert_eq!(status(&world, &payment).await, "refunded", "{place}");
            assert_eq!(sums(&world, &payment).await, ["12500", "12500", "0", "0"], "{place}");
            let done = refunds(&world, &payment).await.iter().filter(|(_, status)| status == "done").count();
            assert_eq!(done, 1, "{place}");
            let events = told(&world, &world.bitrix24, &payment).await;
            assert_eq!(
                events.iter().filter(|(event, _)| event == "payment.refunded").count(),
                1,
                "{place}: {events:?}"
            );
            assert!(events.iter().all(|(_, state)| state == "done"), "{place}: {events:?}");
            assert!(open_kinds(&world, &payment).await.is_empty(), "{place}");
            world.journals_are_whole().await;
            if is_over {
                break;
            }
            pulled = nth;
        }
        assert!(pulled > 0, "no refund passes {}", point.name());
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
    e1_d2_pulled_before_the_bank_is_asked_to_give_back: BeforeRefundCall,
    e1_d2_pulled_after_the_bank_was_asked_to_give_back: AfterRefundCall,
    e1_d2_pulled_before_a_commit_of_a_refund: BeforeCommit,
    e1_d2_pulled_after_a_commit_of_a_refund: AfterCommit,
    e1_d2_pulled_when_the_banks_word_about_a_refund_has_come: InboxWritten,
}
