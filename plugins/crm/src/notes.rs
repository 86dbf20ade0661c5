//! One note for each thing that happened to the money. No CRM here takes a key for a note, so each carries a marker, and the record's
//! notes are searched for it whenever an earlier try may have written it. It must not change the record.

use kamurj_sdk::{Delivery, Host, Outcome};

use crate::desk::{Desk, Target, Trouble};
use crate::record::Record;
use crate::settings::Settings;
use crate::texts;

/// The event's part of the marker; none if the event gets no note. Several partial refunds are several things, told apart by how much
/// had gone back by then.
fn name(delivery: &Delivery) -> Option<String> {
    match delivery.event.as_str() {
        "payment.paid" | "payment.manual_review" | "payment.refunded" => Some(delivery.event.clone()),
        "payment.partially_refunded" => Some(format!("{}:{}", delivery.event, delivery.payment.refunded.minor)),
        _ => None,
    }
}

/// Adds the note that this delivery owes the record, if it owes one and it is not there yet.
pub(crate) fn add(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    delivery: &Delivery,
    target: &Target,
    record: &mut Record,
) -> Result<(), Outcome> {
    let Some(name) = name(delivery).filter(|name| !record.noted.contains(name)) else { return Ok(()) };
    let marker = format!("[pay:{}:{name}]", delivery.payment.id);
    let text = texts::note(host, &delivery.payment, &delivery.event, settings.language());
    let text = format!("{text} {marker}");
    write_once(desk, target, (&text, &marker), "add-note", delivery.run)?;
    record.noted.push(name);
    Ok(())
}

/// Writes a note unless one with its marker is there. A run that ended badly may have written it: an answer of 500 says nothing about
/// what was done.
pub(crate) fn write_once(
    desk: &impl Desk,
    target: &Target,
    (text, marker): (&str, &str),
    step: &str,
    run: u32,
) -> Result<(), Outcome> {
    if run > 1 && desk.has_note(target, marker)? {
        return Ok(());
    }
    match desk.note(target, text, step) {
        Err(Trouble::Lost(cause)) => {
            if desk.has_note(target, marker)? {
                return Ok(());
            }
            // The CRM may still be at it. A later run looks once more before it writes another.
            if run <= 1 {
                return Err(cause);
            }
            desk.note(target, text, step).map_err(Outcome::from)
        }
        other => other.map_err(Outcome::from),
    }
}
