//! `cargo xtask bench`: the performance table. Builds what is measured as it is shipped, has it measured, and prints each
//! figure beside its baseline of the same run. What a row is, the benchmark knows.

mod table;

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

use crate::options::Options;
use crate::place::Folder;
use crate::process::cargo;
use crate::tools::Browser;
use crate::{place, plugins, process, say, tools};

/// The profile of the root manifest that is measured.
pub(crate) const PROFILE: &str = "measured";
/// The workspace of what is compared with.
const EXTISM: &str = "tests/bench/extism/Cargo.toml";
/// What Extism's plugins are built for: core modules without WASI.
const EXTISM_TARGET: &str = "wasm32-unknown-unknown";

/// What stands beside the server and takes time to build or to install; `--skip-…` leaves it out.
const BESIDE: [&str; 2] = ["extism", "page"];

/// What was asked for.
pub(crate) struct Bench {
    rows: Option<String>,
    json: Option<String>,
    /// How long the row `soak` sells.
    minutes: Option<u64>,
    quick: bool,
    skip_build: bool,
    /// Of [`BESIDE`], what is left out.
    left_out: Vec<&'static str>,
}

impl Bench {
    /// Reads the options.
    pub(crate) fn read(options: &mut Options) -> Result<Self, String> {
        let bench = Self {
            rows: options.value("--rows")?,
            json: options.value("--json")?,
            minutes: options.number("--minutes")?,
            quick: options.flag("--quick"),
            skip_build: options.flag("--skip-build"),
            left_out: BESIDE.into_iter().filter(|name| options.flag(&format!("--skip-{name}"))).collect(),
        };
        options.end()?;
        Ok(bench)
    }
}

impl Bench {
    fn leaves_out(&self, name: &str) -> bool {
        self.left_out.contains(&name)
    }

    fn wants_page(&self) -> bool {
        !self.leaves_out("page") && self.rows.as_ref().is_none_or(|rows| rows.split(',').any(|row| row == "page"))
    }
}

/// What the rows about the page are measured with.
struct PageTools {
    nginx: PathBuf,
    browser: Browser,
    /// The folder whose `node_modules` has Lighthouse.
    lighthouse: PathBuf,
}

impl PageTools {
    fn find() -> Result<Self, String> {
        let nginx = tools::nginx()?;
        Ok(Self { nginx, browser: Browser::find()?, lighthouse: tools::lighthouse()? })
    }
}

/// Builds, measures, prints the table, and writes it where that was asked for.
pub(crate) fn run(bench: &Bench) -> Result<(), String> {
    let page = bench.wants_page().then(PageTools::find).transpose()?;
    if !bench.skip_build {
        build(bench.leaves_out("extism"))?;
    }
    let folder = Folder::make("bench")?;
    let out = folder.path().join("rows");
    let built = place::target()?.join(PROFILE);
    let mut measure = std::process::Command::new(built.join("kamurj-bench"));
    measure.current_dir(place::checkout()).arg("--server").arg(built.join("kamurj")).arg("--out").arg(&out);
    if let Some(rows) = &bench.rows {
        measure.args(["--rows", rows]);
    }
    if let Some(minutes) = bench.minutes {
        measure.args(["--minutes", &minutes.to_string()]);
    }
    if bench.quick {
        measure.arg("--quick");
    }
    if !bench.leaves_out("extism") {
        let (program, plugin) = extism()?;
        measure.arg("--extism").arg(program).arg("--extism-plugin").arg(plugin);
    }
    if let Some(PageTools { nginx, browser, lighthouse }) = &page {
        measure.arg("--nginx").arg(nginx).arg("--node").arg(&browser.node);
        measure.env("MODULES", lighthouse).env("CHROMIUM", &browser.chromium);
    }
    say::long("measure", || process::show(&mut measure).map(|()| ((), "done".to_owned())))?;
    let text = fs::read_to_string(&out).map_err(|error| format!("`{}`: {error}", out.display()))?;
    let result = read(&text)?;
    say::line("");
    for line in table::lines(&result) {
        say::line(&line);
    }
    match &bench.json {
        None => Ok(()),
        Some(file) => {
            let text = serde_json::to_string_pretty(&result).map_err(|error| error.to_string())?;
            fs::write(file, text + "\n").map_err(|error| format!("`{file}` cannot be written: {error}"))
        }
    }
}

fn build(skip_extism: bool) -> Result<(), String> {
    plugins::find_target()?;
    say::long("build the server and the benchmark, optimised (the first time takes a quarter of an hour)", || {
        let words =
            ["build", "--locked", "--profile", PROFILE, "--package", "kamurj-server", "--package", "kamurj-bench"];
        process::show(&mut cargo(&words)).map(|()| ((), "built".to_owned()))
    })?;
    if skip_extism {
        return Ok(());
    }
    plugins::find(EXTISM_TARGET)?;
    say::long("build Extism and its plugin (the first time takes minutes)", || {
        let common = ["build", "--locked", "--manifest-path", EXTISM];
        let mut program = cargo(&common);
        program.args(["--release", "--package", "kamurj-bench-extism"]);
        let mut plugin = cargo(&common);
        plugin.args(["--profile", "guest", "--target", EXTISM_TARGET, "--package", "kamurj-bench-extism-plugin"]);
        for command in [&mut program, &mut plugin] {
            process::show(command.env("CARGO_TARGET_DIR", extism_target()?))?;
        }
        Ok(((), "built".to_owned()))
    })
}

/// Apart from the rest, as its manifest is.
fn extism_target() -> Result<PathBuf, String> {
    Ok(place::target()?.join("extism"))
}

/// The program and the plugin.
fn extism() -> Result<(PathBuf, PathBuf), String> {
    let target = extism_target()?;
    let plugin = target.join(EXTISM_TARGET).join("guest/kamurj_bench_extism_plugin.wasm");
    Ok((target.join("release/kamurj-bench-extism"), plugin))
}

/// One object of the lines that the benchmark wrote: facts about the machine, and rows.
fn read(text: &str) -> Result<Value, String> {
    let mut machine = serde_json::Map::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        let line: Value =
            serde_json::from_str(line).map_err(|error| format!("the benchmark wrote no JSON: {error}"))?;
        match line.get("machine").and_then(Value::as_object) {
            Some(facts) => machine.extend(facts.clone()),
            None => rows.push(line),
        }
    }
    Ok(json!({ "machine": machine, "rows": rows }))
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn rows_and_facts_become_one_object() {
        let seen = read("{\"machine\":{\"cores\":2}}\n{\"row\":\"fresh\"}\n{\"machine\":{\"load_after\":\"1\"}}\n");
        let expected = json!({ "machine": { "cores": 2, "load_after": "1" }, "rows": [{ "row": "fresh" }] });
        assert_eq!(seen, Ok(expected));
        assert!(read("fresh 12").is_err());
    }
}
