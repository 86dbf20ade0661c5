//! Deliveries: what is owed to the outside because of a journal entry. Only the commit road adds one.

macro_rules! columns {
    () => {
        "id, payment_id, installation_id, event, version, view, lane, state, digest, installation_version, run, run_started_at,
    outcome, counts_from"
    };
}

pub mod again;
pub mod receipts;

use crate::db::{Error, Tx, sql};
use crate::installations::Installation;
use kamurj_domain::Mode;

/// One thing owed to one installation.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    /// `dlv_…`.
    pub id: String,
    /// The payment that owes it.
    pub payment_id: String,
    /// To whom.
    pub installation_id: String,
    /// The event's name: `payment.paid`.
    pub event: String,
    /// The payment's version at the event.
    pub version: i64,
    /// The payment as it stood, JSON, without its link.
    pub view: String,
    /// Which deliveries wait for each other, in their order.
    pub lane: String,
    /// `owed`, `done`, `dead` or `skipped`.
    pub state: String,
    /// The component that began it.
    pub digest: Option<String>,
    /// The installation's version that began it.
    pub installation_version: Option<i64>,
    /// The run that is next or under way, from 1.
    pub run: i64,
    /// When that run began, Unix milliseconds.
    pub run_started_at: Option<i64>,
    /// How the last run ended, JSON.
    pub outcome: Option<String>,
    /// The first run whose effects count: it was sent again then.
    pub counts_from: i64,
}

const INSERT: &str = "
INSERT INTO deliveries (id, payment_id, installation_id, event, version, view, created_at, state, run, lane)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'owed', $8, $9)
ON CONFLICT (installation_id, payment_id, version, event) DO NOTHING";

/// Owes it; answers whether that is new.
pub(crate) async fn insert(tx: &mut Tx, delivery: &Delivery, now: i64) -> Result<bool, Error> {
    let rows = sql(INSERT)
        .bind(&delivery.id)
        .bind(&delivery.payment_id)
        .bind(&delivery.installation_id)
        .bind(&delivery.event)
        .bind(delivery.version)
        .bind(&delivery.view)
        .bind(now)
        .bind(delivery.run)
        .bind(&delivery.lane)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const DOUBT: &str = "UPDATE deliveries SET run = run + 1 WHERE state = 'owed'";

/// Lets everything that is owed be told as what an earlier run may have told, so that receivers look before they write. In a
/// database that was restored from a copy it may have been told since. Answers how many there were.
pub async fn doubt(tx: &mut Tx) -> Result<u64, Error> {
    sql(DOUBT).run(tx).await
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM deliveries WHERE id = $1");

/// The delivery with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Delivery>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const OF_PAYMENT: &str =
    concat!("SELECT ", columns!(), " FROM deliveries WHERE payment_id = $1 ORDER BY version, installation_id, event");

/// The payment's deliveries, in the order in which they were owed.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Delivery>, Error> {
    sql(OF_PAYMENT).bind(payment_id).all(tx).await
}

#[derive(sqlx::FromRow)]
struct Id {
    id: String,
}

const OF_EVENT: &str = "SELECT id FROM deliveries WHERE payment_id = $1 AND version = $2 AND event = $3";

/// The delivery that this event at this version owes, where there is one and only one is owed.
pub(crate) async fn of_event(
    tx: &mut Tx,
    payment_id: &str,
    version: i64,
    event: &str,
) -> Result<Option<String>, Error> {
    let owed: Vec<Id> = sql(OF_EVENT).bind(payment_id).bind(version).bind(event).all(tx).await?;
    Ok(<[Id; 1]>::try_from(owed).ok().map(|[one]| one.id))
}

const BEGIN: &str = concat!(
    "
UPDATE deliveries SET digest = COALESCE(digest, $2), installation_version = COALESCE(installation_version, $3),
    run_started_at = COALESCE(run_started_at, $4)
WHERE id = $1
RETURNING ",
    columns!()
);

/// Notes which version of the installation begins it and when the current run began, where that is not known yet.
pub async fn begin_run(tx: &mut Tx, id: &str, by: &Installation, at: i64) -> Result<Option<Delivery>, Error> {
    sql(BEGIN).bind(id).bind(&by.digest).bind(by.version).bind(at).optional(tx).await
}

const NEXT_RUN: &str = "UPDATE deliveries SET run = run + 1, run_started_at = NULL, outcome = $2 WHERE id = $1";

/// Lets the next claim start a new run.
pub async fn next_run(tx: &mut Tx, id: &str, outcome: &str) -> Result<(), Error> {
    sql(NEXT_RUN).bind(id).bind(outcome).run(tx).await?;
    Ok(())
}

const END: &str = "UPDATE deliveries SET state = $2, outcome = $3 WHERE id = $1";

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything owed was done.
    Done,
    /// Given up; a person was told.
    Dead,
}

