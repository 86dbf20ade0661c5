//! Payments: the order as it was asked for, and beside it the projection that the fold found. Reading is open to all;
//! writing is for the commit road.

mod view;

pub use view::View;

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use kamurj_domain::{Action, Currency, Exception, Mode, Money, Particulars, Policy, Status, Terms};

/// A payment as it stands.
#[derive(Debug, Clone)]
pub struct Payment {
    /// `pay_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The merchant's order number.
    pub order_id: String,
    /// What is due, and until when as it was first asked for.
    pub terms: Terms,
    /// The policy under which it was made.
    pub policy: Policy,
    /// What is sold and to whom.
    pub particulars: Particulars,
    /// The provider account that the merchant chose for it; `None`: the payer chooses.
    pub provider_account: Option<String>,
    /// The link's token, sealed.
    pub token_sealed: String,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
    /// What the facts come to.
    pub status: Status,
    /// Grows with every change.
    pub version: i64,
    /// Taken for this order, minor units.
    pub captured_minor: i64,
    /// Taken beyond it, minor units.
    pub surplus_minor: i64,
    /// Given back, minor units.
    pub refunded_minor: i64,
    /// Reserved to go back, minor units.
    pub reserved_minor: i64,
    /// The end of its time as it stands, Unix milliseconds.
    pub open_until: i64,
    /// When the money moved, Unix milliseconds.
    pub paid_at: Option<i64>,
    /// Whether it was announced paid.
    pub announced_paid: bool,
    /// The rule that decided, in words.
    pub rule: String,
    /// What the status rests on, in words: `signed notice from vpos webhook`.
    pub evidence: String,
    /// The provider's reference of the payment.
    pub provider_reference: Option<String>,
    /// Exceptions that the facts open.
    pub exceptions: Vec<Exception>,
    /// What the host does about it by itself.
    pub actions: Vec<Action>,
    /// Entries in its journal.
    pub journal_length: i64,
    /// Hash of the last of them.
    pub journal_head: String,
}

