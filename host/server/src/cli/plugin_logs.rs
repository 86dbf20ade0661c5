//! `kamurj plugin logs`: an installation's log, as its operator reads it.

use crate::app::App;
use kamurj_domain::time;
use kamurj_store::installations;
use kamurj_store::runs::kept::{self, Before};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The installation's id, ins_….
    installation: String,
    /// Only lines of this level.
    #[arg(long, value_parser = ["error", "warn", "info", "debug"])]
    level: Option<String>,
    /// How many lines, the newest of all.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
}

pub(super) async fn run(app: &App, arguments: Arguments) -> Result<String, String> {
    let Arguments { installation, level, limit } = arguments;
    let failed = |error: kamurj_store::Error| error.to_string();
    let mut tx = app.db.read().await.map_err(failed)?;
    if installations::by_id(&mut tx, &installation).await.map_err(failed)?.is_none() {
        return Err(format!(
            "INSTALLATION: no installation has the id `{installation}`; `kamurj admin install-plugin` printed it, it begins with ins_"
        ));
    }
    let newest = kept::lines(&mut tx, &installation, level.as_deref(), &Before::NEWEST, limit).await.map_err(failed)?;
    let mut shown = Vec::with_capacity(newest.len());
    for line in newest.iter().rev() {
        shown.push(format!("{} {} {}/{} {}", time::rfc3339(line.at), line.level, line.owner_id, line.run, line.line));
    }
    Ok(if shown.is_empty() { "nothing was logged".to_owned() } else { shown.join("\n") })
}
