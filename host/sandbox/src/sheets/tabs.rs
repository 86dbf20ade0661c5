//! Requests of a batch about whole tabs: adding, changing, deleting and protecting them. It must not know what stands in their cells.

use serde_json::{Value, json};

use super::batch::mask;
use super::book::{Book, COLUMNS, ROWS, Row, Tab};
use super::node::Node;
use super::refusal::Refusal;

pub(super) fn add_sheet(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["properties"])?;
    let properties = node.object("properties")?;
    let (mut sheet_id, mut title, mut index, mut rows, mut columns, mut frozen, mut hidden) =
        (None, None, None, ROWS, COLUMNS, 0, false);
    if let Some(properties) = &properties {
        properties.only(&[
            "sheetId",
            "title",
            "index",
            "sheetType",
            "gridProperties",
            "hidden",
            "tabColor",
            "tabColorStyle",
            "rightToLeft",
        ])?;
        properties.word("sheetType", "SheetType", &["GRID"])?;
        sheet_id = properties.index("sheetId")?;
        title = properties.text("title")?.filter(|title| !title.is_empty());
        index = properties.index("index")?;
        hidden = properties.flag("hidden")?.unwrap_or(false);
        if let Some(grid) = properties.object("gridProperties")? {
            grid.only(&["rowCount", "columnCount", "frozenRowCount", "frozenColumnCount", "hideGridlines"])?;
            rows = grid.index("rowCount")?.unwrap_or(ROWS);
            columns = grid.index("columnCount")?.unwrap_or(COLUMNS);
            frozen = grid.index("frozenRowCount")?.unwrap_or(0);
        }
    }
    if rows == 0 || columns == 0 || frozen >= rows {
        return Err(Refusal::invalid("A sheet needs a row and a column that are not frozen."));
    }
    book.has_room(rows.saturating_mul(columns))?;
    Book::columns_fit(columns)?;
    let free = book.free_sheet_id();
    let sheet_id = sheet_id.map_or(free, |id| i64::try_from(id).unwrap_or(free));
    let title = title.map_or_else(
        || {
            (book.tabs.len() + 1..=2 * book.tabs.len() + 1)
                .map(|n| format!("Sheet{n}"))
                .find(|name| book.titled(name).is_none())
                .unwrap_or_default()
        },
        str::to_owned,
    );
    let tab = Tab { frozen_rows: frozen, hidden, ..Tab::new(sheet_id, &title, rows, columns) };
    let place = book.add_tab(tab, index)?;
    Ok(json!({"addSheet": {"properties": book.tabs[place].properties(place)}}))
}

pub(super) fn delete_sheet(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["sheetId"])?;
    let place = book.place(node.int32("sheetId")?.unwrap_or(0))?;
    if book.tabs.len() == 1 {
        return Err(Refusal::invalid("You can't remove all the sheets in a document."));
    }
    book.tabs.remove(place);
    Ok(json!({}))
}

pub(super) fn update_sheet(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["properties", "fields"])?;
    let fields = mask(node)?;
    let properties = node.object("properties")?.ok_or_else(|| Refusal::invalid("No properties specified."))?;
    properties.only(&["sheetId", "title", "index", "gridProperties", "hidden", "tabColor", "tabColorStyle"])?;
    let place = book.place(properties.int32("sheetId")?.unwrap_or(0))?;
    let grid = properties.object("gridProperties")?;
    if let Some(grid) = &grid {
        grid.only(&["rowCount", "columnCount", "frozenRowCount", "frozenColumnCount", "hideGridlines"])?;
    }
    let length = |name: &str| grid.as_ref().map_or(Ok(None), |grid| grid.index(name));
    for field in fields {
        match field {
            "title" => {
                let title = properties.text("title")?.unwrap_or_default();
                if title.is_empty() {
                    return Err(Refusal::invalid("Sheet title cannot be empty."));
                }
                if book.titled(title) != Some(place) {
                    book.free_title(title)?;
                }
                title.clone_into(&mut book.tabs[place].title);
            }
            "hidden" => book.tabs[place].hidden = properties.flag("hidden")?.unwrap_or(false),
            "gridProperties.frozenRowCount" => {
                let frozen = length("frozenRowCount")?.unwrap_or(0);
                if frozen >= book.tabs[place].rows.len() {
                    return Err(Refusal::invalid("You can't freeze all visible rows on the sheet."));
                }
                book.tabs[place].frozen_rows = frozen;
            }
            "gridProperties.rowCount" => {
                let rows = length("rowCount")?.filter(|rows| *rows > 0);
                let rows = rows.ok_or_else(|| Refusal::invalid("You can't delete all the rows on the sheet."))?;
                let more = rows.saturating_sub(book.tabs[place].rows.len());
                book.has_room(more.saturating_mul(book.tabs[place].columns.len()))?;
                book.tabs[place].rows.resize(rows, Row::default());
            }
            "gridProperties.frozenColumnCount" | "gridProperties.hideGridlines" | "tabColor" | "tabColorStyle" => {}
            "index" | "*" | "gridProperties" | "gridProperties.columnCount" => {
                return Err(Refusal::not_doubled(&format!("updateSheetProperties of '{field}'")));
            }
            _ => return Err(Refusal::unknown_mask(field)),
        }
    }
    Ok(json!({}))
}

/// Taken, numbered, shown again, and enforced on nobody.
pub(super) fn protect(book: &mut Book, node: &Node<'_>) -> Result<Value, Refusal> {
    node.only(&["protectedRange"])?;
    let protected = node.object("protectedRange")?.ok_or_else(|| Refusal::invalid("No protectedRange specified."))?;
    protected.only(&["range", "description", "warningOnly", "editors", "unprotectedRanges"])?;
    let range = protected.object("range")?.ok_or_else(|| Refusal::invalid("No range specified."))?;
    let tab = book.grid_range(&range)?.area(book)?.tab;
    book.last_protected += 1;
    let mut said = json!({"protectedRangeId": book.last_protected, "range": protected.value("range")});
    if let Some(description) = protected.text("description")? {
        said["description"] = json!(description);
    }
    if protected.flag("warningOnly")? == Some(true) {
        said["warningOnly"] = true.into();
    }
    book.tabs[tab].protected.push(said.clone());
    Ok(json!({"addProtectedRange": {"protectedRange": said}}))
}
