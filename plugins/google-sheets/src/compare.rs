//! The nightly comparison of the rows with the payments. What differs is handed to the host and changes nothing: a status that somebody
//! typed is no fact about money. It writes to no row; it lets go of tags that nobody asks for any more.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use kamurj_crm::{Record, View, compare::by_page};
use kamurj_sdk::{Difference, Host, Level, Occurrence, Outcome, Standing, minor_to_decimal};
use serde_json::{Value, json};

use crate::api::{Api, by_id, by_key, column, ranges};
use crate::book::Lazy;
use crate::cell::shown;
use crate::columns::Column;
use crate::find::layout_of;
use crate::layout::{Layout, Tabs};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::tags::{forgotten, ids};

/// Rows of three columns that are read at once, and how often: rows whose tags are gone are looked for in the newest 8000.
const WINDOW: u64 = 2000;
const WINDOWS: u64 = 4;

/// What a row says of its payment; none where it has no such column.
#[derive(Debug, Clone, Default)]
struct Told {
    status: Option<String>,
    amount: Option<String>,
}

/// Compares what changed in the last weeks with its rows.
pub(crate) fn compare(host: &impl Host, occurrence: &Occurrence) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let api = Api::new(host, &settings, occurrence.run);
    let book = Lazy::default();
    let tabs = Tabs::find(host, &api, &settings, &book, &[])?;
    if occurrence.run == 1 && tabs.history.is_some() {
        forget(host, &api)?;
    }
    let night = Night { host, api: &api, book: &book, tabs: &tabs, earlier: RefCell::default(), rows: OnceCell::new() };
    by_page(host, occurrence, |payments| Ok(night.page(payments)?))
}

/// Takes away the tags of the history's rows that were written a month and more ago, so that the tab has room for new ones.
fn forget<H: Host>(host: &H, api: &Api<'_, H>) -> Result<(), Outcome> {
    let request = json!({ "deleteDeveloperMetadata": { "dataFilter": by_key(forgotten(host.now_ms())) } });
    match api.batch(&[request], "forget-tags") {
        Ok(_) | Err(Refusal::Lost(_)) => Ok(()),
        // They are in nobody's way yet; the next night tries again.
        Err(Refusal::Invalid(words)) => {
            host.log(Level::Warn, "Old tags of the history were not taken away", &[("google.words", &words)]);
            Ok(())
        }
        Err(Refusal::Ended(outcome)) => Err(outcome),
    }
}

struct Night<'a, H> {
    host: &'a H,
    api: &'a Api<'a, H>,
    book: &'a Lazy,
    tabs: &'a Tabs,
    /// Columns of tabs that were used earlier.
    earlier: RefCell<BTreeMap<i64, Layout>>,
    /// The rows by their keys, and whether these are all.
    rows: OnceCell<(BTreeMap<String, Told>, bool)>,
}

