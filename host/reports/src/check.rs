//! Whether a mapping fits a table, told before any line is read: what is wrong, and where in the mapping.

use crate::{Column, CurrencyFrom, Decimals, KindFrom, Mapping, Row, Table, amount, column::alike, moment};
use kamurj_domain::Currency;
use std::collections::BTreeMap;

/// What is wrong with a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// A JSON pointer (RFC 6901) into the mapping.
    pub pointer: &'static str,
    /// What to do about it.
    pub sentence: String,
}

/// So many filled cells of a column are tried; one that can be read is enough, for totals and slips stand in columns too.
const TRIED: usize = 50;

/// What is wrong with this mapping for this table; nothing if its lines can be read.
pub fn check(mapping: &Mapping, table: &Table) -> Vec<Wrong> {
    let mut checking = Checking { table, taken: BTreeMap::new(), wrong: Vec::new() };
    if mapping.header_row.is_some_and(|row| row != table.header_row) {
        checking.say(
            "/header_row",
            format!("the table was read with row {} as its header: read it anew", table.header_row),
        );
    }
    if mapping.reference.is_none() && mapping.order_number.is_none() {
        checking.say(
            "/reference",
            "choose the column with the bank's reference, or the one with the order number".to_owned(),
        );
    }
    checking.optional("/reference", mapping.reference.as_ref());
    checking.optional("/order_number", mapping.order_number.as_ref());
    let amount = checking.optional("/amount", mapping.amount.as_ref());
    if mapping.amount.is_none() {
        checking.say("/amount", "choose the column with the amount".to_owned());
    }
    checking.currency(&mapping.currency);
    checking.kind(&mapping.kind);
    let fee = checking.optional("/fee", mapping.fee.as_ref());
    for (pointer, place) in [("/amount", amount), ("/fee", fee)] {
        let Some(place) = place else { continue };
        if !checking.readable(place, |cell| is_amount(cell, mapping.decimals)) {
            let other =
                Decimals::ALL.into_iter().find(|style| checking.readable(place, |cell| is_amount(cell, *style)));
            match other {
                Some(style) => checking
                    .say("/decimals", format!("amounts there are written like {}: choose that", style.example())),
                None => checking.say(pointer, "no cell of this column is an amount: choose another column".to_owned()),
            }
        }
    }
    if let Some(time) = &mapping.time
        && let Some(place) = checking.place("/time/column", &time.column)
        && !checking.readable(place, |cell| moment::read(cell, time.format).is_ok())
    {
        let sentence =
            format!("no cell of this column is a time such as {}: choose how times are written", time.format.example());
        checking.say("/time/format", sentence);
    }
    checking.wrong
}

/// Whether this is an amount, in whichever currency: what a line's is, is told apart.
pub(crate) fn is_amount(cell: &str, style: Decimals) -> bool {
    [Currency::Amd, Currency::Rub, Currency::Usd, Currency::Eur]
        .into_iter()
        .any(|currency| amount::read(cell, style, currency).is_ok())
}

struct Checking<'t> {
    table: &'t Table,
    taken: BTreeMap<usize, &'static str>,
    wrong: Vec<Wrong>,
}

impl Checking<'_> {
    fn say(&mut self, pointer: &'static str, sentence: String) {
        self.wrong.push(Wrong { pointer, sentence });
    }

    fn optional(&mut self, pointer: &'static str, column: Option<&Column>) -> Option<usize> {
        column.and_then(|column| self.place(pointer, column))
    }

    /// Where the column stands, if it is there and means nothing else.
    fn place(&mut self, pointer: &'static str, column: &Column) -> Option<usize> {
        let Some(place) = column.place(self.table) else {
            let names: Vec<_> = self.table.header.iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
            let sentence = format!("the table has no column {}: choose one of {}", column.shown(), names.join(", "));
            self.say(pointer, sentence);
            return None;
        };
        if let Some(other) = self.taken.insert(place, pointer) {
            self.say(pointer, format!("column {} is {other} already: choose another", column.shown()));
        }
        Some(place)
    }

    fn readable(&self, place: usize, is_read: impl Fn(&str) -> bool) -> bool {
        let mut filled =
            self.table.rows.iter().map(|row: &Row| row.text(place)).filter(|cell| !cell.is_empty()).take(TRIED);
        let mut none = true;
        // A column that is wholly empty is no reason to refuse a report without lines.
        filled.any(|cell| {
            none = false;
            is_read(cell)
        }) || none
    }

    fn currency(&mut self, from: &CurrencyFrom) {
        if let CurrencyFrom::Column(column) = from
            && let Some(place) = self.place("/currency/column", column)
            && !self.readable(place, |cell| amount::currency(cell).is_some())
        {
            let sentence =
                "no cell of this column is a currency such as AMD: choose another, or say one for the whole report";
            self.say("/currency/column", sentence.to_owned());
        }
    }

    fn kind(&mut self, from: &KindFrom) {
        let KindFrom::Words(words) = from else {
            return;
        };
        self.place("/kind/words/column", &words.column);
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for (pointer, _, words) in words.meanings() {
            for word in words {
                match known.insert(alike(word), pointer) {
                    Some(other) if other != pointer => {
                        self.say(pointer, format!("\"{word}\" is in {other} already: a word means one thing"));
                    }
                    _ => {}
                }
            }
        }
        if words.payment.is_empty()
            && words.refund.is_empty()
            && words.reversal.is_empty()
            && words.chargeback.is_empty()
        {
            self.say(
                "/kind/words/payment",
                "say which words of that column mean a payment, and which a refund".to_owned(),
            );
        }
    }
}