impl Payment {
    /// Whether a person decided its status, which is never shown as the bank's word.
    pub fn is_decided_by_hand(&self) -> bool {
        self.evidence == kamurj_domain::decision::BY_HAND
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    order_id: String,
    amount_minor: i64,
    currency: String,
    particulars: String,
    token_sealed: String,
    created_at: i64,
    expires_at: i64,
    status: String,
    version: i64,
    captured_minor: i64,
    surplus_minor: i64,
    refunded_minor: i64,
    paid_at: Option<i64>,
    announced_paid: i64,
    rule: String,
    evidence: String,
    provider_reference: Option<String>,
    exceptions: String,
    journal_length: i64,
    journal_head: String,
    policy: String,
    reserved_minor: i64,
    open_until: i64,
    actions: String,
    provider_account_id: Option<String>,
}

impl Row {
    pub(crate) fn into_payment(self) -> Result<Payment, Error> {
        let wrong = |what| Error::Inconsistent { table: "payments", id: self.id.clone(), what };
        let currency = Currency::from_code(&self.currency).ok_or_else(|| wrong("an unknown currency"))?;
        let status = Status::from_word(&self.status).ok_or_else(|| wrong("an unknown status"))?;
        let particulars = serde_json::from_str(&self.particulars).map_err(|_| wrong("unreadable particulars"))?;
        let exceptions = serde_json::from_str(&self.exceptions).map_err(|_| wrong("unreadable exceptions"))?;
        let actions = serde_json::from_str(&self.actions).map_err(|_| wrong("unreadable actions"))?;
        let policy = serde_json::from_str(&self.policy).map_err(|_| wrong("an unreadable policy"))?;
        Ok(Payment {
            mode: mode(&self.mode, "payments", &self.id)?,
            terms: Terms { amount: Money::new(self.amount_minor, currency), expires_at: self.expires_at },
            particulars,
            provider_account: self.provider_account_id,
            status,
            exceptions,
            actions,
            policy,
            reserved_minor: self.reserved_minor,
            open_until: self.open_until,
            announced_paid: self.announced_paid != 0,
            id: self.id,
            merchant_id: self.merchant_id,
            order_id: self.order_id,
            token_sealed: self.token_sealed,
            created_at: self.created_at,
            version: self.version,
            captured_minor: self.captured_minor,
            surplus_minor: self.surplus_minor,
            refunded_minor: self.refunded_minor,
            paid_at: self.paid_at,
            rule: self.rule,
            evidence: self.evidence,
            provider_reference: self.provider_reference,
            journal_length: self.journal_length,
            journal_head: self.journal_head,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, order_id, amount_minor, currency, particulars, token_sealed, created_at, expires_at,
    status, version, captured_minor, surplus_minor, refunded_minor, paid_at, announced_paid, rule, evidence,
    provider_reference, exceptions, journal_length, journal_head, policy, reserved_minor, open_until, actions,
    provider_account_id"
    };
}

pub(crate) use columns;

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM payments WHERE id = $1");

/// The payment with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Payment>, Error> {
    let row: Option<Row> = sql(BY_ID).bind(id).optional(tx).await?;
    row.map(Row::into_payment).transpose()
}

const BY_TOKEN: &str = concat!("SELECT ", columns!(), " FROM payments WHERE token_hash = $1");

/// The payment whose link's token has this keyed hash.
pub async fn by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Payment>, Error> {
    let row: Option<Row> = sql(BY_TOKEN).bind(token_hash).optional(tx).await?;
    row.map(Row::into_payment).transpose()
}

const BY_ORDER: &str =
    concat!("SELECT ", columns!(), " FROM payments WHERE merchant_id = $1 AND mode = $2 AND order_id = $3");

/// The merchant's payment for this order.
pub async fn by_order(tx: &mut Tx, merchant_id: &str, mode: Mode, order_id: &str) -> Result<Option<Payment>, Error> {
    let row: Option<Row> = sql(BY_ORDER).bind(merchant_id).bind(mode.word()).bind(order_id).optional(tx).await?;
    row.map(Row::into_payment).transpose()
}

const BY_REQUEST: &str =
    concat!("SELECT ", columns!(), " FROM payments WHERE merchant_id = $1 AND mode = $2 AND request_key = $3");

/// The merchant's payment that was asked for under this key.
pub async fn by_request(tx: &mut Tx, merchant_id: &str, mode: Mode, key: &str) -> Result<Option<Payment>, Error> {
    let row: Option<Row> = sql(BY_REQUEST).bind(merchant_id).bind(mode.word()).bind(key).optional(tx).await?;
    row.map(Row::into_payment).transpose()
}

const ALL_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM payments WHERE merchant_id = $1 AND mode = $2 ORDER BY created_at, id LIMIT 1000"
);

/// The merchant's first thousand payments in this mode, the oldest first.
pub async fn all_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Payment>, Error> {
    let rows: Vec<Row> = sql(ALL_OF).bind(merchant_id).bind(mode.word()).all(tx).await?;
    rows.into_iter().map(Row::into_payment).collect()
}

const LOCK: &str = concat!("UPDATE payments SET updated_at = updated_at WHERE id = $1 RETURNING ", columns!());

/// The payment, held by this transaction until it ends: nobody else commits to it meanwhile.
pub async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Payment>, Error> {
    let row: Option<Row> = sql(LOCK).bind(id).optional(tx).await?;
    row.map(Row::into_payment).transpose()
}

/// The keys under which a new payment is found again.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Keyed hash of the link's token.
    pub token_hash: String,
    /// The asker's own name for the request, unique per merchant and mode.
    pub request_key: Option<String>,
}

const INSERT: &str = "
INSERT INTO payments
    (id, merchant_id, mode, order_id, request_key, amount_minor, currency, particulars, token_hash, token_sealed,
     created_at, expires_at, status, version, captured_minor, surplus_minor, refunded_minor, paid_at, announced_paid,
     deciding_fact, rule, evidence, provider_reference, exceptions, updated_at, journal_length, journal_head, policy,
     reserved_minor, open_until, actions, provider_account_id, channel)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33)
ON CONFLICT DO NOTHING";

