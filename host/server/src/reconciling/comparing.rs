//! Lines of a report beside our movements: what becomes of each, as it is kept. Pure but for reading the movements.

use super::kind_of;
use crate::app::App;
use kamurj_domain::{Currency, Money};
use kamurj_reports::{Difference, Kind, Movement, Period, compare};
use kamurj_store::movements::{self, Kept};
use kamurj_store::reconciliations::lines::{Absence, Line, Verdict};
use kamurj_store::reconciliations::{Counts, Report};
use kamurj_store::{Error, reconciliations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// How far around the report's time movements are looked for, in milliseconds: banks book on the next working day.
const MARGIN_MS: i64 = 7 * DAY;
/// Lines that lie farther from the report's time than this are compared, but movements there are not fetched for them.
const FARTHEST_MS: i64 = 31 * DAY;
/// Movements that are read in one transaction.
const PAGE: i64 = 1_000;
/// The most movements that one report is held against.
const MOST: usize = 400_000;

/// What both sides come to in one currency: what came less what went back. What is at the edge of the time is on neither side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// The letter code.
    pub(crate) currency: String,
    /// By the bank's lines, minor units.
    pub(crate) theirs_minor: i64,
    /// By our movements, minor units.
    pub(crate) ours_minor: i64,
    /// How many lines are in it.
    pub(crate) lines: i64,
}

/// What came of a comparison, as it is kept.
pub(crate) struct Compared {
    pub(crate) lines: Vec<Line>,
    pub(crate) absences: Vec<Absence>,
    pub(crate) counts: reconciliations::Counts,
    pub(crate) edge: i64,
    pub(crate) totals: Vec<Total>,
}

/// The movements that a report's lines may be about; `None` where they are too many.
pub(crate) async fn movements(
    app: &App,
    report: &Report,
    lines: &[kamurj_reports::Line],
) -> Result<Option<Vec<Movement>>, Error> {
    let times = || lines.iter().filter_map(|line| line.time_ms);
    let first = times().min().unwrap_or(report.period_from).clamp(report.period_from - FARTHEST_MS, report.period_from);
    let last = times().max().unwrap_or(report.period_to).clamp(report.period_to, report.period_to + FARTHEST_MS);
    let (whose, range) = ((report.merchant_id.as_str(), report.mode), (first - MARGIN_MS, last + MARGIN_MS));
    let (mut found, mut after): (Vec<Movement>, Option<(i64, String)>) = (Vec::new(), None);
    loop {
        let mut tx = app.db.read().await?;
        let last = after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = movements::between(&mut tx, whose, range, last, PAGE).await?;
        drop(tx);
        let is_whole = i64::try_from(page.len()).is_ok_and(|length| length == PAGE);
        after = page.last().map(|kept| (kept.movement.at, kept.movement.id.clone()));
        found.extend(page.into_iter().filter(|kept| is_of(kept, report)).map(ours));
        if found.len() > MOST {
            return Ok(None);
        }
        if !is_whole {
            return Ok(Some(found));
        }
    }
}

fn is_of(kept: &Kept, report: &Report) -> bool {
    kept.provider.as_deref() == Some(report.provider.as_str())
        && report.account_id.as_ref().is_none_or(|account| kept.account_id.as_ref() == Some(account))
}

fn ours(kept: Kept) -> Movement {
    Movement {
        id: kept.movement.id,
        payment_id: kept.payment_id,
        order_id: kept.order_id,
        attempt_number: kept.attempt_number.unwrap_or_default(),
        references: kept.movement.reference.into_iter().collect(),
        kind: kind_of(kept.movement.kind),
        amount: kept.movement.amount,
        at_ms: kept.movement.at,
    }
}

/// Holds them against each other.
pub(crate) fn compared(period: (i64, i64), movements: &[Movement], lines: &[kamurj_reports::Line]) -> Compared {
    let found = compare(Period { from_ms: period.0, to_ms: period.1 }, movements, lines);
    let mut totals = Totals::default();
    let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
    for pair in &found.matched {
        totals.add(pair.movement);
        kept.push(line(pair.line, Verdict::Matched, Some(pair.movement), None));
    }
    for pair in &found.differing {
        totals.add(pair.movement);
        kept.push(line(pair.line, Verdict::Differing, Some(pair.movement), worst(&pair.what)));
    }
    // A line that repeats another may be one that the bank counts twice: somebody looks.
    for one in found.theirs_only.iter().chain(&found.duplicate_lines) {
        kept.push(line(one, Verdict::TheirsOnly, None, None));
    }
    for line in lines {
        totals.count(line);
    }
    for movement in &found.ours_only {
        totals.add(movement);
    }
    kept.sort_by_key(|line| line.line);
    let absence =
        |movement: &&Movement| Absence { movement_id: movement.id.clone(), payment_id: movement.payment_id.clone() };
    Compared {
        counts: Counts {
            matched: count(found.matched.len()),
            differing: count(found.differing.len()),
            theirs_only: count(found.theirs_only.len() + found.duplicate_lines.len()),
            ours_only: count(found.ours_only.len()),
        },
        edge: count(found.edge.len()),
        absences: found.ours_only.iter().map(absence).collect(),
        lines: kept,
        totals: totals.0.into_values().collect(),
    }
}

