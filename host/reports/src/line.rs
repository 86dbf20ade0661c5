//! Rows of a bank's report as lines: exact amounts, one kind, one time. What cannot be read is refused row by row, with its field.

use crate::{
    Column, CurrencyFrom, KindFrom, Mapping, Row, Table, amount, column::alike, headings, moment, number::is_rounded,
};
use kamurj_domain::{Currency, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To the merchant.
    Payment,
    /// Back to the customer, as the merchant asked.
    Refund,
    /// Back to the customer, before the bank had booked the payment.
    Reversal,
    /// Back to the customer, as the customer's bank asked.
    Chargeback,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Payment, Self::Refund, Self::Reversal, Self::Chargeback];

    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
            Self::Chargeback => "chargeback",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A line of a bank's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its row, counted from 1 as spreadsheets do.
    pub row: usize,
    /// The bank's reference.
    pub reference: Option<String>,
    /// The order number that we gave the bank.
    pub order_number: Option<String>,
    /// Which way money went.
    pub kind: Kind,
    /// How much, above zero.
    pub amount: Money,
    /// What the bank kept, zero or above.
    pub fee: Option<Money>,
    /// When, in Unix milliseconds.
    pub time_ms: Option<i64>,
}

/// A row that says something about a payment and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The row, counted from 1 as spreadsheets do.
    pub row: usize,
    /// The field of the mapping.
    pub field: &'static str,
    /// What to do about it.
    pub sentence: String,
}

/// What a table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Its lines, in the order of its rows.
    pub lines: Vec<Line>,
    /// Rows that cannot be read.
    pub refused: Vec<Refused>,
    /// Rows of totals and remarks: neither a reference nor an order number.
    pub totals: Vec<usize>,
    /// Rows whose kind the mapping passes over, and headers repeated on a new page.
    pub passed_over: Vec<usize>,
}

/// Reads the rows of a table. A mapping that does not fit it (see [`crate::check()`]) has its rows refused.
pub fn lines(table: &Table, mapping: &Mapping) -> Report {
    let columns = Columns::of(table, mapping);
    let mut report = Report::default();
    for row in &table.rows {
        match columns.line(row, mapping) {
            Ok(Some(line)) => report.lines.push(line),
            Ok(None) => report.passed_over.push(row.number),
            Err(None) => report.totals.push(row.number),
            Err(Some((field, sentence))) => report.refused.push(Refused { row: row.number, field, sentence }),
        }
    }
    report
}

/// The columns of a mapping, found once.
struct Columns {
    header: Vec<String>,
    reference: Option<usize>,
    order_number: Option<usize>,
    amount: Option<usize>,
    currency: Option<usize>,
    kind: Option<usize>,
    words: BTreeMap<String, Option<Kind>>,
    fee: Option<usize>,
    time: Option<usize>,
}

