//! Making versions of an installation: what an operator entered is put together with what the plugin asks for and what was
//! granted of it. Nothing here is in force yet.

use super::entered::with_addresses;
use super::permissions::{self, Granted, NoAddress, Permission};
use super::report::Report;
use crate::problem::FieldError;
use kamurj_plugins::contract::Manifest;
use kamurj_store::Error;
use kamurj_store::installations::Sink;
use kamurj_store::installations::versions::Version;
use serde::Serialize;
use serde_json::{Map, Value};

/// What an operator says about permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// All that is asked for.
    All,
    /// These, by name; the rest is refused.
    These(Vec<String>),
}

/// A version before it is kept.
#[derive(Debug, Clone)]
pub struct Draft {
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// What its deliveries are.
    pub sink: Sink,
    /// All that the plugin asks for.
    pub manifest: Manifest,
    /// What the operator entered.
    pub settings: Map<String, Value>,
    /// What was granted so far.
    pub granted: Granted,
    /// Whether somebody decided about it.
    pub decided: bool,
    /// What was asked for when that was decided, and not granted.
    pub refused: Vec<Permission>,
    /// What the operator noted about it.
    pub note: String,
}

/// Whose version it becomes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The installation.
    pub installation: &'a str,
    /// The version's number.
    pub number: i64,
    /// The actor who makes it.
    pub by: &'a str,
    /// Unix milliseconds.
    pub now: i64,
}

impl Draft {
    /// The first version of a component: nothing is granted.
    pub fn first(digest: &str, report: &Report, settings: Map<String, Value>, note: String) -> Self {
        Self {
            digest: digest.to_owned(),
            sink: sink(report),
            manifest: report.manifest.clone(),
            settings,
            granted: Granted::new(),
            decided: false,
            refused: Vec::new(),
            note,
        }
    }

    /// What is known of a version that is kept.
    pub fn of(version: &Version) -> Result<Self, Error> {
        Ok(Self {
            digest: version.digest.clone(),
            sink: version.sink,
            manifest: manifest(version)?,
            settings: settings(version)?,
            granted: granted(version)?,
            decided: version.decided,
            refused: permissions::missing(&asked(version)?, &granted(version)?),
            note: version.note.clone(),
        })
    }

    /// The same installation with another component.
    #[must_use]
    pub fn with_component(self, digest: &str, report: &Report) -> Self {
        Self { digest: digest.to_owned(), sink: sink(report), manifest: report.manifest.clone(), ..self }
    }

    /// What it asks for.
    pub fn asked(&self) -> Result<Vec<Permission>, Vec<FieldError>> {
        permissions::asked(&self.manifest, Some(&self.settings)).map_err(|none| vec![fault(&none)])
    }

    /// Takes what the operator says about permissions, once settings and component are those that they are about; without a word, what was granted before stays granted, and more is
    /// asked for.
    pub fn decide(&mut self, decision: Option<&Decision>) -> Result<(), Vec<FieldError>> {
        self.settings = with_addresses(&self.manifest, std::mem::take(&mut self.settings));
        let asked = self.asked()?;
        self.granted = permissions::carried(&asked, &self.granted);
        match decision {
            None => {
                let is_refused = |one: &Permission| {
                    self.refused.iter().any(|refused| (&refused.name, &refused.terms) == (&one.name, &one.terms))
                };
                let asks_no_more = permissions::missing(&asked, &self.granted).iter().all(is_refused);
                self.decided = asked.is_empty() || (self.decided && asks_no_more);
            }
            Some(Decision::All) => (self.granted, self.decided) = (permissions::all(&asked), true),
            Some(Decision::These(names)) => {
                let unknown = |(index, name): (usize, &String)| {
                    let is_known = asked.iter().any(|one| one.name == *name);
                    (!is_known).then(|| FieldError {
                        pointer: format!("/grants/{index}"),
                        detail: "is none of the names in `needs_grant` or `granted`".to_owned(),
                    })
                };
                let faults: Vec<FieldError> = names.iter().enumerate().filter_map(unknown).collect();
                if !faults.is_empty() {
                    return Err(faults);
                }
                self.granted = permissions::all(&asked).into_iter().filter(|(name, _)| names.contains(name)).collect();
                self.decided = true;
            }
        }
        Ok(())
    }

    /// The version to keep.
    pub fn at(&self, place: Place<'_>) -> Result<Version, Vec<FieldError>> {
        let in_force = permissions::in_force(&self.manifest, &self.settings, &self.granted);
        let (cut, grants) = in_force.map_err(|none| vec![fault(&none)])?;
        let sink = match self.sink {
            Sink::Channel => Sink::Channel,
            Sink::Crm | Sink::Ledger if cut.all_payments => Sink::Ledger,
            Sink::Crm | Sink::Ledger => Sink::Crm,
        };
        Ok(Version {
            installation_id: place.installation.to_owned(),
            number: place.number,
            digest: self.digest.clone(),
            sink,
            manifest: json(&self.manifest),
            settings: json(&self.settings),
            granted: Some(json(&self.granted)),
            grants: json(&grants),
            decided: self.decided,
            note: self.note.clone(),
            created_by: place.by.to_owned(),
            created_at: place.now,
            activated_at: None,
            previous: None,
        })
    }
}

/// What the deliveries of a component are.
fn sink(report: &Report) -> Sink {
    let is_channel = report.exports.iter().any(|name| name.starts_with("kamurj:plugin/channel-sink@"));
    if is_channel { Sink::Channel } else { Sink::Crm }
}

fn fault(none: &NoAddress) -> FieldError {
    FieldError { pointer: format!("/settings/{}", none.setting), detail: none.detail.clone() }
}

fn unreadable(version: &Version, what: &'static str) -> Error {
    let id = format!("{}/{}", version.installation_id, version.number);
    Error::Inconsistent { table: "installation_versions", id, what }
}

/// All that the version's plugin asks for.
pub fn manifest(version: &Version) -> Result<Manifest, Error> {
    serde_json::from_str(&version.manifest).map_err(|_| unreadable(version, "an unreadable manifest"))
}

/// What the operator entered for the version.
pub fn settings(version: &Version) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(&version.settings).map_err(|_| unreadable(version, "unreadable settings"))
}

/// Every permission that the version asks for.
pub fn asked(version: &Version) -> Result<Vec<Permission>, Error> {
    permissions::asked(&manifest(version)?, Some(&settings(version)?))
        .map_err(|_| unreadable(version, "settings without an address that its manifest needs"))
}

/// What was granted of it.
pub fn granted(version: &Version) -> Result<Granted, Error> {
    match &version.granted {
        Some(granted) => serde_json::from_str(granted).map_err(|_| unreadable(version, "unreadable grants")),
        None => Ok(permissions::all(&asked(version)?)),
    }
}

/// What of its manifest is in force.
pub fn manifest_in_force(version: &Version) -> Result<Manifest, Error> {
    let (manifest, settings) = (manifest(version)?, settings(version)?);
    let (cut, _) = permissions::in_force(&manifest, &settings, &granted(version)?)
        .map_err(|_| unreadable(version, "settings without an address that its manifest needs"))?;
    Ok(cut)
}

/// Plain values as JSON.
pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structs with text keys always have a JSON form")
}
