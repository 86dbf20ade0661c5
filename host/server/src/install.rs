//! Setting a merchant up: merchant, API key, provider account, plugin installation. What the commands and, later, other
//! doors share; each step checks everything before it writes anything.

use crate::access::{FOR_KEYS, key_hash, new_key, prefix, words_for_keys};
use crate::accounts::by_command::{Which, set};
use crate::app::{App, secret_place};
use crate::front::hosts;
use crate::lifecycle::activation::{self, Way};
use crate::lifecycle::entered::{secret_faults, settings_faults};
use crate::lifecycle::report;
use crate::lifecycle::versions::{Decision, Draft, Place, json};
use crate::problem::FieldError;
use crate::profile;
use kamurj_domain::{Mode, Policy};
use kamurj_pages::Accent;
use kamurj_plugins::Grants;
use kamurj_plugins::contract::{Address, InboundRoute, Manifest, Scheme};
use kamurj_store::api_keys;
use kamurj_store::installations::{self, versions};
use kamurj_store::merchants::{self, Merchant};
use kamurj_store::plugins::{self, Stage, Uploaded};
use kamurj_store::secrets;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Why something cannot be set up. The text names the field and the fix.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// A value cannot be used.
    #[error("{field}: {detail}")]
    Invalid {
        /// Which.
        field: String,
        /// What is wrong and what to write.
        detail: String,
    },
    /// The component cannot be used.
    #[error("--component: {0}")]
    Component(#[from] crate::shelf::ShelfError),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] kamurj_store::Error),
}

pub(crate) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> SetUpError {
    SetUpError::Invalid { field: field.into(), detail: detail.into() }
}

/// A merchant to make.
#[derive(Debug, Clone)]
pub struct NewMerchant {
    /// The name that customers see.
    pub name: String,
    /// The public chat name that customers know.
    pub handle: Option<String>,
    /// How to reach a person.
    pub contact: Option<String>,
    /// `hy`, `ru` or `en`.
    pub locale: String,
    /// `#RRGGBB`.
    pub colour: Option<String>,
}

/// Makes a merchant and answers its id.
pub async fn merchant(app: &App, new: NewMerchant) -> Result<String, SetUpError> {
    let wrong = |field: &'static str| move |detail| invalid(field, detail);
    let name = profile::name(&new.name).map_err(wrong("--name"))?;
    let handle = new.handle.as_deref().map(profile::handle).transpose().map_err(wrong("--handle"))?;
    let contact = new.contact.as_deref().map(profile::contact).transpose().map_err(wrong("--contact"))?;
    let locale = profile::locale(&new.locale).map_err(wrong("--locale"))?;
    if let Some(colour) = &new.colour
        && Accent::parse(colour).is_none()
    {
        return Err(invalid("--colour", "must look like #0B5D4E"));
    }
    let merchant = Merchant { id: app.ids.new_id("mer"), name, handle, contact, colour: new.colour, locale };
    let mut tx = app.db.write().await?;
    merchants::insert(&mut tx, &merchant, app.now()).await?;
    tx.commit().await?;
    Ok(merchant.id)
}

/// Who acts where nobody is signed in: whoever has the command line.
pub const COMMAND_LINE: &str = "command line";

/// What a new API key is for and may do.
pub struct NewKey {
    /// What it is for.
    pub label: String,
    /// What it may do, by the words of [`FOR_KEYS`].
    pub scopes: Vec<String>,
    /// Whose hand it stands for: `integration`, `operator`, …
    pub role: String,
}

/// A new API key: its id, and its text, which is never shown again.
pub async fn api_key(app: &App, merchant_id: &str, mode: Mode, new: NewKey) -> Result<(String, String), SetUpError> {
    if let Some(scope) = new.scopes.iter().find(|scope| FOR_KEYS.iter().all(|known| known.word() != *scope)) {
        return Err(invalid("--scope", format!("`{scope}` is none of {}", words_for_keys().join(", "))));
    }
    if new.role.trim().is_empty() || new.role.chars().count() > 80 || new.role.chars().any(char::is_control) {
        return Err(invalid("--role", "must have 1 to 80 characters"));
    }
    let key = new_key(&app.ids, mode);
    let kept = api_keys::NewKey {
        id: app.ids.new_id("key"),
        merchant_id: merchant_id.to_owned(),
        mode,
        hash: key_hash(&key),
        prefix: prefix(&key),
        label: new.label,
        scopes: new.scopes,
        role: new.role,
        created_by: COMMAND_LINE.to_owned(),
        expires_at: None,
    };
    let mut tx = app.db.write().await?;
    must_exist(&mut tx, merchant_id).await?;
    api_keys::insert(&mut tx, &kept, app.now()).await?;
    tx.commit().await?;
    Ok((kept.id, key))
}

