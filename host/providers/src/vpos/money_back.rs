//! Giving money back at VPOS.am: refunds, their look-up, and ending a session.
//!
//! VPOS.am says that it has refunds and publishes nothing about the calls. Ours are `POST …/payment-sessions/{id}/refunds`,
//! `GET /v1/refunds?merchantRefundId=…` and `POST …/payment-sessions/{id}/cancel`, in the manner of the calls that it does
//! publish. An account whose provider has none of them says so with `refunds: "none"` and `cancel: false`.

use super::wire::{List, Refund, Session};
use super::{Refunds, Vpos, encode};
use crate::contract::{
    Cancelled, LookupOf, RefundAnswer, RefundLookup, RefundOf, RefundOrder, RefundStatus, SessionStatus,
};
use kamurj_egress::{Method, Response, SendError};
use serde_json::json;

impl Vpos {
    pub(super) async fn give_back(&self, order: &RefundOrder) -> RefundAnswer {
        let refused = |reason: &str| RefundAnswer::Refused { reason: reason.to_owned() };
        if self.refunds == Refunds::None {
            return RefundAnswer::Unsupported;
        }
        let Some(reference) = &order.reference else {
            return refused("the provider's session of this attempt is not known; look the attempt up first");
        };
        let Some(amount) = self.to_wire(order.amount) else {
            return refused("the account's `amount_exponent` has no such small amounts");
        };
        let mut body = json!({
            "merchantRefundId": order.refund,
            "amountMinor": amount,
            "currency": order.amount.currency.code(),
        });
        if !order.reason.is_empty() {
            body["reason"] = order.reason.as_str().into();
        }
        let path = format!("/v1/payment-sessions/{}/refunds", encode(reference));
        let response = match self.call("POST refunds", Method::POST, &path, Some(&order.refund), Some(body)).await {
            Ok(response) => response,
            Err(error @ (SendError::Refused(_) | SendError::NotSent(_))) => return refused(&error.to_string()),
            Err(error) => return RefundAnswer::NoAnswer { reason: error.to_string() },
        };
        match response.status {
            200..=202 => self.read_answer(order, reference, &response),
            // Said no before doing anything. 409 is none of these: our id was used before, so a refund may exist.
            status @ (400 | 401 | 403 | 404 | 405 | 422 | 429) => refused(&format!("the provider answered {status}")),
            status => RefundAnswer::NoAnswer { reason: format!("the provider answered {status}") },
        }
    }

    /// Money may have moved by now, so whatever is not clear is no answer.
    fn read_answer(&self, order: &RefundOrder, reference: &str, response: &Response) -> RefundAnswer {
        let unclear = |reason: &str| RefundAnswer::NoAnswer { reason: reason.to_owned() };
        let Ok(refund) = serde_json::from_slice::<Refund>(&response.body) else {
            return unclear("the answer is not a refund");
        };
        if refund.merchant_refund_id != order.refund || refund.session_id != reference {
            return unclear("the answer is about another refund");
        }
        if refund.merchant_order_id != order.number {
            return unclear("the answer is about another order");
        }
        let statement = self.read_refund(refund);
        if statement.amount != Some(order.amount) {
            return unclear("the answer is about another amount");
        }
        match statement.status {
            RefundStatus::Done => RefundAnswer::Done(statement),
            RefundStatus::InProgress => RefundAnswer::InProgress,
            RefundStatus::Failed => RefundAnswer::Refused {
                reason: statement.reason.unwrap_or_else(|| "the provider says that the refund failed".to_owned()),
            },
            RefundStatus::Unknown => unclear("the refund's status is not one that we know"),
        }
    }

    /// Asks even where the settings say that there are no refunds: one that was asked for before must still be settled.
    pub(super) async fn find_refund(&self, of: &RefundOf) -> RefundLookup {
        let unclear = |reason: &str| RefundLookup::NoAnswer { reason: reason.to_owned() };
        let path = format!("/v1/refunds?merchantRefundId={}", encode(&of.refund));
        let response = match self.call("GET refunds", Method::GET, &path, None, None).await {
            Ok(response) => response,
            Err(error) => return unclear(&error.to_string()),
        };
        // 404 is no "no": a provider without this call answers so, and "no such refund" lets the money be sent again.
        if response.status != 200 {
            return unclear(&format!("the provider answered {}", response.status));
        }
        let Ok(mut refunds) = serde_json::from_slice::<List<Refund>>(&response.body) else {
            return unclear("the answer is not a list of refunds");
        };
        let Some(refund) = refunds.data.pop() else { return RefundLookup::NoSuchRefund };
        // A list of other refunds means that the question was not understood, and proves nothing about ours.
        if !refunds.data.is_empty() || refund.merchant_refund_id != of.refund {
            return unclear("the answer is not about this one refund");
        }
        let session_fits = of.reference.as_ref().is_none_or(|reference| *reference == refund.session_id);
        if refund.merchant_order_id != of.number || !session_fits {
            return unclear("the answer is about another order");
        }
        RefundLookup::Found(self.read_refund(refund))
    }

    pub(super) async fn end(&self, of: &LookupOf) -> Cancelled {
        let unclear = |reason: &str| Cancelled::NoAnswer { reason: reason.to_owned() };
        if !self.cancel {
            return Cancelled::Unsupported;
        }
        let Some(reference) = &of.reference else {
            return unclear("the provider's session of this attempt is not known; look the attempt up first");
        };
        let path = format!("/v1/payment-sessions/{}/cancel", encode(reference));
        let response = match self.call("POST cancel", Method::POST, &path, None, None).await {
            Ok(response) => response,
            Err(error) => return unclear(&error.to_string()),
        };
        match response.status {
            200 => {}
            409 => return Cancelled::TooLate { reason: "the provider says that it is too late to cancel".to_owned() },
            status => return unclear(&format!("the provider answered {status}")),
        }
        let Ok(session) = serde_json::from_slice::<Session>(&response.body) else {
            return unclear("the answer is not a session");
        };
        if session.id != *reference || session.merchant_order_id != of.number {
            return unclear("the answer is about another order");
        }
        match self.read_session(session).status {
            SessionStatus::Abandoned | SessionStatus::Declined | SessionStatus::Reversed => Cancelled::Done,
            SessionStatus::Open | SessionStatus::Approved | SessionStatus::ChargedBack | SessionStatus::Unknown => {
                unclear("the session is not over by this answer")
            }
        }
    }
}
