//! The contract may grow and nothing else: guests built for 1.0 run on a host of 1.1, and what 1.0 says stays said.

mod frozen;
mod next;

mod guests;

use std::path::PathBuf;

/// A file of the published version.
fn published(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/1.0.0")).join(name)
}
