//! `kamurj journal …`: proves the journal untouched. Reads the database of the settings, beside a server or alone.

use crate::app::App;
use crate::work::checkpoint;
use clap::Subcommand;
use kamurj_domain::journal::checkpoint::Anchor;
use kamurj_store::audit::{self, Report};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Proves that no entry of any journal was changed, removed, inserted or reordered. Prints every finding; exit code 1
    /// where there is one. What is proven and not yet sealed is sealed then.
    Verify {
        /// NUMBER:MAC of a checkpoint, as an earlier proof printed it: proves that the list of checkpoints still has it.
        /// The anchor in the data directory is always asked about.
        #[arg(long, value_name = "NUMBER:MAC")]
        anchor: Vec<String>,
    },
}

pub(super) async fn run(app: &App, command: Command) -> Result<String, String> {
    let Command::Verify { anchor } = command;
    let mut anchors = anchor
        .iter()
        .map(|text| text.parse::<Anchor>().map_err(|error| format!("--anchor: {error}")))
        .collect::<Result<Vec<_>, _>>()?;
    anchors.extend(checkpoint::anchor(app).await.map_err(|error| error.to_string())?);
    let mut unheard = None;
    let mut tell = |finding: &audit::Finding| {
        if let Err(error) = super::say(&finding.to_string()) {
            unheard = Some(error);
        }
    };
    let report = audit::verify(&app.db, &app.sealer, &anchors, &mut tell).await.map_err(|error| error.to_string())?;
    if let Some(first) = &report.first {
        let count = report.findings;
        return Err(format!("the journal is not whole: {count} findings, the first at {first}"));
    }
    if let Some(error) = unheard {
        return Err(error);
    }
    // Only what was proven is sealed here: a seal over something forged would lend it weight.
    let newest = checkpoint::seal(app).await.map_err(|error| error.to_string())?.or(report.newest.clone());
    Ok(summary(&report, newest.as_ref()))
}

fn summary(report: &Report, newest: Option<&Anchor>) -> String {
    let Report { payments, entries, unsealed, .. } = report;
    let anchor = newest.map_or_else(|| "no checkpoint yet".to_owned(), |anchor| format!("anchor {anchor}"));
    format!(
        "the journal is whole: {payments} payments, {entries} entries, {unsealed} of them sealed just now, {anchor}"
    )
}
