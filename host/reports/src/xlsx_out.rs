//! A workbook for accounting: a title, headings, typed cells, sums. Text is always text, amounts are numbers that add up. The same rows
//! make the same bytes.

use crate::{
    Cell, Heading,
    cell::{self, is_risky},
    sums::Sums,
};
use kamurj_domain::{Money, format::Language};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::io::{self, Write};

/// The most rows of a workbook: its cells are held in memory until it is finished, since the library's other mode keeps them in files.
pub const MAX_ROWS_OUT: usize = 50_000;

/// The most letters of a cell that spreadsheets take, counted as UTF-16 does.
const MAX_LETTERS: usize = 32_767;

/// What a workbook says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Particulars<'p> {
    /// The line above the table.
    pub title: &'p str,
    /// The name of the sheet: at most 31 letters, none of `[]:*?/\`.
    pub sheet: &'p str,
    /// When it was made, in Unix milliseconds.
    pub made_at_ms: i64,
    /// The language of its own words.
    pub language: Language,
}

/// Why a workbook is not written.
#[derive(Debug, thiserror::Error)]
pub enum XlsxOutError {
    /// More rows than [`MAX_ROWS_OUT`].
    #[error("a workbook may have at most {MAX_ROWS_OUT} rows: choose a shorter period, or CSV")]
    Rows,
    /// The writer's own refusal, such as a sheet's name that spreadsheets do not take.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
    /// What it is written into fails.
    #[error("the workbook cannot be written: {0}")]
    Out(#[from] io::Error),
}

/// A table that is being written as a workbook.
pub struct XlsxOut {
    workbook: Workbook,
    formats: Formats,
    language: Language,
    sums: Sums,
    next_row: u32,
    rows: usize,
    /// The most letters in each column, for its width.
    widths: Vec<usize>,
}

struct Formats {
    title: Format,
    heading: Format,
    text: Format,
    risky: Format,
    number: Format,
    amount: Format,
    time: Format,
    sum_text: Format,
    sum: Format,
}

impl Formats {
    fn new() -> Self {
        let amount = Format::new().set_num_format("#,##0.00");
        Self {
            title: Format::new().set_bold().set_font_size(14),
            heading: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            text: Format::new().set_num_format("@"),
            // Stays text when somebody edits the cell.
            risky: Format::new().set_num_format("@").set_quote_prefix(),
            number: Format::new().set_num_format("0"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            sum_text: Format::new().set_bold(),
            sum: amount.clone().set_bold(),
            amount,
        }
    }
}

/// Rows above the first of the table: the title, an empty one, the headings.
const ABOVE: u32 = 3;

impl XlsxOut {
    /// Begins the workbook.
    pub fn new(particulars: &Particulars<'_>, headings: &[Heading]) -> Result<Self, XlsxOutError> {
        let mut workbook = Workbook::new();
        // Without a time of its own the library would ask the machine's clock.
        let made_at = ExcelDateTime::from_timestamp(particulars.made_at_ms.div_euclid(1000))?;
        workbook.set_properties(&DocProperties::new().set_title(particulars.title).set_creation_datetime(&made_at));
        let formats = Formats::new();
        let sheet = workbook.add_worksheet();
        sheet.set_name(particulars.sheet)?;
        sheet.write_string_with_format(0, 0, cut(particulars.title), &formats.title)?;
        for (place, heading) in headings.iter().enumerate() {
            sheet.write_string_with_format(ABOVE - 1, column(place), cut(&heading.title), &formats.heading)?;
        }
        sheet.set_freeze_panes(ABOVE, 0)?;
        let widths = headings.iter().map(|heading| heading.title.chars().count()).collect();
        let sums = Sums::of(headings);
        Ok(Self { workbook, formats, language: particulars.language, sums, next_row: ABOVE, rows: 0, widths })
    }

    /// Writes a row; it has as many cells as there are headings.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxOutError> {
        if self.rows == MAX_ROWS_OUT {
            return Err(XlsxOutError::Rows);
        }
        self.rows += 1;
        self.sums.add(cells);
        self.write(cells, false)
    }

    /// Writes the sums, one row for each currency, and the whole workbook into `out`.
    pub fn finish(mut self, mut out: impl Write) -> Result<(), XlsxOutError> {
        let labels = self.sums.labels(self.language);
        for row in self.sums.rows(&labels) {
            self.write(&row, true)?;
        }
        let widths = std::mem::take(&mut self.widths);
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (place, letters) in widths.into_iter().enumerate() {
            let width = u32::try_from(letters.clamp(8, 48) + 2).expect("a width is a small number");
            sheet.set_column_width(column(place), width)?;
        }
        out.write_all(&self.workbook.save_to_buffer()?)?;
        Ok(out.flush()?)
    }

    fn write(&mut self, cells: &[Cell<'_>], is_sum: bool) -> Result<(), XlsxOutError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (place, cell) in cells.iter().enumerate() {
            let letters = put(sheet, (self.next_row, column(place)), *cell, &self.formats, is_sum)?;
            if let Some(width) = self.widths.get_mut(place) {
                *width = (*width).max(letters);
            }
        }
        self.next_row += 1;
        Ok(())
    }
}

/// Writes a cell and tells how many letters it takes.
fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell<'_>,
    formats: &Formats,
    is_sum: bool,
) -> Result<usize, XlsxError> {
    Ok(match cell {
        Cell::Empty => 0,
        Cell::Text(text) => {
            let text = cut(text);
            let format = match (is_sum, is_risky(text)) {
                (true, _) => &formats.sum_text,
                (false, true) => &formats.risky,
                (false, false) => &formats.text,
            };
            sheet.write_string_with_format(row, column, text, format)?;
            text.chars().count()
        }
        Cell::Number(number) => put_number(sheet, (row, column), &number.to_string(), &formats.number)?,
        Cell::Amount(money) => {
            let format = if is_sum { &formats.sum } else { &formats.amount };
            put_amount(sheet, (row, column), money, format)?
        }
        Cell::Time(at_ms) => {
            match moment(at_ms) {
                Ok(at) => sheet.write_datetime_with_format(row, column, &at, &formats.time)?,
                Err(_) => sheet.write_string(row, column, cell::time(at_ms))?,
            };
            "2026-11-21 14:05:09".len()
        }
    })
}

fn put_amount(sheet: &mut Worksheet, at: (u32, u16), money: Money, format: &Format) -> Result<usize, XlsxError> {
    // Room for the thousands' signs and the decimals that the format adds.
    Ok(put_number(sheet, at, &money.decimal(), format)? + 6)
}

/// A number of up to 15 digits is what its text says in every spreadsheet; a longer one would be rounded, and stays text.
fn put_number(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    format: &Format,
) -> Result<usize, XlsxError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        Ok(number) if digits <= 15 => sheet.write_number_with_format(row, column, number, format)?,
        _ => sheet.write_string(row, column, text)?,
    };
    Ok(text.len())
}

/// A moment by Yerevan's clock, to the second.
fn moment(at_ms: i64) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(cell::yerevan_s(at_ms))
}

/// As much of a text as a cell takes.
fn cut(text: &str) -> &str {
    let mut letters = 0;
    let end = text.char_indices().find(|(_, letter)| {
        letters += letter.len_utf16();
        letters > MAX_LETTERS
    });
    end.map_or(text, |(at, _)| &text[..at])
}

fn column(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
