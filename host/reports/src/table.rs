//! A table as text: which row names the columns, and the rows below it. Knows what may be taken in, and nothing of what columns mean.

use crate::{Refusal, csv_in, xlsx_in};

/// The most bytes of a file.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most rows that are not empty, the header among them.
pub const MAX_ROWS: usize = 200_000;
/// The most columns.
pub const MAX_COLUMNS: usize = 100;
/// The most bytes of a cell.
pub const MAX_CELL: usize = 4 * 1024;
/// The most cells: all rows with twenty columns each. An empty cell costs memory too, and a byte of CSV is enough for one.
pub const MAX_CELLS: usize = MAX_ROWS * 20;
/// The most bytes of all cells together. A workbook keeps a text once and may show it in every cell.
pub const MAX_TEXT: usize = 64 * 1024 * 1024;

/// How a file is to be read. What is not said is guessed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading<'r> {
    /// The row with the names of the columns, counted from 1 as spreadsheets do.
    pub header_row: Option<usize>,
    /// The sheet of a workbook; the first if not said.
    pub sheet: Option<&'r str>,
    /// What stands between the cells of CSV: a comma, a semicolon, a tab or `|`; another is as good as none.
    pub delimiter: Option<u8>,
}

/// A row below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, counted from 1 as spreadsheets do.
    pub number: usize,
    /// Its cells; those at the end may be absent.
    pub cells: Vec<String>,
}

impl Row {
    /// The text in a column counted from 0, without spaces around it.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }
}

/// A table. Rows without any text are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The row that names the columns, counted from 1 as spreadsheets do.
    pub header_row: usize,
    /// The names of the columns, each on one line.
    pub header: Vec<String>,
    /// The rows below it.
    pub rows: Vec<Row>,
}

/// Reads a workbook or CSV; which of them it is, its first bytes say.
pub fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Table, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::Bytes);
    }
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    let begins = |with: &[u8]| bytes.get(..with.len()).is_some_and(|first| first.eq_ignore_ascii_case(with));
    let gathered = if begins(b"PK\x03\x04") {
        xlsx_in::read(bytes, reading.sheet)?
    } else if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(Refusal::OldWorkbook);
    } else if begins(b"%PDF") {
        return Err(Refusal::NotATable { what: "a PDF" });
    } else if begins(b"<") || begins(b"\xef\xbb\xbf<") {
        return Err(Refusal::NotATable { what: "a web page or XML" });
    } else {
        csv_in::read(bytes, reading.delimiter)?
    };
    gathered.table(reading.header_row)
}

/// Rows as they come in, held to the limits.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    rows: Vec<Row>,
    cells: usize,
    text: usize,
}

impl Gathered {
    /// Takes the next row, unless there is nothing in it.
    pub(crate) fn push<'c>(&mut self, number: usize, cells: impl Iterator<Item = &'c str>) -> Result<(), Refusal> {
        let (mut taken, mut filled) = (Vec::new(), 0);
        for (place, cell) in cells.enumerate() {
            if cell.len() > MAX_CELL {
                return Err(Refusal::Cell { row: number });
            }
            let empty = cell.trim().is_empty();
            if place >= MAX_COLUMNS {
                if empty {
                    continue;
                }
                return Err(Refusal::Columns { row: number });
            }
            if !empty {
                filled = place + 1;
            }
            self.text += cell.len();
            taken.push(cell.to_owned());
        }
        taken.truncate(filled);
        taken.shrink_to_fit();
        if filled == 0 {
            return Ok(());
        }
        self.cells += filled;
        if self.rows.len() == MAX_ROWS {
            return Err(Refusal::Rows);
        }
        if self.cells > MAX_CELLS || self.text > MAX_TEXT {
            return Err(Refusal::Text);
        }
        self.rows.push(Row { number, cells: taken });
        Ok(())
    }

    /// Parts the header from the rows below it. What stands above, such as the merchant's name and the period, is left out.
    pub(crate) fn table(self, header_row: Option<usize>) -> Result<Table, Refusal> {
        if self.rows.is_empty() {
            return Err(Refusal::Empty);
        }
        let place = match header_row {
            Some(number) => {
                let found = self.rows.iter().position(|row| row.number == number);
                found.ok_or(Refusal::HeaderRow { row: number })?
            }
            None => header_place(&self.rows).ok_or(Refusal::NoHeader)?,
        };
        let mut rows = self.rows;
        let below = rows.split_off(place + 1);
        let header = rows.pop().expect("the place is within the rows");
        let on_one_line = |cell: &String| cell.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Table { header_row: header.number, header: header.cells.iter().map(on_one_line).collect(), rows: below })
    }
}

/// The fewest cells of a header.
const HEADER_CELLS: usize = 3;

/// How far down a header is looked for.
const HEADER_DEPTH: usize = 50;

/// The first row of three cells or more where a later row reaches as far. One with a number or a date in it ("Period | 01.10.2026 |
/// 31.10.2026") names no columns, so it is taken only where nothing better is found.
fn header_place(rows: &[Row]) -> Option<usize> {
    let filled = |row: &Row| row.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let mut widest_below = 0;
    let mut candidates = Vec::new();
    for (place, row) in rows.iter().enumerate().rev() {
        if place < HEADER_DEPTH && filled(row) >= HEADER_CELLS && widest_below >= filled(row) {
            candidates.push(place);
        }
        widest_below = widest_below.max(row.cells.len());
    }
    candidates.reverse();
    let of_words = |place: &&usize| !rows[**place].cells.iter().any(|cell| is_value(cell));
    candidates.iter().find(of_words).or(candidates.first()).copied()
}

/// Whether this is a number, a date or the like: digits, and nothing but what is written between digits.
fn is_value(cell: &str) -> bool {
    let text = cell.trim();
    text.contains(|letter: char| letter.is_ascii_digit()) && !text.contains(char::is_alphabetic)
}
