//! Events: what the outside is told when a payment's projection changes. Each event owes one delivery to each
//! installation that asked for it.

use crate::fold::Exception;
use crate::{Outcome, Status};

/// A thing to tell, by its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event(&'static str);

impl Event {
    /// The payment was made.
    pub const CREATED: Self = Self("payment.created");
    /// A person must decide something.
    pub const EXCEPTION_OPENED: Self = Self("exception.opened");

    /// The event of reaching a status.
    pub fn of(status: Status) -> Self {
        match status {
            Status::Created => Self::CREATED,
            Status::Pending => Self("payment.pending"),
            Status::Paid => Self("payment.paid"),
            Status::Failed => Self("payment.failed"),
            Status::Expired => Self("payment.expired"),
            Status::Cancelled => Self("payment.cancelled"),
            Status::ManualReview => Self("payment.manual_review"),
            Status::PartiallyRefunded => Self("payment.partially_refunded"),
            Status::Refunded => Self("payment.refunded"),
        }
    }

    /// The name in the API: `payment.paid`.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// What stood before.
#[derive(Debug, Clone)]
pub struct Before {
    /// The status until now.
    pub status: Status,
    /// Whether the payment was announced paid at any time: that is said once in its life.
    pub announced_paid: bool,
    /// The exceptions opened so far.
    pub exceptions: Vec<Exception>,
}

/// The events that lead from what stood before to this outcome.
pub fn events_between(before: &Before, after: &Outcome<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let said_already = after.status == Status::Paid && before.announced_paid;
    if after.status != before.status && !said_already {
        events.push(Event::of(after.status));
    }
    if after.exceptions.iter().any(|exception| !before.exceptions.contains(exception)) {
        events.push(Event::EXCEPTION_OPENED);
    }
    events
}
