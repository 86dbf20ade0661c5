//! Operators: the people who work for merchants, and as what. One person may work for several merchants, with another role at each.

pub mod invitations;
pub mod proofs;
pub mod sessions;

use crate::db::{Error, Tx, sql};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Operator {
    /// `op_…`.
    pub id: String,
    /// In lower case.
    pub email: String,
    /// As colleagues call them.
    pub name: String,
    /// `hy`, `ru` or `en`.
    pub locale: String,
    /// A PHC string; absent until the invitation was taken up.
    pub password: Option<String>,
    /// The key of their codes, sealed.
    pub second_factor: Option<String>,
    /// The time step of the last code that was taken.
    pub last_step: i64,
}

macro_rules! columns {
    () => {
        "id, email, name, locale, password, second_factor, last_step"
    };
}

const INSERT: &str = "INSERT INTO operators (id, email, name, locale, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email) DO NOTHING";

/// Adds somebody who cannot sign in yet; answers whether nobody had the address.
pub async fn insert(tx: &mut Tx, id: &str, (email, name, locale): (&str, &str, &str), now: i64) -> Result<bool, Error> {
    Ok(sql(INSERT).bind(id).bind(email).bind(name).bind(locale).bind(now).run(tx).await? == 1)
}

const BY_EMAIL: &str = concat!("SELECT ", columns!(), " FROM operators WHERE email = $1");
const BY_ID: &str = concat!("SELECT ", columns!(), " FROM operators WHERE id = $1");

/// The person with this address, which is in lower case.
pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<Operator>, Error> {
    sql(BY_EMAIL).bind(email).optional(tx).await
}

/// The person with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Operator>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const SET_LOCALE: &str = "UPDATE operators SET locale = $2 WHERE id = $1";

/// Keeps in which language somebody reads the console.
pub async fn set_locale(tx: &mut Tx, id: &str, locale: &str) -> Result<(), Error> {
    sql(SET_LOCALE).bind(id).bind(locale).run(tx).await?;
    Ok(())
}

/// For whom somebody works.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// `mer_…`.
    pub merchant_id: String,
    /// Its name.
    pub merchant_name: String,
    /// The role's word.
    pub role: String,
}

const JOIN: &str = "
INSERT INTO memberships (operator_id, merchant_id, role, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (operator_id, merchant_id) DO NOTHING";

/// Lets somebody work for a merchant; answers whether they did not before.
pub async fn join(tx: &mut Tx, operator_id: &str, merchant_id: &str, role: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(JOIN).bind(operator_id).bind(merchant_id).bind(role).bind(now).run(tx).await? == 1)
}

const MEMBERSHIPS: &str = "
SELECT memberships.merchant_id, merchants.name AS merchant_name, memberships.role
FROM memberships JOIN merchants ON merchants.id = memberships.merchant_id
WHERE memberships.operator_id = $1 AND memberships.disabled_at IS NULL
ORDER BY merchants.name, merchants.id";

/// For whom somebody works now.
pub async fn memberships(tx: &mut Tx, operator_id: &str) -> Result<Vec<Membership>, Error> {
    sql(MEMBERSHIPS).bind(operator_id).all(tx).await
}

/// Somebody who works, worked or may soon work for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    /// `op_…`.
    pub id: String,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The role's word.
    pub role: String,
    /// Since when, Unix milliseconds.
    pub created_at: i64,
    /// Until when, where it has ended.
    pub disabled_at: Option<i64>,
    /// 1 where they have a password and a second factor.
    pub is_set_up: i64,
    /// When they were last here, with whichever merchant.
    pub last_seen_at: Option<i64>,
    /// For how many merchants they work now.
    pub merchants: i64,
}

macro_rules! members {
    ($of:literal) => {
        concat!(
            "
SELECT operators.id, operators.email, operators.name, memberships.role, memberships.created_at,
    memberships.disabled_at, CAST(CASE WHEN operators.password IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_set_up,
    (SELECT MAX(seen_at) FROM sessions WHERE sessions.operator_id = operators.id) AS last_seen_at,
    (SELECT COUNT(*) FROM memberships AS others
        WHERE others.operator_id = operators.id AND others.disabled_at IS NULL) AS merchants
FROM memberships JOIN operators ON operators.id = memberships.operator_id
WHERE memberships.merchant_id = $1",
            $of
        )
    };
}

const MEMBERS: &str = members!(" ORDER BY memberships.created_at, operators.id LIMIT 500");
const MEMBER: &str = members!(" AND operators.id = $2");

/// Everybody who works for a merchant or did, the first one first; at most five hundred.
pub async fn members(tx: &mut Tx, merchant_id: &str) -> Result<Vec<Member>, Error> {
    sql(MEMBERS).bind(merchant_id).all(tx).await
}

/// One of them.
pub async fn member(tx: &mut Tx, merchant_id: &str, operator_id: &str) -> Result<Option<Member>, Error> {
    sql(MEMBER).bind(merchant_id).bind(operator_id).optional(tx).await
}

const CHANGE: &str = "UPDATE memberships SET role = $3, disabled_at = $4 WHERE merchant_id = $1 AND operator_id = $2";

/// Sets somebody's role with a merchant, and whether they work for it.
pub async fn change(
    tx: &mut Tx,
    merchant_id: &str,
    operator_id: &str,
    role: &str,
    disabled_at: Option<i64>,
) -> Result<(), Error> {
    sql(CHANGE).bind(merchant_id).bind(operator_id).bind(role).bind(disabled_at).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

// Locks the rows where the engine locks rows, so that two owners cannot each remove the other.
const TOUCH_OWNERS: &str = "UPDATE memberships SET role = role WHERE merchant_id = $1 AND role = 'owner'";
const OWNERS: &str = "
SELECT COUNT(*) AS count FROM memberships JOIN operators ON operators.id = memberships.operator_id
WHERE merchant_id = $1 AND role = 'owner' AND disabled_at IS NULL AND operators.password IS NOT NULL";

/// How many owners a merchant has who can sign in. Others who change owners wait for this transaction.
pub async fn owners(tx: &mut Tx, merchant_id: &str) -> Result<i64, Error> {
    sql(TOUCH_OWNERS).bind(merchant_id).run(tx).await?;
    let row: Option<Count> = sql(OWNERS).bind(merchant_id).optional(tx).await?;
    Ok(row.map_or(0, |row| row.count))
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, BY_EMAIL, BY_ID, SET_LOCALE, JOIN, MEMBERSHIPS, MEMBERS, MEMBER, CHANGE, TOUCH_OWNERS, OWNERS];
