//! The merchant's operator, who withdraws, gives back, decides and re-opens through the API, sometimes twice at once, and the
//! bank's staff, who take back and give back by themselves.

use crate::deeds::{Effect, ask, json_of, session_of};
use crate::world::World;
use kamurj_domain::Clock as _;
use serde_json::{Value, json};
use std::sync::Arc;

/// Payments that a link takes.
pub(crate) const CAP: usize = 3;
/// Buyers who know a link.
const WHO_KNOW: usize = 12;

/// A payment link of the stall.
#[derive(Debug)]
pub(crate) struct PaymentLink {
    /// `lnk_…`.
    pub(crate) id: String,
    known_by: usize,
}

impl World {
    /// Makes as many links as the world's buyers will know.
    pub(crate) fn makes_links(&mut self) {
        for _ in 0..=self.plan.orders / 60 {
            let body = json!({
                "title": { "hy": "Դաս" }, "amount": { "value": "5000", "currency": "AMD" },
                "cap": CAP, "payment_expires_in": 1_800,
            });
            let request = self.api(0, "POST", "/v1/payment-links", &body, None);
            let answer = self.life().wait_for(self.network.ask_host(request)).expect("the host answers");
            assert_eq!(answer.status, 201, "{}", answer.body);
            let id = json_of(&answer)["id"].as_str().unwrap_or_default().to_owned();
            self.links.push(PaymentLink { id, known_by: 0 });
        }
    }

    /// The link that the next buyer of one knows.
    pub(crate) fn next_place(&mut self) -> Option<usize> {
        let index = self.links.iter().position(|link| link.known_by < WHO_KNOW)?;
        self.links[index].known_by += 1;
        Some(index)
    }

    /// The operator does something to some payment that is known.
    pub(crate) fn operator_acts(&mut self) {
        let known: Vec<usize> =
            (0..self.buyers.len()).rev().filter(|number| self.buyers[*number].payment.is_some()).take(40).collect();
        if known.is_empty() {
            return;
        }
        let number = *self.dice.pick(&known);
        let part = json!({ "value": (self.buyers[number].drams / 3).to_string(), "currency": "AMD" });
        let reason = "asked by the customer";
        let (what, method, path, body) = self.dice.weighted(&[
            (4, ("cancels", "POST", "/cancel", 0)),
            (5, ("gives a part back", "POST", "/refunds", 1)),
            (3, ("gives all back", "POST", "/refunds", 2)),
            (2, ("decides", "POST", "/resolve", 3)),
            (2, ("gives more time", "PATCH", "", 4)),
            (1, ("asks the bank", "POST", "/refresh", 5)),
        ]);
        let outcome = *self.dice.pick(&["paid", "failed", "cancelled", "refunded"]);
        let body = match body {
            0 | 2 => json!({ "reason": reason }),
            1 => json!({ "amount": part, "reason": reason }),
            3 => json!({ "outcome": outcome, "reason": reason, "evidence": "a line of the bank's statement" }),
            4 => json!({ "expires_in": 3_600 }),
            _ => json!({}),
        };
        let buyer = &self.buyers[number];
        let path = format!("/v1/payments/{}{path}", buyer.payment.as_deref().unwrap_or_default());
        let key = format!("act {}", self.dice.below(u64::MAX));
        let request = self.api(buyer.shop, method, &path, &body, Some(&key));
        let line = self.line();
        let network = Arc::clone(&self.network);
        self.begins(what, async move {
            let answer = ask(&network, line, request).await;
            Effect::Acted(what, number, answer.map(|answer| (answer.status, json_of(&answer))))
        });
    }

    pub(crate) fn operator_has_acted(&mut self, what: &'static str, number: usize, answer: Option<(u16, Value)>) {
        let Some((status, body)) = answer else { return };
        match status {
            200..=299 => self.count(&format!("acts: the operator {what}")),
            409 | 422 => self.count("acts that the state forbids"),
            404 | 405 => self.count("acts without a route"),
            _ => self.violated(format!("the operator {what} for buyer {number} and is answered {status}: {body}")),
        }
    }

    /// The bank's staff do something to a session that was paid.
    pub(crate) fn staff_acts(&mut self) {
        let pages: Vec<(usize, String)> =
            self.buyers.iter().flat_map(|buyer| buyer.banks.iter().map(|page| (buyer.shop, page.clone()))).collect();
        if pages.is_empty() {
            return;
        }
        let (shop, page) = self.dice.pick(&pages).clone();
        let session = session_of(&page);
        let bank = &self.shops[shop].sandbox.bank;
        let (what, done) = match self.dice.below(5) {
            0 => ("reverse a payment", bank.reverse(session)),
            1 => ("charge a payment back", bank.charge_back(session)),
            2 => ("give a part back", bank.refund_by_staff(session, 10_000)),
            _ => ("finish refunds", bank.finish_refunds() > 0),
        };
        self.trace.step(self.clock.now(), format_args!("the bank's staff {what} of {session}: {done}"));
        if done {
            self.network.changed(&page);
            self.count(&format!("acts: the bank's staff {what}"));
        }
    }
}
