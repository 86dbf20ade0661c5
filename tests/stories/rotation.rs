//! H6: the master key is changed while everybody works. Nothing that was sealed before is lost, nobody waits, and in the end the old
//! key opens nothing.

use kamurj_sandbox::bank::PayAction;
use kamurj_server::keys::rotation::Refused;
use kamurj_server::restored::{Restoration, mark};
use kamurj_server::work::keep_due;
use kamurj_tests::acts::{gives_back, order_at_the_bank, paid_order, status, sums};
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::keys::Step;
use kamurj_tests::process::Process;
use kamurj_tests::{Engine, World, story};
use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
const OLD: &str = "master key";
const NEW: &str = "next master key";

async fn begins(world: &World) {
    let begun = world.rotates(Step::Begin, NEW, Some(OLD)).await.expect("it begins");
    assert_eq!((begun.opened_by.len(), begun.sealing_keys.len(), begun.is_done), (2, 2, false), "{begun:?}");
    assert!(begun.sealing_keys[0].seals && !begun.sealing_keys[1].seals, "nobody knows the new one yet: {begun:?}");
    assert!(begun.under_older_keys.contains_key("secrets.sealed"), "{begun:?}");
}

/// The old key opens neither the database nor anything by a server.
async fn the_old_key_is_useless(world: &World) {
    let Err(error) = world.beside_with(OLD, None).await else { panic!("it starts") };
    let line = error.to_string();
    assert!(line.starts_with("KAMURJ_MASTER_KEY: is not the key that this database is sealed with"), "{line}");
    assert_eq!(line.lines().count(), 1);
}

story!(h6_the_master_key_is_changed_while_sales_go_on_and_what_was_sealed_stays_readable, |world| {
    let told = paid_order(world, "A-1", "12500").await;
    let (waiting, bank) = order_at_the_bank(world, "A-2", "5000").await;
    let asked = world.orders("A-3", "700").await;
    let chat = world.customer_picks_the_cake().await;
    let first = world.app().sealer.key_id();

    begins(world).await;
    world.does_at_the_bank(&bank, "pay").await;
    world.settles().await;
    assert_eq!(status(world, &waiting).await, "paid");
    assert_eq!(world.app().sealer.key_id(), first, "the new key is not in force yet");
    world.passes(seconds(45)).await;
    assert_ne!(world.app().sealer.key_id(), first, "the server was not restarted, and seals with the new key");
    let between = world.orders("A-4", "900").await;
    gives_back(world, &told, Some("500")).await;
    world.pays(&link(&asked)).await;
    world.settles().await;

    world.is_given_keys(NEW, None);
    world.restarts().await;
    for page in [&link(&between), &chat] {
        assert_eq!(world.pays(page).await.heading(), "Վճարումը կատարված է");
    }
    world.passes(minutes(2)).await;
    let stands = world.rotates(Step::Status, NEW, None).await.expect("it stands");
    assert!(stands.under_older_keys.is_empty() && stands.sealed_anew > 0, "{stands:?}");
    assert_eq!((stands.unreadable, stands.opened_by.len()), (0, 2), "{stands:?}");

    let ended = world.rotates(Step::Finish, NEW, None).await.expect("it ends");
    assert!(ended.is_done && ended.opened_by == [ended.master_key.clone()], "{ended:?}");
    the_old_key_is_useless(world).await;
    world.restarts().await;
    assert_eq!(sums(world, &told).await, ["12500", "500", "0", "0"]);
    gives_back(world, &waiting, None).await;
    world.settles().await;
    assert_eq!(status(world, &waiting).await, "refunded", "secrets of the bank's account open");
    let next = paid_order(world, "A-5", "300").await;
    assert_eq!(status(world, &next).await, "paid");
    assert!(world.proof().await.is_empty(), "checkpoints from before are proven all the same");

    // Once more, back to the first key: a key may come again.
    let back = world.rotates(Step::Begin, OLD, Some(NEW)).await.expect("it begins again");
    assert_eq!(back.sealing_keys.len(), 3);
});

