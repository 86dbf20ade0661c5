//! Exceptions: what a person must decide. One for each kind and subject, however often its cause repeats.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

/// An exception to open.
#[derive(Debug, Clone)]
pub struct Exception {
    /// `exc_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The payment, where there is one.
    pub payment_id: Option<String>,
    /// The kind's word.
    pub kind: String,
    /// What it is about: an attempt, a delivery, an inbox message.
    pub subject: String,
    /// One sentence for the operator.
    pub detail: String,
}

const OPEN: &str = "
INSERT INTO exceptions (id, merchant_id, mode, payment_id, kind, subject, detail, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, subject) DO UPDATE SET
    detail = excluded.detail, opened_at = excluded.opened_at, resolved_at = NULL, resolved_by = NULL, resolution = NULL
WHERE exceptions.resolved_by = 'facts'
    OR (exceptions.resolved_at IS NOT NULL AND exceptions.kind IN (
        'delivery_failed', 'inbound_failed', 'plugin_suspended', 'reauthorisation_needed', 'schedule_failed',
        'crm_differs', 'settings_wrong', 'too_many_declines', 'possible_card_testing'))";

/// Opens it; answers whether that is news. One that a person closed stays closed; one that facts had settled opens again, and
/// so does a delivery that a person had tried again and that was given up once more, a plugin that was suspended once more, and
/// a limit that was passed once more.
pub async fn open(tx: &mut Tx, exception: &Exception, now: i64) -> Result<bool, Error> {
    let rows = sql(OPEN)
        .bind(&exception.id)
        .bind(&exception.merchant_id)
        .bind(exception.mode.word())
        .bind(exception.payment_id.as_deref())
        .bind(&exception.kind)
        .bind(&exception.subject)
        .bind(&exception.detail)
        .bind(now)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const CLOSE: &str = "
UPDATE exceptions SET resolved_at = $3, resolved_by = $4, resolution = $5
WHERE kind = $1 AND subject = $2 AND resolved_at IS NULL";

/// Closes it; answers whether it was open. `by`: the actor, or `facts`.
pub async fn close(
    tx: &mut Tx,
    kind: &str,
    subject: &str,
    by: &str,
    resolution: &str,
    now: i64,
) -> Result<bool, Error> {
    let rows = sql(CLOSE).bind(kind).bind(subject).bind(now).bind(by).bind(resolution).run(tx).await?;
    Ok(rows == 1)
}

/// An exception as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// `exc_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: String,
    /// The payment, where there is one.
    pub payment_id: Option<String>,
    /// The kind's word.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub detail: String,
    /// When it was opened, Unix milliseconds.
    pub opened_at: i64,
    /// When it was closed, Unix milliseconds.
    pub resolved_at: Option<i64>,
    /// Who closed it; `facts` where what was learned later settled it.
    pub resolved_by: Option<String>,
    /// How it was closed.
    pub resolution: Option<String>,
    /// Who takes care of it, `op_…`.
    pub assignee: Option<String>,
    /// Their name.
    pub assignee_name: Option<String>,
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, payment_id, kind, subject, detail, opened_at, resolved_at, resolved_by, resolution, assignee,
    (SELECT operators.name FROM operators WHERE operators.id = exceptions.assignee) AS assignee_name"
    };
}

const OPEN_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM exceptions WHERE merchant_id = $1 AND mode = $2 AND resolved_at IS NULL ORDER BY opened_at, id"
);

