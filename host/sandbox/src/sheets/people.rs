//! What people do at a spreadsheet by hand, and what makes an API's picture of it old. It must not know what the rows are for.

use std::cmp::Ordering;

use serde::Deserialize;

use super::a1::Wanted;
use super::book::{Book, Row, Tab};
use super::cell::Content;
use super::{Sheets, State};

/// What a person does. Rows are counted from 1 and columns are letters, as people know them.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Sorts the rows below the heading by a column.
    Sort {
        /// The tab's title.
        tab: String,
        /// The column's letters.
        column: String,
        /// Greatest first.
        #[serde(default)]
        descending: bool,
    },
    /// Deletes a row, and its tags with it.
    DeleteRow {
        /// The tab's title.
        tab: String,
        /// The row's number.
        row: usize,
    },
    /// Puts an empty row above another.
    InsertRow {
        /// The tab's title.
        tab: String,
        /// The number that the new row gets.
        row: usize,
    },
    /// Puts an empty column before another.
    InsertColumn {
        /// The tab's title.
        tab: String,
        /// The letters that the new column gets.
        column: String,
    },
    /// Deletes a column, and its tags with it.
    DeleteColumn {
        /// The tab's title.
        tab: String,
        /// The column's letters.
        column: String,
    },
    /// Hides a column, or shows it again.
    HideColumn {
        /// The tab's title.
        tab: String,
        /// The column's letters.
        column: String,
        /// Whether it is hidden.
        hidden: bool,
    },
    /// Adds an empty tab at the end.
    AddTab {
        /// The new tab's title.
        tab: String,
    },
    /// Gives a tab another title.
    RenameTab {
        /// The tab's title.
        tab: String,
        /// The new one.
        title: String,
    },
    /// Deletes a tab with all that it has.
    DeleteTab {
        /// The tab's title.
        tab: String,
    },
    /// Types something into a cell.
    EditCell {
        /// The tab's title.
        tab: String,
        /// Such as `B3`.
        cell: String,
        /// What is typed; a formula becomes one.
        text: String,
    },
    /// Shares the spreadsheet with an account.
    Share {
        /// The account's address.
        client_email: String,
    },
    /// Takes that back.
    Unshare {
        /// The account's address.
        client_email: String,
    },
    /// Deletes the spreadsheet.
    Delete,
}

impl Sheets {
    /// A person does something at a spreadsheet. The error says what cannot be done.
    pub fn act(&self, spreadsheet: &str, act: Act) -> Result<(), String> {
        self.with(|state, _| state.act(spreadsheet, act))
    }
}

impl State {
    fn act(&mut self, spreadsheet: &str, act: Act) -> Result<(), String> {
        let place = self.books.iter().position(|book| book.id == spreadsheet);
        let place = place.ok_or_else(|| format!("spreadsheet: there is no {spreadsheet}"))?;
        if matches!(act, Act::Delete) {
            self.books.remove(place);
            return Ok(());
        }
        let leaves_tags = self.faults.sort_leaves_tags;
        self.books[place].act(act, leaves_tags)
    }
}

