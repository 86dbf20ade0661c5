//! `kamurj audit …`: proves the log of what operators did. Reads the database of the settings, beside a server or alone.

use crate::app::App;
use clap::Subcommand;
use kamurj_store::audit_log;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Proves that no entry of any merchant's log was changed, removed or inserted. Prints where each chain ends; exit code 1 where one
    /// is not whole.
    Verify {
        /// MERCHANT:LENGTH:HASH, as an earlier proof printed it: proves that the chain still has it, so that its end was not cut off.
        #[arg(long, value_name = "MERCHANT:LENGTH:HASH")]
        head: Vec<String>,
    },
}

pub(super) async fn run(app: &App, command: Command) -> Result<String, String> {
    let Command::Verify { head } = command;
    let mut tx = app.db.snapshot().await.map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    let mut broken = Vec::new();
    for merchant in audit_log::chains(&mut tx).await.map_err(|error| error.to_string())? {
        match audit_log::verify(&mut tx, &merchant, &app.sealer).await.map_err(|error| error.to_string())? {
            Ok(length) => {
                let (_, hash) = audit_log::head(&mut tx, &merchant).await.map_err(|error| error.to_string())?;
                lines.push(format!("{merchant}:{length}:{hash}"));
            }
            Err((place, what)) => broken.push(format!("{merchant}/{place} {what}")),
        }
    }
    for text in head {
        let told = || format!("--head: `{text}` must be MERCHANT:LENGTH:HASH");
        let (merchant, rest) = text.split_once(':').ok_or_else(told)?;
        let (length, hash) = rest.split_once(':').ok_or_else(told)?;
        let length: i64 = length.parse().map_err(|_| told())?;
        let kept = audit_log::hash_at(&mut tx, merchant, length).await.map_err(|error| error.to_string())?;
        if length > 0 && kept.as_deref() != Some(hash) {
            broken.push(format!("{merchant}/{length} is not what it was"));
        }
    }
    if !broken.is_empty() {
        return Err(format!("the audit log is not whole: {}", broken.join(", ")));
    }
    Ok(format!("the audit log is whole: {} chains\n{}", lines.len(), lines.join("\n")).trim_end().to_owned())
}
