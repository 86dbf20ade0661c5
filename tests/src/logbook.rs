//! What the server of a World writes into its log, kept as in production (`info`) so that a story can look for what must not be in it.
//! Warnings are shown with a story that fails.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use tracing::Level;
use tracing_subscriber::fmt::TestWriter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to keep the log of this process; once is enough.
pub fn begin() {
    let shown = TestWriter::default.with_max_level(Level::WARN);
    let writer = shown.and((|| Kept).with_max_level(Level::INFO));
    let _begun_before =
        tracing_subscriber::fmt().with_ansi(false).with_writer(writer).with_max_level(Level::INFO).try_init();
}

/// What was written until now.
pub fn kept() -> Vec<u8> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
