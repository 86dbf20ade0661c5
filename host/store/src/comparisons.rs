//! What comparisons of a remote with the journal found. It is shown to people and read by nothing that decides about money.

use crate::db::{Error, Tx, sql};

/// The most differences that are kept of one comparison.
pub const MOST: i64 = 1_000;
/// Comparisons that are kept of an installation.
const KEPT: i64 = 14;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Comparison {
    /// `cmp_…`.
    pub id: String,
    /// Whose it is.
    pub installation_id: String,
    /// When its first part came, Unix milliseconds.
    pub began_at: i64,
    /// When its last part came, Unix milliseconds.
    pub ended_at: Option<i64>,
    /// How many payments were looked at.
    pub compared: i64,
    /// How many things differ, those among them that are not kept.
    pub differing: i64,
}

/// One thing that the remote shows otherwise than it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Difference {
    /// `pay_…`.
    pub payment_id: String,
    /// The record's kind at the remote.
    pub entity_type: Option<String>,
    /// Its id there.
    pub entity_id: Option<String>,
    /// What differs.
    pub field: String,
    /// What is so.
    pub ours: String,
    /// What the remote shows.
    pub theirs: String,
    /// One sentence.
    pub message: String,
}

/// A part of a comparison.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// `cmp_…` for the comparison, if this is its first part.
    pub id: &'a str,
    /// Whose it is.
    pub installation_id: &'a str,
    /// The occurrence that compares.
    pub occurrence_id: &'a str,
    /// Tells this part apart from the others of its comparison.
    pub name: &'a str,
    /// How many payments it looked at.
    pub compared: i64,
    /// What differs.
    pub differences: &'a [Difference],
    /// Whether it is the last.
    pub complete: bool,
}

macro_rules! columns {
    () => {
        "id, installation_id, began_at, ended_at, compared, differing"
    };
}

const BEGIN: &str = concat!(
    "
INSERT INTO comparisons (id, installation_id, occurrence_id, began_at, compared, differing)
VALUES ($1, $2, $3, $4, 0, 0)
ON CONFLICT (installation_id, occurrence_id) DO UPDATE SET began_at = comparisons.began_at
RETURNING ",
    columns!()
);

const NAME: &str = "
INSERT INTO comparison_parts (comparison_id, name) VALUES ($1, $2) ON CONFLICT (comparison_id, name) DO NOTHING";

const ADD: &str = "
INSERT INTO differences (comparison_id, place, payment_id, entity_type, entity_id, field, ours, theirs, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const COUNT: &str = concat!(
    "
UPDATE comparisons SET compared = compared + $2, differing = differing + $3, ended_at = COALESCE(ended_at, $4)
WHERE id = $1
RETURNING ",
    columns!()
);

/// Keeps a part; answers the comparison as it stands then, or none where this very part was kept before.
pub async fn add(tx: &mut Tx, part: &Part<'_>, now: i64) -> Result<Option<Comparison>, Error> {
    let query = sql(BEGIN).bind(part.id).bind(part.installation_id).bind(part.occurrence_id).bind(now);
    let begun: Comparison = query.optional(tx).await?.ok_or(Error::Taken)?;
    if begun.ended_at.is_some() || sql(NAME).bind(&begun.id).bind(part.name).run(tx).await? == 0 {
        return Ok(None);
    }
    for (place, difference) in (begun.differing..MOST).zip(part.differences) {
        sql(ADD)
            .bind(&begun.id)
            .bind(place)
            .bind(&difference.payment_id)
            .bind(difference.entity_type.as_deref())
            .bind(difference.entity_id.as_deref())
            .bind(&difference.field)
            .bind(&difference.ours)
            .bind(&difference.theirs)
            .bind(&difference.message)
            .run(tx)
            .await?;
    }
    let found = i64::try_from(part.differences.len()).unwrap_or(i64::MAX);
    let ended = part.complete.then_some(now);
    let kept = sql(COUNT).bind(&begun.id).bind(part.compared).bind(found).bind(ended).optional(tx).await?;
    if part.complete {
        forget_old(tx, part.installation_id).await?;
    }
    Ok(kept)
}

#[derive(sqlx::FromRow)]
struct Id {
    id: String,
}

const OLD: &str = "
SELECT id FROM comparisons WHERE installation_id = $1 ORDER BY began_at DESC, id DESC LIMIT 50 OFFSET $2";
const FORGET_PARTS: &str = "DELETE FROM comparison_parts WHERE comparison_id = $1";
const FORGET_DIFFERENCES: &str = "DELETE FROM differences WHERE comparison_id = $1";
const FORGET: &str = "DELETE FROM comparisons WHERE id = $1";

async fn forget_old(tx: &mut Tx, installation_id: &str) -> Result<(), Error> {
    let old: Vec<Id> = sql(OLD).bind(installation_id).bind(KEPT).all(tx).await?;
    for Id { id } in old {
        for text in [FORGET_PARTS, FORGET_DIFFERENCES, FORGET] {
            sql(text).bind(&id).run(tx).await?;
        }
    }
    Ok(())
}

const OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM comparisons WHERE installation_id = $1 AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT $2"
);

/// The installation's comparisons that have ended, the newest first.
pub async fn of(tx: &mut Tx, installation_id: &str, limit: i64) -> Result<Vec<Comparison>, Error> {
    sql(OF).bind(installation_id).bind(limit).all(tx).await
}

const DIFFERENCES: &str = "
SELECT payment_id, entity_type, entity_id, field, ours, theirs, message FROM differences
WHERE comparison_id = $1 ORDER BY place";

/// What a comparison found, in the order in which it was found.
pub async fn differences(tx: &mut Tx, comparison_id: &str) -> Result<Vec<Difference>, Error> {
    sql(DIFFERENCES).bind(comparison_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] =
    &[BEGIN, NAME, ADD, COUNT, OLD, FORGET_PARTS, FORGET_DIFFERENCES, FORGET, OF, DIFFERENCES];
