//! Whose work is due. Jobs of one kind for one owner (a provider account, an installation, a merchant) make a turn; claims go
//! turn by turn, so that a backlog of one owner is no wait for another. It knows no order between turns: workers choose.

use super::Kind;
use crate::db::{Error, Tx, sql};
use std::collections::BTreeMap;

/// How many due jobs are looked at before the turns are gone through one by one.
const FRONT: i64 = 512;
/// How many turns of a kind are gone through at once.
const STRIDE: i64 = 128;

/// Work of one kind for one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Kind and owner as one word, the key of the turn.
    pub name: String,
    /// Which work.
    pub kind: Kind,
    /// Jobs that can be claimed, as far as they were counted: at least one.
    pub waiting: i64,
}

impl Turn {
    /// Whose work it is; empty where that is not known.
    pub fn owner(&self) -> &str {
        owner(&self.name)
    }
}

/// Whose work a turn of this name is.
pub(super) fn owner(name: &str) -> &str {
    name.split_once(':').map_or("", |(_, owner)| owner)
}

#[derive(sqlx::FromRow)]
struct Row {
    turn: String,
    waiting: i64,
}

const AT_THE_FRONT: &str = concat!(
    "
SELECT turn, COUNT(*) AS waiting
FROM (
    SELECT turn FROM jobs AS due
    WHERE due.due_at <= $1 AND due.lease_until <= $1 AND ",
    nothing_ahead!(),
    "
    ORDER BY due.due_at
    LIMIT $2) AS front
GROUP BY turn
ORDER BY turn"
);

// Goes from one turn to the next over their index, so that its cost grows with the turns that it visits and not with the jobs.
const WALK: &str = concat!(
    "
WITH RECURSIVE turns (turn, place) AS (
    SELECT (SELECT MIN(turn) FROM jobs WHERE kind = $2 AND turn > $3), CAST(1 AS BIGINT)
    UNION ALL
    SELECT (SELECT MIN(jobs.turn) FROM jobs WHERE jobs.kind = $2 AND jobs.turn > turns.turn), turns.place + 1
    FROM turns
    WHERE turns.turn IS NOT NULL AND turns.place < $4)
SELECT turn, (
    SELECT COUNT(*) FROM (
        SELECT 1 AS one FROM jobs AS due
        WHERE due.kind = $2 AND due.turn = turns.turn AND due.due_at <= $1 AND due.lease_until <= $1 AND ",
    nothing_ahead!(),
    "
        LIMIT 8) AS few) AS waiting
FROM turns
WHERE turn IS NOT NULL
ORDER BY place"
);

/// How far the turns of each kind were gone through.
#[derive(Debug, Clone, Default)]
pub struct Walk(BTreeMap<Kind, String>);

/// The turns in which something is due, in the order of their names: all of them, or, where so much is due that going
/// through all would take long, those that come next in the walk.
pub async fn due(tx: &mut Tx, now: i64, walk: &mut Walk) -> Result<Vec<Turn>, Error> {
    let front: Vec<Row> = sql(AT_THE_FRONT).bind(now).bind(FRONT).all(tx).await?;
    let mut found = Vec::new();
    if front.iter().map(|row| row.waiting).sum::<i64>() < FRONT {
        for row in front {
            let word = row.turn.split_once(':').map_or("", |(word, _)| word);
            let what = "a turn of an unknown kind";
            let unknown = || Error::Inconsistent { table: "jobs", id: row.turn.clone(), what };
            let kind = Kind::from_word(word).ok_or_else(unknown)?;
            found.push(Turn { name: row.turn, kind, waiting: row.waiting });
        }
    } else {
        for kind in Kind::ALL {
            found.extend(next(tx, now, kind, walk).await?);
        }
    }
    // The engines may order names in other ways than we do.
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Goes on through the turns of a kind until something is found that is due, or all of them were visited.
async fn next(tx: &mut Tx, now: i64, kind: Kind, walk: &mut Walk) -> Result<Vec<Turn>, Error> {
    let from = walk.0.remove(&kind).unwrap_or_default();
    let mut after = from.clone();
    let mut has_wrapped = from.is_empty();
    loop {
        let rows: Vec<Row> = sql(WALK).bind(now).bind(kind.word()).bind(&after).bind(STRIDE).all(tx).await?;
        let last = rows.last().filter(|_| i64::try_from(rows.len()).is_ok_and(|count| count == STRIDE));
        let last = last.map(|row| row.turn.clone());
        let found: Vec<Turn> = rows
            .into_iter()
            .filter(|row| row.waiting > 0)
            .map(|row| Turn { name: row.turn, kind, waiting: row.waiting })
            .collect();
        if !found.is_empty() || (last.is_none() && has_wrapped) {
            walk.0.extend(last.map(|last| (kind, last)));
            return Ok(found);
        }
        has_wrapped |= last.is_none();
        after = last.unwrap_or_default();
    }
}

pub(crate) const CATALOGUE: &[&str] = &[AT_THE_FRONT, WALK];
