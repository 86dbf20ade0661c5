//! A spreadsheet: its tabs, their grids, and the tags on their rows and columns. A tag is part of its row or column, so it goes where that
//! goes and ends with it. It must not know how calls arrive.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::a1;
use super::cell::Content;
use super::refusal::Refusal;

/// How many cells a spreadsheet has room for.
const MOST_CELLS: usize = 10_000_000;
/// How many columns a tab has room for: the last one is ZZZ.
const MOST_COLUMNS: usize = 18_278;
/// The grid of a new tab.
pub(super) const ROWS: usize = 1_000;
pub(super) const COLUMNS: usize = 26;

/// Developer metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) id: i64,
    pub(super) key: String,
    pub(super) value: String,
    /// Seen by its own Cloud project alone; otherwise by everybody who sees the document.
    pub(super) project: Option<String>,
}

impl Tag {
    pub(super) fn characters(&self) -> usize {
        self.key.chars().count() + self.value.chars().count()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Cells after the last one are empty.
    pub(super) cells: Vec<Content>,
    pub(super) tags: Vec<Tag>,
}

impl Row {
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(Content::is_empty)
    }
}

/// A column without its cells, which are the rows'.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    pub(super) hidden: bool,
    pub(super) tags: Vec<Tag>,
}

#[derive(Clone, Debug)]
pub(super) struct Tab {
    pub(super) sheet_id: i64,
    pub(super) title: String,
    pub(super) columns: Vec<Column>,
    pub(super) frozen_rows: usize,
    pub(super) hidden: bool,
    pub(super) rows: Vec<Row>,
    /// Tags of the tab itself.
    pub(super) tags: Vec<Tag>,
    pub(super) protected: Vec<Value>,
}

/// A cell that became a formula because of what the API was sent.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct FormulaRun {
    /// Id of the spreadsheet.
    pub spreadsheet: String,
    /// Where, as `Payments!B2`.
    pub cell: String,
    /// The formula with its `=`.
    pub formula: String,
}

#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) shared_with: BTreeSet<String>,
    pub(super) tabs: Vec<Tab>,
    /// Tags of the spreadsheet itself.
    pub(super) tags: Vec<Tag>,
    pub(super) formulas_run: Vec<FormulaRun>,
    pub(super) last_protected: i64,
}

