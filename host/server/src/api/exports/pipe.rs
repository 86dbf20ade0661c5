//! Where a file is written while it leaves: what was written since the last look is taken away.

use axum::body::Bytes;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A place that a writer fills and a reader empties.
#[derive(Clone, Default)]
pub(super) struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    /// What was written since it was asked last.
    pub(super) fn taken(&self) -> Bytes {
        // Bytes are whole at every moment, also where somebody panicked with the lock in hand.
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
