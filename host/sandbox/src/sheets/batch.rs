//! `spreadsheets.batchUpdate`: requests in their order, all or nothing, and a reply for each. It must not know whose they are beyond the
//! project that tags belong to.

use serde_json::{Value, json};

use super::book::{Book, Row};
use super::cell::Content;
use super::node::Node;
use super::refusal::Refusal;
use super::{dimensions, tabs};

/// The requests that Google has and this double does not.
const ABSENT: [&str; 10] = [
    "updateBorders",
    "updateSpreadsheetProperties",
    "findReplace",
    "sortRange",
    "copyPaste",
    "mergeCells",
    "setDataValidation",
    "addConditionalFormatRule",
    "duplicateSheet",
    "autoResizeDimensions",
];

/// Does the requests on a copy, which is kept only if all of them could be done.
pub(super) fn update(book: &mut Book, body: &Value, project: &str) -> Result<Value, Refusal> {
    let body = Node::body(body)?;
    body.only(&["requests", "includeSpreadsheetInResponse"])?;
    let requests = body.list("requests")?;
    if requests.is_empty() {
        return Err(Refusal::invalid("Must specify at least one request."));
    }
    let mut copy = book.clone();
    let mut replies = Vec::new();
    for (index, request) in requests.into_iter().enumerate() {
        let request = Node::item(request, "type.googleapis.com/google.apps.sheets.v4.Request")?;
        let kind = match request.names().as_slice() {
            [] => return Err(Refusal::invalid(format!("Invalid requests[{index}]: No request set."))),
            [kind] => *kind,
            [_, second, ..] => {
                let message = "oneof field 'kind' is already set.";
                return Err(Refusal::mistyped(&request.at(second), "oneof", &json!(message)));
            }
        };
        if ABSENT.contains(&kind) {
            return Err(Refusal::not_doubled(kind));
        }
        request.only(&KINDS.map(|(name, _)| name))?;
        let Some(node) = request.object(kind)? else { return Err(Refusal::unreadable()) };
        let Some((_, work)) = KINDS.into_iter().find(|(name, _)| *name == kind) else {
            return Err(Refusal::unreadable());
        };
        replies.push(work(&mut copy, &node, project).map_err(|refusal| refusal.in_request(index, kind))?);
    }
    *book = copy;
    let mut said = json!({"spreadsheetId": book.id, "replies": replies});
    if body.flag("includeSpreadsheetInResponse")? == Some(true) {
        said["updatedSpreadsheet"] = book.json();
    }
    Ok(said)
}

type Work = fn(&mut Book, &Node<'_>, &str) -> Result<Value, Refusal>;

const KINDS: [(&str, Work); 15] = [
    ("addSheet", |book, node, _| tabs::add_sheet(book, node)),
    ("deleteSheet", |book, node, _| tabs::delete_sheet(book, node)),
    ("updateSheetProperties", |book, node, _| tabs::update_sheet(book, node)),
    ("insertDimension", |book, node, _| dimensions::insert(book, node)),
    ("appendDimension", |book, node, _| dimensions::append_lines(book, node)),
    ("deleteDimension", |book, node, _| dimensions::delete_lines(book, node)),
    ("moveDimension", |book, node, _| dimensions::move_rows(book, node)),
    ("updateDimensionProperties", |book, node, _| dimensions::update_lines(book, node)),
    ("updateCells", |book, node, _| update_cells(book, node)),
    ("appendCells", |book, node, _| append_cells(book, node)),
    ("repeatCell", |book, node, _| repeat_cell(book, node)),
    ("addProtectedRange", |book, node, _| tabs::protect(book, node)),
    ("createDeveloperMetadata", |book, node, project| {
        node.only(&["developerMetadata"])?;
        let tag =
            node.object("developerMetadata")?.ok_or_else(|| Refusal::invalid("No developerMetadata specified."))?;
        Ok(json!({"createDeveloperMetadata": {"developerMetadata": book.create_tag(&tag, project)?}}))
    }),
    ("updateDeveloperMetadata", |book, node, project| {
        node.only(&["dataFilters", "developerMetadata", "fields"])?;
        Ok(json!({"updateDeveloperMetadata": {"developerMetadata": book.update_tags(node, project)?}}))
    }),
    ("deleteDeveloperMetadata", |book, node, project| {
        node.only(&["dataFilter"])?;
        Ok(json!({"deleteDeveloperMetadata": {"deletedDeveloperMetadata": book.delete_tags(node, project)?}}))
    }),
];

/// The fields of a mask, without which a change says nothing.
pub(super) fn mask<'v>(node: &Node<'v>) -> Result<Vec<&'v str>, Refusal> {
    let text = node.text("fields")?.filter(|text| !text.trim().is_empty()).ok_or_else(Refusal::no_fields)?;
    Ok(text.split(',').map(str::trim).collect())
}

/// The cells of `RowData`, and whether the mask takes their values.
fn rows_sent(node: &Node<'_>) -> Result<(Vec<Vec<Content>>, bool), Refusal> {
    let takes = takes_values(&mask(node)?)?;
    let mut rows = Vec::new();
    for item in node.list("rows")? {
        let row = Node::item(item, "type.googleapis.com/google.apps.sheets.v4.RowData")?;
        row.only(&["values"])?;
        let cells = row
            .list("values")?
            .into_iter()
            .map(|item| content(&Node::item(item, "type.googleapis.com/google.apps.sheets.v4.CellData")?));
        rows.push(cells.collect::<Result<Vec<_>, Refusal>>()?);
    }
    Ok((rows, takes))
}

