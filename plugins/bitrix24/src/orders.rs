//! What a record asks to be paid: its sum, its product rows, its customer, all read in one request. It must not decide whether it asks.

use kamurj_crm::{Order, Target, Trouble, requests, unix_ms};
use kamurj_sdk::{Customer, Host, LineItem, plain};
use serde_json::{Value, json};

use crate::kind::place;
use crate::looks::or_gone;
use crate::marks::text;
use crate::portal::Portal;
use crate::refusal;

/// Longest name of a product or a customer, in characters.
const NAME_CHARS: usize = 120;
/// Longest description, in characters.
const TITLE_CHARS: usize = 200;

/// Reads the record with its rows and its contact.
pub(crate) fn read<H: Host>(portal: &Portal<'_, H>, target: &Target) -> Result<Order, Trouble> {
    let (kind, id) = place(target)?;
    // The contact's number comes from the record, so that its call has to come behind it.
    let calls = [
        ("a", "crm.item.get", json!({ "entityTypeId": kind.number(), "id": id, "useOriginalUfNames": "Y" })),
        ("b", "crm.item.productrow.list", json!({ "filter": { "=ownerType": kind.short(), "=ownerId": id } })),
        ("c", "crm.item.get", json!({ "entityTypeId": 3, "id": "$result[a][item][contactId]" })),
    ];
    let mut answers = portal.rest.read_all(&calls)?.into_iter();
    let mut next = || answers.next().unwrap_or(Ok(Value::Null));
    let (record, rows, contact) = (next().map_err(|trouble| or_gone(trouble, target))?, next(), next());
    let record = &record["item"];
    let currency = record["currencyId"].as_str().unwrap_or_default();
    let order = Order {
        stage: record["stageId"].as_str().unwrap_or_default().to_owned(),
        moved_at: record["movedTime"].as_str().and_then(unix_ms),
        amount: requests::amount(&text(&record["opportunity"]), currency),
        description: plain(record["title"].as_str().unwrap_or_default(), TITLE_CHARS),
        items: items(&optional(rows)?["productRows"], currency).unwrap_or_default(),
        customer: customer(&optional(contact)?["item"]),
    };
    portal.read.replace(Some((target.clone(), record.clone())));
    Ok(order)
}

/// What a payment can do without: nothing where the portal does not give it, unless it may later.
fn optional(answer: Result<Value, Trouble>) -> Result<Value, Trouble> {
    match answer {
        Err(trouble) if refusal::is_passing(&trouble) => Err(trouble),
        other => Ok(other.unwrap_or(Value::Null)),
    }
}

/// The product rows, or none of them where one cannot be a line of an order: half a kilogram, a discount that is no amount.
fn items(rows: &Value, currency: &str) -> Option<Vec<LineItem>> {
    let mut items = Vec::new();
    for row in rows.as_array()? {
        let quantity = text(&row["quantity"]);
        let whole = match quantity.split_once('.') {
            Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
            Some(_) => return None,
            None => quantity.as_str(),
        };
        let price = text(&row["price"]);
        // What is given away changes no sum, and an order has no line for it.
        if price.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
            continue;
        }
        let name = plain(row["productName"].as_str().unwrap_or_default(), NAME_CHARS);
        items.push(LineItem {
            name: if name.is_empty() { return None } else { name },
            quantity: whole.parse().ok().filter(|quantity| *quantity > 0)?,
            unit_price: requests::amount(&price, currency).ok()?,
            extra: Vec::new(),
        });
    }
    Some(items)
}

