//! Whether the payer of an expired payment may have it opened again: what the page offers, and what the road holds to.

use super::places;
use crate::db::{Error, Tx};
use crate::payments::Payment;
use crate::{facts, links};
use kamurj_domain::Status;
use kamurj_domain::renewal::renewed_until;

/// The new end that this expired payment would get now, Unix milliseconds; `None` where its payer may not have it opened
/// again: it was done too often or too late, or the link that it came from may not be pressed now. Its place in that link
/// is decided under the link's lock alone.
pub async fn until(tx: &mut Tx, payment: &Payment, now: i64) -> Result<Option<i64>, Error> {
    let is_over = match payment.status {
        Status::Expired => true,
        // The timer that makes it expired may be a moment late.
        Status::Created | Status::Failed => now >= payment.open_until,
        _ => false,
    };
    if !is_over {
        return Ok(None);
    }
    if let Some(pressed) = places::of_payment(tx, &payment.id).await?
        && let Some(link) = links::by_id(tx, &pressed.link_id).await?
        && link.closed(now).is_some()
    {
        return Ok(None);
    }
    let known = facts::of_payment(tx, &payment.id).await?;
    Ok(renewed_until(&payment.terms, payment.created_at, &known, &payment.policy, now).ok())
}

/// Whether its place in the link that it came from could be had again, as things stand.
pub async fn has_place(tx: &mut Tx, payment: &Payment) -> Result<bool, Error> {
    let Some(pressed) = places::of_payment(tx, &payment.id).await? else { return Ok(true) };
    if pressed.place != places::Place::Freed {
        return Ok(true);
    }
    Ok(links::by_id(tx, &pressed.link_id).await?.is_some_and(|link| link.has_room()))
}
