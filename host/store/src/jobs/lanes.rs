//! Jobs that wait for each other.

use super::{Kind, put_in_lane};
use crate::db::{Error, Tx, sql};

#[derive(sqlx::FromRow)]
struct Last {
    last: Option<i64>,
}

const LAST: &str = "SELECT MAX(place) AS last FROM jobs WHERE lane = $1";

/// Adds a job behind all that are in its lane. Two that are added at once by different transactions may share a place; then their
/// ids say which is first.
pub async fn put_behind(tx: &mut Tx, kind: Kind, subject: &str, lane: &str, due_at: i64) -> Result<(), Error> {
    let last: Option<Last> = sql(LAST).bind(lane).optional(tx).await?;
    let place = last.and_then(|last| last.last).unwrap_or(0) + 1;
    put_in_lane(tx, kind, subject, lane, place, due_at).await
}

pub(crate) const CATALOGUE: &[&str] = &[LAST];