/// The merchant's open exceptions in this mode, the oldest first.
pub async fn open_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Listed>, Error> {
    sql(OPEN_OF).bind(merchant_id).bind(mode.word()).all(tx).await
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM exceptions WHERE id = $1");

/// The exception with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Listed>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const OPEN_ABOUT: &str =
    concat!("SELECT ", columns!(), " FROM exceptions WHERE kind = $1 AND subject = $2 AND resolved_at IS NULL");

/// The open exception of this kind about this subject.
pub async fn open_about(tx: &mut Tx, kind: &str, subject: &str) -> Result<Option<Listed>, Error> {
    sql(OPEN_ABOUT).bind(kind).bind(subject).optional(tx).await
}

const ABOUT: &str = concat!("SELECT ", columns!(), " FROM exceptions WHERE kind = $1 AND subject = $2");

/// The exception of this kind about this subject, open or closed.
pub async fn about(tx: &mut Tx, kind: &str, subject: &str) -> Result<Option<Listed>, Error> {
    sql(ABOUT).bind(kind).bind(subject).optional(tx).await
}

const OF_PAYMENT: &str =
    concat!("SELECT ", columns!(), " FROM exceptions WHERE payment_id = $1 ORDER BY opened_at, id LIMIT 100");

/// The exceptions that the payment ever had, the oldest first; at most a hundred.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Listed>, Error> {
    sql(OF_PAYMENT).bind(payment_id).all(tx).await
}

#[derive(sqlx::FromRow)]
struct ResolvedAt {
    resolved_at: Option<i64>,
}

const RESOLVED_AT: &str = "SELECT resolved_at FROM exceptions WHERE kind = $1 AND subject = $2";

/// When the exception of this kind about this subject was closed, where there was one and it is not open.
pub async fn resolved_at(tx: &mut Tx, kind: &str, subject: &str) -> Result<Option<i64>, Error> {
    let row: Option<ResolvedAt> = sql(RESOLVED_AT).bind(kind).bind(subject).optional(tx).await?;
    Ok(row.and_then(|row| row.resolved_at))
}

const ASSIGN: &str = "UPDATE exceptions SET assignee = $2 WHERE id = $1";

/// Says who takes care of it; `None`: nobody in particular.
pub async fn assign(tx: &mut Tx, id: &str, operator_id: Option<&str>) -> Result<(), Error> {
    sql(ASSIGN).bind(id).bind(operator_id).run(tx).await?;
    Ok(())
}

/// Of whose exceptions a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody's.
    Nobody,
    /// Those of this operator, `op_…`.
    Operator(String),
}

/// Which exceptions to list. An absent part is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The kind's word.
    pub kind: Option<String>,
    /// Those of this payment.
    pub payment_id: Option<String>,
    /// Only open ones (`Some(true)`) or only closed ones (`Some(false)`).
    pub open: Option<bool>,
    /// Those that somebody takes care of, or nobody.
    pub assignee: Option<Assignee>,
    /// After this opening time and id.
    pub after: Option<(i64, String)>,
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM exceptions
WHERE merchant_id = $1 AND mode = $2
    AND (CAST($3 AS TEXT) IS NULL OR kind = $3)
    AND (CAST($4 AS TEXT) IS NULL OR payment_id = $4)
    AND (CAST($5 AS BIGINT) IS NULL OR (CASE WHEN resolved_at IS NULL THEN 1 ELSE 0 END) = $5)
    AND (CAST($9 AS TEXT) IS NULL OR COALESCE(assignee, '') = $9)
    AND (opened_at > $6 OR (opened_at = $6 AND id > $7))
ORDER BY opened_at, id
LIMIT $8"
);

/// A page of the merchant's exceptions in this mode, the oldest first.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let assignee = filter.assignee.as_ref().map(|assignee| match assignee {
        Assignee::Nobody => "",
        Assignee::Operator(id) => id,
    });
    let (after, id) = filter.after.clone().unwrap_or((i64::MIN, String::new()));
    sql(PAGE)
        .bind(merchant_id)
        .bind(mode.word())
        .bind(filter.kind.clone())
        .bind(filter.payment_id.clone())
        .bind(filter.open.map(i64::from))
        .bind(after)
        .bind(id)
        .bind(limit)
        .bind(assignee)
        .all(tx)
        .await
}

pub(crate) const CATALOGUE: &[&str] =
    &[OPEN, CLOSE, OPEN_OF, BY_ID, OPEN_ABOUT, ABOUT, OF_PAYMENT, RESOLVED_AT, ASSIGN, PAGE];
