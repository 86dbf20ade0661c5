//! The real time and the real chance: the only place where the host reaches for either. Everything else is handed them.

use kamurj_domain::{Clock, Entropy};

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the injected clock comes from")]
    fn now(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }
}

/// The operating system's random bytes.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is where the injected random bytes come from")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("without the system's random bytes no token or key would be safe to make");
    }
}
