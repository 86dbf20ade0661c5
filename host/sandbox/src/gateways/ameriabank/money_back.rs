//! What goes back of an order, in the bank's own arithmetic: what was approved is always what is deposited and what was
//! refunded together.

use super::order::{Order, Status};

/// CancelPayment works for so long from the initialisation.
const CANCEL_WINDOW_MS: i64 = 72 * 3_600_000;

impl Order {
    /// Gives a part back. The order is `payment_refunded` from the first part on.
    pub(super) fn give_back(&mut self, minor: i64, now: i64) -> Result<(), String> {
        if !matches!(self.status, Status::Deposited | Status::Refunded) {
            return Err("Payment state is not valid for refund".to_owned());
        }
        if minor <= 0 || minor > self.deposited() {
            return Err("Refund amount exceeds deposited amount".to_owned());
        }
        self.refunded += minor;
        self.status = Status::Refunded;
        self.changed_at = now;
        Ok(())
    }

    /// Takes a payment back whole. What the bank does to an unpaid order is not published; here it refuses.
    pub(super) fn cancel(&mut self, now: i64) -> Result<(), String> {
        if !matches!(self.status, Status::Deposited | Status::Approved) {
            return Err("Payment state is not valid for reverse".to_owned());
        }
        if now > self.made_at + CANCEL_WINDOW_MS {
            return Err("The time for reversing is over".to_owned());
        }
        self.status = Status::Void;
        self.changed_at = now;
        Ok(())
    }
}
