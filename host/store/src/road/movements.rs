//! The movements of money on the road: written with the facts that they come from, and for payments from before there were any.

use super::Road;
use super::settle::{Held, asked};
use crate::attempts::Stored;
use crate::db::{Error, Tx};
use crate::movements;
use kamurj_domain::{Fact, FactKind, movements as derived};

impl Road {
    /// Writes the movements of so many payments from before there were any. Answers of how many: fewer than asked for when none
    /// are left.
    pub async fn write_missing_movements(&self, tx: &mut Tx, limit: i64) -> Result<usize, Error> {
        let missing = movements::missing(tx, limit).await?;
        for payment_id in &missing {
            self.tick(tx, payment_id).await?;
            movements::written(tx, payment_id).await?;
        }
        Ok(missing.len())
    }
}

impl Held<'_> {
    /// Writes the movements that the facts come to. `is_tick`: nothing was learned, so that there is something to write only
    /// where nothing was ever written.
    pub(super) async fn project_movements(
        &self,
        tx: &mut Tx,
        stored: &[Stored],
        known: &[Fact],
        is_tick: bool,
    ) -> Result<(), Error> {
        let found = derived(&self.payment.id, &self.payment.terms, &asked(stored), known, &self.payment.policy);
        // Facts are never removed: without one of these there never was a movement that could be gone.
        let is_source = |fact: &Fact| matches!(fact.kind, FactKind::Approved | FactKind::Decided);
        if found.is_empty() && (is_tick || !known.iter().any(is_source)) {
            return Ok(());
        }
        movements::write(tx, self.payment, stored, &found, self.road.now).await
    }
}
