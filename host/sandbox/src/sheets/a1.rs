//! A1 notation, read and written: `A1:B2`, `'My tab'!A:C`, `Payments`. It must not know what stands in the cells.

use super::book::Book;
use super::refusal::Refusal;

/// What a range names. Ends are exclusive; `None` is as far as the grid goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) tab: usize,
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) bottom: Option<usize>,
    pub(super) right: Option<usize>,
    /// A single cell, from which a write may go on.
    pub(super) is_cell: bool,
}

/// A part of a grid that is there. Ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) tab: usize,
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) bottom: usize,
    pub(super) right: usize,
}

impl Wanted {
    /// Reads a range. Without a tab it is the first one's; a word that could be a cell is a cell.
    pub(super) fn read(book: &Book, text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::range(text);
        let (title, cells) = match text.strip_prefix('\'') {
            Some(rest) => {
                let (title, rest) = unquoted(rest).ok_or_else(wrong)?;
                let cells = match rest.strip_prefix('!') {
                    Some(cells) => Some(cells),
                    None if rest.is_empty() => None,
                    None => return Err(wrong()),
                };
                (Some(title), cells)
            }
            None => match text.rsplit_once('!') {
                Some((title, cells)) => (Some(title.to_owned()), Some(cells)),
                None if corners(text).is_some() => (None, Some(text)),
                None => (Some(text.to_owned()), None),
            },
        };
        let tab = match title {
            Some(title) => book.titled(&title).ok_or_else(wrong)?,
            None => 0,
        };
        let Some(cells) = cells else {
            return Ok(Self { tab, top: 0, left: 0, bottom: None, right: None, is_cell: false });
        };
        let (first, last) = corners(cells).ok_or_else(wrong)?;
        let (top, bottom) = span(first.row, last.row);
        let (left, right) = span(first.column, last.column);
        Ok(Self { tab, top, left, bottom, right, is_cell: !cells.contains(':') })
    }

    /// The part of it that the grid has; a range that begins outside is refused.
    pub(super) fn area(&self, book: &Book) -> Result<Area, Refusal> {
        let tab = &book.tabs[self.tab];
        let (rows, columns) = (tab.rows.len(), tab.columns.len());
        if self.top >= rows || self.left >= columns {
            let bottom = self.bottom.unwrap_or(rows.max(self.top + 1));
            let right = self.right.unwrap_or(columns.max(self.left + 1));
            let area = Area { tab: self.tab, top: self.top, left: self.left, bottom, right };
            let range = area.named(book);
            let message = format!("Range ({range}) exceeds grid limits. Max rows: {rows}, max columns: {columns}");
            return Err(Refusal::invalid(message));
        }
        let bottom = self.bottom.unwrap_or(rows).min(rows);
        let right = self.right.unwrap_or(columns).min(columns);
        Ok(Area { tab: self.tab, top: self.top, left: self.left, bottom, right })
    }
}

impl Area {
    /// `Payments!A1:C2`
    pub(super) fn named(&self, book: &Book) -> String {
        let title = quoted(&book.tabs[self.tab].title);
        let (first, last) = (cell(self.top, self.left), cell(self.bottom - 1, self.right - 1));
        if first == last { format!("{title}!{first}") } else { format!("{title}!{first}:{last}") }
    }
}

/// A tab's name as ranges have it.
pub(super) fn quoted(title: &str) -> String {
    let plain = title.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && title.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain && corners(title).is_none() { title.to_owned() } else { format!("'{}'", title.replace('\'', "''")) }
}

/// `B3` of a row and a column, both counted from 0.
pub(super) fn cell(row: usize, column: usize) -> String {
    format!("{}{}", letters(column), row + 1)
}

/// `A`, `Z`, `AA` of a column counted from 0.
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().collect()
}

/// A column and a row, either of which may be left open.
#[derive(Clone, Copy)]
struct Corner {
    column: Option<usize>,
    row: Option<usize>,
}

/// A title after its opening quotation mark, in which `''` is one, and what follows the closing one.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut title = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        title.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                title.push('\'');
                rest = more;
            }
            None => return Some((title, after)),
        }
    }
}

fn corners(text: &str) -> Option<(Corner, Corner)> {
    match text.split_once(':') {
        Some((first, last)) => {
            let (first, last) = (corner(first)?, corner(last)?);
            // A range is open at its end alone: `A2:B` is one and `A:B2` too, but `A:2` names nothing.
            (first.column.is_some() == last.column.is_some()).then_some((first, last))
        }
        None => corner(text).filter(|only| only.column.is_some() && only.row.is_some()).map(|only| (only, only)),
    }
}

fn corner(text: &str) -> Option<Corner> {
    let text = text.replace('$', "");
    let split = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (letters, digits) = text.split_at(split);
    if text.is_empty() || letters.len() > 3 || digits.len() > 8 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row = if digits.is_empty() { None } else { Some(digits.parse::<usize>().ok()?.checked_sub(1)?) };
    Some(Corner { column: column.checked_sub(1), row })
}

/// From one end to the other, whichever way round they were written.
fn span(first: Option<usize>, last: Option<usize>) -> (usize, Option<usize>) {
    match (first, last) {
        (Some(first), Some(last)) => (first.min(last), Some(first.max(last) + 1)),
        (first, last) => (first.unwrap_or(0), last.map(|last| last + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::{Book, Tab};
    use super::{Wanted, letters, quoted};

    #[test]
    fn ranges_are_read_as_google_reads_them() {
        let mut book = Book::new("b", "Book");
        book.add_tab(Tab::new(0, "Payments", 100, 26), None).unwrap();
        book.add_tab(Tab::new(1, "It's May", 100, 26), None).unwrap();
        let whole = "Payments!A1:Z100";
        for (text, said) in [
            ("A1", "Payments!A1"),
            ("Payments", whole),
            ("'Payments'", whole),
            ("A1:B2", "Payments!A1:B2"),
            ("b2:a1", "Payments!A1:B2"),
            ("$A$1:$B$2", "Payments!A1:B2"),
            ("Payments!A:A", "Payments!A1:A100"),
            ("Payments!C5:C", "Payments!C5:C100"),
            ("A:B5", "Payments!A1:B5"),
            ("2:3", "Payments!A2:Z3"),
            ("'It''s May'!B2:C900", "'It''s May'!B2:C100"),
            ("It's May!B2", "'It''s May'!B2"),
        ] {
            let area = Wanted::read(&book, text).unwrap().area(&book).unwrap();
            assert_eq!(area.named(&book), said, "{text}");
        }
        for text in [
            "",
            "A",
            "1",
            "A0",
            "May",
            "Other!A1",
            "'Payments",
            "'Payments'A1",
            "Payments!",
            "A:2",
            "A1:",
            "A1:B2:C3",
            "ABCD1",
        ] {
            assert!(Wanted::read(&book, text).is_err(), "{text}");
        }
        let outside = Wanted::read(&book, "A101").unwrap().area(&book).unwrap_err();
        assert!(outside.json().unwrap()["error"]["message"].as_str().unwrap().contains("exceeds grid limits"));
    }

    #[test]
    fn columns_and_titles_are_written_as_google_writes_them() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(["Sheet1", "May26", "Հունիս", "It's"].map(quoted), ["Sheet1", "'May26'", "'Հունիս'", "'It''s'"]);
    }
}
