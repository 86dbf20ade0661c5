//! Tables that banks hand to merchants, read in and held against what we know, and tables for accounting, written out. Bytes come in
//! and go out as arguments: this crate opens no file and knows no HTTP, no SQL and no clock.
//!
//! The way in is [`read`] (bytes to a table), [`guess()`] and [`check()`] (which column is what), [`lines`] (rows to lines) and [`compare()`]
//! (lines against our movements). The way out is [`CsvOut`] and [`XlsxOut`], with the words of [`words`].

mod amount;
mod cell;
mod check;
mod column;
mod compare;
mod csv_in;
mod csv_out;
mod guess;
mod headings;
mod line;
mod mapping;
mod matching;
mod moment;
mod number;
mod refusal;
mod sums;
mod table;
pub mod words;
mod xlsx_in;
mod xlsx_out;

pub use amount::Decimals;
pub use cell::Cell;
pub use check::{Wrong, check};
pub use column::Column;
pub use compare::{Comparison, Difference, Differing, Matched, Movement, Period, compare};
pub use csv_out::{CsvOut, Dialect};
pub use guess::guess;
pub use line::{Kind, Line, Refused, Report, lines};
pub use mapping::{CurrencyFrom, KindFrom, KindWords, Mapping, TimeFrom};
pub use moment::TimeFormat;
pub use refusal::Refusal;
pub use sums::Heading;
pub use table::{MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Reading, Row, Table, read};
pub use xlsx_out::{MAX_ROWS_OUT, Particulars, XlsxOut, XlsxOutError};
