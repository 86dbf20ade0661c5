//! Guests in languages that bring their engine along: the tools, in the versions that the tree locks, are installed once into the
//! user's cache folder; what they make is kept beside cargo's own output until a source, the contract or a tool changes.

use std::{
    env,
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::cargo::{BuildError, target_folder, with_manifest, workspace};

/// An engine for a language that is not compiled to WebAssembly itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// JavaScript, small: starts in a fifth of a millisecond.
    QuickJs,
    /// JavaScript, the browser's: large, and quick once it runs.
    StarlingMonkey,
    /// CPython.
    Python,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::QuickJs, Self::StarlingMonkey, Self::Python];

    /// A word for files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::QuickJs => "quickjs",
            Self::StarlingMonkey => "starlingmonkey",
            Self::Python => "python",
        }
    }

    /// The guest's folder below `tests/guests`.
    fn language(self) -> &'static str {
        match self {
            Self::QuickJs | Self::StarlingMonkey => "js",
            Self::Python => "python",
        }
    }

    /// Which of the folder's files say what is to be installed.
    fn locks(self) -> &'static [&'static str] {
        match self {
            Self::QuickJs | Self::StarlingMonkey => &["package.json", "package-lock.json"],
            Self::Python => &["requirements.txt"],
        }
    }

    /// Which of them make the component.
    fn sources(self) -> &'static [&'static str] {
        match self {
            Self::QuickJs | Self::StarlingMonkey => &["plugin.js", "build.mjs", "plugin.toml"],
            Self::Python => &["plugin.py", "plugin.toml"],
        }
    }
}

/// Builds the guest of `tests/guests/js` or `tests/guests/python` with this engine and answers where the component lies. Needs
/// Node with npm, or Python with pip; a second build of the same sources needs nothing.
pub fn build_script(engine: Engine) -> Result<PathBuf, BuildError> {
    let workspace = workspace();
    let folder = workspace.join("tests/guests").join(engine.language());
    let out = target_folder(&workspace).join("scripts");
    fs::create_dir_all(&out).map_err(file(&out))?;
    // Tests of several processes build the same guest.
    let _turn = lock(&out.join(format!("{}.lock", engine.word())))?;
    let digest = digest(&workspace, &folder, engine)?;
    let component = out.join(format!("{}.wasm", engine.word()));
    let (built, packed) = (component.with_extension("digest"), component.with_extension("plugin.wasm"));
    if packed.is_file() && fs::read_to_string(&built).is_ok_and(|known| known == digest) {
        return Ok(packed);
    }
    let tools = install(&folder, engine)?;
    let wit = workspace.join("wit");
    // Away from the sources, beside which Python would leave what it compiles, and within reach of the installed packages.
    let scratch = tools.join(format!("work-{}-{}", engine.word(), std::process::id()));
    fs::create_dir_all(&scratch).map_err(file(&scratch))?;
    for name in engine.sources() {
        copy(&folder.join(name), &scratch.join(name))?;
    }
    let made = match engine {
        Engine::QuickJs | Engine::StarlingMonkey => {
            let mut node = Command::new("node");
            node.current_dir(&scratch).args(["build.mjs", engine.word()]).args([
                &wit,
                Path::new("plugin.js"),
                &component,
            ]);
            run(engine, "node", &mut node)
        }
        Engine::Python => {
            let mut python = Command::new("python3");
            let script = "import componentize_py, sys; sys.exit(componentize_py.script())";
            python.current_dir(&scratch).env("PYTHONPATH", &tools).args(["-c", script, "--wit-path"]).arg(&wit);
            python.args(["--world", "crm", "componentize", "--python-path", ".", "plugin", "--output"]).arg(&component);
            run(engine, "python3", &mut python)
        }
    };
    let _ = fs::remove_dir_all(&scratch);
    made?;
    if !component.is_file() {
        return Err(BuildError::NoComponent { expected: component });
    }
    let packed = with_manifest(engine.word(), &folder, &component)?;
    fs::write(&built, digest).map_err(file(&built))?;
    Ok(packed)
}

/// The folder with the tools that the lock files name, installed where it is missing.
fn install(folder: &Path, engine: Engine) -> Result<PathBuf, BuildError> {
    let mut hash = Sha256::new();
    for name in engine.locks() {
        add(&mut hash, &folder.join(name))?;
    }
    let base = cache()?.join("tools");
    fs::create_dir_all(&base).map_err(file(&base))?;
    let name = format!("{}-{}", engine.language(), &hexadecimal(&hash.finalize())[..16]);
    let (tools, partial) = (base.join(&name), base.join(format!(".{name}")));
    let _turn = lock(&base.join(format!("{}.lock", engine.language())))?;
    if tools.is_dir() {
        return Ok(tools);
    }
    // Half an installation of an earlier try.
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).map_err(file(&partial))?;
    for name in engine.locks() {
        copy(&folder.join(name), &partial.join(name))?;
    }
    match engine {
        Engine::QuickJs | Engine::StarlingMonkey => {
            let mut npm = Command::new("npm");
            // Not `ci`: it insists on optional packages for systems that their publishers left out. What the lock file names is held
            // to its version and checksum all the same.
            npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&partial);
            run(engine, "npm", &mut npm)?;
        }
        Engine::Python => {
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]);
            pip.args(["--requirement", "requirements.txt", "--target", "."]).current_dir(&partial);
            run(engine, "python3", &mut pip)?;
        }
    }
    fs::rename(&partial, &tools).map_err(file(&tools))?;
    Ok(tools)
}

/// Everything that the component depends on.
fn digest(workspace: &Path, folder: &Path, engine: Engine) -> Result<String, BuildError> {
    let wit = workspace.join("wit");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&wit).map_err(file(&wit))? {
        paths.push(entry.map_err(file(&wit))?.path());
    }
    paths.sort();
    paths.extend(engine.locks().iter().chain(engine.sources()).map(|name| folder.join(name)));
    let mut hash = Sha256::new();
    hash.update(engine.word());
    for path in paths {
        add(&mut hash, &path)?;
    }
    Ok(hexadecimal(&hash.finalize()))
}

fn add(hash: &mut Sha256, path: &Path) -> Result<(), BuildError> {
    let bytes = fs::read(path).map_err(file(path))?;
    hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(&bytes);
    Ok(())
}

/// The user's cache folder for this project.
fn cache() -> Result<PathBuf, BuildError> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("kamurj")).ok_or_else(|| BuildError::Script {
        guest: "a script".to_owned(),
        detail: "HOME is not set: set XDG_CACHE_HOME to a folder that may be written".to_owned(),
    })
}

/// Held until it is dropped; waits for whoever holds it.
fn lock(path: &Path) -> Result<File, BuildError> {
    let held = File::create(path).map_err(file(path))?;
    held.lock().map_err(file(path))?;
    Ok(held)
}

fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    fs::copy(from, to).map(|_| ()).map_err(file(from))
}

fn run(engine: Engine, tool: impl AsRef<OsStr>, command: &mut Command) -> Result<(), BuildError> {
    let tool = tool.as_ref().to_string_lossy();
    let wrong = |detail| BuildError::Script { guest: engine.word().to_owned(), detail };
    let output = command.output().map_err(|error| {
        wrong(format!("`{tool}` could not be started ({error}): install Node 18 or newer with npm, and Python 3.10 or newer with pip"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(wrong(format!("`{tool}` failed:\n{}", String::from_utf8_lossy(&said).trim_end())))
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> BuildError + use<> {
    let path = path.to_path_buf();
    move |source| BuildError::File { path, source }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
