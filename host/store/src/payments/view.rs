//! What plugins see of a payment.

use super::Payment;
use kamurj_domain::{Mode, Money, Particulars, Status};

/// What a plugin is shown of a payment, as it stood at one version, without its link.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct View {
    /// `pay_…`.
    pub id: String,
    /// The merchant's order number.
    pub order_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The status then.
    pub status: Status,
    /// The version then.
    pub version: i64,
    /// What is due.
    pub amount: Money,
    /// Taken for this order, minor units.
    pub captured_minor: i64,
    /// Given back, minor units.
    pub refunded_minor: i64,
    /// What is sold and to whom.
    pub particulars: Particulars,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// Unix milliseconds.
    pub paid_at: Option<i64>,
    /// The provider's reference of the payment.
    pub provider_reference: Option<String>,
    /// What the status rested on, in words.
    pub evidence: String,
    /// How many attempts there were.
    pub attempts: u32,
}

impl View {
    /// The payment as it stands, with this many attempts.
    pub fn of(payment: &Payment, attempts: usize) -> Self {
        Self {
            id: payment.id.clone(),
            order_id: payment.order_id.clone(),
            mode: payment.mode,
            status: payment.status,
            version: payment.version,
            amount: payment.terms.amount,
            captured_minor: payment.captured_minor,
            refunded_minor: payment.refunded_minor,
            particulars: payment.particulars.clone(),
            created_at: payment.created_at,
            expires_at: payment.open_until,
            paid_at: payment.paid_at,
            provider_reference: payment.provider_reference.clone(),
            evidence: payment.evidence.clone(),
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        }
    }
}
