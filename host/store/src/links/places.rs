//! The places of a link, and the payments that have them. A press takes a place under the link's lock; the road gives it
//! back or makes it a paid one in the transaction that changes the payment's status, so that the cap is exact.

use super::{Link, lock};
use crate::db::{Error, Tx, sql};
use crate::payments::json;
use crate::search;
use kamurj_domain::Status;
use std::collections::BTreeMap;

/// What became of a payment's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Kept for the payment while it can be paid.
    Held,
    /// Paid for. It stays so: what was handed out is handed out.
    Taken,
    /// Given back, because the payment came to nothing.
    Freed,
}

impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Taken => "taken",
            Self::Freed => "freed",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Held, Self::Taken, Self::Freed].into_iter().find(|place| place.word() == word)
    }
}

/// What a change of a payment's status did to its link's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotOutcome {
    /// Nothing that the payment need know of.
    None,
    /// The payment has its place for good, and what it gives is released.
    Taken,
    /// Its place had been given back, and the link has no other left: the money is beyond the cap.
    NoPlace,
}

/// A payment that came from a press.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// `pay_…`.
    pub payment_id: String,
    /// `lnk_…`.
    pub link_id: String,
    /// The key of the form.
    pub form_key: String,
    /// The link's version at the press.
    pub link_version: i64,
    /// How many pieces.
    pub quantity: i64,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers by the question's id.
    pub answers: BTreeMap<String, String>,
    /// Answers about a person, sealed.
    pub personal_sealed: Option<String>,
    /// Its place.
    pub place: Place,
    /// What it gives once paid, sealed. It may be shown from `released_at` on: use `fulfilment_of`.
    fulfilment_sealed: Option<String>,
    /// When that was released, Unix milliseconds.
    pub released_at: Option<i64>,
    /// When the press was, Unix milliseconds.
    pub created_at: i64,
}

/// What a press adds to its payment.
#[derive(Debug, Clone)]
pub struct NewPress {
    /// The payment that it made.
    pub payment_id: String,
    /// The key of the form.
    pub form_key: String,
    /// How many pieces.
    pub quantity: u32,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers that tell nothing about a person.
    pub answers: BTreeMap<String, String>,
    /// Those that do, sealed.
    pub personal_sealed: Option<String>,
}

/// What a paid payment gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fulfilment {
    /// The link that it is sealed to.
    pub link_id: String,
    /// The texts by language, JSON, sealed.
    pub sealed: String,
    /// Since when it may be shown, Unix milliseconds.
    pub released_at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    payment_id: String,
    link_id: String,
    form_key: String,
    link_version: i64,
    quantity: i64,
    delivery: Option<String>,
    answers: String,
    personal_sealed: Option<String>,
    slot: String,
    fulfilment_sealed: Option<String>,
    released_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn into_pressed(self) -> Result<Pressed, Error> {
        let wrong = |what| Error::Inconsistent { table: "link_payments", id: self.payment_id.clone(), what };
        Ok(Pressed {
            answers: serde_json::from_str(&self.answers).map_err(|_| wrong("unreadable answers"))?,
            place: Place::from_word(&self.slot).ok_or_else(|| wrong("an unknown place"))?,
            payment_id: self.payment_id,
            link_id: self.link_id,
            form_key: self.form_key,
            link_version: self.link_version,
            quantity: self.quantity,
            delivery: self.delivery,
            personal_sealed: self.personal_sealed,
            fulfilment_sealed: self.fulfilment_sealed,
            released_at: self.released_at,
            created_at: self.created_at,
        })
    }
}

macro_rules! columns {
    () => {
        "payment_id, link_id, form_key, link_version, quantity, delivery, answers, personal_sealed, slot,
    fulfilment_sealed, released_at, created_at"
    };
}

const BY_PAYMENT: &str = concat!("SELECT ", columns!(), " FROM link_payments WHERE payment_id = $1");

/// The press that this payment came from.
pub async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Option<Pressed>, Error> {
    sql(BY_PAYMENT).bind(payment_id).optional::<Row>(tx).await?.map(Row::into_pressed).transpose()
}

const BY_FORM: &str = concat!("SELECT ", columns!(), " FROM link_payments WHERE link_id = $1 AND form_key = $2");

/// The press of this form.
pub async fn by_form(tx: &mut Tx, link_id: &str, form_key: &str) -> Result<Option<Pressed>, Error> {
    sql(BY_FORM).bind(link_id).bind(form_key).optional::<Row>(tx).await?.map(Row::into_pressed).transpose()
}

const FIRST: &str =
    concat!("SELECT ", columns!(), " FROM link_payments WHERE link_id = $1 ORDER BY created_at, payment_id LIMIT 1");

/// The link's first press: the only one, where it is single-use.
pub async fn first_of(tx: &mut Tx, link_id: &str) -> Result<Option<Pressed>, Error> {
    sql(FIRST).bind(link_id).optional::<Row>(tx).await?.map(Row::into_pressed).transpose()
}

