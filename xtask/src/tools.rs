//! Tools that tests need: found where they usually are, installed where that can be done, else named with the line that
//! installs them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{place, process, say};

/// The version that `deny.toml` was written for.
const CARGO_DENY: &str = "0.20.2";
/// The oldest Node that playwright-core runs on.
const NODE: u32 = 18;

/// The first of these programs in `PATH`.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Whether this program may install packages.
pub(crate) fn is_root() -> bool {
    process::read(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

/// Installs Debian packages.
fn apt(packages: &[&str]) -> Result<(), String> {
    let by_hand = format!("Install with: sudo apt-get install -y {}", packages.join(" "));
    if find(&["apt-get"]).is_none() {
        return Err(format!(
            "missing, and there is no apt-get: install what your system calls {}",
            packages.join(", ")
        ));
    }
    if !is_root() {
        return Err(format!("missing. {by_hand}"));
    }
    say::line(&format!("     installing {}", packages.join(", ")));
    let quietly = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-qq"]).args(words).env("DEBIAN_FRONTEND", "noninteractive");
        process::show(&mut command).map_err(|why| format!("{why}. {by_hand}"))
    };
    quietly(&["update"])?;
    quietly(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// Finds something, or installs packages and looks again.
pub(crate) fn find_or_install<T>(
    name: &str,
    packages: &[&str],
    look: impl Fn() -> Option<T>,
    describe: impl Fn(&T) -> String,
) -> Result<T, String> {
    say::step(&format!("find {name}"), || {
        let found = if let Some(found) = look() {
            found
        } else {
            apt(packages)?;
            look().ok_or_else(|| format!("still missing after installing {}", packages.join(", ")))?
        };
        let detail = describe(&found);
        Ok((found, detail))
    })
}

/// rustfmt and clippy.
pub(crate) fn rust_components() -> Result<(), String> {
    say::step("find rustfmt and clippy", || {
        for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
            if process::read(&mut process::cargo(&[subcommand, "--version"])).is_err() {
                process::show(Command::new("rustup").args(["component", "add", component]))
                    .map_err(|why| format!("{why}. Install with: rustup component add {component}"))?;
            }
        }
        Ok(((), process::read(&mut process::cargo(&["clippy", "--version"]))?))
    })
}

/// cargo-deny as a program, if it is installed.
pub(crate) fn cargo_deny() -> Option<PathBuf> {
    let ours = place::cache().ok()?.join("tools/bin/cargo-deny");
    if ours.is_file() { Some(ours) } else { find(&["cargo-deny"]) }
}

/// cargo-deny, installed into the cache folder where it is missing.
pub(crate) fn install_cargo_deny() -> Result<PathBuf, String> {
    if let Some(found) = cargo_deny() {
        return say::step("find cargo-deny", || Ok((found.clone(), found.display().to_string())));
    }
    say::long("install cargo-deny (takes minutes, once)", || {
        let root = place::cache()?.join("tools");
        let mut install =
            process::cargo(&["install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--quiet", "--root"]);
        process::show(install.arg(&root).env("CARGO_TARGET_DIR", root.join("build")))
            .map_err(|why| format!("{why}. Install with: cargo install cargo-deny --locked"))?;
        // What was built on the way is of no use any more.
        let _ = fs::remove_dir_all(root.join("build"));
        cargo_deny().map(|found| (found.clone(), found.display().to_string())).ok_or_else(|| "still missing".to_owned())
    })
}

/// Python with its package manager, for the guests in Python.
pub(crate) fn python() -> Result<(), String> {
    let look = || process::read(Command::new("python3").args(["-m", "pip", "--version"])).ok();
    find_or_install("Python with pip", &["python3", "python3-pip"], look, Clone::clone).map(|_| ())
}

/// What the browser test needs.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) node: PathBuf,
    /// The folder whose `node_modules` has playwright-core, axe-core and html-validate.
    pub(crate) modules: PathBuf,
}

impl Browser {
    pub(crate) fn find() -> Result<Self, String> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let show = |path: &PathBuf| path.display().to_string();
        let chromium = find_or_install("Chromium", &["chromium"], || find(&names), show)?;
        find_or_install(
            "a font with Armenian letters",
            &["fonts-noto-core", "fontconfig"],
            armenian_font,
            Clone::clone,
        )?;
        let node = find_or_install("Node", &["nodejs", "npm"], node, show)?;
        let modules = playwright()?;
        Ok(Self { chromium, node, modules })
    }
}

/// Node with its package manager, if it is new enough for playwright-core.
fn node() -> Option<PathBuf> {
    find(&["npm"])?;
    let node = find(&["node"])?;
    let version = process::read(Command::new(&node).arg("--version")).ok()?;
    let major: u32 = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
    (major >= NODE).then_some(node)
}

fn armenian_font() -> Option<String> {
    let fonts = process::read(Command::new("fc-list").args([":lang=hy", "family"])).ok()?;
    fonts.lines().min().map(str::to_owned)
}

/// playwright-core and what judges pages. It drives the system's Chromium and brings none.
fn playwright() -> Result<PathBuf, String> {
    npm("playwright-core, axe-core and html-validate", "tests/browser", "tools/browser")
}

/// The folder whose `node_modules` has Lighthouse.
pub(crate) fn lighthouse() -> Result<PathBuf, String> {
    npm("Lighthouse", "tests/bench/lighthouse", "tools/lighthouse")
}

/// nginx, which lies where only root's `PATH` leads.
pub(crate) fn nginx() -> Result<PathBuf, String> {
    let look = || find(&["nginx"]).or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|file| file.is_file()));
    find_or_install("nginx", &["nginx-light"], look, |path| path.display().to_string())
}

/// What a folder's lock file names, in those versions and with those checksums, in a folder of the cache; answers that.
fn npm(what: &str, source: &str, cached: &str) -> Result<PathBuf, String> {
    say::step(&format!("find {what}"), || {
        let source = place::checkout().join(source);
        let folder = place::cache()?.join(cached);
        let lock = "package-lock.json";
        let wanted = read(&source.join(lock))?;
        let done = folder.join("installed.json");
        if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
            return Ok((folder.clone(), folder.display().to_string()));
        }
        fs::create_dir_all(&folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
        for name in ["package.json", lock] {
            fs::copy(source.join(name), folder.join(name)).map_err(|error| format!("`{name}`: {error}"))?;
        }
        let mut install = Command::new("npm");
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        process::show(install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
            .map_err(|why| format!("{why}. Install with: npm ci --prefix {}", folder.display()))?;
        fs::write(&done, wanted).map_err(|error| format!("`{}`: {error}", done.display()))?;
        Ok((folder.clone(), format!("installed into {}", folder.display())))
    })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))
}
