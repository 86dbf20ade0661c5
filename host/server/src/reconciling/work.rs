//! The work on a report, as a job that goes on after a crash where it stopped: lines are compared and kept, then each that may say
//! something is learned in a transaction of its own, then a person is told of what is missing.

use super::{comparing, learning, telling, uploads};
use crate::app::App;
use crate::work::Fault;
use kamurj_reports::{Mapping, read};
use kamurj_store::jobs::{self, Job};
use kamurj_store::movements;
use kamurj_store::reconciliations::lines::{self, Verdict};
use kamurj_store::reconciliations::{self as reports, Counts, Report, progress};
use kamurj_store::{Tx, reconciliations::uploads as kept};
use std::sync::Arc;

/// Lines that are kept in one transaction.
const CHUNK: usize = 1_000;
/// Lines that are read at once.
const PAGE: i64 = 200;

/// The lease is lost, or there is nothing more to do: what was done stands.
struct Over;

/// Why the work does not go on now.
enum Stopped {
    Over,
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Over> for Stopped {
    fn from(_: Over) -> Self {
        Self::Over
    }
}

/// Does the work.
pub(crate) async fn work(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    match done(app, job).await {
        Ok(()) | Err(Stopped::Over) => Ok(()),
        Err(Stopped::Fault(fault)) => Err(fault),
    }
}

async fn done(app: &Arc<App>, job: &Job) -> Result<(), Stopped> {
    let mut report = found(app, job).await?;
    if report.state == "reading" {
        if let Err(problem) = compare(app, job, &report).await? {
            tracing::info!(report.id = report.id, problem, "a report cannot be compared");
            let mut tx = held(app, job).await?;
            progress::fail(&mut tx, &report.id, &problem).await?;
            return finish(app, job, tx, report.upload_id.as_deref()).await;
        }
        report = found(app, job).await?;
    }
    learn_lines(app, job, &report).await?;
    tell_absences(app, job, &report).await?;
    close_found(app, job, &report).await?;
    let mut tx = held(app, job).await?;
    let tally = progress::tally(&mut tx, &report.id).await?;
    let counts = Counts { ours_only: report.counts.ours_only, ..tally };
    reports::finish(&mut tx, &report.id, counts).await?;
    finish(app, job, tx, None).await
}

async fn found(app: &App, job: &Job) -> Result<Report, Stopped> {
    let report = reports::of_job(&mut app.db.read().await?, &job.subject).await?;
    report.ok_or_else(|| Fault::Broken(format!("the report {} is gone", job.subject)).into())
}

/// A transaction of whoever still holds the job, for a while longer.
async fn held(app: &App, job: &Job) -> Result<Tx, Stopped> {
    let mut tx = app.db.write().await?;
    if jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        return Ok(tx);
    }
    tx.rollback().await?;
    Err(Over.into())
}

async fn finish(app: &App, job: &Job, mut tx: Tx, upload: Option<&str>) -> Result<(), Stopped> {
    if let Some(upload) = upload {
        kept::remove(&mut tx, upload).await?;
    }
    if !jobs::finish(&mut tx, job).await? {
        tx.rollback().await?;
        return Err(Over.into());
    }
    app.commit(tx).await?;
    Ok(())
}

