//! Payments that changed, what a comparison found, and what can be chosen, between the generated types and those of `contract`.

use super::{MESSAGE_BYTES, REFERENCE_BYTES, time_to_wire};
use crate::{
    bindings::{
        exported::choices,
        imported::{comparisons, payments as wire},
    },
    contract::{Difference, ListItem, ListRequest, Outcome, OutcomeKind, Part, Scope, Span, Standing, Standings},
    logbook::cut,
    secrets::Keyring,
};

/// The most things to choose that are kept of one list.
const ITEMS: usize = 2_000;

fn time(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

impl From<wire::Span> for Span {
    fn from(span: wire::Span) -> Self {
        Self {
            since: time(span.since),
            until: time(span.until),
            cursor: span.cursor,
            limit: span.limit,
            extra: span.extra,
        }
    }
}

impl From<Standing> for wire::Standing {
    fn from(standing: Standing) -> Self {
        Self {
            id: standing.id,
            order_id: standing.order_id,
            status: standing.status,
            version: standing.version,
            amount: standing.amount.into(),
            captured: standing.captured.into(),
            refunded: standing.refunded.into(),
            crm: standing.crm.map(Into::into),
            changed_at: time_to_wire(standing.changed_at),
            owing: standing.owing,
            extra: standing.extra,
        }
    }
}

impl From<Standings> for wire::Standings {
    fn from(page: Standings) -> Self {
        Self { payments: page.payments.into_iter().map(Into::into).collect(), next: page.next, extra: Vec::new() }
    }
}

impl From<comparisons::Difference> for Difference {
    fn from(difference: comparisons::Difference) -> Self {
        Self {
            payment_id: difference.payment_id,
            entity: difference.entity.map(Into::into),
            field: difference.field,
            ours: difference.ours,
            theirs: difference.theirs,
            message: difference.message,
            extra: difference.extra,
        }
    }
}

impl From<comparisons::Part> for Part {
    fn from(part: comparisons::Part) -> Self {
        Self {
            occurrence_id: part.occurrence_id,
            compared: part.compared,
            differences: part.differences.into_iter().map(Into::into).collect(),
            complete: part.complete,
            extra: part.extra,
        }
    }
}

impl From<ListRequest> for choices::ListRequest {
    fn from(wanted: ListRequest) -> Self {
        Self { name: wanted.name, language: wanted.language, extra: wanted.extra }
    }
}

/// How much a plugin said of what can be chosen.
pub(crate) fn items_bytes(items: &[choices::ListItem]) -> usize {
    let of = |item: &choices::ListItem| {
        let extra: usize = item.extra.iter().map(|(name, value)| name.len() + value.len()).sum();
        item.value.len() + item.title.len() + item.group.as_ref().map_or(0, String::len) + extra
    };
    items.iter().map(of).sum()
}

/// What can be chosen, without secrets and cut to size, and the end of its run. A value that does not fit is left out: a cut one would
/// be another.
pub(crate) fn items_from_wire(items: Vec<choices::ListItem>, keyring: &Keyring) -> (Vec<ListItem>, Outcome) {
    let text = |text: String| cut(keyring.scrub(text), MESSAGE_BYTES);
    let items: Vec<ListItem> = items
        .into_iter()
        .filter(|item| item.value.len() <= REFERENCE_BYTES)
        .take(ITEMS)
        .map(|item| ListItem { value: keyring.scrub(item.value), title: text(item.title), group: item.group.map(text) })
        .collect();
    let outcome = Outcome {
        kind: OutcomeKind::Done,
        code: String::new(),
        message: format!("{} to choose from", items.len()),
        retry_after_ms: None,
        scope: Scope::Message,
        remote_ref: None,
        extra: Vec::new(),
    };
    (items, outcome)
}