story!(h6_a_rotation_that_is_killed_goes_on_where_it_was, |world| {
    paid_order(world, "A-1", "12500").await;
    begins(world).await;
    let again = world.rotates(Step::Begin, NEW, Some(OLD)).await.expect("begun already");
    assert_eq!(again.sealing_keys.len(), 2, "it begins once");
    world.clock.pass(seconds(65));
    assert!(keep_due(&world.app()).await > 0);
    let half = world.rotates(Step::Status, NEW, Some(OLD)).await.expect("it stands");
    assert!(half.sealed_anew > 0 && !half.under_older_keys.is_empty(), "{half:?}");
    world.is_given_keys(NEW, Some(OLD));
    world.restarts().await;
    world.passes(seconds(30)).await;
    let whole = world.rotates(Step::Status, NEW, None).await.expect("it stands");
    assert!(whole.under_older_keys.is_empty() && whole.unreadable == 0, "{whole:?}");
    assert!(whole.sealed_anew > half.sealed_anew);
});

story!(h6_a_copy_from_before_the_rotation_is_good_with_the_old_key, |world| {
    let paid = paid_order(world, "A-1", "12500").await;
    let asked = world.orders("A-2", "700").await;
    let copy = world.is_copied().await;
    begins(world).await;
    world.is_given_keys(NEW, None);
    world.restarts().await;
    world.passes(minutes(2)).await;
    world.rotates(Step::Finish, NEW, None).await.expect("it ends");

    world.is_given_keys(OLD, None);
    world.is_restored(copy, minutes(1)).await;
    let restoration = Restoration { reason: "the day before".to_owned(), since: None, days: 30, numbers: None };
    mark(&world.app(), &restoration).await.expect("the gap is marked");
    assert_eq!(status(world, &paid).await, "paid");
    assert_eq!(world.pays(&link(&asked)).await.heading(), "Վճարումը կատարված է");
    // Or with the new one beside it, and rotated again.
    world.is_given_keys(NEW, Some(OLD));
    world.restarts().await;
    assert_eq!(status(world, &paid).await, "paid");
    let refused = world.rotates(Step::Finish, NEW, Some(OLD)).await;
    assert!(matches!(refused, Err(Refused::NotBegun)), "{refused:?}");
    begins(world).await;
});

story!(h6_no_server_loses_the_key_that_it_runs_with_and_wrong_steps_change_nothing, |world| {
    paid_order(world, "A-1", "100").await;
    let refused = world.rotates(Step::Begin, OLD, None).await.expect_err("there is no other key");
    assert!(refused.to_string().starts_with("KAMURJ_MASTER_KEY_OLD: is missing"), "{refused}");
    let Err(error) = world.beside_with(NEW, None).await else { panic!("a wrong key starts") };
    assert!(error.to_string().starts_with("KAMURJ_MASTER_KEY: is not the key"), "{error}");
    let before = world.rotates(Step::Status, OLD, None).await.expect("it stands");
    assert!(before.is_done && before.sealing_keys.len() == 1 && before.under_older_keys.is_empty(), "{before:?}");

    begins(world).await;
    let early = world.rotates(Step::Finish, NEW, None).await;
    assert!(matches!(early, Err(Refused::TooEarly(_))), "{early:?}");
    world.passes(minutes(2)).await;
    let stands = world.rotates(Step::Status, NEW, None).await.expect("it stands");
    assert_eq!(stands.servers_to_restart.len(), 1, "{stands:?}");
    let refused = world.rotates(Step::Finish, NEW, None).await;
    assert!(matches!(refused, Err(Refused::InUse { count: 1, .. })), "{refused:?}");

    world.is_given_keys(NEW, None);
    world.restarts().await;
    world.passes(minutes(1)).await;
    assert!(world.rotates(Step::Finish, NEW, None).await.expect("it ends").is_done);
    paid_order(world, "A-2", "100").await;
});

