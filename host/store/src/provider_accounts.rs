//! A merchant's accounts at providers: their settings, what payers read of them, and which one is the default. Their
//! credentials are among the secrets.

pub mod changes;

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use crate::payments::json;
use kamurj_domain::Mode;
use kamurj_domain::link::Texts;

/// A merchant's account at one provider.
#[derive(Debug, Clone)]
pub struct ProviderAccount {
    /// `acc_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The provider's word in paths: `vpos`. It never changes.
    pub provider: String,
    /// What operators call it; unique for the merchant in this mode.
    pub label: String,
    /// The provider's settings, a JSON object.
    pub settings: String,
    /// What payers read where they choose.
    pub titles: Texts,
    /// Whether payers may choose it.
    pub offered: bool,
    /// Whether it is taken where nobody chooses. At most one of a merchant's in a mode is, and one that is switched on.
    pub is_default: bool,
    /// Since when it starts no attempts, Unix milliseconds.
    pub switched_off_at: Option<i64>,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at: i64,
    /// Grows with every change.
    pub version: i64,
}

impl ProviderAccount {
    /// Whether it starts attempts.
    pub fn is_on(&self) -> bool {
        self.switched_off_at.is_none()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    provider: String,
    label: String,
    settings: String,
    titles: String,
    offered: i64,
    is_default: i64,
    switched_off_at: Option<i64>,
    created_at: i64,
    changed_at: i64,
    version: i64,
}

impl Row {
    fn into_account(self) -> Result<ProviderAccount, Error> {
        let wrong = |what| Error::Inconsistent { table: "provider_accounts", id: self.id.clone(), what };
        Ok(ProviderAccount {
            mode: mode(&self.mode, "provider_accounts", &self.id)?,
            titles: serde_json::from_str(&self.titles).map_err(|_| wrong("unreadable titles"))?,
            offered: self.offered != 0,
            is_default: self.is_default != 0,
            id: self.id,
            merchant_id: self.merchant_id,
            provider: self.provider,
            label: self.label,
            settings: self.settings,
            switched_off_at: self.switched_off_at,
            created_at: self.created_at,
            changed_at: self.changed_at,
            version: self.version,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, provider, label, settings, titles, offered, is_default, switched_off_at, created_at,
    changed_at, version"
    };
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM provider_accounts WHERE id = $1");

/// The account with this id.
pub async fn account(tx: &mut Tx, id: &str) -> Result<Option<ProviderAccount>, Error> {
    sql(BY_ID).bind(id).optional::<Row>(tx).await?.map(Row::into_account).transpose()
}

const ALL_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM provider_accounts WHERE merchant_id = $1 AND mode = $2 ORDER BY is_default DESC, created_at, id"
);

/// The merchant's accounts in this mode, those that are switched off among them: the default first, then by age.
pub async fn all_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<ProviderAccount>, Error> {
    let rows: Vec<Row> = sql(ALL_OF).bind(merchant_id).bind(mode.word()).all(tx).await?;
    rows.into_iter().map(Row::into_account).collect()
}

/// The merchant's accounts in this mode that start attempts: the default first, then by age.
pub async fn in_force(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<ProviderAccount>, Error> {
    let all = all_of(tx, merchant_id, mode).await?;
    Ok(all.into_iter().filter(ProviderAccount::is_on).collect())
}

const OLDEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM provider_accounts WHERE merchant_id = $1 AND mode = $2 ORDER BY created_at, id LIMIT $3"
);
const NEWER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM provider_accounts WHERE merchant_id = $1 AND mode = $2 AND (created_at, id) > ($3, $4)",
    " ORDER BY created_at, id LIMIT $5"
);

/// The merchant's accounts in this mode, the oldest first, from `after` (time of making and id of the last one seen) on.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    after: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<ProviderAccount>, Error> {
    let query = match after {
        None => sql(OLDEST).bind(merchant_id).bind(mode.word()),
        Some((created_at, id)) => sql(NEWER).bind(merchant_id).bind(mode.word()).bind(created_at).bind(id),
    };
    query.bind(limit).all::<Row>(tx).await?.into_iter().map(Row::into_account).collect()
}

const HOLD: &str = "UPDATE merchants SET locale = locale WHERE id = $1";

/// Holds the merchant's accounts until the transaction ends: nobody else changes any of them, or which is the default.
pub async fn hold(tx: &mut Tx, merchant_id: &str) -> Result<(), Error> {
    sql(HOLD).bind(merchant_id).run(tx).await?;
    Ok(())
}

const INSERT: &str = "
INSERT INTO provider_accounts
    (id, merchant_id, mode, provider, label, settings, titles, offered, is_default, switched_off_at, created_at,
     changed_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)";

/// Adds an account, which is not the default yet. [`Error::Taken`] where another has its label.
pub async fn insert(tx: &mut Tx, account: &ProviderAccount) -> Result<(), Error> {
    sql(INSERT)
        .bind(&account.id)
        .bind(&account.merchant_id)
        .bind(account.mode.word())
        .bind(&account.provider)
        .bind(&account.label)
        .bind(&account.settings)
        .bind(json(&account.titles))
        .bind(account.offered)
        .bind(account.switched_off_at)
        .bind(account.created_at)
        .bind(account.changed_at)
        .bind(account.version)
        .run(tx)
        .await?;
    Ok(())
}

const CHANGE: &str = "
UPDATE provider_accounts SET
    label = $2, settings = $3, titles = $4, offered = $5, switched_off_at = $6, changed_at = $7, version = $8
WHERE id = $1";

/// Writes what may change of an account, but whether it is the default. [`Error::Taken`] where another has its label.
pub async fn change(tx: &mut Tx, account: &ProviderAccount) -> Result<(), Error> {
    sql(CHANGE)
        .bind(&account.id)
        .bind(&account.label)
        .bind(&account.settings)
        .bind(json(&account.titles))
        .bind(account.offered)
        .bind(account.switched_off_at)
        .bind(account.changed_at)
        .bind(account.version)
        .run(tx)
        .await?;
    Ok(())
}

const NO_DEFAULT: &str =
    "UPDATE provider_accounts SET is_default = 0 WHERE merchant_id = $1 AND mode = $2 AND is_default = 1";
const DEFAULT: &str = "UPDATE provider_accounts SET is_default = 1 WHERE id = $1";

/// Makes sure that one of the merchant's accounts that are switched on is the default: the one that is wanted; else the
/// one that was; else the oldest that payers may choose, or the oldest. The caller holds the merchant's accounts.
pub async fn settle_default(tx: &mut Tx, merchant_id: &str, mode: Mode, wanted: Option<&str>) -> Result<(), Error> {
    let on = in_force(tx, merchant_id, mode).await?;
    let find = |fits: &dyn Fn(&ProviderAccount) -> bool| on.iter().find(|account| fits(account));
    let chosen = find(&|account| Some(account.id.as_str()) == wanted)
        .or_else(|| find(&|account| account.is_default))
        .or_else(|| find(&|account| account.offered))
        .or(on.first());
    if chosen.is_some_and(|account| account.is_default) {
        return Ok(());
    }
    sql(NO_DEFAULT).bind(merchant_id).bind(mode.word()).run(tx).await?;
    if let Some(account) = chosen {
        sql(DEFAULT).bind(&account.id).run(tx).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Counted {
    uses: i64,
}

const USES: &str = "
SELECT (SELECT COUNT(*) FROM attempts WHERE account_id = $1)
    + (SELECT COUNT(*) FROM payments WHERE provider_account_id = $1)
    + (SELECT COUNT(*) FROM payment_links WHERE provider_account_id = $1) AS uses";

/// Whether an attempt went through it, or a payment or link names it: it cannot be removed then.
pub async fn is_used(tx: &mut Tx, id: &str) -> Result<bool, Error> {
    let counted: Option<Counted> = sql(USES).bind(id).optional(tx).await?;
    Ok(counted.is_some_and(|counted| counted.uses > 0))
}

const REMOVE: &str = "DELETE FROM provider_accounts WHERE id = $1";

/// Removes an account that nothing uses, with its secrets and the records of its changes and calls.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    crate::secrets::forget(tx, id).await?;
    changes::forget(tx, id).await?;
    crate::provider_calls::forget(tx, id).await?;
    sql(REMOVE).bind(id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] =
    &[BY_ID, ALL_OF, OLDEST, NEWER, HOLD, INSERT, CHANGE, NO_DEFAULT, DEFAULT, USES, REMOVE];
