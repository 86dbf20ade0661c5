//! Who changed what of a provider account, and when: names of fields and of secrets, never their values.

use crate::db::{Error, Tx, sql};

/// A change of an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// The account's version that it made.
    pub version: i64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// Who made it.
    pub actor: String,
    /// What it was: `added`, or the fields that changed.
    pub what: String,
}

const INSERT: &str = "
INSERT INTO provider_account_changes (account_id, version, at, actor, what) VALUES ($1, $2, $3, $4, $5)";

/// Keeps a change, in the transaction that makes it.
pub async fn note(tx: &mut Tx, account_id: &str, change: &Change) -> Result<(), Error> {
    sql(INSERT)
        .bind(account_id)
        .bind(change.version)
        .bind(change.at)
        .bind(&change.actor)
        .bind(&change.what)
        .run(tx)
        .await?;
    Ok(())
}

const NEWEST: &str = "
SELECT version, at, actor, what FROM provider_account_changes
WHERE account_id = $1 ORDER BY version DESC LIMIT $2";

/// The account's last changes, the newest first.
pub async fn newest(tx: &mut Tx, account_id: &str, most: i64) -> Result<Vec<Change>, Error> {
    sql(NEWEST).bind(account_id).bind(most).all(tx).await
}

const FORGET: &str = "DELETE FROM provider_account_changes WHERE account_id = $1";

pub(super) async fn forget(tx: &mut Tx, account_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(account_id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, NEWEST, FORGET];
