//! Giving money back at Ameriabank and taking fresh payments back. Neither call has an idempotency key, so each is made once;
//! what became of a call without an answer is seen in the order's own count of what went back.

use super::answer::{self, Answer};
use super::codes::{self, Meaning};
use super::{Ameriabank, CREDENTIALS};
use crate::contract::{
    Cancelled, Lookup, LookupOf, RefundAnswer, RefundOrder, RefundStatement, RefundStatus, SessionStatus,
};
use crate::currency;
use kamurj_egress::SendError;

impl Ameriabank {
    /// `RefundPayment`.
    pub(super) async fn give_back(&self, order: &RefundOrder) -> RefundAnswer {
        let refused = |reason: &str| RefundAnswer::Refused { reason: reason.to_owned() };
        if !self.account.refunds {
            return RefundAnswer::Unsupported;
        }
        let Some(reference) = order.reference.as_deref().and_then(answer::reference) else {
            return refused("the bank's session of this attempt is not known; look the attempt up first");
        };
        let mut body = self.about(&reference);
        body["Amount"] = currency::decimal(order.amount).into();
        let response = match self.call("RefundPayment", &body).await {
            Ok(response) => response,
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => return refused(&error.to_string()),
            Err(error) => return RefundAnswer::NoAnswer { reason: error.to_string() },
        };
        let Some(answer) = Answer::read(&response) else {
            return RefundAnswer::NoAnswer { reason: answer::unreadable(&response) };
        };
        let said = self.said(&answer);
        match codes::meaning(&answer.code) {
            Meaning::Done => RefundAnswer::Done(RefundStatement {
                refund: order.refund.clone(),
                number: order.number.clone(),
                status: RefundStatus::Done,
                amount: Some(order.amount),
                foreign_currency: None,
                provider_time: None,
                reference: None,
                reason: None,
            }),
            Meaning::NoRight => refused(&format!(
                "{said}; the bank has not given this client the right to refund: ask for it, or set `refunds` to false"
            )),
            Meaning::Credentials => refused(&format!("{said}; {CREDENTIALS}")),
            // Observed: more than is left, or an order that cannot be refunded. The bank's text tells which.
            Meaning::Refused | Meaning::RefundFailed | Meaning::OurFault | Meaning::UnknownOrder => refused(&said),
            Meaning::Untried
            | Meaning::Waiting
            | Meaning::TimeOut
            | Meaning::Declined
            | Meaning::Exists
            | Meaning::SystemError
            | Meaning::Other => RefundAnswer::NoAnswer { reason: said },
        }
    }

    /// `CancelPayment`, and then the order itself: what it is asked to do to an unpaid order the manual does not say.
    pub(super) async fn end(&self, of: &LookupOf) -> Cancelled {
        let unclear = |reason: String| Cancelled::NoAnswer { reason };
        if !self.account.cancel {
            return Cancelled::Unsupported;
        }
        let Some(reference) = of.reference.as_deref().and_then(answer::reference) else {
            return unclear("the bank's session of this attempt is not known; look the attempt up first".to_owned());
        };
        let response = match self.call("CancelPayment", &self.about(&reference)).await {
            Ok(response) => response,
            Err(error) => return unclear(error.to_string()),
        };
        let Some(answer) = Answer::read(&response) else { return unclear(answer::unreadable(&response)) };
        let said = self.said(&answer);
        let was_taken = match codes::meaning(&answer.code) {
            Meaning::Done => true,
            Meaning::Refused => false,
            Meaning::NoRight => {
                return unclear(format!(
                    "{said}; the bank has not given this client the right to reverse: ask for it, or set `cancel` to false"
                ));
            }
            Meaning::Credentials => return unclear(format!("{said}; {CREDENTIALS}")),
            _ => return unclear(said),
        };
        match self.find(of).await {
            Lookup::Found(told) if told.number != of.number => unclear("the answer is about another order".to_owned()),
            Lookup::Found(told) => match told.status {
                SessionStatus::Reversed | SessionStatus::Abandoned | SessionStatus::Declined => Cancelled::Done,
                SessionStatus::Approved if !was_taken => Cancelled::TooLate { reason: said },
                SessionStatus::Approved => unclear(format!("{said}, and still calls the order paid")),
                SessionStatus::Open => unclear(format!("{said}; the session is still open and ends by itself")),
                SessionStatus::ChargedBack | SessionStatus::Unknown => {
                    unclear(format!("{said}; where the order stands now is not known"))
                }
            },
            Lookup::NoAnswer { reason } => unclear(reason),
            Lookup::NoSuchOrder | Lookup::Unsupported => unclear("the bank does not know the order".to_owned()),
        }
    }
}
