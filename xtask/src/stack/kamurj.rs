//! The `kamurj` program of this checkout: built, and run as its own command line has it.

use serde_json::Value;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{place, plugins, process, say};

/// The program with only the settings given here, whatever the environment says.
pub(super) struct Kamurj {
    pub(super) program: PathBuf,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl Kamurj {
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KAMURJ_")) {
            command.env_remove(name);
        }
        command.args(words).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs an `admin` command and reads the object that it prints.
    pub(super) fn admin(&self, words: &[&str]) -> Result<Value, String> {
        let words: Vec<&str> = std::iter::once("admin").chain(words.iter().copied()).collect();
        let printed = process::read(&mut self.command(&words))?;
        serde_json::from_str(&printed).map_err(|error| format!("`kamurj admin {}` printed no JSON: {error}", words[1]))
    }
}

/// This checkout's copy: several checkouts may share one target folder.
fn copy() -> PathBuf {
    place::checkout().join("target/kamurj")
}

/// Where the program is.
pub(super) fn program() -> Result<PathBuf, String> {
    let program = copy();
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("`{}` is missing: run again without `--skip-build`", program.display()))
    }
}

/// Builds the server and the plugins.
pub(crate) fn build() -> Result<(), String> {
    plugins::find_target()?;
    say::long("build the server (the first time takes minutes)", || {
        process::show(&mut process::cargo(&["build", "--locked", "--package", "kamurj-server"]))?;
        let (built, program) = (place::target()?.join("debug/kamurj"), copy());
        // Under another name first: a server that runs keeps the file that it was started from.
        let partial = program.with_extension("new");
        fs::create_dir_all(place::checkout().join("target"))
            .and_then(|()| fs::copy(&built, &partial))
            .and_then(|_| fs::rename(&partial, &program))
            .map_err(|error| format!("`{}` cannot be copied to `{}`: {error}", built.display(), program.display()))?;
        Ok(((), program.display().to_string()))
    })?;
    plugins::build()
}
