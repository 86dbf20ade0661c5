//! What the back offices beside the portal show of the sale: amoCRM its lead, the spreadsheet its row, the ERP the newest state. Each
//! has one of it, and keeps it.

use serde_json::Value;

use super::seen::{number, word};
use super::{PRICE, Sale};
use crate::say::step;
use crate::stack::{PAID_STATUS, TAB};

impl Sale<'_> {
    pub(super) fn offices_are_told(&self, payment: &str) -> Result<(), String> {
        step("the lead of amoCRM is in the paid status with one note", || {
            let seen = || lead(&self.office("amocrm")?, payment);
            Ok(((), self.patience.until("one such lead", seen)?))
        })?;
        step("the row of the spreadsheet says paid", || {
            let seen = || row(&self.office("sheets")?, payment);
            Ok(((), self.patience.until("one such row", seen)?))
        })?;
        step("the ERP's newest state is paid", || {
            let seen = || newest(&self.office("erp")?, payment);
            Ok(((), self.patience.until("the payment at the ERP, paid", seen)?))
        })
    }

    /// All three as they have to stay.
    pub(super) fn offices_once(&self, payment: &str) -> Result<(), String> {
        lead(&self.office("amocrm")?, payment)?;
        row(&self.office("sheets")?, payment)?;
        newest(&self.office("erp")?, payment).map(|_| ())
    }

    fn office(&self, name: &str) -> Result<Value, String> {
        self.http.get_json(&format!("{}/play/{name}/state", self.stack.play_url))
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The only lead, which shows this payment.
fn lead(account: &Value, payment: &str) -> Result<String, String> {
    let [lead] = list(account, "leads") else { return Err(format!("{} leads", list(account, "leads").len())) };
    let field =
        |code: &str| list(lead, "values").iter().find(|value| value["code"] == code).map(|value| word(value, "text"));
    let status = format!("{}/{}", lead["pipeline"], lead["status"]);
    let (shown, of, notes) = (field("PAY_STATUS"), field("PAY_ID"), list(lead, "notes").len());
    if (status.as_str(), shown, of, notes) == (PAID_STATUS, Some("paid"), Some(payment), 1) {
        Ok(format!("lead {} in {status}, price {}", lead["id"], lead["price"]))
    } else {
        Err(format!("lead {} of {of:?} in {status} shows {shown:?} and has {notes} notes", lead["id"]))
    }
}

/// The only row below the headings, which shows this payment: its id, order, status and amount come first.
fn row(google: &Value, payment: &str) -> Result<String, String> {
    let tabs = list(google, "spreadsheets").iter().flat_map(|spreadsheet| list(spreadsheet, "tabs"));
    let tab = tabs.into_iter().find(|tab| word(tab, "title") == TAB).ok_or_else(|| format!("no tab `{TAB}`"))?;
    let rows: Vec<Vec<&str>> = list(tab, "rows")
        .iter()
        .map(|row| list(row, "cells").iter().map(|cell| word(cell, "shown")).collect())
        .collect();
    match rows.as_slice() {
        [_, row] if matches!(row.as_slice(), [of, _, "paid", PRICE, ..] if *of == payment) => {
            Ok(format!("row 2: {}", row[..4].join(", ")))
        }
        [] | [_] => Err("no row below the headings".to_owned()),
        rows => Err(format!("{} rows below the headings, the first {:?}", rows.len() - 1, rows[1])),
    }
}

/// What the ERP knows of this payment.
fn newest(erp: &Value, payment: &str) -> Result<String, String> {
    let [known] = list(erp, "payments") else { return Err(format!("{} payments", list(erp, "payments").len())) };
    if word(known, "payment_id") == payment && word(known, "status") == "paid" {
        Ok(format!(
            "order {}, version {}, {} {}",
            word(known, "order_id"),
            number(known, "version")?,
            word(known, "amount"),
            word(known, "currency")
        ))
    } else {
        Err(format!("{} is {}", word(known, "payment_id"), word(known, "status")))
    }
}

#[cfg(test)]
mod tests {
    use super::{lead, newest, row};
    use serde_json::{Value, json};

    fn account(status: i64, shown: &str, notes: usize) -> Value {
        let values = json!([{ "code": "PAY_STATUS", "text": shown }, { "code": "PAY_ID", "text": "pay_1" }]);
        json!({ "leads": [{
            "id": 1, "price": 12500, "pipeline": 6_200_001, "status": status, "values": values, "notes": vec![json!({}); notes],
        }] })
    }

    #[test]
    fn a_lead_has_to_be_paid_in_status_and_field_and_noted_once() {
        assert!(lead(&account(62_000_013, "paid", 1), "pay_1").is_ok());
        for (account, payment) in [
            (account(62_000_012, "paid", 1), "pay_1"),
            (account(62_000_013, "awaiting_payment", 1), "pay_1"),
            (account(62_000_013, "paid", 2), "pay_1"),
            (account(62_000_013, "paid", 1), "pay_2"),
            (json!({ "leads": [] }), "pay_1"),
        ] {
            assert!(lead(&account, payment).is_err(), "{account} {payment}");
        }
    }

    #[test]
    fn a_payment_has_one_row_that_says_paid() {
        let google = |rows: &[[&str; 4]]| {
            let rows = rows.iter().map(|cells| json!({ "cells": cells.map(|shown| json!({ "shown": shown })) }));
            json!({ "spreadsheets": [{ "tabs": [{ "title": "Payments", "rows": rows.collect::<Vec<_>>() }] }] })
        };
        let (headings, paid) = (["Payment", "Order", "Status", "Amount"], ["pay_1", "A-1", "paid", "12500"]);
        assert!(row(&google(&[headings, paid]), "pay_1").is_ok());
        assert!(row(&google(&[headings]), "pay_1").is_err());
        assert!(row(&google(&[headings, paid, paid]), "pay_1").is_err());
        assert!(row(&google(&[headings, ["pay_1", "A-1", "awaiting_payment", "12500"]]), "pay_1").is_err());
        assert!(row(&google(&[headings, paid]), "pay_2").is_err());
    }

    #[test]
    fn the_erp_knows_the_payment_as_paid() {
        let erp = |status: &str| {
            let known = json!({
                "payment_id": "pay_1", "order_id": "A-1", "status": status, "version": 3, "amount": "12500", "currency": "AMD",
            });
            json!({ "payments": [known] })
        };
        assert!(newest(&erp("paid"), "pay_1").is_ok());
        assert!(newest(&erp("pending"), "pay_1").is_err());
        assert!(newest(&erp("paid"), "pay_2").is_err());
    }
}
