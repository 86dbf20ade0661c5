//! What the ERP is told at its start: its endpoints for webhooks, and where Kamurj is. It must not know how a key is used.

use serde::Deserialize;

use super::keys::{InvalidKey, Key};

/// The secret of the made-up endpoint.
const MADE_UP: &str = "whsec_c2FuZGJveC1lcnAtd2ViaG9vay1zZWNyZXQtMQ==";

/// The ERP's settings. Where they are left out it has one endpoint, `payments`, with a made-up secret, and sends to nobody.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Where it takes webhooks.
    pub endpoints: Vec<Endpoint>,
    /// Where it sends its own, if anywhere.
    #[serde(default)]
    pub kamurj: Option<Destination>,
}

impl Default for Account {
    fn default() -> Self {
        let keys = Key::parse(MADE_UP).into_iter().collect();
        Self { endpoints: vec![Endpoint { name: "payments".to_owned(), keys }], kamurj: None }
    }
}

/// An address that webhooks are taken at, `/hooks/{name}`, with keys of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenEndpoint")]
pub struct Endpoint {
    pub(super) name: String,
    /// A message that any of them proves is taken, as while keys are being changed.
    pub(super) keys: Vec<Key>,
}

/// Where the ERP's own messages go.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenDestination")]
pub struct Destination {
    pub(super) url: url::Url,
    /// A message is signed with each of them.
    pub(super) keys: Vec<Key>,
}

/// As `sandbox.json` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEndpoint {
    name: String,
    keys: Vec<String>,
}

/// The same of a destination.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDestination {
    url: String,
    keys: Vec<String>,
}

/// Why an endpoint or a destination was not set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotSet {
    /// The name would not stand in a path.
    #[error("name: 1 to 40 of the characters a-z, 0-9, `-` and `_`")]
    Name,
    /// Not an absolute http or https URL.
    #[error("url: must begin with https:// or http://")]
    Url,
    /// A text that is no key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// No key at all.
    #[error("keys: name at least one")]
    NoKey,
    /// A key that signs by Ed25519, given to a receiver.
    #[error("keys: a receiver has `whsec_` and `whpk_` keys; `whsk_` stays with the one who signs")]
    NotForReceivers,
    /// A key that only checks, given to a sender.
    #[error("keys: a sender signs with `whsec_` and `whsk_` keys; `whpk_` checks alone")]
    NotForSenders,
}

impl Endpoint {
    /// An endpoint with these secrets (`whsec_…`) and public keys (`whpk_…`).
    pub fn new(name: &str, keys: &[impl AsRef<str>]) -> Result<Self, CannotSet> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if name.is_empty() || name.len() > 40 || !name.bytes().all(fits) {
            return Err(CannotSet::Name);
        }
        let keys = read(keys)?;
        if keys.iter().all(Key::checks) {
            Ok(Self { name: name.to_owned(), keys })
        } else {
            Err(CannotSet::NotForReceivers)
        }
    }
}

impl Destination {
    /// An address, with the secrets (`whsec_…`) and private keys (`whsk_…`) to sign with.
    pub fn new(url: &str, keys: &[impl AsRef<str>]) -> Result<Self, CannotSet> {
        let parsed = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let url = parsed.ok_or(CannotSet::Url)?;
        let keys = read(keys)?;
        if keys.iter().all(Key::signs) { Ok(Self { url, keys }) } else { Err(CannotSet::NotForSenders) }
    }
}

impl TryFrom<WrittenEndpoint> for Endpoint {
    type Error = CannotSet;

    fn try_from(written: WrittenEndpoint) -> Result<Self, CannotSet> {
        Self::new(&written.name, &written.keys)
    }
}

impl TryFrom<WrittenDestination> for Destination {
    type Error = CannotSet;

    fn try_from(written: WrittenDestination) -> Result<Self, CannotSet> {
        Self::new(&written.url, &written.keys)
    }
}

fn read(keys: &[impl AsRef<str>]) -> Result<Vec<Key>, CannotSet> {
    if keys.is_empty() {
        return Err(CannotSet::NoKey);
    }
    Ok(keys.iter().map(|key| Key::parse(key.as_ref())).collect::<Result<_, _>>()?)
}
