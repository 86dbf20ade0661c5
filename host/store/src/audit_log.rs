//! What operators did, as a chain for each merchant: entries are added in the transaction of what they tell, and never changed. Each has
//! a mac over its hash, so that nobody who has the database alone can write the chain anew.

use crate::db::{Error, Tx, sql};
use kamurj_domain::audit::{Act, FIRST};
use kamurj_domain::journal::checkpoint::Keyed;

/// An entry to add; its place and what comes before it are found here.
#[derive(Debug, Clone)]
pub struct NewAct {
    /// The merchant for whom it was done.
    pub merchant_id: String,
    /// Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// As what.
    pub role: String,
    /// What.
    pub action: String,
    /// About what.
    pub target: String,
    /// `done` or `refused`.
    pub outcome: &'static str,
    /// The HTTP status of the answer; 0 for a command.
    pub status: i64,
    /// From where, by keyed hash.
    pub origin: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// A JSON object without secrets.
    pub detail: String,
}

#[derive(sqlx::FromRow)]
struct Head {
    length: i64,
    head: String,
}

const BEGIN: &str = "
INSERT INTO audit_heads (merchant_id, length, head) VALUES ($1, 0, $2) ON CONFLICT (merchant_id) DO NOTHING";
// Takes the row's lock where the engine has such: entries of one merchant are added one after the other.
const LOCK: &str = "UPDATE audit_heads SET length = length WHERE merchant_id = $1";
const HEAD: &str = "SELECT length, head FROM audit_heads WHERE merchant_id = $1";
const INSERT: &str = "
INSERT INTO audit_log (merchant_id, sequence, at, actor, role, action, target, outcome, status, origin, request_id,
    detail, previous, hash, mac)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const MOVE: &str = "UPDATE audit_heads SET length = $2, head = $3 WHERE merchant_id = $1";

/// Adds an entry.
pub async fn append(tx: &mut Tx, new: NewAct, key: &impl Keyed) -> Result<(), Error> {
    sql(BEGIN).bind(&new.merchant_id).bind(FIRST).run(tx).await?;
    sql(LOCK).bind(&new.merchant_id).run(tx).await?;
    let head: Option<Head> = sql(HEAD).bind(&new.merchant_id).optional(tx).await?;
    let head = head.unwrap_or_else(|| Head { length: 0, head: FIRST.to_owned() });
    let act = Act {
        merchant: new.merchant_id,
        sequence: head.length + 1,
        at: new.at,
        actor: new.actor,
        role: new.role,
        action: new.action,
        target: new.target,
        outcome: new.outcome.to_owned(),
        status: new.status,
        origin: new.origin,
        request_id: new.request_id,
        detail: new.detail,
        previous: head.head,
    };
    let hash = act.hash();
    sql(INSERT)
        .bind(&act.merchant)
        .bind(act.sequence)
        .bind(act.at)
        .bind(&act.actor)
        .bind(&act.role)
        .bind(&act.action)
        .bind(&act.target)
        .bind(&act.outcome)
        .bind(act.status)
        .bind(act.origin.as_deref())
        .bind(&act.request_id)
        .bind(&act.detail)
        .bind(&act.previous)
        .bind(&hash)
        .bind(mac(key, &hash))
        .run(tx)
        .await?;
    sql(MOVE).bind(&act.merchant).bind(act.sequence).bind(&hash).run(tx).await?;
    Ok(())
}

fn mac(key: &impl Keyed, hash: &str) -> String {
    key.mac(format!("kamurj audit {hash}").as_bytes())
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Whose chain.
    pub merchant_id: String,
    /// Its place.
    pub sequence: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// As what.
    pub role: String,
    /// What.
    pub action: String,
    /// About what.
    pub target: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// HTTP status.
    pub status: i64,
    /// From where, by keyed hash.
    pub origin: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// A JSON object.
    pub detail: String,
    /// The hash of the entry before.
    pub previous: String,
    /// Its hash.
    pub hash: String,
    /// The mac over its hash.
    pub mac: String,
}

impl Entry {
    fn act(&self) -> Act {
        Act {
            merchant: self.merchant_id.clone(),
            sequence: self.sequence,
            at: self.at,
            actor: self.actor.clone(),
            role: self.role.clone(),
            action: self.action.clone(),
            target: self.target.clone(),
            outcome: self.outcome.clone(),
            status: self.status,
            origin: self.origin.clone(),
            request_id: self.request_id.clone(),
            detail: self.detail.clone(),
            previous: self.previous.clone(),
        }
    }
}

