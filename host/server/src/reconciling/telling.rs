//! What a person is told of a report: one exception for each line or movement of which the facts show none by themselves, however
//! many reports say it, and its end when a later report has it.

use super::kind_of;
use crate::app::App;
use kamurj_domain::{Currency, Event, ExceptionKind, Money};
use kamurj_store::exceptions::{self, Exception, Filter};
use kamurj_store::movements::Kept;
use kamurj_store::reconciliations::Report;
use kamurj_store::reconciliations::lines::Line;
use kamurj_store::{Error, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The kind of all of them.
pub(crate) const DIFFERENCE: &str = "report_difference";

/// How exceptions of lines begin; those of movements have the movement's id.
const LINE: &str = "line:";

/// So many exceptions are read at once.
const PAGE: i64 = 200;

/// Under which name a line is told of: by what it says, so that it is the same in every report. One that names neither a time nor a
/// reference may be another of the same amount, and is known by its place.
pub(crate) fn subject(report: &Report, line: &Line) -> String {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let place = if line.at.is_none() && line.reference.is_none() {
        format!("{}:{}", report.id, line.line)
    } else {
        String::new()
    };
    let mut hash = Sha256::new();
    for part in [
        report.merchant_id.as_str(),
        report.mode.word(),
        &report.provider,
        &line.kind,
        line.reference.as_deref().unwrap_or_default(),
        line.order_number.as_deref().unwrap_or_default(),
        &line.amount_minor.to_string(),
        &line.currency,
        &number(line.at),
        &place,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{LINE}{}", &crate::seal::hex(&hash.finalize())[..32])
}

/// Tells of a line; answers the exception.
pub(crate) async fn of_line(app: &App, tx: &mut Tx, report: &Report, line: &Line) -> Result<String, Error> {
    let amount = Currency::from_code(&line.currency).map(|currency| Money::new(line.amount_minor, currency));
    let amount = amount.map_or_else(|| line.currency.clone(), |amount| amount.to_string());
    let of = line.order_number.as_deref().or(line.reference.as_deref()).unwrap_or("no number");
    let detail = format!(
        "line {} of the bank's report \"{}\" tells of a {} of {amount} ({of}) that is not known here like that",
        line.line, report.file_name, line.kind
    );
    open(app, tx, report, (line.payment_id.as_deref(), &subject(report, line)), detail).await
}

/// Tells of a movement that no line tells of; answers the exception.
pub(crate) async fn of_absence(app: &App, tx: &mut Tx, report: &Report, kept: &Kept) -> Result<String, Error> {
    let (kind, amount) = (kind_of(kept.movement.kind).word(), kept.movement.amount);
    let detail = format!("the bank's report \"{}\" has no line for this {kind} of {amount}", report.file_name);
    open(app, tx, report, (Some(&kept.payment_id), &kept.movement.id), detail).await
}

async fn open(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    (payment, subject): (Option<&str>, &str),
    detail: String,
) -> Result<String, Error> {
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: report.merchant_id.clone(),
        mode: report.mode,
        payment_id: payment.map(str::to_owned),
        kind: DIFFERENCE.to_owned(),
        subject: subject.to_owned(),
        detail,
    };
    let is_news = exceptions::open(tx, &exception, app.now()).await?;
    if let Some(payment) = payment.filter(|_| is_news) {
        let body = json!({ "kind": DIFFERENCE, "subject": subject, "report": report.id });
        app.road("bank report").excepted(tx, payment, Event::EXCEPTION_OPENED, body).await?;
    }
    Ok(exceptions::about(tx, DIFFERENCE, subject).await?.map_or(exception.id, |known| known.id))
}

/// What facts themselves have put before a person about this attempt, refund or payment. What facts have settled again is shown of a line
/// that said so before, and of no other.
pub(crate) async fn by_facts(
    tx: &mut Tx,
    payment_id: &str,
    kinds: &[ExceptionKind],
    subjects: &[&str],
    is_repeated: bool,
) -> Result<Option<String>, Error> {
    let all = exceptions::of_payment(tx, payment_id).await?;
    let stands = |kind: &ExceptionKind| {
        all.iter()
            .filter(|one| one.kind == kind.word() && subjects.contains(&one.subject.as_str()))
            .find(|one| is_repeated || one.resolved_by.as_deref() != Some("facts"))
    };
    Ok(kinds.iter().find_map(stands).map(|one| one.id.clone()))
}

/// What is open of reports, by subject: the payment, where there is one.
pub(crate) async fn open_ones(app: &App, report: &Report) -> Result<BTreeMap<String, Option<String>>, Error> {
    let mut found = BTreeMap::new();
    let mut filter = Filter { kind: Some(DIFFERENCE.to_owned()), open: Some(true), ..Filter::default() };
    loop {
        let mut tx = app.db.read().await?;
        let page = exceptions::page(&mut tx, &report.merchant_id, report.mode, &filter, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        filter.after = Some((last.opened_at, last.id.clone()));
        // What the facts show, the facts close.
        let own = page.into_iter().filter(|one| one.subject.starts_with(LINE) || one.subject.starts_with("mov_"));
        found.extend(own.map(|one| (one.subject, one.payment_id)));
    }
}

/// Ends it, because a report has now what one did not have, or we have what only a report had.
pub(crate) async fn close(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    (subject, payment): (&str, Option<&str>),
) -> Result<(), Error> {
    let resolution = format!("line and movement were found to be the same in {}", report.id);
    if exceptions::close(tx, DIFFERENCE, subject, "facts", &resolution, app.now()).await?
        && let Some(payment) = payment
    {
        let body = json!({ "kind": DIFFERENCE, "subject": subject, "resolution": resolution });
        app.road("bank report").excepted(tx, payment, Event::EXCEPTION_RESOLVED, body).await?;
    }
    Ok(())
}
