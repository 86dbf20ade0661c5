//! Secrets that must be found nowhere but where they belong, and the search for them in everything that comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// Every secret by its name.
pub(crate) const CANARIES: [(&str, &str); 8] = [
    ("master key", "cGFzc2luZyBjYW5hcmllcyBzaW5nIGluIHRoZSBtaW4="),
    ("bot token", "7654321:CANARY-bot-token-CANARY-bot-token"),
    ("hook secret", "CANARY-hook-secret-CANARY"),
    ("portal secret", "canaryportalsecretcanary"),
    ("stall's bank token", "CANARY-stall-bank-token-CANARY"),
    ("stall's webhook secret", "whsec_Q0FOQVJZLXN0YWxsLXdlYmhvb2stc2VjcmV0LTAwMDE="),
    ("bakery's bank token", "CANARY-bakery-bank-token-CANARY"),
    ("bakery's webhook secret", "whsec_Q0FOQVJZLWJha2VyeS13ZWJob29rLXNlY3JldC0wMDE="),
];

/// The secret with this name.
pub(crate) fn canary(name: &str) -> &'static str {
    CANARIES.iter().find(|(known, _)| *known == name).expect("a known canary").1
}

static FINDERS: LazyLock<Vec<(&'static str, Finder<'static>)>> = LazyLock::new(|| {
    let forms = |(name, canary): &(&'static str, &'static str)| {
        let plain = canary.trim_start_matches("whsec_").as_bytes().to_vec();
        let encoded = STANDARD.encode(canary).trim_end_matches('=').as_bytes().to_vec();
        [(*name, Finder::new(&plain).into_owned()), (*name, Finder::new(&encoded).into_owned())]
    };
    CANARIES.iter().flat_map(forms).collect()
});

/// The names of the secrets that can be read in these bytes.
pub(crate) fn readable_in(bytes: &[u8]) -> Vec<&'static str> {
    FINDERS.iter().filter(|(_, finder)| finder.find(bytes).is_some()).map(|(name, _)| *name).collect()
}

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The secrets that were seen in a log line of any world of this process so far.
pub(crate) fn logged() -> Vec<String> {
    LOGGED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Reads every log line, and prints it where that is wished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogReader {
    /// Lines go to standard error too.
    pub(crate) shown: bool,
}

impl Write for LogReader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for name in readable_in(bytes) {
            let line = format!("the {name} is readable in the log");
            LOGGED.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
        if self.shown {
            io::stderr().write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogReader {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Starts reading the log of this process. A second call changes nothing.
pub(crate) fn read_the_log(shown: bool) {
    let reader = LogReader { shown };
    let _ =
        tracing_subscriber::fmt().with_writer(reader).with_ansi(false).with_max_level(tracing::Level::INFO).try_init();
}
