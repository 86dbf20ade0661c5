//! What a test runner printed, counted: tests that passed, and stories by database. Knows the lines of nextest and of
//! cargo's own runner.

/// Counts of one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Stories, whose tests are named `…::sqlite` and `…::postgres`.
    pub(crate) on_sqlite: usize,
    pub(crate) on_postgres: usize,
}

impl Counts {
    /// Takes a line of the runner's output.
    pub(crate) fn take(&mut self, line: &str) {
        let Some((name, passed)) = outcome(line.trim()) else { return };
        if !passed {
            self.failed += 1;
            return;
        }
        self.passed += 1;
        self.on_sqlite += usize::from(name.ends_with("::sqlite"));
        self.on_postgres += usize::from(name.ends_with("::postgres"));
    }
}

/// A test's name and whether it passed, if the line speaks of one.
pub(crate) fn outcome(line: &str) -> Option<(&str, bool)> {
    // cargo's own: `test a::b ... ok`; nextest: `PASS [   0.004s] (1/9) package::binary a::b`.
    if let Some((name, outcome)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) {
        return match outcome {
            "ok" => Some((name, true)),
            "FAILED" => Some((name, false)),
            _ => None,
        };
    }
    let (head, rest) = line.split_once('[')?;
    let passed = match head.trim() {
        "PASS" | "SLOW + PASS" | "LEAK" => true,
        head if head.starts_with("TRY ") && head.ends_with(" PASS") => true,
        "FAIL" | "ABORT" | "SIGABRT" | "SIGKILL" | "SIGSEGV" | "TIMEOUT" | "LEAK-FAIL" => false,
        _ => return None,
    };
    let name = rest.split_once(']')?.1.split_whitespace().next_back()?;
    Some((name, passed))
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counts(lines: &str) -> Counts {
        let mut counts = Counts::default();
        lines.lines().for_each(|line| counts.take(line));
        counts
    }

    #[test]
    fn nextest_is_read() {
        let read = counts(
            "   Compiling xtask\n        PASS [   0.004s] ( 1/10) kamurj-domain money::tests::adds\n        \
             PASS [   1.204s] kamurj-tests::stories sale::paid::sqlite\n        FAIL [   0.2s] kamurj-tests::stories sale::paid::postgres\n\
             LEAK [   0.1s] kamurj-tests::stories sale::late::postgres\n     Summary [   3.1s] 4 tests run: 3 passed, 1 failed",
        );
        assert_eq!(read, Counts { passed: 3, failed: 1, on_sqlite: 1, on_postgres: 1 });
    }

    #[test]
    fn cargo_test_is_read() {
        let read = counts(
            "running 3 tests\ntest sale::paid::sqlite ... ok\ntest a ... FAILED\ntest b ... ignored\ntest result: FAILED. 1 passed",
        );
        assert_eq!(read, Counts { passed: 1, failed: 1, on_sqlite: 1, on_postgres: 0 });
    }
}
