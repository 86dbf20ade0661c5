//! A merchant's provider accounts added, changed and removed: what the API and the command line share. Everything is checked
//! before anything is written, the settings by the adapter itself; secrets are sealed and are in no answer and no record.

pub mod by_command;

use crate::api::asked::Faults;
use crate::app::{App, ProviderError, secret_place};
use crate::problem::{FieldError, Kind, Problem};
use kamurj_domain::Mode;
use kamurj_domain::link::Texts;
use kamurj_providers::{Checked, Line, Provider, Secrets, SettingsError};
use kamurj_store::provider_accounts::changes::{self, Change};
use kamurj_store::provider_accounts::{self, ProviderAccount};
use kamurj_store::{Tx, secrets};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest label, in characters.
const MAX_LABEL: usize = 80;
/// The longest title that payers read, in characters.
const MAX_TITLE: usize = 60;
/// The longest secret, in bytes: room for a certificate with its key.
const MAX_SECRET: usize = 16 * 1024;
/// The most accounts of a merchant in one mode.
const MOST: usize = 50;

/// An account to add.
pub struct NewAccount {
    /// The provider's word.
    pub provider: String,
    /// What operators call it; one is made where there is none.
    pub label: Option<String>,
    /// The provider's settings.
    pub settings: Map<String, Value>,
    /// Its credentials by name.
    pub secrets: BTreeMap<String, String>,
    /// What payers read.
    pub titles: Texts,
    /// Whether payers may choose it.
    pub offered: bool,
    /// Whether it becomes the default.
    pub default: bool,
}

/// What to change of an account. What is `None` or not named stays.
#[derive(Default)]
pub struct Changes {
    /// The version that is to be changed; another one refuses.
    pub version: Option<i64>,
    /// What operators call it.
    pub label: Option<String>,
    /// All settings anew.
    pub settings: Option<Map<String, Value>>,
    /// Credentials to replace, or, as `None`, to forget.
    pub secrets: BTreeMap<String, Option<String>>,
    /// What payers read.
    pub titles: Option<Texts>,
    /// Whether payers may choose it.
    pub offered: Option<bool>,
    /// `true`: it becomes the default.
    pub default: Option<bool>,
    /// Whether it starts no attempts.
    pub switched_off: Option<bool>,
}

/// Adds an account in the caller's transaction.
pub async fn add(
    app: &App,
    tx: &mut Tx,
    (merchant, mode): (&str, Mode),
    new: NewAccount,
    actor: &str,
) -> Result<ProviderAccount, Problem> {
    provider_accounts::hold(tx, merchant).await?;
    let all = provider_accounts::all_of(tx, merchant, mode).await?;
    let mut faults = Faults::default();
    let label = new.label.unwrap_or_else(|| free_label(&new.provider, &all));
    check_label(&label, None, &all, &mut faults);
    check_titles(&new.titles, &mut faults);
    let settings = Value::Object(new.settings).to_string();
    check_secrets(new.secrets.iter(), &mut faults);
    if let Err(fault) = opened(app, &new.provider, &settings, &new.secrets) {
        faults.0.push(field(fault));
    }
    if all.len() >= MOST {
        faults.add("/provider", format!("you have {MOST} accounts in this mode, which is all; remove one"));
    }
    faults.end()?;
    let now = app.now();
    let account = ProviderAccount {
        id: app.ids.new_id("acc"),
        merchant_id: merchant.to_owned(),
        mode,
        provider: new.provider,
        label,
        settings,
        titles: new.titles,
        offered: new.offered,
        is_default: false,
        switched_off_at: None,
        created_at: now,
        changed_at: now,
        version: 1,
    };
    provider_accounts::insert(tx, &account).await?;
    for (name, value) in &new.secrets {
        keep(app, tx, &account.id, name, value).await?;
    }
    let wanted = new.default.then_some(account.id.as_str());
    provider_accounts::settle_default(tx, merchant, mode, wanted).await?;
    let change = Change { version: 1, at: now, actor: actor.to_owned(), what: "added".to_owned() };
    changes::note(tx, &account.id, &change).await?;
    read(tx, &account.id).await
}

