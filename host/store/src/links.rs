//! Payment links: what they offer, when they may be pressed, and how many places they have left. Which payment came from
//! which press is in `places`. Tokens and fulfilment texts come in sealed; nothing here can read them.

pub mod places;
pub mod renewals;

use crate::db::{Error, Tx, sql};
use crate::defect::{self, Defect};
use crate::merchants::mode;
use crate::payments::json;
use kamurj_domain::link::Texts;
use kamurj_domain::{LinkKind, Mode, Offer};

pub(crate) use places::status_changed;
pub use places::{SlotOutcome, fulfilment_of};

/// A payment link.
#[derive(Debug, Clone)]
pub struct Link {
    /// `lnk_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// Many payments or one.
    pub kind: LinkKind,
    /// Its token, sealed.
    pub token_sealed: String,
    /// What it offers.
    pub offer: Offer,
    /// How many of its payments may be paid; `None`: any number.
    pub cap: Option<i64>,
    /// Places held by payments that can still be paid.
    pub held: i64,
    /// Places of paid payments.
    pub taken: i64,
    /// When presses begin, Unix milliseconds.
    pub valid_from: Option<i64>,
    /// When presses end, Unix milliseconds.
    pub valid_until: Option<i64>,
    /// Whether it may be pressed.
    pub active: bool,
    /// Why it may not, for the customer.
    pub off_reason: Texts,
    /// What a payment from it gives once paid, sealed.
    pub fulfilment_sealed: Option<String>,
    /// The provider account of its payments; `None`: the payer chooses.
    pub provider_account: Option<String>,
    /// Grows with every change by the merchant.
    pub version: i64,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// When the merchant last changed it, Unix milliseconds.
    pub updated_at: i64,
}

/// Why a link may not be pressed. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The merchant switched it off.
    Off,
    /// It is valid from then on.
    NotYet(i64),
    /// It was valid until then.
    Over(i64),
}

impl Link {
    /// Whether another payment may have a place.
    pub fn has_room(&self) -> bool {
        self.cap.is_none_or(|cap| self.held + self.taken < cap) || defect::has(Defect::CapIgnored)
    }

    /// Why nobody may press it now, apart from its places.
    pub fn closed(&self, now: i64) -> Option<Closed> {
        if !self.active {
            return Some(Closed::Off);
        }
        let not_yet = self.valid_from.filter(|from| now < *from).map(Closed::NotYet);
        not_yet.or_else(|| self.valid_until.filter(|until| now >= *until).map(Closed::Over))
    }

    /// Whether no payment can have a place again: paid payments keep theirs for ever.
    pub fn is_used_up(&self) -> bool {
        self.cap.is_some_and(|cap| self.taken >= cap)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    kind: String,
    token_sealed: String,
    offer: String,
    cap: Option<i64>,
    held: i64,
    taken: i64,
    valid_from: Option<i64>,
    valid_until: Option<i64>,
    active: i64,
    off_reason: String,
    fulfilment_sealed: Option<String>,
    provider_account_id: Option<String>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn into_link(self) -> Result<Link, Error> {
        let wrong = |what| Error::Inconsistent { table: "payment_links", id: self.id.clone(), what };
        Ok(Link {
            mode: mode(&self.mode, "payment_links", &self.id)?,
            kind: LinkKind::from_word(&self.kind).ok_or_else(|| wrong("an unknown kind"))?,
            offer: serde_json::from_str(&self.offer).map_err(|_| wrong("an unreadable offer"))?,
            off_reason: serde_json::from_str(&self.off_reason).map_err(|_| wrong("an unreadable reason"))?,
            active: self.active != 0,
            id: self.id,
            merchant_id: self.merchant_id,
            token_sealed: self.token_sealed,
            cap: self.cap,
            held: self.held,
            taken: self.taken,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            fulfilment_sealed: self.fulfilment_sealed,
            provider_account: self.provider_account_id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, kind, token_sealed, offer, cap, held, taken, valid_from, valid_until, active,
    off_reason, fulfilment_sealed, provider_account_id, version, created_at, updated_at"
    };
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM payment_links WHERE id = $1");

/// The link with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Link>, Error> {
    sql(BY_ID).bind(id).optional::<Row>(tx).await?.map(Row::into_link).transpose()
}

const BY_TOKEN: &str = concat!("SELECT ", columns!(), " FROM payment_links WHERE token_hash = $1");

/// The link whose token has this keyed hash.
pub async fn by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Link>, Error> {
    sql(BY_TOKEN).bind(token_hash).optional::<Row>(tx).await?.map(Row::into_link).transpose()
}

const LOCK: &str = concat!("UPDATE payment_links SET held = held WHERE id = $1 RETURNING ", columns!());

/// The link, held by this transaction until it ends. Whoever also needs a payment's lock takes the payment's first; a
/// press may hold the link alone, because nobody else knows its payment yet.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Link>, Error> {
    sql(LOCK).bind(id).optional::<Row>(tx).await?.map(Row::into_link).transpose()
}

const NEWEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM payment_links WHERE merchant_id = $1 AND mode = $2 ORDER BY created_at DESC, id DESC LIMIT $3"
);
const OLDER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM payment_links WHERE merchant_id = $1 AND mode = $2 AND (created_at, id) < ($3, $4)",
    " ORDER BY created_at DESC, id DESC LIMIT $5"
);

