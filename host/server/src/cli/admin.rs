//! `kamurj admin …`: sets merchants up. Works on the database of the settings; a running server sees the change at once.

use crate::accounts;
use crate::accounts::by_command::{Which, set};
use crate::api::provider_account_shown::CheckedBody;
use crate::app::App;
use crate::install::{self, Entered, NewKey, NewMerchant, NewPolicy};
use crate::keys::rotation;
use crate::operators::inviting::{self, Invited, Newcomer};
use crate::problem::{FieldError, Problem};
use crate::restored::{self, Restoration};
use clap::{Args, Subcommand};
use kamurj_domain::{Mode, time};
use kamurj_store::merchants;
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
        /// What it may do besides reading: payments, exceptions, refunds, links, decisions, deliveries, plugins, providers, branding,
        /// reconciliation, exports, webhooks, audit. May be given several times.
        #[arg(long = "scope", default_values = ["payments", "exceptions", "refunds", "links"])]
        scopes: Vec<String>,
        /// Whose hand it stands for; shown beside what is done with it.
        #[arg(long, default_value = "integration")]
        role: String,
    },
    /// Lets somebody work for a merchant, and prints the address by which they set a password and a second factor: good for fifteen
    /// minutes, once. The first owner is made like this.
    CreateOperator {
        /// The merchant's id, mer_….
        #[arg(long)]
        merchant: String,
        /// Their e-mail address, by which they sign in.
        #[arg(long)]
        email: String,
        /// As colleagues call them.
        #[arg(long)]
        name: String,
        /// owner, manager, operator, accountant, developer or auditor.
        #[arg(long, default_value = "owner")]
        role: String,
        /// The language of their console: hy, ru or en.
        #[arg(long, default_value = "hy")]
        locale: String,
    },
    /// Prints a new address for somebody who lost their password or second factor: good for fifteen minutes, once.
    InviteOperator {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
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
        /// How often a payer may open an expired payment again by themselves; 0: never.
        #[arg(long, default_value_t = 3)]
        renewals: u32,
    },
    /// Gives a merchant's pages a host name of their own, which must lead to this server, or takes it away.
    SetHost {
        /// The merchant's id, mer_….
        #[arg(long)]
        merchant: String,
        /// The name, such as pay.shop.am.
        #[arg(long, required_unless_present = "remove", conflicts_with = "remove")]
        host: Option<String>,
        /// Lets the pages answer under the server's own address alone again.
        #[arg(long)]
        remove: bool,
    },
    /// Adds the merchant's account at a provider, or changes the only one there.
    SetProviderAccount {
        #[command(flatten)]
        of: Of,
        /// Which provider, by its word: vpos, rbs, ameriabank, idram, telcell or fastshift.
        #[arg(long)]
        provider: String,
        /// The account to change, acc_…, where the merchant has several there.
        #[arg(long, conflicts_with = "new")]
        account: Option<String>,
        /// Adds another account beside those that the merchant has there.
        #[arg(long)]
        new: bool,
        /// What operators call it.
        #[arg(long)]
        label: Option<String>,
        /// JSON file {"settings": {…}, "secrets": {…}}; - reads it from standard input.
        #[arg(long)]
        file: PathBuf,
    },
    /// After the database was restored from a copy: asks banks again about what may have changed since, sends no refund that may have
    /// been sent, passes over order numbers that banks know, and notes the gap in journals. Before the server is started.
    Restored {
        /// Why, and from which copy; kept in journals.
        #[arg(long)]
        reason: String,
        /// When the copy was made, such as 2026-11-22T04:00:00Z, where the server already ran on it. Without it: the newest entry
        /// of the journal.
        #[arg(long)]
        since: Option<String>,
        /// Asks about attempts that were started at most so many days before the copy.
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// How many order numbers of each numbered terminal to pass over. Without it: four for each attempt in as much time
        /// before the copy as was lost after it, and a hundred more.
        #[arg(long, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
        numbers: Option<i64>,
    },
    /// Changes the master key while servers run: put the new key into `KAMURJ_MASTER_KEY` and the one before into
    /// `KAMURJ_MASTER_KEY_OLD`, run this, restart the servers one by one, and end with --finish. docs/master-key.md has it all.
    RotateMasterKey {
        /// Only says how it stands, and what comes next.
        #[arg(long, conflicts_with = "finish")]
        status: bool,
        /// Seals anew what is left, and takes the key ring from the old master key.
        #[arg(long)]
        finish: bool,
    },
    /// Asks a provider a question that changes nothing, and says whether the account works or what is wrong.
    CheckProvider {
        /// The account's id, acc_….
        #[arg(long)]
        account: String,
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
        Command::CreateOperator { merchant, email, name, role, locale } => {
            let newcomer = Newcomer::check(&email, &name, &locale, &role).map_err(|wrong| problem(&wrong))?;
            inviting::by_command(app, &merchant, &newcomer)
                .await
                .map(|invited| invitation(&invited))
                .map_err(|wrong| problem(&wrong))
        }
        Command::InviteOperator { email } => inviting::again_by_command(app, &email)
            .await
            .map(|invited| invitation(&invited))
            .map_err(|wrong| problem(&wrong)),
        Command::SetPolicy { merchant, late_payment, grace_seconds, second_person_above, renewals } => {
            let new = NewPolicy { late_payment, grace_seconds, second_person_above, renewals };
            let policy = install::policy(app, &merchant, new).await.map_err(text)?;
            serde_json::to_value(policy).map_err(text)
        }
        Command::SetHost { merchant, host, remove: _ } => {
            let url = install::host(app, &merchant, host.as_deref()).await.map_err(text)?;
            Ok(json!({ "merchant": merchant, "url": url }))
        }
        Command::SetProviderAccount { of, provider, account, new, label, file } => {
            let entered = entered(&file)?;
            let which = match account {
                Some(id) => Which::This(id),
                None if new => Which::New,
                None => Which::TheOne,
            };
            let owner = (of.merchant.as_str(), of.mode()?);
            let id = set(app, owner, &provider, entered, which, label).await.map_err(text)?;
            let url = format!("{}/webhooks/providers/{provider}/{id}", app.public_url);
            let back = format!("{}/r/{provider}/{id}", app.public_url);
            Ok(json!({ "id": id, "webhook_url": url, "return_url": back }))
        }
        Command::Restored { reason, since, days, numbers } => {
            let since = since.map(|text| {
                time::parse(&text).ok_or_else(|| "--since: write a time such as 2026-11-22T04:00:00Z".to_owned())
            });
            let restoration = Restoration { reason, since: since.transpose()?, days, numbers };
            serde_json::to_value(restored::mark(app, &restoration).await.map_err(text)?).map_err(text)
        }
        Command::RotateMasterKey { status, finish } => {
            let stands = match (status, finish) {
                (true, _) => rotation::status(app).await,
                (_, true) => rotation::finish(app).await,
                _ => rotation::begin(app).await,
            };
            serde_json::to_value(stands.map_err(text)?).map_err(text)
        }
        Command::CheckProvider { account } => check(app, &account).await,
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

/// Tries an account out. Whoever has the command line may do so with any merchant's.
async fn check(app: &App, id: &str) -> Result<Value, String> {
    let opened = {
        let mut tx = app.db.read().await.map_err(text)?;
        let account = merchants::account(&mut tx, id).await.map_err(text)?;
        let account = account.ok_or_else(|| format!("--account: no provider account has the id `{id}`"))?;
        app.provider(&mut tx, &account).await
    };
    let checked = accounts::tried(opened).await.map_err(|problem| problem.body().detail)?;
    serde_json::to_value(CheckedBody::of(id, checked, app.now())).map_err(text)
}

fn invitation(invited: &Invited) -> Value {
    json!({
        "id": invited.operator_id,
        "invitation_url": invited.url,
        "valid_until": time::rfc3339(invited.valid_until),
    })
}

/// A problem in one line, by the options' names.
fn problem(problem: &Problem) -> String {
    let body = problem.body();
    let fault = |error: &FieldError| format!("--{}: {}", error.pointer.trim_start_matches('/'), error.detail);
    body.errors.first().map_or(body.detail.clone(), fault)
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
