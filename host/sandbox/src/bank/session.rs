//! A payment session and its life: created, then paid, failed, expired or cancelled; a paid one may be reversed or charged
//! back, and nothing follows on that. It must not know how sessions are asked for or shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::State;
use super::request::Order;
use crate::rfc3339;

/// How long a session can be paid, in milliseconds: 20 minutes, as bank sessions live at most.
const LIFE_MS: i64 = 20 * 60 * 1000;

/// Where a session stands. `pending` is only ever said by the look-up fault. A refund changes no status: a session that
/// was paid stays so, and says how much of it went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Paid,
    Failed,
    Expired,
    /// Ended by the merchant before anybody paid.
    Cancelled,
    /// Paid, and undone before it was settled.
    Reversed,
    /// Paid, and taken back by the payer's bank.
    ChargedBack,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Reversed => "reversed",
            Self::ChargedBack => "charged_back",
        }
    }
}

/// What a payer can do on the pay page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayAction {
    /// The card is charged.
    Pay,
    /// The bank declines; the session is over, and another try needs a new one.
    Decline,
    /// The payer walks away; the session stays as it is until its time is over.
    Close,
}

pub(super) struct Session {
    pub(super) id: String,
    pub(super) order: Order,
    /// What was charged may differ from the order under a fault.
    pub(super) amount_minor: i64,
    pub(super) status: Status,
    created_at: i64,
    pub(super) updated_at: i64,
    pub(super) expires_at: i64,
    pub(super) paid_at: Option<i64>,
    reference: Option<String>,
    /// What went back by refunds, kept with every change of one.
    pub(super) refunded_minor: i64,
}

/// A session as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    /// The bank's id, `ps_…`.
    pub id: String,
    /// The merchant's own number of the order.
    pub merchant_order_id: String,
    /// Minor units with the ISO 4217 exponent.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// `created`, `paid`, `failed`, `expired`, `cancelled`, `reversed` or `charged_back`.
    pub status: &'static str,
    /// The hosted pay page.
    pub checkout_url: String,
    /// RFC 3339, once paid.
    pub paid_at: Option<String>,
    /// The acquirer's number of the operation, once paid.
    pub reference: Option<String>,
    /// How much of it went back by refunds, in minor units.
    pub refunded_minor: i64,
}

impl Session {
    pub(super) fn new(id: String, order: Order, now: i64) -> Self {
        Self {
            id,
            amount_minor: order.amount_minor,
            order,
            status: Status::Created,
            created_at: now,
            updated_at: now,
            expires_at: now + LIFE_MS,
            paid_at: None,
            reference: None,
            refunded_minor: 0,
        }
    }

    /// The session as the API and the webhooks say it.
    pub(super) fn json(&self, base_url: &str) -> Value {
        json!({
            "id": self.id,
            "merchantOrderId": self.order.merchant_order_id,
            "amountMinor": self.amount_minor,
            "currency": self.order.currency,
            "status": self.status.name(),
            "checkoutUrl": self.checkout_url(base_url),
            "createdAt": rfc3339(self.created_at),
            "updatedAt": rfc3339(self.updated_at),
            "expiresAt": rfc3339(self.expires_at),
            "paidAt": self.paid_at.map(rfc3339),
            "reference": self.reference,
            "refundedMinor": self.refunded_minor,
        })
    }

    pub(super) fn view(&self, base_url: &str) -> SessionView {
        SessionView {
            id: self.id.clone(),
            merchant_order_id: self.order.merchant_order_id.clone(),
            amount_minor: self.amount_minor,
            currency: self.order.currency.clone(),
            status: self.status.name(),
            checkout_url: self.checkout_url(base_url),
            paid_at: self.paid_at.map(rfc3339),
            reference: self.reference.clone(),
            refunded_minor: self.refunded_minor,
        }
    }

    fn checkout_url(&self, base_url: &str) -> String {
        format!("{base_url}/pay/{}", self.id)
    }

    /// Where the browser goes back to. What is appended is a hint, as with every bank: anybody can forge it.
    pub(super) fn return_url(&self) -> String {
        let mut url: Url = self.order.return_url.clone();
        url.query_pairs_mut().append_pair("sessionId", &self.id).append_pair("status", self.status.name());
        url.into()
    }
}

impl State {
    pub(super) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    pub(super) fn session_index(&self, id: &str) -> Option<usize> {
        self.sessions.iter().position(|session| session.id == id)
    }

    /// A session changes its status, and the merchant is told.
    pub(super) fn move_to(&mut self, index: usize, status: Status, now: i64) {
        self.sessions[index].status = status;
        self.sessions[index].updated_at = now;
        let kind = match status {
            Status::Created => return,
            Status::Paid => "payment.paid",
            Status::Failed => "payment.failed",
            Status::Expired => "payment.expired",
            Status::Cancelled => "payment.cancelled",
            Status::Reversed => "payment.reversed",
            Status::ChargedBack => "payment.charged_back",
        };
        self.announce_session(index, kind, now);
    }

    pub(super) fn expire_sessions(&mut self, now: i64) {
        for index in 0..self.sessions.len() {
            let session = &mut self.sessions[index];
            if session.status == Status::Created && session.expires_at <= now {
                session.status = Status::Expired;
                // The session ended when its time was over, whenever that is noticed.
                session.updated_at = session.expires_at;
                self.announce_session(index, "payment.expired", now);
            }
        }
    }

    pub(super) fn act(&mut self, id: &str, action: PayAction, now: i64) -> Option<String> {
        let index = self.session_index(id)?;
        let open = self.sessions[index].status == Status::Created && !self.common.outage;
        match action {
            PayAction::Pay if open => {
                let reference = self.ids.digits();
                let (shift, lie) = (self.faults.paid_amount_shift_minor, self.common.paid);
                let currency = self.common.paid_currency.clone();
                let session = &mut self.sessions[index];
                session.amount_minor = lie.applied(session.amount_minor) + shift;
                session.order.currency = currency.unwrap_or_else(|| session.order.currency.clone());
                session.paid_at = Some(now);
                session.reference = Some(reference);
                self.move_to(index, Status::Paid, now);
            }
            PayAction::Decline if open => {
                self.move_to(index, Status::Failed, now);
            }
            PayAction::Pay | PayAction::Decline | PayAction::Close => {}
        }
        Some(self.sessions[index].return_url())
    }
}