/// Changes an account in the caller's transaction. What stays as it was is no change.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    id: &str,
    changes: Changes,
    actor: &str,
) -> Result<ProviderAccount, Problem> {
    let owner = read(tx, id).await?;
    provider_accounts::hold(tx, &owner.merchant_id).await?;
    let before = read(tx, id).await?;
    if let Some(version) = changes.version.filter(|version| *version != before.version) {
        let detail = format!("It is at version {} and not {version} any more. Read it again first.", before.version);
        return Err(Problem::new(Kind::NotNow, detail));
    }
    let all = provider_accounts::all_of(tx, &before.merchant_id, before.mode).await?;
    let mut faults = Faults::default();
    let mut after = before.clone();
    let mut what = Vec::new();
    if let Some(label) = changes.label.filter(|label| *label != before.label) {
        check_label(&label, Some(id), &all, &mut faults);
        after.label = label;
        what.push("label".to_owned());
    }
    if let Some(titles) = changes.titles.filter(|titles| *titles != before.titles) {
        check_titles(&titles, &mut faults);
        after.titles = titles;
        what.push("titles".to_owned());
    }
    if let Some(offered) = changes.offered.filter(|offered| *offered != before.offered) {
        after.offered = offered;
        what.push("offered".to_owned());
    }
    match changes.switched_off {
        Some(true) if before.is_on() => {
            after.switched_off_at = Some(app.now());
            what.push("switched off".to_owned());
        }
        Some(false) if !before.is_on() => {
            after.switched_off_at = None;
            what.push("switched on".to_owned());
        }
        _ => {}
    }
    if changes.default == Some(false) && before.is_default && after.is_on() {
        faults.add("/default", "make another account the default instead");
    }
    if changes.default == Some(true) && !after.is_on() {
        faults.add("/default", "an account that is switched off cannot be the default");
    }
    if let Some(settings) = changes.settings.map(|settings| Value::Object(settings).to_string()) {
        if settings != before.settings {
            what.push("settings".to_owned());
        }
        after.settings = settings;
    }
    let entered = changes.secrets.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    check_secrets(entered, &mut faults);
    let kept = secrets::names(tx, id).await?;
    what.extend(changes.secrets.iter().filter_map(|(name, value)| match value {
        Some(_) => Some(format!("secret {name}")),
        None => kept.contains(name).then(|| format!("secret {name} forgotten")),
    }));
    let is_switched_on = after.is_on() && !before.is_on();
    if is_switched_on || !changes.secrets.is_empty() || after.settings != before.settings {
        let mut all = secrets_of(app, tx, &before).await.map_err(Problem::from)?;
        for (name, value) in &changes.secrets {
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        if let Err(fault) = opened(app, &after.provider, &after.settings, &all) {
            faults.0.push(field(fault));
        }
    }
    faults.end()?;
    if changes.default == Some(true) && !before.is_default {
        what.push("default".to_owned());
    }
    if what.is_empty() {
        return Ok(before);
    }
    after.version += 1;
    after.changed_at = app.now();
    provider_accounts::change(tx, &after).await?;
    for (name, value) in &changes.secrets {
        match value {
            Some(value) => keep(app, tx, id, name, value).await?,
            None => secrets::forget_one(tx, id, name).await?,
        }
    }
    let wanted = (changes.default == Some(true)).then_some(id);
    provider_accounts::settle_default(tx, &after.merchant_id, after.mode, wanted).await?;
    let change =
        Change { version: after.version, at: after.changed_at, actor: actor.to_owned(), what: what.join(", ") };
    changes::note(tx, id, &change).await?;
    read(tx, id).await
}

/// Removes an account that nothing ever went through, in the caller's transaction.
pub async fn remove(tx: &mut Tx, account: &ProviderAccount) -> Result<(), Problem> {
    provider_accounts::hold(tx, &account.merchant_id).await?;
    if provider_accounts::is_used(tx, &account.id).await? {
        return Err(Problem::new(
            Kind::NotNow,
            "Payments or links use this account, and what went through it is looked up and given back through it. \
             Switch it off instead: send `{\"switched_off\": true}` by PATCH.",
        ));
    }
    provider_accounts::remove(tx, &account.id).await?;
    provider_accounts::settle_default(tx, &account.merchant_id, account.mode, None).await?;
    Ok(())
}

/// Tries an account out. Calls the provider: no transaction may be open. Settings that cannot be used are the answer too.
pub async fn tried(opened: Result<Box<dyn Provider>, ProviderError>) -> Result<Checked, Problem> {
    match opened {
        Ok(provider) => Ok(provider.check().await),
        Err(ProviderError::Settings(fault)) => Ok(Checked::Refused { detail: fault.to_string() }),
        Err(error) => Err(error.into()),
    }
}

/// The credentials of an account, opened.
pub async fn secrets_of(
    app: &App,
    tx: &mut Tx,
    account: &ProviderAccount,
) -> Result<BTreeMap<String, String>, ProviderError> {
    let mut all = BTreeMap::new();
    for name in kamurj_providers::family(&account.provider)?.secrets {
        if let Some(sealed) = secrets::get(tx, &account.id, name).await? {
            let value = app.sealer.open_text(&secret_place(&account.id, name), &sealed)?;
            all.insert((*name).to_owned(), value.as_str().to_owned());
        }
    }
    Ok(all)
}

/// The adapter with what was entered, which calls nobody yet.
fn opened(
    app: &App,
    provider: &str,
    settings: &str,
    secrets: &BTreeMap<String, String>,
) -> Result<Box<dyn Provider>, SettingsError> {
    let line = Line::unwatched(app.egress.clone());
    kamurj_providers::adapter(provider, settings, &Secrets::new(secrets.clone()), line)
}

async fn keep(app: &App, tx: &mut Tx, id: &str, name: &str, value: &str) -> Result<(), Problem> {
    let sealed = app.sealer.seal(&secret_place(id, name), value.as_bytes());
    Ok(secrets::put(tx, id, name, &sealed).await?)
}

async fn read(tx: &mut Tx, id: &str) -> Result<ProviderAccount, Problem> {
    let gone = || Problem::new(Kind::NotFound, "The provider account is gone.");
    provider_accounts::account(tx, id).await?.ok_or_else(gone)
}

/// The provider's word, with a number where another account has it.
fn free_label(provider: &str, all: &[ProviderAccount]) -> String {
    let is_free = |label: &String| all.iter().all(|account| account.label != *label);
    let numbered = (2..).map(|number| format!("{provider} {number}"));
    std::iter::once(provider.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| provider.to_owned())
}

fn check_label(label: &str, own: Option<&str>, all: &[ProviderAccount], faults: &mut Faults) {
    if label.trim().is_empty() || label.trim() != label {
        faults.add("/label", "must have 1 to 80 characters, without blanks at its ends");
    }
    faults.text("/label", label, MAX_LABEL);
    if label.contains('\n') {
        faults.add("/label", "must be one line");
    }
    if all.iter().any(|account| account.label == label && Some(account.id.as_str()) != own) {
        faults.add("/label", "another account of yours has this label");
    }
}

fn check_titles(titles: &Texts, faults: &mut Faults) {
    for (language, title) in [("hy", &titles.hy), ("ru", &titles.ru), ("en", &titles.en)] {
        let Some(title) = title else { continue };
        faults.text(&format!("/titles/{language}"), title, MAX_TITLE);
        if title.trim().is_empty() {
            faults.add(format!("/titles/{language}"), "must not be blank; leave it out");
        }
    }
}

fn check_secrets<'s>(entered: impl Iterator<Item = (&'s String, &'s String)>, faults: &mut Faults) {
    for (name, value) in entered {
        if value.is_empty() || value.len() > MAX_SECRET {
            faults.add(format!("/secrets/{name}"), "must have 1 to 16384 bytes");
        }
    }
}

fn field(fault: SettingsError) -> FieldError {
    FieldError { pointer: fault.pointer, detail: fault.detail }
}
