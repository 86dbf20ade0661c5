//! `kamurj plugin …`: for whoever makes plugins or looks after them on this machine. Reads the database of the settings, beside
//! a server or alone, and needs no key: whoever has the command line may ask about any merchant's.

use super::{plugin_logs, plugin_replay};
use crate::app::App;
use clap::Subcommand;
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Prints what an installation's plugin logged, the oldest line first.
    Logs(plugin_logs::Arguments),
    /// Runs a past delivery again from its record, without sending anything. Exit code 1 if the plugin does something else.
    Replay(plugin_replay::Arguments),
}

pub(super) async fn run(app: &Arc<App>, command: Command) -> Result<String, String> {
    match command {
        Command::Logs(arguments) => plugin_logs::run(app, arguments).await,
        Command::Replay(arguments) => plugin_replay::run(app, arguments).await,
    }
}
