//! Brings one delivery into the spreadsheet: find the payment's row, write what is newer or make the row, add a line to the history. What
//! keeps an older view from overwriting a newer one: the payment's version, and that nothing unpaid is written over money that was taken.
//! It must not trust a cell for anything else.

use kamurj_crm::{EVENTS, Record, Shown, View};
use kamurj_sdk::{Delivery, Host, Level, Outcome};
use serde_json::{Value, json};

use crate::api::Api;
use crate::book::Lazy;
use crate::find::{Found, Row, by_key, tagged};
use crate::history;
use crate::layout::{Layout, Tabs};
use crate::refusal::{Refusal, invalid};
use crate::row::News;
use crate::settings::Settings;
use crate::tags::{self, PAYMENT, Place, ids, search};

/// Does what is owed.
pub(crate) fn sync(host: &impl Host, delivery: &Delivery) -> Result<Outcome, Outcome> {
    let payment = &delivery.payment;
    if !EVENTS.contains(&delivery.event.as_str()) {
        return Ok(Outcome::done());
    }
    let Some(shown) = Shown::of(payment) else { return Ok(Outcome::done()) };
    let settings = Settings::read(host)?;
    let api = Api::new(host, &settings, delivery.run);
    let book = Lazy::default();
    let tabs = Tabs::find(host, &api, &settings, &book, &ids(&payment.id))?;
    let news = News { payment, shown: &shown, event: &delivery.event, now_ms: host.now_ms() };
    let mut record = Record::load(host, &payment.id)?;
    let visit = Visit { host, api: &api, book: &book, tabs: &tabs, news };
    visit.put(&mut record)?;
    // Kept before anything else is tried: the row has been written.
    record.save(host, &payment.id);
    if let Some(layout) = &tabs.history {
        history::add(&api, layout, &delivery.id, news)?;
    }
    Ok(Outcome::done())
}

struct Visit<'a, H> {
    host: &'a H,
    api: &'a Api<'a, H>,
    book: &'a Lazy,
    tabs: &'a Tabs,
    news: News<'a>,
}

impl<H: Host> Visit<'_, H> {
    /// Writes or makes the row, unless what stands there is newer or stronger.
    fn put(&self, record: &mut Record) -> Result<(), Refusal> {
        let payment = &self.news.payment.id;
        let (free, stale) = match tagged(self.api, self.tabs, &self.tabs.tags, payment)? {
            Found::Row(row) => return self.write(&row, record),
            Found::Absent { free, stale } => (free, stale),
        };
        // One that nobody wrote before and that has just been made is not looked for in thousands of rows.
        let is_new = self.news.event == "payment.created" && record.version == 0 && stale.is_empty();
        if !is_new && let Some(row) = by_key(self.host, self.api, self.book, self.tabs, payment, (free, &stale))? {
            return self.write(&row, record);
        }
        if record.version > self.news.shown.version {
            return Ok(());
        }
        let mut requests: Vec<Value> = stale.iter().map(|tag| tags::unmake(tag.id)).collect();
        let layout = &self.tabs.payments;
        requests.extend(new_row(layout, self.news, (free, PAYMENT)));
        self.make(&requests, free)?;
        record.version = self.news.shown.version;
        Ok(())
    }

    fn write(&self, row: &Row, record: &mut Record) -> Result<(), Refusal> {
        let shown = self.news.shown;
        if record.version.max(row.version()) > shown.version {
            return Ok(());
        }
        if shown.view.is_unpaid() && row.view().is_some_and(View::is_settled) {
            let version = shown.version.to_string();
            self.host.log(
                Level::Info,
                "The row is paid already; an unpaid state was not written over it",
                &[("payment.id", &self.news.payment.id), ("payment.version", &version)],
            );
            return Ok(());
        }
        let values = self.news.change(&row.layout);
        let mut is_written = self.write_once(row, &values, "write-row")?;
        // The host answers a step from its record once it was accepted. A row that was away for a moment, and is back by the hand of
        // whoever deleted it, needs a step of its own.
        if !is_written && self.api.run > 1 {
            is_written = self.write_once(row, &values, "write-row.again")?;
        }
        if !is_written {
            let message = "The row was deleted while it was written";
            return Err(Outcome::retry("row-gone", message).after_ms(2000).into());
        }
        record.version = shown.version;
        Ok(())
    }

    /// Whether the tag led to a row that took the values.
    fn write_once(&self, row: &Row, values: &[Value], step: &str) -> Result<bool, Refusal> {
        let answer = match self.api.write(row.tag, values, step) {
            // It sets values, so a second time changes nothing.
            Err(Refusal::Lost(_)) => self.api.write(row.tag, values, step)?,
            other => other?,
        };
        Ok(answer["responses"].as_array().is_some_and(|written| !written.is_empty()))
    }

    /// Makes the row, or finds that it is made: a second one with the same tag is refused.
    fn make(&self, requests: &[Value], tag: i64) -> Result<(), Refusal> {
        let step = format!("add-row.{tag}");
        let words = match self.api.batch(requests, &step) {
            Ok(_) => return Ok(()),
            Err(Refusal::Invalid(words)) => words,
            Err(Refusal::Lost(cause)) => {
                if self.is_there(tag)?.is_some_and(|ours| ours) {
                    return Ok(());
                }
                // Google may still be at it. A later run looks once more before it asks again.
                if self.api.run <= 1 {
                    return Err(Refusal::Lost(cause));
                }
                match self.api.batch(requests, &step) {
                    Err(Refusal::Invalid(words)) => words,
                    other => return other.map(|_| ()),
                }
            }
            Err(refusal) => return Err(refusal),
        };
        match self.is_there(tag)? {
            Some(true) => Ok(()),
            // Another payment took the id since it was looked at; should that go on, it is something else.
            Some(false) if self.api.run <= 2 => {
                Err(Outcome::retry("tag-taken", "The id of the row's tag was just taken").after_ms(1000).into())
            }
            Some(false) | None => Err(invalid(&words).into()),
        }
    }

    /// Whether the tag is there, and on the payment's row.
    fn is_there(&self, tag: i64) -> Result<Option<bool>, Refusal> {
        let found = search(self.api, &[tag], &[])?;
        if found.is_empty() {
            return Ok(None);
        }
        let row = tagged(self.api, self.tabs, &found, &self.news.payment.id)?;
        Ok(Some(matches!(row, Found::Row(_))))
    }
}

/// The requests that make a row under the headings: the row, its cells, its tag. The newest is on top, because there its place is known
/// beforehand and no other program's answer is waited for.
pub(crate) fn new_row(layout: &Layout, news: News<'_>, (id, key): (i64, &str)) -> [Value; 3] {
    let index = layout.heading + 1;
    let range = json!({ "sheetId": layout.sheet, "dimension": "ROWS", "startIndex": index, "endIndex": index + 1 });
    [
        json!({ "insertDimension": { "range": range, "inheritFromBefore": false } }),
        json!({ "updateCells": {
            "start": { "sheetId": layout.sheet, "rowIndex": index, "columnIndex": 0 },
            "rows": [{ "values": news.whole(layout) }],
            "fields": "userEnteredValue",
        }}),
        tags::make(id, key, "", layout.sheet, Place::Row, index),
    ]
}
