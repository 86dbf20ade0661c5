//! A task for each exception that a person must decide, opened once and finished when the exception is settled. What is told is how
//! all exceptions of the payment stand, so that it does not matter which event came first or was lost. It must not open a task for
//! anything else: whoever gets many tasks reads none.

use kamurj_sdk::{Delivery, Host, Level, Outcome};
use serde::Deserialize;

use crate::desk::{Desk, Target, Trouble};
use crate::record::Record;
use crate::settings::Settings;
use crate::{sync, texts};

/// Events that tell how exceptions stand.
pub const EVENTS: [&str; 2] = ["exception.opened", "exception.resolved"];

/// Tasks that one run opens or finishes: each takes a few of the sixteen requests that a run may make.
const MOST_CHANGES: usize = 3;
/// Tasks of one payment that are remembered.
const MOST_KEPT: usize = 20;
/// What stands in place of the task of an exception whose task is finished.
const FINISHED: &str = "";

/// An exception, as a delivery tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: String,
    /// Its kind: `duplicate_payment`.
    pub kind: String,
    /// What it is about, in one sentence.
    #[serde(default)]
    pub detail: String,
    /// Whether a person must still decide.
    pub open: bool,
    /// How it was settled.
    #[serde(default)]
    pub resolution: Option<String>,
}

/// All exceptions that the delivery tells of.
pub fn told(delivery: &Delivery) -> Vec<Exception> {
    let told = delivery.extra.iter().filter(|(name, _)| name == "exception");
    told.filter_map(|(_, value)| serde_json::from_str(value).ok()).collect()
}

/// Opens and finishes tasks until they are as the exceptions are.
pub(crate) fn keep(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    makes: bool,
    delivery: &Delivery,
    record: &mut Record,
) -> Result<(), Outcome> {
    let payment = &delivery.payment;
    let mut told = told(delivery);
    told.retain(|exception| texts::task_kind(&exception.kind).is_some());
    if settings.tasks.is_none() || told.is_empty() {
        return Ok(());
    }
    let target = match sync::named(desk, payment)?.or_else(|| record.target()) {
        None if payment.crm.is_none() && makes => desk.find(payment)?,
        known => known,
    };
    // A payment that the CRM knows nothing of is the operator's alone.
    let Some(target) = target else { return Ok(()) };
    if payment.crm.is_none() {
        record.found(&target);
    }
    let mut left = MOST_CHANGES;
    for exception in &told {
        let known = record.tasks.iter().find(|(id, _)| *id == exception.id).map(|(_, task)| task.clone());
        let is_as_told = match known.as_deref() {
            Some(FINISHED) => !exception.open,
            Some(_) => exception.open,
            // Settled before anybody was told of it.
            None => !exception.open && delivery.event != "exception.resolved",
        };
        if is_as_told {
            continue;
        }
        if left == 0 {
            return Err(Outcome::retry("more", "There are more tasks to bring up to date.").after_ms(1000));
        }
        left -= 1;
        let task = if exception.open {
            open(host, desk, settings, delivery, &target, exception)?
        } else {
            finish(desk, settings, &target, exception, known)?;
            FINISHED.to_owned()
        };
        record.tasks.retain(|(id, _)| *id != exception.id);
        record.tasks.push((exception.id.clone(), task));
        let surplus = record.tasks.len().saturating_sub(MOST_KEPT);
        record.tasks.drain(..surplus);
    }
    Ok(())
}

fn marker(exception: &Exception) -> String {
    format!("[exc:{}]", exception.id)
}

/// The step of what is done about an exception. Ids are written in capitals, steps in small letters.
fn step(what: &str, exception: &Exception) -> String {
    format!("{what}.{}", exception.id.to_ascii_lowercase())
}

fn open(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    delivery: &Delivery,
    target: &Target,
    exception: &Exception,
) -> Result<String, Outcome> {
    let marker = marker(exception);
    let (title, text) = texts::task(host, &delivery.payment, exception, settings.language());
    let text = format!("{text} {marker}");
    let step = step("task", exception);
    // An earlier run may have opened one whose answer nobody saw, and the shelf may have forgotten an older one.
    if let Some(task) = found(desk, target, &marker)? {
        return Ok(task);
    }
    match desk.open_task(Some(target), &title, &text, &exception.id, &step) {
        Err(Trouble::Lost(cause)) => match found(desk, target, &marker)? {
            Some(task) => Ok(task),
            None if delivery.run <= 1 => Err(cause),
            None => Ok(desk.open_task(Some(target), &title, &text, &exception.id, &step)?),
        },
        // The record is gone, and a person should know of the exception all the same.
        Err(Trouble::Gone(_)) => {
            host.log(Level::Warn, "The record is gone; the task stands alone", &[("exception.id", &exception.id)]);
            Ok(desk.open_task(None, &title, &text, &exception.id, &format!("{step}.alone"))?)
        }
        other => other.map_err(Outcome::from),
    }
}

fn found(desk: &impl Desk, target: &Target, marker: &str) -> Result<Option<String>, Outcome> {
    match desk.find_task(Some(target), marker) {
        Ok(task) => Ok(task.map(|task| task.id)),
        Err(Trouble::Gone(_)) => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

fn finish(
    desk: &impl Desk,
    settings: &Settings,
    target: &Target,
    exception: &Exception,
    known: Option<String>,
) -> Result<(), Outcome> {
    let task = match known {
        Some(id) => Some(id),
        // Settled before anybody was told of it, or forgotten: looked for once.
        None => match desk.find_task(Some(target), &marker(exception)) {
            Ok(task) => task.filter(|task| task.is_open).map(|task| task.id),
            Err(Trouble::Gone(_)) => None,
            Err(trouble) => return Err(trouble.into()),
        },
    };
    let Some(task) = task else { return Ok(()) };
    let why = texts::settled(exception, settings.language());
    let step = step("settled", exception);
    match desk.close_task(&task, &why, &step) {
        Err(Trouble::Lost(_)) => desk.close_task(&task, &why, &step).map_err(Outcome::from),
        Err(Trouble::Gone(_)) => Ok(()),
        other => other.map_err(Outcome::from),
    }
}
