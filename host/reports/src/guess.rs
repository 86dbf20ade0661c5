//! A first mapping for a table nobody mapped yet, from the words above its columns and the shape of what stands below. People look it over;
//! whatever is unsure is left out.

use crate::{
    Column, CurrencyFrom, Decimals, Kind, KindFrom, KindWords, Mapping, Table, TimeFormat, TimeFrom, amount,
    check::is_amount,
    column::width,
    headings::{self, Meaning, ROLES, Role},
    moment,
};
use kamurj_domain::Currency;
use std::collections::BTreeSet;

/// So many rows are looked at.
const LOOKED_AT: usize = 200;

/// So many words at most tell kinds; a column with more is of remarks.
const MOST_KINDS: usize = 20;

/// Guesses which column is what.
pub fn guess(table: &Table) -> Mapping {
    let columns = Headings::of(table);
    let amount = columns.place(Role::Amount);
    let column = |role| columns.place(role).map(|place| Column::at(table, place));
    Mapping {
        header_row: Some(table.header_row),
        sheet: None,
        reference: column(Role::Reference),
        order_number: column(Role::OrderNumber),
        amount: amount.map(|place| Column::at(table, place)),
        currency: currency(table, columns.place(Role::Currency), amount),
        kind: kind(table, columns.place(Role::Kind), amount),
        fee: column(Role::Fee),
        time: columns.place(Role::Time).and_then(|place| {
            let formats = TimeFormat::ALL.into_iter();
            let format = best(table, place, formats, |cell, format| moment::read(cell, format).is_ok())?;
            Some(TimeFrom { column: Column::at(table, place), format })
        }),
        decimals: amount
            .and_then(|place| best(table, place, Decimals::ALL.into_iter(), is_amount))
            .unwrap_or(Decimals::Plain),
    }
}

/// Which heading fits which role, the best first.
struct Headings {
    taken: Vec<(Role, usize)>,
}

impl Headings {
    fn of(table: &Table) -> Self {
        let headings: Vec<String> = (0..width(table))
            .map(|place| table.header.get(place).map(|name| headings::plain(name)).unwrap_or_default())
            .collect();
        let mut taken: Vec<(Role, usize)> = Vec::new();
        for (role, words) in ROLES {
            let free = |place: usize| !taken.iter().any(|(_, other)| *other == place);
            let fits = headings.iter().enumerate().filter(|(place, heading)| !heading.is_empty() && free(*place));
            let ranked = fits.filter_map(|(place, heading)| {
                let fit = words
                    .iter()
                    .enumerate()
                    .filter_map(|(rank, word)| Some((headings::fit(heading, word)?, rank)))
                    .min()?;
                Some((fit, place))
            });
            if role == Role::Net {
                let all: Vec<_> = ranked.map(|(_, place)| (role, place)).collect();
                taken.extend(all);
            } else if let Some((_, place)) = ranked.min() {
                taken.push((role, place));
            }
        }
        Self { taken }
    }

    fn place(&self, role: Role) -> Option<usize> {
        self.taken.iter().find(|(taken, _)| *taken == role).map(|(_, place)| *place)
    }
}

/// The texts of a column that are not empty.
fn texts(table: &Table, place: usize) -> impl Iterator<Item = &str> {
    table.rows.iter().map(move |row| row.text(place)).filter(|cell| !cell.is_empty()).take(LOOKED_AT)
}

/// The way of reading that most cells can be read in, the first of equals; `None` if none can.
fn best<T: Copy>(
    table: &Table,
    place: usize,
    ways: impl Iterator<Item = T>,
    reads: impl Fn(&str, T) -> bool,
) -> Option<T> {
    let counted = ways.map(|way| (texts(table, place).filter(|cell| reads(cell, way)).count(), way));
    let best = counted.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(count, _)| *count > 0).map(|(_, way)| way)
}

/// The column, if its cells are currencies; else the one that the amount's heading names, else the dram.
fn currency(table: &Table, place: Option<usize>, amount: Option<usize>) -> CurrencyFrom {
    if let Some(place) = place.filter(|place| texts(table, *place).any(|cell| amount::currency(cell).is_some())) {
        return CurrencyFrom::Column(Column::at(table, place));
    }
    let heading = amount.and_then(|place| table.header.get(place)).map(String::as_str).unwrap_or_default();
    let words = heading.split(|letter: char| letter.is_whitespace() || "(),;:/.".contains(letter));
    CurrencyFrom::Fixed(words.filter(|word| !word.is_empty()).find_map(amount::currency).unwrap_or(Currency::Amd))
}

/// By the column's words, if most can be told; else by the sign, if there is any.
fn kind(table: &Table, place: Option<usize>, amount: Option<usize>) -> KindFrom {
    if let Some(place) = place {
        let said: BTreeSet<&str> = texts(table, place).collect();
        let mut words = KindWords {
            column: Column::at(table, place),
            payment: Vec::new(),
            refund: Vec::new(),
            reversal: Vec::new(),
            chargeback: Vec::new(),
            passed_over: Vec::new(),
        };
        for word in said.iter().copied() {
            let list = match headings::meaning(word) {
                Some(Meaning::Kind(Kind::Payment)) => &mut words.payment,
                Some(Meaning::Kind(Kind::Refund)) => &mut words.refund,
                Some(Meaning::Kind(Kind::Reversal)) => &mut words.reversal,
                Some(Meaning::Kind(Kind::Chargeback)) => &mut words.chargeback,
                Some(Meaning::PassedOver) => &mut words.passed_over,
                None => continue,
            };
            list.push(word.to_owned());
        }
        if !words.payment.is_empty() && said.len() <= MOST_KINDS {
            return KindFrom::Words(words);
        }
    }
    let below_zero = |cell: &str| {
        let sign = cell.trim_start();
        sign.starts_with(['-', '−', '('])
    };
    match amount {
        Some(place) if texts(table, place).any(below_zero) => KindFrom::Sign,
        _ => KindFrom::Payments,
    }
}
