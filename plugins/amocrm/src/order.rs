//! What a lead asks to be paid: its price, who buys, and its products where all of them can be read. It must not make a payment.

use std::collections::BTreeMap;

use kamurj_crm::{Order, Record, Target, Trouble, requests};
use kamurj_sdk::{CrmRef, Customer, Host, LineItem, Money, Outcome, plain};
use serde_json::Value;

use crate::account::{Account, gone};
use crate::api::{embedded, id_of, query};
use crate::lead::{LEAD, price, standing, text_of};
use crate::refusal::Refused;
use crate::{fields, moves};

/// Longest description and name, in characters.
const TEXT_CHARS: usize = 200;
/// More lists of products or more products than this are not read.
const LISTS: usize = 2;
const PRODUCTS: usize = 50;

impl<H: Host> Account<'_, H> {
    /// What the lead asks for. A lead whose payment is still under way, or paid, asks for nothing: it counts as not there.
    pub(crate) fn order_of(&self, target: &Target) -> Result<Order, Trouble> {
        let id = target.id.as_str();
        let lead = match self.remembered(id) {
            Some(lead) => lead,
            None => self.read_lead(id)?,
        };
        if self.has_payment(id, &lead)? {
            return Err(gone(LEAD, id));
        }
        let stage = standing(&lead).stage;
        let amount = self.amount(&lead)?;
        let mut order = Order {
            moved_at: moves::into(self.host, id, &stage),
            stage,
            amount,
            description: description(id, &lead),
            items: Vec::new(),
            customer: nobody(),
        };
        // Without an amount nothing is asked, so nothing more is read.
        if let Ok(amount) = &order.amount {
            order.items = self.items(&lead, &amount.currency)?;
            order.customer = self.customer(&lead)?;
        }
        Ok(order)
    }

    /// Whether the lead shows a payment of its own that is not over. One that was made from a sale elsewhere has its payment already, and
    /// what this plugin wrote there must not ask for another.
    fn has_payment(&self, id: &str, lead: &Value) -> Result<bool, Trouble> {
        let Some(payment) = fields::read(lead, fields::PAYMENT) else { return Ok(false) };
        let payment = match self.host.payment(&payment) {
            Ok(payment) => payment,
            Err(error) if error.retryable => return Err(Trouble::Ended(error.into())),
            Err(_) => return Ok(false),
        };
        if matches!(payment.status.as_str(), "expired" | "cancelled") {
            return Ok(false);
        }
        // A lead that was copied has the fields of the one that it was copied from.
        let is_own = |reference: &CrmRef| {
            reference.plugin == crate::ID && reference.entity_type == LEAD && reference.entity_id == id
        };
        if let Some(reference) = &payment.crm {
            return Ok(is_own(reference));
        }
        let made = Record::load(self.host, &payment.id)?.target();
        Ok(made.is_some_and(|made| made.kind == LEAD && made.id == id))
    }

    fn amount(&self, lead: &Value) -> Result<Result<Money, String>, Trouble> {
        let price = price(lead).unwrap_or_else(|| "0".to_owned());
        Ok(requests::amount(&price, self.currency()?))
    }

    /// The products, or none where one of them cannot be read whole: half a list would be another sale.
    fn items(&self, lead: &Value, currency: &str) -> Result<Vec<LineItem>, Trouble> {
        let linked = lead["_embedded"]["catalog_elements"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut lists: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
        for element in linked {
            let part = |name: &str| {
                let inside = text_of(&element["metadata"][name]);
                if inside.is_empty() { text_of(&element[name]) } else { inside }
            };
            let (Some(id), list) = (id_of(element), part("catalog_id")) else { return Ok(Vec::new()) };
            lists.entry(list).or_default().push((id, part("quantity")));
        }
        if lists.len() > LISTS || linked.len() > PRODUCTS || lists.keys().any(|list| list.parse::<u64>().is_err()) {
            return Ok(Vec::new());
        }
        let mut items = Vec::new();
        for (list, wanted) in &lists {
            let Some(products) = self.products(list, wanted)? else { return Ok(Vec::new()) };
            for (id, quantity) in wanted {
                let product = products.iter().find(|product| id_of(product) == Some(*id));
                let Some(product) = product else { return Ok(Vec::new()) };
                // An invoice hangs on its lead in the same way and is no product.
                if fields::read(product, "BILL_STATUS").is_some() {
                    continue;
                }
                let Some(item) = line(product, quantity, currency) else { return Ok(Vec::new()) };
                items.push(item);
            }
        }
        Ok(items)
    }

    fn products(&self, list: &str, wanted: &[(u64, String)]) -> Result<Option<Vec<Value>>, Trouble> {
        let ids: Vec<String> = wanted.iter().map(|(id, _)| id.to_string()).collect();
        let mut pairs: Vec<(&str, &str)> = ids.iter().map(|id| ("filter[id][]", id.as_str())).collect();
        pairs.push(("limit", "250"));
        readable(self.api.get(&format!("catalogs/{list}/elements?{}", query(&pairs))))
            .map(|answer| answer.map(|mut answer| embedded(&mut answer, "elements")))
    }

    /// The main contact, as far as this access may read it.
    fn customer(&self, lead: &Value) -> Result<Customer, Trouble> {
        let contacts = lead["_embedded"]["contacts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let main = contacts.iter().find(|contact| contact["is_main"] == true).or(contacts.first());
        let Some(id) = main.and_then(id_of) else { return Ok(nobody()) };
        let Some(contact) = readable(self.api.get(&format!("contacts/{id}")))? else { return Ok(nobody()) };
        let name = plain(contact["name"].as_str().unwrap_or_default(), TEXT_CHARS);
        Ok(Customer {
            name: (!name.is_empty()).then_some(name),
            phone: fields::read(&contact, "PHONE").and_then(|phone| international(&phone)),
            email: fields::read(&contact, "EMAIL")
                .map(|email| plain(&email, TEXT_CHARS))
                .filter(|email| is_email(email)),
            id: None,
            extra: Vec::new(),
        })
    }
}

/// What can be done without is left out where this access may not read it; passing trouble ends the run as any other.
fn readable(answer: Result<Value, Refused>) -> Result<Option<Value>, Trouble> {
    match answer {
        Ok(answer) => Ok(Some(answer).filter(|answer| !answer.is_null())),
        Err(refused) => {
            let outcome = Outcome::from(refused.clone());
            let may_pass = matches!(outcome.kind.as_str(), "retry" | "ambiguous") || outcome.code == "401";
            if may_pass { Err(refused.into()) } else { Ok(None) }
        }
    }
}

fn description(id: &str, lead: &Value) -> String {
    let name = plain(lead["name"].as_str().unwrap_or_default(), TEXT_CHARS);
    if name.is_empty() { format!("№ {id}") } else { name }
}

fn line(product: &Value, quantity: &str, currency: &str) -> Option<LineItem> {
    let name = plain(product["name"].as_str()?, TEXT_CHARS);
    let unit_price = requests::amount(&fields::read(product, "PRICE")?, currency).ok()?;
    let quantity = match quantity.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => quantity,
    };
    let quantity = quantity.parse::<u32>().ok().filter(|quantity| *quantity > 0)?;
    (!name.is_empty()).then_some(LineItem { name, quantity, unit_price, extra: Vec::new() })
}

fn nobody() -> Customer {
    Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() }
}

/// A telephone number as E.164, where it is written with its country's code; an Armenian one also without the plus sign. Which country
/// any other belongs to is not guessed.
fn international(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let digits = match digits.strip_prefix("00") {
        Some(digits) => digits,
        None if text.trim_start().starts_with('+') || digits.len() == 11 && digits.starts_with("374") => &digits,
        None => return None,
    };
    ((7..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::international;

    #[test]
    fn only_numbers_whose_country_is_written_are_taken() {
        for (text, expected) in [
            ("+374 91 00-00-17", Some("+37491000017")),
            ("00374 (91) 000017", Some("+37491000017")),
            ("37491000017", Some("+37491000017")),
            ("091 00-00-17", None),
            ("8 (916) 000-00-17", None),
            ("+7 916 000 00 17", Some("+79160000017")),
            ("+374 91 000017 ext. 5", None),
            ("+12", None),
            ("+0049 123456", Some("+49123456")),
            ("", None),
        ] {
            assert_eq!(international(text).as_deref(), expected, "{text}");
        }
    }
}
