//! Which servers run with which master key while there are two: so that nobody takes the old one from a server that needs it.

use crate::db::{Error, Tx, sql};

/// A server that was there.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Holder {
    /// The server's life.
    pub node: String,
    /// The master key that it was started with.
    pub master_id: String,
    /// When it was there last, Unix milliseconds.
    pub seen_at: i64,
}

const SEEN: &str = "
INSERT INTO key_holders (node, master_id, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (node) DO UPDATE SET master_id = excluded.master_id, seen_at = excluded.seen_at";

/// Notes that this server is there.
pub async fn seen(tx: &mut Tx, holder: &Holder) -> Result<(), Error> {
    sql(SEEN).bind(&holder.node).bind(&holder.master_id).bind(holder.seen_at).run(tx).await?;
    Ok(())
}

const SINCE: &str = "SELECT node, master_id, seen_at FROM key_holders WHERE seen_at > $1 ORDER BY node";

/// Who was there after this time, Unix milliseconds.
pub async fn since(tx: &mut Tx, after: i64) -> Result<Vec<Holder>, Error> {
    sql(SINCE).bind(after).all(tx).await
}

const FORGET: &str = "DELETE FROM key_holders";

/// Forgets them all.
pub async fn forget(tx: &mut Tx) -> Result<(), Error> {
    sql(FORGET).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[SEEN, SINCE, FORGET];
