//! The seven names under which managers see a payment, and which of them outranks which. It must not know a portal's
//! stages.

/// What a manager sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Nobody paid yet.
    AwaitingPayment,
    /// The bank took the money.
    Paid,
    /// A try did not succeed; the customer may try again.
    PaymentFailed,
    /// Its time is over, or the merchant called it off.
    Expired,
    /// A person must look.
    ManualReview,
    /// Part of the money went back.
    PartialRefund,
    /// All of it went back.
    FullRefund,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 7] = [
        Self::AwaitingPayment,
        Self::Paid,
        Self::PaymentFailed,
        Self::Expired,
        Self::ManualReview,
        Self::PartialRefund,
        Self::FullRefund,
    ];

    /// From the payment's status. None for a status that this version does not know: nothing final is done then.
    pub fn of_status(status: &str) -> Option<Self> {
        Some(match status {
            "created" | "pending" => Self::AwaitingPayment,
            "paid" => Self::Paid,
            "failed" => Self::PaymentFailed,
            "expired" | "cancelled" => Self::Expired,
            "manual_review" => Self::ManualReview,
            "partially_refunded" => Self::PartialRefund,
            "refunded" => Self::FullRefund,
            _ => return None,
        })
    }

    /// The name in settings and in the deal's field.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwaitingPayment => "awaiting_payment",
            Self::Paid => "paid",
            Self::PaymentFailed => "payment_failed",
            Self::Expired => "expired",
            Self::ManualReview => "manual_review",
            Self::PartialRefund => "partial_refund",
            Self::FullRefund => "full_refund",
        }
    }

    /// Back from [`name`](Self::name).
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// The bank took money for this. Nothing that is not paid may be written over it.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Paid | Self::PartialRefund | Self::FullRefund => true,
            Self::AwaitingPayment | Self::PaymentFailed | Self::Expired | Self::ManualReview => false,
        }
    }

    /// Not paid, or not yet. A review is neither: it says that somebody must look, whatever stood there before.
    pub fn is_unpaid(self) -> bool {
        match self {
            Self::AwaitingPayment | Self::PaymentFailed | Self::Expired => true,
            Self::Paid | Self::PartialRefund | Self::FullRefund | Self::ManualReview => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn every_status_has_its_name() {
        for (status, name) in [
            ("created", "awaiting_payment"),
            ("pending", "awaiting_payment"),
            ("paid", "paid"),
            ("failed", "payment_failed"),
            ("expired", "expired"),
            ("cancelled", "expired"),
            ("manual_review", "manual_review"),
            ("partially_refunded", "partial_refund"),
            ("refunded", "full_refund"),
        ] {
            assert_eq!(View::of_status(status).map(View::name), Some(name));
            assert_eq!(View::of_name(name).map(View::name), Some(name));
        }
        assert_eq!(View::of_status("something_new"), None);
    }
}
