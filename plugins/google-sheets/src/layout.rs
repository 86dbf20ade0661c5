//! Where the columns of a tab are. Set-up tags each column, so that people may move, rename and insert columns; a column whose tag is
//! gone is looked for by its heading. It must not write.

use std::collections::BTreeMap;

use kamurj_sdk::{Host, plain};

use crate::api::{Api, ranges, rows};
use crate::book::{Lazy, Role, no_tab, remember, remembered};
use crate::cell::shown;
use crate::columns::Column;
use crate::refusal::{Refusal, setting};
use crate::settings::Settings;
use crate::tags::{HEADING, Place, Tag, key_of, search};

/// The columns of one tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) sheet: i64,
    /// The row of the headings, counted from 0; rows are written below it.
    pub(crate) heading: u64,
    /// Whether a tag says which row that is.
    pub(crate) is_marked: bool,
    /// Where each column stands, counted from 0.
    pub(crate) columns: BTreeMap<Column, usize>,
}

impl Layout {
    /// What the tags say of this tab.
    pub(crate) fn of_tags(tags: &[Tag], sheet: i64) -> Self {
        let key = key_of(sheet);
        // The copy of a tab may have copies of its tags: those name the tab that was copied.
        let own = tags.iter().filter(|tag| tag.key == key && tag.sheet == sheet);
        let mut layout = Self { sheet, heading: 0, is_marked: false, columns: BTreeMap::new() };
        for tag in own {
            match (tag.place, Column::of_name(&tag.value)) {
                (Place::Column, Some(column)) => {
                    if let Ok(index) = usize::try_from(tag.index) {
                        layout.columns.entry(column).or_insert(index);
                    }
                }
                (Place::Row, None) if tag.value == HEADING => {
                    layout.heading = tag.index;
                    layout.is_marked = true;
                }
                (Place::Row, _) | (Place::Column, None) => {}
            }
        }
        layout
    }

    /// The columns among these that it does not have.
    pub(crate) fn missing(&self, wanted: &[Column]) -> Vec<Column> {
        wanted.iter().copied().filter(|column| !self.columns.contains_key(column)).collect()
    }

    /// Takes columns whose tags are gone from the headings: the first that is called so, and has no tag of another.
    pub(crate) fn take_headings(&mut self, headings: &[String], wanted: &[Column]) {
        for column in self.missing(wanted) {
            let free = |index: &usize| !self.columns.values().any(|taken| taken == index);
            let called = (0..headings.len()).filter(free).find(|index| column.is_called(&headings[*index]));
            if let Some(index) = called {
                self.columns.insert(column, index);
            }
        }
    }

    /// What this column of a row that was read shows.
    pub(crate) fn cell(&self, row: &[serde_json::Value], column: Column) -> String {
        self.columns.get(&column).map_or_else(String::new, |index| shown(row.get(*index)))
    }
}

/// The texts of the row that has the headings.
pub(crate) fn headings<H: Host>(api: &Api<'_, H>, layout: &Layout) -> Result<Vec<String>, Refusal> {
    let answer = api.values(&[rows(layout.sheet, layout.heading..layout.heading + 1)], "ROWS")?;
    let line =
        ranges(&answer).first().and_then(|range| range.lines.first()).and_then(serde_json::Value::as_array).cloned();
    Ok(line.unwrap_or_default().iter().map(|cell| shown(Some(cell))).collect())
}

/// The tabs of these settings, as one search finds them, with the tags of these ids.
#[derive(Debug, Clone)]
pub(crate) struct Tabs {
    pub(crate) payments: Layout,
    pub(crate) history: Option<Layout>,
    pub(crate) tags: Vec<Tag>,
}

impl Tabs {
    /// Finds the tabs and their columns; everything that a row needs is there, or it ends with the setting that names it.
    pub(crate) fn find<H: Host>(
        host: &H,
        api: &Api<'_, H>,
        settings: &Settings,
        book: &Lazy,
        ids: &[i64],
    ) -> Result<Self, Refusal> {
        let mut sheets = Vec::new();
        for role in Role::all(settings) {
            let sheet = match remembered(host, settings, role) {
                Some(sheet) => sheet,
                None => book.get(api)?.of_role(host, settings, role).ok_or_else(|| no_tab(settings, role))?.sheet,
            };
            sheets.push((role, sheet));
        }
        let keys: Vec<String> = sheets.iter().map(|(_, sheet)| key_of(*sheet)).collect();
        let tags = search(api, ids, &keys)?;
        let mut layouts = Vec::new();
        for (role, sheet) in sheets {
            let layout = Layout::of_tags(&tags, sheet);
            let layout = if layout.missing(&role.columns(settings)).is_empty() {
                layout
            } else {
                mended(host, api, settings, book, role, layout)?
            };
            remember(host, settings, role, layout.sheet);
            layouts.push((role, layout));
        }
        let mut of = |wanted: Role| {
            let at = layouts.iter().position(|(role, _)| *role == wanted)?;
            Some(layouts.swap_remove(at).1)
        };
        let payments = of(Role::Payments).ok_or_else(|| no_tab(settings, Role::Payments))?;
        Ok(Self { payments, history: of(Role::History), tags })
    }
}

/// Some tags are not there: the tab is gone, or a column, or it was never set up.
fn mended<H: Host>(
    host: &H,
    api: &Api<'_, H>,
    settings: &Settings,
    book: &Lazy,
    role: Role,
    mut layout: Layout,
) -> Result<Layout, Refusal> {
    let tab = book.get(api)?.of_role(host, settings, role).ok_or_else(|| no_tab(settings, role))?;
    if tab.sheet != layout.sheet {
        layout = Layout::of_tags(&search(api, &[], &[key_of(tab.sheet)])?, tab.sheet);
    }
    let wanted = role.columns(settings);
    if !layout.missing(&wanted).is_empty() {
        layout.take_headings(&headings(api, &layout)?, &wanted);
    }
    let missing: Vec<&str> = layout.missing(&wanted).into_iter().map(Column::name).collect();
    if missing.is_empty() {
        return Ok(layout);
    }
    let title = plain(&tab.title, 100);
    let columns = missing.join("`, `");
    let message = match role {
        Role::Payments => format!(
            "The tab `{title}` has no column `{columns}`: let the plugin set itself up, which adds it, or leave it out of `columns`"
        ),
        Role::History => {
            format!("The tab `{title}` has no column `{columns}`: let the plugin set itself up, which adds it")
        }
    };
    Err(setting("columns", &message).into())
}