/// The difference that says most: of another kind, the amount says nothing; of another currency, neither.
fn worst(what: &[Difference]) -> Option<Difference> {
    [Difference::Kind, Difference::Currency, Difference::Amount].into_iter().find(|one| what.contains(one))
}

fn line(
    line: &kamurj_reports::Line,
    verdict: Verdict,
    movement: Option<&Movement>,
    differs: Option<Difference>,
) -> Line {
    Line {
        line: count(line.row),
        reference: line.reference.clone(),
        order_number: line.order_number.clone(),
        kind: line.kind.word().to_owned(),
        amount_minor: line.amount.minor,
        currency: line.amount.currency.code().to_owned(),
        fee_minor: line.fee.map(|fee| fee.minor),
        at: line.time_ms,
        verdict: verdict.word().to_owned(),
        movement_id: movement.map(|movement| movement.id.clone()),
        payment_id: movement.map(|movement| movement.payment_id.clone()),
        differs: differs.map(|difference| difference.word().to_owned()),
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[derive(Default)]
struct Totals(BTreeMap<Currency, Total>);

impl Totals {
    fn of(&mut self, currency: Currency) -> &mut Total {
        let code = currency.code().to_owned();
        self.0.entry(currency).or_insert(Total { currency: code, theirs_minor: 0, ours_minor: 0, lines: 0 })
    }

    fn add(&mut self, movement: &Movement) {
        let total = self.of(movement.amount.currency);
        total.ours_minor = total.ours_minor.saturating_add(signed(movement.kind, movement.amount));
    }

    fn count(&mut self, line: &kamurj_reports::Line) {
        let total = self.of(line.amount.currency);
        total.theirs_minor = total.theirs_minor.saturating_add(signed(line.kind, line.amount));
        total.lines += 1;
    }
}

fn signed(kind: Kind, amount: Money) -> i64 {
    if kind == Kind::Payment { amount.minor } else { -amount.minor }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_255_200_000;

    fn movement(id: &str, kind: Kind, minor: i64) -> Movement {
        Movement {
            id: id.to_owned(),
            payment_id: format!("pay_{id}"),
            order_id: "A-1".to_owned(),
            attempt_number: id.to_owned(),
            references: Vec::new(),
            kind,
            amount: Money::new(minor, Currency::Amd),
            at_ms: NOON,
        }
    }

    fn said(row: usize, order_number: &str, kind: Kind, minor: i64) -> kamurj_reports::Line {
        kamurj_reports::Line {
            row,
            reference: None,
            order_number: Some(order_number.to_owned()),
            kind,
            amount: Money::new(minor, Currency::Amd),
            fee: None,
            time_ms: Some(NOON),
        }
    }

    #[test]
    fn the_difference_of_the_totals_is_what_the_findings_come_to() {
        let ours = [
            movement("1", Kind::Payment, 500),
            movement("2", Kind::Payment, 700),
            movement("3", Kind::Refund, 200),
            movement("4", Kind::Payment, 50),
        ];
        let theirs = [
            said(9, "1", Kind::Payment, 500),
            said(3, "2", Kind::Payment, 600),
            said(4, "3", Kind::Refund, 200),
            said(5, "x", Kind::Payment, 30),
        ];
        let found = compared((NOON - 5 * DAY, NOON + 5 * DAY), &ours, &theirs);
        let rows: Vec<(i64, &str)> = found.lines.iter().map(|line| (line.line, line.verdict.as_str())).collect();
        assert_eq!(rows, [(3, "differing"), (4, "matched"), (5, "theirs_only"), (9, "matched")]);
        assert_eq!(found.counts, Counts { matched: 2, differing: 1, theirs_only: 1, ours_only: 1 });
        assert_eq!(found.absences[0].movement_id, "4");
        let total = &found.totals[0];
        assert_eq!((total.theirs_minor, total.ours_minor, total.lines), (930, 1_050, 4));
    }

    #[test]
    fn a_line_that_stands_there_twice_is_counted_and_shown_twice() {
        let theirs = [said(2, "1", Kind::Payment, 500), said(3, "1", Kind::Payment, 500)];
        let found = compared((NOON - 5 * DAY, NOON + 5 * DAY), &[movement("1", Kind::Payment, 500)], &theirs);
        assert_eq!((found.counts.matched, found.counts.theirs_only), (1, 1));
        assert_eq!(worst(&[Difference::Amount, Difference::Currency]), Some(Difference::Currency));
    }
}