/// The merchant's links in this mode, the newest first, from `below` (time of making and id of the last one seen) on.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    below: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Link>, Error> {
    let query = match below {
        None => sql(NEWEST).bind(merchant_id).bind(mode.word()),
        Some((created_at, id)) => sql(OLDER).bind(merchant_id).bind(mode.word()).bind(created_at).bind(id),
    };
    query.bind(limit).all::<Row>(tx).await?.into_iter().map(Row::into_link).collect()
}

const INSERT: &str = "
INSERT INTO payment_links
    (id, merchant_id, mode, kind, token_hash, token_sealed, offer, cap, held, taken, valid_from, valid_until, active,
     off_reason, fulfilment_sealed, provider_account_id, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

/// Adds a link, found by its token's keyed hash. No place is held or taken yet.
pub async fn insert(tx: &mut Tx, link: &Link, token_hash: &str) -> Result<(), Error> {
    sql(INSERT)
        .bind(&link.id)
        .bind(&link.merchant_id)
        .bind(link.mode.word())
        .bind(link.kind.word())
        .bind(token_hash)
        .bind(&link.token_sealed)
        .bind(json(&link.offer))
        .bind(link.cap)
        .bind(link.valid_from)
        .bind(link.valid_until)
        .bind(link.active)
        .bind(json(&link.off_reason))
        .bind(link.fulfilment_sealed.as_deref())
        .bind(link.provider_account.as_deref())
        .bind(link.version)
        .bind(link.created_at)
        .bind(link.updated_at)
        .run(tx)
        .await?;
    Ok(())
}

const CHANGE: &str = "
UPDATE payment_links SET
    offer = $2, cap = $3, valid_from = $4, valid_until = $5, active = $6, off_reason = $7, fulfilment_sealed = $8,
    provider_account_id = $9, version = $10, updated_at = $11
WHERE id = $1";

/// Writes what the merchant changed, under the link's lock. Places are not touched: a lower cap takes none away.
pub async fn change(tx: &mut Tx, link: &Link) -> Result<(), Error> {
    sql(CHANGE)
        .bind(&link.id)
        .bind(json(&link.offer))
        .bind(link.cap)
        .bind(link.valid_from)
        .bind(link.valid_until)
        .bind(link.active)
        .bind(json(&link.off_reason))
        .bind(link.fulfilment_sealed.as_deref())
        .bind(link.provider_account.as_deref())
        .bind(link.version)
        .bind(link.updated_at)
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[BY_ID, BY_TOKEN, LOCK, NEWEST, OLDER, INSERT, CHANGE];
