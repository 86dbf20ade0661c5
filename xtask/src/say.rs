//! What a person sees, and the one place that measures time: named steps, each with what was observed and how long it
//! took.

use std::io::Write;
use std::time::{Duration, Instant};

/// Prints one line. A closed pipe is no reason to leave servers behind, so nobody hears of it.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// The moment.
#[expect(clippy::disallowed_methods, reason = "a tool beside the server tells how long its steps took")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration as a person reads it.
pub(crate) fn took(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0..10_000 => format!("{milliseconds} ms"),
        10_000..120_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{} min {:02} s", milliseconds / 60_000, milliseconds % 60_000 / 1000),
    }
}

/// A step: runs it and prints one line when it is done. `work` answers its result and what was observed; an error becomes
/// the `FAIL` line that stops the command.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<(T, String), String>) -> Result<T, String> {
    let started = now();
    // A step inside of this one has said already where it failed.
    let named = |why: String| if why.starts_with("FAIL ") { why } else { format!("FAIL {name}: {why}") };
    let (result, detail) = work().map_err(named)?;
    line(&format!("ok   {name} … {detail} ({})", took(started.elapsed())));
    Ok(result)
}

/// As `step`, for what takes long enough that a person wants to know what is going on.
pub(crate) fn long<T>(name: &str, work: impl FnOnce() -> Result<(T, String), String>) -> Result<T, String> {
    line(&format!("     {name} …"));
    step(name, work)
}

#[cfg(test)]
mod tests {
    use super::{step, took};
    use std::time::Duration;

    #[test]
    fn durations_are_short() {
        assert_eq!(took(Duration::from_millis(123)), "123 ms");
        assert_eq!(took(Duration::from_millis(12_345)), "12.3 s");
        assert_eq!(took(Duration::from_secs(127)), "2 min 07 s");
    }

    #[test]
    fn a_failure_names_its_step() {
        let failed: Result<(), String> = step("open the page", || Err("the page is gone".to_owned()));
        assert_eq!(failed, Err("FAIL open the page: the page is gone".to_owned()));
    }
}
