//! A refund and its life: in progress or at once succeeded or failed, and failed perhaps even after it had succeeded. It
//! must not know how refunds are asked for.

use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::session::Status;
use crate::rfc3339;

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Underway,
    Succeeded,
    Failed(&'static str),
}

impl Progress {
    fn name(self) -> &'static str {
        match self {
            Self::Underway => "in_progress",
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
        }
    }
}

pub(super) struct Refund {
    pub(super) id: String,
    /// The merchant's own id; none where the bank's staff gave back.
    pub(super) merchant_refund_id: Option<String>,
    /// The place of its session among all sessions.
    pub(super) session: usize,
    amount_minor: i64,
    pub(super) progress: Progress,
    created_at: i64,
    updated_at: i64,
}

/// A refund as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct RefundView {
    /// The bank's id, `rf_…`.
    pub id: String,
    /// The merchant's own id of it; `None` where the bank's staff gave back.
    pub merchant_refund_id: Option<String>,
    /// The bank's id of the session.
    pub session: String,
    /// Minor units, in the session's currency.
    pub amount_minor: i64,
    /// `in_progress`, `succeeded` or `failed`.
    pub status: &'static str,
}

impl State {
    /// A refund as the API and the webhooks say it.
    pub(super) fn refund_json(&self, refund: &Refund) -> Value {
        let session = &self.sessions[refund.session];
        json!({
            "id": refund.id,
            "merchantRefundId": refund.merchant_refund_id,
            "sessionId": session.id,
            "merchantOrderId": session.order.merchant_order_id,
            "amountMinor": refund.amount_minor,
            "currency": session.order.currency,
            "status": refund.progress.name(),
            "failureReason": match refund.progress {
                Progress::Failed(reason) => Some(reason),
                Progress::Underway | Progress::Succeeded => None,
            },
            "createdAt": rfc3339(refund.created_at),
            "updatedAt": rfc3339(refund.updated_at),
        })
    }

    pub(super) fn refund_view(&self, refund: &Refund) -> RefundView {
        RefundView {
            id: refund.id.clone(),
            merchant_refund_id: refund.merchant_refund_id.clone(),
            session: self.sessions[refund.session].id.clone(),
            amount_minor: refund.amount_minor,
            status: refund.progress.name(),
        }
    }

    /// What may still be given back of a session: refunds in progress hold their part, failed ones do not. Nothing of a
    /// session that is not paid.
    pub(super) fn refundable(&self, session: usize) -> i64 {
        if self.sessions[session].status != Status::Paid {
            return 0;
        }
        let held: i64 = self.refunds_of(session).map(|refund| refund.amount_minor).sum();
        self.sessions[session].amount_minor - held
    }

    /// Whether money of this session went back or is on its way.
    pub(super) fn has_refunds(&self, session: usize) -> bool {
        self.refunds_of(session).next().is_some()
    }

    fn refunds_of(&self, session: usize) -> impl Iterator<Item = &Refund> {
        let failed = |refund: &Refund| matches!(refund.progress, Progress::Failed(_));
        self.refunds.iter().filter(move |refund| refund.session == session && !failed(refund))
    }

    /// Takes a refund down and answers its place. The caller has checked that so much is left.
    pub(super) fn add_refund(
        &mut self,
        session: usize,
        merchant_refund_id: Option<String>,
        amount_minor: i64,
        progress: Progress,
        now: i64,
    ) -> usize {
        let id = self.ids.text("rf_");
        self.refunds.push(Refund {
            id,
            merchant_refund_id,
            session,
            amount_minor,
            progress: Progress::Underway,
            created_at: now,
            updated_at: now,
        });
        let index = self.refunds.len() - 1;
        if progress != Progress::Underway {
            self.move_refund(index, progress, now);
        }
        index
    }

    /// A refund changes its status, the session's total follows, and the merchant is told: by the refund where he asked for
    /// it, else by the session, since a refund of the bank's own has no name that he knows.
    pub(super) fn move_refund(&mut self, index: usize, progress: Progress, now: i64) {
        self.refunds[index].progress = progress;
        self.refunds[index].updated_at = now;
        let place = self.refunds[index].session;
        let succeeded = self.refunds_of(place).filter(|refund| refund.progress == Progress::Succeeded);
        self.sessions[place].refunded_minor = succeeded.map(|refund| refund.amount_minor).sum();
        self.sessions[place].updated_at = now;
        if self.refunds[index].merchant_refund_id.is_none() {
            self.announce_session(place, "payment.refunded", now);
            return;
        }
        let kind = match progress {
            Progress::Underway => return,
            Progress::Succeeded => "refund.succeeded",
            Progress::Failed(_) => "refund.failed",
        };
        self.announce(kind, self.refund_json(&self.refunds[index]), now);
    }
}