fn customer(contact: &Value) -> Customer {
    let part = |name: &str| contact[name].as_str().unwrap_or_default();
    let name = plain(&format!("{} {}", part("name"), part("lastName")), NAME_CHARS);
    let reached = |kind: &str| {
        let mut all = contact["fm"].as_array().into_iter().flatten().filter(|entry| entry["typeId"] == kind);
        all.next().and_then(|entry| entry["value"].as_str()).unwrap_or_default()
    };
    let email = reached("EMAIL").trim();
    let is_email = email.len() <= 254 && email.is_ascii() && !email.contains(char::is_whitespace);
    Customer {
        name: (!name.is_empty()).then_some(name),
        phone: phone(reached("PHONE")),
        email: email.split_once('@').filter(|(_, at)| is_email && at.contains('.')).map(|_| email.to_owned()),
        id: crate::kind::id_of(contact, "id").map(|id| id.to_string()),
        extra: Vec::new(),
    }
}

/// A number as people write it, in E.164; none where it is not plain which country it belongs to. Armenia's begin with 374 abroad and
/// with 0 at home (ITU-T E.164, national numbering plan of Armenia: eight digits).
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = match (text.trim().starts_with('+'), digits.as_str()) {
        (true, digits) => digits.to_owned(),
        (false, digits) if digits.starts_with("00") => digits[2..].to_owned(),
        (false, digits) if digits.starts_with("374") && digits.len() == 11 => digits.to_owned(),
        (false, digits) if digits.starts_with('0') && digits.len() == 9 => format!("374{}", &digits[1..]),
        (false, _) => return None,
    };
    ((8..=15).contains(&international.len()) && !international.starts_with('0')).then(|| format!("+{international}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{customer, items, phone};

    #[test]
    fn numbers_are_understood_where_their_country_is_plain() {
        for (text, number) in [
            ("+374 91 12-34-56", Some("+37491123456")),
            ("(091) 123456", Some("+37491123456")),
            ("00374 91 123456", Some("+37491123456")),
            ("37491123456", Some("+37491123456")),
            ("+7 (999) 123-45-67", Some("+79991234567")),
            ("123456", None),
            ("9991234567", None),
            ("+0", None),
            ("", None),
            ("+12345678901234567", None),
        ] {
            assert_eq!(phone(text).as_deref(), number, "{text}");
        }
    }

    #[test]
    fn rows_are_lines_only_if_all_of_them_can_be() {
        let row = |name: &str, price: serde_json::Value, quantity: serde_json::Value| json!({ "productName": name, "price": price, "quantity": quantity });
        let read = |rows: serde_json::Value| {
            let read = items(&rows, "AMD");
            read.map(|items| {
                items.into_iter().map(|item| (item.name, item.quantity, item.unit_price.minor)).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            read(json!([row("Cake", json!(5000.0), json!(2)), row("Candle", json!("250.5"), json!("1.0000"))])),
            Some(vec![("Cake".to_owned(), 2, 500_000), ("Candle".to_owned(), 1, 25_050)])
        );
        assert_eq!(read(json!([row("Gift", json!(0), json!(1))])), Some(vec![]));
        for broken in [
            row("Cheese", json!(5000), json!(0.5)),
            row("Cake", json!(5000.123), json!(1)),
            row("Cake", json!(-5), json!(1)),
            row("", json!(5), json!(1)),
            row("Cake", json!(5), json!(0)),
        ] {
            assert_eq!(read(json!([broken])), None, "{broken}");
        }
        assert_eq!(read(json!(null)), None);
    }

    #[test]
    fn a_contact_gives_what_is_sound_of_it() {
        let contact = json!({ "id": 7, "name": "Ani\u{202E}", "lastName": "Petrosyan", "fm": [
            { "typeId": "PHONE", "value": "091 123456" }, { "typeId": "EMAIL", "value": "ani@example.am" },
        ] });
        let read = customer(&contact);
        assert_eq!((read.name.as_deref(), read.phone.as_deref()), (Some("Ani Petrosyan"), Some("+37491123456")));
        assert_eq!((read.email.as_deref(), read.id.as_deref()), (Some("ani@example.am"), Some("7")));
        let broken = json!({ "fm": [{ "typeId": "EMAIL", "value": "ani at example" }] });
        assert_eq!((customer(&broken).email, customer(&json!(null)).name), (None, None));
    }
}
