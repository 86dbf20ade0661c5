//! The two things that a rule may not take from its surroundings: time and chance. Who runs the server passes the real
//! ones in; stories pass a clock that is moved by hand and bytes from a seed.

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Unix milliseconds, UTC.
    fn now(&self) -> i64;
}

/// Gives bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}
