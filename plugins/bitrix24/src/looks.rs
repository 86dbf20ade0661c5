//! How records stand: one, many at once, and those that wait in chosen stages. It must not change anything.

use std::collections::BTreeMap;

use kamurj_crm::{Standing, Target, Trouble, View, rfc3339};
use kamurj_sdk::Host;
use serde_json::{Value, json};

use crate::items::ORIGINATOR;
use crate::kind::{Kind, gone, id_of, place};
use crate::portal::Portal;
use crate::{fields, refusal};

/// Codes under which the portal says that a record is not there. An empty one comes as the answer's status.
const NOT_THERE: [&str; 3] = ["NOT_FOUND", "0", "400"];

/// Most records of one list.
const PAGE: usize = 50;

/// How one record stands.
pub(crate) fn look<H: Host>(portal: &Portal<'_, H>, target: &Target) -> Result<Standing, Trouble> {
    let (kind, id) = place(target)?;
    let body = json!({ "entityTypeId": kind.number(), "id": id, "useOriginalUfNames": "Y" });
    let answer = portal.rest.read("crm.item.get", &body).map_err(|trouble| or_gone(trouble, target))?;
    Ok(standing(kind, &answer["item"]))
}

/// The payment that a record shows which was read for what it asks.
pub(crate) fn shown<H: Host>(portal: &Portal<'_, H>, target: &Target) -> Option<String> {
    let (kind, _) = place(target).ok()?;
    let read = portal.read.borrow();
    let (_, record) = read.as_ref().filter(|(known, _)| known == target)?;
    standing(kind, record).payment
}

/// The trouble of reading a record, which may be that it is gone.
pub(crate) fn or_gone(trouble: Trouble, target: &Target) -> Trouble {
    if refusal::code(&trouble).is_some_and(|code| NOT_THERE.contains(&code)) { gone(target) } else { trouble }
}

/// What a record says of itself.
pub(crate) fn standing(kind: Kind, record: &Value) -> Standing {
    let read = |code: &str| fields::read(record, &fields::name(kind, code));
    let stage = record["stageId"].as_str().unwrap_or_default();
    let funnel = match (kind, stage.split_once(':')) {
        (Kind::Invoice, Some((of, _))) => of.to_owned(),
        (Kind::Invoice, None) => String::new(),
        (Kind::Deal, _) => id_of(record, "categoryId").unwrap_or_default().to_string(),
    };
    // A deal that was made for a payment says so by its origin too, where its field does not.
    let made_for = (record["originatorId"] == ORIGINATOR).then(|| record["originId"].as_str().unwrap_or_default());
    Standing {
        payment: read(fields::PAYMENT).filter(|payment| !payment.is_empty()).or_else(|| made_for.map(str::to_owned)),
        version: read(fields::VERSION).and_then(|version| version.trim().parse().ok()).unwrap_or(0),
        view: read(fields::STATUS).and_then(|name| View::of_name(&name)),
        amount: read(fields::AMOUNT).filter(|amount| !amount.is_empty()),
        is_won: record["stageSemanticId"] == "S" || stage.rsplit(':').next() == Some(kind.won()),
        stage: stage.to_owned(),
        funnel,
    }
}

/// How several stand, in one request.
pub(crate) fn look_at_all<H: Host>(
    portal: &Portal<'_, H>,
    targets: &[Target],
) -> Result<Vec<Option<Standing>>, Trouble> {
    let mut calls = Vec::new();
    for kind in Kind::ALL {
        let places = targets.iter().filter_map(|target| place(target).ok());
        let ids: Vec<u64> = places.filter(|(of, _)| *of == kind).map(|(_, id)| id).collect();
        for (page, ids) in ids.chunks(PAGE).enumerate() {
            calls.push((kind, format!("{}{page}", kind.word()), list(kind, &json!({ "@id": ids }))));
        }
    }
    let mut found: BTreeMap<(&str, u64), Standing> = BTreeMap::new();
    let batch: Vec<_> = calls.iter().map(|(_, name, body)| (name.as_str(), "crm.item.list", body.clone())).collect();
    if !batch.is_empty() {
        for ((kind, _, _), answer) in calls.iter().zip(portal.rest.read_all(&batch)?) {
            for record in answer?["items"].as_array().into_iter().flatten() {
                if let Some(id) = id_of(record, "id") {
                    found.insert((kind.word(), id), standing(*kind, record));
                }
            }
        }
    }
    let of = |target: &Target| found.get(&(target.kind.as_str(), target.id.parse().ok()?)).cloned();
    Ok(targets.iter().map(of).collect())
}

/// A list of records with what a standing needs.
fn list(kind: Kind, filter: &Value) -> Value {
    let mut select =
        vec!["id", "stageId", "categoryId", "stageSemanticId"].into_iter().map(str::to_owned).collect::<Vec<_>>();
    if kind == Kind::Deal {
        select.extend(["originatorId".to_owned(), "originId".to_owned()]);
    }
    let codes = [fields::PAYMENT, fields::VERSION, fields::STATUS, fields::AMOUNT];
    select.extend(codes.map(|code| fields::name(kind, code)));
    json!({
        "entityTypeId": kind.number(), "filter": filter, "select": select, "order": { "id": "DESC" }, "useOriginalUfNames": "Y",
    })
}

/// Records in these stages that changed since, the newest first. What comes back is compared with what was asked, because a portal
/// that ignores a filter answers with other records.
pub(crate) fn waiting<H: Host>(
    portal: &Portal<'_, H>,
    stages: &[String],
    since_ms: u64,
) -> Result<Vec<Target>, Trouble> {
    let mut calls = Vec::new();
    for kind in Kind::ALL {
        let own: Vec<&String> = stages.iter().filter(|stage| Kind::of_stage(stage) == kind).collect();
        if !own.is_empty() {
            let body = json!({
                "entityTypeId": kind.number(), "filter": { "@stageId": own, ">=updatedTime": rfc3339(since_ms) },
                "select": ["id", "stageId"], "order": { "id": "DESC" },
            });
            calls.push((kind.word(), "crm.item.list", body));
        }
    }
    let mut found = Vec::new();
    for ((word, _, _), answer) in calls.iter().zip(portal.rest.read_all(&calls)?) {
        for record in answer?["items"].as_array().into_iter().flatten() {
            let is_there = record["stageId"].as_str().is_some_and(|at| stages.iter().any(|stage| stage == at));
            found.extend(id_of(record, "id").filter(|_| is_there).map(|id| Target::new(word, &id.to_string())));
        }
    }
    found.truncate(PAGE);
    Ok(found)
}
