//! Asking the provider at once, because a person wants to know: about every attempt that may have a session and every
//! refund whose end is not known.

use super::lookup;
use crate::app::App;
use kamurj_domain::attempt::Call;
use kamurj_store::jobs::{self, Kind};
use kamurj_store::{Error, attempts, refunds};
use std::sync::Arc;
use std::time::Duration;

/// How long the person waits; the asking goes on after that.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks now.
pub async fn now(app: &Arc<App>, payment_id: &str) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let attempts = attempts::of_payment(&mut tx, payment_id).await?;
    let open: Vec<(Kind, String)> = attempts
        .into_iter()
        .filter(|stored| !matches!(stored.attempt.call, Call::Refused { .. }))
        .map(|stored| (Kind::Lookup, stored.attempt.id))
        .chain(
            refunds::of_payment(&mut tx, payment_id)
                .await?
                .into_iter()
                // One that was not sent yet is the worker's to send.
                .filter(|refund| refund.dispatched_at.is_some())
                .map(|refund| (Kind::Refund, refund.id)),
        )
        .collect();
    for (kind, subject) in &open {
        jobs::put(&mut tx, *kind, subject, app.now()).await?;
    }
    tx.commit().await?;
    let asking = async {
        for (kind, subject) in &open {
            lookup::do_now(app, *kind, subject).await;
        }
    };
    if tokio::time::timeout(PATIENCE, asking).await.is_err() {
        tracing::info!(payment.id = payment_id, "the look-ups take longer than the person waits");
    }
    Ok(())
}
