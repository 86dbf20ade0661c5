//! Who looked at payment links: counts, added in batches. They are no payment state and cost no lock of a payment.

use crate::db::{Error, Tx, sql};

/// Looks at one payment's link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Looks {
    /// By people.
    pub opens: i64,
    /// By robots that draw previews, and by browsers that fetch ahead.
    pub previews: i64,
    /// When a person first did, Unix milliseconds.
    pub first_open_at: Option<i64>,
    /// When a robot first did, Unix milliseconds.
    pub first_preview_at: Option<i64>,
}

const ADD: &str = "
INSERT INTO link_opens (payment_id, opens, previews, first_open_at, first_preview_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (payment_id) DO UPDATE SET
    opens = link_opens.opens + excluded.opens,
    previews = link_opens.previews + excluded.previews,
    first_open_at = COALESCE(link_opens.first_open_at, excluded.first_open_at),
    first_preview_at = COALESCE(link_opens.first_preview_at, excluded.first_preview_at)
RETURNING opens, previews, first_open_at, first_preview_at";

/// Adds these looks; answers all of the payment's.
pub async fn add(tx: &mut Tx, payment_id: &str, looks: &Looks) -> Result<Looks, Error> {
    let sum = sql(ADD)
        .bind(payment_id)
        .bind(looks.opens)
        .bind(looks.previews)
        .bind(looks.first_open_at)
        .bind(looks.first_preview_at)
        .optional(tx)
        .await?;
    sum.ok_or(Error::Inconsistent { table: "link_opens", id: payment_id.to_owned(), what: "was not written" })
}

const OF_PAYMENT: &str =
    "SELECT opens, previews, first_open_at, first_preview_at FROM link_opens WHERE payment_id = $1";

/// The looks at a payment's link.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Looks, Error> {
    Ok(sql(OF_PAYMENT).bind(payment_id).optional(tx).await?.unwrap_or_default())
}

pub(crate) const CATALOGUE: &[&str] = &[ADD, OF_PAYMENT];
