//! Defects that the simulation seeds on purpose, to show that it would see them. No setting, argument or request reaches the
//! switch: it is thrown by code of the tests, for one thread, and a release build has no switch at all.

/// A defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// Every message from outside counts as new.
    DedupOff,
    /// A form that is sent again is taken for another.
    FormKeyIgnored,
    /// What the provider took is not compared with what was asked.
    AmountUnchecked,
    /// A plugin's effect is sent without having been written down.
    RecordSkipped,
    /// Whoever lost a job's lease may keep a result all the same.
    FenceIgnored,
    /// A push without the right signature is believed.
    SignatureUnchecked,
    /// A browser that says "paid" is believed.
    ClaimBelieved,
    /// A request with a known idempotency key is done again.
    IdempotencyOff,
    /// Order number and session of a push need not belong together.
    ReferencesUnchecked,
    /// A refund is asked for without looking at what other refunds have reserved.
    ReservationOff,
    /// A status is decided from the facts as they were before the newest came.
    StaleFold,
    /// What the fold found is not written into the payment.
    StaleProjection,
    /// The journal leaves out that a fact came.
    JournalSkipped,
    /// A payment that is paid is told to everybody each time that it is folded.
    ToldAgain,
    /// The customers of a link's last place are not counted.
    CapIgnored,
}

impl Defect {
    /// Each of them.
    pub const ALL: [Self; 15] = [
        Self::DedupOff,
        Self::FormKeyIgnored,
        Self::AmountUnchecked,
        Self::RecordSkipped,
        Self::FenceIgnored,
        Self::SignatureUnchecked,
        Self::ClaimBelieved,
        Self::IdempotencyOff,
        Self::ReferencesUnchecked,
        Self::ReservationOff,
        Self::StaleFold,
        Self::StaleProjection,
        Self::JournalSkipped,
        Self::ToldAgain,
        Self::CapIgnored,
    ];
}

#[cfg(debug_assertions)]
mod switch {
    use super::Defect;
    use std::cell::Cell;

    thread_local! {
        static SEEDED: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Whether this thread has the defect.
    pub fn has(defect: Defect) -> bool {
        SEEDED.get() == Some(defect)
    }

    /// Gives this thread a defect, or takes it away. For tests.
    pub fn seed(defect: Option<Defect>) {
        SEEDED.set(defect);
    }
}

#[cfg(not(debug_assertions))]
mod switch {
    use super::Defect;

    /// Never: this build has no switch.
    pub const fn has(_defect: Defect) -> bool {
        false
    }
}

pub use switch::has;
#[cfg(debug_assertions)]
pub use switch::seed;
