//! `cargo xtask simulate`: the simulation, with the plugins that it needs. What a world is, the simulation knows.

use crate::options::Options;
use crate::process::{self, cargo};
use crate::{place, plugins};

/// What the simulation is asked for, word for word.
pub(crate) struct Simulate {
    words: Vec<String>,
    skip_build: bool,
}

impl Simulate {
    /// Reads the options.
    pub(crate) fn read(options: &mut Options) -> Result<Self, String> {
        let mut words = Vec::new();
        for name in ["--orders", "--seed", "--world", "--per-world", "--bakery", "--threads"] {
            if let Some(number) = options.number::<u64>(name)? {
                words.extend([name.to_owned(), number.to_string()]);
            }
        }
        if let Some(defect) = options.value("--defect")? {
            words.extend(["--defect".to_owned(), defect]);
        }
        if options.flag("--calm") {
            words.push("--calm".to_owned());
        }
        let skip_build = options.flag("--skip-build");
        options.end()?;
        Ok(Self { words, skip_build })
    }
}

/// Builds the plugins and runs the simulation.
pub(crate) fn run(simulate: &Simulate) -> Result<(), String> {
    if !simulate.skip_build {
        plugins::run()?;
    }
    let mut run =
        cargo(&["run", "--quiet", "--locked", "--package", "kamurj-simulation", "--bin", "kamurj-simulate", "--"]);
    process::show(run.args(&simulate.words).env("KAMURJ_TEST_PLUGINS", place::plugins()))
}
