//! Links sent on demand: who sent a payment's link when, and what became of it. Only the commit road adds one.

use crate::db::{Error, Tx, sql};

/// The most sends of one payment within `WITHIN_MS`: nobody's chat is flooded, whoever presses the button.
pub const MOST_SENDS: usize = 10;
/// An hour, in milliseconds.
pub const WITHIN_MS: i64 = 60 * 60 * 1000;

/// One sending of a payment's link.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Send {
    /// `snd_…`.
    pub id: String,
    /// The payment whose link it is.
    pub payment_id: String,
    /// The delivery by which the channel's plugin is asked to send it.
    pub delivery_id: String,
    /// When it was asked for, Unix milliseconds.
    pub at: i64,
    /// Who asked for it.
    pub actor: String,
    /// How the delivery's last run ended, in one word: `done`, `window-closed`, `unreachable`, …; `None` before one has ended.
    pub outcome: Option<String>,
    /// The delivery's state: `owed`, `done` or `dead`.
    pub delivery_state: String,
    /// How the delivery's last run ended, in words.
    pub detail: Option<String>,
}

const INSERT: &str = "INSERT INTO sends (id, payment_id, delivery_id, at, actor) VALUES ($1, $2, $3, $4, $5)";

/// Adds it.
pub(crate) async fn add(tx: &mut Tx, send: &Send) -> Result<(), Error> {
    sql(INSERT)
        .bind(&send.id)
        .bind(&send.payment_id)
        .bind(&send.delivery_id)
        .bind(send.at)
        .bind(&send.actor)
        .run(tx)
        .await?;
    Ok(())
}

macro_rules! of {
    ($rest:literal) => {
        concat!(
            "SELECT sends.id, sends.payment_id, sends.delivery_id, sends.at, sends.actor, sends.outcome,
    deliveries.state AS delivery_state, deliveries.outcome AS detail
FROM sends
JOIN deliveries ON deliveries.id = sends.delivery_id
",
            $rest
        )
    };
}

const OF_PAYMENT: &str = of!("WHERE sends.payment_id = $1 ORDER BY sends.at DESC, sends.id DESC LIMIT $2");

/// The payment's sends, the newest first.
pub async fn of_payment(tx: &mut Tx, payment_id: &str, limit: i64) -> Result<Vec<Send>, Error> {
    sql(OF_PAYMENT).bind(payment_id).bind(limit).all(tx).await
}

const WAITING: &str =
    of!("WHERE sends.payment_id = $1 AND deliveries.state = 'owed' ORDER BY sends.at DESC, sends.id DESC LIMIT 1");

/// The payment's send that is still owed, where there is one.
pub(crate) async fn waiting(tx: &mut Tx, payment_id: &str) -> Result<Option<Send>, Error> {
    sql(WAITING).bind(payment_id).optional(tx).await
}

#[derive(sqlx::FromRow)]
struct Sent {
    at: i64,
}

const SINCE: &str = "SELECT at FROM sends WHERE payment_id = $1 AND at > $2 ORDER BY at DESC LIMIT $3";

/// When the payment's link may be sent again, Unix milliseconds, where it was sent too often of late.
pub(crate) async fn rests_until(tx: &mut Tx, payment_id: &str, now: i64) -> Result<Option<i64>, Error> {
    let most = i64::try_from(MOST_SENDS).unwrap_or(i64::MAX);
    let sent: Vec<Sent> = sql(SINCE).bind(payment_id).bind(now - WITHIN_MS).bind(most).all(tx).await?;
    Ok(sent.get(MOST_SENDS - 1).map(|oldest| oldest.at + WITHIN_MS))
}

#[derive(sqlx::FromRow)]
struct Id {
    id: String,
}

const OF_DELIVERY: &str = "SELECT id FROM sends WHERE delivery_id = $1";

/// The id of the send that this delivery is for.
pub async fn of_delivery(tx: &mut Tx, delivery_id: &str) -> Result<Option<String>, Error> {
    Ok(sql(OF_DELIVERY).bind(delivery_id).optional::<Id>(tx).await?.map(|row| row.id))
}

const ENDED: &str = "UPDATE sends SET outcome = $2 WHERE delivery_id = $1";

/// Notes in one word how the delivery's last run ended.
pub async fn ended(tx: &mut Tx, delivery_id: &str, outcome: &str) -> Result<(), Error> {
    sql(ENDED).bind(delivery_id).bind(outcome).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, OF_PAYMENT, WAITING, SINCE, OF_DELIVERY, ENDED];
