//! The merchant's calls that give money back: refunds, their look-up, and cancelling a session. VPOS.am says that it has
//! them and publishes neither addresses nor fields, so all of this is our assumption, made in the manner of the calls that
//! it does publish.

use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::json;

use super::api::{Answer, query, refusal};
use super::refund::Progress;
use super::request::{RefundOrder, read_refund};
use super::session::Status;
use super::{Cancel, Refund, RefundLookup, State};

const DAY_MS: i64 = 24 * 3_600_000;

fn out_of_order() -> Answer {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the bank is out of order")
}

fn no_such_session() -> Answer {
    refusal(StatusCode::NOT_FOUND, "not_found", "no such payment session")
}

impl State {
    /// `POST /v1/payment-sessions/{id}/refunds`
    pub(super) fn refund(&mut self, address: &str, id: &str, headers: &HeaderMap, body: &[u8], now: i64) -> Answer {
        match self.faults.refund {
            Refund::DropRequest => return Answer::Cut,
            Refund::Fail => return out_of_order(),
            Refund::Ok | Refund::DropReply | Refund::Decline | Refund::Slow => {}
        }
        let outcome = self.once(address, headers, body, |state, request| {
            let Some(session) = state.session_index(id) else { return no_such_session() };
            match read_refund(request).and_then(|order| state.fitting(session, order)) {
                Ok(order) => state.refund_once(session, order, now),
                Err(message) => refusal(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message),
            }
        });
        match (&outcome, self.faults.refund) {
            (Answer::Json(StatusCode::CREATED, _), Refund::DropReply) => Answer::Cut,
            _ => outcome,
        }
    }

    /// The order, if this session can still give so much.
    fn fitting(&self, session: usize, order: RefundOrder) -> Result<RefundOrder, String> {
        let (of, left) = (&self.sessions[session], self.refundable(session));
        if of.status != Status::Paid {
            Err(format!("the session is {}: only a paid one can be refunded", of.status.name()))
        } else if of.order.currency != order.currency {
            Err(format!("currency: the session was paid in {}", of.order.currency))
        } else if order.amount_minor > left {
            Err(format!("amountMinor: at most {left} is left to refund"))
        } else {
            Ok(order)
        }
    }

    fn refund_once(&mut self, session: usize, order: RefundOrder, now: i64) -> Answer {
        let id = Some(order.merchant_refund_id);
        if self.refunds.iter().any(|refund| refund.merchant_refund_id == id) {
            return refusal(StatusCode::CONFLICT, "refund_exists", "merchantRefundId: a refund with it exists");
        }
        let progress = match self.faults.refund {
            Refund::Decline => Progress::Failed("declined by the card's bank"),
            Refund::Slow => Progress::Underway,
            Refund::Ok | Refund::DropReply | Refund::DropRequest | Refund::Fail => Progress::Succeeded,
        };
        let refund = self.add_refund(session, id, order.amount_minor, progress, now);
        Answer::Json(StatusCode::CREATED, self.refund_json(&self.refunds[refund]))
    }

    /// `GET /v1/refunds?merchantRefundId=…`
    pub(super) fn look_up_refund(&self, uri: &Uri) -> Answer {
        if self.faults.refund_lookup == RefundLookup::Fail {
            return out_of_order();
        }
        let Some(wanted) = query(uri, "merchantRefundId") else {
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", "merchantRefundId: is required");
        };
        let found = self.refunds.iter().filter(|refund| refund.merchant_refund_id.as_ref() == Some(&wanted));
        let found = found.map(|refund| self.refund_json(refund)).collect::<Vec<_>>();
        Answer::Json(StatusCode::OK, json!({ "data": found }))
    }

    /// `POST /v1/payment-sessions/{id}/cancel`: ends a session that nobody paid, and undoes a payment of the same day (UTC)
    /// of which nothing was refunded. A session that is over anyway is answered as it is, so a repetition is harmless.
    pub(super) fn cancel(&mut self, id: &str, now: i64) -> Answer {
        match self.faults.cancel {
            Cancel::DropRequest => return Answer::Cut,
            Cancel::Fail => return out_of_order(),
            Cancel::Late => {
                self.late_cancels.push(id.to_owned());
                return Answer::Cut;
            }
            Cancel::Ok | Cancel::DropReply => {}
        }
        self.carry_out_cancel(id, now)
    }

    /// What a request to cancel does once it is here.
    pub(super) fn carry_out_cancel(&mut self, id: &str, now: i64) -> Answer {
        let Some(index) = self.session_index(id) else { return no_such_session() };
        let day = |at: i64| at.div_euclid(DAY_MS);
        let of_today = self.sessions[index].paid_at.is_some_and(|paid_at| day(paid_at) == day(now));
        match self.sessions[index].status {
            Status::Created => self.move_to(index, Status::Cancelled, now),
            Status::Paid if of_today && !self.has_refunds(index) => self.move_to(index, Status::Reversed, now),
            Status::Paid | Status::ChargedBack => {
                return refusal(StatusCode::CONFLICT, "too_late", "the payment stands; refund it instead");
            }
            Status::Failed | Status::Expired | Status::Cancelled | Status::Reversed => {}
        }
        match self.faults.cancel {
            Cancel::DropReply => Answer::Cut,
            Cancel::Ok | Cancel::DropRequest | Cancel::Fail | Cancel::Late => {
                Answer::Json(StatusCode::OK, self.sessions[index].json(&self.base_url))
            }
        }
    }
}
