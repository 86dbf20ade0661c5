//! A past run once more: resumed after a crash with what it began with, replayed from its record whatever changed since, and
//! never repeated blindly where it does something else.

use kamurj_server::milestones::Milestone;
use kamurj_server::work::plugin_run::opened_step;
use kamurj_store::runs;
use kamurj_tests::acts::{exceptions, gives_back, one_of, takes};
use kamurj_tests::clock::minutes;
use kamurj_tests::links::posts;
use kamurj_tests::plugins::component;
use kamurj_tests::records::{
    adds_deal, calls_outside, deliveries, delivery, paid_in_the_probes_chat, probe, probed_deals, replays,
    without_bitrix24,
};
use kamurj_tests::{Engine, World, story};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

fn id(delivery: &Value) -> String {
    delivery["id"].as_str().expect("an id").to_owned()
}

story!(every_delivery_of_a_sale_is_replayed_byte_for_byte_whatever_changed_since, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let owed = deliveries(world, "").await;
    assert!(owed.len() >= 3, "{owed:?}");
    let payment = world.payment().await.id;
    gives_back(world, &payment, None).await;
    world.settles().await;
    // The settings change, too, and so do the rights that follow from them.
    let elsewhere = json!({
        "settings": { "portal": "https://other.bitrix24.example", "user_id": "9", "stages": {}, "create_deal": false },
        "secrets": { "webhook_secret": kamurj_tests::world::canary("portal secret") },
    });
    world.installs(component("bitrix24"), elsewhere).await;
    let (outside, books) = (calls_outside(world), world.books().await);
    for delivery in &owed {
        let found = replays(world, &id(delivery)).await;
        assert_eq!((&found["identical"], &found["difference"]), (&json!(true), &Value::Null), "{delivery}: {found}");
        assert_eq!(found["ended"], found["ends"]);
    }
    let calls: i64 = {
        let mut sum = 0;
        for delivery in &owed {
            sum += replays(world, &id(delivery)).await["calls"].as_i64().expect("a number");
        }
        sum
    };
    assert!(calls > 5, "{calls}");
    assert_eq!(calls_outside(world), outside, "nobody outside hears of it");
    assert_eq!(world.books().await, books, "nothing is written");
    let path = format!("/v1/deliveries/{}/replay", id(&owed[0]));
    posts(world, &path, &json!({ "run": 9 })).await.is_problem(409, "not-now");
    let wrong = posts(world, &path, &json!({ "run": 0 })).await;
    wrong.is_problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/run"]);
});

story!(messages_and_deliveries_are_replayed_on_the_command_line, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let outside = calls_outside(world);
    let mut owners: Vec<String> = deliveries(world, "").await.iter().map(id).collect();
    owners.truncate(2);
    owners.extend(world.inbox(&world.telegram).await.into_iter().map(|message| message.id));
    assert!(owners.len() >= 4, "{owners:?}");
    for owner in &owners {
        let done = world.runs(PROGRAM, &["plugin", "replay", owner, "--run", "1"]);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && said.contains("the same, byte for byte"), "{owner}: {done:?}");
    }
    assert_eq!(calls_outside(world), outside);
    let unknown = world.runs(PROGRAM, &["plugin", "replay", "dlv_unknown"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no record of such a run"), "{unknown:?}");
    let logs = world.runs(PROGRAM, &["plugin", "logs", &world.telegram]);
    assert!(logs.status.success(), "{logs:?}");
    let unknown = world.runs(PROGRAM, &["plugin", "logs", "ins_unknown"]);
    assert_eq!(unknown.status.code(), Some(1));
});

/// Rewrites a recorded call of the delivery's first run, as if the plugin had asked for something else then.
async fn rewrite(world: &World, owner: &str, name: &str) {
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    let stored = runs::of_owner(&mut tx, owner).await.expect("the steps");
    let row = stored.into_iter().find(|row| row.name.as_deref() == Some(name)).expect("the step");
    let mut step = opened_step(&app, owner, &row).expect("the step opens");
    step.request["url"] = json!("https://portal.example/somewhere-else");
    let sealed = app
        .sealer
        .seal(&format!("step/{owner}/{}/{}", row.run, row.place), &serde_json::to_vec(&step).expect("a step is JSON"));
    runs::put(&mut tx, owner, &runs::Step { sealed, ..row }).await.expect("a write");
    tx.commit().await.expect("a commit");
}

