//! `cargo xtask conformance`: every provider through the same stories, and the table of what came of it. What the stories are,
//! `tests/conformance` knows; this reads the test runner's lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::counts::outcome;
use crate::options::Options;
use crate::postgres::{self, Postgres};
use crate::process::{self, cargo};
use crate::{place, plugins, say, tools};

/// What the conformance suite is asked for.
pub(crate) struct Conformance {
    quick: bool,
    skip_build: bool,
}

impl Conformance {
    /// Reads the options.
    pub(crate) fn read(options: &mut Options) -> Result<Self, String> {
        let conformance = Self { quick: options.flag("--quick"), skip_build: options.flag("--skip-build") };
        options.end()?;
        Ok(conformance)
    }
}

/// Stories by name, with what came of each at each provider: how many of its tests passed, and how many did not.
#[derive(Default)]
struct Table {
    providers: BTreeSet<String>,
    stories: BTreeMap<String, BTreeMap<String, (usize, usize)>>,
}

impl Table {
    /// Takes a line of the runner's output.
    fn take(&mut self, line: &str) {
        let Some((name, passed)) = outcome(line.trim()) else { return };
        let mut parts = name.split("::");
        let (Some(provider), Some(story), Some("sqlite" | "postgres"), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        self.providers.insert(provider.to_owned());
        let row = self.stories.entry(story.to_owned()).or_default();
        let cell = row.entry(provider.to_owned()).or_default();
        if passed { cell.0 += 1 } else { cell.1 += 1 }
    }

    /// The lines of the table; a cell that has no test says so.
    fn lines(&self) -> Vec<String> {
        let width = self.stories.keys().map(String::len).max().unwrap_or_default();
        let head: Vec<String> = self.providers.iter().map(|provider| format!("{provider:<11}")).collect();
        let mut lines = vec![format!("{:<width$}  {}", "", head.join(" ")).trim_end().to_owned()];
        for (story, row) in &self.stories {
            let cells: Vec<String> = self
                .providers
                .iter()
                .map(|provider| match row.get(provider) {
                    Some((passed, 0)) if *passed > 0 => format!("{:<11}", "ok"),
                    Some((_, failed)) => format!("{:<11}", format!("FAIL {failed}")),
                    None => format!("{:<11}", "missing"),
                })
                .collect();
            let words = story.replace('_', " ");
            lines.push(format!("{words:<width$}  {}", cells.join(" ")).trim_end().to_owned());
        }
        lines
    }

    fn is_green(&self) -> bool {
        let whole = |row: &BTreeMap<String, (usize, usize)>| {
            row.len() == self.providers.len() && row.values().all(|(passed, failed)| *passed > 0 && *failed == 0)
        };
        !self.stories.is_empty() && self.stories.values().all(whole)
    }
}

/// Runs the stories and prints the table.
pub(crate) fn run(conformance: &Conformance) -> Result<(), String> {
    let bin = if conformance.quick { None } else { Some(postgres::find()?) };
    if !conformance.skip_build {
        plugins::run()?;
    }
    let server = bin.as_deref().map(Postgres::start).transpose()?;
    let mut run = if tools::find(&["cargo-nextest"]).is_some() {
        let words = ["nextest", "run", "--workspace", "--locked", "--test", "conformance", "--status-level=pass"];
        let mut run = cargo(&words);
        run.args(["--color=never", "--no-fail-fast"]);
        if server.is_none() {
            run.args(["--filterset", "not test(/::postgres$/)"]);
        }
        run
    } else {
        let mut run = cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--test", "conformance"]);
        if server.is_none() {
            run.args(["--", "--skip", "::postgres"]);
        }
        run
    };
    run.env("KAMURJ_TEST_PLUGINS", place::plugins());
    if let (Some(server), Some(bin)) = (&server, &bin) {
        run.env("KAMURJ_TEST_POSTGRES", server.url()).env("PATH", process::path_with(bin));
    }
    let mut table = Table::default();
    let ran = process::watch(&mut run, |line| table.take(line));
    say::line("");
    table.lines().iter().for_each(|line| say::line(line));
    say::line("");
    ran?;
    if !table.is_green() {
        return Err("FAIL conformance: a cell of the table is not ok".to_owned());
    }
    let cells = table.stories.len() * table.providers.len();
    say::line(&format!(
        "{cells} cells, all ok, on {}",
        if server.is_some() { "SQLite and PostgreSQL" } else { "SQLite" }
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn the_table_has_a_cell_for_each_provider_and_is_green_when_each_is() {
        let mut table = Table::default();
        for line in [
            "        PASS [   1.2s] kamurj-tests::conformance rbs::left_unpaid::sqlite",
            "        PASS [   1.2s] kamurj-tests::conformance rbs::left_unpaid::postgres",
            "        PASS [   1.2s] kamurj-tests::conformance idram::left_unpaid::sqlite",
            "        PASS [   0.2s] kamurj-domain money::tests::adds",
        ] {
            table.take(line);
        }
        assert_eq!(table.lines(), ["             idram       rbs", "left unpaid  ok          ok"]);
        assert!(table.is_green());
        table.take("        FAIL [   1.2s] kamurj-tests::conformance rbs::paid::sqlite");
        assert_eq!(table.lines()[2], "paid         missing     FAIL 1");
        assert!(!table.is_green());
    }
}
