//! The other program, which calls the Extism plugin when it is told to: its wasmtime is another one, so it lives in a
//! workspace and a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Failed, process};

/// A running one.
pub(crate) struct Extism {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Extism {
    pub(crate) fn start(program: &Path, plugin: &Path) -> Result<Self, Failed> {
        let mut child = Command::new(program)
            .arg(plugin)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let (asks, answers) = child.stdin.take().zip(child.stdout.take()).ok_or("the Extism program has no pipes")?;
        Ok(Self { child, asks, answers: BufReader::new(answers) })
    }

    /// So many calls: `echo` and `state` each in a fresh instance, `reused` in one. Their times in nanoseconds, and the
    /// processor time of the whole process.
    pub(crate) fn calls(&mut self, call: &str, count: usize) -> Result<(Vec<u64>, u64), Failed> {
        let id = self.child.id().to_string();
        let before = process::cpu(&id, None);
        writeln!(self.asks, "{call} {count}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() {
            return Err("the Extism program ended".into());
        }
        Ok((serde_json::from_str(&line)?, process::cpu(&id, None) - before))
    }
}

impl Drop for Extism {
    fn drop(&mut self) {
        // It may have ended already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
