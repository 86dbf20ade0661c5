//! Scripts of the sandbox, played with every provider: what a developer rehearses with one can be rehearsed with all.

use kamurj_sandbox::scripts::{Orders, Script};
use kamurj_tests::World;
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::link;
use kamurj_tests::stand::Stand;

/// A script pays as soon as the order is there, and the push, where there is one, comes three times and late.
pub(crate) async fn a_script_pays_and_its_late_pushes_pay_once(world: &mut World, stand: &Stand) {
    let script = Script::read("pay; deliver the push 3 times after 2m").expect("a script");
    world.sandbox.scripts.give(stand.word, script, Orders::Next).expect("the gateway takes it");
    let made = world.orders("A-1", "12500").await;
    assert!(world.goes_to(&link(&made)).await.is_some());
    world.passes(minutes(15)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.captured_and_surplus), ("paid", 1, (1_250_000, 0)));
    assert_eq!(ending.exceptions, Vec::<String>::new());
    let log = world.sandbox.scripts.view().pop().expect("a script").log;
    assert!(log.iter().all(|line| line.trouble.is_none()), "{log:?}");
    assert!(log.iter().any(|line| line.what.starts_with("pay")), "{log:?}");
}
