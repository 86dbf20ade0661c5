//! Installations as the API reads and shows them.

use crate::api::connection_body::ConnectionBody;
use crate::api::permission_shown::{DifferenceBody, RisksBody};
use crate::app::App;
use crate::install;
use crate::lifecycle::check::{self, Said};
use crate::lifecycle::permissions;
use crate::lifecycle::versions::{self, Decision};
use kamurj_domain::time;
use kamurj_store::installations::Installation;
use kamurj_store::installations::versions::Version;
use kamurj_store::secrets::renewals::Renewable;
use kamurj_store::{Error, Tx, secrets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is granted of that for which a plugin asks.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum GrantsBody {
    /// `all`.
    Word(AllWord),
    /// Names from `needs_grant` or `granted`; the rest is refused.
    Names(Vec<String>),
}

/// `all`.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AllWord {
    /// All that it asks for.
    All,
}

impl From<GrantsBody> for Decision {
    fn from(body: GrantsBody) -> Self {
        match body {
            GrantsBody::Word(AllWord::All) => Self::All,
            GrantsBody::Names(names) => Self::These(names),
        }
    }
}

/// A plugin to install.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInstallationBody {
    /// Digest of a component that you uploaded and that is `ready`.
    pub plugin: String,
    /// What the plugin's settings schema asks for.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// Secrets by the plugin's names for them. They are sealed and never shown again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub secrets: BTreeMap<String, String>,
    /// What is granted: `all`, or a list of names. Left out, nothing is yet.
    #[serde(default)]
    pub grants: Option<GrantsBody>,
    /// Your own note about this version.
    #[serde(default)]
    pub note: String,
}

/// What to change of an installation. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallationChangesBody {
    /// Digest of another component of the same plugin: makes a new version beside the active one.
    #[serde(default)]
    pub plugin: Option<String>,
    /// All settings anew.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Map<String, Value>>,
    /// Secrets to enter, or, as null, to forget. They count for every version at once.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub secrets: BTreeMap<String, Option<String>>,
    /// What is granted: `all`, or a list of names; what is not in the list is refused.
    #[serde(default)]
    pub grants: Option<GrantsBody>,
    /// Your own note about this version.
    #[serde(default)]
    pub note: Option<String>,
    /// `false` switches the installation off. Activating switches it on.
    #[serde(default)]
    pub active: Option<bool>,
}

/// Which version to put in force.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivationBody {
    /// Its number; the newest that was never active where it is left out, or else the one that was active last.
    #[serde(default)]
    pub version: Option<i64>,
    /// Whether to do without the plugin's self-test.
    #[serde(default)]
    pub skip_check: bool,
}

/// Which version to check.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// Its number; chosen as for activation where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// What a plugin's self-test said.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidBody {
    /// The version that was checked.
    pub version: i64,
    /// Whether it can work.
    pub ok: bool,
    /// `done`, another outcome of the plugin contract, `broke`, `does-not-load`, `not-connected` or `no-self-test`.
    pub outcome: String,
    /// The remote's own error code, or the plugin's.
    pub code: String,
    /// In words.
    pub message: String,
    /// RFC 3339, UTC.
    pub at: String,
}

impl From<Said> for SaidBody {
    fn from(said: Said) -> Self {
        let Said { version, ok, outcome, code, message, at } = said;
        Self { version, ok, outcome, code, message, at: time::rfc3339(at) }
    }
}

/// One version of an installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    /// From 1.
    pub number: i64,
    /// SHA-256 of its component.
    pub digest: String,
    /// The plugin's semantic version.
    pub plugin_version: String,
    /// Its settings.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    /// What was granted, by name.
    pub granted: Vec<String>,
    /// What it asks for and was not granted, by risk. It is refused as long as it stands here.
    pub needs_grant: RisksBody,
    /// Whether the grants were decided about, so that it may be activated.
    pub decided: bool,
    /// How what it asks for differs from the active version; absent for that one.
    pub changes: Option<DifferenceBody>,
    /// Your note.
    pub note: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// When it was activated first: RFC 3339, UTC.
    pub activated_at: Option<String>,
}

