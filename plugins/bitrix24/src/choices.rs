//! What can be chosen for settings: stages by funnel, funnels, people. It must not change anything.

use kamurj_sdk::{Host, ListItem, ListRequest, Outcome, plain};
use serde_json::json;

use crate::funnels::{self, Funnel};
use crate::kind::{Kind, id_of};
use crate::rest::Rest;
use crate::settings::Settings;

/// Pages of people that are read: fifty each.
const PAGES: usize = 4;

/// The list of this name; an unknown one has nothing.
pub(crate) fn offer(host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
    let settings = Settings::read(host)?;
    let rest = Rest::new(host, &settings, 1)?;
    let stages = |kinds: &[Kind]| -> Result<Vec<ListItem>, Outcome> {
        Ok(funnels::read(&rest, kinds)?.iter().flat_map(stages_of).collect())
    };
    match wanted.name.as_str() {
        "stages" => stages(&[Kind::Deal]),
        "invoice_stages" => stages(&[Kind::Invoice]),
        "request_stages" => stages(&Kind::ALL),
        "categories" => {
            let funnels = funnels::read(&rest, &[Kind::Deal])?;
            Ok(funnels.iter().map(|funnel| item(&funnel.id.to_string(), &funnel.name, None)).collect())
        }
        "users" => users(&rest),
        _ => Ok(Vec::new()),
    }
}

fn stages_of(funnel: &Funnel) -> impl Iterator<Item = ListItem> {
    funnel.stages.iter().map(|(code, name)| item(code, name, Some(&funnel.name)))
}

fn item(value: &str, title: &str, group: Option<&str>) -> ListItem {
    let title = if title.is_empty() { value } else { title };
    ListItem { value: value.to_owned(), title: title.to_owned(), group: group.map(str::to_owned), extra: Vec::new() }
}

/// Employees who work there now.
fn users<H: Host>(rest: &Rest<'_, H>) -> Result<Vec<ListItem>, Outcome> {
    let names: Vec<String> = (0..PAGES).map(|page| format!("p{page}")).collect();
    let page = |(place, name)| {
        let name: &String = name;
        let start: usize = place * 50;
        (name.as_str(), "user.get", json!({ "FILTER": { "ACTIVE": "true" }, "sort": "ID", "start": start }))
    };
    let calls: Vec<_> = names.iter().enumerate().map(page).collect();
    let mut people: Vec<ListItem> = Vec::new();
    for answer in rest.read_all(&calls)? {
        for user in answer?.as_array().into_iter().flatten() {
            let part = |name: &str| user[name].as_str().unwrap_or_default();
            let name = plain(&format!("{} {}", part("NAME"), part("LAST_NAME")), 100);
            let Some(id) = id_of(user, "ID").map(|id| id.to_string()) else { continue };
            // Beyond the last page the portal begins anew.
            if people.iter().all(|known| known.value != id) {
                people.push(item(&id, &name, None));
            }
        }
    }
    Ok(people)
}