/// Somebody who asks for payments without a pause, at one server and, where it is not there, at the other.
async fn asks_without_a_pause(
    http: reqwest::Client,
    urls: [String; 2],
    key: String,
    stop: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut answered = false;
        for turn in 0..2 {
            let url = format!("{}/v1/payments", urls[(number + turn) % 2]);
            let body = order(&format!("load-{number}"), "100");
            let Ok(answer) = http.post(url).bearer_auth(&key).json(&body).send().await else { continue };
            assert_eq!(answer.status(), 201, "load-{number}");
            let made: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
            // The other server reads what this one has just sealed.
            let page = made["checkout_url"].as_str().expect("a link");
            let path = page.split_once("/p/").expect("a payment's page").1;
            for url in &urls {
                if let Ok(page) = http.get(format!("{url}/p/{path}")).send().await {
                    assert_eq!(page.status(), 200, "the page of load-{number} at {url}");
                }
            }
            answered = true;
            break;
        }
        assert!(answered, "nobody was there for load-{number}");
        made.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_paid(servers: &mut Process, order_id: &str) {
    let (at, read_at) = (servers.other_url.clone(), servers.url.clone());
    let made = Answer::to(servers.asks(&at, Method::POST, "/v1/payments").json(&order(order_id, "100"))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    servers.visits_the_bank(made.body["checkout_url"].as_str().expect("a link"), PayAction::Pay).await;
    let path = format!("/v1/payments/{}", made.body["id"].as_str().expect("an id"));
    servers
        .eventually("paid", async |servers| {
            let shown = Answer::to(servers.asks(&read_at, Method::GET, &path)).await;
            (shown.body["status"] == "paid").then_some(())
        })
        .await;
}

async fn is_rotated_under_load(servers: &mut Process) {
    let (stop, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let urls = [servers.url.clone(), servers.other_url.clone()];
    let (http, key) = (servers.http.clone(), servers.api_key.clone());
    let load = tokio::spawn(asks_without_a_pause(http, urls, key, stop.clone(), made.clone()));
    is_paid(servers, "A-1").await;
    servers.is_given_keys(NEW, Some(OLD));
    servers.tries(&["rotate-master-key"]).expect("it begins");
    is_paid(servers, "A-2").await;
    servers
        .eventually("the new key seals", async |servers| {
            let stands = servers.tries(&["rotate-master-key", "--status"]).expect("it stands");
            (stands["sealing_keys"][1]["seals"] == true).then_some(())
        })
        .await;
    is_paid(servers, "A-3").await;
    servers.is_given_keys(NEW, None);
    servers.restarts_the_other().await;
    is_paid(servers, "A-4").await;
    servers.restarts().await;
    is_paid(servers, "A-5").await;
    let ended = servers
        .eventually("the rotation ends", async |servers| servers.tries(&["rotate-master-key", "--finish"]).ok())
        .await;
    assert_eq!((&ended["is_done"], &ended["unreadable"]), (&Value::Bool(true), &Value::from(0)), "{ended}");
    assert!(ended["sealed_anew"].as_i64().is_some_and(|count| count > 0), "{ended}");
    is_paid(servers, "A-6").await;
    stop.store(true, Ordering::Relaxed);
    load.await.expect("nobody was turned away");
    assert!(made.load(Ordering::Relaxed) > 50, "it was some load");
    servers.is_given_keys(OLD, None);
    let complaint = servers.tries(&["rotate-master-key", "--status"]).expect_err("the old key opens nothing");
    assert!(complaint.starts_with("kamurj: KAMURJ_MASTER_KEY: is not the key"), "{complaint}");
}

mod h6_two_servers_are_restarted_one_by_one_under_load_and_nobody_is_turned_away {
    use super::*;

    #[test]
    fn postgres() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async { is_rotated_under_load(&mut Process::start_two(PROGRAM).await).await });
    }
}

/// One server on its own is restarted once; that moment is all that anybody notices.
async fn is_rotated_alone(engine: Engine) {
    let mut server = Process::start(PROGRAM, engine, ("never", 1)).await;
    server.answers(server.url.clone()).await;
    is_paid(&mut server, "A-1").await;
    server.is_given_keys(NEW, Some(OLD));
    server.tries(&["rotate-master-key"]).expect("it begins");
    is_paid(&mut server, "A-2").await;
    server.restarts().await;
    is_paid(&mut server, "A-3").await;
    let ended = server
        .eventually("the rotation ends", async |server| server.tries(&["rotate-master-key", "--finish"]).ok())
        .await;
    assert!(ended["is_done"] == true && ended["under_older_keys"] == serde_json::json!({}), "{ended}");
    server.is_given_keys(NEW, None);
    server.restarts().await;
    is_paid(&mut server, "A-4").await;
}

mod h6_a_server_alone_is_restarted_once {
    use super::*;

    #[test]
    fn sqlite() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(is_rotated_alone(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(is_rotated_alone(Engine::Postgres));
    }
}
