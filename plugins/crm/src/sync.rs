//! Brings one delivery into the CRM: find the record, look at it, write what is newer, add the note, keep the tasks in step. What
//! keeps an older view from overwriting a newer one: the payment's version, that nothing unpaid is written over money that was taken, and
//! that of two payments of one record the later one shows. It must not trust a stage or field of the CRM for anything else.

use kamurj_sdk::{Delivery, Host, Level, Outcome, Payment, plain};

use crate::desk::{Desk, Shown, Standing, Target, Trouble};
use crate::record::Record;
use crate::settings::Settings;
use crate::view::View;
use crate::{notes, tasks};

/// Events that tell how a payment stands.
pub const EVENTS: [&str; 10] = [
    "payment.created",
    "payment.pending",
    "payment.paid",
    "payment.paid_again",
    "payment.failed",
    "payment.expired",
    "payment.cancelled",
    "payment.manual_review",
    "payment.partially_refunded",
    "payment.refunded",
];

/// Does what is owed. `makes`: whether a payment without a record gets one.
pub fn sync(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    makes: bool,
    delivery: &Delivery,
) -> Result<Outcome, Outcome> {
    let payment = &delivery.payment;
    let about_exceptions = tasks::EVENTS.contains(&delivery.event.as_str());
    if !about_exceptions && !EVENTS.contains(&delivery.event.as_str()) {
        return Ok(Outcome::done());
    }
    let mut record = Record::load(host, &payment.id)?;
    if about_exceptions {
        let done = tasks::keep(host, desk, settings, makes, delivery, &mut record);
        record.save(host, &payment.id);
        return done.map(|()| Outcome::done());
    }
    let Some(shown) = Shown::of(payment) else { return Ok(Outcome::done()) };
    let (target, is_new) = match found_or_made(desk, settings, makes, delivery, &shown, &mut record)? {
        Found::Nothing => return Ok(Outcome::done()),
        Found::There(target) => (target, false),
        Found::Made(target) => (target, true),
    };
    // Kept before anything else is tried, so that it is not looked for again.
    record.save(host, &payment.id);
    let end = if is_new {
        record.version = record.version.max(shown.version);
        Ok(())
    } else {
        write(host, desk, settings, (&target, &shown), payment, &mut record)
    };
    let end = end.and_then(|()| notes::add(host, desk, settings, delivery, &target, &mut record));
    record.save(host, &payment.id);
    end.map(|()| Outcome::done().with_ref(&target.id))
}

/// The record of a payment.
enum Found {
    /// It is there.
    There(Target),
    /// It was made just now and shows everything.
    Made(Target),
    /// The payment has none and shall get none.
    Nothing,
}

/// The record that a payment names, which is one of this CRM's, or none.
pub(crate) fn named(desk: &impl Desk, payment: &Payment) -> Result<Option<Target>, Outcome> {
    let Some(reference) = payment.crm.as_ref().filter(|reference| reference.plugin == desk.id()) else {
        return Ok(None);
    };
    if desk.kinds().contains(&reference.entity_type.as_str()) {
        return Ok(Some(Target::new(&reference.entity_type, &reference.entity_id)));
    }
    let message = format!(
        "`{}` is no kind of record here: there are {}",
        plain(&reference.entity_type, 40),
        desk.kinds().join(", ")
    );
    Err(Outcome::bad_request("entity-type", &message))
}

