//! The worker: a process of its own that turns one component into machine code, and then another one that makes a first
//! instance of it. Compiler and engine are large, and what strangers upload is made to break them; so a worker works without
//! secrets, files and network, under limits of memory and time, and whatever becomes of it, the server reads an answer or says
//! why there is none.

mod child;
#[cfg(target_os = "linux")]
mod confined;
mod frame;
mod parent;

use std::{fmt, path::PathBuf, time::Duration};

use zeroize::Zeroizing;

pub use parent::CompileLimit;
pub(crate) use parent::{attempt, compile};

/// Address space of the worker, in bytes. The largest known component takes 390 MiB of memory.
pub const COMPILE_MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Processor time of the worker: seven times what the largest known component takes, and five times what it takes an
/// unoptimised build.
pub const COMPILE_CPU: Duration = Duration::from_mins(2);

/// Time of a compilation from start to end. Longer than its processor time, because the worker stands back for others.
pub const COMPILE_WALL: Duration = Duration::from_mins(5);

/// Processor time of the worker that makes a component's first instance: a thousand times what the largest known one takes.
pub(crate) const TRY_CPU: Duration = Duration::from_secs(5);

/// Time of that trial from start to end.
pub(crate) const TRY_WALL: Duration = Duration::from_mins(1);

/// Largest artefact, in bytes: three times the largest known.
pub const COMPILED_BYTES: usize = 128 * 1024 * 1024;

/// How components are compiled and where the result is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CompileSettings {
    /// The program that compiles. See [`CompileSettings::new`].
    pub program: PathBuf,
    /// The folder of compiled artefacts.
    pub folder: PathBuf,
    /// Authenticates artefacts: whoever has it can have the server run any machine code.
    pub key: Zeroizing<[u8; 32]>,
    /// See [`COMPILE_MEMORY_BYTES`].
    pub memory_bytes: u64,
    /// See [`COMPILE_CPU`]; whole seconds.
    pub cpu: Duration,
    /// See [`COMPILE_WALL`].
    pub wall: Duration,
    /// See [`COMPILED_BYTES`].
    pub compiled_bytes: usize,
}

impl CompileSettings {
    /// The usual limits, and as the program the running one, which must call [`compile_plugin`] when its first argument is
    /// [`COMPILE_COMMAND`].
    pub fn new(folder: PathBuf, key: Zeroizing<[u8; 32]>) -> Self {
        Self {
            program: this_program(),
            folder,
            key,
            memory_bytes: COMPILE_MEMORY_BYTES,
            cpu: COMPILE_CPU,
            wall: COMPILE_WALL,
            compiled_bytes: COMPILED_BYTES,
        }
    }
}

impl fmt::Debug for CompileSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CompileSettings")
            .field("program", &self.program)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// The link and not what it points at: it leads to the running program also after an upgrade has replaced the file.
#[cfg(target_os = "linux")]
fn this_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

#[cfg(not(target_os = "linux"))]
fn this_program() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// The first argument of the compile worker.
pub const COMPILE_COMMAND: &str = "compile-plugin";

/// The whole work of a compile worker, from standard input to standard output, with the arguments after
/// [`COMPILE_COMMAND`]. To be called before the process has threads, files or connections.
pub fn compile_plugin(arguments: impl Iterator<Item = String>) -> std::process::ExitCode {
    child::run(arguments)
}
