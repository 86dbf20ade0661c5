//! Plugins in JavaScript and Python: components that bring an engine and a whole world of WASI along. They load in the class `script`,
//! do what a Rust plugin does, and repeat themselves as exactly. Building them needs Node and Python; all tests are in the
//! module `scripts`, so that a test run without those can leave them out.

#[path = "../runtime/bench.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod bench;
#[path = "../runtime/desk.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod desk;
#[path = "../runtime/remote.rs"]
#[expect(dead_code, reason = "shared with the runtime's own tests, which use all of it")]
mod remote;

mod scripts;
