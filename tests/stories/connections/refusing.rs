//! When a service takes nothing any more: one exception, nothing lost, and connecting again sets free what waited.

use kamurj_sandbox::authority::Authority;
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::{World, story};
use serde_json::json;

/// The connection is broken, one exception says so, and what is owed waits. Connecting again ends all that.
async fn waits_for_a_person(world: &mut World, authority: &Authority, path: &str, payment: &str) {
    let connection = world.connection(path).await;
    assert_eq!(connection["state"], "broken", "{connection}");
    let asked = world.reauthorisations().await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains("connections/crm/start"), "{asked:?}");
    let before = authority.seen();
    let another = world.sells_through_probing("A-8").await;
    assert_eq!(world.knocks(path, "while broken").await.status, 200, "messages are kept");
    world.passes(hours(3)).await;
    assert_eq!(authority.seen(), before, "nobody asks in vain");
    for owed in [payment, &another] {
        assert_eq!(world.owed(owed).await[0].state, "owed", "it waits");
    }
    assert_eq!(world.exceptions().await.len(), 1, "one exception for all of it");

    world.connects(path).await;
    world.settles().await;
    assert!(world.exceptions().await.is_empty(), "it is closed");
    for owed in [payment, &another] {
        assert_eq!(world.owed(owed).await[0].state, "done", "it was set free");
    }
    let id = path.trim_start_matches("/v1/installations/");
    assert!(world.inbox(id).await.iter().all(|message| message.state == "done"));
}

story!(f4_a_grant_that_was_withdrawn_asks_a_person_once_and_connecting_again_sets_free_what_waited, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    authority.withdraws_everything();
    world.clock.pass(seconds(3_600));
    let payment = world.sells_through_probing("A-1").await;
    waits_for_a_person(world, &authority, &path, &payment).await;
    // And the same once more: what was closed opens anew.
    authority.withdraws_everything();
    world.clock.pass(seconds(3_600));
    world.sells_through_probing("A-2").await;
    assert_eq!(world.reauthorisations().await.len(), 1);
});

story!(a_refresh_whose_answer_was_lost_after_its_effect_is_for_a_person, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_600));
    authority.change_faults(|faults| faults.lost_after = 1);
    let payment = world.sells_through_probing("A-1").await;
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.most_uses_of_one), (1, 2), "it was asked for once more, and was burnt: {seen:?}");
    waits_for_a_person(world, &authority, &path, &payment).await;
});

story!(f4_a_fresh_token_that_is_refused_too_is_not_refreshed_for_ever, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    authority.change_faults(|faults| faults.refuses_all = true);
    let payment = world.sells_through_probing("A-1").await;
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.refused_calls), (1, 2), "{seen:?}");
    authority.change_faults(|faults| faults.refuses_all = false);
    waits_for_a_person(world, &authority, &path, &payment).await;
});

story!(a_service_that_gives_nothing_to_refresh_with_is_connected_anew_when_its_token_ends, |world| {
    let authority = world.meets_an_authority().await;
    authority.gives(3_600, false);
    let path = world.runs_connected(&authority).await;
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    world.clock.pass(seconds(3_600));
    let payment = world.sells_through_probing("A-2").await;
    assert_eq!(authority.seen().refreshes, 0);
    waits_for_a_person(world, &authority, &path, &payment).await;
});

story!(a_plugin_that_can_do_without_the_account_runs_without_it, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.installs_connecting(&authority, |manifest| {
        manifest["connections"][0]["required"] = json!(false);
    });
    let path = path.await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done", "its request was refused, and it went on");
    assert_eq!(authority.seen().calls + authority.seen().refused_calls, 0, "nothing left without a token");
    world.connects(&path).await;
    authority.withdraws_everything();
    let payment = world.sells_through_probing("A-2").await;
    world.passes(minutes(1)).await;
    assert_eq!(world.reauthorisations().await.len(), 1);
    assert_eq!(world.owed(&payment).await[0].state, "done", "run again without the token");
});