/// `None` is a row that is no line at all.
type NoLine = Option<(&'static str, String)>;

impl Columns {
    fn of(table: &Table, mapping: &Mapping) -> Self {
        let find = |column: Option<&Column>| column.and_then(|column| column.place(table));
        let currency = match &mapping.currency {
            CurrencyFrom::Fixed(_) => None,
            CurrencyFrom::Column(column) => Some(column),
        };
        let (kind, mut words) =
            (if let KindFrom::Words(words) = &mapping.kind { Some(words) } else { None }, BTreeMap::new());
        for (_, kind, said) in kind.iter().flat_map(|words| words.meanings()) {
            words.extend(said.iter().map(|word| (alike(word), kind)));
        }
        Self {
            header: table.header.iter().map(|name| alike(name)).collect(),
            reference: find(mapping.reference.as_ref()),
            order_number: find(mapping.order_number.as_ref()),
            amount: find(mapping.amount.as_ref()),
            currency: find(currency),
            kind: find(kind.map(|words| &words.column)),
            words,
            fee: find(mapping.fee.as_ref()),
            time: find(mapping.time.as_ref().map(|time| &time.column)),
        }
    }

    fn line(&self, row: &Row, mapping: &Mapping) -> Result<Option<Line>, NoLine> {
        if row.cells.iter().map(|cell| alike(cell)).eq(self.header.iter().cloned()) {
            return Ok(None);
        }
        let reference = name(row, self.reference);
        let order_number = name(row, self.order_number);
        if reference.is_none() && order_number.is_none() {
            return Err(None);
        }
        for (field, text) in [("reference", &reference), ("order_number", &order_number)] {
            if text.as_deref().is_some_and(is_rounded) {
                let sentence = "a spreadsheet took this for a number and lost its digits: send the file as the bank gave it, not \
                                saved again";
                return Err(Some((field, sentence.to_owned())));
            }
        }
        let said = match &mapping.kind {
            KindFrom::Words(_) => match self.said(row)? {
                Some(kind) => Some(kind),
                None => return Ok(None),
            },
            KindFrom::Payments | KindFrom::Sign => None,
        };
        let currency = self.currency(row, &mapping.currency)?;
        let stated = amount::read(filled(row, self.amount, "amount")?, mapping.decimals, currency)
            .map_err(|sentence| Some(("amount", sentence)))?;
        if stated.money.minor == 0 {
            return Err(Some(("amount", "the amount is zero: correct the cell, or delete the row".to_owned())));
        }
        let kind = match (&mapping.kind, said) {
            (KindFrom::Sign, _) if stated.negative => Kind::Refund,
            (_, said) => said.unwrap_or(Kind::Payment),
        };
        // Money that goes back is written with a minus by some and without by others; a payment with one is a correction.
        if kind == Kind::Payment && stated.negative {
            let sentence = "a payment below zero: choose the words or the sign that tell refunds from payments";
            return Err(Some(("kind", sentence.to_owned())));
        }
        let fee = optional(row, self.fee, |cell| {
            let fee = amount::read(cell, mapping.decimals, currency).map_err(|sentence| Some(("fee", sentence)))?;
            Ok(fee.money)
        })?;
        let time_ms = match &mapping.time {
            Some(time) => optional(row, self.time, |cell| {
                moment::read(cell, time.format).map_err(|sentence| Some(("time", sentence)))
            })?,
            None => None,
        };
        Ok(Some(Line { row: row.number, reference, order_number, kind, amount: stated.money, fee, time_ms }))
    }

    /// What the words of a row say; `None` is passed over.
    fn said(&self, row: &Row) -> Result<Option<Kind>, NoLine> {
        let cell = filled(row, self.kind, "kind")?;
        let unknown = || {
            let shown: String = cell.chars().take(40).collect();
            Some((
                "kind",
                format!("say what \"{shown}\" means: a payment, a refund, a reversal, a chargeback or nothing"),
            ))
        };
        self.words.get(&alike(cell)).copied().ok_or_else(unknown)
    }

    fn currency(&self, row: &Row, from: &CurrencyFrom) -> Result<Currency, NoLine> {
        match from {
            CurrencyFrom::Fixed(currency) => Ok(*currency),
            CurrencyFrom::Column(_) => {
                let cell = filled(row, self.currency, "currency")?;
                let shown: String = cell.chars().take(40).collect();
                let unknown = || {
                    Some((
                        "currency",
                        format!("\"{shown}\" is no currency that is known here: write AMD, RUB, USD or EUR"),
                    ))
                };
                amount::currency(cell).ok_or_else(unknown)
            }
        }
    }
}

/// What a cell says, if it says anything.
fn optional<T>(row: &Row, place: Option<usize>, read: impl Fn(&str) -> Result<T, NoLine>) -> Result<Option<T>, NoLine> {
    place.map(|place| row.text(place)).filter(|cell| !is_nothing(cell)).map(read).transpose()
}

/// The text of a cell that must say something.
fn filled<'r>(row: &'r Row, place: Option<usize>, field: &'static str) -> Result<&'r str, NoLine> {
    let cell = place.map_or("", |place| row.text(place));
    if is_nothing(cell) {
        return Err(Some((field, "the cell is empty: fill it, or delete the row".to_owned())));
    }
    Ok(cell)
}

/// A reference or an order number. Some write zeros where there is none, and "Total" stands in whichever column comes first.
fn name(row: &Row, place: Option<usize>) -> Option<String> {
    let cell = row.text(place?).trim_start_matches('\'').trim();
    let none = is_nothing(cell) || cell.bytes().all(|byte| byte == b'0') || headings::is_total(cell);
    (!none).then(|| cell.to_owned())
}

/// What stands in a cell for nothing.
fn is_nothing(cell: &str) -> bool {
    matches!(cell, "" | "-" | "–" | "—") || ["n/a", "null", "none"].contains(&cell.to_lowercase().as_str())
}
