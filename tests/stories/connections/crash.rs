//! A server that dies around a refresh: before the call nothing is lost, after it the service may have burnt the token.

use kamurj_server::milestones::Milestone;
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::story;

story!(e1_a_server_that_dies_before_it_asks_for_tokens_asks_in_its_next_life, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_600));
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.dies_at(Milestone::BeforeTokenCall, 1).await;
    assert_eq!(authority.seen().refreshes, 0, "it died before");
    world.passes(minutes(5)).await;
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.most_uses_of_one, seen.calls), (1, 1, 1), "{seen:?}");
    assert!(world.exceptions().await.is_empty());
});

story!(e1_a_server_that_dies_before_it_keeps_the_new_tokens_asks_a_person_and_loses_no_message, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_600));
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.dies_at(Milestone::AfterTokenCall, 1).await;
    assert_eq!(authority.seen().refreshes, 1, "the service has given a pair that nobody kept");
    world.passes(minutes(5)).await;
    assert_eq!(world.connection(&path).await["state"], "broken");
    assert_eq!((world.reauthorisations().await.len(), authority.seen().calls), (1, 0));
    world.connects(&path).await;
    world.settles().await;
    assert_eq!((world.exceptions().await.len(), authority.seen().calls), (0, 1));
});
