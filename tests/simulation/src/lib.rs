//! The simulation: the whole host (its router, store, workers, reconciler and plugins, over the sandbox's doubles) under a
//! seeded scheduler, with a clock that is moved, a network that loses and repeats, and a plug that is pulled. When a world has
//! come to rest, its books are audited. A seed and a world's number replay a world step by step.
//!
//! One task runs at a time. Tasks are parked at the named points of `kamurj_server::milestones` while others go on; guests
//! are bounded by instructions; no wait of the host ends by the machine's clock. So nothing but the seed decides.

mod audit;
mod buyer;
mod deeds;
pub mod defects;
mod dice;
mod floor;
mod forger;
mod life;
mod network;
mod operator;
mod page;
mod rest;
pub mod run;
mod secrets;
mod shop;
mod trace;
pub mod world;

/// Prints a line.
#[expect(clippy::disallowed_macros, reason = "the output of a command line tool")]
pub fn say(line: &str) {
    println!("{line}");
}
