//! Where things lie: the checkout, and the cache folder outside of it that takes whatever is large.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "CARGO_TARGET_DIR";

/// The folder that holds the root manifest.
pub(crate) fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("this package lies one folder below the root manifest").to_owned()
}

/// The user's cache folder for this project.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    let base =
        base.ok_or("HOME is not set: set CARGO_TARGET_DIR and XDG_CACHE_HOME to folders that may be written.")?;
    Ok(base.join("kamurj"))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> Result<PathBuf, String> {
    match env::var_os(TARGET).filter(|value| !value.is_empty()) {
        Some(folder) => env::current_dir()
            .map(|here| here.join(folder))
            .map_err(|error| format!("the present folder cannot be read: {error}")),
        None => Ok(cache()?.join("target")),
    }
}

/// The components that the server loads.
pub(crate) fn plugins() -> PathBuf {
    checkout().join("target/plugins")
}

/// Makes sure that the target folder is set in the environment, by starting this program anew where it is not: cargo and
/// the plugin builder read it there.
pub(crate) fn move_into_cache() -> Result<(), String> {
    let target = target()?;
    if env::var_os(TARGET).is_some_and(|set| Path::new(&set) == target) {
        return take_over(&target);
    }
    let program = env::current_exe().map_err(|error| format!("this program's own file is not known: {error}"))?;
    let error = Command::new(program).args(env::args_os().skip(1)).env(TARGET, target).exec();
    Err(format!("this program cannot start itself anew: {error}"))
}

/// Makes the target folder this checkout's. Cargo tells members of a workspace apart by their place within it, so another
/// checkout's newer artefacts would pass for ours: they are removed, and what both depend on stays.
fn take_over(target: &Path) -> Result<(), String> {
    let owner = target.join("checkout");
    let ours = checkout().display().to_string();
    if fs::read_to_string(&owner).is_ok_and(|known| known == ours) {
        return Ok(());
    }
    if target.exists() {
        let guests = ["--target", kamurj_plugin_build::TARGET];
        let built = ["--profile", kamurj_plugin_build::PROFILE];
        let measured = vec!["--profile", crate::bench::PROFILE];
        for words in [Vec::new(), guests.to_vec(), [guests, built].concat(), measured] {
            let mut clean = crate::process::cargo(&["clean", "--quiet", "--workspace"]);
            let status = clean.args(&words).status().map_err(|error| format!("cargo cannot be run: {error}"))?;
            if !status.success() {
                return Err(format!("`{}` holds another checkout's work and cannot be cleaned", target.display()));
            }
        }
    }
    fs::create_dir_all(target)
        .and_then(|()| fs::write(&owner, ours))
        .map_err(|error| format!("`{}` cannot be written: {error}", owner.display()))
}

/// A fresh folder that goes away with this value, readable by nobody else.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes it, with this word in its name.
    pub(crate) fn make(word: &str) -> Result<Self, String> {
        use std::os::unix::fs::DirBuilderExt;
        let path = env::temp_dir().join(format!("kamurj-{word}-{}", crate::stack::chance::hex(8)?));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| format!("`{}` cannot be made: {error}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            crate::say::line(&format!("`{}` cannot be removed: {error}", self.0.display()));
        }
    }
}
