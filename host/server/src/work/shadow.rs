//! Another version of a plugin against what really happened: each of the installation's last runs once more, with what it was
//! given and answered then, and the differences in words. Nothing is sent and nothing is written.

use super::Fault;
use super::plugin_run::End;
use super::replay::{Recorded, prepared, read, told};
use crate::app::App;
use kamurj_domain::time;
use kamurj_plugins::{Plugin, differences};
use kamurj_store::runs::kept::{self, Run};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShadowBody {
    /// SHA-256 of the version that was tried.
    pub digest: String,
    /// The version that it calls itself.
    pub version: String,
    /// Runs in which it does the same.
    pub same: usize,
    /// Runs in which it does something else.
    pub different: usize,
    /// Runs in which it breaks.
    pub failed: usize,
    /// The runs, the newest first.
    pub runs: Vec<ComparedBody>,
}

/// One run of the two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedBody {
    /// What the plugin was called for: `dlv_…`, `inb_…`.
    pub owner: String,
    /// Which of its runs.
    pub run: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// What it was about: `order A-1042, payment.paid`.
    pub about: String,
    /// `same`, `different` or `failed`.
    pub result: String,
    /// What is otherwise, in words.
    pub differences: Vec<String>,
}

/// Tries this version in the installation's last so many runs.
pub async fn shadow(app: &Arc<App>, installation: &str, plugin: &Arc<Plugin>, last: i64) -> Result<ShadowBody, Fault> {
    let rows = kept::last(&mut app.db.read().await?, installation, last).await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in rows {
        runs.push(compare(app, &row, plugin).await?);
    }
    let count = |result: &str| runs.iter().filter(|run| run.result == result).count();
    Ok(ShadowBody {
        digest: plugin.digest.clone(),
        version: plugin.manifest.version.clone(),
        same: count("same"),
        different: count("different"),
        failed: count("failed"),
        runs,
    })
}

async fn compare(app: &Arc<App>, row: &Run, plugin: &Arc<Plugin>) -> Result<ComparedBody, Fault> {
    let recorded: Recorded = read(app, row).await?;
    let about = recorded.given.input.about(row);
    let then = recorded.steps.clone();
    let (plugin, context, ports, call) = prepared(app, row, recorded, plugin.clone()).await?;
    let report = app.runtime.shadow(&plugin, call, context, ports).await;
    let mut found = differences(&then, &report.steps);
    let end = report.end.map_or_else(End::Broke, End::Outcome);
    let before = row.ended.as_deref().unwrap_or_default();
    let broke = !matches!(end, End::Outcome(_)) && end.word() != before;
    if end.word() != before {
        let (now, then) = (told(end.word(), &end.detail()), told(before, &row.detail));
        found.push(format!("ended {now} instead of {then}"));
    } else if before != "done" && end.detail() != row.detail {
        found.push(format!("ended `{before}` for another reason: {} → {}", row.detail, end.detail()));
    }
    let result = match (broke, found.is_empty()) {
        (true, _) => "failed",
        (false, true) => "same",
        (false, false) => "different",
    };
    Ok(ComparedBody {
        owner: row.owner_id.clone(),
        run: row.run,
        at: time::rfc3339(row.at),
        about,
        result: result.to_owned(),
        differences: found,
    })
}