/// Adds a payment; answers whether its keys were free.
pub(crate) async fn insert(tx: &mut Tx, payment: &Payment, keys: &Keys) -> Result<bool, Error> {
    let rows = sql(INSERT)
        .bind(&payment.id)
        .bind(&payment.merchant_id)
        .bind(payment.mode.word())
        .bind(&payment.order_id)
        .bind(keys.request_key.as_deref())
        .bind(payment.terms.amount.minor)
        .bind(payment.terms.amount.currency.code())
        .bind(json(&payment.particulars))
        .bind(&keys.token_hash)
        .bind(&payment.token_sealed)
        .bind(payment.created_at)
        .bind(payment.terms.expires_at)
        .bind(payment.status.word())
        .bind(payment.version)
        .bind(payment.captured_minor)
        .bind(payment.surplus_minor)
        .bind(payment.refunded_minor)
        .bind(payment.paid_at)
        .bind(payment.announced_paid)
        .bind(None::<String>)
        .bind(&payment.rule)
        .bind(&payment.evidence)
        .bind(payment.provider_reference.as_deref())
        .bind(json(&payment.exceptions))
        .bind(payment.created_at)
        .bind(payment.journal_length)
        .bind(&payment.journal_head)
        .bind(json(&payment.policy))
        .bind(payment.reserved_minor)
        .bind(payment.open_until)
        .bind(json(&payment.actions))
        .bind(payment.provider_account.as_deref())
        .bind(channel(payment))
        .run(tx)
        .await?;
    Ok(rows == 1)
}

/// The plugin of its chat, which queries cannot read from the particulars.
fn channel(payment: &Payment) -> Option<&str> {
    payment.particulars.channel.as_ref().map(|channel| channel.plugin.as_str())
}

const PROJECT: &str = "
UPDATE payments SET
    status = $2, version = $3, captured_minor = $4, surplus_minor = $5, refunded_minor = $6, paid_at = $7,
    announced_paid = $8, deciding_fact = $9, rule = $10, evidence = $11, provider_reference = $12, exceptions = $13,
    updated_at = $14, journal_length = $15, journal_head = $16, reserved_minor = $17, open_until = $18, actions = $19
WHERE id = $1";

/// Writes the projection and the journal's head.
pub(crate) async fn project(
    tx: &mut Tx,
    payment: &Payment,
    deciding_fact: Option<&str>,
    now: i64,
) -> Result<(), Error> {
    sql(PROJECT)
        .bind(&payment.id)
        .bind(payment.status.word())
        .bind(payment.version)
        .bind(payment.captured_minor)
        .bind(payment.surplus_minor)
        .bind(payment.refunded_minor)
        .bind(payment.paid_at)
        .bind(payment.announced_paid)
        .bind(deciding_fact)
        .bind(&payment.rule)
        .bind(&payment.evidence)
        .bind(payment.provider_reference.as_deref())
        .bind(json(&payment.exceptions))
        .bind(now)
        .bind(payment.journal_length)
        .bind(&payment.journal_head)
        .bind(payment.reserved_minor)
        .bind(payment.open_until)
        .bind(json(&payment.actions))
        .run(tx)
        .await?;
    Ok(())
}

const CHANGE: &str = "UPDATE payments SET amount_minor = $2, particulars = $3, channel = $4 WHERE id = $1";

/// Writes what the merchant may change of an order: its amount and what is sold. The caller holds the lock.
pub(crate) async fn change_order(tx: &mut Tx, payment: &Payment) -> Result<(), Error> {
    sql(CHANGE)
        .bind(&payment.id)
        .bind(payment.terms.amount.minor)
        .bind(json(&payment.particulars))
        .bind(channel(payment))
        .run(tx)
        .await?;
    Ok(())
}

const HEAD: &str = "UPDATE payments SET journal_length = $2, journal_head = $3 WHERE id = $1";

/// Writes the journal's head alone.
pub(crate) async fn head(tx: &mut Tx, payment: &Payment) -> Result<(), Error> {
    sql(HEAD).bind(&payment.id).bind(payment.journal_length).bind(&payment.journal_head).run(tx).await?;
    Ok(())
}

/// JSON of a value that cannot fail to have one: maps with text keys, numbers, text.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structs with text keys always have a JSON form")
}

/// A payment that changed, and when, Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChangedAt {
    /// `pay_…`.
    pub id: String,
    /// When.
    pub updated_at: i64,
}

const CHANGED_AFTER: &str = "SELECT id, updated_at FROM payments
WHERE merchant_id = $1 AND mode = $2 AND (updated_at > $3 OR (updated_at = $3 AND id > $4))
ORDER BY updated_at, id LIMIT $5";

/// The merchant's payments that changed after a time and an id, the first one first.
pub async fn changed_after(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    (at, id): &(i64, String),
    limit: i64,
) -> Result<Vec<ChangedAt>, Error> {
    sql(CHANGED_AFTER).bind(merchant_id).bind(mode.word()).bind(*at).bind(id).bind(limit).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] =
    &[BY_ID, BY_TOKEN, BY_ORDER, BY_REQUEST, ALL_OF, LOCK, INSERT, PROJECT, CHANGE, HEAD, CHANGED_AFTER];
