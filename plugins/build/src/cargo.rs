//! One `cargo build` for a guest package, with the target installed when it is missing. Nothing here reads a component.

use std::{
    env,
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{PROFILE, TARGET};

/// Parts of files written so far, so that no two have one name.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// What the caller's own build set, and what would wrongly apply to the guest's.
const INHERITED: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
];

/// Why there is no component. The text says what to do about it.
#[derive(Debug)]
pub enum BuildError {
    /// A tool could not be started.
    Tool {
        /// Its name.
        tool: String,
        /// What the system said.
        source: io::Error,
    },
    /// The target is missing and could not be added.
    Target {
        /// What `rustup` said.
        output: String,
    },
    /// `cargo build` failed.
    Compile {
        /// The package.
        package: String,
        /// What `cargo` said.
        output: String,
    },
    /// The build succeeded but left no component where one was expected.
    NoComponent {
        /// Where it should be.
        expected: PathBuf,
    },
    /// The manifest cannot be read or put in.
    Manifest {
        /// The package.
        package: String,
        /// What is wrong.
        detail: String,
    },
    /// A guest in a language with an engine of its own could not be made.
    Script {
        /// Which.
        guest: String,
        /// What is wrong, or what a tool said.
        detail: String,
    },
    /// A file could not be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { tool, .. } => {
                write!(formatter, "`{tool}` could not be started: install Rust from https://rustup.rs")
            }
            Self::Target { output } => {
                write!(
                    formatter,
                    "the target {TARGET} is missing. Install it with:\n\n    rustup target add {TARGET}\n\n{output}"
                )
            }
            Self::Compile { package, output } => {
                write!(formatter, "`{package}` does not build:\n{output}")
            }
            Self::NoComponent { expected } => {
                write!(formatter, "the build left no component at `{}`: is the package a `cdylib`?", expected.display())
            }
            Self::Manifest { package: name, detail } | Self::Script { guest: name, detail } => {
                write!(formatter, "`{name}`: {detail}")
            }
            Self::File { path, .. } => {
                write!(formatter, "`{}` cannot be read or written", path.display())
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tool { source, .. } | Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Builds `package` of this workspace as a component, optimised, puts the manifest of its `plugin.toml` in, and answers where
/// it lies. Adds the target when it is missing.
pub fn build(package: &str) -> Result<PathBuf, BuildError> {
    let workspace = workspace();
    let mut output = compile(&workspace, package)?;
    if !output.status.success() && target_is_missing(&output) {
        add_target(&workspace)?;
        output = compile(&workspace, package)?;
    }
    if !output.status.success() {
        return Err(BuildError::Compile { package: package.to_owned(), output: text(&output.stderr) });
    }
    let component =
        target_folder(&workspace).join(TARGET).join(PROFILE).join(format!("{}.wasm", package.replace('-', "_")));
    if !component.is_file() {
        return Err(BuildError::NoComponent { expected: component });
    }
    let folder = folder_of(&workspace, package);
    if folder.join("plugin.toml").is_file() { with_manifest(package, &folder, &component) } else { Ok(component) }
}

/// Where a guest's package lies: its folder has the package's name without the prefix that says what kind of guest it is.
fn folder_of(workspace: &Path, package: &str) -> PathBuf {
    match (package.strip_prefix("kamurj-plugin-"), package.strip_prefix("kamurj-guest-")) {
        (Some(id), _) => workspace.join("plugins").join(id),
        (_, Some(id)) => workspace.join("tests/guests").join(id),
        _ => workspace.join("plugins").join(package),
    }
}

/// The component with its manifest, beside the one that the compiler left.
pub(crate) fn with_manifest(package: &str, folder: &Path, component: &Path) -> Result<PathBuf, BuildError> {
    let wrong = |detail: String| BuildError::Manifest { package: package.to_owned(), detail };
    let file = |path: &Path| {
        let path = path.to_path_buf();
        move |source| BuildError::File { path, source }
    };
    let manifest = kamurj_manifest::from_folder(folder).map_err(|error| wrong(error.to_string()))?;
    let bytes = fs::read(component).map_err(file(component))?;
    let packed = kamurj_manifest::embed(bytes, &manifest).map_err(|error| wrong(error.to_string()))?;
    let path = component.with_extension("plugin.wasm");
    // Under another name first: tests of several processes, and several of one, build the same guest at once.
    let own = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let partial = component.with_extension(format!("plugin.wasm.{}.{}", own.0, own.1));
    fs::write(&partial, packed).map_err(file(&partial))?;
    fs::rename(&partial, &path).map_err(file(&path))?;
    Ok(path)
}

/// The folder that holds the root manifest.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this package lies two folders below the workspace").to_path_buf()
}

/// Where cargo puts what it builds, in the same way that cargo itself decides.
pub(crate) fn target_folder(workspace: &Path) -> PathBuf {
    // A relative folder is relative to where cargo runs, and it is run in the workspace.
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), |folder| workspace.join(folder))
}

fn compile(workspace: &Path, package: &str) -> Result<Output, BuildError> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(&cargo);
    command.current_dir(workspace).args([
        "build",
        "--package",
        package,
        "--target",
        TARGET,
        "--profile",
        PROFILE,
        "--locked",
        "--quiet",
    ]);
    for name in INHERITED {
        command.env_remove(name);
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", without_paths(workspace));
    command.output().map_err(|source| BuildError::Tool { tool: cargo, source })
}

/// Flags by which a component says nothing of the machine that built it: messages of panics name files by their packages alone.
fn without_paths(workspace: &Path) -> OsString {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let sources = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let sources = sources.into_iter().flatten().flatten().map(|entry| (entry.path(), "packages"));
    let mut flags = OsString::new();
    for (from, to) in sources.chain([(workspace.to_path_buf(), "kamurj")]) {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push(format!("={to}"));
    }
    flags
}

/// The compiler says so with E0463, "can't find crate for `core`", and adds the note about the target.
fn target_is_missing(output: &Output) -> bool {
    let said = text(&output.stderr);
    said.contains("E0463") && said.contains("target may not be installed")
}

fn add_target(workspace: &Path) -> Result<(), BuildError> {
    let added = Command::new("rustup").current_dir(workspace).args(["target", "add", TARGET]).output();
    match added {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(BuildError::Target { output: text(&output.stderr) }),
        Err(error) => Err(BuildError::Target { output: format!("`rustup` could not be started: {error}") }),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