const INSERT: &str = "
INSERT INTO link_payments
    (payment_id, link_id, form_key, link_version, quantity, delivery, answers, personal_sealed, slot,
     fulfilment_sealed, released_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', $9, NULL, $10)";

/// Gives the press a place of the link, whose lock this transaction holds and which has room. The press keeps what the
/// link gives now.
pub async fn hold(tx: &mut Tx, link: &Link, press: &NewPress, now: i64) -> Result<(), Error> {
    sql(INSERT)
        .bind(&press.payment_id)
        .bind(&link.id)
        .bind(&press.form_key)
        .bind(link.version)
        .bind(i64::from(press.quantity))
        .bind(press.delivery.as_deref())
        .bind(json(&press.answers))
        .bind(press.personal_sealed.as_deref())
        .bind(link.fulfilment_sealed.as_deref())
        .bind(now)
        .run(tx)
        .await?;
    search::add_link(tx, &press.payment_id, (&link.merchant_id, link.mode), &link.id).await?;
    count(tx, &link.id, 1, 0).await
}

const COUNT: &str = "UPDATE payment_links SET held = held + $2, taken = taken + $3 WHERE id = $1";

async fn count(tx: &mut Tx, link_id: &str, held: i64, taken: i64) -> Result<(), Error> {
    sql(COUNT).bind(link_id).bind(held).bind(taken).run(tx).await?;
    Ok(())
}

const MOVE: &str = "UPDATE link_payments SET slot = $2, released_at = $3 WHERE payment_id = $1";

/// Whether this payment, whose place was given back, could have one again. Asked before a payment is re-opened.
pub async fn could_return(tx: &mut Tx, payment_id: &str) -> Result<bool, Error> {
    let Some(pressed) = of_payment(tx, payment_id).await? else { return Ok(true) };
    Ok(pressed.place != Place::Freed || link_of(tx, &pressed).await?.has_room())
}

/// Brings the place of a payment, whose lock this transaction holds, into step with its new status, and releases what it
/// gives when it is paid. To be called by the road before the status is written, in the same transaction.
///
/// `NoPlace` changes nothing and comes again each time the payment would be paid while the link has no room.
pub(crate) async fn status_changed(tx: &mut Tx, payment_id: &str, to: Status, now: i64) -> Result<SlotOutcome, Error> {
    let Some(pressed) = of_payment(tx, payment_id).await? else { return Ok(SlotOutcome::None) };
    let wanted = match to {
        Status::Paid | Status::PartiallyRefunded => Place::Taken,
        Status::Created | Status::Pending | Status::Failed | Status::ManualReview => Place::Held,
        Status::Expired | Status::Cancelled | Status::Refunded => Place::Freed,
    };
    let returns = pressed.place == Place::Freed && wanted != Place::Freed;
    let has_room = returns && link_of(tx, &pressed).await?.has_room();
    let (held, taken) = match (pressed.place, wanted) {
        (Place::Held, Place::Taken) => (-1, 1),
        (Place::Held, Place::Freed) => (-1, 0),
        (Place::Freed, Place::Held) if has_room => (1, 0),
        (Place::Freed, Place::Taken) if has_room => (0, 1),
        (Place::Freed, Place::Taken) => return Ok(SlotOutcome::NoPlace),
        // What is taken stays so, and the rest is as wanted; but a payment may also be looked into without a place:
        // whether it gets one is decided when its money counts.
        (Place::Taken, _) | (Place::Held, Place::Held) | (Place::Freed, Place::Held | Place::Freed) => {
            return Ok(SlotOutcome::None);
        }
    };
    let released_at = (wanted == Place::Taken).then_some(now);
    sql(MOVE).bind(payment_id).bind(wanted.word()).bind(released_at).run(tx).await?;
    count(tx, &pressed.link_id, held, taken).await?;
    Ok(if wanted == Place::Taken { SlotOutcome::Taken } else { SlotOutcome::None })
}

async fn link_of(tx: &mut Tx, pressed: &Pressed) -> Result<Link, Error> {
    let missing = Error::Inconsistent { table: "payment_links", id: pressed.link_id.clone(), what: "not there" };
    lock(tx, &pressed.link_id).await?.ok_or(missing)
}

/// What this payment gives, from the moment on in which it was first paid.
pub async fn fulfilment_of(tx: &mut Tx, payment_id: &str) -> Result<Option<Fulfilment>, Error> {
    let pressed = of_payment(tx, payment_id).await?;
    Ok(pressed.and_then(|pressed| {
        let (sealed, released_at) = (pressed.fulfilment_sealed?, pressed.released_at?);
        Some(Fulfilment { link_id: pressed.link_id, sealed, released_at })
    }))
}

pub(crate) const CATALOGUE: &[&str] = &[BY_PAYMENT, BY_FORM, FIRST, INSERT, COUNT, MOVE];
