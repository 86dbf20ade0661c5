//! Invitations: addresses by which somebody sets their password and second factor. Each works once; by hash.

use crate::db::{Error, Tx, sql};

/// An invitation that is in force.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    /// Whose.
    pub operator_id: String,
    /// The key of the codes that it offers, sealed.
    pub second_factor: String,
    /// Until when, Unix milliseconds.
    pub valid_until: i64,
}

const WITHDRAW: &str = "UPDATE invitations SET used_at = $2 WHERE operator_id = $1 AND used_at IS NULL";
const INSERT: &str = "INSERT INTO invitations (hash, operator_id, second_factor, valid_until) VALUES ($1, $2, $3, $4)";

/// Adds an invitation; those that the person had are void from now on.
pub async fn insert(tx: &mut Tx, hash: &str, invitation: &Invitation, now: i64) -> Result<(), Error> {
    sql(WITHDRAW).bind(&invitation.operator_id).bind(now).run(tx).await?;
    sql(INSERT)
        .bind(hash)
        .bind(&invitation.operator_id)
        .bind(&invitation.second_factor)
        .bind(invitation.valid_until)
        .run(tx)
        .await?;
    Ok(())
}

const BY_HASH: &str = "SELECT operator_id, second_factor, valid_until FROM invitations
WHERE hash = $1 AND used_at IS NULL AND valid_until > $2";

/// The invitation with this hash, where it is in force.
pub async fn by_hash(tx: &mut Tx, hash: &str, now: i64) -> Result<Option<Invitation>, Error> {
    sql(BY_HASH).bind(hash).bind(now).optional(tx).await
}

const USE: &str = "UPDATE invitations SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND valid_until > $2";

/// Uses it up; answers whether nobody did before.
pub async fn take(tx: &mut Tx, hash: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(USE).bind(hash).bind(now).run(tx).await? == 1)
}

pub(crate) const CATALOGUE: &[&str] = &[WITHDRAW, INSERT, BY_HASH, USE];