macro_rules! columns {
    () => {
        "merchant_id, sequence, at, actor, role, action, target, outcome, status, origin, request_id, detail, previous,
    hash, mac"
    };
}

/// Which entries. An absent part is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Who.
    pub actor: Option<String>,
    /// What, as it is kept.
    pub action: Option<String>,
    /// At this time or later.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
    /// Before this place.
    pub before: Option<i64>,
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit_log
WHERE merchant_id = $1 AND sequence < $2
    AND (CAST($3 AS TEXT) IS NULL OR actor = $3)
    AND (CAST($4 AS TEXT) IS NULL OR action = $4)
    AND (CAST($5 AS BIGINT) IS NULL OR at >= $5)
    AND (CAST($6 AS BIGINT) IS NULL OR at < $6)
ORDER BY sequence DESC LIMIT $7"
);

/// A page of the merchant's entries, the newest first.
pub async fn page(tx: &mut Tx, merchant_id: &str, filter: &Filter, limit: i64) -> Result<Vec<Entry>, Error> {
    sql(PAGE)
        .bind(merchant_id)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.actor.clone())
        .bind(filter.action.clone())
        .bind(filter.from)
        .bind(filter.to)
        .bind(limit)
        .all(tx)
        .await
}

/// Where a chain ends: how many entries it has, and the hash of the last.
pub async fn head(tx: &mut Tx, merchant_id: &str) -> Result<(i64, String), Error> {
    let head: Option<Head> = sql(HEAD).bind(merchant_id).optional(tx).await?;
    Ok(head.map_or_else(|| (0, FIRST.to_owned()), |head| (head.length, head.head)))
}

#[derive(sqlx::FromRow)]
struct Whose {
    merchant_id: String,
}

const CHAINS: &str = "
SELECT merchant_id FROM audit_heads UNION SELECT DISTINCT merchant_id FROM audit_log ORDER BY merchant_id";

/// The merchants that have a chain.
pub async fn chains(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let rows: Vec<Whose> = sql(CHAINS).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.merchant_id).collect())
}

const AFTER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM audit_log WHERE merchant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT 500"
);

/// Follows a chain from its first entry to its last. Answers its length, or the place of the first entry that is not as it was
/// written, and what is wrong with it.
pub async fn verify(
    tx: &mut Tx,
    merchant_id: &str,
    key: &impl Keyed,
) -> Result<Result<i64, (i64, &'static str)>, Error> {
    let (length, last) = head(tx, merchant_id).await?;
    let (mut place, mut previous) = (0, FIRST.to_owned());
    loop {
        let entries: Vec<Entry> = sql(AFTER).bind(merchant_id).bind(place).all(tx).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            place += 1;
            if entry.sequence != place {
                return Ok(Err((place, "is not there")));
            }
            if entry.previous != previous || entry.act().hash() != entry.hash {
                return Ok(Err((place, "was changed")));
            }
            if mac(key, &entry.hash) != entry.mac {
                return Ok(Err((place, "was not written by this server")));
            }
            previous = entry.hash;
        }
    }
    if place < length {
        return Ok(Err((place + 1, "is not there")));
    }
    if place > length || previous != last {
        return Ok(Err((place, "is beyond the end of the chain")));
    }
    Ok(Ok(length))
}

#[derive(sqlx::FromRow)]
struct HashRow {
    hash: String,
}

const HASH_AT: &str = "SELECT hash FROM audit_log WHERE merchant_id = $1 AND sequence = $2";

/// The hash of the entry at this place of a merchant's chain, as an earlier proof may have told it.
pub async fn hash_at(tx: &mut Tx, merchant_id: &str, sequence: i64) -> Result<Option<String>, Error> {
    let row: Option<HashRow> = sql(HASH_AT).bind(merchant_id).bind(sequence).optional(tx).await?;
    Ok(row.map(|row| row.hash))
}

pub(crate) const CATALOGUE: &[&str] = &[BEGIN, LOCK, HEAD, INSERT, MOVE, PAGE, CHAINS, AFTER, HASH_AT];
