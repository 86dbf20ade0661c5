//! `cargo xtask plugins`: the first-party plugins as files. What a plugin is, the builder knows.

use kamurj_plugin_build::{Engine, TARGET, build_all_first_party, build_script};
use std::process::Command;

use crate::{place, process, say};

/// Builds them all and says what was built.
pub(crate) fn run() -> Result<(), String> {
    find_target()?;
    build()
}

/// Builds them all, with the target at hand.
pub(crate) fn build() -> Result<(), String> {
    say::long("build the plugins", || {
        let built = build_all_first_party(&place::plugins()).map_err(|error| error.to_string())?;
        for plugin in &built {
            let kilobytes = plugin.bytes.div_ceil(1024);
            say::line(&format!("     {} ({kilobytes} kB, {})", plugin.path.display(), say::took(plugin.took)));
        }
        Ok(((), format!("{} components in {}", built.len(), place::plugins().display())))
    })
}

/// Builds the guests in JavaScript and Python, with the tools installed where they are missing.
pub(crate) fn build_scripts() -> Result<(), String> {
    for engine in Engine::ALL {
        say::long(&format!("build the guest on {}", engine.word()), || {
            let path = build_script(engine).map_err(|error| error.to_string())?;
            Ok(((), path.display().to_string()))
        })?;
    }
    Ok(())
}

/// Adds the target of plugins where `rustup` knows that it is missing.
pub(crate) fn find_target() -> Result<(), String> {
    find(TARGET)
}

/// Adds a target where `rustup` knows that it is missing. Without `rustup` the build itself tells.
pub(crate) fn find(target: &str) -> Result<(), String> {
    let rustup = || {
        let mut rustup = Command::new("rustup");
        rustup.current_dir(place::checkout());
        rustup
    };
    say::step("find the WebAssembly target", || {
        let Ok(installed) = process::read(rustup().args(["target", "list", "--installed"])) else {
            return Ok(((), format!("{target}, if this Rust has it: there is no rustup to ask")));
        };
        if !installed.lines().any(|line| line.trim() == target) {
            process::show(rustup().args(["target", "add", target]))
                .map_err(|why| format!("{why}. Install with: rustup target add {target}"))?;
        }
        Ok(((), target.to_owned()))
    })
}
