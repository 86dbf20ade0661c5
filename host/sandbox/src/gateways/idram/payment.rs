//! A payment that a browser began, and the money that moves for it. One bill may be begun more than once, since nothing keeps
//! a payer from posting the same form again; each time is a payment of its own. It must not know how calls are sent.

use serde::Serialize;
use url::Url;

use super::{Act, Acted, OrderView, State};
use crate::gateways::Pushing;

pub(super) struct Payment {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) number: String,
    /// Hundredths of a dram.
    pub(super) minor: i64,
    /// The amount as the form had it.
    pub(super) written: String,
    pub(super) description: String,
    /// The merchant's own fields, which come back.
    pub(super) own: Vec<(String, String)>,
    pub(super) stage: Stage,
    pub(super) refunded_minor: i64,
}

/// How far a payment is, before money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The merchant is being asked.
    Asking,
    /// The merchant said yes.
    Agreed,
    /// The merchant did not say yes.
    Refused,
    /// The payer's account was not good for it.
    Declined,
    /// The payer left.
    Closed,
    /// Money moved; the charges tell the rest.
    Charged,
    /// Staff took it back.
    Reversed,
}

/// Money that moved once.
pub(super) struct Charge {
    pub(super) payment: usize,
    /// `EDP_TRANS_ID`.
    pub(super) trans_id: String,
    pub(super) minor: i64,
    pub(super) at: i64,
    pub(super) step: Step,
    /// Confirmations sent.
    pub(super) sent: u32,
}

/// What is owed for a charge, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To be confirmed at this time.
    Due(i64),
    /// It stands; so many more copies of the confirmation are owed.
    Copies(u32),
    /// A confirmation is under way, and so many copies are owed after it.
    Sending(u32),
    /// All is said.
    Over(Outcome),
}

/// What became of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing yet: the confirmation is owed.
    Owed,
    /// The merchant said `OK`: it stands.
    Stands,
    /// The merchant answered 2xx with something else: the money went back.
    Cancelled,
    /// The merchant did not answer 2xx: it stands, and staff have a letter.
    StandsUnanswered,
    /// The confirmation was lost: it stands, and the merchant was never told.
    Lost,
}

/// A movement of money as people look at it.
#[derive(Clone, Debug, Serialize)]
pub struct ChargeView {
    /// `EDP_TRANS_ID`.
    pub trans_id: String,
    /// The merchant's number, `EDP_BILL_NO`.
    pub number: String,
    /// Hundredths of a dram.
    pub amount_minor: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Confirmations sent.
    pub sent: u32,
}

impl Charge {
    pub(super) fn outcome(&self) -> Outcome {
        match self.step {
            Step::Over(outcome) => outcome,
            Step::Copies(_) => Outcome::Stands,
            Step::Due(_) | Step::Sending(_) => Outcome::Owed,
        }
    }

    pub(super) fn view(&self, payment: &Payment) -> ChargeView {
        ChargeView {
            trans_id: self.trans_id.clone(),
            number: payment.number.clone(),
            amount_minor: self.minor,
            outcome: self.outcome(),
            sent: self.sent,
        }
    }
}

impl State {
    pub(super) fn payment(&self, id: &str) -> Option<usize> {
        self.payments.iter().position(|payment| payment.id == id)
    }