/// Ends it.
pub async fn end(tx: &mut Tx, id: &str, end: End, outcome: &str) -> Result<(), Error> {
    let state = match end {
        End::Done => "done",
        End::Dead => "dead",
    };
    sql(END).bind(id).bind(state).bind(outcome).run(tx).await?;
    Ok(())
}

const RELEASE: &str = "
UPDATE deliveries
SET digest = NULL, installation_version = NULL, run_started_at = NULL,
    run = CASE WHEN run_started_at IS NULL THEN run ELSE run + 1 END
WHERE installation_id = $1 AND state = 'owed' AND digest IS NOT NULL";

/// Lets what the installation is still owed go on with whatever version is active then, in new runs: the version that began
/// it was suspended, or does not load any more.
pub async fn release(tx: &mut Tx, installation_id: &str) -> Result<(), Error> {
    sql(RELEASE).bind(installation_id).run(tx).await?;
    Ok(())
}

/// A delivery as a merchant's people see it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// `dlv_…`.
    pub id: String,
    /// The payment that owes it.
    pub payment_id: String,
    /// The payment's order number.
    pub order_id: String,
    /// To whom.
    pub installation_id: String,
    /// The plugin's id.
    pub plugin: String,
    /// The event's name.
    pub event: String,
    /// When it was owed, Unix milliseconds.
    pub created_at: i64,
    /// `owed`, `done`, `dead` or `skipped`.
    pub state: String,
    /// The plugin version that began it.
    pub digest: Option<String>,
    /// The run that is next, under way, or was last.
    pub run: i64,
    /// How the last run ended.
    pub outcome: Option<String>,
    /// What the remote told last about the message: a word, where it told anything.
    pub receipt_state: Option<String>,
    /// The remote's own code.
    pub receipt_code: Option<String>,
    /// One sentence.
    pub receipt_message: Option<String>,
    /// When, Unix milliseconds.
    pub receipt_at: Option<i64>,
}

/// Which deliveries to list. An absent part is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `owed`, `done`, `dead` or `skipped`.
    pub state: Option<String>,
    /// To this installation.
    pub installation_id: Option<String>,
    /// Owed by this payment.
    pub payment_id: Option<String>,
    /// Before this time and id.
    pub before: Option<(i64, String)>,
}

macro_rules! listed {
    () => {
        "SELECT deliveries.id, deliveries.payment_id, payments.order_id, deliveries.installation_id,
    installations.plugin, deliveries.event, deliveries.created_at, deliveries.state, deliveries.digest,
    deliveries.run, deliveries.outcome, deliveries.receipt_state, deliveries.receipt_code,
    deliveries.receipt_message, deliveries.receipt_at
FROM deliveries
JOIN installations ON installations.id = deliveries.installation_id
JOIN payments ON payments.id = deliveries.payment_id
WHERE installations.merchant_id = $1 AND installations.mode = $2"
    };
}

const PAGE: &str = concat!(
    listed!(),
    "
    AND (CAST($3 AS TEXT) IS NULL OR deliveries.state = $3)
    AND (CAST($4 AS TEXT) IS NULL OR deliveries.installation_id = $4)
    AND (CAST($5 AS TEXT) IS NULL OR deliveries.payment_id = $5)
    AND (deliveries.created_at < $6 OR (deliveries.created_at = $6 AND deliveries.id < $7))
ORDER BY deliveries.created_at DESC, deliveries.id DESC
LIMIT $8"
);

/// A page of the merchant's deliveries in this mode, the newest first.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let (before, id) = filter.before.clone().unwrap_or((i64::MAX, String::new()));
    sql(PAGE)
        .bind(merchant_id)
        .bind(mode.word())
        .bind(filter.state.as_deref())
        .bind(filter.installation_id.as_deref())
        .bind(filter.payment_id.as_deref())
        .bind(before)
        .bind(id)
        .bind(limit)
        .all(tx)
        .await
}

const LISTED: &str = concat!(listed!(), " AND deliveries.id = $3");

/// The merchant's delivery with this id.
pub async fn listed(tx: &mut Tx, merchant_id: &str, mode: Mode, id: &str) -> Result<Option<Listed>, Error> {
    sql(LISTED).bind(merchant_id).bind(mode.word()).bind(id).optional(tx).await
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, DOUBT, BY_ID, OF_PAYMENT, OF_EVENT, BEGIN, NEXT_RUN, END, RELEASE, PAGE, LISTED];