/// A merchant's policy, as an operator enters it.
pub struct NewPolicy {
    /// `review`, `accept` or `refund`.
    pub late_payment: String,
    /// Seconds after expiry in which money still counts.
    pub grace_seconds: i64,
    /// Whole units of currency above which a manual decision needs a second person.
    pub second_person_above: Option<i64>,
    /// How often a payer may open an expired payment again by themselves.
    pub renewals: u32,
}

/// Gives the merchant's pages a host name of their own, or takes it away. Answers where its customers reach it then.
pub async fn host(app: &App, merchant_id: &str, host: Option<&str>) -> Result<String, SetUpError> {
    let name = host.map(|text| profile::host(app, text)).transpose().map_err(|detail| invalid("--host", detail))?;
    let mut tx = app.db.write().await?;
    if merchants::by_id(&mut tx, merchant_id).await?.is_none() {
        return Err(invalid("--merchant", "no merchant has this id"));
    }
    if !merchants::set_host(&mut tx, merchant_id, name.as_deref()).await? {
        return Err(invalid("--host", profile::HOST_TAKEN));
    }
    tx.commit().await?;
    app.front.hosts.forget();
    hosts::if_due(app).await;
    Ok(app.site(merchant_id))
}

/// Sets the policy for the merchant's payments made from now on.
pub async fn policy(app: &App, merchant_id: &str, new: NewPolicy) -> Result<Policy, SetUpError> {
    let wrong = |field: &'static str| move |detail| invalid(field, detail);
    let late_payment = profile::late_payment(&new.late_payment).map_err(wrong("--late-payment"))?;
    let grace_ms = profile::grace_ms(new.grace_seconds).map_err(wrong("--grace-seconds"))?;
    // Every currency that Kamurj takes has two decimals.
    let above = new.second_person_above.map(|units| profile::second_person_above(units.checked_mul(100))).transpose();
    let second_person_above_minor = above.map_err(wrong("--second-person-above"))?;
    let renewals = profile::renewals(new.renewals).map_err(wrong("--renewals"))?;
    let policy = Policy { late_payment, grace_ms, second_person_above_minor, renewals };
    let mut tx = app.db.write().await?;
    if !merchants::set_policy(&mut tx, merchant_id, &policy).await? {
        return Err(invalid("--merchant", "no merchant has this id"));
    }
    tx.commit().await?;
    Ok(policy)
}

pub(crate) async fn must_exist(tx: &mut kamurj_store::Tx, merchant_id: &str) -> Result<(), SetUpError> {
    match merchants::by_id(tx, merchant_id).await? {
        Some(_) => Ok(()),
        None => Err(invalid("--merchant", "no merchant has this id")),
    }
}

/// Settings and secrets, as an operator writes them into a file.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    /// Plain settings.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Secrets by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// Adds the merchant's account at a provider, or changes the only one there, after the adapter has taken the settings;
/// answers its id.
pub async fn provider_account(
    app: &App,
    merchant_id: &str,
    mode: Mode,
    provider: &str,
    entered: Entered,
) -> Result<String, SetUpError> {
    set(app, (merchant_id, mode), provider, entered, Which::TheOne, None).await
}

/// What an installation came to.
#[derive(Debug, Clone, Serialize)]
pub struct Installed {
    /// `ins_…`.
    pub id: String,
    /// The plugin's id.
    pub plugin: String,
    /// SHA-256 of the component.
    pub digest: String,
    /// Where its inbound routes are.
    pub hooks: Vec<Hook>,
    /// What it may do: whoever installs it grants what it asks for, and sees it here.
    pub granted: Grants,
}

/// An inbound route of an installation.
#[derive(Debug, Clone, Serialize)]
pub struct Hook {
    /// The path below the installation.
    pub path: String,
    /// The whole address.
    pub url: String,
}

