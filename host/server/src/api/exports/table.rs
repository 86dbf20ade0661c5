//! The table of movements: its columns, a row of each movement, and below them what each kind comes to. The sums are those of the rows
//! that were written, so that a file always agrees with itself.

use crate::reconciling::kind_of;
use kamurj_domain::format::Language;
use kamurj_domain::{Currency, Money, MovementKind};
use kamurj_reports::words::{self, Title};
use kamurj_reports::{Cell, Heading};
use kamurj_store::movements::Kept;
use std::collections::BTreeMap;

const TITLES: [Title; 11] = [
    Title::Time,
    Title::Kind,
    Title::Order,
    Title::Amount,
    Title::Currency,
    Title::Payment,
    Title::OrderNumber,
    Title::Reference,
    Title::Provider,
    Title::Account,
    Title::Note,
];

/// What the table is called.
pub(super) fn title(language: Language) -> &'static str {
    match language {
        Language::Hy => "Դրամական շարժեր",
        Language::Ru => "Движение денег",
        Language::En => "Movements of money",
    }
}

fn beyond(language: Language) -> &'static str {
    match language {
        Language::Hy => "Պատվերից ավել ստացված գումար",
        Language::Ru => "Деньги сверх заказа",
        Language::En => "Money beyond the order",
    }
}

/// What stands above the columns. Sums are rows of their own, by kind.
pub(super) fn headings(language: Language) -> Vec<Heading> {
    TITLES.into_iter().map(|title| Heading::plain(title.text(language))).collect()
}

/// What rows come to: how many, and how much, by currency and kind.
#[derive(Default)]
pub(super) struct Totals(BTreeMap<(Currency, MovementKind), (i64, i64)>);

/// The amount as accounting adds it up: below zero where money went back.
fn signed(kept: &Kept) -> Money {
    let amount = kept.movement.amount;
    if kept.movement.kind.comes() { amount } else { Money::new(-amount.minor, amount.currency) }
}

impl Totals {
    /// Adds a movement, and gives its row to `write`.
    pub(super) fn row<T>(&mut self, kept: &Kept, language: Language, write: impl FnOnce(&[Cell<'_>]) -> T) -> T {
        let (movement, amount) = (&kept.movement, signed(kept));
        let sum = self.0.entry((amount.currency, movement.kind)).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(amount.minor));
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let (number, reference) = (text(&kept.attempt_number), text(&movement.reference));
        let (provider, account) = (text(&kept.provider), text(&kept.account_id));
        let is_surplus = movement.kind == MovementKind::Surplus;
        write(&[
            Cell::Time(movement.at),
            Cell::Text(words::kind(kind_of(movement.kind), language)),
            Cell::Text(&kept.order_id),
            Cell::Amount(amount),
            Cell::Text(amount.currency.code()),
            Cell::Text(&kept.payment_id),
            Cell::Text(&number),
            Cell::Text(&reference),
            Cell::Text(&provider),
            Cell::Text(&account),
            if is_surplus { Cell::Text(beyond(language)) } else { Cell::Empty },
        ])
    }

    /// The rows below the table: for each currency the kinds and what they come to together.
    pub(super) fn rows<E>(
        &self,
        language: Language,
        mut write: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut line = |kind: Option<MovementKind>, (count, minor): (i64, i64), currency: Currency| {
            let mut cells = [Cell::Empty; TITLES.len()];
            cells[0] = Cell::Text(words::total(language));
            cells[1] = kind.map_or(Cell::Empty, |kind| Cell::Text(words::kind(kind_of(kind), language)));
            cells[2] = Cell::Number(count);
            cells[3] = Cell::Amount(Money::new(minor, currency));
            cells[4] = Cell::Text(currency.code());
            if kind == Some(MovementKind::Surplus) {
                cells[10] = Cell::Text(beyond(language));
            }
            write(&cells)
        };
        let mut all: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
        for ((currency, kind), (count, minor)) in &self.0 {
            line(Some(*kind), (*count, *minor), *currency)?;
            let sum = all.entry(*currency).or_default();
            *sum = (sum.0 + count, sum.1.saturating_add(*minor));
        }
        all.into_iter().try_for_each(|(currency, sum)| line(None, sum, currency))
    }
}
