//! How far sealed values are sealed anew with a key: a cursor for each column, so that whoever was killed goes on, and of two at
//! one column one alone counts.

use crate::db::{Error, Tx, sql};

/// The walk through one column.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Move {
    /// The key that values are sealed with from now on.
    pub key_id: String,
    /// Table and column.
    pub place: String,
    /// The last row that was looked at, JSON; empty before the first.
    pub behind: String,
    /// How many values were sealed anew.
    pub moved: i64,
    /// How many no key opens in their place.
    pub unreadable: i64,
    /// When its end was reached, Unix milliseconds.
    pub done_at: Option<i64>,
}

macro_rules! columns {
    () => {
        "key_id, place, behind, moved, unreadable, done_at"
    };
}

const BEGIN: &str = "
INSERT INTO key_moves (key_id, place, behind) VALUES ($1, $2, '')
ON CONFLICT (key_id, place) DO UPDATE SET behind = '', unreadable = 0, done_at = NULL";

/// Begins a column's walk, or begins it again; what was moved stays counted.
pub async fn begin(tx: &mut Tx, key_id: &str, place: &str) -> Result<(), Error> {
    sql(BEGIN).bind(key_id).bind(place).run(tx).await?;
    Ok(())
}

const NEXT: &str =
    concat!("SELECT ", columns!(), " FROM key_moves WHERE key_id = $1 AND done_at IS NULL ORDER BY place LIMIT 1");

/// A walk that has not reached its end.
pub async fn next(tx: &mut Tx, key_id: &str) -> Result<Option<Move>, Error> {
    sql(NEXT).bind(key_id).optional(tx).await
}

const OF: &str = concat!("SELECT ", columns!(), " FROM key_moves WHERE key_id = $1 ORDER BY place");

/// All walks for this key.
pub async fn of(tx: &mut Tx, key_id: &str) -> Result<Vec<Move>, Error> {
    sql(OF).bind(key_id).all(tx).await
}

const ADVANCE: &str = "
UPDATE key_moves SET behind = $4, moved = $5, unreadable = $6, done_at = $7
WHERE key_id = $1 AND place = $2 AND behind = $3 AND done_at IS NULL";

/// Moves the cursor from where it stood. `false`: somebody else did, and what belongs to this step is theirs.
pub async fn advance(tx: &mut Tx, from: &Move, to: &Move) -> Result<bool, Error> {
    let query = sql(ADVANCE).bind(&from.key_id).bind(&from.place).bind(&from.behind).bind(&to.behind);
    Ok(query.bind(to.moved).bind(to.unreadable).bind(to.done_at).run(tx).await? == 1)
}

pub(crate) const CATALOGUE: &[&str] = &[BEGIN, NEXT, OF, ADVANCE];
