//! Merchants. Their provider accounts are in `provider_accounts`, their API keys in `api_keys`, their people in `operators`.

use crate::db::{Error, Tx, sql};
use kamurj_domain::{Mode, Policy};
use std::collections::BTreeMap;

pub use crate::api_keys::Caller;
pub use crate::provider_accounts::{ProviderAccount, account};

/// A tenant.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Merchant {
    /// `mer_…`.
    pub id: String,
    /// The name that customers see.
    pub name: String,
    /// The public chat name that customers know, with its `@`.
    pub handle: Option<String>,
    /// How to reach a person, as one line of text.
    pub contact: Option<String>,
    /// Brand colour, `#RRGGBB`.
    pub colour: Option<String>,
    /// Default language: `hy`, `ru`, `en`.
    pub locale: String,
}

const INSERT: &str = "
INSERT INTO merchants (id, name, handle, contact, colour, locale, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Adds a merchant.
pub async fn insert(tx: &mut Tx, merchant: &Merchant, now: i64) -> Result<(), Error> {
    sql(INSERT)
        .bind(&merchant.id)
        .bind(&merchant.name)
        .bind(merchant.handle.as_deref())
        .bind(merchant.contact.as_deref())
        .bind(merchant.colour.as_deref())
        .bind(&merchant.locale)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

const BY_ID: &str = "SELECT id, name, handle, contact, colour, locale FROM merchants WHERE id = $1";

/// The merchant with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Merchant>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const CHANGE: &str = "UPDATE merchants SET name = $2, handle = $3, contact = $4, locale = $5 WHERE id = $1";

/// Writes what the merchant is called, how it is reached, and its language.
pub async fn change(tx: &mut Tx, merchant: &Merchant) -> Result<(), Error> {
    sql(CHANGE)
        .bind(&merchant.id)
        .bind(&merchant.name)
        .bind(merchant.handle.as_deref())
        .bind(merchant.contact.as_deref())
        .bind(&merchant.locale)
        .run(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PolicyRow {
    policy: String,
}

const POLICY: &str = "SELECT policy FROM merchants WHERE id = $1";

/// The merchant's policy for payments made from now on.
pub async fn policy(tx: &mut Tx, id: &str) -> Result<Policy, Error> {
    let row: Option<PolicyRow> = sql(POLICY).bind(id).optional(tx).await?;
    let Some(row) = row else { return Ok(Policy::default()) };
    let unreadable = |_| Error::Inconsistent { table: "merchants", id: id.to_owned(), what: "an unreadable policy" };
    serde_json::from_str(&row.policy).map_err(unreadable)
}

const SET_POLICY: &str = "UPDATE merchants SET policy = $2 WHERE id = $1";

/// Sets the merchant's policy; answers whether there is such a merchant.
pub async fn set_policy(tx: &mut Tx, id: &str, policy: &Policy) -> Result<bool, Error> {
    Ok(sql(SET_POLICY).bind(id).bind(crate::payments::json(policy)).run(tx).await? == 1)
}

const SET_HOST: &str = "UPDATE merchants SET host = $2 WHERE id = $1
    AND NOT EXISTS (SELECT 1 FROM merchants AS others WHERE others.host = $2 AND others.id <> $1)";

/// Gives the merchant's pages a host name of their own, or takes it away; answers whether there is such a merchant, and no
/// other has the name.
pub async fn set_host(tx: &mut Tx, id: &str, host: Option<&str>) -> Result<bool, Error> {
    Ok(sql(SET_HOST).bind(id).bind(host).run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct HostRow {
    id: String,
    host: String,
}

#[derive(sqlx::FromRow)]
struct HostOf {
    host: Option<String>,
}

const HOST: &str = "SELECT host FROM merchants WHERE id = $1";

/// The host name of the merchant's own pages, where they have one.
pub async fn host(tx: &mut Tx, id: &str) -> Result<Option<String>, Error> {
    let row: Option<HostOf> = sql(HOST).bind(id).optional(tx).await?;
    Ok(row.and_then(|row| row.host))
}

const HOSTS: &str = "SELECT id, host FROM merchants WHERE host IS NOT NULL";

/// The merchants whose pages have a host name of their own, with that name.
pub async fn hosts(tx: &mut Tx) -> Result<BTreeMap<String, String>, Error> {
    let rows: Vec<HostRow> = sql(HOSTS).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.host)).collect())
}

pub(crate) fn mode(word: &str, table: &'static str, id: &str) -> Result<Mode, Error> {
    Mode::from_word(word).ok_or_else(|| Error::Inconsistent { table, id: id.to_owned(), what: "an unknown mode" })
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, BY_ID, CHANGE, POLICY, SET_POLICY, SET_HOST, HOST, HOSTS];
