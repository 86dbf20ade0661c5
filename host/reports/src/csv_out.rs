//! CSV for accounting (RFC 4180), row by row into whatever takes bytes. Spreadsheets open it by a double click: the mark at its beginning
//! has them read Armenian, and no text in it is taken for a formula.

use crate::{Cell, Heading, cell, sums::Sums};
use kamurj_domain::format::Language;
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// What stands between cells. Spreadsheets part cells by semicolons where they write a comma in decimals, and take `10.11` for the tenth
/// of November there; so decimals go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Commas, and a point in decimals.
    Comma,
    /// Semicolons, and a comma in decimals: for spreadsheets in Armenian or Russian.
    Semicolon,
}

/// A table that is being written as CSV.
pub struct CsvOut<W: Write> {
    out: csv::Writer<W>,
    dialect: Dialect,
    language: Language,
    sums: Sums,
}

impl<W: Write> CsvOut<W> {
    /// Begins the table: the mark of UTF-8 and the headings.
    pub fn new(mut out: W, dialect: Dialect, language: Language, headings: &[Heading]) -> io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        let delimiter = match dialect {
            Dialect::Comma => b',',
            Dialect::Semicolon => b';',
        };
        let out = csv::WriterBuilder::new().delimiter(delimiter).terminator(csv::Terminator::CRLF).from_writer(out);
        let mut begun = Self { out, dialect, language, sums: Sums::of(headings) };
        let titles: Vec<_> = headings.iter().map(|heading| Cell::Text(&heading.title)).collect();
        begun.write(&titles)?;
        Ok(begun)
    }

    /// Writes a row; it has as many cells as there are headings.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.sums.add(cells);
        self.write(cells)
    }

    /// Writes the sums, one row for each currency, and gives back what was written into.
    pub fn finish(mut self) -> io::Result<W> {
        let labels = self.sums.labels(self.language);
        for row in self.sums.rows(&labels) {
            self.write(&row)?;
        }
        self.out.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    fn write(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let texts = cells.iter().map(|cell| written(*cell, self.dialect));
        self.out.write_record(texts.map(|text| text.into_owned().into_bytes())).map_err(io::Error::from)
    }
}

fn written(cell: Cell<'_>, dialect: Dialect) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => cell::guarded(text),
        // Numbers of ours are digits, a sign and a point: nothing to be run, and accounting adds them up.
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Amount(money) => Cow::Owned(match dialect {
            Dialect::Comma => money.decimal(),
            Dialect::Semicolon => money.decimal().replace('.', ","),
        }),
        Cell::Time(at_ms) => Cow::Owned(cell::time(at_ms)),
    }
}
