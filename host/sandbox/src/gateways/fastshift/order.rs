//! An order and its life: pending, then completed, rejected or expired for ever. It must not know how it is asked about.

use serde_json::{Value, json};

use super::request::Request;
use super::{Act, Acted, OrderView, State};
use crate::rfc3339;

/// Yerevan is four hours ahead of UTC all year.
const YEREVAN_MS: i64 = 4 * 3_600_000;

pub(super) struct Order {
    pub(super) guid: String,
    pub(super) token: String,
    pub(super) request: Request,
    /// Whole drams; what was paid may differ from the request under a fault.
    pub(super) amount: u64,
    pub(super) status: &'static str,
    created_at: i64,
    completed_at: Option<i64>,
    expires_at: i64,
    refunded_minor: i64,
}

impl Order {
    pub(super) fn new(guid: String, token: String, request: Request, life_s: i64, now: i64) -> Self {
        Self {
            guid,
            token,
            amount: request.amount,
            request,
            status: "pending",
            created_at: now,
            completed_at: None,
            expires_at: now + life_s * 1000,
            refunded_minor: 0,
        }
    }

    /// The order as the API tells it. `pending`: that nothing has happened to it.
    pub(super) fn json(&self, pending: bool, capitals: bool) -> Value {
        let number = &self.request.order_number;
        let mut order = json!({
            "order_number": if capitals { number.to_uppercase() } else { number.clone() },
            "order_guid": self.guid,
            "amount": self.amount,
            "description": self.request.description,
            "status": if pending { "pending" } else { self.status },
            "created_at": clock_text(self.created_at),
            "completed_at": self.completed_at.filter(|_| !pending).map(clock_text),
            "expires_at": clock_text(self.expires_at),
        });
        if let Some(id) = &self.request.external_order_id {
            order["external_order_id"] = id.as_str().into();
        }
        order
    }

    pub(super) fn page(&self, base_url: &str) -> String {
        format!("{base_url}/order/{}", self.guid)
    }

    pub(super) fn view(&self, base_url: &str) -> OrderView {
        OrderView {
            id: self.guid.clone(),
            number: self.request.order_number.clone(),
            amount_minor: hundredths(self.amount),
            currency: "AMD".to_owned(),
            status: self.status.to_owned(),
            refunded_minor: self.refunded_minor,
            page: Some(self.page(base_url)),
        }
    }

    /// Where the payer's browser goes: the merchant's address with two values behind it, which anybody can write.
    pub(super) fn way_back(&self) -> String {
        let mut url = self.request.callback_url.clone();
        url.query_pairs_mut()
            .append_pair("status", self.status)
            .append_pair("order_number", &self.request.order_number);
        url.into()
    }
}

fn hundredths(drams: u64) -> i64 {
    i64::try_from(drams).unwrap_or(i64::MAX).saturating_mul(100)
}

/// `yyyy-MM-dd HH:mm:ss` by Yerevan's clock, without a zone.
fn clock_text(at: i64) -> String {
    let text = rfc3339((at + YEREVAN_MS).div_euclid(1000) * 1000);
    text.trim_end_matches('Z').replace('T', " ")
}

impl State {
    pub(super) fn order(&self, guid: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.guid == guid)
    }

    pub(super) fn expire(&mut self, now: i64) {
        for index in 0..self.orders.len() {
            let expires_at = self.orders[index].expires_at;
            if self.orders[index].status == "pending" && expires_at <= now {
                self.end(index, "expired", expires_at);
            }
        }
    }

    fn end(&mut self, index: usize, status: &'static str, now: i64) {
        let order = &mut self.orders[index];
        order.status = status;
        order.completed_at = Some(now);
        self.announce(index, status, now);
    }

    pub(super) fn act(&mut self, guid: &str, act: Act, now: i64) -> Result<Acted, String> {
        let index = self.order(guid).ok_or_else(|| format!("no order is called {guid}"))?;
        let order = &mut self.orders[index];
        match (act, order.status) {
            (Act::Pay, "pending") => {
                let paid = self.faults.paid.applied(hundredths(order.amount));
                order.amount = u64::try_from(paid / 100).unwrap_or_default();
                self.end(index, "completed", now);
            }
            (Act::Decline, "pending") => self.end(index, "rejected", now),
            (Act::Expire, "pending") => {
                self.end(index, "expired", now);
                return Ok(Acted::Done);
            }
            (Act::Close, _) => {}
            (Act::GiveBack { minor }, "completed") => {
                let left = hundredths(order.amount) - order.refunded_minor;
                if !(1..=left).contains(&minor) {
                    return Err(format!("{left} hundredths are left to give back"));
                }
                order.refunded_minor += minor;
                return Ok(Acted::Done);
            }
            (Act::Reverse, _) => return Err("FastShift undoes no payments".to_owned()),
            (_, status) => return Err(format!("the order is `{status}`")),
        }
        Ok(Acted::Back(self.orders[index].way_back()))
    }
}