impl VersionBody {
    /// The version beside the one in force.
    pub fn show(version: &Version, in_force: Option<&Version>) -> Result<Self, Error> {
        let asked = versions::asked(version)?;
        let granted = versions::granted(version)?;
        let changes = match in_force.filter(|in_force| in_force.number != version.number) {
            None => None,
            Some(in_force) => Some(permissions::difference(&versions::asked(in_force)?, &asked).into()),
        };
        Ok(Self {
            number: version.number,
            digest: version.digest.clone(),
            plugin_version: versions::manifest(version)?.version,
            settings: versions::settings(version)?,
            needs_grant: RisksBody::show(permissions::missing(&asked, &granted)),
            granted: granted.into_keys().collect(),
            decided: version.decided,
            changes,
            note: version.note.clone(),
            created_by: version.created_by.clone(),
            created_at: time::rfc3339(version.created_at),
            activated_at: version.activated_at.map(time::rfc3339),
        })
    }
}

/// An address at which a plugin takes messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookBody {
    /// The path below the installation.
    pub path: String,
    /// The whole address.
    pub url: String,
}

/// When a secret expires that the plugin renews. Its value is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpiringSecretBody {
    /// The plugin's name for it.
    pub name: String,
    /// RFC 3339, UTC.
    pub expires_at: String,
    /// When it was renewed last; RFC 3339, UTC.
    pub renewed_at: Option<String>,
}

impl From<Renewable> for ExpiringSecretBody {
    fn from(one: Renewable) -> Self {
        let expires_at = time::rfc3339(one.expires_at.unwrap_or_default());
        Self { name: one.name, expires_at, renewed_at: one.renewed_at.map(time::rfc3339) }
    }
}

/// An installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstallationBody {
    /// `ins_…`.
    pub id: String,
    /// The plugin's id.
    pub plugin: String,
    /// `test` or `live`.
    pub mode: String,
    /// `inactive`, `active`, `suspended`, `broken` or `removed`.
    pub state: String,
    /// Why it is suspended or broken.
    pub reason: Option<String>,
    /// The version in force; absent where none is.
    pub active: Option<VersionBody>,
    /// The newest version, where it was never in force: what changes and grants are about.
    pub draft: Option<VersionBody>,
    /// Where it takes messages.
    pub hooks: Vec<HookBody>,
    /// Names of the secrets that have a value.
    pub secrets: Vec<String>,
    /// Those of them of which it is known when they expire.
    pub expiring_secrets: Vec<ExpiringSecretBody>,
    /// Accounts that it asks for, and how they stand.
    pub connections: Vec<ConnectionBody>,
    /// What its self-test said last.
    pub last_check: Option<SaidBody>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub removed_at: Option<String>,
}

/// The newest version, where it was never in force.
pub(super) fn draft(all: &[Version]) -> Option<&Version> {
    all.last().filter(|newest| newest.activated_at.is_none())
}

impl InstallationBody {
    /// The installation as it stands in this transaction.
    pub async fn show(app: &App, tx: &mut Tx, installation: &Installation) -> Result<Self, Error> {
        let all = kamurj_store::installations::versions::of(tx, &installation.id).await?;
        let in_force = all.iter().find(|one| installation.active && one.number == installation.version);
        let manifest = in_force.map(versions::manifest_in_force).transpose()?;
        let hooks = manifest.map(|manifest| install::hooks(app, &installation.id, &manifest)).unwrap_or_default();
        let state = match (&installation.halted, installation.removed_at) {
            (_, Some(_)) => "removed",
            (Some(halted), _) => halted.how.word(),
            _ if installation.active => "active",
            _ => "inactive",
        };
        let meant = draft(&all).or_else(|| all.iter().find(|one| one.number == installation.version));
        let connections = match meant.filter(|_| installation.removed_at.is_none()) {
            Some(meant) => ConnectionBody::all(app, tx, meant).await?,
            None => Vec::new(),
        };
        let expiring = secrets::renewals::expiring(tx, &installation.id).await?;
        Ok(Self {
            id: installation.id.clone(),
            plugin: installation.plugin.clone(),
            mode: installation.mode.word().to_owned(),
            state: state.to_owned(),
            reason: installation.halted.as_ref().map(|halted| halted.reason.clone()),
            active: in_force.map(|one| VersionBody::show(one, in_force)).transpose()?,
            draft: draft(&all).map(|one| VersionBody::show(one, in_force)).transpose()?,
            hooks: hooks.into_iter().map(|hook| HookBody { path: hook.path, url: hook.url }).collect(),
            secrets: secrets::names(tx, &installation.id).await?,
            expiring_secrets: expiring.into_iter().map(ExpiringSecretBody::from).collect(),
            connections,
            last_check: check::last(installation).map(Into::into),
            created_at: time::rfc3339(installation.created_at),
            removed_at: installation.removed_at.map(time::rfc3339),
        })
    }
}
