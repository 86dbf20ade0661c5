//! Spreadsheets as people see them. It must not know what changes them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::a1::letters;
use super::book::{Book, FormulaRun, Tab, Tag};
use super::cell::Content;
use super::faults::SheetsFaults;
use crate::calls::Call;

/// Everything that Google knows, as the board shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SheetsView {
    /// All spreadsheets.
    pub spreadsheets: Vec<SpreadsheetView>,
    /// The service accounts.
    pub accounts: Vec<AccountView>,
    /// Cells that became formulas by what the API was sent, oldest first. Nothing that a buyer wrote should be among them.
    pub formulas_run: Vec<FormulaRun>,
    /// The faults in force.
    pub faults: SheetsFaults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// A service account.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// Its address.
    pub client_email: String,
    /// The ids of its keys.
    pub keys: Vec<String>,
    /// How many tokens it holds that are still good.
    pub tokens: usize,
}

/// A spreadsheet.
#[derive(Clone, Debug, Serialize)]
pub struct SpreadsheetView {
    /// The id, which stands in its address.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The accounts that it is shared with.
    pub shared_with: Vec<String>,
    /// The tabs in their order.
    pub tabs: Vec<TabView>,
}

/// A tab.
#[derive(Clone, Debug, Serialize)]
pub struct TabView {
    /// The number that stays when the title does not.
    pub sheet_id: i64,
    /// The title.
    pub title: String,
    /// How many rows the grid has, those without anything included.
    pub row_count: usize,
    /// The letters of its columns.
    pub columns: Vec<String>,
    /// The letters of those that are hidden.
    pub hidden_columns: Vec<String>,
    /// The tags of columns, by the letters of those that have any.
    pub column_tags: BTreeMap<String, Vec<TagView>>,
    /// How many rows at the top stay where they are when the rest is scrolled.
    pub frozen_rows: usize,
    /// How many ranges are protected.
    pub protected: usize,
    /// How many characters of its storage for tags are taken.
    pub tag_characters: usize,
    /// Rows up to the last one that has anything.
    pub rows: Vec<RowView>,
}

/// A row.
#[derive(Clone, Debug, Serialize)]
pub struct RowView {
    /// Its cells up to the last one that has anything.
    pub cells: Vec<CellView>,
    /// Its tags.
    pub tags: Vec<TagView>,
}

/// A cell.
#[derive(Clone, Debug, Serialize)]
pub struct CellView {
    /// What is seen.
    pub shown: String,
    /// `empty`, `text`, `number`, `flag` or `formula`.
    pub kind: &'static str,
    /// The formula where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
}

/// Developer metadata of a row or a column.
#[derive(Clone, Debug, Serialize)]
pub struct TagView {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its value, often empty.
    pub value: String,
    /// `PROJECT` or `DOCUMENT`.
    pub visibility: &'static str,
}

impl Book {
    pub(super) fn view(&self) -> SpreadsheetView {
        SpreadsheetView {
            id: self.id.clone(),
            title: self.title.clone(),
            shared_with: self.shared_with.iter().cloned().collect(),
            tabs: self.tabs.iter().map(Tab::view).collect(),
        }
    }
}

impl Tab {
    fn view(&self) -> TabView {
        let last = self.rows.iter().rposition(|row| !row.is_blank() || !row.tags.is_empty());
        let rows = self.rows.iter().take(last.map_or(0, |last| last + 1)).map(|row| RowView {
            cells: row.cells.iter().map(Content::view).collect(),
            tags: row.tags.iter().map(Tag::view).collect(),
        });
        let columns = || self.columns.iter().enumerate().map(|(place, column)| (letters(place), column));
        TabView {
            sheet_id: self.sheet_id,
            title: self.title.clone(),
            row_count: self.rows.len(),
            columns: columns().map(|(letters, _)| letters).collect(),
            hidden_columns: columns().filter(|(_, column)| column.hidden).map(|(letters, _)| letters).collect(),
            column_tags: columns()
                .filter(|(_, column)| !column.tags.is_empty())
                .map(|(letters, column)| (letters, column.tags.iter().map(Tag::view).collect()))
                .collect(),
            frozen_rows: self.frozen_rows,
            protected: self.protected.len(),
            tag_characters: self.tag_characters(),
            rows: rows.collect(),
        }
    }
}

impl Tag {
    fn view(&self) -> TagView {
        TagView {
            id: self.id,
            key: self.key.clone(),
            value: self.value.clone(),
            visibility: if self.project.is_some() { "PROJECT" } else { "DOCUMENT" },
        }
    }
}

impl Content {
    fn view(&self) -> CellView {
        let (kind, formula) = match self {
            Self::Empty => ("empty", None),
            Self::Text(_) => ("text", None),
            Self::Number(_) => ("number", None),
            Self::Flag(_) => ("flag", None),
            Self::Formula(formula) => ("formula", Some(formula.clone())),
        };
        CellView { shown: self.shown(), kind, formula }
    }
}
