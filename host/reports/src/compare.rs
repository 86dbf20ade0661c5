//! The bank's lines held against our movements: what agrees, what differs, and what only one side has. Pure: the order in which lines
//! and movements come changes nothing.

use crate::{Kind, Line, matching};
use kamurj_domain::Money;
use std::collections::BTreeSet;

/// Banks date what happens about midnight, and about the close of their own day, otherwise than we do.
const EDGE_MS: i64 = 24 * 60 * 60 * 1000;

/// The time that a report is about, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from_ms: i64,
    /// The first moment after it.
    pub to_ms: i64,
}

impl Period {
    fn has(self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }

    fn has_at_its_edge(self, at_ms: i64) -> bool {
        at_ms.saturating_sub(self.from_ms) < EDGE_MS || self.to_ms.saturating_sub(at_ms) <= EDGE_MS
    }
}

/// A movement of money as we know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Its id, unlike every other's.
    pub id: String,
    /// The payment that it is of.
    pub payment_id: String,
    /// The merchant's order.
    pub order_id: String,
    /// What the bank calls the order number.
    pub attempt_number: String,
    /// Every name that the bank may give it.
    pub references: Vec<String>,
    /// Which way money went.
    pub kind: Kind,
    /// How much, above zero.
    pub amount: Money,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
}

/// A line and the movement that it is about, which agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched<'c> {
    /// The bank's.
    pub line: &'c Line,
    /// Ours.
    pub movement: &'c Movement,
}

/// In what a line and its movement differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The number.
    Amount,
    /// The currency.
    Currency,
    /// The way that money went.
    Kind,
}

impl Difference {
    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Kind => "kind",
        }
    }
}

/// A line and the movement that it is about, which do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing<'c> {
    /// The bank's.
    pub line: &'c Line,
    /// Ours.
    pub movement: &'c Movement,
    /// In what.
    pub what: Vec<Difference>,
}

/// What came of it. Lines stand by their rows, movements by their times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison<'c> {
    /// Both sides say the same.
    pub matched: Vec<Matched<'c>>,
    /// Both sides know of it and say otherwise.
    pub differing: Vec<Differing<'c>>,
    /// Movements well inside the period that no line is about.
    pub ours_only: Vec<&'c Movement>,
    /// Movements in the first or last day of the period that no line is about: the report before or after may have them.
    pub edge: Vec<&'c Movement>,
    /// Lines about nothing that we know.
    pub theirs_only: Vec<&'c Line>,
    /// Lines that repeat another word for word, when no second movement accounts for them.
    pub duplicate_lines: Vec<&'c Line>,
}

/// Holds lines against movements. The movements are those of the period and of some days around it; those around it are found by lines and
/// missed by nobody.
pub fn compare<'c>(period: Period, movements: &'c [Movement], lines: &'c [Line]) -> Comparison<'c> {
    let mut movements: Vec<&Movement> = movements.iter().collect();
    movements.sort_by(|one, other| (one.at_ms, &one.id).cmp(&(other.at_ms, &other.id)));
    let mut lines: Vec<&Line> = lines.iter().collect();
    lines.sort_by_key(|line| line.row);

    let (mut comparison, mut known, mut found) = (Comparison::default(), BTreeSet::new(), BTreeSet::new());
    let pairs = matching::pairs(&lines, &movements);
    for (line, movement) in lines.iter().zip(&pairs).filter_map(|(line, pair)| Some((*line, movements[(*pair)?]))) {
        known.insert(words(line));
        found.insert(&movement.id);
        let what = differences(line, movement);
        if what.is_empty() {
            comparison.matched.push(Matched { line, movement });
        } else {
            comparison.differing.push(Differing { line, movement, what });
        }
    }
    for line in lines.iter().zip(&pairs).filter_map(|(line, pair)| pair.is_none().then_some(*line)) {
        let repeats = !known.insert(words(line));
        let list = if repeats { &mut comparison.duplicate_lines } else { &mut comparison.theirs_only };
        list.push(line);
    }
    for movement in movements {
        if found.contains(&movement.id) || !period.has(movement.at_ms) {
            continue;
        }
        let list =
            if period.has_at_its_edge(movement.at_ms) { &mut comparison.edge } else { &mut comparison.ours_only };
        list.push(movement);
    }
    comparison
}

/// In what a line and its movement differ.
fn differences(line: &Line, movement: &Movement) -> Vec<Difference> {
    [
        (Difference::Amount, line.amount.minor != movement.amount.minor),
        (Difference::Currency, line.amount.currency != movement.amount.currency),
        (Difference::Kind, line.kind != movement.kind),
    ]
    .into_iter()
    .filter_map(|(difference, is_there)| is_there.then_some(difference))
    .collect()
}

/// All that a line says, but for where it stands.
fn words(line: &Line) -> impl Ord {
    let amount = (line.amount.minor, line.amount.currency, line.fee.map(|fee| fee.minor));
    (&line.reference, &line.order_number, line.kind, amount, line.time_ms)
}
