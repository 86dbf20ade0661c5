//! What a payment does by the clock: it is folded again when time alone may change its status, and its customer is reminded.

use super::Fault;
use crate::app::App;
use kamurj_domain::Status;
use kamurj_store::jobs::{self, Job, Kind};

/// Reminds the customer, where the payment still waits for them.
pub async fn remind(app: &App, job: &Job) -> Result<(), Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::finish(&mut tx, job).await? {
        tx.rollback().await?;
        return Ok(());
    }
    app.road("reminder").remind(&mut tx, &job.subject).await?;
    app.commit(tx).await?;
    Ok(())
}

/// Folds the payment and sets the next timer.
pub async fn work(app: &App, job: &Job) -> Result<(), Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::finish(&mut tx, job).await? {
        tx.rollback().await?;
        return Ok(());
    }
    let payment = app.road("timer").tick(&mut tx, &job.subject).await?;
    if matches!(payment.status, Status::Created | Status::Failed) {
        jobs::put_at(&mut tx, Kind::Timer, &payment.id, payment.open_until).await?;
    }
    app.commit(tx).await?;
    Ok(())
}
