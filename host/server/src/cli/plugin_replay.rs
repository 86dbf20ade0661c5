//! `kamurj plugin replay`: a past run once more, on this machine and without a network.

use crate::app::App;
use crate::work::replay::replay;
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The delivery's id, dlv_…, or an inbound message's, inb_….
    delivery: String,
    /// Which of its runs, from 1; the last one that has ended where it is left out.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    run: Option<i64>,
}

pub(super) async fn run(app: &Arc<App>, arguments: Arguments) -> Result<String, String> {
    let Arguments { delivery, run } = arguments;
    let found = replay(app, &delivery, run).await.map_err(|error| format!("{delivery}: {error}"))?;
    match found.difference {
        None => Ok(format!(
            "run {} of {delivery} is the same, byte for byte: {} host calls, ended {}",
            found.run, found.calls, found.ended
        )),
        Some(difference) => Err(format!("run {} of {delivery} is not the same: {difference}", found.run)),
    }
}
