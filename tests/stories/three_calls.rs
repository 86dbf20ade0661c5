//! A sync of three calls, killed at every point: each remote call is made exactly once, or looked for after `ambiguous`.

use kamurj_server::milestones::Milestone;
use kamurj_tests::records::{adds_deal, paid_in_the_probes_chat, portal, probe, probed_deals, runs, without_bitrix24};
use kamurj_tests::{Engine, World};
use serde_json::{Value, json};

const DEALS: [&str; 3] = ["first", "second", "third"];

/// Makes the deal, and where the answer was lost looks for it first.
fn ensured(world: &World, origin: &str) -> Value {
    let wanted = json!({
        "entityTypeId": 2, "filter": { "originatorId": "probe", "originId": origin }, "select": ["id", "originId"],
    });
    json!({
        "do": "ensure", "send": adds_deal(world, origin), "probe": portal(world, "crm.item.list", &wanted, None),
        "mark": format!("\"{origin}\""),
    })
}

/// How often the portal was asked for this.
fn asked(world: &World, method: &str) -> usize {
    world.sandbox.bitrix24.view().calls.iter().filter(|call| call.method == method).count()
}

/// Kills the server at the n-th passing of the point; answers whether there is such a passing.
async fn killed_at(engine: Engine, point: Milestone, nth: u32) -> bool {
    let mut world = World::new(engine).await;
    let script: Vec<Value> = DEALS.iter().map(|origin| ensured(&world, origin)).collect();
    without_bitrix24(&world).await;
    let probing = probe(&world, &json!(script)).await.id;
    paid_in_the_probes_chat(&mut world, "A-1").await;
    world.trap.set(point, nth);
    world.settles().await;
    if world.trap.is_set() {
        return false;
    }
    world.passes(60_000).await;
    let place = format!("killed at {}, passing {nth}", point.name());
    assert_eq!(probed_deals(&world), DEALS, "{place}: each call is made exactly once");
    assert_eq!(asked(&world, "crm.item.add"), DEALS.len(), "{place}: nothing is sent twice");
    let ended: Vec<Value> = runs(&world, &probing).await;
    assert_eq!(ended.len(), 1, "{place}: one run, resumed: {ended:?}");
    assert_eq!(ended[0]["ended"], "done", "{place}: {ended:?}");
    assert!(world.exceptions().await.is_empty(), "{place}");
    world.journals_are_whole().await;
    true
}

fn at_every_passing_of(point: Milestone, engine: Engine) {
    kamurj_tests::world::run(engine, async |_| {
        let mut passings = 0;
        while killed_at(engine, point, passings + 1).await {
            passings += 1;
            assert!(passings < 30, "the story must see the last passing of {}", point.name());
        }
        assert!(passings >= 3, "the three calls pass {} {passings} times", point.name());
    });
}

macro_rules! three_calls {
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

three_calls! {
    e1_a_sync_killed_before_each_of_its_calls_makes_each_once: BeforeSend,
    e1_a_sync_killed_after_each_of_its_calls_makes_each_once: AfterSend,
    e1_a_sync_killed_around_its_commits_makes_each_call_once: AfterCommit,
}
