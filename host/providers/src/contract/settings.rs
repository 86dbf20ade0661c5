//! What an operator enters for an account, and how it is refused.

use std::collections::BTreeMap;
use std::fmt;

/// The credentials of one account, opened. Never shown.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Credentials by name.
    pub fn new(secrets: BTreeMap<String, String>) -> Self {
        Self(secrets)
    }

    /// The credential with this name; an absent one is named in the error.
    pub fn required(&self, name: &str) -> Result<&str, SettingsError> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| SettingsError {
            pointer: format!("/secrets/{name}"),
            detail: "is missing; the provider hands it out with the merchant account".to_owned(),
        })
    }

    /// The credentials' names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The credentials' texts, for masking.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// The credential with this name, if there is one.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

/// Settings that cannot work: which field, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct SettingsError {
    /// JSON pointer to the field.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}
