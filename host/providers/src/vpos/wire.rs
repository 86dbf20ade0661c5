//! VPOS.am's words for sessions and refunds, and what they say in ours. It must not know how they were got.

use super::Vpos;
use crate::contract::{PushRefused, RefundStatement, RefundStatus, SessionStatus, Statement, Tidings};
use crate::entered;
use kamurj_domain::{Currency, Money};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) merchant_order_id: String,
    amount_minor: i64,
    currency: String,
    status: String,
    pub(super) checkout_url: Option<String>,
    updated_at: Option<String>,
    paid_at: Option<String>,
    reference: Option<String>,
    refunded_minor: Option<i64>,
}

/// A refund. VPOS.am publishes none of these fields; their names follow those of the session.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refund {
    id: String,
    pub(super) merchant_refund_id: String,
    pub(super) session_id: String,
    pub(super) merchant_order_id: String,
    amount_minor: i64,
    currency: String,
    status: String,
    failure_reason: Option<String>,
    updated_at: Option<String>,
}

/// The answer to a question that several things may fit.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
}

#[derive(Debug, Deserialize)]
struct Notice {
    #[serde(rename = "type", default)]
    kind: String,
    data: Value,
}

impl Vpos {
    /// The amount in the provider's units. `None` where they are too coarse for it: it must never be rounded.
    pub(super) fn to_wire(&self, amount: Money) -> Option<i64> {
        let scale = 10i64.checked_pow(amount.currency.exponent().checked_sub(self.amount_exponent)?)?;
        (amount.minor % scale == 0).then_some(amount.minor / scale)
    }

    fn read_amount(&self, amount: i64, currency: Option<Currency>) -> Option<Money> {
        let currency = currency?;
        let scale = 10i64.checked_pow(currency.exponent().checked_sub(self.amount_exponent)?)?;
        Some(Money::new(amount.checked_mul(scale)?, currency))
    }

    pub(super) fn read_session(&self, session: Session) -> Statement {
        let currency = Currency::from_code(&session.currency);
        let status = match session.status.as_str() {
            "created" | "pending" => SessionStatus::Open,
            "paid" => SessionStatus::Approved,
            "failed" => SessionStatus::Declined,
            "expired" | "cancelled" => SessionStatus::Abandoned,
            "reversed" => SessionStatus::Reversed,
            "charged_back" => SessionStatus::ChargedBack,
            _ => SessionStatus::Unknown,
        };
        let provider_time = match status {
            SessionStatus::Approved => session.paid_at.as_deref(),
            _ => session.updated_at.as_deref(),
        };
        let changed_at = session.updated_at.as_deref().and_then(kamurj_domain::time::parse);
        Statement {
            changed_at,
            reference: session.id,
            number: session.merchant_order_id,
            url: session.checkout_url.filter(|url| status == SessionStatus::Open && self.is_own_page(url)),
            status,
            cause: None,
            amount: self.read_amount(session.amount_minor, currency),
            foreign_currency: currency.is_none().then_some(session.currency),
            provider_time: provider_time.and_then(kamurj_domain::time::parse),
            payment_reference: session.reference,
            refunded: session.refunded_minor.and_then(|total| self.read_amount(total, currency)),
        }
    }

    pub(super) fn read_refund(&self, refund: Refund) -> RefundStatement {
        let currency = Currency::from_code(&refund.currency);
        RefundStatement {
            refund: refund.merchant_refund_id,
            number: refund.merchant_order_id,
            status: match refund.status.as_str() {
                "pending" | "in_progress" => RefundStatus::InProgress,
                "succeeded" => RefundStatus::Done,
                "failed" => RefundStatus::Failed,
                _ => RefundStatus::Unknown,
            },
            amount: self.read_amount(refund.amount_minor, currency),
            foreign_currency: currency.is_none().then_some(refund.currency),
            provider_time: refund.updated_at.as_deref().and_then(kamurj_domain::time::parse),
            reference: Some(refund.id),
            reason: refund
                .failure_reason
                .map(|reason| entered::one_line(&self.line, &reason))
                .filter(|reason| !reason.is_empty()),
        }
    }

    /// What a webhook says. `refund.…` carries a refund, everything else the session as it is then.
    pub(super) fn read_notice(&self, body: &[u8]) -> Result<Tidings, PushRefused> {
        let unreadable = |error: serde_json::Error| PushRefused::Unreadable(error.to_string());
        let notice: Notice = serde_json::from_slice(body).map_err(unreadable)?;
        if notice.kind.starts_with("refund.") {
            serde_json::from_value(notice.data).map(|refund| Tidings::Refund(self.read_refund(refund)))
        } else {
            serde_json::from_value(notice.data).map(|session| Tidings::Session(self.read_session(session)))
        }
        .map_err(unreadable)
    }

    /// The page must lie on an origin that the operator named, or the customer could be sent anywhere.
    pub(super) fn is_own_page(&self, url: &str) -> bool {
        entered::lies_on(&self.page_origins, url)
    }
}
