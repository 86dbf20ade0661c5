//! A small double of one spreadsheet: tabs, tags that move with their rows and columns, what people do there, and faults on demand. It
//! must not share code with the plugin.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: the trouble is a later one's.
    Pass,
    /// It is done; the answer is cut.
    DropReply,
    /// It left and never arrived.
    DropRequest,
    /// It left, nobody answers, and it is done when the next call of the same name comes.
    Late,
    /// The answer is longer than the host takes.
    TooLarge,
    /// It is done, and Google answers 500.
    BreakAfter,
    /// This status with these words, and nothing is done.
    Refuse(u16, &'static str, &'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tag {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Value>,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tab {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) rows: Vec<Row>,
    /// The tags of each column.
    pub(crate) columns: Vec<Vec<Tag>>,
    pub(crate) frozen: u64,
}

impl Tab {
    pub(crate) fn new(id: i64, title: &str) -> Self {
        let columns = vec![Vec::new(); 26];
        Self { id, title: title.to_owned(), rows: vec![Row::default(); 100], columns, frozen: 0 }
    }

    /// The texts of a row, blank ones at the end left out.
    pub(crate) fn texts(&self, row: usize) -> Vec<String> {
        self.line(row, 0, self.columns.len()).iter().map(text).collect()
    }

    pub(crate) fn line(&self, row: usize, from: usize, to: usize) -> Vec<Value> {
        let cells = &self.rows[row].cells;
        let mut line: Vec<Value> = (from..to).map(|at| cells.get(at).cloned().unwrap_or(json!(""))).collect();
        line.truncate(line.iter().rposition(|cell| cell != "").map_or(0, |last| last + 1));
        line
    }

    pub(crate) fn set(&mut self, row: usize, column: usize, value: Value) {
        let cells = &mut self.rows[row].cells;
        if cells.len() <= column {
            cells.resize(column + 1, json!(""));
        }
        cells[column] = value;
    }

    /// Every row but the headings, by the text of a column; tags go along or stay, as people's luck has it.
    pub(crate) fn sort(&mut self, column: usize, tags_stay: bool) {
        let tags: Vec<Vec<Tag>> = self.rows.iter().map(|row| row.tags.clone()).collect();
        self.rows[1..].sort_by_key(|row| {
            let cell = row.cells.get(column).map(text).unwrap_or_default();
            (cell.is_empty(), cell)
        });
        if tags_stay {
            for (row, tags) in self.rows.iter_mut().zip(tags) {
                row.tags = tags;
            }
        }
    }

    pub(crate) fn move_column(&mut self, from: usize, to: usize) {
        let width = self.columns.len();
        for row in &mut self.rows {
            row.cells.resize(width, json!(""));
            let cell = row.cells.remove(from);
            row.cells.insert(to, cell);
        }
        let tags = self.columns.remove(from);
        self.columns.insert(to, tags);
    }

    pub(crate) fn insert_columns(&mut self, at: usize, count: usize) {
        for row in &mut self.rows {
            row.cells.resize(row.cells.len().max(at), json!(""));
            row.cells.splice(at..at, vec![json!(""); count]);
        }
        self.columns.splice(at..at, vec![Vec::new(); count]);
    }

    pub(crate) fn delete_column(&mut self, at: usize) {
        for row in self.rows.iter_mut().filter(|row| row.cells.len() > at) {
            row.cells.remove(at);
        }
        self.columns.remove(at);
    }

    pub(crate) fn tag_characters(&self) -> usize {
        let all = self.rows.iter().flat_map(|row| &row.tags).chain(self.columns.iter().flatten());
        all.map(|tag| tag.key.len() + tag.value.len()).sum()
    }
}

/// A cell as people see it.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Something that somebody does to the spreadsheet.
type Act = fn(&mut Book);

/// The service's side.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) tabs: Vec<Tab>,
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    /// Characters of tags that a tab has room for.
    pub(crate) room: usize,
    /// The account may look and not write.
    pub(crate) read_only: bool,
    /// What every call gets, while it is there.
    pub(crate) down: Option<(u16, &'static str)>,
    /// What Google is still at.
    pub(crate) late: Option<(String, Value)>,
    /// What people do in the moment before a call.
    pub(crate) meanwhile: VecDeque<(&'static str, Act)>,
    /// How many writes this account may make until the minute is over.
    pub(crate) writes_left: Option<usize>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            tabs: vec![Tab::new(0, "Sheet1")],
            calls: Vec::new(),
            faults: VecDeque::new(),
            late: None,
            meanwhile: VecDeque::new(),
            room: 30_000,
            read_only: false,
            down: None,
            writes_left: None,
        }
    }
}
