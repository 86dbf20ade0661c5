//! What plugins do by the clock: as often as they may, made up for once, and told to a person when it does not work.

use kamurj_store::runs;
use kamurj_tests::plugins::hostile;
use kamurj_tests::{World, story};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// A plugin that counts its occurrences in its state.
fn counting(world: &World) -> Value {
    json!({
        "settings": {
            "api_base": world.sandbox.bitrix24_url,
            "script": [{ "do": "state_set", "key": "ticked", "data": "x" }],
        },
        "secrets": { "token": "probe-token-1" },
    })
}

/// How many writes the installation's state has seen.
async fn ticks(world: &World, installation: &str) -> u64 {
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let entry = kamurj_store::state::get(&mut tx, installation, "ticked", app.now()).await.expect("the state");
    entry.map_or(0, |entry| entry.version.unsigned_abs())
}

story!(what_is_due_by_the_clock_is_done_once_each_time, |world| {
    let installed = world.installs(hostile("probing"), counting(world)).await;
    world.settles().await;
    assert_eq!(ticks(world, &installed.id).await, 0, "the first time is a period after it was switched on");
    world.passes(HOUR).await;
    assert_eq!(ticks(world, &installed.id).await, 1);
    world.passes(HOUR / 2).await;
    assert_eq!(ticks(world, &installed.id).await, 1);
    world.passes(HOUR / 2).await;
    assert_eq!(ticks(world, &installed.id).await, 2);
});

story!(what_was_missed_is_made_up_for_once, |world| {
    let installed = world.installs(hostile("probing"), counting(world)).await;
    world.clock.pass(5 * HOUR + HOUR / 2);
    world.settles().await;
    assert_eq!(ticks(world, &installed.id).await, 1, "five were missed");
    world.passes(HOUR / 2).await;
    assert_eq!(ticks(world, &installed.id).await, 2, "the rhythm is the old one");
});

story!(what_does_not_work_by_the_clock_becomes_one_exception_and_closes_by_itself, |world| {
    let mut with = counting(world);
    with["settings"]["script"] = json!([{ "do": "panic" }]);
    let installed = world.installs(hostile("probing"), with).await;
    world.passes(HOUR + HOUR / 2).await;
    world.passes(HOUR).await;
    let open = world.exceptions().await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].kind, "schedule_failed");
    assert!(open[0].detail.contains("probing, compare"), "{}", open[0].detail);

    let again = world.installs(hostile("probing"), counting(world)).await;
    assert_eq!(again.id, installed.id);
    world.passes(HOUR).await;
    assert!(world.exceptions().await.is_empty(), "it was done at the next time");
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let waiting = kamurj_store::occurrences::of_installation(&mut tx, &installed.id).await.expect("the schedule");
    assert_eq!(waiting.len(), 1, "one occurrence of a schedule waits at a time");
    assert!(runs::of_owner(&mut tx, &waiting[0].id).await.expect("the steps").is_empty());
});
