//! Notes on the timeline: comments of deals, and log messages of invoices, whose comments the portal gives no name to. It must not change
//! the record.

use kamurj_crm::{Target, Trouble};
use kamurj_sdk::Host;
use serde_json::{Value, json};

use crate::kind::{Kind, gone, place};
use crate::looks::or_gone;
use crate::portal::Portal;
use crate::refusal;

/// Log messages that the portal gives at once, and how many pages of them are searched.
const PAGE: u32 = 10;
const PAGES: [&str; 3] = ["a", "b", "c"];

/// Adds a note.
pub(crate) fn add<H: Host>(portal: &Portal<'_, H>, target: &Target, text: &str, step: &str) -> Result<(), Trouble> {
    let (kind, id) = place(target)?;
    let added = match kind {
        Kind::Deal => {
            let body = json!({ "fields": { "ENTITY_ID": id, "ENTITY_TYPE": "deal", "COMMENT": text } });
            portal.rest.change("crm.timeline.comment.add", &body, step)
        }
        Kind::Invoice => {
            let body = json!({ "fields": {
                "entityTypeId": kind.number(), "entityId": id, "title": "Kamurj", "text": text, "iconCode": "info",
            } });
            portal.rest.change("crm.timeline.logmessage.add", &body, step)
        }
    };
    added.map(drop).map_err(|trouble| ownerless(trouble, kind, target))
}

/// The trouble of a note, which may be that its record is gone: comments say so without a code, log messages with one of their own.
fn ownerless(trouble: Trouble, kind: Kind, target: &Target) -> Trouble {
    match kind {
        Kind::Deal => or_gone(trouble, target),
        Kind::Invoice if refusal::code(&trouble) == Some("OWNER_NOT_FOUND") => gone(target),
        Kind::Invoice => trouble,
    }
}

/// Whether a note with this marker is there. Newest first, so that the marker stands on the first page.
pub(crate) fn has<H: Host>(portal: &Portal<'_, H>, target: &Target, marker: &str) -> Result<bool, Trouble> {
    let (kind, id) = place(target)?;
    let is_there = |notes: &Value, field: &str| {
        let mut notes = notes.as_array().into_iter().flatten();
        notes.any(|note| note[field].as_str().is_some_and(|text| text.contains(marker)))
    };
    match kind {
        Kind::Deal => {
            let body = json!({
                "filter": { "ENTITY_ID": id, "ENTITY_TYPE": "deal" },
                "select": ["ID", "COMMENT"],
                "order": { "ID": "DESC" },
            });
            let comments = portal.rest.read("crm.timeline.comment.list", &body);
            Ok(is_there(&comments.map_err(|trouble| ownerless(trouble, kind, target))?, "COMMENT"))
        }
        Kind::Invoice => {
            let page = |(place, name)| {
                let start = PAGE * place;
                let order = json!({ "id": "desc" });
                let body = json!({ "entityTypeId": kind.number(), "entityId": id, "order": order, "start": start });
                (name, "crm.timeline.logmessage.list", body)
            };
            let calls: Vec<_> = (0..).zip(PAGES).map(page).collect();
            for messages in portal.rest.read_all(&calls)? {
                if is_there(&messages.map_err(|trouble| ownerless(trouble, kind, target))?, "text") {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
