//! The `values` calls: what stands in ranges, read and written. It must not know how ranges are named by tags, nor what a batch is.

use serde_json::{Value, json};

use super::a1::{Area, Wanted};
use super::book::{Book, Column, Row};
use super::cell::{Content, Input, Render};
use super::node::Node;
use super::refusal::Refusal;

/// `majorDimension`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Major {
    Rows,
    Columns,
}

impl Major {
    pub(super) const WORDS: [&'static str; 2] = ["ROWS", "COLUMNS"];

    /// Rows where nothing was said.
    pub(super) fn of(word: Option<&str>) -> Self {
        if word == Some("COLUMNS") { Self::Columns } else { Self::Rows }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Rows => "ROWS",
            Self::Columns => "COLUMNS",
        }
    }
}

impl Render {
    pub(super) const WORDS: [&'static str; 3] = ["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"];

    pub(super) fn of(word: Option<&str>) -> Self {
        match word {
            Some("UNFORMATTED_VALUE") => Self::Unformatted,
            Some("FORMULA") => Self::Formula,
            _ => Self::Formatted,
        }
    }
}

impl Input {
    pub(super) const WORDS: [&'static str; 2] = ["RAW", "USER_ENTERED"];

    /// It has to be said.
    pub(super) fn of(word: Option<&str>) -> Result<Self, Refusal> {
        match word {
            Some("RAW") => Ok(Self::Raw),
            Some("USER_ENTERED") => Ok(Self::UserEntered),
            _ => Err(Refusal::invalid("'valueInputOption' is required but not specified")),
        }
    }
}

/// Values as they were sent, row by row.
pub(super) struct Sent {
    rows: Vec<Vec<Option<Content>>>,
}

/// What a write did.
pub(super) struct Written {
    pub(super) area: Area,
    pub(super) cells: usize,
}

impl Written {
    /// `UpdateValuesResponse` without what names the spreadsheet.
    pub(super) fn json(&self, book: &Book) -> Value {
        let mut said = json!({"updatedRange": self.area.named(book)});
        if self.cells > 0 {
            said["updatedRows"] = (self.area.bottom - self.area.top).into();
            said["updatedColumns"] = (self.area.right - self.area.left).into();
            said["updatedCells"] = self.cells.into();
        }
        said
    }
}

impl Sent {
    /// Reads `values` of a body that has `majorDimension` beside them.
    pub(super) fn read(node: &Node<'_>, input: Input) -> Result<Self, Refusal> {
        let major = Major::of(node.word("majorDimension", "Dimension", &Major::WORDS)?);
        let mut lines = Vec::new();
        for (line, (value, path)) in node.list("values")?.into_iter().enumerate() {
            let cells = value
                .as_array()
                .ok_or_else(|| Refusal::mistyped(&path, "type.googleapis.com/google.protobuf.ListValue", value))?;
            let cells = cells.iter().enumerate().map(|(place, value)| {
                let content = Content::sent(value, input)
                    .map_err(|kind| Refusal::invalid(format!("Invalid values[{line}][{place}]: {kind}")))?;
                content.map(Content::fitting).transpose()
            });
            lines.push(cells.collect::<Result<Vec<_>, Refusal>>()?);
        }
        if major == Major::Columns {
            let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
            let row = |row: usize| lines.iter().map(|line| line.get(row).cloned().flatten()).collect();
            return Ok(Self { rows: (0..longest).map(row).collect() });
        }
        Ok(Self { rows: lines })
    }

    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Writes into a range that has room for it; from a single cell it may go on as far as the grid does.
    pub(super) fn write(self, book: &mut Book, wanted: Wanted) -> Result<Written, Refusal> {
        let mut area = wanted.area(book)?;
        if wanted.is_cell {
            area.bottom = book.tabs[area.tab].rows.len();
            area.right = book.tabs[area.tab].columns.len();
        }
        let (bottom, right) = (area.top + self.height(), area.left + self.width());
        if bottom > area.bottom || right > area.right {
            let beyond = if bottom > area.bottom {
                format!("row [{}]", area.bottom + 1)
            } else {
                format!("column [{}]", super::a1::letters(area.right))
            };
            let range = area.named(book);
            return Err(Refusal::invalid(format!(
                "Requested writing within range [{range}], but tried writing to {beyond}"
            )));
        }
        let mut cells = 0;
        for (down, row) in self.rows.into_iter().enumerate() {
            for (along, content) in row.into_iter().enumerate() {
                if let Some(content) = content {
                    book.set(area.tab, area.top + down, area.left + along, content);
                    cells += 1;
                }
            }
        }
        let area = Area { bottom: bottom.max(area.top + 1), right: right.max(area.left + 1), ..area };
        Ok(Written { area, cells })
    }

