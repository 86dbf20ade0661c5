//! Finds out whether the spreadsheet can be used, and makes what the rows need: tabs, headings, the tags of columns. It must not write
//! into a tab that holds something else, and knows no payment.

use kamurj_sdk::{Finding, Host, ListItem, ListRequest, Outcome, Wish, plain};
use serde_json::{Value, json};

use crate::api::{Api, ranges, rows};
use crate::book::{Book, Role, Tab, remember};
use crate::columns::Column;
use crate::layout::{Layout, headings};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::tags::{HEADING, Place, Tag, ids, key_of, make, search};

/// Rows that are looked at to see whether a tab is empty.
const FIRST_ROWS: u64 = 50;

/// Whether Google takes the token and shows the spreadsheet, and what is there.
pub(crate) fn check(host: &impl Host) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let book = Book::read(&Api::new(host, &settings, 1))?;
    let tabs = Role::all(&settings).into_iter().map(|role| match book.of_role(host, &settings, role) {
        Some(tab) => format!("the tab `{}` is there", plain(&tab.title, 100)),
        None => format!("set-up will make the tab `{}`", plain(role.title(&settings).unwrap_or_default(), 100)),
    });
    let tabs = tabs.collect::<Vec<_>>().join(", ");
    let mut outcome = Outcome::done();
    outcome.message = format!(
        "Connected to the spreadsheet \u{201c}{}\u{201d} as {}: {tabs}. Whether it may be written to shows at set-up.",
        book.title,
        plain(&settings.client_email, 200)
    );
    Ok(outcome)
}

/// The tabs that can be chosen.
pub(crate) fn offer(host: &impl Host, wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
    if wanted.name != "tabs" {
        return Ok(Vec::new());
    }
    let settings = Settings::read(host)?;
    let book = Book::read(&Api::new(host, &settings, 1))?;
    let item = |tab: Tab| ListItem { value: tab.title.clone(), title: tab.title, group: None, extra: Vec::new() };
    Ok(book.tabs.into_iter().map(item).collect())
}

/// Makes everything that is missing, or only looks.
pub(crate) fn connect(host: &impl Host, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let settings = Settings::read(host)?;
    let api = Api::new(host, &settings, 1);
    let book = match Book::read(&api) {
        Ok(book) => book,
        Err(refusal) => return Ok(vec![wrong("spreadsheet", refusal)?]),
    };
    let mut findings = vec![Finding::ok(
        "spreadsheet",
        &format!("The spreadsheet \u{201c}{}\u{201d} is shared with the service account.", book.title),
    )];
    let setup = Setup { host, api: &api, settings: &settings, only_look: wish.only_look };
    match setup.tabs(book, &mut findings) {
        Ok(book) => setup.columns(&book, &mut findings)?,
        Err(refusal) => findings.push(wrong("access", refusal)?),
    }
    Ok(findings)
}

/// What a person can mend is a finding; what passes, or needs another token, ends the set-up.
fn wrong(name: &str, refusal: Refusal) -> Result<Finding, Outcome> {
    let outcome = Outcome::from(refusal);
    if outcome.kind == "bad-request" { Ok(Finding::wrong(name, &outcome.message)) } else { Err(outcome) }
}

struct Setup<'a, H> {
    host: &'a H,
    api: &'a Api<'a, H>,
    settings: &'a Settings,
    only_look: bool,
}

