//! The headings of a table that goes out, and the sums below it: one row for each currency, because nothing adds up across them.

use crate::{Cell, words};
use kamurj_domain::{Currency, Money, format::Language};
use std::collections::BTreeMap;

/// A column of a table that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// What stands above it.
    pub title: String,
    /// Whether the amounts in it are added up.
    pub is_summed: bool,
}

impl Heading {
    /// A column that is not added up.
    pub fn plain(title: &str) -> Self {
        Self { title: title.to_owned(), is_summed: false }
    }

    /// A column that is.
    pub fn summed(title: &str) -> Self {
        Self { title: title.to_owned(), is_summed: true }
    }
}

/// Sums by currency and column.
#[derive(Debug)]
pub(crate) struct Sums {
    summed: Vec<bool>,
    /// `None` is a sum beyond all numbers, which is left empty rather than wrong.
    by_currency: BTreeMap<Currency, Vec<Option<i64>>>,
}

impl Sums {
    pub(crate) fn of(headings: &[Heading]) -> Self {
        Self { summed: headings.iter().map(|heading| heading.is_summed).collect(), by_currency: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, cells: &[Cell<'_>]) {
        for (place, cell) in cells.iter().enumerate() {
            if let Cell::Amount(money) = cell
                && self.summed.get(place) == Some(&true)
            {
                let sums = self.by_currency.entry(money.currency).or_insert_with(|| vec![Some(0); self.summed.len()]);
                sums[place] = sums[place].and_then(|sum| sum.checked_add(money.minor));
            }
        }
    }

    /// What each row says before its sums: `Ընդամենը, AMD`.
    pub(crate) fn labels(&self, language: Language) -> Vec<String> {
        let label = |currency: &Currency| format!("{}, {}", words::total(language), currency.code());
        self.by_currency.keys().map(label).collect()
    }

    /// The rows, with these labels in the first column that is not added up.
    pub(crate) fn rows<'l>(&self, labels: &'l [String]) -> Vec<Vec<Cell<'l>>> {
        let label_place = self.summed.iter().position(|summed| !summed);
        let row = |((currency, sums), label): ((&Currency, &Vec<Option<i64>>), &'l String)| {
            let cells = sums.iter().zip(&self.summed).enumerate().map(|(place, (sum, summed))| match sum {
                Some(minor) if *summed => Cell::Amount(Money::new(*minor, *currency)),
                _ if Some(place) == label_place => Cell::Text(label),
                _ => Cell::Empty,
            });
            cells.collect()
        };
        self.by_currency.iter().zip(labels).map(row).collect()
    }
}
