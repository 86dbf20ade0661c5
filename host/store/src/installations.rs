//! Installations: one version of one plugin, switched on for one merchant with its settings and grants.

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use kamurj_domain::Mode;

/// What an installation's deliveries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Messages to the conversation that a payment came from.
    Channel,
    /// Updates of a record in a back office.
    Crm,
}

impl Sink {
    fn word(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Crm => "crm",
        }
    }
}

/// A plugin switched on for a merchant. Descriptor, settings and grants are JSON that the server reads.
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
    /// The plugin's manifest, as reviewed.
    pub manifest: String,
    /// What the operator entered.
    pub settings: String,
    /// What the operator granted.
    pub grants: String,
    /// Whether it gets deliveries and inbound messages.
    pub active: bool,
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
}

impl Row {
    fn into_installation(self) -> Result<Installation, Error> {
        let mode = mode(&self.mode, "installations", &self.id)?;
        let wrong = |what| Error::Inconsistent { table: "installations", id: self.id.clone(), what };
        let sink = [Sink::Channel, Sink::Crm]
            .into_iter()
            .find(|sink| sink.word() == self.sink)
            .ok_or_else(|| wrong("an unknown sink"))?;
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
        })
    }
}

const PUT: &str = "
INSERT INTO installations
    (id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (merchant_id, mode, plugin) DO UPDATE SET
    digest = excluded.digest, sink = excluded.sink, events = excluded.events, manifest = excluded.manifest,
    settings = excluded.settings, grants = excluded.grants, active = excluded.active
RETURNING id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active";

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

const BY_ID: &str = "
SELECT id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active
FROM installations
WHERE id = $1";

/// The installation with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Installation>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(id).optional(tx).await?;
    row.map(Row::into_installation).transpose()
}

const ACTIVE_OF: &str = "
SELECT id, merchant_id, mode, plugin, digest, sink, events, manifest, settings, grants, active
FROM installations
WHERE merchant_id = $1 AND mode = $2 AND active = 1
ORDER BY id";

/// The merchant's active installations in this mode.
pub async fn active_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Installation>, Error> {
    let rows: Vec<Row> = sql(ACTIVE_OF).bind(merchant_id).bind(mode.word()).all(tx).await?;
    rows.into_iter().map(Row::into_installation).collect()
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, BY_ID, ACTIVE_OF];
