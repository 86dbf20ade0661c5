//! The rows of the table: a figure, what it stands beside, and what it should be. Written as lines of JSON while they are
//! measured.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::Failed;

/// One figure beside one baseline.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// The name by which the row is asked for.
    pub(crate) row: &'static str,
    /// What was measured.
    pub(crate) what: String,
    pub(crate) figure: f64,
    /// The baseline's as well.
    pub(crate) unit: &'static str,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) aim: Option<Aim>,
    /// What else was seen, for people.
    pub(crate) note: String,
}

/// What the figure stands beside.
#[derive(Debug, Serialize)]
pub(crate) struct Baseline {
    pub(crate) name: String,
    pub(crate) figure: f64,
    /// Figure by baseline.
    pub(crate) ratio: f64,
}

/// What the figure should be.
#[derive(Debug, Serialize)]
pub(crate) struct Aim {
    pub(crate) text: &'static str,
    pub(crate) met: bool,
}

impl Row {
    pub(crate) fn new(row: &'static str, what: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self { row, what: what.into(), figure, unit, baseline: None, aim: None, note: String::new() }
    }

    /// Sets a baseline beside it.
    pub(crate) fn beside(mut self, name: impl Into<String>, figure: f64) -> Self {
        self.baseline = Some(Baseline { name: name.into(), figure, ratio: self.figure / figure });
        self
    }

    /// Says what it should be, and whether it is: `met` reads the ratio.
    pub(crate) fn aiming(mut self, text: &'static str, met: impl FnOnce(f64) -> bool) -> Self {
        self.aim = self.baseline.as_ref().map(|baseline| Aim { text, met: met(baseline.ratio) });
        self
    }

    /// Says what it should be where that is no ratio.
    pub(crate) fn aimed(mut self, text: &'static str, met: bool) -> Self {
        self.aim = Some(Aim { text, met });
        self
    }

    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Where rows go.
pub(crate) struct Book(File);

impl Book {
    pub(crate) fn open(file: &Path) -> Result<Self, Failed> {
        Ok(Self(File::create(file).map_err(|error| format!("{}: {error}", file.display()))?))
    }

    /// Writes a row down and tells it.
    pub(crate) fn write(&mut self, row: &Row) -> Result<(), Failed> {
        let beside =
            row.baseline.as_ref().map(|base| format!(", {}: {} ({:.2} ×)", base.name, sig(base.figure), base.ratio));
        say(&format!("     {}: {} {}{}", row.what, sig(row.figure), row.unit, beside.unwrap_or_default()));
        self.line(&serde_json::to_value(row)?)
    }

    /// Writes facts about the machine down.
    pub(crate) fn machine(&mut self, facts: &Value) -> Result<(), Failed> {
        self.line(&json!({ "machine": facts }))
    }

    fn line(&mut self, value: &Value) -> Result<(), Failed> {
        writeln!(self.0, "{value}")?;
        Ok(self.0.flush()?)
    }
}

/// A number as people read it.
pub(crate) fn sig(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// Prints a line of progress. A closed pipe is no reason to stop measuring.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
