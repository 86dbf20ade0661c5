//! Two servers on one database: a token is refreshed once for both.

use kamurj_tests::clock::seconds;
use kamurj_tests::{Engine, World, world};

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
