//! Invoices: elements of the account's list of them, marked as paid by the fields that every such list begins with. A merchant may have
//! deleted any of those, so what is not there is passed over. It must not make an invoice or change what it asks for.

use std::collections::BTreeMap;

use kamurj_crm::{Shown, Standing, Trouble, View};
use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::{Account, gone, number};
use crate::api::{embedded, id_of, query};
use crate::fields;
use crate::refusal::Refused;

/// The kind of record, as references have it. Its id is the list's and the element's: `9001/55`.
pub(crate) const INVOICE: &str = "invoice";

const STATUS: &str = "BILL_STATUS";
const PAID_AT: &str = "BILL_PAYMENT_DATE";
const COMMENT: &str = "BILL_COMMENT";
/// The service's word for an invoice whose money came.
const PAID: &str = "paid";
/// Elements that are read with one request.
const AT_ONCE: usize = 50;

/// What was written to an invoice last: it has no room for it.
const INVOICES: Shelf = Shelf::new("invoices");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marked {
    #[serde(rename = "p")]
    payment: String,
    #[serde(rename = "v")]
    version: u64,
    #[serde(rename = "s")]
    view: String,
}

impl<H: Host> Account<'_, H> {
    /// How an invoice stands.
    pub(crate) fn look_at_invoice(&self, id: &str) -> Result<Standing, Trouble> {
        let element = self.element(id)?;
        self.invoice_standing(id, &element)
    }

    /// How several stand; none for one that is gone. They are asked for list by list.
    pub(crate) fn look_at_invoices(&self, ids: &[&str]) -> Result<Vec<Option<Standing>>, Trouble> {
        let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for id in ids {
            let (list, element) = parts(id)?;
            lists.entry(list).or_default().push(element);
        }
        let mut found = BTreeMap::new();
        for (list, elements) in &lists {
            for part in elements.chunks(AT_ONCE) {
                let mut pairs: Vec<(&str, &str)> = part.iter().map(|id| ("filter[id][]", *id)).collect();
                pairs.push(("limit", "250"));
                let mut answer = match self.api.get(&format!("catalogs/{list}/elements?{}", query(&pairs))) {
                    Err(Refused::Missing(_)) => Value::Null,
                    other => other?,
                };
                for element in embedded(&mut answer, "elements") {
                    found.extend(id_of(&element).map(|id| (format!("{list}/{id}"), element)));
                }
            }
        }
        let standing = |id: &&str| found.get(*id).map(|element| self.invoice_standing(id, element)).transpose();
        ids.iter().map(standing).collect()
    }

    fn invoice_standing(&self, id: &str, element: &Value) -> Result<Standing, Trouble> {
        let marked: Option<Marked> = INVOICES.get(self.host, id).map_err(Outcome::from)?;
        let written = marked.as_ref().and_then(|marked| View::of_name(&marked.view));
        let view = match (status(element), written) {
            (None, written) => written,
            // An invoice knows fewer states than a payment: as far as it agrees, what was written counts.
            (Some(status), Some(written)) if (status == PAID) == written.is_settled() => Some(written),
            (Some(PAID), _) => Some(View::Paid),
            (Some(_), _) => Some(View::AwaitingPayment),
        };
        Ok(Standing {
            payment: marked.as_ref().map(|marked| marked.payment.clone()),
            version: marked.map_or(0, |marked| marked.version),
            view,
            ..Standing::default()
        })
    }

    fn element(&self, id: &str) -> Result<Value, Trouble> {
        let (list, element) = parts(id)?;
        match self.api.get(&format!("catalogs/{list}/elements/{element}")) {
            Ok(Value::Null) | Err(Refused::Missing(_)) => Err(gone(INVOICE, id)),
            other => Ok(other?),
        }
    }

    /// Marks the invoice where money was taken. Nothing stands in an invoice for money that did not come.
    pub(crate) fn write_invoice(&self, id: &str, shown: &Shown, step: &str) -> Result<(), Trouble> {
        let (list, _) = parts(id)?;
        if shown.view.is_settled() {
            let there = self.invoice_fields(list, id)?;
            let mut values = Vec::new();
            if there.iter().any(|code| code == STATUS) {
                values.push(json!({ "field_code": STATUS, "values": [{ "enum_code": PAID }] }));
            }
            if let Some(at_ms) = shown.paid_at.filter(|_| there.iter().any(|code| code == PAID_AT)) {
                values.push(json!({ "field_code": PAID_AT, "values": [{ "value": at_ms / 1000 }] }));
            }
            if values.is_empty() {
                self.host.log(Level::Warn, "The list of invoices has no field to mark one as paid", &[("invoice", id)]);
            } else {
                self.set(id, &values, step)?;
            }
        }
        let marked =
            Marked { payment: shown.payment.clone(), version: shown.version, view: shown.view.name().to_owned() };
        if let Err(error) = INVOICES.put(self.host, id, &marked) {
            self.host.log(
                Level::Warn,
                "What was written to an invoice could not be kept",
                &[("error.code", &error.code)],
            );
        }
        Ok(())
    }

    /// The codes of the fields that the list still has.
    fn invoice_fields(&self, list: &str, id: &str) -> Result<Vec<String>, Trouble> {
        let fields = match self.api.pages(&format!("catalogs/{list}/custom_fields"), "custom_fields", 50, 4) {
            Err(Refused::Missing(_)) => return Err(gone(INVOICE, id)),
            other => other?,
        };
        Ok(fields.iter().filter_map(|field| field["code"].as_str().map(str::to_owned)).collect())
    }

    fn set(&self, id: &str, values: &[Value], step: &str) -> Result<(), Trouble> {
        let (list, element) = parts(id)?;
        let element: u64 = element.parse().unwrap_or_default();
        let body = json!([{ "id": element, "custom_fields_values": values }]);
        match self.api.patch(&format!("catalogs/{list}/elements"), &body, step) {
            Ok(_) => Ok(()),
            Err(Refused::Missing(_)) => Err(gone(INVOICE, id)),
            Err(Refused::Invalid(faults, _)) if faults.iter().any(|fault| fault.is_at("id")) => Err(gone(INVOICE, id)),
            Err(refused) => Err(refused.into()),
        }
    }

    /// Whether its comment has this marker.
    pub(crate) fn invoice_has_note(&self, id: &str, marker: &str) -> Result<bool, Trouble> {
        Ok(fields::read(&self.element(id)?, COMMENT).is_some_and(|comment| comment.contains(marker)))
    }

    /// Adds what went back to the comment, where there is one. Nothing else is noted: customers read it.
    pub(crate) fn note_invoice(&self, id: &str, text: &str, step: &str) -> Result<(), Trouble> {
        let marker = text.rfind('[').map_or("", |at| &text[at..]);
        if !marker.contains("refunded") {
            return Ok(());
        }
        let element = self.element(id)?;
        let comment = fields::read(&element, COMMENT).unwrap_or_default();
        let (list, _) = parts(id)?;
        if comment.contains(marker) || !self.invoice_fields(list, id)?.iter().any(|code| code == COMMENT) {
            return Ok(());
        }
        let comment = if comment.is_empty() { text.to_owned() } else { format!("{comment}\n{text}") };
        self.set(id, &[json!({ "field_code": COMMENT, "values": [{ "value": comment }] })], step)
    }
}

/// The list and the element that the id names.
fn parts(id: &str) -> Result<(&str, &str), Trouble> {
    let (list, element) = id.split_once('/').unwrap_or((id, ""));
    Ok((number("list of invoices", list)?, number(INVOICE, element)?))
}

fn status(element: &Value) -> Option<&str> {
    let fields = element["custom_fields_values"].as_array()?;
    let field = fields.iter().find(|field| field["field_code"] == STATUS)?;
    field["values"][0]["enum_code"].as_str()
}