impl Book {
    fn act(&mut self, act: Act, leaves_tags: bool) -> Result<(), String> {
        match act {
            Act::Sort { tab, column, descending } => {
                let tab = self.tab(&tab)?;
                let column = column_of(tab, &column)?;
                tab.sort(column, descending, leaves_tags);
            }
            Act::DeleteRow { tab, row } => {
                let tab = self.tab(&tab)?;
                let row = row_of(tab, row)?;
                if tab.rows.len() == 1 {
                    return Err("row: the last one cannot be deleted".to_owned());
                }
                tab.rows.remove(row);
            }
            Act::InsertRow { tab, row } => {
                let tab = self.tab(&tab)?;
                let row = row_of(tab, row)?;
                tab.rows.insert(row, Row::default());
            }
            Act::InsertColumn { tab, column } => {
                let tab = self.tab(&tab)?;
                let column = column_of(tab, &column)?;
                tab.insert_columns(column, 1);
            }
            Act::DeleteColumn { tab, column } => {
                let tab = self.tab(&tab)?;
                let column = column_of(tab, &column)?;
                if tab.columns.len() == 1 {
                    return Err("column: the last one cannot be deleted".to_owned());
                }
                tab.delete_columns(column, column + 1);
            }
            Act::HideColumn { tab, column, hidden } => {
                let tab = self.tab(&tab)?;
                let column = column_of(tab, &column)?;
                tab.columns[column].hidden = hidden;
            }
            Act::AddTab { tab } => {
                let id = self.free_sheet_id();
                self.new_title(&tab)?;
                let made = Tab::new(id, &tab, super::book::ROWS, super::book::COLUMNS);
                self.add_tab(made, None).map_err(|_| "tab: there is no room for it".to_owned())?;
            }
            Act::RenameTab { tab, title } => {
                self.tab(&tab)?;
                self.new_title(&title)?;
                self.tab(&tab)?.title = title;
            }
            Act::DeleteTab { tab } => {
                let id = self.tab(&tab)?.sheet_id;
                if self.tabs.len() == 1 {
                    return Err("tab: the last one cannot be deleted".to_owned());
                }
                self.tabs.retain(|tab| tab.sheet_id != id);
            }
            Act::EditCell { tab, cell, text } => {
                let place = self.titled(&tab).ok_or_else(|| format!("tab: there is no {tab}"))?;
                let wanted = Wanted::read(self, &cell).ok().filter(|wanted| wanted.is_cell && !cell.contains('!'));
                let wanted = wanted.ok_or_else(|| "cell: write it as B3".to_owned())?;
                let wanted = Wanted { tab: place, ..wanted };
                let area = wanted.area(self).map_err(|_| "cell: the grid does not go so far".to_owned())?;
                // What people type is no work of the API's, so its formulas are not counted among those.
                let cells = &mut self.tabs[place].rows[area.top].cells;
                if cells.len() <= area.left {
                    cells.resize(area.left + 1, Content::Empty);
                }
                cells[area.left] = Content::typed(&text);
            }
            Act::Share { client_email } => {
                self.shared_with.insert(client_email);
            }
            Act::Unshare { client_email } => {
                self.shared_with.remove(&client_email);
            }
            Act::Delete => {}
        }
        Ok(())
    }

    fn tab(&mut self, title: &str) -> Result<&mut Tab, String> {
        let place = self.titled(title).ok_or_else(|| format!("tab: there is no {title}"))?;
        Ok(&mut self.tabs[place])
    }

    fn new_title(&self, title: &str) -> Result<(), String> {
        if title.trim().is_empty() || self.titled(title).is_some() {
            return Err("tab: choose a name that no other tab has".to_owned());
        }
        Ok(())
    }
}

impl Tab {
    /// Sorts what is below the first row, blank rows last. Tags go with the cells, unless they are to be left behind.
    fn sort(&mut self, column: usize, descending: bool, leaves_tags: bool) {
        let used = self.used_rows();
        if used < 3 {
            return;
        }
        let mut rows: Vec<Row> = self.rows.drain(1..used).collect();
        let left: Vec<_> = rows.iter().map(|row| row.tags.clone()).collect();
        rows.sort_by(|one, other| {
            let cell = |row: &Row| row.cells.get(column).cloned().unwrap_or_default();
            compared(&cell(one), &cell(other), descending)
        });
        if leaves_tags {
            for (row, tags) in rows.iter_mut().zip(left) {
                row.tags = tags;
            }
        }
        self.rows.splice(1..1, rows);
    }
}

/// Numbers before text before truth values; empty cells are last whichever way it goes.
fn compared(one: &Content, other: &Content, descending: bool) -> Ordering {
    let rank = |content: &Content| match content {
        Content::Number(_) => 0,
        Content::Text(_) | Content::Formula(_) => 1,
        Content::Flag(_) => 2,
        Content::Empty => 3,
    };
    if one.is_empty() || other.is_empty() {
        return one.is_empty().cmp(&other.is_empty());
    }
    let order = match (one, other) {
        (Content::Number(one), Content::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap_or_default(), other.as_f64().unwrap_or_default());
            one.total_cmp(&other)
        }
        (Content::Text(one), Content::Text(other)) => one.to_lowercase().cmp(&other.to_lowercase()),
        _ => rank(one).cmp(&rank(other)).then_with(|| one.shown().cmp(&other.shown())),
    };
    if descending { order.reverse() } else { order }
}

fn row_of(tab: &Tab, row: usize) -> Result<usize, String> {
    row.checked_sub(1).filter(|row| *row < tab.rows.len()).ok_or_else(|| format!("row: there is no {row}"))
}

fn column_of(tab: &Tab, letters: &str) -> Result<usize, String> {
    let found = (0..tab.columns.len()).find(|column| super::a1::letters(*column).eq_ignore_ascii_case(letters));
    found.ok_or_else(|| format!("column: there is no {letters}"))
}
