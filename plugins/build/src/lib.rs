//! Builds guests into components with the toolchain at hand, for `cargo xtask`, for tests and for nobody's `build.rs`.
//! It knows packages and files, not what a plugin does.

mod cargo;
mod first_party;
mod script;

pub use cargo::{BuildError, build};
pub use first_party::{Built, FIRST_PARTY, build_all_first_party};
pub use script::{Engine, build_script};

/// The one target that guests are built for.
pub const TARGET: &str = "wasm32-wasip2";

/// The profile of the root manifest that components are built with: small, and without unwinding.
pub const PROFILE: &str = "guest";
