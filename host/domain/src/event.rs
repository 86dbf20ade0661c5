//! Events: what the outside is told when a payment's projection changes. Each event owes one delivery to each
//! installation that asked for it.

use crate::{Exception, Outcome, Status};

/// A thing to tell, by its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event(&'static str);

impl Event {
    /// The payment was made.
    pub const CREATED: Self = Self("payment.created");
    /// The payment is paid once more, after something else was told of it. Paid itself is announced once in a payment's life, to
    /// people; this is for records that must show how it stands.
    pub const PAID_AGAIN: Self = Self("payment.paid_again");
    /// The customer has not paid yet and is reminded. It says nothing of money.
    pub const REMINDER: Self = Self("payment.reminder");
    /// Somebody wants the payment's link sent to its conversation, for the first time or again. It says nothing of money and
    /// is for the one channel that has the conversation.
    pub const SEND: Self = Self("payment.send");
    /// A person must decide something.
    pub const EXCEPTION_OPENED: Self = Self("exception.opened");
    /// A person need not decide something any more.
    pub const EXCEPTION_RESOLVED: Self = Self("exception.resolved");

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

    /// Every name.
    pub fn names() -> Vec<&'static str> {
        let of_statuses = Status::ALL.into_iter().map(Self::of);
        let others = [Self::PAID_AGAIN, Self::REMINDER, Self::SEND, Self::EXCEPTION_OPENED, Self::EXCEPTION_RESOLVED];
        of_statuses.chain(others).map(Self::name).collect()
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
    /// Minor units that had gone back until now.
    pub refunded_minor: i64,
    /// The exceptions opened so far.
    pub exceptions: Vec<Exception>,
}

/// The events that lead from what stood before to this outcome.
pub fn events_between(before: &Before, after: &Outcome<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let said_already = after.status == Status::Paid && before.announced_paid;
    // Each further part that goes back is told.
    let more_went_back = after.status == Status::PartiallyRefunded && after.refunded_minor != before.refunded_minor;
    if after.status != before.status || more_went_back {
        events.push(if said_already { Event::PAID_AGAIN } else { Event::of(after.status) });
    }
    if after.exceptions.iter().any(|exception| !before.exceptions.contains(exception)) {
        events.push(Event::EXCEPTION_OPENED);
    }
    if before.exceptions.iter().any(|exception| !after.exceptions.contains(exception)) {
        events.push(Event::EXCEPTION_RESOLVED);
    }
    events
}
