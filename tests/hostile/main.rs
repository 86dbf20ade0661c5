//! The zoo: components that misbehave in every way that we could think of, each contained. Whatever one does, its own call ends for
//! a stated reason, and an honest plugin is served by the same runtime right after.

#[path = "../../host/plugins/tests/runtime/bench.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod bench;
#[path = "../../host/plugins/tests/runtime/desk.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod desk;
#[path = "../../host/plugins/tests/runtime/remote.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod remote;

mod crooked;
mod zoo;

mod answers;
mod bombs;
mod computing;
mod inside;
mod names;
mod rights;
mod room;
mod sameness;
mod shapes;
