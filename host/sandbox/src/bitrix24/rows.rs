//! Product rows of deals and invoices, to be read, and the sum that they make. It must not know what is sold.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fields::{hundredths, of_hundredths};
use super::items::Kind;
use super::refusal::{Found, Refusal, integer, object};
use super::{Asked, State};

/// A product row as a manager fills it in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What is sold.
    pub name: String,
    /// The price of one, two decimals at most, as text or as a number.
    pub price: Value,
    /// How many, as a whole number.
    #[serde(default = "one")]
    pub quantity: i64,
}

fn one() -> i64 {
    1
}

/// What rows come to. Prices were checked when the rows were made.
pub(super) fn sum(rows: &[Row]) -> Value {
    of_hundredths(rows.iter().map(|row| hundredths(&row.price).unwrap_or(0).saturating_mul(row.quantity)).sum())
}

impl State {
    /// `crm.item.productrow.list`, of one owner.
    pub(super) fn list_rows(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let filter = object(asked.parameters, "filter");
        if filter.is_empty() {
            return Err(Refusal::missing("filter"));
        }
        let invalid = || Refusal::new(400, "INVALID_ARG_VALUE", "Invalid values for input parameters");
        let asked_for = |name: &str| filter.get(&format!("={name}")).or_else(|| filter.get(name));
        let (kind, word) = match asked_for("ownerType").and_then(Value::as_str) {
            Some("D") => (Kind::Deal, "D"),
            Some("SI") => (Kind::Invoice, "SI"),
            _ => return Err(invalid()),
        };
        let owner = integer(asked_for("ownerId")).ok_or_else(invalid)?;
        let item = self.items.get(&(kind, owner)).ok_or_else(|| Refusal::new(400, "ACCESS_DENIED", "Access denied"))?;
        let rows = item.rows.iter().enumerate().map(|(place, row)| {
            json!({
                "id": owner * 1000 + i64::try_from(place).unwrap_or(0) + 1, "ownerId": owner, "ownerType": word, "productId": 0,
                "productName": row.name, "price": super::fields::money(&row.price), "quantity": row.quantity, "taxRate": null,
                "taxIncluded": "Y", "measureCode": 796, "measureName": "pcs", "sort": (place + 1) * 10,
            })
        });
        Ok(Found::paged(rows.collect(), asked.parameters, |page| json!({ "productRows": page })))
    }
}
