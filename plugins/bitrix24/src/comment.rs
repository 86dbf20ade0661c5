//! One timeline comment for each thing that happened to the money. The service takes no key, so every comment carries a
//! marker, and the timeline is searched for it whenever an earlier try may have written it. It must not change the deal.

use kamurj_sdk::{Delivery, Host, Outcome};
use serde_json::{Value, json};

use crate::record::Record;
use crate::rest::{Rest, Trouble};
use crate::settings::Settings;
use crate::texts;

/// The event's part of the marker; none if the event gets no comment. Several partial refunds are several things, told
/// apart by how much has been refunded by then.
fn name(delivery: &Delivery) -> Option<String> {
    match delivery.event.as_str() {
        "payment.paid" | "payment.manual_review" | "payment.refunded" => Some(delivery.event.clone()),
        "payment.partially_refunded" => Some(format!("{}:{}", delivery.event, delivery.payment.refunded.minor)),
        _ => None,
    }
}

/// Adds the comment that this delivery owes the deal, if it owes one and it is not there yet.
pub(crate) fn add<H: Host>(
    host: &H,
    rest: &Rest<'_, H>,
    settings: &Settings,
    delivery: &Delivery,
    deal: u64,
    record: &mut Record,
) -> Result<(), Outcome> {
    let Some(name) = name(delivery).filter(|name| !record.commented.contains(name)) else {
        return Ok(());
    };
    let marker = format!("[pay:{}:{name}]", delivery.payment.id);
    // A run that ended badly may have written it: an answer of 500 says nothing about what was done.
    let written = delivery.run > 1 && is_there(rest, deal, &marker)?;
    if !written {
        let text = texts::comment(host, &delivery.payment, &delivery.event, settings.language());
        let body =
            json!({ "fields": { "ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": format!("{text} {marker}") } });
        match rest.change("crm.timeline.comment.add", &body, "add-comment") {
            Err(Trouble::Lost(cause)) => {
                if !is_there(rest, deal, &marker)? {
                    // The portal may still be at it. A later run looks once more before it writes another.
                    if delivery.run <= 1 {
                        return Err(cause);
                    }
                    rest.change("crm.timeline.comment.add", &body, "add-comment")?;
                }
            }
            other => drop(other?),
        }
    }
    record.commented.push(name);
    Ok(())
}

/// Newest first, so that the marker stands on the first page of fifty.
fn is_there<H: Host>(rest: &Rest<'_, H>, deal: u64, marker: &str) -> Result<bool, Outcome> {
    let body = json!({
        "filter": { "ENTITY_ID": deal, "ENTITY_TYPE": "deal" },
        "select": ["ID", "COMMENT"],
        "order": { "ID": "DESC" },
    });
    let comments = rest.read("crm.timeline.comment.list", &body)?;
    let there = |comment: &Value| comment["COMMENT"].as_str().is_some_and(|text| text.contains(marker));
    Ok(comments.as_array().is_some_and(|comments| comments.iter().any(there)))
}