/// Installs a plugin for a merchant, or brings the merchant's installation of it to this component and these settings: all steps
/// at once, granted and activated by whoever has the command line.
pub async fn plugin(
    app: &App,
    merchant_id: &str,
    mode: Mode,
    component: Vec<u8>,
    entered: Entered,
) -> Result<Installed, SetUpError> {
    let size = i64::try_from(component.len()).unwrap_or(i64::MAX);
    let plugin = app.shelf.put(&app.runtime, component.clone(), |_| ()).await?;
    let report = report::judge(&component).map_err(|refused| invalid("--component", refused.to_string()))?;
    let asked: BTreeMap<_, _> =
        entered.secrets.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    let mut faults = settings_faults(&report.manifest, &entered.settings);
    faults.extend(secret_faults(&report.manifest, &asked, &BTreeSet::new()));
    if !faults.is_empty() {
        return Err(told(&faults));
    }
    let mut draft = Draft::first(&plugin.digest, &report, entered.settings, String::new());
    draft.decide(Some(&Decision::All)).map_err(|faults| told(&faults))?;

    let now = app.now();
    let mut tx = app.db.write().await?;
    must_exist(&mut tx, merchant_id).await?;
    let uploaded = Uploaded {
        id: app.ids.new_id("plg"),
        merchant_id: merchant_id.to_owned(),
        mode,
        digest: plugin.digest.clone(),
        bytes: size,
        stage: Stage::Ready,
        report: Some(json(&report)),
        refusal: None,
        uploaded_by: "admin".to_owned(),
        uploaded_at: now,
        changed_at: now,
    };
    plugins::put(&mut tx, &uploaded).await?;
    let id = &report.manifest.id;
    let known = installations::of_plugin(&mut tx, merchant_id, mode, id).await?;
    let number = match &known {
        Some(known) => versions::of(&mut tx, &known.id).await?.last().map_or(1, |newest| newest.number + 1),
        None => 1,
    };
    let known_id = known.as_ref().map(|known| known.id.clone());
    let installation = known_id.unwrap_or_else(|| app.ids.new_id("ins"));
    let place = Place { installation: &installation, number, by: "admin", now };
    let version = draft.at(place).map_err(|faults| told(&faults))?;
    let standing = match known {
        // In force until the new version is.
        Some(known) if known.removed_at.is_none() => known,
        _ => {
            let row = activation::row(&version, (merchant_id, mode, id), now)?;
            installations::put(&mut tx, &row, now).await?
        }
    };
    versions::put(&mut tx, &version).await?;
    activation::activate(app, &mut tx, &standing, &version, Way::Forward, "admin").await?;
    secrets::forget(&mut tx, &installation).await?;
    for (name, value) in &entered.secrets {
        let sealed = app.sealer.seal(&secret_place(&installation, name), value.as_bytes());
        secrets::put(&mut tx, &installation, name, &sealed).await?;
        secrets::renewals::entered(&mut tx, &installation, name, now).await?;
    }
    app.commit(tx).await?;
    let granted = serde_json::from_str(&version.grants).unwrap_or_default();
    Ok(Installed {
        hooks: hooks(app, &installation, &report.manifest),
        id: installation,
        plugin: report.manifest.id,
        digest: version.digest,
        granted,
    })
}

/// Where the routes of a manifest are. A secret that is the end of an address stands there by its name: `{hook_key}`.
pub fn hooks(app: &App, installation: &str, manifest: &Manifest) -> Vec<Hook> {
    let hook = |route: &InboundRoute| {
        let end = match route.scheme {
            Scheme::PathEqualsSecret => format!("/{{{}}}", route.secret),
            _ => String::new(),
        };
        let path = route.path.clone();
        Hook { url: format!("{}/hooks/{installation}/{path}{end}", app.public_url), path }
    };
    manifest.routes.iter().map(hook).collect()
}

/// The same as a plugin's set-up is told it: a secret that is the end of an address stands there as a slot, for the host to fill.
pub fn addresses(app: &App, installation: &str, manifest: &Manifest) -> Vec<Address> {
    let address = |route: &InboundRoute| {
        let end = match route.scheme {
            Scheme::PathEqualsSecret => format!("/{{{{secret:{}}}}}", route.secret),
            _ => String::new(),
        };
        let path = route.path.clone();
        Address { url: format!("{}/hooks/{installation}/{path}{end}", app.public_url), path }
    };
    manifest.routes.iter().map(address).collect()
}

/// The first of these faults as the command line tells it.
fn told(faults: &[FieldError]) -> SetUpError {
    let first = faults.first();
    invalid(first.map_or("--file", |fault| &fault.pointer), first.map_or("cannot be used", |fault| &fault.detail))
}
