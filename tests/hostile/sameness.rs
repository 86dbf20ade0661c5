//! Looking for what differs: time, chance, addresses, the machine. A run that is repeated sees what it saw.

use std::sync::Arc;

use kamurj_plugins::{Grants, RunContext};
use serde_json::{Value, json};

use crate::{
    bench::{context, deliver, on_host},
    desk::Desk,
    zoo::{Zoo, said},
};

async fn looks_around(zoo: &Zoo, context: RunContext) -> Value {
    let report = zoo.runtime.call(&zoo.hostile, deliver(), context, Arc::new(Desk::default())).await;
    serde_json::from_str(said(&report)).unwrap()
}

#[test]
fn i1_time_stands_still_and_chance_repeats_itself() {
    on_host(async {
        let zoo = Zoo::new().await;
        let first = looks_around(&zoo, context(Grants::default(), &json!("look around"))).await;
        let again = looks_around(&zoo, context(Grants::default(), &json!("look around"))).await;
        assert_eq!(first, again, "a resumed run sees the same");

        let other = RunContext { seed: [8; 32], ..context(Grants::default(), &json!("look around")) };
        let other = looks_around(&zoo, other).await;
        for chance in ["hash", "random", "number", "insecure"] {
            assert_ne!(first[chance], other[chance], "another run has other {chance}");
        }
        assert_ne!(first["random"], first["insecure"], "one source tells nothing of the other");
    });
}

#[test]
fn i1_clocks_tell_one_time_and_measure_nothing() {
    on_host(async {
        let zoo = Zoo::new().await;
        let seen = looks_around(&zoo, context(Grants::default(), &json!("look around"))).await;
        assert_eq!(
            (&seen["clock"], &seen["since 1970"]),
            (&json!(1_700_000_000_123_u64), &json!(1_700_000_000_123_u64))
        );
        assert_eq!([&seen["passed"], &seen["passed by the wall"], &seen["ticks"]], [&json!(0), &json!(0), &json!(0)]);
    });
}

#[test]
fn i1_nothing_of_the_machine_is_there() {
    on_host(async {
        let zoo = Zoo::new().await;
        let seen = looks_around(&zoo, context(Grants::default(), &json!("look around"))).await;
        for nothing in ["folder", "file", "name", "socket", "datagram"] {
            assert_eq!(seen[nothing], false, "{nothing}");
        }
        assert_eq!((&seen["variables"], &seen["arguments"]), (&json!(0), &json!(0)));
    });
}
