//! Finds the deal of a payment, or makes it, once: a payment without a reference gets a deal that carries the payment's
//! id as its origin, and that origin is asked for before a deal is made and after an answer was lost. It must not
//! change a deal that exists.

use kamurj_sdk::{Host, Outcome, Payment, plain};
use serde_json::{Map, Value, json};

use crate::record::Record;
use crate::rest::{Rest, Trouble};
use crate::settings::Settings;

/// The portal's number for the kind of record that a deal is.
pub(crate) const DEAL: u32 = 2;
/// What deals that this plugin made name as their origin.
const ORIGINATOR: &str = "kamurj";
/// Longest title of a deal, in characters.
const TITLE_CHARS: usize = 200;

/// The deal of a payment.
pub(crate) enum Deal {
    /// It is there, under this id.
    Known(u64),
    /// It was made just now with all its fields, and this is how it came back.
    Made(u64, Value),
    /// The payment has none and shall get none.
    None,
}

/// Finds or makes the deal. `fields` is what a new deal shall have beside its origin.
pub(crate) fn find_or_make<H: Host>(
    host: &H,
    rest: &Rest<'_, H>,
    settings: &Settings,
    payment: &Payment,
    run: u32,
    record: &mut Record,
    fields: &Map<String, Value>,
) -> Result<Deal, Outcome> {
    if let Some(reference) = &payment.crm {
        if reference.plugin != crate::ID {
            return Ok(Deal::None);
        }
        if reference.entity_type != "deal" {
            let kind = plain(&reference.entity_type, 40);
            return Err(Outcome::bad_request("entity-type", &format!("only deals can be updated, not `{kind}`")));
        }
        return number(&reference.entity_id).map(Deal::Known);
    }
    if let Some(id) = &record.deal {
        return number(id).map(Deal::Known);
    }
    if !settings.create_deal {
        return Ok(Deal::None);
    }
    let mut remember = |id: u64| {
        record.deal = Some(id.to_string());
        record.save(host, &payment.id);
    };
    if let Some(id) = probe(rest, &payment.id)? {
        remember(id);
        return Ok(Deal::Known(id));
    }
    let body =
        json!({ "entityTypeId": DEAL, "useOriginalUfNames": "Y", "fields": new_deal(payment, settings, fields) });
    let answer = match rest.change("crm.item.add", &body, "add-deal") {
        Err(Trouble::Lost(cause)) => {
            if let Some(id) = probe(rest, &payment.id)? {
                remember(id);
                return Ok(Deal::Known(id));
            }
            // The portal may still be at it. A later run looks once more before it makes one.
            if run <= 1 {
                return Err(cause);
            }
            rest.change("crm.item.add", &body, "add-deal")?
        }
        other => other?,
    };
    let id = id_of(&answer["item"])
        .ok_or_else(|| Outcome::bad_request("answer", "crm.item.add: the answer names no deal"))?;
    remember(id);
    Ok(Deal::Made(id, answer["item"].clone()))
}

/// The oldest deal that was made for this payment. The filter is checked against what comes back, because a portal that
/// ignores a filter answers with other people's deals.
fn probe<H: Host>(rest: &Rest<'_, H>, payment: &str) -> Result<Option<u64>, Outcome> {
    let body = json!({
        "entityTypeId": DEAL,
        "filter": { "originatorId": ORIGINATOR, "originId": payment },
        "select": ["id", "originatorId", "originId"],
        "order": { "id": "ASC" },
    });
    let answer = rest.read("crm.item.list", &body)?;
    let deals = answer["items"].as_array().into_iter().flatten();
    Ok(deals
        .filter(|deal| deal["originId"].as_str() == Some(payment) && deal["originatorId"].as_str() == Some(ORIGINATOR))
        .find_map(id_of))
}

fn new_deal(payment: &Payment, settings: &Settings, fields: &Map<String, Value>) -> Map<String, Value> {
    let customer = payment.customer.name.as_deref().or_else(|| payment.channel.as_ref()?.handle.as_deref());
    let mut title = plain(&payment.description, TITLE_CHARS / 2);
    if let Some(customer) = customer {
        title = format!("{title} — {}", plain(customer, TITLE_CHARS / 4));
    }
    let mut deal = fields.clone();
    let mut put = |name: &str, value: Value| deal.insert(name.to_owned(), value);
    put("title", json!(format!("{title} ({})", plain(&payment.order_id, TITLE_CHARS / 4))));
    put("categoryId", json!(settings.category_id));
    put("opportunity", amount(payment));
    put("currencyId", json!(payment.amount.currency));
    put("isManualOpportunity", json!("Y"));
    put("originatorId", json!(ORIGINATOR));
    put("originId", json!(payment.id));
    deal
}

/// A whole amount as a number, any other as its exact text: the portal takes both, and a float would not be exact.
fn amount(payment: &Payment) -> Value {
    let decimal = kamurj_sdk::minor_to_decimal(&payment.amount);
    decimal.parse::<i64>().map_or_else(|_| json!(decimal), |whole| json!(whole))
}

/// Ids come as numbers and, from older corners of the portal, as text.
pub(crate) fn id_of(item: &Value) -> Option<u64> {
    item["id"].as_u64().or_else(|| item["id"].as_str()?.parse().ok())
}

fn number(id: &str) -> Result<u64, Outcome> {
    id.parse()
        .map_err(|_| Outcome::bad_request("entity-id", &format!("`{}` is not the number of a deal", plain(id, 40))))
}
