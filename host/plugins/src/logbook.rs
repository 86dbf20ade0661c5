//! A run's bounded log: what the plugin writes through the host, and what its toolchain prints. It keeps lines; who
//! shows them is decided elsewhere.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::secrets::Keyring;

/// One line of an installation's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// Without values of secrets.
    pub message: String,
    /// Names and values, without values of secrets.
    pub fields: Vec<(String, String)>,
}

/// The lines of one run.
pub(crate) struct Logbook {
    lines: Vec<LogLine>,
    dropped: u64,
    lines_max: usize,
    line_bytes: usize,
}

impl Logbook {
    pub(crate) fn new(lines_max: usize, line_bytes: usize) -> Self {
        Self { lines: Vec::new(), dropped: 0, lines_max, line_bytes }
    }

    /// Keeps a line, cut to size, or counts it.
    pub(crate) fn write(&mut self, level: &str, message: String, fields: Vec<(String, String)>, keyring: &Keyring) {
        if self.lines.len() >= self.lines_max {
            self.dropped += 1;
            return;
        }
        let level = match level {
            "error" | "warn" | "debug" => level,
            _ => "info",
        };
        let mut room = self.line_bytes;
        // Blacked out before it is cut, or half a value could stay.
        let mut fit = |text: String| {
            let text = cut(keyring.scrub(text), room);
            room -= text.len();
            text
        };
        let message = fit(message);
        let fields = fields
            .into_iter()
            .map(|(name, value)| (fit(name), fit(value)))
            .take_while(|(name, _)| !name.is_empty())
            .collect();
        self.lines.push(LogLine { level: level.to_owned(), message, fields });
    }

    /// The lines, with a last one that says how many were not kept.
    pub(crate) fn finish(self) -> Vec<LogLine> {
        let mut lines = self.lines;
        if self.dropped > 0 {
            let message = format!("{} more lines were not kept", self.dropped);
            lines.push(LogLine { level: "warn".to_owned(), message, fields: Vec::new() });
        }
        lines
    }
}

/// The longest beginning of `text` that is at most `bytes` long and ends between characters.
pub(crate) fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

/// Standard output or error of a guest: keeps the first bytes and swallows the rest, so that a chatty toolchain is no failure.
#[derive(Clone)]
pub(crate) struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Printed {
    pub(crate) fn new(room: usize) -> Self {
        Self { bytes: Arc::default(), room }
    }

    /// What was printed, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn append(&self, more: &[u8]) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.room.saturating_sub(bytes.len());
        bytes.extend_from_slice(&more[..more.len().min(room)]);
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(4096)
    }
}

impl AsyncWrite for Printed {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_characters_and_the_surplus_is_counted() {
        let mut book = Logbook::new(2, 5);
        book.write("trace", "֏֏֏".to_owned(), vec![("a".to_owned(), "b".to_owned())], &Keyring::default());
        book.write("error", "x".to_owned(), vec![("ab".to_owned(), "cdef".to_owned())], &Keyring::default());
        book.write("info", "y".to_owned(), Vec::new(), &Keyring::default());
        let lines = book.finish();
        assert_eq!((lines[0].level.as_str(), lines[0].message.as_str()), ("info", "֏֏"));
        assert_eq!(lines[0].fields, [("a".to_owned(), String::new())]);
        assert_eq!(lines[1].fields, [("ab".to_owned(), "cd".to_owned())]);
        assert_eq!(lines[2].message, "1 more lines were not kept");
    }
}
