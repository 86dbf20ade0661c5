//! Being interrupted: noticed here, acted on by whoever waits, so that servers and temporary folders are always cleaned up.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Begins to notice.
pub(crate) fn listen() -> Result<(), String> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, INTERRUPTED.clone())
            .map_err(|error| format!("interruptions cannot be noticed: {error}"))?;
    }
    Ok(())
}

/// Whether somebody wants this program to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
