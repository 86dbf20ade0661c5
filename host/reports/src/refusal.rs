//! Why a file is not read. Each sentence says what to do instead.

use crate::table::{MAX_CELL, MAX_COLUMNS, MAX_ROWS};

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("the file is empty: export the report again and send that")]
    Empty,
    /// More bytes than [`crate::MAX_BYTES`].
    #[error("the file may have at most 10 MB: export a shorter period")]
    Bytes,
    /// More rows than [`MAX_ROWS`].
    #[error("the table may have at most {MAX_ROWS} rows: export a shorter period")]
    Rows,
    /// More columns than [`MAX_COLUMNS`].
    #[error("row {row} has more than {MAX_COLUMNS} columns: delete the columns that are not needed")]
    Columns {
        /// The row, counted as spreadsheets do.
        row: usize,
    },
    /// A cell longer than [`MAX_CELL`].
    #[error(
        "row {row} has a cell of more than {MAX_CELL} bytes: shorten it, or look for a quotation mark that is never closed"
    )]
    Cell {
        /// The row, counted as spreadsheets do.
        row: usize,
    },
    /// More cells than [`crate::MAX_CELLS`], or more text in them than [`crate::MAX_TEXT`].
    #[error(
        "the table holds too much for one report: export a shorter period, or delete the columns that are not needed"
    )]
    Text,
    /// A workbook that unpacks to far more than a report needs.
    #[error(
        "the workbook unpacks to more than a report can hold: save the one sheet that is needed as CSV and send that"
    )]
    Unpacked,
    /// A workbook of the format before 2007, or one behind a password: both are kept in the same container.
    #[error(
        "this is an old .xls file or has a password: open it, save it as .xlsx without a password or as CSV, and send that"
    )]
    OldWorkbook,
    /// Something else than a table, by its first bytes.
    #[error("this is {what}, not a table: export the report as .xlsx or CSV")]
    NotATable {
        /// What it is.
        what: &'static str,
    },
    /// A workbook that cannot be read.
    #[error("the workbook is cut off or damaged: open it, save it anew as .xlsx, and send that")]
    Damaged,
    /// Text in no encoding that is read here.
    #[error("the file's letters cannot be read: save it as \"CSV UTF-8\" and send that")]
    Encoding,
    /// CSV that cannot be taken apart.
    #[error("the file cannot be taken apart near row {row}: save it as \"CSV UTF-8\" and send that")]
    Csv {
        /// The row, counted as spreadsheets do.
        row: usize,
    },
    /// No sheet by that name.
    #[error("the workbook has no sheet \"{name}\": choose one of {there}")]
    Sheet {
        /// The name that was asked for.
        name: String,
        /// Those that are there.
        there: String,
    },
    /// No row looks like a header.
    #[error("no row looks like the names of columns: say which row has them")]
    NoHeader,
    /// The row that was named as the header has nothing in it.
    #[error("row {row} is empty or not in the table: say which row has the names of the columns")]
    HeaderRow {
        /// The row that was named.
        row: usize,
    },
}
