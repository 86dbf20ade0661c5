//! What a tag is on, the spreadsheet, a tab, a row or a column: how it is read and said, which cells it has and what it meets. It must not
//! know the tags.

use serde_json::{Value, json};

use super::a1::Area;
use super::book::Book;
use super::node::Node;
use super::refusal::Refusal;

/// A place that tags can be on. Rows and columns stand behind the tab's own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Book,
    Tab(usize),
    Row(usize, usize),
    Column(usize, usize),
}

impl Spot {
    /// `locationType`
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Book => "SPREADSHEET",
            Self::Tab(_) => "SHEET",
            Self::Row(..) => "ROW",
            Self::Column(..) => "COLUMN",
        }
    }

    /// The cells of it.
    pub(super) fn area(self, book: &Book) -> Vec<Area> {
        let whole = |tab: usize| Area {
            tab,
            top: 0,
            left: 0,
            bottom: book.tabs[tab].rows.len(),
            right: book.tabs[tab].columns.len(),
        };
        match self {
            Self::Book => (0..book.tabs.len()).map(whole).collect(),
            Self::Tab(tab) => vec![whole(tab)],
            Self::Row(tab, row) => vec![Area { top: row, bottom: row + 1, ..whole(tab) }],
            Self::Column(tab, column) => vec![Area { left: column, right: column + 1, ..whole(tab) }],
        }
    }

    /// The tab, and the row or column of it. The spreadsheet has none of these.
    fn place(self) -> Option<(usize, Option<usize>, Option<usize>)> {
        match self {
            Self::Book => None,
            Self::Tab(tab) => Some((tab, None, None)),
            Self::Row(tab, row) => Some((tab, Some(row), None)),
            Self::Column(tab, column) => Some((tab, None, Some(column))),
        }
    }

    /// Whether two places have a cell in common: a row meets itself, its tab, and every column of that. The spreadsheet meets itself alone,
    /// as Google has it ("DeveloperMetadataLookup").
    pub(super) fn meets(self, other: Self) -> bool {
        let (Some((tab, row, column)), Some((its_tab, its_row, its_column))) = (self.place(), other.place()) else {
            return self == other;
        };
        let common = |one: Option<usize>, other: Option<usize>| one.is_none() || other.is_none() || one == other;
        tab == its_tab && common(row, its_row) && common(column, its_column)
    }

    /// Whether it has a cell of this area.
    pub(super) fn touches(self, area: Area) -> bool {
        self.place().is_some_and(|(tab, row, column)| {
            tab == area.tab
                && row.is_none_or(|row| (area.top..area.bottom).contains(&row))
                && column.is_none_or(|column| (area.left..area.right).contains(&column))
        })
    }

    /// Reads a `DeveloperMetadataLocation`.
    pub(super) fn read(book: &Book, node: &Node<'_>) -> Result<Self, Refusal> {
        node.only(&["locationType", "spreadsheet", "sheetId", "dimensionRange"])?;
        let named: Vec<&str> = node.names().into_iter().filter(|name| *name != "locationType").collect();
        match named.as_slice() {
            ["spreadsheet"] if node.flag("spreadsheet")? == Some(true) => Ok(Self::Book),
            ["sheetId"] => Ok(Self::Tab(book.place(node.int32("sheetId")?.unwrap_or(0))?)),
            ["dimensionRange"] => {
                let Some(range) = node.object("dimensionRange")? else { return Err(Refusal::unreadable()) };
                Self::of_lines(book, &range)
            }
            _ => Err(Refusal::invalid("Exactly one location must be specified.")),
        }
    }

    /// The single row or column of a `DimensionRange`, which has to be in the grid.
    fn of_lines(book: &Book, range: &Node<'_>) -> Result<Self, Refusal> {
        let lines = Lines::read(book, range)?;
        if range.value("startIndex").is_none() || range.value("endIndex").is_none() {
            return Err(Refusal::invalid("DimensionRange must specify both a startIndex and an endIndex."));
        }
        if lines.end != lines.start + 1 {
            return Err(Refusal::invalid("DimensionRange must represent a single row or column."));
        }
        let tab = &book.tabs[lines.tab];
        let (length, word) = if lines.is_rows() { (tab.rows.len(), "row") } else { (tab.columns.len(), "column") };
        if lines.end > length {
            let end = lines.end;
            return Err(Refusal::invalid(format!(
                "dimensionRange.endIndex[{end}] is after last {word} in sheet[{length}]"
            )));
        }
        Ok(if lines.is_rows() { Self::Row(lines.tab, lines.start) } else { Self::Column(lines.tab, lines.start) })
    }

    /// A `DeveloperMetadataLocation`.
    pub(super) fn json(self, book: &Book) -> Value {
        let line = |tab: usize, dimension: &str, at: usize| json!({"sheetId": book.tabs[tab].sheet_id, "dimension": dimension, "startIndex": at, "endIndex": at + 1});
        let (name, value) = match self {
            Self::Book => ("spreadsheet", json!(true)),
            Self::Tab(tab) => ("sheetId", json!(book.tabs[tab].sheet_id)),
            Self::Row(tab, row) => ("dimensionRange", line(tab, "ROWS", row)),
            Self::Column(tab, column) => ("dimensionRange", line(tab, "COLUMNS", column)),
        };
        json!({"locationType": self.kind(), name: value})
    }
}

/// A `DimensionRange`; its end may be past the grid's.
pub(super) struct Lines {
    pub(super) tab: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// `ROWS` or `COLUMNS`.
    pub(super) dimension: &'static str,
}

impl Lines {
    pub(super) fn read(book: &Book, node: &Node<'_>) -> Result<Self, Refusal> {
        node.only(&["sheetId", "dimension", "startIndex", "endIndex"])?;
        let tab = book.place(node.int32("sheetId")?.unwrap_or(0))?;
        let dimension = node.word("dimension", "Dimension", &["ROWS", "COLUMNS"])?;
        let dimension = dimension.ok_or_else(|| Refusal::invalid("No dimension specified."))?;
        let length = if dimension == "ROWS" { book.tabs[tab].rows.len() } else { book.tabs[tab].columns.len() };
        let (start, end) = (node.index("startIndex")?.unwrap_or(0), node.index("endIndex")?.unwrap_or(length));
        if start >= end {
            let message = format!("endIndex[{end}] must be greater than startIndex[{start}]");
            return Err(Refusal::invalid(message));
        }
        Ok(Self { tab, start, end, dimension })
    }

    /// Whether these are rows; otherwise they are columns.
    pub(super) fn is_rows(&self) -> bool {
        self.dimension == "ROWS"
    }
}
