//! The nightly comparison: what the CRM shows of payments against what is so. What differs is handed to the host, part by part, and
//! changes nothing: neither a payment nor the CRM. It must not take a difference for a fact about money.

use kamurj_sdk::{CrmRef, Difference, Host, Occurrence, Outcome, Part, Span, minor_to_decimal};

use crate::desk::{Desk, Standing, Target};
use crate::record::Record;
use crate::settings::Settings;
use crate::view::View;

/// How far back payments are compared, by when they changed last.
const SPAN_MS: u64 = 35 * 24 * 60 * 60 * 1000;
/// Payments of one part, and parts of one run: it may make sixteen requests, and a desk may need two for a part.
const PAGE: u32 = 50;
const PAGES: u32 = 6;

/// Compares what changed in the last weeks with the records of a CRM.
pub fn compare(
    host: &impl Host,
    desk: &impl Desk,
    settings: &Settings,
    occurrence: &Occurrence,
) -> Result<Outcome, Outcome> {
    by_page(host, occurrence, |payments| {
        let mut known = Vec::new();
        for payment in payments {
            let target = match &payment.crm {
                Some(reference) if reference.plugin == desk.id() => {
                    Some(Target::new(&reference.entity_type, &reference.entity_id))
                }
                Some(_) => None,
                None => Record::load(host, &payment.id)?.target(),
            };
            if let Some(target) = target {
                known.push((*payment, target));
            }
        }
        let targets: Vec<Target> = known.iter().map(|(_, target)| target.clone()).collect();
        let standings = if targets.is_empty() { Vec::new() } else { desk.look_at_all(&targets)? };
        let differences = known
            .iter()
            .zip(&standings)
            .filter_map(|((payment, target), standing)| differs(desk, settings, payment, target, standing.as_ref()))
            .collect();
        Ok((known.len(), differences))
    })
}

/// Goes through what changed in the last weeks, page by page, and hands in what `differ` finds: how many payments it could compare, and
/// what differs. What is still on its way to the remote is left out. A long comparison goes on in further runs of the same occurrence.
pub fn by_page(
    host: &impl Host,
    occurrence: &Occurrence,
    mut differ: impl FnMut(&[&kamurj_sdk::Standing]) -> Result<(usize, Vec<Difference>), Outcome>,
) -> Result<Outcome, Outcome> {
    let place = format!("compared.{}", occurrence.id);
    let mut cursor = match host.state_get(&place) {
        Ok(entry) => entry.and_then(|entry| String::from_utf8(entry.value).ok()),
        Err(error) => return Err(error.into()),
    };
    for _ in 0..PAGES {
        let span = Span {
            since: occurrence.due_at.saturating_sub(SPAN_MS),
            until: occurrence.due_at,
            cursor: cursor.clone(),
            limit: PAGE,
            extra: Vec::new(),
        };
        let page = host.changed_payments(&span)?;
        let settled: Vec<&kamurj_sdk::Standing> = page.payments.iter().filter(|payment| !payment.owing).collect();
        let (compared, differences) = differ(&settled)?;
        let part = Part {
            occurrence_id: occurrence.id.clone(),
            compared: u32::try_from(compared).unwrap_or(u32::MAX),
            differences,
            complete: page.next.is_none(),
            // Two parts that found nothing are two parts.
            extra: vec![("from".to_owned(), span.cursor.unwrap_or_default())],
        };
        host.report(&part)?;
        let Some(next) = page.next else {
            host.state_delete(&place)?;
            return Ok(Outcome::done());
        };
        host.state_set(&place, next.as_bytes(), Some(7 * 24 * 60 * 60 * 1000))?;
        cursor = Some(next);
    }
    Ok(Outcome::retry("more", "There is more to compare.").after_ms(1000))
}

/// How one payment's record differs from it.
fn differs(
    desk: &impl Desk,
    settings: &Settings,
    payment: &kamurj_sdk::Standing,
    target: &Target,
    standing: Option<&Standing>,
) -> Option<Difference> {
    let view = View::of_status(&payment.status)?;
    let told = |field: &str, ours: &str, theirs: &str, message: String| Difference {
        payment_id: payment.id.clone(),
        entity: Some(CrmRef {
            plugin: desk.id().to_owned(),
            entity_type: target.kind.clone(),
            entity_id: target.id.clone(),
            extra: Vec::new(),
        }),
        field: field.to_owned(),
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
        message,
        extra: Vec::new(),
    };
    let Some(standing) = standing else {
        return Some(told(
            "record",
            view.name(),
            "",
            format!("The {} {} is gone: restore it, or leave it.", target.kind, target.id),
        ));
    };
    // The record may show a later payment of its own.
    if standing.payment.as_deref().is_some_and(|shown| !shown.is_empty() && shown != payment.id) {
        return None;
    }
    if standing.view != Some(view) {
        let theirs = standing.view.map_or("", View::name);
        let message = if standing.view.is_some() {
            "The field says otherwise than the journal: send the newest delivery again."
        } else {
            "The record shows no payment: see that its fields exist, and send the newest delivery again."
        };
        let message = message.to_owned();
        return Some(told("status", view.name(), theirs, message));
    }
    let amount = minor_to_decimal(&payment.amount);
    if let Some(theirs) = standing.amount.as_deref().filter(|theirs| !same_amount(theirs, &amount)) {
        let message =
            "The amount of the record was changed after the payment was made; the payment asks for its own.".to_owned();
        return Some(told("amount", &amount, theirs, message));
    }
    let of_stage = settings.views_of_stage(desk, &target.kind, standing);
    if of_stage.contains(&view) {
        return None;
    }
    // A stage that the settings name for no view says nothing, unless it is where records are won.
    let is_paid_for = if of_stage.is_empty() { standing.is_won } else { of_stage.iter().all(|view| view.is_settled()) };
    let message = if is_paid_for && view.is_unpaid() {
        "Somebody moved the record into a stage of paid money; no bank has said so. Nothing was taken for paid."
    } else if of_stage.is_empty() {
        return None;
    } else {
        "Somebody moved the record into the stage of another state: move it back, or send the newest delivery again."
    };
    let wanted = settings.stage(desk, &target.kind, view, &standing.funnel);
    Some(told("stage", wanted.as_deref().unwrap_or(view.name()), &standing.stage, message.to_owned()))
}

/// Whether two decimals are one amount: `12500.00` and `12500`.
fn same_amount(theirs: &str, ours: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim();
        match text.split_once('.') {
            Some((whole, part)) => {
                let part = part.trim_end_matches('0');
                if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
            }
            None => text.to_owned(),
        }
    };
    bare(theirs) == bare(ours)
}
