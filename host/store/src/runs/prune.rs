//! Records that have had their time: removed owner by owner, never in part, and never while anything still rests on them.

use crate::db::{Error, Tx, sql};

#[derive(sqlx::FromRow)]
struct Owner {
    owner_id: String,
}

// A delivery that was given up keeps its record while its exception is open: trying it again must not repeat what the remote
// accepted.
const OLD: &str = "
SELECT DISTINCT old.owner_id FROM plugin_runs AS old
WHERE old.at < $1
    AND NOT EXISTS (SELECT 1 FROM plugin_runs AS newer WHERE newer.owner_id = old.owner_id AND newer.at >= $1)
    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = old.owner_id AND deliveries.state = 'owed')
    AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.id = old.owner_id AND inbox.state = 'waiting')
    AND NOT EXISTS (
        SELECT 1 FROM exceptions
        WHERE exceptions.kind = 'delivery_failed' AND exceptions.subject = old.owner_id
            AND exceptions.resolved_at IS NULL)
LIMIT $2";

// Whoever owes a delivery again writes its row as well: of the two, the second sees what the first did.
const LOCK: &str = "UPDATE deliveries SET state = state WHERE id = $1";
const OWED: &str = "SELECT id AS owner_id FROM deliveries WHERE id = $1 AND state = 'owed'";
const STEPS: &str = "DELETE FROM steps WHERE owner_id = $1";
const LOGS: &str = "DELETE FROM plugin_logs WHERE owner_id = $1";
const RUNS: &str = "DELETE FROM plugin_runs WHERE owner_id = $1";

/// Removes the records of so many owners, all of whose runs began before `before` and on which nothing rests any more;
/// answers how many there were.
pub async fn prune(tx: &mut Tx, before: i64, owners: i64) -> Result<usize, Error> {
    let old: Vec<Owner> = sql(OLD).bind(before).bind(owners).all(tx).await?;
    for Owner { owner_id } in &old {
        if sql(LOCK).bind(owner_id).run(tx).await? == 1
            && sql(OWED).bind(owner_id).optional::<Owner>(tx).await?.is_some()
        {
            continue;
        }
        for statement in [STEPS, LOGS, RUNS] {
            sql(statement).bind(owner_id).run(tx).await?;
        }
    }
    Ok(old.len())
}

pub(crate) const CATALOGUE: &[&str] = &[OLD, LOCK, OWED, STEPS, LOGS, RUNS];
