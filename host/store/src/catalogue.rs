//! Every statement of the store, so that a test can prepare each of them on each engine: what replaces checking queries
//! at compile time.

use crate::{
    api_keys, attempts, audit, audit_log, branding, changed, checkpoints, comparisons, connections, conversations,
    deliveries, events, exceptions, facts, idempotency, inbox, installations, jobs, journal, limits, links, merchants,
    movements, occurrences, opens, operators, order_sequences, payments, plugins, provider_accounts, provider_calls,
    reconciliations, refunds, reminders, restorations, runs, search, secrets, sends, state,
};

/// The statements that both engines must take.
pub fn both() -> Vec<&'static str> {
    [
        api_keys::CATALOGUE,
        attempts::CATALOGUE,
        audit::CATALOGUE,
        audit_log::CATALOGUE,
        audit::told::CATALOGUE,
        branding::CATALOGUE,
        branding::cards::CATALOGUE,
        branding::pictures::CATALOGUE,
        changed::CATALOGUE,
        checkpoints::CATALOGUE,
        comparisons::CATALOGUE,
        connections::CATALOGUE,
        connections::revocations::CATALOGUE,
        connections::starts::CATALOGUE,
        conversations::CATALOGUE,
        deliveries::CATALOGUE,
        deliveries::again::CATALOGUE,
        deliveries::receipts::CATALOGUE,
        events::CATALOGUE,
        exceptions::CATALOGUE,
        facts::CATALOGUE,
        idempotency::CATALOGUE,
        inbox::CATALOGUE,
        installations::CATALOGUE,
        installations::standing::CATALOGUE,
        installations::versions::CATALOGUE,
        jobs::CATALOGUE,
        jobs::faults::CATALOGUE,
        jobs::lanes::CATALOGUE,
        jobs::turns::CATALOGUE,
        journal::CATALOGUE,
        journal::exported::CATALOGUE,
        limits::CATALOGUE,
        links::CATALOGUE,
        links::places::CATALOGUE,
        merchants::CATALOGUE,
        movements::CATALOGUE,
        occurrences::CATALOGUE,
        operators::CATALOGUE,
        operators::invitations::CATALOGUE,
        operators::proofs::CATALOGUE,
        operators::sessions::CATALOGUE,
        opens::CATALOGUE,
        order_sequences::CATALOGUE,
        restorations::CATALOGUE,
        payments::CATALOGUE,
        plugins::CATALOGUE,
        provider_accounts::CATALOGUE,
        provider_accounts::changes::CATALOGUE,
        provider_calls::CATALOGUE,
        reconciliations::CATALOGUE,
        reconciliations::daily::CATALOGUE,
        reconciliations::lines::CATALOGUE,
        reconciliations::mappings::CATALOGUE,
        reconciliations::progress::CATALOGUE,
        reconciliations::shown::CATALOGUE,
        reconciliations::uploads::CATALOGUE,
        refunds::CATALOGUE,
        reminders::CATALOGUE,
        runs::CATALOGUE,
        runs::kept::CATALOGUE,
        runs::prune::CATALOGUE,
        runs::usage::CATALOGUE,
        search::CATALOGUE,
        secrets::CATALOGUE,
        secrets::renewals::CATALOGUE,
        sends::CATALOGUE,
        state::CATALOGUE,
    ]
    .concat()
}

/// The statements that only PostgreSQL takes.
pub fn postgres_only() -> &'static [&'static str] {
    jobs::POSTGRES_CATALOGUE
}