impl Tab {
    pub(super) fn new(sheet_id: i64, title: &str, rows: usize, columns: usize) -> Self {
        Self {
            sheet_id,
            title: title.to_owned(),
            columns: vec![Column::default(); columns],
            frozen_rows: 0,
            hidden: false,
            rows: vec![Row::default(); rows],
            tags: Vec::new(),
            protected: Vec::new(),
        }
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> &Content {
        const EMPTY: &Content = &Content::Empty;
        self.rows.get(row).and_then(|row| row.cells.get(column)).unwrap_or(EMPTY)
    }

    /// Rows up to the last one with something in it.
    pub(super) fn used_rows(&self) -> usize {
        self.rows.iter().rposition(|row| !row.is_blank()).map_or(0, |last| last + 1)
    }

    /// How much of the storage for tags is taken.
    pub(super) fn tag_characters(&self) -> usize {
        let rows = self.rows.iter().flat_map(|row| &row.tags);
        let columns = self.columns.iter().flat_map(|column| &column.tags);
        self.tags.iter().chain(rows).chain(columns).map(Tag::characters).sum()
    }

    pub(super) fn insert_columns(&mut self, at: usize, count: usize) {
        self.columns.splice(at..at, vec![Column::default(); count]);
        for row in self.rows.iter_mut().filter(|row| row.cells.len() > at) {
            row.cells.splice(at..at, vec![Content::Empty; count]);
        }
    }

    pub(super) fn delete_columns(&mut self, from: usize, to: usize) {
        self.columns.drain(from..to);
        for row in self.rows.iter_mut().filter(|row| row.cells.len() > from) {
            let end = to.min(row.cells.len());
            row.cells.drain(from..end);
        }
    }

    pub(super) fn properties(&self, index: usize) -> Value {
        let mut grid = json!({"rowCount": self.rows.len(), "columnCount": self.columns.len()});
        if self.frozen_rows > 0 {
            grid["frozenRowCount"] = self.frozen_rows.into();
        }
        let mut properties = json!({
            "sheetId": self.sheet_id, "title": self.title, "index": index, "sheetType": "GRID", "gridProperties": grid,
        });
        if self.hidden {
            properties["hidden"] = true.into();
        }
        properties
    }
}

impl Book {
    pub(super) fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            shared_with: BTreeSet::new(),
            tabs: Vec::new(),
            tags: Vec::new(),
            formulas_run: Vec::new(),
            last_protected: 0,
        }
    }

    /// The place of the tab with this id.
    pub(super) fn place(&self, sheet_id: i64) -> Result<usize, Refusal> {
        self.tabs.iter().position(|tab| tab.sheet_id == sheet_id).ok_or_else(|| Refusal::no_grid(sheet_id))
    }

    pub(super) fn titled(&self, title: &str) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.title == title)
    }

    /// Adds a tab at the end, or at a place; the first one of a spreadsheet has the id 0.
    pub(super) fn add_tab(&mut self, tab: Tab, index: Option<usize>) -> Result<usize, Refusal> {
        if self.tabs.iter().any(|other| other.sheet_id == tab.sheet_id) {
            let id = tab.sheet_id;
            return Err(Refusal::invalid(format!("Sheet with id {id} already exists.")));
        }
        self.free_title(&tab.title)?;
        let index = index.unwrap_or(self.tabs.len()).min(self.tabs.len());
        self.tabs.insert(index, tab);
        self.has_room(0)?;
        Ok(index)
    }

    /// Refuses a title that another tab has.
    pub(super) fn free_title(&self, title: &str) -> Result<(), Refusal> {
        if self.titled(title).is_some() {
            let message = format!("A sheet with the name \"{title}\" already exists. Please enter another name.");
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// An id that no tab has.
    pub(super) fn free_sheet_id(&self) -> i64 {
        let mut id = if self.tabs.is_empty() { 0 } else { 1_000_000 };
        while self.place(id).is_ok() {
            id += 1;
        }
        id
    }

    /// Refuses `more` cells where they would be too many.
    pub(super) fn has_room(&self, more: usize) -> Result<(), Refusal> {
        let cells: usize = self.tabs.iter().map(|tab| tab.rows.len() * tab.columns.len()).sum();
        if cells.saturating_add(more) > MOST_CELLS {
            let message = format!(
                "This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells."
            );
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// Refuses that many columns in one tab where they would be too many.
    pub(super) fn columns_fit(columns: usize) -> Result<(), Refusal> {
        if columns > MOST_COLUMNS {
            let message = format!(
                "This action would increase the number of columns in the sheet above the limit of {MOST_COLUMNS} columns."
            );
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// Writes a cell inside the grid, for the API.
    pub(super) fn set(&mut self, tab: usize, row: usize, column: usize, content: Content) {
        let sheet = &mut self.tabs[tab];
        if let Content::Formula(formula) = &content {
            let cell = format!("{}!{}", a1::quoted(&sheet.title), a1::cell(row, column));
            self.formulas_run.push(FormulaRun { spreadsheet: self.id.clone(), cell, formula: formula.clone() });
        }
        let cells = &mut sheet.rows[row].cells;
        if cells.len() <= column {
            cells.resize(column + 1, Content::Empty);
        }
        cells[column] = content;
    }

    /// `spreadsheets.get`
    pub(super) fn json(&self) -> Value {
        let sheets: Vec<Value> = self
            .tabs
            .iter()
            .enumerate()
            .map(|(index, tab)| {
                let mut sheet = json!({"properties": tab.properties(index)});
                if !tab.protected.is_empty() {
                    sheet["protectedRanges"] = json!(tab.protected);
                }
                sheet
            })
            .collect();
        json!({
            "spreadsheetId": self.id,
            "properties": {"title": self.title, "locale": "hy_AM", "autoRecalc": "ON_CHANGE", "timeZone": "Asia/Yerevan"},
            "sheets": sheets,
            "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{}/edit", self.id),
        })
    }
}
