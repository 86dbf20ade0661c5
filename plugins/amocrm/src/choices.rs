//! What can be chosen for settings: the account's own stages, pipelines and people. It must not change anything there.

use kamurj_sdk::{Host, Language, ListItem, ListRequest, Outcome, plain};

use crate::account::Account;
use crate::api::id_of;
use crate::settings::{Settings, WON, joined};

/// Lost; as [`WON`], in every pipeline.
const LOST: &str = "143";
/// Pages of fifty people.
const PAGES: u32 = 8;

/// The list of this name.
pub(crate) fn offer(host: &impl Host, settings: &Settings, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
    let account = Account::new(host, settings);
    match wanted.name.as_str() {
        "stages" => {
            let mut items = stages(&account, |_| true)?;
            items.push(item(WON, closed(true, &wanted.language), None));
            items.push(item(LOST, closed(false, &wanted.language), None));
            Ok(items)
        }
        "open-stages" => stages(&account, |status| status != WON && status != LOST),
        "pipelines" => {
            Ok(account.pipelines()?.iter().map(|pipeline| item(&pipeline.id, &pipeline.name, None)).collect())
        }
        "users" => {
            let people = account.api.pages("users", "users", 50, PAGES)?;
            let person = |person: &serde_json::Value| {
                Some(item(&id_of(person)?.to_string(), &plain(person["name"].as_str().unwrap_or_default(), 80), None))
            };
            Ok(people.iter().filter_map(person).collect())
        }
        _ => Ok(Vec::new()),
    }
}

fn stages<H: Host>(account: &Account<'_, H>, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<ListItem>, Outcome> {
    let mut items = Vec::new();
    for pipeline in account.pipelines()? {
        let wanted = pipeline.statuses.iter().filter(|(status, _)| is_wanted(status));
        items.extend(wanted.map(|(status, name)| item(&joined(&pipeline.id, status), name, Some(&pipeline.name))));
    }
    Ok(items)
}

fn closed(is_won: bool, language: &str) -> &'static str {
    match (is_won, Language::from_tag(language)) {
        (true, Language::Hy) => "Հաջողված՝ ցանկացած ձագարում",
        (true, Language::Ru) => "Успешно реализовано, в любой воронке",
        (true, Language::En) => "Won, in whatever pipeline",
        (false, Language::Hy) => "Չիրականացված՝ ցանկացած ձագարում",
        (false, Language::Ru) => "Закрыто и не реализовано, в любой воронке",
        (false, Language::En) => "Lost, in whatever pipeline",
    }
}

fn item(value: &str, title: &str, group: Option<&str>) -> ListItem {
    ListItem { value: value.to_owned(), title: title.to_owned(), group: group.map(str::to_owned), extra: Vec::new() }
}
