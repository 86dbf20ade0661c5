//! Seeding a defect into the host of this thread, and in how many orders the simulation must have seen it.

use kamurj_store::defect::{Defect, seed};

/// Takes the defect away when it is dropped.
pub struct Seeded(());

impl Drop for Seeded {
    fn drop(&mut self) {
        seed(None);
    }
}

/// Gives the hosts of this thread a defect.
pub fn seeded(defect: Defect) -> Seeded {
    seed(Some(defect));
    Seeded(())
}

/// Orders within which a defect must be seen, and one in how many buyers buys in the bakery meanwhile.
pub fn caught_within(defect: Defect) -> (u64, u64) {
    match defect {
        Defect::RecordSkipped | Defect::ToldAgain => (1_000, 2),
        Defect::FenceIgnored => (2_000, 2),
        // For the first, somebody must come back unpaid and never pay.
        Defect::ClaimBelieved | Defect::ReservationOff => (2_000, 25),
        // Two buyers must press a link's last place in one moment, and both be paid.
        Defect::CapIgnored => (3_000, 25),
        _ => (1_000, 25),
    }
}
