//! What is on sale in this chat: the settings' entries, with the payment links among them as they stand now. It must not make a
//! payment.

use kamurj_sdk::{Host, Language, Level, Money, Outcome, PaymentLink, plain};

use crate::service::Choice;
use crate::settings::{Entry, Settings};
use crate::texts;

const TITLE_CHARS: usize = 80;

/// One thing on sale, in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Goes into buttons and references.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What one costs; none where the customer says how much.
    pub price: Option<Money>,
    /// The link behind it, where there is one.
    pub link: Option<PaymentLink>,
}

/// Everything that can be bought now, in the settings' order.
pub(crate) fn items(host: &impl Host, settings: &Settings, language: Language) -> Result<Vec<Item>, Outcome> {
    let wanted = settings.links();
    let links = if wanted.is_empty() { Vec::new() } else { read(host, &wanted, language)? };
    let mut items = Vec::new();
    for entry in &settings.catalogue {
        match entry {
            Entry::Link { link } => {
                let link = links.iter().find(|known| known.id == *link && known.kind == "fixed");
                items.extend(link.filter(|link| link.state == "open").map(of_link));
            }
            Entry::Priced { id, .. } => {
                items.extend(entry.priced(language)?.map(|(title, price)| Item {
                    id: id.clone(),
                    title,
                    price: Some(price),
                    link: None,
                }));
            }
        }
    }
    Ok(items)
}

/// The thing with this id, if it can be bought now.
pub(crate) fn find(
    host: &impl Host,
    settings: &Settings,
    id: &str,
    language: Language,
) -> Result<Option<Item>, Outcome> {
    if settings.catalogue.iter().all(|entry| entry.id() != id) {
        return Ok(None);
    }
    Ok(items(host, settings, language)?.into_iter().find(|item| item.id == id))
}

/// The link as it stands now, if it may be pressed.
pub(crate) fn open_link(host: &impl Host, id: &str, language: Language) -> Result<Option<PaymentLink>, Outcome> {
    Ok(read(host, &[id.to_owned()], language)?.into_iter().find(|link| link.state == "open"))
}

fn read(host: &impl Host, ids: &[String], language: Language) -> Result<Vec<PaymentLink>, Outcome> {
    match host.links(ids, language.tag()) {
        Ok(links) => Ok(links),
        Err(error) if error.retryable => Err(error.into()),
        Err(error) => {
            host.log(Level::Error, "The payment links could not be read", &[("error.code", &error.code)]);
            Ok(Vec::new())
        }
    }
}

fn of_link(link: &PaymentLink) -> Item {
    Item {
        id: link.id.clone(),
        title: plain(&link.title, TITLE_CHARS),
        price: link.price.clone(),
        link: Some(link.clone()),
    }
}

/// The buttons of one page of the catalogue, with one for the next page where there is more.
pub(crate) fn page(host: &impl Host, items: &[Item], page: usize, most: usize, language: Language) -> Vec<Choice> {
    let button = |item: &Item| {
        let price = item.price.as_ref().map(|price| host.format_money(price, language.tag()));
        let note = item.link.as_ref().map(|link| plain(&link.description, 72)).unwrap_or_default();
        Choice {
            data: format!("item:{}", item.id),
            title: price.map_or_else(|| item.title.clone(), |price| format!("{} — {price}", item.title)),
            note,
        }
    };
    if items.len() <= most {
        return items.iter().map(button).collect();
    }
    let room = most.saturating_sub(1).max(1);
    let from = page.saturating_mul(room);
    let mut choices: Vec<Choice> = items.iter().skip(from).take(room).map(button).collect();
    if !choices.is_empty() {
        let next = if from + room < items.len() { page + 1 } else { 0 };
        let title = if next == 0 { texts::from_the_start(language) } else { texts::more(language) };
        choices.push(Choice { data: format!("page:{next}"), title: title.to_owned(), note: String::new() });
    }
    choices
}
