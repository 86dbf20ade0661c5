//! CSV as banks write it: any of four delimiters, any of four encodings. Knows nothing of what columns mean.

use crate::{Refusal, table::Gathered};
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1251};
use std::{borrow::Cow, collections::BTreeMap};

/// What may stand between cells; the first of equals is taken.
const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// So much of the text is looked at to find the delimiter.
const SAMPLE: usize = 64 * 1024;

/// Reads rows of CSV.
pub(crate) fn read(bytes: &[u8], delimiter: Option<u8>) -> Result<Gathered, Refusal> {
    let text = decoded(bytes)?;
    let (said, text) = first_line_that_says(&text);
    let delimiter = delimiter.filter(|byte| DELIMITERS.contains(byte)).or(said).unwrap_or_else(|| likeliest(text));
    let mut reader = reader(delimiter, text);
    let (mut gathered, mut record, mut breaks_in_cells) = (Gathered::default(), ByteRecord::new(), 0);
    // Spreadsheets show a cell of several lines as one row, and a line without cells as a row; the reader counts the first and skips the
    // second. The line that names the delimiter is shown by nobody.
    loop {
        let begin = reader.position().clone();
        let at = usize::try_from(begin.byte()).expect("a file in memory");
        let line = usize::try_from(begin.line()).expect("a file in memory");
        let skipped = text[at..].chars().take_while(|letter| matches!(letter, '\r' | '\n'));
        let number = line + skipped.filter(|letter| *letter == '\n').count() - breaks_in_cells;
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(gathered),
            Err(_) => return Err(Refusal::Csv { row: number }),
        }
        breaks_in_cells += text_of(record.as_slice()).matches('\n').count();
        let cells =
            record.iter().map(|cell| std::str::from_utf8(cell).expect("delimiters are ASCII, and the whole is UTF-8"));
        gathered.push(number, cells)?;
    }
}

/// A part of the text between ASCII signs.
fn text_of(part: &[u8]) -> &str {
    std::str::from_utf8(part).expect("the whole is UTF-8, and delimiters and quotation marks are ASCII")
}

/// The text: by its mark, else UTF-8, else what Windows writes in this part of the world.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1251,
    };
    let (text, _, malformed) = encoding.decode(bytes);
    // Text has no NUL: pictures, archives and UTF-16 without its mark do.
    if malformed || text.contains('\0') {
        return Err(Refusal::Encoding);
    }
    Ok(text)
}

/// Excel writes the delimiter in a line of its own above the table, if told to: `sep=;`.
fn first_line_that_says(text: &str) -> (Option<u8>, &str) {
    let Some(rest) = text.strip_prefix("sep=") else {
        return (None, text);
    };
    match rest.as_bytes() {
        [delimiter, b'\r' | b'\n', ..] if DELIMITERS.contains(delimiter) => {
            let below = rest[1..].trim_start_matches('\r');
            (Some(*delimiter), below.strip_prefix('\n').unwrap_or(below))
        }
        _ => (None, text),
    }
}

/// The delimiter that parts most rows into equally many cells, and into most of them.
fn likeliest(text: &str) -> u8 {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let score = |delimiter: u8| {
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for record in reader(delimiter, &text[..end]).byte_records().map_while(Result::ok) {
            *widths.entry(record.len()).or_default() += 1;
        }
        widths.into_iter().map(|(width, rows)| rows * (width - 1)).max().unwrap_or(0)
    };
    // Of equals `max_by_key` takes the last.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).expect("there are four")
}

fn reader(delimiter: u8, text: &str) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes())
}
