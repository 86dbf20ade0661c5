//! The World: a whole Kamurj with a hand-moved clock and seeded randomness, the sandbox beside it, and the people who
//! use it. Stories are written with it and run on every database.
//!
//! Nothing here waits for time: `settles` does what is due until nothing is, and the clock moves when a story says so.

pub mod accounts;
pub mod acts;
pub mod books;
pub mod branding;
mod canaries;
pub mod chance;
pub mod channels;
pub mod chats;
pub mod clock;
pub mod colleagues;
pub mod connections;
pub mod content;

pub mod crowd;
pub mod customer;
pub mod database;
pub mod disk;
mod entered;
pub mod front;
pub mod inbound;
pub mod integrator;
pub mod keys;
pub mod life;
pub mod links;
pub mod logbook;
pub mod look;
pub mod neighbour;
pub mod notice;
pub mod offices;
pub mod plugins;
pub mod port;
pub mod process;
pub mod records;
pub mod redis;
pub mod stand;
pub mod tamper;
pub mod trap;
pub mod uploads;
pub mod world;

pub use database::Engine;
pub use world::World;

/// A story: becomes two tests, `name::sqlite` and `name::postgres`.
///
/// ```text
/// story!(a_repeated_webhook_pays_once, |world| {
///     …
/// });
/// ```
#[macro_export]
macro_rules! story {
    ($(#[$meta:meta])* $name:ident, |$world:ident| $body:block) => {
        $(#[$meta])*
        mod $name {
            #[expect(unused_imports, reason = "a story takes what it needs from its file")]
            use super::*;

            async fn tell($world: &mut $crate::World) {
                $body
            }

            #[test]
            fn sqlite() {
                $crate::world::run($crate::Engine::Sqlite, tell);
            }

            #[test]
            fn postgres() {
                $crate::world::run($crate::Engine::Postgres, tell);
            }
        }
    };
}
