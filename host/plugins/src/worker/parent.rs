//! The server's side of a compilation: starts a worker, waits for it within its limits, and says in plain words what
//! became of it. Nothing that a worker does can fail the server.

use std::{
    os::unix::process::ExitStatusExt as _,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

use super::{
    COMPILE_COMMAND, CompileSettings, TRY_CPU, TRY_WALL,
    child::{Order, Task},
    frame::{self, Head, Wrong},
};
use crate::{engine::Flavour, load::LoadError, trial::Terms};

/// What is kept of a worker's standard error, in bytes; the rest is read and dropped.
const ERRORS_BYTES: u64 = 4096;

/// Signals, by the numbers of every system that the server runs on.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

/// Why a compiler was stopped before it was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileLimit {
    /// Processor time.
    #[error("{0} s of processor time")]
    Cpu(u64),
    /// Address space.
    #[error("{0} MiB of memory")]
    Memory(u64),
    /// Time from start to end.
    #[error("{} s from start to end", .0.as_secs_f32())]
    Wall(Duration),
    /// Size of the artefact.
    #[error("{0} MiB of machine code")]
    Artefact(usize),
}

/// Has a component compiled. The caller has seen that the bytes are a component of a size that is allowed.
pub(crate) async fn compile(
    settings: &CompileSettings,
    flavour: Flavour,
    component: &[u8],
) -> Result<Vec<u8>, LoadError> {
    let task = Task::Compile { memory_bytes: settings.memory_bytes };
    let order = Order { flavour, cpu_seconds: settings.cpu.as_secs().max(1), task };
    let Some(finished) = started(settings, &order, settings.wall, component).await? else {
        return Err(LoadError::TooCostly(CompileLimit::Wall(settings.wall)));
    };
    judge(&finished, settings, &order)
}

/// Has an instance of an artefact made, which the caller got from [`compile`].
pub(crate) async fn attempt(
    settings: &CompileSettings,
    flavour: Flavour,
    terms: &Terms,
    artefact: &[u8],
) -> Result<(), LoadError> {
    let order = Order { flavour, cpu_seconds: TRY_CPU.as_secs(), task: Task::Try(Box::new(terms.clone())) };
    let Some(finished) = started(settings, &order, TRY_WALL, artefact).await? else {
        return Err(LoadError::DoesNotStart(format!("stopped after {} s", TRY_WALL.as_secs())));
    };
    judge(&finished, settings, &order).map(|_| ())
}

/// Starts a worker and hears it to its end; none for one that was stopped because its time was over.
async fn started(
    settings: &CompileSettings,
    order: &Order,
    wall: Duration,
    given: &[u8],
) -> Result<Option<Finished>, LoadError> {
    let mut child = Command::new(&settings.program)
        .arg0("kamurj")
        .arg(COMPILE_COMMAND)
        .args(order.arguments())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| LoadError::Host(format!("the compile worker does not start: {error}")))?;
    let finished = tokio::time::timeout(wall, converse(&mut child, given, settings.compiled_bytes)).await;
    let Ok(finished) = finished else {
        // Waits for its end too, so that no second worker computes beside it.
        let _ = child.kill().await;
        return Ok(None);
    };
    finished.map(Some).map_err(|error| LoadError::Host(format!("the compile worker is not heard: {error}")))
}

/// What a worker left.
struct Finished {
    answer: Vec<u8>,
    errors: String,
    /// None for one that was killed because its answer was too long.
    status: Option<ExitStatus>,
}

async fn converse(child: &mut Child, given: &[u8], most: usize) -> std::io::Result<Finished> {
    let missing = || std::io::Error::other("a pipe is missing");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    let asked = async move {
        // A worker that has ended hears nothing; its end says why.
        let _ = input.write_all(given).await;
        drop(input);
    };
    // The head's length is small beside the room that is left for it.
    let most = most + 128 * 1024;
    let heard = async {
        let mut answer = Vec::new();
        output.take(most as u64 + 1).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let ((), answer, errors) = tokio::join!(asked, heard, complaints(errors));
    let answer = answer?;
    if answer.len() > most {
        child.kill().await?;
        return Ok(Finished { answer: Vec::new(), errors, status: None });
    }
    Ok(Finished { answer, errors, status: Some(child.wait().await?) })
}

async fn complaints(mut errors: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    // What cannot be read is missing from a log line, and that is all.
    let _ = (&mut errors).take(ERRORS_BYTES).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

fn judge(finished: &Finished, settings: &CompileSettings, order: &Order) -> Result<Vec<u8>, LoadError> {
    let Some(status) = finished.status else {
        return Err(LoadError::TooCostly(CompileLimit::Artefact(settings.compiled_bytes >> 20)));
    };
    if !status.success() {
        return Err(stopped(status, &finished.errors, settings, order));
    }
    let Some((head, artefact)) = frame::read(&finished.answer) else {
        return Err(LoadError::CompilerFailed("its answer cannot be read".to_owned()));
    };
    let Head { wrong, unconfined, .. } = head;
    for part in unconfined {
        tracing::warn!(part = %frame::shortened(&part), "the system refused a part of the compile worker's confinement");
    }
    match wrong {
        Some(Wrong::Invalid(complaint)) if is_want_of_memory(&complaint) => Err(out_of_memory(settings)),
        Some(Wrong::Invalid(complaint)) => Err(LoadError::Invalid(frame::shortened(&complaint))),
        Some(Wrong::Incompatible(why)) => Err(LoadError::Incompatible(frame::shortened(&why))),
        Some(Wrong::DoesNotStart(why)) => Err(LoadError::DoesNotStart(frame::shortened(&why))),
        None => Ok(artefact.to_vec()),
    }
}

/// The words for a worker that did not end by itself, or not well.
fn stopped(status: ExitStatus, errors: &str, settings: &CompileSettings, order: &Order) -> LoadError {
    tracing::warn!(%status, errors = %frame::shortened(errors), "a compile worker ended without an answer");
    if matches!(order.task, Task::Try(_)) {
        return LoadError::DoesNotStart(match status.signal() {
            Some(SIGXCPU) => format!("stopped after {} s of processor time", order.cpu_seconds),
            Some(signal) => format!("the process that tried it was ended by signal {signal}"),
            None => "the process that tried it failed".to_owned(),
        });
    }
    if status.signal() == Some(SIGXCPU) {
        return LoadError::TooCostly(CompileLimit::Cpu(settings.cpu.as_secs().max(1)));
    }
    if is_want_of_memory(errors) {
        return out_of_memory(settings);
    }
    LoadError::CompilerFailed(match (status.signal(), status.code()) {
        // Nobody else has a reason to: the worker's own limits end it in other ways.
        (Some(SIGKILL), _) => "it was killed, most likely because the machine ran out of memory".to_owned(),
        (Some(signal), _) => format!("it was ended by signal {signal}"),
        (None, Some(code)) => format!("it ended with code {code}"),
        (None, None) => "it ended".to_owned(),
    })
}

/// The words of Rust's allocator, of the system, and of the compiler, which each meet the limit in their own way.
fn is_want_of_memory(said: &str) -> bool {
    ["memory allocation of", "Cannot allocate memory", "failed to allocate"].iter().any(|words| said.contains(words))
}

fn out_of_memory(settings: &CompileSettings) -> LoadError {
    LoadError::TooCostly(CompileLimit::Memory(settings.memory_bytes >> 20))
}
