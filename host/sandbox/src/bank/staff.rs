//! What the bank does by itself, as its staff or the payer's bank would: taking payments back, giving back without being
//! asked, and finding out late that a refund did not arrive. Each answers whether it could be done.

use super::Bank;
use super::refund::Progress;
use super::session::Status;

impl Bank {
    /// Undoes a paid session whole. Refunds of it that are in progress come to nothing.
    pub fn reverse(&self, session_id: &str) -> bool {
        self.take_back(session_id, Status::Reversed)
    }

    /// The payer's bank takes a paid session's money back. Refunds that are in progress go on: then the payer gets it twice.
    pub fn charge_back(&self, session_id: &str) -> bool {
        self.take_back(session_id, Status::ChargedBack)
    }

    fn take_back(&self, session_id: &str, status: Status) -> bool {
        self.with(|state, now| {
            let paid = state.session_index(session_id).filter(|index| state.sessions[*index].status == Status::Paid);
            if let Some(index) = paid {
                state.move_to(index, status, now);
            }
            paid.is_some()
        })
    }

    /// Gives back a part of a paid session, in minor units, if so much is left. The merchant sees it in the session's total
    /// only.
    pub fn refund_by_staff(&self, session_id: &str, minor: i64) -> bool {
        self.with(|state, now| {
            let session = state.session_index(session_id);
            let fitting = session.filter(|index| (1..=state.refundable(*index)).contains(&minor));
            if let Some(index) = fitting {
                state.add_refund(index, None, minor, Progress::Succeeded, now);
            }
            fitting.is_some()
        })
    }

    /// A refund that is in progress or had succeeded fails; the money is the merchant's again. Takes the bank's id.
    pub fn fail_refund(&self, refund_id: &str) -> bool {
        self.with(|state, now| {
            let refund = state.refunds.iter().position(|refund| refund.id == refund_id);
            let alive = refund.filter(|index| !matches!(state.refunds[*index].progress, Progress::Failed(_)));
            if let Some(index) = alive {
                state.move_refund(index, Progress::Failed("the card's bank sent it back"), now);
            }
            alive.is_some()
        })
    }

    /// Lets requests to cancel arrive that were late; returns how many that were.
    pub fn late_cancels_arrive(&self) -> usize {
        self.with(|state, now| {
            let late = std::mem::take(&mut state.late_cancels);
            for id in &late {
                state.carry_out_cancel(id, now);
            }
            late.len()
        })
    }

    /// Carries out every refund that is in progress, and returns how many that were.
    pub fn finish_refunds(&self) -> usize {
        self.with(|state, now| {
            let waiting = (0..state.refunds.len())
                .filter(|index| state.refunds[*index].progress == Progress::Underway)
                .collect::<Vec<_>>();
            for index in &waiting {
                let reversed = state.sessions[state.refunds[*index].session].status == Status::Reversed;
                let end = if reversed { Progress::Failed("the payment was reversed") } else { Progress::Succeeded };
                state.move_refund(*index, end, now);
            }
            waiting.len()
        })
    }
}
