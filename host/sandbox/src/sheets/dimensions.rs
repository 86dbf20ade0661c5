//! Requests of a batch about rows and columns: inserting, adding, deleting, moving and hiding them. Each takes its tags along. It must
//! not know what stands in the cells.

use serde_json::{Value, json};

use super::batch::mask;
use super::book::{Book, Column, Row};
use super::node::Node;
use super::refusal::Refusal;
use super::spot::Lines;

pub(super) fn insert(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["range", "inheritFromBefore"])?;
    let range = node.object("range")?.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let lines = Lines::read(book, &range)?;
    let from_before = node.flag("inheritFromBefore")?.unwrap_or(false);
    if from_before && lines.start == 0 {
        return Err(Refusal::invalid("inheritFromBefore cannot be true if inserting at the start of the sheet."));
    }
    let tab = &book.tabs[lines.tab];
    let (length, other) =
        if lines.is_rows() { (tab.rows.len(), tab.columns.len()) } else { (tab.columns.len(), tab.rows.len()) };
    if lines.start > length {
        let message = format!("range.startIndex[{}] is larger than current grid size ({length})", lines.start);
        return Err(Refusal::invalid(message));
    }
    // At the end of the grid there is nothing after the new lines that they could be like.
    if lines.start == length && !from_before {
        return Err(Refusal::invalid(format!(
            "range.startIndex[{}] must be less than the grid size ({length}) if inheritFromBefore is false.",
            lines.start
        )));
    }
    let count = lines.end - lines.start;
    book.has_room(count.saturating_mul(other))?;
    if !lines.is_rows() {
        Book::columns_fit(length + count)?;
    }
    let tab = &mut book.tabs[lines.tab];
    if lines.is_rows() {
        tab.rows.splice(lines.start..lines.start, vec![Row::default(); count]);
    } else {
        tab.insert_columns(lines.start, count);
    }
    Ok(json!({}))
}

pub(super) fn append_lines(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["sheetId", "dimension", "length"])?;
    let place = book.place(node.int32("sheetId")?.unwrap_or(0))?;
    let dimension = node.word("dimension", "Dimension", &["ROWS", "COLUMNS"])?;
    let length = node.index("length")?.filter(|length| *length > 0);
    let length = length.ok_or_else(|| Refusal::invalid("length must be greater than 0"))?;
    let tab = &book.tabs[place];
    let (rows, columns) = (tab.rows.len(), tab.columns.len());
    match dimension {
        Some("ROWS") => {
            book.has_room(length.saturating_mul(columns))?;
            book.tabs[place].rows.resize(rows + length, Row::default());
        }
        Some(_) => {
            book.has_room(length.saturating_mul(rows))?;
            Book::columns_fit(columns + length)?;
            book.tabs[place].columns.resize(columns + length, Column::default());
        }
        None => return Err(Refusal::invalid("No dimension specified.")),
    }
    Ok(json!({}))
}

pub(super) fn delete_lines(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["range"])?;
    let range = node.object("range")?.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let lines = Lines::read(book, &range)?;
    let tab = &mut book.tabs[lines.tab];
    let length = if lines.is_rows() { tab.rows.len() } else { tab.columns.len() };
    if lines.end > length {
        return Err(Refusal::invalid(format!(
            "Cannot delete a row or column that doesn't exist. Tried to delete index {} but there are only {length}.",
            lines.end - 1
        )));
    }
    if lines.end - lines.start == length {
        return Err(Refusal::invalid(format!(
            "You can't delete all the {} on the sheet.",
            lines.dimension.to_ascii_lowercase()
        )));
    }
    if lines.is_rows() {
        tab.rows.drain(lines.start..lines.end);
        tab.frozen_rows = tab.frozen_rows.min(tab.rows.len() - 1);
    } else {
        tab.delete_columns(lines.start, lines.end);
    }
    Ok(json!({}))
}

pub(super) fn move_rows(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["source", "destinationIndex"])?;
    let source = node.object("source")?.ok_or_else(|| Refusal::invalid("No source specified."))?;
    let lines = Lines::read(book, &source)?;
    if !lines.is_rows() {
        return Err(Refusal::not_doubled("moveDimension of columns"));
    }
    let to = node.index("destinationIndex")?.unwrap_or(0);
    let rows = &mut book.tabs[lines.tab].rows;
    if lines.end > rows.len() || to > rows.len() {
        return Err(Refusal::invalid("Cannot move a row that doesn't exist."));
    }
    // The destination is counted before the rows are taken out.
    if !(lines.start..=lines.end).contains(&to) {
        let moved: Vec<Row> = rows.drain(lines.start..lines.end).collect();
        let to = if to > lines.start { to - moved.len() } else { to };
        rows.splice(to..to, moved);
    }
    Ok(json!({}))
}

pub(super) fn update_lines(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["range", "properties", "fields"])?;
    let fields = mask(node)?;
    let range = node.object("range")?.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let properties = node.object("properties")?.ok_or_else(|| Refusal::invalid("No properties specified."))?;
    properties.only(&["hiddenByUser", "pixelSize"])?;
    let lines = Lines::read(book, &range)?;
    let hide = properties.flag("hiddenByUser")?.unwrap_or(false);
    for field in fields {
        match field {
            "hiddenByUser" if !lines.is_rows() => {
                for column in book.tabs[lines.tab].columns.iter_mut().take(lines.end).skip(lines.start) {
                    column.hidden = hide;
                }
            }
            "hiddenByUser" | "pixelSize" => {}
            _ => return Err(Refusal::unknown_mask(field)),
        }
    }
    Ok(json!({}))
}
