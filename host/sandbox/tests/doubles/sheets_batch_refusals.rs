//! Batches that Google refuses, each as the second request of two: the first one must not be done either.

use reqwest::Method;
use serde_json::{Value, json};

use crate::google::tagged;
use crate::sheets_refusals::{unchanged, world};

#[tokio::test]
async fn wrong_batches_are_refused_whole() {
    let (world, token, before) = world().await;
    let range = |start: i64, end: i64| json!({"sheetId": 0, "dimension": "ROWS", "startIndex": start, "endIndex": end});
    let columns =
        |start: i64, end: i64| json!({"sheetId": 0, "dimension": "COLUMNS", "startIndex": start, "endIndex": end});
    let tag = |change: Value| {
        let mut tag = json!({"metadataId": 2, "metadataKey": "p", "visibility": "PROJECT", "location": {"dimensionRange": range(2, 3)}});
        for (name, value) in change.as_object().unwrap() {
            tag[name] = value.clone();
        }
        json!({"createDeveloperMetadata": {"developerMetadata": tag}})
    };
    let cells = |change: Value| {
        let mut update = json!({"start": {"sheetId": 0}, "fields": "userEnteredValue", "rows": [{"values": [{"userEnteredValue": {"stringValue": "x"}}]}]});
        for (name, value) in change.as_object().unwrap() {
            update[name] = value.clone();
        }
        json!({"updateCells": update})
    };
    let one = |value: Value| cells(json!({"rows": [{"values": [{"userEnteredValue": value}]}]}));
    let wrong: Vec<(Value, &str)> = vec![
        (json!({}), "Invalid requests[1]: No request set."),
        (
            json!("insertDimension"),
            "Invalid value at 'requests[1]' (type.googleapis.com/google.apps.sheets.v4.Request)",
        ),
        (
            json!({"insertRow": {}}),
            "Invalid JSON payload received. Unknown name \"insertRow\" at 'requests[1]': Cannot find field.",
        ),
        (json!({"addSheet": {}, "deleteSheet": {}}), "Invalid value at 'requests[1].delete_sheet' (oneof)"),
        (json!({"insertDimension": 5}), "Invalid value at 'requests[1].insert_dimension' (Object), 5"),
        (json!({"insertDimension": {}}), "Invalid requests[1].insertDimension: No range specified."),
        (
            json!({"insertDimension": {"range": range(1, 1)}}),
            "Invalid requests[1].insertDimension: endIndex[1] must be greater than startIndex[1]",
        ),
        (
            json!({"insertDimension": {"range": range(-1, 1)}}),
            "Invalid requests[1].insertDimension: startIndex[-1] cannot be negative.",
        ),
        (
            json!({"insertDimension": {"range": range(1_500, 1_501)}}),
            "Invalid requests[1].insertDimension: range.startIndex[1500] is larger than current grid size (1002)",
        ),
        (
            json!({"insertDimension": {"range": range(1_002, 1_003)}}),
            "Invalid requests[1].insertDimension: range.startIndex[1002] must be less than the grid size (1002) if inheritFromBefore is false.",
        ),
        (
            json!({"insertDimension": {"range": columns(27, 28), "inheritFromBefore": true}}),
            "Invalid requests[1].insertDimension: range.startIndex[27] is larger than current grid size (26)",
        ),
        (
            json!({"insertDimension": {"range": columns(26, 27), "inheritFromBefore": false}}),
            "Invalid requests[1].insertDimension: range.startIndex[26] must be less than the grid size (26)",
        ),
        (
            json!({"insertDimension": {"range": columns(0, 1), "inheritFromBefore": true}}),
            "Invalid requests[1].insertDimension: inheritFromBefore cannot be true",
        ),
        (
            json!({"insertDimension": {"range": columns(26, 10_000), "inheritFromBefore": true}}),
            "Invalid requests[1].insertDimension: This action would increase the number of cells",
        ),
        (
            json!({"appendDimension": {"sheetId": 0, "dimension": "COLUMNS", "length": 10_000}}),
            "Invalid requests[1].appendDimension: This action would increase the number of cells",
        ),
        (
            json!({"deleteDimension": {"range": columns(0, 26)}}),
            "Invalid requests[1].deleteDimension: You can't delete all the columns on the sheet.",
        ),
        (
            json!({"deleteDimension": {"range": columns(26, 27)}}),
            "Invalid requests[1].deleteDimension: Cannot delete a row or column that doesn't exist.",
        ),
        (
            json!({"insertDimension": {"range": range(0, 1), "inheritFromBefore": true}}),
            "Invalid requests[1].insertDimension: inheritFromBefore cannot be true",
        ),
        (
            json!({"insertDimension": {"range": {"sheetId": 9, "dimension": "ROWS", "startIndex": 0, "endIndex": 1}}}),
            "Invalid requests[1].insertDimension: No grid with id: 9",
        ),
        (
            json!({"insertDimension": {"range": {"sheetId": 0, "startIndex": 0, "endIndex": 1}}}),
            "Invalid requests[1].insertDimension: No dimension specified.",
        ),
        (
            json!({"insertDimension": {"range": {"sheetId": 0, "dimension": "LINES"}}}),
            "Invalid value at 'requests[1].insert_dimension.range.dimension'",
        ),
        (
            json!({"insertDimension": {"range": {"sheetId": "first"}}}),
            "Invalid value at 'requests[1].insert_dimension.range.sheet_id' (TYPE_INT32), \"first\"",
        ),
        (
            json!({"insertDimension": {"range": range(0, 1), "count": 1}}),
            "Invalid JSON payload received. Unknown name \"count\" at 'requests[1].insert_dimension': Cannot find field.",
        ),
        (
            json!({"insertDimension": {"range": range(0, 1_000_000)}}),
            "Invalid requests[1].insertDimension: This action would increase the number of cells",
        ),
        (
            json!({"appendDimension": {"sheetId": 0, "dimension": "ROWS"}}),
            "Invalid requests[1].appendDimension: length must be greater than 0",
        ),
        (
            json!({"deleteDimension": {"range": range(0, 1_002)}}),
            "Invalid requests[1].deleteDimension: You can't delete all the rows",
        ),
        (
            json!({"deleteDimension": {"range": range(1_002, 1_003)}}),
            "Invalid requests[1].deleteDimension: Cannot delete a row or column that doesn't exist.",
        ),
        (
            json!({"moveDimension": {"source": range(0, 1), "destinationIndex": 2_000}}),
            "Invalid requests[1].moveDimension: Cannot move a row",
        ),
        (
            cells(json!({"fields": ""})),
            "Invalid requests[1].updateCells: At least one field must be listed in 'fields'.",
        ),
        (
            cells(json!({"fields": "userEnteredValues"})),
            "Error expanding 'fields' parameter. Cannot find matching fields for path 'userEnteredValues'.",
        ),
        (cells(json!({"start": null})), "Invalid requests[1].updateCells: Must set one of start and range."),
        (
            cells(json!({"range": {"sheetId": 0}})),
            "Invalid requests[1].updateCells: Only one of start and range may be set.",
        ),
        (
            cells(json!({"start": {"sheetId": 0, "columnIndex": 26}})),
            "Invalid requests[1].updateCells: Attempting to write column: 26, beyond the last requested column of: 25",
        ),
        (
            cells(json!({"start": {"sheetId": 0, "rowIndex": 2_000}})),
            "Invalid requests[1].updateCells: Attempting to write row: 1002",
        ),
        (
            cells(json!({"rows": [["x"]]})),
            "Invalid value at 'requests[1].update_cells.rows[0]' (type.googleapis.com/google.apps.sheets.v4.RowData)",
        ),
        (
            cells(json!({"rows": [{"values": ["x"]}]})),
            "Invalid value at 'requests[1].update_cells.rows[0].values[0]' (type.googleapis.com/google.apps.sheets.v4.CellData)",
        ),
        (one(json!("x")), "Invalid value at 'requests[1].update_cells.rows[0].values[0].user_entered_value' (Object)"),
        (
            one(json!({"stringValue": 5})),
            "Invalid value at 'requests[1].update_cells.rows[0].values[0].user_entered_value.string_value' (TYPE_STRING), 5",
        ),
        (
            one(json!({"numberValue": "5"})),
            "Invalid value at 'requests[1].update_cells.rows[0].values[0].user_entered_value.number_value' (TYPE_DOUBLE)",
        ),
        (
            one(json!({"stringValue": "x", "numberValue": 5})),
            "Invalid value at 'requests[1].update_cells.rows[0].values[0].user_entered_value.number_value' (oneof)",
        ),
        (one(json!({"textValue": "x"})), "Invalid JSON payload received. Unknown name \"textValue\""),
        (
            json!({"appendCells": {"sheetId": 9, "rows": [], "fields": "*"}}),
            "Invalid requests[1].appendCells: No grid with id: 9",
        ),
        (
            json!({"repeatCell": {"range": {"sheetId": 0}, "cell": {"userEnteredFormat": {"numberFormat": {"type": "MONEY"}}}, "fields": "userEnteredFormat"}}),
            "Invalid value at 'requests[1].repeat_cell.cell.user_entered_format.number_format.type'",
        ),
        (
            json!({"repeatCell": {"range": {"sheetId": 0}, "cell": {}}}),
            "Invalid requests[1].repeatCell: At least one field",
        ),
        (
            json!({"addSheet": {"properties": {"title": "Payments"}}}),
            "Invalid requests[1].addSheet: A sheet with the name \"Payments\" already exists.",
        ),
        (
            json!({"addSheet": {"properties": {"sheetId": 0}}}),
            "Invalid requests[1].addSheet: Sheet with id 0 already exists.",
        ),
        (
            json!({"addSheet": {"title": "May"}}),
            "Invalid JSON payload received. Unknown name \"title\" at 'requests[1].add_sheet'",
        ),
        (
            json!({"addSheet": {"properties": {"gridProperties": {"rowCount": 1_000_000}}}}),
            "Invalid requests[1].addSheet: This action would increase the number of cells",
        ),
        (
            json!({"deleteSheet": {"sheetId": 0}}),
            "Invalid requests[1].deleteSheet: You can't remove all the sheets in a document.",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 0, "title": "x"}}}),
            "Invalid requests[1].updateSheetProperties: At least one field",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 0}, "fields": "title"}}),
            "Invalid requests[1].updateSheetProperties: Sheet title cannot be empty.",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 0}, "fields": "name"}}),
            "Error expanding 'fields' parameter.",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 1_002}}, "fields": "gridProperties.frozenRowCount"}}),
            "Invalid requests[1].updateSheetProperties: You can't freeze all visible rows on the sheet.",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": "one"}}, "fields": "gridProperties.frozenRowCount"}}),
            "Invalid value at 'requests[1].update_sheet_properties.properties.grid_properties.frozen_row_count' (TYPE_INT32), \"one\"",
        ),
        (
            json!({"updateSheetProperties": {"properties": {"sheetId": 9}, "fields": "gridProperties.frozenRowCount"}}),
            "Invalid requests[1].updateSheetProperties: No grid with id: 9",
        ),
        (
            json!({"addSheet": {"properties": {"gridProperties": {"rowCount": 1, "columnCount": 18_279}}}}),
            "Invalid requests[1].addSheet: This action would increase the number of columns in the sheet above the limit of 18278 columns.",
        ),
        (json!({"addProtectedRange": {}}), "Invalid requests[1].addProtectedRange: No protectedRange specified."),
        (
            tag(json!({"metadataId": 1})),
            "Invalid requests[1].createDeveloperMetadata: Developer metadata with id 1 already exists.",
        ),
        (
            tag(json!({"metadataId": 2_147_483_648_i64})),
            "Invalid value at 'requests[1].create_developer_metadata.developer_metadata.metadata_id' (TYPE_INT32), 2147483648",
        ),
        (
            tag(json!({"metadataId": -5})),
            "Invalid requests[1].createDeveloperMetadata: developerMetadata.metadataId must be positive.",
        ),
        (
            tag(json!({"metadataKey": ""})),
            "Invalid requests[1].createDeveloperMetadata: Developer metadata must always have a key specified.",
        ),
        (
            tag(json!({"visibility": null})),
            "Invalid requests[1].createDeveloperMetadata: Developer metadata must always have visibility specified.",
        ),
        (
            tag(json!({"visibility": "SECRET"})),
            "Invalid value at 'requests[1].create_developer_metadata.developer_metadata.visibility'",
        ),
        (
            tag(json!({"location": null})),
            "Invalid requests[1].createDeveloperMetadata: Developer metadata must always have a location specified.",
        ),
        (
            tag(json!({"location": {}})),
            "Invalid requests[1].createDeveloperMetadata: Exactly one location must be specified.",
        ),
        (
            tag(json!({"location": {"dimensionRange": range(2, 4)}})),
            "Invalid requests[1].createDeveloperMetadata: DimensionRange must represent a single row or column.",
        ),
        (
            tag(json!({"location": {"dimensionRange": range(1_002, 1_003)}})),
            "Invalid requests[1].createDeveloperMetadata: dimensionRange.endIndex[1003] is after last row in sheet[1002]",
        ),
        (
            tag(json!({"location": {"dimensionRange": columns(3, 5)}})),
            "Invalid requests[1].createDeveloperMetadata: DimensionRange must represent a single row or column.",
        ),
        (
            tag(json!({"location": {"dimensionRange": columns(26, 27)}})),
            "Invalid requests[1].createDeveloperMetadata: dimensionRange.endIndex[27] is after last column in sheet[26]",
        ),
        (
            tag(json!({"location": {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 25}}})),
            "Invalid requests[1].createDeveloperMetadata: DimensionRange must specify both a startIndex and an endIndex.",
        ),
        (
            tag(json!({"location": {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "endIndex": 1}}})),
            "Invalid requests[1].createDeveloperMetadata: DimensionRange must specify both a startIndex and an endIndex.",
        ),
        (
            tag(json!({"location": {"dimensionRange": {"sheetId": 0, "startIndex": 0, "endIndex": 1}}})),
            "Invalid requests[1].createDeveloperMetadata: No dimension specified.",
        ),
        (
            tag(
                json!({"location": {"dimensionRange": {"sheetId": 0, "dimension": "COLUMN", "startIndex": 0, "endIndex": 1}}}),
            ),
            "Invalid value at 'requests[1].create_developer_metadata.developer_metadata.location.dimension_range.dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension), \"COLUMN\"",
        ),
        (
            tag(
                json!({"location": {"dimensionRange": {"sheetId": 9, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}}}),
            ),
            "Invalid requests[1].createDeveloperMetadata: No grid with id: 9",
        ),
        (
            tag(json!({"location": {"dimensionRange": columns(0, 1), "sheetId": 0}})),
            "Invalid requests[1].createDeveloperMetadata: Exactly one location must be specified.",
        ),
        (
            tag(json!({"metadataId": 1, "location": {"dimensionRange": columns(0, 1)}})),
            "Invalid requests[1].createDeveloperMetadata: Developer metadata with id 1 already exists.",
        ),
        (
            tag(json!({"metadataValue": 5, "location": {"dimensionRange": columns(0, 1)}})),
            "Invalid value at 'requests[1].create_developer_metadata.developer_metadata.metadata_value' (TYPE_STRING), 5",
        ),
        (
            json!({"updateDeveloperMetadata": {"dataFilters": [tagged(1)], "fields": "location",
                "developerMetadata": {"location": {"dimensionRange": columns(26, 27)}}}}),
            "Invalid requests[1].updateDeveloperMetadata: dimensionRange.endIndex[27] is after last column in sheet[26]",
        ),
        (
            json!({"deleteDeveloperMetadata": {"dataFilter": {}}}),
            "Invalid requests[1].deleteDeveloperMetadata: Must specify exactly one filter.",
        ),
        (
            json!({"updateDeveloperMetadata": {"dataFilters": [tagged(1)], "developerMetadata": {"metadataValue": "x"}}}),
            "Invalid requests[1].updateDeveloperMetadata: At least one field",
        ),
        (
            json!({"deleteDeveloperMetadata": {}}),
            "Invalid requests[1].deleteDeveloperMetadata: No dataFilter specified.",
        ),
    ];
    let first = json!({"insertDimension": {"range": range(0, 1)}});
    for (request, message) in wrong {
        let answer = world.batch(&token, json!([first, request])).await;
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, error["status"].as_str()),
            (400, Some("INVALID_ARGUMENT")),
            "{request}: {}",
            answer.body
        );
        assert!(error["message"].as_str().unwrap().starts_with(message), "{request}: {error}");
    }
    for (body, message) in [
        (json!({}), "Must specify at least one request."),
        (json!({"requests": []}), "Must specify at least one request."),
        (json!({"request": []}), "Invalid JSON payload received. Unknown name \"request\": Cannot find field."),
        (json!({"requests": {"addSheet": {}}}), "Invalid value at 'requests' (Array)"),
    ] {
        let answer = world.sheet(&token, Method::POST, ":batchUpdate", Some(body)).await;
        assert!(
            answer.status == 400 && answer.body["error"]["message"].as_str().unwrap().starts_with(message),
            "{}",
            answer.body
        );
    }
    let details = world.batch(&token, json!([{"addSheet": {"title": "x"}}])).await.body["error"]["details"][0].clone();
    assert_eq!(
        (&details["@type"], &details["fieldViolations"][0]["field"]),
        (&json!("type.googleapis.com/google.rpc.BadRequest"), &json!("requests[0].add_sheet"))
    );
    unchanged(&world, &before);
}