/// Reads the file again, holds it against the movements, and keeps every line; or says why that cannot be.
async fn compare(app: &Arc<App>, job: &Job, report: &Report) -> Result<Result<(), String>, Stopped> {
    let gone = || Ok(Err("its file is gone: hand it in again".to_owned()));
    let whose = (report.merchant_id.as_str(), report.mode);
    let Some(upload) = report.upload_id.as_deref() else { return gone() };
    let Some(upload) = kept::by_id(&mut app.db.read().await?, whose, upload).await? else { return gone() };
    let upload_id = upload.id.clone();
    let Ok(bytes) = uploads::opened(app, upload).await else { return gone() };
    let mapping: Result<Mapping, _> = serde_json::from_str(&report.mapping);
    let Ok(mapping) = mapping else { return Ok(Err("its columns cannot be read: hand it in again".to_owned())) };
    let reading = move || {
        let table = read(&bytes, &mapping.reading()).map_err(|refusal| refusal.to_string())?;
        Ok::<_, String>(kamurj_reports::lines(&table, &mapping).lines)
    };
    let lines = match blocking(reading).await? {
        Ok(lines) => lines,
        Err(problem) => return Ok(Err(problem)),
    };
    let Some(movements) = comparing::movements(app, report, &lines).await? else {
        return Ok(Err("too much moved in its time: hand in reports of shorter times".to_owned()));
    };
    let period = (report.period_from, report.period_to);
    let compared = blocking(move || comparing::compared(period, &movements, &lines)).await?;
    let mut tx = held(app, job).await?;
    progress::clear(&mut tx, &report.id).await?;
    app.commit(tx).await?;
    for chunk in compared.lines.chunks(CHUNK) {
        let mut tx = held(app, job).await?;
        lines::insert(&mut tx, &report.id, chunk).await?;
        app.commit(tx).await?;
    }
    for chunk in compared.absences.chunks(CHUNK) {
        let mut tx = held(app, job).await?;
        lines::add_absences(&mut tx, &report.id, chunk).await?;
        app.commit(tx).await?;
    }
    let totals = serde_json::to_string(&compared.totals).expect("totals are made of JSON values");
    let mut tx = held(app, job).await?;
    progress::compared(&mut tx, &report.id, compared.counts, compared.edge, &totals).await?;
    kept::remove(&mut tx, &upload_id).await?;
    app.commit(tx).await?;
    Ok(Ok(()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stopped> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::Panicked(error.to_string()).into())
}

async fn reached(app: &App, report: &Report) -> Result<progress::Reached, Stopped> {
    let reached = progress::reached(&mut app.db.read().await?, &report.id).await?;
    reached.ok_or_else(|| Fault::Broken(format!("the report {} is gone", report.id)).into())
}

async fn learn_lines(app: &Arc<App>, job: &Job, report: &Report) -> Result<(), Stopped> {
    loop {
        let last = reached(app, report).await?.last_line;
        let page = progress::telling(&mut app.db.read().await?, &report.id, last, PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        // One payment in a transaction: two in another order than somebody else's would wait for each other.
        for line in page {
            let mut tx = held(app, job).await?;
            let (line, exception) = learning::learn(app, &mut tx, report, line).await?;
            progress::settle_line(&mut tx, &report.id, &line, exception.as_deref()).await?;
            app.commit(tx).await?;
        }
    }
}

async fn tell_absences(app: &Arc<App>, job: &Job, report: &Report) -> Result<(), Stopped> {
    loop {
        let last = reached(app, report).await?.last_absence;
        let page = lines::absences(&mut app.db.read().await?, &report.id, &last, PAGE).await?;
        if page.is_empty() {
            return Ok(());
        }
        for absence in page {
            let mut tx = held(app, job).await?;
            let all = movements::of_payment(&mut tx, &absence.payment_id).await?;
            let stands = |kept: &&movements::Kept| kept.movement.id == absence.movement_id && kept.gone_at.is_none();
            // Another report has it: this one is of another time than it says, or of a part of the bank's lines.
            let is_elsewhere = progress::any_has(&mut tx, &absence.movement_id).await?;
            let exception = match all.iter().find(stands).filter(|_| !is_elsewhere) {
                Some(kept) => Some(telling::of_absence(app, &mut tx, report, kept).await?),
                None => None,
            };
            progress::settle_absence(&mut tx, &report.id, &absence, exception.as_deref()).await?;
            app.commit(tx).await?;
        }
    }
}

/// Ends what earlier reports left open and this one has settled.
async fn close_found(app: &Arc<App>, job: &Job, report: &Report) -> Result<(), Stopped> {
    let open = telling::open_ones(app, report).await?;
    let mut after = 0;
    while !open.is_empty() {
        let matched = Verdict::Matched;
        let page = lines::page(&mut app.db.read().await?, &report.id, matched, after, 5 * PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.line;
        for line in &page {
            let own = telling::subject(report, line);
            let subjects = [Some(own.as_str()), line.movement_id.as_deref()];
            for (subject, payment) in subjects.into_iter().flatten().filter_map(|one| open.get_key_value(one)) {
                let mut tx = held(app, job).await?;
                telling::close(app, &mut tx, report, (subject, payment.as_deref())).await?;
                app.commit(tx).await?;
            }
        }
    }
    Ok(())
}
