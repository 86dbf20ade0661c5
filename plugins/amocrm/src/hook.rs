//! Messages of the account: that leads were made, changed or moved, or that a stage called for a payment. They are not signed, so they are
//! hints: the lead is read anew. It must not believe what they say of money.

use std::collections::{BTreeMap, BTreeSet};

use kamurj_crm::requests::{Why, ask};
use kamurj_crm::{Target, pairs};
use kamurj_sdk::{Host, InboundRequest, Level, Outcome, plain};

use crate::account::Account;
use crate::lead::LEAD;
use crate::moves;
use crate::settings::{Settings, joined};

/// What happens in the account.
pub(crate) const ROUTE: &str = "hook";
/// What a stage calls.
pub(crate) const BUTTON: &str = "button";

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// One lead of a message, as it is told there.
#[derive(Debug, Default, PartialEq)]
struct Item {
    action: String,
    fields: BTreeMap<String, String>,
}

impl Item {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The lead's number.
    fn lead(&self) -> Option<&str> {
        self.field("id").filter(|id| id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()))
    }

    fn stage(&self) -> Option<String> {
        Some(joined(self.field("pipeline_id")?, self.field("status_id")?))
    }

    /// When the lead came into its stage, Unix milliseconds, where this is what the message is about.
    fn moved_at(&self) -> Option<u64> {
        let is_move = match self.action.as_str() {
            "add" => true,
            "status" => {
                let before = |name: &str, now: &str| self.field(name).is_some_and(|old| Some(old) != self.field(now));
                before("old_status_id", "status_id") || before("old_pipeline_id", "pipeline_id")
            }
            _ => false,
        };
        let at = self.field("last_modified").or_else(|| self.field("updated_at")).filter(|_| is_move)?;
        at.parse::<u64>().ok()?.checked_mul(1000)
    }
}

/// Takes a message of one of the routes.
pub(crate) fn handle(host: &impl Host, settings: &Settings, request: &InboundRequest) -> Result<Outcome, Outcome> {
    let why = match request.path.as_str() {
        ROUTE => Why::Changed,
        BUTTON => Why::Button,
        _ => return Ok(Outcome::done()),
    };
    let Some(requests) = &settings.crm.requests else { return Ok(Outcome::done()) };
    let told = pairs(&request.body);
    if !is_of_account(settings, &told) {
        host.log(
            Level::Warn,
            "A message of another account was left aside: see `account_id`",
            &[("path", &request.path)],
        );
        return Ok(Outcome::done());
    }
    let mut leads: BTreeSet<String> = BTreeSet::new();
    for item in items(&told) {
        let (Some(lead), false) = (item.lead(), item.action == "delete") else { continue };
        let stage = item.stage();
        let may_ask = stage.as_ref().is_none_or(|stage| requests.stages.contains(stage));
        // Where the message itself says that the lead is elsewhere, another message tells of the next move: nothing has to be read.
        if why == Why::Changed && !may_ask {
            continue;
        }
        if let (Some(stage), Some(at_ms)) = (&stage, item.moved_at()) {
            moves::keep(host, lead, stage, at_ms)?;
        }
        leads.insert(lead.to_owned());
    }
    ask_each(host, settings, request, why, &leads.into_iter().collect::<Vec<_>>())
}

/// Asks lead by lead. A message may name more of them than one run has requests for, so how far it came is kept.
fn ask_each(
    host: &impl Host,
    settings: &Settings,
    request: &InboundRequest,
    why: Why,
    leads: &[String],
) -> Result<Outcome, Outcome> {
    let account = Account::new(host, settings);
    let target = |lead: &String| Target::new(LEAD, lead);
    match leads {
        [] => return Ok(Outcome::done()),
        [lead] => return ask(host, &account, &settings.crm, &target(lead), why, request.run),
        _ => {}
    }
    let place = format!("hook.{}", request.id);
    let kept = host.state_get(&place)?;
    let done: usize = kept.and_then(|entry| String::from_utf8(entry.value).ok()?.parse().ok()).unwrap_or_default();
    for (at, lead) in leads.iter().enumerate().skip(done) {
        ask(host, &account, &settings.crm, &target(lead), why, request.run)?;
        host.state_set(&place, (at + 1).to_string().as_bytes(), Some(DAY_MS))?;
    }
    host.state_delete(&place)?;
    Ok(Outcome::done())
}

/// Whether the message is of the account that the settings name, where they name one.
fn is_of_account(settings: &Settings, told: &[(String, String)]) -> bool {
    let Some(wanted) = settings.account_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) else { return true };
    told.iter().any(|(name, value)| name == "account[id]" && plain(value, 40) == wanted)
}

/// The leads that a message tells of, in their order: `leads[status][0][id]`, or without a number where a stage calls.
fn items(told: &[(String, String)]) -> Vec<Item> {
    let mut found: Vec<((String, String), Item)> = Vec::new();
    for (name, value) in told {
        let Some(rest) = name.strip_prefix("leads[").and_then(|rest| rest.strip_suffix(']')) else { continue };
        let parts: Vec<&str> = rest.split("][").collect();
        let (action, index, field) = match parts.as_slice() {
            [action, field] => (*action, "", *field),
            [action, index, field] => (*action, *index, *field),
            // Custom fields, which have an `id` of their own.
            _ => continue,
        };
        let key = (action.to_owned(), index.to_owned());
        let at = found.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            found.push((key, Item { action: action.to_owned(), ..Item::default() }));
            found.len() - 1
        });
        found[at].1.fields.insert(field.to_owned(), value.clone());
    }
    found.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::items;

    fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn items_are_told_apart_and_custom_fields_are_none() {
        let found = items(&told(&[
            ("leads[status][0][id]", "12"),
            ("leads[status][0][custom_fields][0][id]", "99"),
            ("leads[status][1][id]", "13"),
            ("leads[update][0][id]", "14"),
            ("leads[add][id]", "15"),
            ("contacts[add][0][id]", "16"),
            ("leads[status][2][id]", "13x"),
            ("account[id]", "7001"),
        ]));
        let leads: Vec<(&str, Option<&str>)> = found.iter().map(|item| (item.action.as_str(), item.lead())).collect();
        let expected = [
            ("status", Some("12")),
            ("status", Some("13")),
            ("update", Some("14")),
            ("add", Some("15")),
            ("status", None),
        ];
        assert_eq!(leads, expected);
    }

    #[test]
    fn only_a_move_says_when_a_lead_came() {
        let moved = |action: &str, more: &[(&str, &str)]| {
            let name = |field: &str| format!("leads[{action}][0][{field}]");
            let mut pairs = vec![
                (name("id"), "12".to_owned()),
                (name("status_id"), "5".to_owned()),
                (name("pipeline_id"), "1".to_owned()),
                (name("last_modified"), "1795250000".to_owned()),
            ];
            pairs.extend(more.iter().map(|(field, value)| (name(field), (*value).to_owned())));
            items(&pairs)[0].moved_at()
        };
        let at = Some(1_795_250_000_000);
        assert_eq!(moved("status", &[("old_status_id", "4"), ("old_pipeline_id", "1")]), at);
        assert_eq!(moved("status", &[("old_status_id", "5"), ("old_pipeline_id", "2")]), at);
        assert_eq!(moved("add", &[]), at);
        assert_eq!(moved("status", &[("old_status_id", "5"), ("old_pipeline_id", "1")]), None);
        assert_eq!(moved("status", &[]), None);
        assert_eq!(moved("update", &[("old_status_id", "4")]), None);
        assert_eq!(moved("status", &[("old_status_id", "4"), ("last_modified", "soon")]), None);
    }
}