impl<H: Host> Night<'_, H> {
    fn page(&self, payments: &[&Standing]) -> Result<(usize, Vec<Difference>), Refusal> {
        if payments.is_empty() {
            return Ok((0, Vec::new()));
        }
        let tagged = self.tagged(payments)?;
        let (mut compared, mut differences) = (0, Vec::new());
        for payment in payments {
            let Some(view) = View::of_status(&payment.status) else { continue };
            if let Some(told) = tagged.get(&payment.id) {
                compared += 1;
                differences.extend(differs(payment, view, told));
                continue;
            }
            // One that was never written here has no row to miss.
            if Record::load(self.host, &payment.id)?.version == 0 {
                continue;
            }
            let (rows, whole) = self.rows()?;
            if let Some(told) = rows.get(&payment.id) {
                compared += 1;
                differences.extend(differs(payment, view, told));
            } else if *whole {
                compared += 1;
                let message = "The row is gone: its next change makes it anew, or send the newest delivery again.";
                differences.push(difference(payment, "record", view.name(), "", message));
            } else {
                self.host.log(
                    Level::Warn,
                    "The tab is too long to look for a row whose tag is gone",
                    &[("payment.id", &payment.id)],
                );
            }
        }
        Ok((compared, differences))
    }

    /// The rows that the payments' tags lead to, by the keys that stand there.
    fn tagged(&self, payments: &[&Standing]) -> Result<BTreeMap<String, Told>, Refusal> {
        let filters: Vec<Value> = payments.iter().map(|payment| by_id(ids(&payment.id)[0])).collect();
        let answer = self.api.values(&filters, "ROWS")?;
        let mut told = BTreeMap::new();
        for range in ranges(&answer) {
            let Some(row) = range.lines.first().and_then(Value::as_array) else { continue };
            let Some(layout) = self.layout(&title_of(range.name))? else { continue };
            let has = |column: Column| layout.columns.contains_key(&column).then(|| layout.cell(row, column));
            let key = layout.cell(row, Column::Payment);
            told.entry(key).or_insert_with(|| Told { status: has(Column::Status), amount: has(Column::Amount) });
        }
        Ok(told)
    }

    /// The columns of a tab of payments.
    fn layout(&self, title: &str) -> Result<Option<Layout>, Refusal> {
        let Some(tab) = self.book.get(self.api)?.titled(title) else { return Ok(None) };
        if self.tabs.history.as_ref().is_some_and(|history| history.sheet == tab.sheet) {
            return Ok(None);
        }
        if let Some(known) = self.earlier.borrow().get(&tab.sheet) {
            return Ok(Some(known.clone()));
        }
        let layout = layout_of(self.api, &self.tabs.payments, tab.sheet)?;
        self.earlier.borrow_mut().insert(tab.sheet, layout.clone());
        Ok(Some(layout))
    }

    /// All rows of the present tab by their keys, as far as they can be read; read once.
    fn rows(&self) -> Result<&(BTreeMap<String, Told>, bool), Refusal> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows);
        }
        let rows = self.read_rows()?;
        Ok(self.rows.get_or_init(|| rows))
    }

    fn read_rows(&self) -> Result<(BTreeMap<String, Told>, bool), Refusal> {
        let layout = &self.tabs.payments;
        let wanted = [Column::Payment, Column::Status, Column::Amount];
        let there: Vec<(Column, usize)> =
            wanted.iter().filter_map(|column| Some((*column, *layout.columns.get(column)?))).collect();
        let all = self.book.get(self.api)?.tab(layout.sheet).map_or(0, |tab| tab.rows);
        let first = layout.heading + 1;
        let end = all.min(first + WINDOW * WINDOWS);
        let mut rows = BTreeMap::new();
        let mut start = first;
        while start < end {
            let window = start..end.min(start + WINDOW);
            let filters: Vec<Value> =
                there.iter().map(|(_, index)| column(layout.sheet, *index, window.clone())).collect();
            let answer = self.api.values(&filters, "COLUMNS")?;
            let read = ranges(&answer);
            let line = |wanted: Column| {
                let at = there.iter().position(|(column, _)| *column == wanted)?;
                Some(read.get(at)?.lines.first().and_then(Value::as_array).map_or(&[][..], Vec::as_slice))
            };
            let (status, amount) = (line(Column::Status), line(Column::Amount));
            for (index, key) in line(Column::Payment).unwrap_or_default().iter().enumerate() {
                let of = |cells: Option<&[Value]>| cells.map(|cells| shown(cells.get(index)));
                let told = Told { status: of(status), amount: of(amount) };
                rows.entry(shown(Some(key))).or_insert(told);
            }
            start = window.end;
        }
        Ok((rows, end == all))
    }
}

/// How one payment's row differs from it.
fn differs(payment: &Standing, view: View, told: &Told) -> Option<Difference> {
    if let Some(theirs) = told.status.as_deref().filter(|theirs| *theirs != view.name()) {
        let by_hand = View::of_name(theirs).is_some_and(View::is_settled) && view.is_unpaid();
        let message = if by_hand {
            "The row says that money was taken; no bank has said so, and nothing was taken for paid. Clear the cell and send the newest delivery again."
        } else {
            "The row says otherwise than the journal: send the newest delivery again."
        };
        return Some(difference(payment, "status", view.name(), theirs, message));
    }
    let amount = minor_to_decimal(&payment.amount);
    let theirs = told.amount.as_deref().filter(|theirs| bare(theirs) != bare(&amount))?;
    let message =
        "Somebody changed the amount in the row; the payment asks for its own. Send the newest delivery again.";
    Some(difference(payment, "amount", &amount, theirs, message))
}

fn difference(payment: &Standing, field: &str, ours: &str, theirs: &str, message: &str) -> Difference {
    Difference {
        payment_id: payment.id.clone(),
        entity: None,
        field: field.to_owned(),
        ours: ours.to_owned(),
        theirs: kamurj_sdk::plain(theirs, 60),
        message: message.to_owned(),
        extra: Vec::new(),
    }
}

/// A decimal without idle zeros behind its point.
fn bare(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The tab's title in a range such as `'It''s'!A5:Z5`.
fn title_of(range: &str) -> String {
    let title = range.rsplit_once('!').map_or(range, |(title, _)| title);
    match title.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(quoted) => quoted.replace("''", "'"),
        None => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{bare, title_of};

    #[test]
    fn the_title_is_read_from_a_range() {
        for (range, title) in [
            ("Payments!A5:Z5", "Payments"),
            ("'Նոյեմբեր 2026'!A5:Z5", "Նոյեմբեր 2026"),
            ("'It''s mine!'!A5", "It's mine!"),
            ("Payments", "Payments"),
        ] {
            assert_eq!(title_of(range), title);
        }
    }

    #[test]
    fn idle_zeros_are_no_difference() {
        for (text, expected) in [("12500", "12500"), ("12500.50", "12500.5"), ("12.00", "12"), ("100", "100"), ("", "")]
        {
            assert_eq!(bare(text), expected);
        }
    }
}
