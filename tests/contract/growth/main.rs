//! The contract may grow and nothing else: guests built for 1.0 run on a host of the next version, and what 1.0 says stays
//! said.

mod frozen;
mod next;

mod guests;

use std::path::PathBuf;

/// A file of the version that is frozen.
fn published(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/1.0.0")).join(name)
}

/// A file of the newest version, which is not frozen yet.
fn newest(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/1.1.0")).join(name)
}
