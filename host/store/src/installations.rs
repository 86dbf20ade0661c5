//! Installations: one version of one plugin, switched on for one merchant with its settings and grants. The versions beside
//! it are in `versions`; what becomes of it as it works is in `standing`.

pub mod standing;
pub mod versions;

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use kamurj_domain::Mode;

/// What an installation's deliveries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Messages to the conversation that a payment came from.
    Channel,
    /// Updates of a record in a CRM, of payments that belong to it or to none.
    Crm,
    /// Entries for every payment, such as rows of a spreadsheet.
    Ledger,
}

impl Sink {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Channel, Self::Crm, Self::Ledger].into_iter().find(|sink| sink.word() == word)
    }

    /// The sink in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Crm => "crm",
            Self::Ledger => "ledger",
        }
    }
}

/// Why what is owed to an installation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Its runs broke again and again.
    Suspended,
    /// Its component is not there, or does not load.
    Broken,
}

impl Halt {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Broken => "broken",
        }
    }
}

/// That an installation is halted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halted {
    /// In what way.
    pub how: Halt,
    /// In words.
    pub reason: String,
}

/// A plugin switched on for a merchant. Manifest, settings and grants are JSON that the server reads.
#[derive(Debug, Clone)]
pub struct Installation {
    /// `ins_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The plugin's id: `telegram`.
    pub plugin: String,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// What its deliveries are.
    pub sink: Sink,
    /// Names of the events that it wants.
    pub events: Vec<String>,
    /// The plugin's manifest without what was not granted.
    pub manifest: String,
    /// What the operator entered.
    pub settings: String,
    /// What the operator granted.
    pub grants: String,
    /// Whether it gets deliveries and inbound messages.
    pub active: bool,
    /// The version whose component, manifest, settings and grants these are.
    pub version: i64,
    /// Why what it gets waits, where it does.
    pub halted: Option<Halted>,
    /// When it was removed, Unix milliseconds.
    pub removed_at: Option<i64>,
    /// What its self-test said last, JSON.
    pub last_check: Option<String>,
    /// When it was installed first, Unix milliseconds.
    pub created_at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    plugin: String,
    digest: String,
    sink: String,
    events: String,
    manifest: String,
    settings: String,
    grants: String,
    active: i64,
    version: i64,
    halted: Option<String>,
    halted_reason: String,
    removed_at: Option<i64>,
    last_check: Option<String>,
    created_at: i64,
}

impl Row {
    fn into_installation(self) -> Result<Installation, Error> {
        let mode = mode(&self.mode, "installations", &self.id)?;
        let wrong = |what| Error::Inconsistent { table: "installations", id: self.id.clone(), what };
        let sink = Sink::from_word(&self.sink).ok_or_else(|| wrong("an unknown sink"))?;
        let how = match self.halted.as_deref() {
            None => None,
            Some("suspended") => Some(Halt::Suspended),
            Some("broken") => Some(Halt::Broken),
            Some(_) => return Err(wrong("halted in an unknown way")),
        };
        let events = serde_json::from_str(&self.events).map_err(|_| wrong("unreadable events"))?;
        Ok(Installation {
            id: self.id,
            merchant_id: self.merchant_id,
            mode,
            plugin: self.plugin,
            digest: self.digest,
            sink,
            events,
            manifest: self.manifest,
            settings: self.settings,
            grants: self.grants,
            active: self.active != 0,
            version: self.version,
            halted: how.map(|how| Halted { how, reason: self.halted_reason }),
            removed_at: self.removed_at,
            last_check: self.last_check,
            created_at: self.created_at,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active, version, halted,
    halted_reason, removed_at, last_check, created_at"
    };
}

// What was removed is installed anew under its old id: its history goes on.
const PUT: &str = concat!(
    "
INSERT INTO installations
    (id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active, version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (merchant_id, mode, plugin) DO UPDATE SET
    digest = excluded.digest, sink = excluded.sink, events = excluded.events, manifest = excluded.manifest,
    settings = excluded.settings, grants = excluded.grants, active = excluded.active, version = excluded.version,
    halted = NULL, halted_reason = '', breaks = 0, breakers = '[]', removed_at = NULL
RETURNING ",
    columns!()
);

/// Adds the installation, or brings the merchant's one of this plugin to this version and these settings; answers it
/// with its lasting id.
pub async fn put(tx: &mut Tx, installation: &Installation, now: i64) -> Result<Installation, Error> {
    let row: Option<Row> = sql(PUT)
        .bind(&installation.id)
        .bind(&installation.merchant_id)
        .bind(installation.mode.word())
        .bind(&installation.plugin)
        .bind(&installation.digest)
        .bind(installation.sink.word())
        .bind(crate::payments::json(&installation.events))
        .bind(&installation.manifest)
        .bind(&installation.settings)
        .bind(&installation.grants)
        .bind(installation.active)
        .bind(installation.version)
        .bind(now)
        .optional(tx)
        .await?;
    match row {
        Some(row) => row.into_installation(),
        None => Err(Error::Inconsistent {
            table: "installations",
            id: installation.id.clone(),
            what: "an upsert answered no row",
        }),
    }
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM installations WHERE id = $1");

/// The installation with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Installation>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(id).optional(tx).await?;
    row.map(Row::into_installation).transpose()
}

const LOCK: &str = concat!("UPDATE installations SET version = version WHERE id = $1 RETURNING ", columns!());

/// The same, and nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Installation>, Error> {
    let row: Option<Row> = sql(LOCK).bind(id).optional(tx).await?;
    row.map(Row::into_installation).transpose()
}

const OF_PLUGIN: &str =
    concat!("SELECT ", columns!(), " FROM installations WHERE merchant_id = $1 AND mode = $2 AND plugin = $3");

/// The merchant's installation of this plugin in this mode, also one that was removed.
pub async fn of_plugin(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    plugin: &str,
) -> Result<Option<Installation>, Error> {
    let row: Option<Row> = sql(OF_PLUGIN).bind(merchant_id).bind(mode.word()).bind(plugin).optional(tx).await?;
    row.map(Row::into_installation).transpose()
}

const ACTIVE_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM installations WHERE merchant_id = $1 AND mode = $2 AND active = 1 ORDER BY id"
);

/// The merchant's active installations in this mode.
pub async fn active_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Installation>, Error> {
    let rows: Vec<Row> = sql(ACTIVE_OF).bind(merchant_id).bind(mode.word()).all(tx).await?;
    rows.into_iter().map(Row::into_installation).collect()
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM installations
WHERE merchant_id = $1 AND mode = $2 AND removed_at IS NULL AND (created_at > $3 OR (created_at = $3 AND id > $4))
ORDER BY created_at, id
LIMIT $5"
);

/// The merchant's installations in this mode after this time and id, the oldest first; without those that were removed.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Installation>, Error> {
    let (at, id) = after.unwrap_or((i64::MIN, String::new()));
    let rows: Vec<Row> = sql(PAGE).bind(merchant_id).bind(mode.word()).bind(at).bind(id).bind(limit).all(tx).await?;
    rows.into_iter().map(Row::into_installation).collect()
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, BY_ID, LOCK, OF_PLUGIN, ACTIVE_OF, PAGE];
