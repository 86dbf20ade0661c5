//! Two servers on one database: a token is refreshed once for both, and neither writes it into its log.

use kamurj_tests::clock::seconds;
use kamurj_tests::connections::find_tokens;
use kamurj_tests::integrator::Answer;
use kamurj_tests::process::Process;
use kamurj_tests::uploads::TOKEN;
use kamurj_tests::{Engine, World, world};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

async fn refreshed_once(world: &mut World) {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    let other = world.second_node().await;
    world.clock.pass(seconds(3_600));
    world.knocks_often(&path, 32).await;
    loop {
        let (here, there) = tokio::join!(world.works_once(), other.works());
        if here + there == 0 {
            break;
        }
        assert!(authority.seen().refreshes <= 1, "{:?}", authority.seen());
    }
    world.settles().await;
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.most_uses_of_one, seen.calls, seen.refused_calls), (1, 1, 32, 0), "{seen:?}");
}

mod f1_thirty_two_runs_on_two_servers_refresh_a_token_once {
    #[test]
    fn postgres() {
        super::world::run(super::Engine::Postgres, super::refreshed_once);
    }
}

mod h5_two_processes_refresh_a_token_once_and_log_none {
    use super::*;

    #[test]
    fn postgres() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut servers = Process::start_two(PROGRAM).await;
            let id = servers.connects().await;
            for number in 0..32 {
                let server = if number % 2 == 0 { &servers.url } else { &servers.other_url };
                let knock = servers.http.post(format!("{server}/hooks/{id}/update")).header("x-probe-token", TOKEN);
                assert_eq!(Answer::to(knock.json(&json!({ "id": number.to_string() }))).await.status, 200);
            }
            let calls = |servers: &mut Process| Some(servers.authority.seen()).filter(|seen| seen.calls == 32);
            let seen = servers.eventually("every message was handled", async |servers| calls(servers)).await;
            assert_eq!(
                (seen.exchanges, seen.refreshes, seen.most_uses_of_one, seen.refused_calls),
                (1, 1, 1, 0),
                "{seen:?}"
            );
            for (place, log) in [("the log", servers.log()), ("the other log", servers.other_log())] {
                assert!(!log.is_empty());
                find_tokens(&servers.authority, place, &log);
            }
        });
    }
}
