//! `kamurj sandbox`: bank, chat and CRM to play a sale with, on loopback.

use crate::ambient::SystemClock;
use kamurj_domain::Clock;
use kamurj_sandbox::scripts::{Orders, Script};
use kamurj_sandbox::{Sandbox, Settings};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often webhooks and updates that are due are sent.
const TICK: Duration = Duration::from_millis(100);

/// Who plays a script that names no gateway.
const USUAL_GATEWAY: &str = "vpos";

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the page listens; Telegram, Bitrix24, the bank, WhatsApp, Messenger, Instagram, Instagram through pages, amoCRM, Google
    /// Sheets and the ERP take the next ten ports.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// JSON file with the tokens that the doubles expect; Meta's messengers have made-up accounts where it names none.
    #[arg(long)]
    settings: PathBuf,
    /// File with a script to play, see docs/sandbox.md. May be given several times.
    #[arg(long = "script")]
    scripts: Vec<PathBuf>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), String> {
    let text = std::fs::read_to_string(&arguments.settings)
        .map_err(|error| format!("--settings {}: {error}", arguments.settings.display()))?;
    let mut settings =
        Settings::from_json(&text).map_err(|error| format!("--settings {}: {error}", arguments.settings.display()))?;
    settings.listen = arguments.listen;
    let scripts = arguments.scripts.iter().map(|file| script(file)).collect::<Result<Vec<_>, String>>()?;
    let clock = Arc::new(|| SystemClock.now());
    let sandbox = Sandbox::start(settings, clock).await.map_err(|error| format!("--listen: {error}"))?;
    for (file, script) in scripts {
        let gateway = script.gateway.clone().unwrap_or_else(|| USUAL_GATEWAY.to_owned());
        let orders = script.orders.clone().unwrap_or(Orders::Next);
        sandbox.scripts.give(&gateway, script, orders).map_err(|why| format!("--script {file}: {why}"))?;
    }
    sandbox.keep_delivering(TICK);
    tracing::info!(
        telegram = sandbox.telegram_url,
        bitrix24 = sandbox.bitrix24_url,
        bank = sandbox.bank_url,
        whatsapp = sandbox.whatsapp_url,
        messenger = sandbox.messenger_url,
        instagram = sandbox.instagram_url,
        instagram_page = sandbox.instagram_page_url,
        amocrm = sandbox.amocrm_url,
        "sandbox on {page}, with people on {page}/messenger, {page}/instagram and {page}/amocrm too",
        page = sandbox.page_url
    );
    super::interrupted().await;
    sandbox.stop().await;
    Ok(())
}

fn script(file: &Path) -> Result<(String, Script), String> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| format!("--script {name}: {error}"))?;
    let script = Script::read(&text).map_err(|error| format!("--script {name}: {error}"))?;
    Ok((name, script))
}
