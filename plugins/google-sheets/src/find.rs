//! Finds the row of a payment: by its tag, and by its key where people have parted the two. Whether sorting takes tags along is nowhere
//! promised, so a tag is believed only where its row names the payment. It must not write values; it may put a tag right.

use kamurj_crm::View;
use kamurj_sdk::{Host, Level, Outcome};
use serde_json::Value;

use crate::api::{Api, by_id, column, ranges};
use crate::book::Lazy;
use crate::columns::Column;
use crate::layout::{Layout, Tabs, headings};
use crate::refusal::Refusal;
use crate::tags::{PAYMENT, Place, Tag, ids, key_of, make, search, unmake};

/// Rows of one column that are read at once: keys of 30 characters are 200 KiB then, as Google writes them.
const WINDOW: u64 = 4500;
/// How often: a tab has room for 30 000 tags, and a call for sixteen requests.
const WINDOWS: u64 = 7;

/// The row of a payment, which its tag leads to.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) tag: i64,
    /// The columns of its tab, which may be an earlier one.
    pub(crate) layout: Layout,
    values: Vec<Value>,
}

impl Row {
    /// The version that stands there; 0 where none does.
    pub(crate) fn version(&self) -> u64 {
        self.layout.cell(&self.values, Column::Version).parse().unwrap_or(0)
    }

    /// The status that stands there.
    pub(crate) fn view(&self) -> Option<View> {
        View::of_name(&self.layout.cell(&self.values, Column::Status))
    }
}

/// What came of looking.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// Here it is.
    Row(Row),
    /// No row is tagged for it.
    Absent {
        /// The id that a tag for it may have.
        free: i64,
        /// Tags that were its own and are on rows that name another payment now.
        stale: Vec<Tag>,
    },
}

/// Looks at the rows that these tags lead to.
pub(crate) fn tagged<H: Host>(api: &Api<'_, H>, tabs: &Tabs, tags: &[Tag], payment: &str) -> Result<Found, Refusal> {
    let own = ids(payment);
    let used: Vec<&Tag> = tags.iter().filter(|tag| own.contains(&tag.id)).collect();
    let of_rows: Vec<&Tag> = used.iter().copied().filter(|tag| tag.place == Place::Row && tag.key == PAYMENT).collect();
    let mut stale = Vec::new();
    if !of_rows.is_empty() {
        let filters: Vec<Value> = of_rows.iter().map(|tag| by_id(tag.id)).collect();
        let answer = api.values(&filters, "ROWS")?;
        let read = ranges(&answer);
        for tag in of_rows {
            let of_tag =
                |range: &&crate::api::Range<'_>| range.tag == Some(tag.id) || read.len() == 1 && filters.len() == 1;
            let line = read.iter().find(of_tag).and_then(|range| range.lines.first()).and_then(Value::as_array);
            let values = line.cloned().unwrap_or_default();
            // A row that somebody carried into the history is none of the payments'.
            if tabs.history.as_ref().is_some_and(|history| history.sheet == tag.sheet) {
                stale.push(tag.clone());
                continue;
            }
            let layout = layout_of(api, &tabs.payments, tag.sheet)?;
            let named = layout.cell(&values, Column::Payment);
            if named == payment {
                return Ok(Found::Row(Row { tag: tag.id, layout, values }));
            }
            // Another payment may have the id by chance; then it is that one's.
            if !ids(&named).contains(&tag.id) {
                stale.push(tag.clone());
            }
        }
    }
    let unused = own.into_iter().find(|id| used.iter().all(|tag| tag.id != *id));
    let free = stale.first().map(|tag| tag.id).or(unused).ok_or_else(|| {
        let message = "Every id that the row's tag may have is used in this spreadsheet: enter another spreadsheet";
        Outcome::bad_request("tag-clash", message)
    })?;
    Ok(Found::Absent { free, stale })
}

/// The columns of the tab that a tag is in: rows stay in the tab in which they were made.
pub(crate) fn layout_of<H: Host>(api: &Api<'_, H>, current: &Layout, sheet: i64) -> Result<Layout, Refusal> {
    if sheet == current.sheet {
        return Ok(current.clone());
    }
    let mut layout = Layout::of_tags(&search(api, &[], &[key_of(sheet)])?, sheet);
    if !layout.columns.contains_key(&Column::Payment) {
        let all: Vec<Column> = current.columns.keys().copied().collect();
        layout.take_headings(&headings(api, &layout)?, &all);
    }
    Ok(layout)
}

/// Looks for the payment's key in the column of keys, and puts its tag on the row that has it. The row is written to only by its tag, and
/// only after it was read by its tag: a row that is inserted meanwhile moves both.
pub(crate) fn by_key<H: Host>(
    host: &H,
    api: &Api<'_, H>,
    book: &Lazy,
    tabs: &Tabs,
    payment: &str,
    absent: (i64, &[Tag]),
) -> Result<Option<Row>, Refusal> {
    let (free, stale) = absent;
    let mut sheets = vec![tabs.payments.sheet];
    let of_history = tabs.history.as_ref().map(|history| history.sheet);
    for tag in stale {
        if !sheets.contains(&tag.sheet) && of_history != Some(tag.sheet) {
            sheets.push(tag.sheet);
        }
    }
    for sheet in sheets {
        let layout = layout_of(api, &tabs.payments, sheet)?;
        let Some(index) = index_of(api, book, &layout, payment)? else { continue };
        host.log(
            Level::Info,
            "A row was found by its key and not by its tag, which was put right",
            &[("payment.id", payment)],
        );
        let mut requests: Vec<Value> = stale.iter().map(|tag| unmake(tag.id)).collect();
        requests.push(make(free, PAYMENT, "", sheet, Place::Row, index));
        match api.batch(&requests, &format!("tag-row.{free}.{index}")) {
            // The id was given away meanwhile.
            Err(Refusal::Invalid(words)) if !words.to_lowercase().contains("limit") => return Err(moved()),
            other => other?,
        };
        let tags = search(api, &[free], &[])?;
        return match tagged(api, tabs, &tags, payment)? {
            Found::Row(row) => Ok(Some(row)),
            Found::Absent { .. } => Err(moved()),
        };
    }
    Ok(None)
}

fn moved() -> Refusal {
    let message = "Rows of the spreadsheet were moved while they were read";
    Refusal::Ended(Outcome::retry("row-moved", message).after_ms(2000))
}

/// The row of the tab that has this key, counted from 0.
fn index_of<H: Host>(api: &Api<'_, H>, book: &Lazy, layout: &Layout, key: &str) -> Result<Option<u64>, Refusal> {
    let Some(place) = layout.columns.get(&Column::Payment) else { return Ok(None) };
    let rows = book.get(api)?.tab(layout.sheet).map_or(0, |tab| tab.rows);
    let mut start = layout.heading + 1;
    let end = rows.min(start + WINDOW * WINDOWS);
    while start < end {
        let window = start..end.min(start + WINDOW);
        let answer = api.values(&[column(layout.sheet, *place, window.clone())], "COLUMNS")?;
        let keys = ranges(&answer).first().and_then(|range| range.lines.first()).and_then(Value::as_array).cloned();
        let at = keys.unwrap_or_default().iter().position(|cell| crate::cell::shown(Some(cell)) == key);
        if let Some(at) = at {
            return Ok(Some(start + at as u64));
        }
        start = window.end;
    }
    Ok(None)
}