    /// Where a payment stands, in a word.
    pub(super) fn status(&self, index: usize) -> &'static str {
        let outcomes: Vec<Outcome> =
            self.charges.iter().filter(|charge| charge.payment == index).map(Charge::outcome).collect();
        match self.payments[index].stage {
            Stage::Asking => "asking",
            Stage::Agreed => "agreed",
            Stage::Refused => "refused",
            Stage::Declined => "declined",
            Stage::Closed => "closed",
            Stage::Reversed => "reversed",
            Stage::Charged if outcomes.contains(&Outcome::Owed) => "charged",
            Stage::Charged if outcomes.iter().all(|outcome| *outcome == Outcome::Cancelled) => "cancelled",
            Stage::Charged => "paid",
        }
    }

    pub(super) fn view(&self, index: usize, base_url: &str) -> OrderView {
        let payment = &self.payments[index];
        let charged = self.charges.iter().find(|charge| charge.payment == index).map(|charge| charge.minor);
        OrderView {
            id: payment.id.clone(),
            number: payment.number.clone(),
            amount_minor: charged.unwrap_or(payment.minor),
            currency: "AMD".to_owned(),
            status: self.status(index).to_owned(),
            refunded_minor: payment.refunded_minor,
            page: Some(format!("{base_url}/payment/{}", payment.id)),
        }
    }

    pub(super) fn act(&mut self, id: &str, act: Act, now: i64) -> Result<Acted, String> {
        let index = self.payment(id).ok_or_else(|| format!("no payment is called {id}"))?;
        let status = self.status(index);
        let cannot = |what: &str| Err(format!("{what}: the payment is `{status}`"));
        match (act, self.payments[index].stage) {
            (Act::Pay, Stage::Agreed) => self.charge(index, now),
            (Act::Decline, Stage::Agreed) => self.payments[index].stage = Stage::Declined,
            (Act::Close, Stage::Agreed) => self.payments[index].stage = Stage::Closed,
            (Act::Close, Stage::Asking) => return cannot("the merchant is being asked"),
            // Whoever pressed a button of a page that was over is sent back as the first time.
            (Act::Close, _) => {}
            (Act::Pay | Act::Decline, _) => return cannot("there is nothing to pay"),
            (Act::Expire, _) => return Err("Idram sets payers no time".to_owned()),
            (Act::Reverse, Stage::Charged) if status == "paid" => {
                self.payments[index].refunded_minor = self.moved(index);
                self.payments[index].stage = Stage::Reversed;
                return Ok(Acted::Done);
            }
            (Act::GiveBack { minor }, Stage::Charged) if status == "paid" => {
                let left = self.moved(index) - self.payments[index].refunded_minor;
                if !(1..=left).contains(&minor) {
                    return Err(format!("{left} hundredths are left to give back"));
                }
                self.payments[index].refunded_minor += minor;
                return Ok(Acted::Done);
            }
            (Act::Reverse | Act::GiveBack { .. }, _) => return cannot("there is nothing to give back"),
        }
        Ok(Acted::Back(self.way_back(index)))
    }

    fn charge(&mut self, index: usize, now: i64) {
        let payment = &mut self.payments[index];
        payment.stage = Stage::Charged;
        let minor = self.faults.paid.applied(payment.minor);
        let step = match self.faults.push {
            Pushing::Drop => Step::Over(Outcome::Lost),
            Pushing::Send | Pushing::Hold => Step::Due(now + self.faults.push_delay_s.saturating_mul(1000)),
        };
        for _ in 0..if self.switches.second_transaction { 2 } else { 1 } {
            let trans_id = format!("37{}", self.ids.digits());
            self.charges.push(Charge { payment: index, trans_id, minor, at: now, step, sent: 0 });
        }
    }

    /// What moved for a payment and did not go back at once.
    fn moved(&self, index: usize) -> i64 {
        let standing = self.charges.iter().filter(|charge| charge.payment == index);
        standing.filter(|charge| charge.outcome() != Outcome::Cancelled).map(|charge| charge.minor).sum()
    }

    /// Where the payer's browser goes: money that moved is a success for Idram until it went back.
    pub(super) fn way_back(&self, index: usize) -> String {
        let payment = &self.payments[index];
        let Some(merchant) = self.merchants.iter().find(|merchant| merchant.account == payment.account) else {
            return String::new();
        };
        let mut url: Url = match self.status(index) {
            "paid" | "charged" => merchant.success_url.clone(),
            _ => merchant.fail_url.clone(),
        };
        if !payment.own.is_empty() {
            url.query_pairs_mut().extend_pairs(&payment.own);
        }
        url.into()
    }
}
