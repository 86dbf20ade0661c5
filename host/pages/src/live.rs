//! Which states a page may be left in by itself, and the words by which the page and the server's status answer agree that
//! nothing has changed. Knows nothing of when the server looks, or of how the script asks.

use crate::printed::{Live, Script};
use crate::view::{CheckoutState, CheckoutView, GivenBack};

impl CheckoutState {
    /// The state in one word, as the status answer of a page has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Unfinished { .. } => "unfinished",
            Self::HandingOver { .. } => "handing_over",
            Self::Checking { .. } => "checking",
            Self::Paid(receipt) => match receipt.given_back {
                GivenBack::Nothing => "paid",
                GivenBack::Part(_) => "partly_refunded",
                GivenBack::All(_) => "refunded",
            },
            Self::Failed { .. } => "failed",
            Self::Expired | Self::Renewable { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
            Self::TooMany { .. } => "too_many_attempts",
            Self::InReview { .. } => "in_review",
            Self::Offer(_) => "offer",
            Self::LinkClosed { .. } => "link_closed",
        }
    }

    /// Whether the page may become another while somebody looks at it. A receipt may, too, when money goes back, but nobody
    /// waits for that in front of it.
    pub fn may_change(&self) -> bool {
        match self {
            Self::Ready { .. }
            | Self::Unfinished { .. }
            | Self::Checking { .. }
            | Self::Failed { .. }
            | Self::InReview { .. } => true,
            Self::HandingOver { .. }
            | Self::Paid(_)
            | Self::Expired
            | Self::Renewable { .. }
            | Self::Cancelled { .. }
            | Self::Offer(_)
            | Self::LinkClosed { .. }
            | Self::TooMany { .. } => false,
        }
    }
}

/// The script follows a state that may change, holds a second press back, and prints a receipt. The page that hands over has
/// one of its own.
pub(crate) fn script(view: &CheckoutView, path: &str) -> Option<Script> {
    let may_change = view.state.may_change();
    let version = view.version.filter(|_| may_change);
    let live = version.map(|version| Live { status: format!("{path}/status"), state: view.state.word(), version });
    (may_change || matches!(view.state, CheckoutState::Paid(_))).then_some(Script { live })
}
