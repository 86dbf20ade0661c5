//! Workbooks: the cells of one sheet as text. A workbook is an archive that somebody else made, so what it unpacks to is counted before
//! anything reads it, and cells come one by one, never as the rectangle that the sheet claims to be.

use crate::{Refusal, number, table::Gathered};
use calamine::{DataRef, Reader, Xlsx};
use std::io::{Cursor, Read, copy, sink};
use zip::ZipArchive;

/// The most bytes that a sheet unpacks to: some thirty a cell.
const MAX_SHEET: u64 = 128 * 1024 * 1024;
/// The most bytes of the texts that sheets share. All of them are held in memory, an empty one of five bytes in thirty.
const MAX_STRINGS: u64 = 32 * 1024 * 1024;
/// The most bytes of any other part. A cell's style of five bytes takes some hundreds in memory.
const MAX_PART: u64 = 4 * 1024 * 1024;
/// The most bytes of all parts together.
const MAX_WHOLE: u64 = 192 * 1024 * 1024;

/// Reads the rows of a sheet, the first if none is named.
pub(crate) fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Gathered, Refusal> {
    weigh(bytes)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let names = workbook.sheet_names();
    let name = match sheet {
        Some(name) if names.iter().any(|there| there == name) => name.to_owned(),
        Some(name) => {
            let there = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            return Err(Refusal::Sheet { name: name.to_owned(), there });
        }
        None => names.into_iter().next().ok_or(Refusal::Empty)?,
    };
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(|_| Refusal::Damaged)?;
    let mut gathered = Gathered::default();
    let (mut row, mut texts): (u32, Vec<String>) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(|_| Refusal::Damaged)? {
        let (at_row, at_column) = cell.get_position();
        // Rows stand in their order: whatever writes them otherwise is no spreadsheet.
        if at_row < row {
            return Err(Refusal::Damaged);
        }
        if at_row > row {
            push(&mut gathered, row, &mut texts)?;
            row = at_row;
        }
        let text = written(cell.get_value(), row)?;
        if text.trim().is_empty() {
            continue;
        }
        let place = usize::try_from(at_column).expect("a column has 32 bits");
        if place >= crate::MAX_COLUMNS {
            return Err(Refusal::Columns { row: shown(row) });
        }
        if texts.len() <= place {
            texts.resize(place + 1, String::new());
        }
        texts[place] = text;
    }
    push(&mut gathered, row, &mut texts)?;
    Ok(gathered)
}

fn push(gathered: &mut Gathered, row: u32, texts: &mut Vec<String>) -> Result<(), Refusal> {
    gathered.push(shown(row), texts.iter().map(String::as_str))?;
    texts.clear();
    Ok(())
}

/// The row's number as spreadsheets show it.
fn shown(row: u32) -> usize {
    usize::try_from(row).expect("a row has 32 bits") + 1
}

/// Unpacks every part into nothing, to know its size: what the archive itself says of it may be a lie.
fn weigh(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let mut whole = 0;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|_| Refusal::Damaged)?;
        let name = part.name().map_err(|_| Refusal::Damaged)?.to_ascii_lowercase();
        let most = match name {
            // Wherever they are said to be: a workbook chooses its folders.
            _ if name.ends_with("sharedstrings.xml") => MAX_STRINGS,
            _ if name.ends_with("styles.xml") => MAX_PART,
            _ if name.contains("/worksheets/") => MAX_SHEET,
            _ => MAX_PART,
        };
        let unpacked = copy(&mut part.take(most + 1), &mut sink()).map_err(|_| Refusal::Damaged)?;
        whole += unpacked;
        if unpacked > most || whole > MAX_WHOLE {
            return Err(Refusal::Unpacked);
        }
    }
    Ok(())
}

/// The text of a cell.
fn written(value: &DataRef<'_>, row: u32) -> Result<String, Refusal> {
    let text = match value {
        DataRef::Empty => return Ok(String::new()),
        DataRef::Int(value) => return Ok(value.to_string()),
        DataRef::Float(value) => return Ok(number::decimal(*value)),
        DataRef::DateTime(value) if value.is_datetime() && value.as_f64() >= 1.0 => {
            let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
            let second_part = if milli == 0 { String::new() } else { format!(".{milli:03}") };
            return Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{second_part}"));
        }
        // A time of day or a duration, which no column of a report is.
        DataRef::DateTime(value) => return Ok(number::decimal(value.as_f64())),
        DataRef::Bool(value) => return Ok(if *value { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::Error(error) => return Ok(error.to_string()),
        DataRef::SharedString(text) => text,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.as_str(),
    };
    // Refused before it is copied: a workbook may show one long text in every cell.
    if text.len() > crate::MAX_CELL {
        return Err(Refusal::Cell { row: shown(row) });
    }
    Ok(text.to_owned())
}
