//! Workbooks: the cells of one sheet as text. A workbook is an archive that somebody else made, so what it unpacks to is counted before
//! anything reads it, and cells come one by one, never as the rectangle that the sheet claims to be.

use crate::{Refusal, number, table::Gathered};
use calamine::{DataRef, Reader, Xlsx};
use std::{
    io::{Cursor, Read, copy, sink},
    panic::catch_unwind,
};
use zip::ZipArchive;

/// How many bytes the parts of a workbook may unpack to.
struct Weights {
    /// A sheet: it is read as it is unpacked.
    sheet: u64,
    /// The texts that sheets share. All of them are held in memory, an empty one of five bytes in thirty.
    strings: u64,
    /// Any other part. A cell's style of five bytes takes some hundreds in memory.
    part: u64,
    /// All parts together.
    whole: u64,
}

const MIB: u64 = 1024 * 1024;

/// Some thirty bytes for each of [`crate::MAX_CELLS`].
const MOST: Weights = Weights { sheet: 128 * MIB, strings: 32 * MIB, part: 4 * MIB, whole: 192 * MIB };

/// Reads the rows of a sheet, the first if none is named. The library counts rows without looking where the count ends, and a panic of
/// its is the file's fault.
pub(crate) fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Gathered, Refusal> {
    weigh(bytes, &MOST)?;
    catch_unwind(|| rows(bytes, sheet)).unwrap_or(Err(Refusal::Damaged))
}

fn rows(bytes: &[u8], sheet: Option<&str>) -> Result<Gathered, Refusal> {
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
fn weigh(bytes: &[u8], most: &Weights) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let mut whole = 0;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|_| Refusal::Damaged)?;
        let name = part.name().map_err(|_| Refusal::Damaged)?.to_ascii_lowercase();
        let allowed = match name.as_str() {
            // Wherever they are said to be: a workbook chooses its folders.
            _ if name.ends_with("sharedstrings.xml") => most.strings,
            _ if name.ends_with("styles.xml") => most.part,
            _ if name.contains("/worksheets/") => most.sheet,
            _ => most.part,
        };
        let mut part = part.take(allowed + 1);
        let unpacked = if name.ends_with("sharedstrings.xml") {
            let mut texts = Vec::new();
            part.read_to_end(&mut texts).map_err(|_| Refusal::Damaged)?;
            if announces_too_many(&texts) {
                return Err(Refusal::Unpacked);
            }
            u64::try_from(texts.len()).expect("a length fits 64 bits")
        } else {
            copy(&mut part, &mut sink()).map_err(|_| Refusal::Damaged)?
        };
        whole += unpacked;
        if unpacked > allowed || whole > most.whole {
            return Err(Refusal::Unpacked);
        }
    }
    Ok(())
}

/// Whether the shared texts say that there are more of them than there may be cells. The library makes room for as many as they say, and
/// where there is no such room the whole process ends. Every spreadsheet writes them as UTF-8; what is not could hide the number.
fn announces_too_many(texts: &[u8]) -> bool {
    let Ok(texts) = std::str::from_utf8(texts) else {
        return true;
    };
    let announced = |rest: &str| {
        let value = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix(['"', '\''])?;
        let digits = value.split(|letter: char| !letter.is_ascii_digit()).next()?.trim_start_matches('0');
        Some(digits.len() > 9 || digits.parse::<usize>().unwrap_or(0) > crate::MAX_CELLS)
    };
    let name = "uniqueCount";
    texts.contains('\0') || texts.match_indices(name).any(|(at, _)| announced(&texts[at + name.len()..]) == Some(true))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    #[test]
    fn each_part_and_the_whole_are_weighed_by_what_they_unpack_to() {
        let most = Weights { sheet: 900, strings: 300, part: 100, whole: 1000 };
        let check = |parts: &[(&str, usize)], expected: Result<(), Refusal>| {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, size) in parts {
                archive.start_file(*name, SimpleFileOptions::default()).unwrap();
                archive.write_all(&vec![b' '; *size]).unwrap();
            }
            assert_eq!(weigh(&archive.finish().unwrap().into_inner(), &most), expected, "{parts:?}");
        };
        check(&[("xl/worksheets/sheet1.xml", 900), ("xl/styles.xml", 100)], Ok(()));
        check(&[("xl/worksheets/sheet1.xml", 901)], Err(Refusal::Unpacked));
        check(&[("xl/sharedStrings.xml", 300)], Ok(()));
        check(&[("xl/sharedStrings.xml", 301)], Err(Refusal::Unpacked));
        check(&[("XL/Styles.xml", 101)], Err(Refusal::Unpacked));
        check(&[("xl/worksheets/sheet1.xml", 900), ("xl/styles.xml", 100), ("x", 1)], Err(Refusal::Unpacked));
        // A workbook says itself where its parts are, and a sheet's place does not make texts or styles a sheet.
        check(&[("xl/worksheets/sharedStrings.xml", 301)], Err(Refusal::Unpacked));
        check(&[("xl/worksheets/styles.xml", 101)], Err(Refusal::Unpacked));
    }

    #[test]
    fn texts_that_announce_more_than_there_may_be_are_refused() {
        for announced in ["4000000", "0004000000", "", "x", "-1"] {
            assert!(
                !announces_too_many(format!("<sst count=\"9\" uniqueCount=\"{announced}\">").as_bytes()),
                "{announced}"
            );
        }
        for announced in ["4000001", "00004000001", "99999999999999999999999"] {
            for quote in ['"', '\''] {
                let texts = format!("<!-- uniqueCount --><sst uniqueCount \n=\t{quote}{announced}{quote}>");
                assert!(announces_too_many(texts.as_bytes()), "{texts}");
            }
        }
        let wide: Vec<u8> = "<sst uniqueCount=\"9\">".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(announces_too_many(&wide));
        assert!(announces_too_many(&[b"\xff\xfe", wide.as_slice()].concat()));
    }
}
