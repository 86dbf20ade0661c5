//! Every statement of the store, so that a test can prepare each of them on each engine: what replaces checking queries
//! at compile time.

use crate::{
    attempts, deliveries, exceptions, facts, idempotency, inbox, installations, jobs, journal, merchants, payments,
    runs, secrets, state,
};

/// The statements that both engines must take.
pub fn both() -> Vec<&'static str> {
    [
        attempts::CATALOGUE,
        deliveries::CATALOGUE,
        exceptions::CATALOGUE,
        facts::CATALOGUE,
        idempotency::CATALOGUE,
        inbox::CATALOGUE,
        installations::CATALOGUE,
        jobs::CATALOGUE,
        journal::CATALOGUE,
        merchants::CATALOGUE,
        payments::CATALOGUE,
        runs::CATALOGUE,
        secrets::CATALOGUE,
        state::CATALOGUE,
    ]
    .concat()
}

/// The statements that only PostgreSQL takes.
pub fn postgres_only() -> &'static [&'static str] {
    jobs::POSTGRES_CATALOGUE
}
