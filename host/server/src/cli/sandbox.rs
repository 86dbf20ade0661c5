//! `kamurj sandbox`: bank, chat and CRM to play a sale with, on loopback.

use crate::ambient::SystemClock;
use kamurj_domain::Clock;
use kamurj_sandbox::{Sandbox, Settings};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often webhooks and updates that are due are sent.
const TICK: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the page listens; Telegram, Bitrix24 and the bank take the next three ports.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// JSON file with the tokens that the doubles expect.
    #[arg(long)]
    settings: PathBuf,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), String> {
    let text = std::fs::read_to_string(&arguments.settings)
        .map_err(|error| format!("--settings {}: {error}", arguments.settings.display()))?;
    let mut settings =
        Settings::from_json(&text).map_err(|error| format!("--settings {}: {error}", arguments.settings.display()))?;
    settings.listen = arguments.listen;
    let clock = Arc::new(|| SystemClock.now());
    let sandbox = Sandbox::start(settings, clock).await.map_err(|error| format!("--listen: {error}"))?;
    sandbox.keep_delivering(TICK);
    tracing::info!(
        telegram = sandbox.telegram_url,
        bitrix24 = sandbox.bitrix24_url,
        bank = sandbox.bank_url,
        "sandbox on {}",
        sandbox.page_url
    );
    super::interrupted().await;
    sandbox.stop().await;
    Ok(())
}