fn takes_values(mask: &[&str]) -> Result<bool, Refusal> {
    for field in mask {
        let first = field.split(['.', '(', '/']).next().unwrap_or_default();
        if !["*", "userEnteredValue", "userEnteredFormat", "note", "textFormatRuns", "dataValidation"].contains(&first)
        {
            return Err(Refusal::unknown_mask(field));
        }
    }
    Ok(mask.iter().any(|field| *field == "*" || field.starts_with("userEnteredValue")))
}

/// A `CellData`. Formats and notes are taken and not kept.
fn content(cell: &Node<'_>) -> Result<Content, Refusal> {
    cell.only(&["userEnteredValue", "userEnteredFormat", "note", "textFormatRuns", "dataValidation"])?;
    const TYPES: [&str; 8] = ["TEXT", "NUMBER", "PERCENT", "CURRENCY", "DATE", "TIME", "DATE_TIME", "SCIENTIFIC"];
    if let Some(format) = cell.object("userEnteredFormat")?
        && let Some(number) = format.object("numberFormat")?
    {
        number.only(&["type", "pattern"])?;
        if number.word("type", "NumberFormatType", &TYPES)?.is_none() {
            return Err(Refusal::invalid("numberFormat needs a type."));
        }
    }
    cell.object("userEnteredValue")?.map_or(Ok(Content::Empty), |value| Content::entered(&value)?.fitting())
}

fn update_cells(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["rows", "fields", "start", "range"])?;
    let (rows, takes) = rows_sent(node)?;
    let (tab, top, left, clears) = match (node.object("start")?, node.object("range")?) {
        (Some(start), None) => {
            start.only(&["sheetId", "rowIndex", "columnIndex"])?;
            let tab = book.place(start.int32("sheetId")?.unwrap_or(0))?;
            (tab, start.index("rowIndex")?.unwrap_or(0), start.index("columnIndex")?.unwrap_or(0), None)
        }
        (None, Some(range)) => {
            let area = book.grid_range(&range)?.area(book)?;
            (area.tab, area.top, area.left, Some((area.bottom, area.right)))
        }
        (Some(_), Some(_)) => return Err(Refusal::invalid("Only one of start and range may be set.")),
        (None, None) => return Err(Refusal::invalid("Must set one of start and range.")),
    };
    let (bottom, right) = clears.unwrap_or((book.tabs[tab].rows.len(), book.tabs[tab].columns.len()));
    inside(&rows, top, left, bottom, right)?;
    if !takes {
        return Ok(json!({}));
    }
    if let Some((bottom, right)) = clears {
        for row in top..bottom {
            for column in left..right {
                if !book.tabs[tab].cell(row, column).is_empty() {
                    book.set(tab, row, column, Content::Empty);
                }
            }
        }
    }
    write(book, tab, top, left, rows);
    Ok(json!({}))
}

fn append_cells(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["sheetId", "rows", "fields"])?;
    let (rows, takes) = rows_sent(node)?;
    let tab = book.place(node.int32("sheetId")?.unwrap_or(0))?;
    let top = book.tabs[tab].used_rows();
    inside(&rows, 0, 0, rows.len(), book.tabs[tab].columns.len())?;
    let needed = (top + rows.len()).saturating_sub(book.tabs[tab].rows.len());
    book.has_room(needed.saturating_mul(book.tabs[tab].columns.len()))?;
    let length = book.tabs[tab].rows.len() + needed;
    book.tabs[tab].rows.resize(length, Row::default());
    if takes {
        write(book, tab, top, 0, rows);
    }
    Ok(json!({}))
}

fn repeat_cell(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["range", "cell", "fields"])?;
    let takes = takes_values(&mask(node)?)?;
    let range = node.object("range")?.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let area = book.grid_range(&range)?.area(book)?;
    let content = node.object("cell")?.map_or(Ok(Content::Empty), |cell| content(&cell))?;
    if takes {
        let row = vec![content; area.right - area.left];
        write(book, area.tab, area.top, area.left, vec![row; area.bottom - area.top]);
    }
    Ok(json!({}))
}

fn inside(rows: &[Vec<Content>], top: usize, left: usize, bottom: usize, right: usize) -> Result<(), Refusal> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if top + rows.len() > bottom {
        return Err(Refusal::invalid(format!(
            "Attempting to write row: {bottom}, beyond the last requested row of: {}",
            bottom - 1
        )));
    }
    if left + width > right {
        return Err(Refusal::invalid(format!(
            "Attempting to write column: {right}, beyond the last requested column of: {}",
            right - 1
        )));
    }
    Ok(())
}

fn write(book: &mut Book, tab: usize, top: usize, left: usize, rows: Vec<Vec<Content>>) {
    for (down, row) in rows.into_iter().enumerate() {
        for (along, content) in row.into_iter().enumerate() {
            book.set(tab, top + down, left + along, content);
        }
    }
}