story!(a_replay_that_differs_says_where_and_how, |world| {
    let script = json!([adds_deal(world, "one"), adds_deal(world, "two"), { "do": "clock" }, { "do": "random" }]);
    probe(world, &script).await;
    let payment = paid_in_the_probes_chat(world, "A-1").await;
    world.settles().await;
    let of_probe = deliveries(world, &format!("payment={payment}")).await;
    let probed = id(of_probe.iter().find(|one| one["plugin"] == "probing").expect("the probe was told"));
    assert_eq!(replays(world, &probed).await["identical"], true);
    rewrite(world, &probed, "two").await;
    let found = replays(world, &probed).await;
    assert_eq!((&found["identical"], &found["calls"]), (&json!(false), &json!(2)));
    let told = found["difference"].as_str().expect("a difference");
    assert!(told.starts_with("host call 2: the plugin now calls `http.send` as `two` with other values"), "{told}");
    assert!(told.contains("`url`") && told.contains("somewhere-else"), "{told}");
    let replayed = world.runs(PROGRAM, &["plugin", "replay", &probed]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&replayed.stderr).contains("host call 2"), "{replayed:?}");
});

/// A world whose server died while the answer to the second of three calls was on its way, started again and idle; and the
/// delivery that was cut off.
async fn cut_off_in_the_second_call(engine: Engine) -> (World, String) {
    let mut world = World::new(engine).await;
    without_bitrix24(&world).await;
    let script = json!([adds_deal(&world, "one"), adds_deal(&world, "two"), adds_deal(&world, "three")]);
    let probing = probe(&world, &script).await.id;
    paid_in_the_probes_chat(&mut world, "A-1").await;
    world.dies_at(Milestone::AfterSend, 2).await;
    let owner = id(&deliveries(&world, &format!("installation={probing}&state=owed")).await[0]);
    assert_eq!(probed_deals(&world), ["one", "two"]);
    (world, owner)
}

story!(e1_a_run_goes_on_with_the_settings_that_it_began_with, |world| {
    let (mut world, owner) = cut_off_in_the_second_call(world.engine).await;
    let world = &mut world;
    probe(world, &json!([adds_deal(world, "something else")])).await;
    world.settles().await;
    assert_eq!(probed_deals(world), ["one", "three", "two"], "it ends as it began");
    let whole = delivery(world, &owner).await;
    assert_eq!((&whole["state"], whole["runs"].as_array().map(Vec::len)), (&json!("done"), Some(1)));
    assert!(world.exceptions().await.is_empty());
    assert_eq!(replays(world, &owner).await["identical"], true, "and so it is replayed");
});

story!(a_run_that_does_not_repeat_its_record_is_one_exception_and_nothing_is_sent_twice, |world| {
    let (mut world, owner) = cut_off_in_the_second_call(world.engine).await;
    let world = &mut world;
    rewrite(world, &owner, "one").await;
    // Not an hour: the plugin also does its script by the clock.
    world.passes(minutes(50)).await;
    assert_eq!(probed_deals(world), ["one", "two"], "nothing is sent while nobody knows what it would repeat");
    let whole = delivery(world, &owner).await;
    let of_runs = |whole: &Value| -> Vec<Value> {
        whole["runs"].as_array().expect("runs").iter().map(|run| run["ended"].clone()).collect()
    };
    assert_eq!((&whole["state"], of_runs(&whole)), (&json!("failed"), vec![json!("diverged")]));
    let open = exceptions(world, "state=open").await;
    let exception = one_of("delivery_failed", &open);
    assert_eq!((open.len(), &exception["subject"]), (1, &json!(owner)));
    let detail = exception["detail"].as_str().expect("a detail");
    assert!(detail.contains("did not repeat its recorded run at step 0") && detail.contains("`url`"), "{detail}");

    // A person has looked at the portal. What was accepted is not sent again, what is in doubt is told to the plugin.
    let taken = takes(world, &exception, "retry").await;
    assert_eq!(taken.status, 200, "{}", taken.body);
    world.settles().await;
    assert_eq!(probed_deals(world), ["one", "three", "two"]);
    let whole = delivery(world, &owner).await;
    assert_eq!((&whole["state"], of_runs(&whole)), (&json!("done"), vec![json!("diverged"), json!("done")]));
    assert!(world.exceptions().await.is_empty());
});
