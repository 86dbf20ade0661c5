//! Other programs: run to their end with their output shown or read, or kept in the background and stopped with the value
//! that holds them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::{say, signals};

const PAUSE: Duration = Duration::from_millis(30);
/// How long the streams of a program that has ended are listened to when nothing comes.
const QUIET: Duration = Duration::from_secs(1);
/// How long a program in the background may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);

/// The cargo that runs this program.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::place::checkout()).args(words);
    command
}

/// The command as a person would type it.
fn typed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(name) = Path::new(&words[0]).file_name() {
        words[0] = name.to_string_lossy().into_owned();
    }
    words.join(" ")
}

fn spawn(command: &mut Command) -> Result<Child, String> {
    command.spawn().map_err(|error| format!("`{}` could not be started: {error}", typed(command)))
}

fn judge(command: &Command, status: ExitStatus) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", typed(command))) }
}

/// Runs it; what it prints goes where this program's output goes.
pub(crate) fn show(command: &mut Command) -> Result<(), String> {
    let mut child = spawn(command.stdin(Stdio::null()))?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return judge(command, status),
            Ok(None) if signals::interrupted() => {
                end(&mut child);
                return Err("interrupted".to_owned());
            }
            Ok(None) => thread::sleep(PAUSE),
            Err(error) => return Err(format!("`{}`: {error}", typed(command))),
        }
    }
}

/// Runs it; every line that it prints is shown and handed to `look`.
pub(crate) fn watch(command: &mut Command, mut look: impl FnMut(&str)) -> Result<(), String> {
    let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, lines) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut bytes = Vec::new();
            // A test may print anything; what is no text must not end the reading.
            while stream.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if sender.send(text).is_err() {
                    return;
                }
                bytes.clear();
            }
        });
    }
    drop(sender);
    let mut heard = say::now();
    loop {
        match lines.recv_timeout(PAUSE) {
            Ok(text) => {
                heard = say::now();
                say::line(&text);
                look(&text);
            }
            Err(RecvTimeoutError::Timeout) if signals::interrupted() => {
                end(&mut child);
                return Err("interrupted".to_owned());
            }
            // Something that it left behind may keep the streams open.
            Err(RecvTimeoutError::Timeout) if heard.elapsed() > QUIET && !matches!(child.try_wait(), Ok(None)) => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().map_err(|error| format!("`{}`: {error}", typed(command)))?;
    judge(command, status)
}

/// Runs it and answers what it printed to its standard output; what it complained of is the error.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{}` could not be started: {error}", typed(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` ended with {}: {}", typed(command), output.status, said.trim()))
}

/// Asks a program to end, and makes it if it does not.
fn end(child: &mut Child) {
    let asked = Command::new("kill").arg(child.id().to_string()).stderr(Stdio::null()).status();
    let deadline = say::now() + GRACE;
    while asked.as_ref().is_ok_and(ExitStatus::success) && say::now() < deadline {
        match child.try_wait() {
            Ok(Some(_)) => return,
            Ok(None) => thread::sleep(PAUSE),
            Err(_) => break,
        }
    }
    // Neither can fail for a child that has not been waited for.
    let _ = child.kill();
    let _ = child.wait();
}

/// A program that runs beside this one and ends with this value.
pub(crate) struct Background {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Background {
    /// Starts it, with its output in a file.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: PathBuf) -> Result<Self, String> {
        let file = File::create(&log).map_err(|error| format!("`{}`: {error}", log.display()))?;
        let copy = file.try_clone().map_err(|error| format!("`{}`: {error}", log.display()))?;
        // A group of its own: Ctrl-C reaches this program alone, which then ends its servers in order.
        command.stdin(Stdio::null()).stdout(file).stderr(copy).process_group(0);
        Ok(Self { name, child: spawn(command)?, log })
    }

    /// An error once the program has ended, with the last that it said.
    pub(crate) fn alive(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(format!("the {} ended with {status}\n{}", self.name, self.last_lines(15))),
            Ok(None) => Ok(()),
            Err(error) => Err(format!("the {}: {error}", self.name)),
        }
    }

    /// The end of its log.
    pub(crate) fn last_lines(&self, count: usize) -> String {
        let text = fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(count)..];
        format!("     last lines of the {}'s log:\n     | {}", self.name, last.join("\n     | "))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// `PATH` with this folder before all others.
pub(crate) fn path_with(folder: &Path) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(old);
    path
}
