//! Giving money back and undoing payments: `refund.do` and `reverse.do`, which take the gateway's own id and minor units. The
//! gateway knows no ids of refunds, so a lost answer is settled by how much went back in all.

use super::Rbs;
use super::codes::Code;
use super::lookup::{Found, Unfound, known};
use super::wire::Done;
use crate::contract::{
    Cancelled, LookupOf, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundStatement, RefundStatus,
    SessionStatus, by_total,
};
use kamurj_egress::SendError;

impl Rbs {
    pub(super) async fn give_back(&self, order: &RefundOrder) -> RefundAnswer {
        let refused = |reason: &str| RefundAnswer::Refused { reason: reason.to_owned() };
        let unclear = |reason: &str| RefundAnswer::NoAnswer { reason: reason.to_owned() };
        if order.amount.minor <= 0 {
            return refused("the gateway gives back no amounts below one minor unit");
        }
        let of = LookupOf { number: order.number.clone(), reference: order.reference.clone(), payment: None };
        let Some(reference) = self.own_id(&of).await else {
            return refused("the gateway's id of this order is not known; look the attempt up first");
        };
        let amount = order.amount.minor.to_string();
        let fields = [("orderId", reference.as_str()), ("amount", &amount)];
        let response = match self.call("refund.do", "refund.do", &fields).await {
            Ok(response) => response,
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => return refused(&error.to_string()),
            Err(error) => return unclear(&error.to_string()),
        };
        // Money may have moved by now, so whatever is not clear is no answer.
        if response.status != 200 {
            return unclear(&format!("the provider answered {}", response.status));
        }
        let Ok(answer) = serde_json::from_slice::<Done>(&response.body) else {
            return unclear("the answer is not that of `refund.do`");
        };
        match Code::of(answer.error_code.as_ref()) {
            Code::Is(0) => RefundAnswer::Done(RefundStatement {
                refund: order.refund.clone(),
                number: order.number.clone(),
                status: RefundStatus::Done,
                // The answer only says yes to what was asked.
                amount: Some(order.amount),
                foreign_currency: None,
                provider_time: None,
                reference: None,
                reason: None,
            }),
            // Refused as it stood: a bad value, too much, no right to refund, an order that is not there.
            Code::Is(code @ 3..=6) => RefundAnswer::Refused { reason: self.said(code, answer.error_message.as_ref()) },
            // 7 is a wrong state or a system error, and nobody says which.
            Code::Is(code) => unclear(&self.said(code, answer.error_message.as_ref())),
            Code::Absent | Code::Odd => unclear("the answer says neither yes nor no"),
        }
    }

    pub(super) async fn find_refund(&self, of: &RefundOf) -> RefundLookup {
        let unclear = |reason: &str| RefundLookup::NoAnswer { reason: reason.to_owned() };
        let order = LookupOf { number: of.number.clone(), reference: of.reference.clone(), payment: None };
        match self.ask_about_ours(&order).await {
            // Only what the gateway counts by itself: "nothing went back" lets the money be sent again.
            Ok(found) => by_total(of, found.counted),
            Err(Unfound::Unanswered(reason)) => unclear(&reason),
            Err(Unfound::Unknown | Unfound::Unasked) => unclear("the gateway says nothing of this order"),
        }
    }

    /// `reverse.do` undoes a payment whole until the end of the day. The gateway has no call that ends an unpaid session: that
    /// one stays open until its time is over.
    pub(super) async fn reverse(&self, of: &LookupOf) -> Cancelled {
        let unclear = |reason: &str| Cancelled::NoAnswer { reason: reason.to_owned() };
        let Some(reference) = self.own_id(of).await else {
            return unclear("the gateway's id of this order is not known; look the attempt up first");
        };
        let response = match self.call("reverse.do", "reverse.do", &[("orderId", &reference)]).await {
            Ok(response) if response.status == 200 => response,
            Ok(response) => return unclear(&format!("the provider answered {}", response.status)),
            Err(error) => return unclear(&error.to_string()),
        };
        let Ok(answer) = serde_json::from_slice::<Done>(&response.body) else {
            return unclear("the answer is not that of `reverse.do`");
        };
        let said = match Code::of(answer.error_code.as_ref()) {
            Code::Is(0) => return Cancelled::Done,
            // Already reversed, over unpaid, not paid yet, too late, or a system error: the order's state tells which.
            Code::Is(code @ 7) => self.said(code, answer.error_message.as_ref()),
            Code::Is(code) => return unclear(&self.said(code, answer.error_message.as_ref())),
            Code::Absent | Code::Odd => "the answer says neither yes nor no".to_owned(),
        };
        let of = LookupOf { reference: Some(reference), ..of.clone() };
        match self.ask_about_ours(&of).await.map(|found| found.statement.status) {
            Ok(SessionStatus::Reversed | SessionStatus::Declined | SessionStatus::Abandoned) => Cancelled::Done,
            Ok(SessionStatus::Approved | SessionStatus::ChargedBack) => Cancelled::TooLate { reason: said },
            Ok(SessionStatus::Open) => unclear("the gateway ends no unpaid sessions; this one ends by itself"),
            Ok(SessionStatus::Unknown) | Err(_) => unclear(&said),
        }
    }

    /// The gateway's own id of an order: as it is known, or as the gateway tells it.
    async fn own_id(&self, of: &LookupOf) -> Option<String> {
        if let Some(reference) = known(of.reference.as_deref(), &of.number) {
            return Some(reference.to_owned());
        }
        let found = self.ask_about_ours(&LookupOf { reference: None, ..of.clone() }).await.ok()?;
        known(Some(&found.statement.reference), &of.number).map(str::to_owned)
    }

    /// Asks, and takes no answer about another order.
    async fn ask_about_ours(&self, of: &LookupOf) -> Result<Found, Unfound> {
        let found = self.ask(of).await?;
        let session_fits =
            known(of.reference.as_deref(), &of.number).is_none_or(|reference| reference == found.statement.reference);
        if found.statement.number == of.number && session_fits {
            Ok(found)
        } else {
            Err(Unfound::Unanswered("the answer is about another order".to_owned()))
        }
    }
}
