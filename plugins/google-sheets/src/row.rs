//! What the row of a payment shows. It must not know where the row or a column is.

use kamurj_crm::{Shown, rfc3339};
use kamurj_sdk::{Payment, plain};
use serde_json::{Value, json};

use crate::cell::Cell;
use crate::columns::Column;
use crate::layout::Layout;

/// What is to be shown of a payment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct News<'a> {
    pub(crate) payment: &'a Payment,
    pub(crate) shown: &'a Shown,
    pub(crate) event: &'a str,
    /// Unix milliseconds.
    pub(crate) now_ms: u64,
}

impl News<'_> {
    /// The value of this column. Moments are text in Armenian time, which sorts as it stands in every language of Google Sheets.
    pub(crate) fn cell(self, column: Column) -> Cell {
        let Self { payment, shown, event, now_ms } = self;
        let moment = |at: Option<u64>| at.map_or_else(Cell::blank, |at| Cell::text(&rfc3339(at)));
        let stranger = |text: Option<&str>| text.map_or_else(Cell::blank, Cell::stranger);
        match column {
            Column::Payment => Cell::text(&plain(&payment.id, 100)),
            Column::Order => Cell::stranger(&shown.order),
            Column::Status => Cell::text(shown.view.name()),
            Column::Amount => Cell::money(&shown.amount),
            Column::Currency => Cell::text(&shown.amount.currency),
            Column::PaidAt => moment(shown.paid_at),
            Column::Refunded => Cell::money(&shown.refunded),
            Column::Reference => stranger(shown.reference.as_deref()),
            Column::Link => Cell::stranger(&shown.link),
            Column::Description => Cell::stranger(&payment.description),
            Column::Customer => stranger(payment.customer.name.as_deref()),
            Column::Phone => stranger(payment.customer.phone.as_deref()),
            Column::Email => stranger(payment.customer.email.as_deref()),
            Column::Attempts => Cell::count(shown.attempts.into()),
            Column::CreatedAt => moment(Some(payment.created_at)),
            Column::ExpiresAt => moment(Some(payment.expires_at)),
            Column::Channel => payment.channel.as_ref().map_or_else(Cell::blank, |chat| {
                Cell::stranger(&format!("{}: {}", chat.plugin, chat.handle.as_deref().unwrap_or(&chat.conversation)))
            }),
            Column::Crm => payment.crm.as_ref().map_or_else(Cell::blank, |record| {
                Cell::stranger(&format!("{}: {} {}", record.plugin, record.entity_type, record.entity_id))
            }),
            Column::Reason => Cell::text(shown.reason),
            Column::UpdatedAt | Column::At => moment(Some(now_ms)),
            Column::Version => Cell::count(shown.version),
            Column::Event => Cell::text(&plain(event, 60)),
        }
    }

    /// The cells of a new row of this tab, from its first column on. What stands between our columns is people's and blank here.
    pub(crate) fn whole(self, layout: &Layout) -> Vec<Value> {
        let mut cells = vec![json!({}); width(layout)];
        for (column, index) in &layout.columns {
            cells[*index] = self.cell(*column).data();
        }
        cells
    }

    /// The values of a row that is there. The payment's own cell is never written again, so that a row cannot become another's; neither
    /// are people's.
    pub(crate) fn change(self, layout: &Layout) -> Vec<Value> {
        let mut values = vec![Value::Null; width(layout)];
        for (column, index) in layout.columns.iter().filter(|(column, _)| **column != Column::Payment) {
            values[*index] = self.cell(*column).raw();
        }
        values
    }
}

fn width(layout: &Layout) -> usize {
    layout.columns.values().max().map_or(0, |last| last + 1)
}