    /// `values.append`: after the last table that the range touches, or where the range begins when it touches none.
    pub(super) fn append(
        self,
        book: &mut Book,
        wanted: Wanted,
        insert: bool,
    ) -> Result<(Option<Area>, Written), Refusal> {
        let area = wanted.area(book)?;
        let table = last_table(book, area);
        let (top, left) = table.map_or((area.top, area.left), |table| (table.bottom, table.left));
        let (bottom, right) = (top + self.height(), left + self.width());
        let (rows, columns) = (book.tabs[area.tab].rows.len(), book.tabs[area.tab].columns.len());
        book.has_room(self.height().saturating_mul(columns))?;
        if insert && table.is_some() && top < rows {
            book.tabs[area.tab].rows.splice(top..top, vec![Row::default(); self.height()]);
        }
        let tab = &mut book.tabs[area.tab];
        if tab.rows.len() < bottom {
            tab.rows.resize(bottom, Row::default());
        }
        if tab.columns.len() < right {
            tab.columns.resize(right, Column::default());
        }
        let from = Wanted {
            tab: area.tab,
            top,
            left,
            bottom: Some(bottom.max(top + 1)),
            right: Some(right.max(left + 1)),
            is_cell: false,
        };
        if self.height() == 0 {
            return Ok((
                table,
                Written { area: Area { tab: area.tab, top, left, bottom: top + 1, right: left + 1 }, cells: 0 },
            ));
        }
        Ok((table, self.write(book, from)?))
    }
}

/// A `ValueRange`. Empty rows and cells at the end are not said; where nothing is left, neither is `values`.
pub(super) fn read(book: &Book, area: Area, major: Major, render: Render) -> Value {
    let tab = &book.tabs[area.tab];
    let line = |cells: Vec<&Content>| {
        let length = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells[..length].iter().map(|cell| cell.said(render)).collect::<Vec<_>>()
    };
    let mut lines: Vec<Vec<Value>> = match major {
        Major::Rows => (area.top..area.bottom)
            .map(|row| line((area.left..area.right).map(|column| tab.cell(row, column)).collect()))
            .collect(),
        Major::Columns => (area.left..area.right)
            .map(|column| line((area.top..area.bottom).map(|row| tab.cell(row, column)).collect()))
            .collect(),
    };
    lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
    let mut said = json!({"range": area.named(book), "majorDimension": major.word()});
    if !lines.is_empty() {
        said["values"] = json!(lines);
    }
    said
}

/// The lowest table that an area touches. A table is what hangs together: it ends at blank rows and columns.
fn last_table(book: &Book, area: Area) -> Option<Area> {
    let tab = &book.tabs[area.tab];
    let used = tab.used_rows();
    let columns = tab.columns.len();
    let is_full = |row: usize, column: usize| row < used && column < columns && !tab.cell(row, column).is_empty();
    let mut found: Option<Area> = None;
    for row in area.top..area.bottom.min(used) {
        for column in area.left..area.right {
            let known = found.is_some_and(|table| {
                (table.top..table.bottom).contains(&row) && (table.left..table.right).contains(&column)
            });
            if known || !is_full(row, column) {
                continue;
            }
            let mut table = Area { tab: area.tab, top: row, left: column, bottom: row + 1, right: column + 1 };
            loop {
                let before = table;
                let beside =
                    |row: usize| (table.left.saturating_sub(1)..=table.right).any(|column| is_full(row, column));
                let above = table.top > 0 && beside(table.top - 1);
                let below = beside(table.bottom);
                let along =
                    |column: usize| (table.top.saturating_sub(1)..=table.bottom).any(|row| is_full(row, column));
                let before_it = table.left > 0 && along(table.left - 1);
                let after_it = along(table.right);
                table.top -= usize::from(above);
                table.bottom += usize::from(below);
                table.left -= usize::from(before_it);
                table.right += usize::from(after_it);
                if table == before {
                    break;
                }
            }
            if found.is_none_or(|other| table.bottom >= other.bottom) {
                found = Some(table);
            }
        }
    }
    found
}
