//! What plugins do by the clock: as often as they may, made up for once, and told to a person when it does not work.

use kamurj_store::runs;
use kamurj_tests::plugins::{altered, hostile};
use kamurj_tests::records::runs as listed;
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

story!(i2_a_plugin_that_breaks_by_the_clock_again_and_again_is_suspended, |world| {
    let mut with = counting(world);
    with["settings"]["script"] = json!([{ "do": "panic" }]);
    let installed = world.installs(hostile("probing"), with).await;
    let path = format!("/v1/installations/{}", installed.id);
    world.passes(2 * HOUR + HOUR / 2).await;
    assert_eq!(listed(world, &installed.id).await.len(), 14, "seven runs of each of two occurrences");
    assert_eq!(world.sees(&path).await["state"], "active", "two occurrences may be at fault themselves");
    world.passes(HOUR).await;
    let shown = world.sees(&path).await;
    assert_eq!(shown["state"], "suspended", "{shown}");
    assert!(shown["reason"].as_str().is_some_and(|reason| reason.contains("20 runs in a row broke")), "{shown}");
    let kinds =
        |open: &[kamurj_store::exceptions::Listed], kind: &str| open.iter().filter(|one| one.kind == kind).count();
    assert_eq!(kinds(&world.exceptions().await, "plugin_suspended"), 1);
    world.passes(5 * HOUR).await;
    assert_eq!(listed(world, &installed.id).await.len(), 20, "it waits for a person");

    world.installs(hostile("probing"), counting(world)).await;
    world.passes(HOUR).await;
    assert!(ticks(world, &installed.id).await >= 1, "it goes on by itself");
    assert_eq!(kinds(&world.exceptions().await, "plugin_suspended"), 0);
});

story!(a_new_run_of_an_occurrence_is_the_active_versions, |world| {
    let mut with = counting(world);
    with["settings"]["script"] = json!([{ "do": "panic" }]);
    let installed = world.installs(hostile("probing"), with).await;
    world.clock.pass(HOUR);
    world.settles().await;
    assert_eq!(listed(world, &installed.id).await.len(), 1);

    let newer = altered(hostile("probing"), "settings tell it", "settings say now");
    let newer = world.installs(newer, counting(world)).await;
    assert!(newer.id == installed.id && newer.digest != installed.digest);
    world.passes(10_000).await;
    let runs = listed(world, &installed.id).await;
    let digests: Vec<&Value> = runs.iter().map(|run| &run["digest"]).collect();
    assert_eq!(digests, [&json!(newer.digest), &json!(installed.digest)], "the newest first: {runs:?}");
    assert_eq!(ticks(world, &installed.id).await, 1, "with the settings of the new one");
});