fn found_or_made(
    desk: &impl Desk,
    settings: &Settings,
    makes: bool,
    delivery: &Delivery,
    shown: &Shown,
    record: &mut Record,
) -> Result<Found, Outcome> {
    let payment = &delivery.payment;
    if payment.crm.is_some() {
        return Ok(named(desk, payment)?.map_or(Found::Nothing, Found::There));
    }
    if let Some(target) = record.target() {
        return Ok(Found::There(target));
    }
    if !makes {
        return Ok(Found::Nothing);
    }
    if let Some(target) = desk.find(payment)? {
        record.found(&target);
        return Ok(Found::There(target));
    }
    let stage = settings.stage(desk, kind_made(desk), shown.view, "");
    let made = |record: &mut Record, target: Target| {
        record.found(&target);
        Found::Made(target)
    };
    match desk.make(payment, shown, stage.as_deref(), "add-record") {
        Ok(target) => Ok(made(record, target)),
        Err(Trouble::Lost(cause)) => {
            if let Some(target) = desk.find(payment)? {
                record.found(&target);
                return Ok(Found::There(target));
            }
            // The CRM may still be at it. A later run looks once more before it makes one.
            if delivery.run <= 1 {
                return Err(cause);
            }
            Ok(made(record, desk.make(payment, shown, stage.as_deref(), "add-record")?))
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// The kind of record that is made for a payment without one: the first.
fn kind_made(desk: &impl Desk) -> &'static str {
    desk.kinds().first().copied().unwrap_or_default()
}

/// Writes the payment's view into its record, unless what stands there is newer or stronger.
fn write(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    (target, shown): (&Target, &Shown),
    payment: &Payment,
    record: &mut Record,
) -> Result<(), Outcome> {
    let now = desk.look(target)?;
    let same = now.payment.as_deref() == Some(payment.id.as_str());
    let written = if same { now.version } else { 0 };
    if record.version.max(written) > shown.version {
        return Ok(());
    }
    if let Some(why) = stronger(host, &now, shown, payment)? {
        let version = shown.version.to_string();
        host.log(Level::Info, why, &[("payment.id", &payment.id), ("payment.version", &version)]);
        return Ok(());
    }
    // News that changes nothing for a manager does not undo where a manager has put the record since. The same news told again does:
    // that is how an operator mends what somebody moved by mistake.
    let is_moved_by_view = !(same && now.view == Some(shown.view) && now.version < shown.version);
    let stage = if is_moved_by_view { next_stage(desk, settings, target, &now, shown.view) } else { None };
    match desk.write(target, shown, stage.as_deref(), "update-record") {
        // It sets values, so a second time changes nothing.
        Err(Trouble::Lost(_)) => desk.write(target, shown, stage.as_deref(), "update-record")?,
        other => other?,
    }
    record.version = shown.version;
    Ok(())
}

/// Why what stands there must stay, where it must.
fn stronger(
    host: &impl Host,
    now: &Standing,
    shown: &Shown,
    payment: &Payment,
) -> Result<Option<&'static str>, Outcome> {
    let is_settled = now.view.is_some_and(View::is_settled);
    if is_settled && shown.view.is_unpaid() {
        return Ok(Some("The record is paid already; an unpaid state was not written over it"));
    }
    let other = now.payment.as_deref().filter(|other| !other.is_empty() && *other != payment.id);
    let Some(other) = other else { return Ok(None) };
    // Of two payments of one record the later one shows, unless the older one brought money and the later one did not.
    if !shown.view.is_unpaid() && !is_settled {
        return Ok(None);
    }
    let is_later = match host.payment(other) {
        Ok(other) => other.created_at > payment.created_at,
        Err(error) if error.retryable => return Err(error.into()),
        // A payment that is gone says less than this one.
        Err(_) => false,
    };
    Ok(is_later.then_some("The record shows a later payment; the state of an older one was not written over it"))
}

/// Where the record goes; none to leave it. It never goes back from a stage of taken money to an unpaid one, and one that the manager
/// has won already is not pulled back by the payment that won it.
fn next_stage(desk: &impl Desk, settings: &Settings, target: &Target, now: &Standing, view: View) -> Option<String> {
    let is_settled = now.is_won || settings.is_settled_stage(desk, &target.kind, now);
    if view.is_unpaid() && is_settled || now.is_won && view == View::Paid {
        return None;
    }
    settings.stage(desk, &target.kind, view, &now.funnel).filter(|stage| *stage != now.stage)
}
