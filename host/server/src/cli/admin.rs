//! `kamurj admin …`: sets merchants up. Works on the database of the settings; a running server sees the change at once.

use crate::app::App;
use crate::install::{self, Entered, NewKey, NewMerchant, NewPolicy};
use clap::{Args, Subcommand};
use kamurj_domain::Mode;
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Makes a merchant.
    CreateMerchant {
        /// The name that customers see.
        #[arg(long)]
        name: String,
        /// The public chat name that customers know, such as @shop.
        #[arg(long)]
        handle: Option<String>,
        /// How to reach a person: phone number, e-mail address or address of a page.
        #[arg(long)]
        contact: Option<String>,
        /// Default language: hy, ru or en.
        #[arg(long, default_value = "hy")]
        locale: String,
        /// Brand colour, such as #0B5D4E.
        #[arg(long, alias = "color")]
        colour: Option<String>,
    },
    /// Makes an API key and shows it once.
    CreateApiKey {
        #[command(flatten)]
        of: Of,
        /// What it is for.
        #[arg(long, default_value = "")]
        label: String,
        /// What it may do besides reading: payments, refunds, links, decisions, plugins. May be given several times.
        #[arg(long = "scope", default_values = ["payments", "refunds", "links"])]
        scopes: Vec<String>,
        /// Whose hand it stands for; shown beside what is done with it.
        #[arg(long, default_value = "integration")]
        role: String,
    },
    /// Sets what happens to late money and who must agree to manual decisions, for payments made from now on.
    SetPolicy {
        /// The merchant's id, mer_….
        #[arg(long)]
        merchant: String,
        /// What money becomes that was paid after expiry or withdrawal: review, accept or refund.
        #[arg(long, default_value = "review")]
        late_payment: String,
        /// How many seconds after expiry money still counts as in time.
        #[arg(long, default_value_t = 0)]
        grace_seconds: i64,
        /// Above this amount, in whole units of the payment's currency, a manual decision needs a second person.
        #[arg(long)]
        second_person_above: Option<i64>,
    },
    /// Adds or changes the merchant's account at a provider.
    SetProviderAccount {
        #[command(flatten)]
        of: Of,
        /// Which provider: vpos.
        #[arg(long)]
        provider: String,
        /// JSON file {"settings": {…}, "secrets": {…}}; - reads it from standard input.
        #[arg(long)]
        file: PathBuf,
    },
    /// Installs a plugin, or brings its installation to this version and these settings, granting what it asks for.
    InstallPlugin {
        #[command(flatten)]
        of: Of,
        /// The component: a .wasm file.
        #[arg(long)]
        component: PathBuf,
        /// JSON file {"settings": {…}, "secrets": {…}}; - reads it from standard input.
        #[arg(long)]
        file: PathBuf,
    },
}

/// Whose, and in which mode.
#[derive(Args)]
pub(super) struct Of {
    /// The merchant's id, mer_….
    #[arg(long)]
    merchant: String,
    /// test or live.
    #[arg(long)]
    mode: String,
}

impl Of {
    fn mode(&self) -> Result<Mode, String> {
        Mode::from_word(&self.mode).ok_or_else(|| "--mode: must be test or live".to_owned())
    }
}

pub(super) async fn run(app: &App, command: Command) -> Result<Value, String> {
    match command {
        Command::CreateMerchant { name, handle, contact, locale, colour } => {
            let new = NewMerchant { name, handle, contact, locale, colour };
            let id = install::merchant(app, new).await.map_err(text)?;
            Ok(json!({ "id": id }))
        }
        Command::CreateApiKey { of, label, scopes, role } => {
            let new = NewKey { label, scopes, role };
            let (id, key) = install::api_key(app, &of.merchant, of.mode()?, new).await.map_err(text)?;
            Ok(json!({ "id": id, "key": key }))
        }
        Command::SetPolicy { merchant, late_payment, grace_seconds, second_person_above } => {
            let new = NewPolicy { late_payment, grace_seconds, second_person_above };
            let policy = install::policy(app, &merchant, new).await.map_err(text)?;
            serde_json::to_value(policy).map_err(text)
        }
        Command::SetProviderAccount { of, provider, file } => {
            let entered = entered(&file)?;
            let id =
                install::provider_account(app, &of.merchant, of.mode()?, &provider, entered).await.map_err(text)?;
            let url = format!("{}/webhooks/providers/{provider}/{id}", app.public_url);
            Ok(json!({ "id": id, "webhook_url": url }))
        }
        Command::InstallPlugin { of, component, file } => {
            let mode = of.mode()?;
            let entered = entered(&file)?;
            let bytes =
                std::fs::read(&component).map_err(|error| format!("--component {}: {error}", component.display()))?;
            let installed = install::plugin(app, &of.merchant, mode, bytes, entered).await.map_err(text)?;
            serde_json::to_value(installed).map_err(text)
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn entered(file: &PathBuf) -> Result<Entered, String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| format!("--file -: {error}"))?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| format!("--file {}: {error}", file.display()))?;
    }
    // The error names the place, never the text there: it may be a secret.
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "--file {}: is not {{\"settings\": {{…}}, \"secrets\": {{…}}}} at line {} column {}",
            file.display(),
            error.line(),
            error.column()
        )
    })
}