impl<H: Host> Setup<'_, H> {
    /// Makes the tabs that are not there; answers the spreadsheet as it is then.
    fn tabs(&self, book: Book, findings: &mut Vec<Finding>) -> Result<Book, Refusal> {
        let mut absent = Vec::new();
        for role in Role::all(self.settings) {
            let title = role.title(self.settings).unwrap_or_default();
            match book.of_role(self.host, self.settings, role) {
                Some(tab) => findings.push(self.found(role, tab, &book)),
                None if self.only_look => findings.push(Finding::missing(
                    role.setting(),
                    &format!("There is no tab `{}`: set it up.", plain(title, 100)),
                )),
                None => absent.push((role, title)),
            }
        }
        if absent.is_empty() {
            return Ok(book);
        }
        let add = |(_, title): &(Role, &str)| json!({ "addSheet": { "properties": { "title": title, "gridProperties": { "frozenRowCount": 1 } } } });
        let made = self.api.batch(&absent.iter().map(add).collect::<Vec<_>>(), "make-tabs");
        let book = match made {
            // The answer was lost and perhaps not the effect: what is there counts.
            Ok(_) | Err(Refusal::Lost(_)) => Book::read(self.api)?,
            Err(refusal) => return Err(refusal),
        };
        for (role, title) in absent {
            let title = plain(title, 100);
            match book.of_role(self.host, self.settings, role) {
                Some(_) => findings.push(Finding::made(role.setting(), &format!("The tab `{title}` is there now."))),
                None => findings.push(Finding::unknown(
                    role.setting(),
                    &format!("The tab `{title}` was asked for and does not show: set it up again."),
                )),
            }
        }
        Ok(book)
    }

    fn found(&self, role: Role, tab: &Tab, book: &Book) -> Finding {
        let title = role.title(self.settings).unwrap_or_default();
        match book.titled(title) {
            Some(named) if named.sheet == tab.sheet => {
                Finding::ok(role.setting(), &format!("The tab `{}` is there.", plain(title, 100)))
            }
            other => {
                let also = if other.is_some() { ", although another has that title now" } else { "" };
                let message = format!(
                    "The tab was renamed to `{}` and goes on being used{also}. To use another, choose it in `{}`.",
                    plain(&tab.title, 100),
                    role.setting()
                );
                Finding::ok(role.setting(), &message)
            }
        }
    }

    fn columns(&self, book: &Book, findings: &mut Vec<Finding>) -> Result<(), Outcome> {
        let roles = Role::all(self.settings).into_iter();
        let there: Vec<(Role, &Tab)> =
            roles.filter_map(|role| Some((role, book.of_role(self.host, self.settings, role)?))).collect();
        if there.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = there.iter().map(|(_, tab)| key_of(tab.sheet)).collect();
        let tags = search(self.api, &[], &keys)?;
        for (role, tab) in there {
            let name = format!("{}-columns", role.setting());
            match self.columns_of(role, tab, &tags, &name) {
                Ok(finding) => findings.push(finding),
                Err(refusal) => findings.push(wrong(&name, refusal)?),
            }
        }
        Ok(())
    }

    /// Makes the columns of one tab that it does not have, and tags those that people made.
    fn columns_of(&self, role: Role, tab: &Tab, tags: &[Tag], name: &str) -> Result<Finding, Refusal> {
        let wanted = role.columns(self.settings);
        let by_tag = Layout::of_tags(tags, tab.sheet);
        let title = plain(&tab.title, 100);
        let untagged = by_tag.missing(&wanted);
        if untagged.is_empty() {
            self.keep(role, tab);
            return Ok(Finding::ok(name, &format!("The tab `{title}` has its columns.")));
        }
        let texts = headings(self.api, &by_tag)?;
        let mut layout = by_tag.clone();
        layout.take_headings(&texts, &wanted);
        if layout.columns.is_empty() && !self.is_blank(tab)? {
            let message = format!(
                "The tab `{title}` holds something else: enter the title of an empty one in `{}`, or of one that set-up shall make.",
                role.setting()
            );
            return Ok(Finding::wrong(name, &message));
        }
        if self.only_look {
            let names: Vec<&str> = untagged.iter().map(|column| column.name()).collect();
            let message = format!("Set it up, which makes or marks these columns of `{title}`: {}.", names.join(", "));
            return Ok(Finding::missing(name, &message));
        }
        let is_new = layout.columns.is_empty();
        let requests = self.requests(tab, &mut layout, &texts, &untagged, is_new);
        let lost = match self.api.batch(&requests, &format!("make-columns.{}", role.setting())) {
            Ok(_) => None,
            Err(Refusal::Lost(cause)) => Some(cause),
            Err(refusal) => return Err(refusal),
        };
        let now = Layout::of_tags(&search(self.api, &[], &[key_of(tab.sheet)])?, tab.sheet);
        if now.missing(&wanted).is_empty() {
            self.keep(role, tab);
            return Ok(Finding::made(name, &format!("The tab `{title}` has its columns now.")));
        }
        match lost {
            Some(cause) => Err(Refusal::Lost(cause)),
            None => Ok(Finding::unknown(
                name,
                &format!("Google made the columns of `{title}` and does not show them: look again."),
            )),
        }
    }

    /// What makes the columns that are in no place yet, to the right of everything that has a heading, and tags all that have no tag.
    fn requests(
        &self,
        tab: &Tab,
        layout: &mut Layout,
        texts: &[String],
        untagged: &[Column],
        is_new: bool,
    ) -> Vec<Value> {
        let sheet = tab.sheet;
        let used = layout.columns.values().map(|index| index + 1).max().unwrap_or(0).max(texts.len());
        let new = layout.missing(untagged);
        let mut requests = Vec::new();
        // Inserted columns are blank, whatever people have to the right; an empty tab needs them only where it is too narrow.
        let (from, count) =
            if used == 0 { (tab.columns, new.len().saturating_sub(tab.columns)) } else { (used, new.len()) };
        if count > 0 {
            let range =
                json!({ "sheetId": sheet, "dimension": "COLUMNS", "startIndex": from, "endIndex": from + count });
            requests.push(json!({ "insertDimension": { "range": range, "inheritFromBefore": true } }));
        }
        if !new.is_empty() {
            let language = self.settings.language();
            let cell = |column: &Column| json!({ "userEnteredValue": { "stringValue": column.heading(language) } });
            requests.push(json!({ "updateCells": {
                "start": { "sheetId": sheet, "rowIndex": layout.heading, "columnIndex": used },
                "rows": [{ "values": new.iter().map(cell).collect::<Vec<_>>() }],
                "fields": "userEnteredValue",
            }}));
        }
        for (place, column) in new.into_iter().enumerate() {
            layout.columns.insert(column, used + place);
        }
        let key = key_of(sheet);
        for column in untagged {
            if let Some(index) = layout.columns.get(column) {
                let id = ids(&format!("{key}:{}", column.name()))[0];
                requests.push(make(id, &key, column.name(), sheet, Place::Column, *index as u64));
            }
        }
        if !layout.is_marked {
            requests.push(make(ids(&key)[0], &key, HEADING, sheet, Place::Row, layout.heading));
        }
        if is_new {
            requests.push(json!({ "updateSheetProperties": {
                "properties": { "sheetId": sheet, "gridProperties": { "frozenRowCount": layout.heading + 1 } },
                "fields": "gridProperties.frozenRowCount",
            }}));
        }
        requests
    }

    fn is_blank(&self, tab: &Tab) -> Result<bool, Refusal> {
        let answer = self.api.values(&[rows(tab.sheet, 0..FIRST_ROWS.min(tab.rows))], "ROWS")?;
        Ok(ranges(&answer).iter().all(|range| range.lines.is_empty()))
    }

    fn keep(&self, role: Role, tab: &Tab) {
        if !self.only_look {
            remember(self.host, self.settings, role, tab.sheet);
        }
    }
}
