//! What Google refuses, asked by a plain client. Nothing of it may change a spreadsheet.

use kamurj_sandbox::sheets::MADE_UP;
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::{row, tagged};
use crate::world::{World, reply};

/// A world with one tagged row, in which no call has been counted.
pub(crate) async fn world() -> (World, String, String) {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    assert_eq!(world.batch(&token, row(1, "A", 1)).await.status, 200);
    let before = json!(world.sandbox.sheets.view().spreadsheets).to_string();
    (world, token, before)
}

pub(crate) fn unchanged(world: &World, before: &str) {
    assert_eq!(json!(world.sandbox.sheets.view().spreadsheets).to_string(), before);
}

#[tokio::test]
async fn wrong_calls_of_values_and_tags_are_refused() {
    let (world, token, before) = world().await;
    let get = |path: &str| (Method::GET, path.to_owned(), None);
    let put = |path: &str, body: Value| (Method::PUT, format!("/values/{path}"), Some(body));
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), Some(body));
    let x = || json!({"values": [["x"]]});
    let by = |filter: Value| json!({"dataFilters": [filter]});
    let at = |data: Value| json!({"valueInputOption": "RAW", "data": [data]});
    let raw = "valueInputOption=RAW";
    let wrong = vec![
        (
            get("?fields=sheet.properties"),
            "Error expanding 'fields' parameter. Cannot find matching fields for path 'sheet'.",
        ),
        (get("?fields=sheets(properties"), "Error expanding 'fields' parameter."),
        (get("?field=sheets"), "Invalid JSON payload received. Unknown name \"field\": Cannot bind query parameter."),
        (get("?includeGridData=yes"), "Invalid value at 'include_grid_data' (TYPE_BOOL), \"yes\""),
        (get("/values/May!A1"), "Unable to parse range: May!A1"),
        (get("/values/"), "Unable to parse range: "),
        (get("/values/A1:"), "Unable to parse range: A1:"),
        (get("/values/Payments!A1002"), "Range (Payments!A1002) exceeds grid limits. Max rows: 1001, max columns: 26"),
        (get("/values/AA1:AB2"), "Range (Payments!AA1:AB2) exceeds grid limits."),
        (
            get("/values/A1?majorDimension=CELLS"),
            "Invalid value at 'major_dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension), \"CELLS\"",
        ),
        (get("/values/A1?valueRenderOption=RAW"), "Invalid value at 'value_render_option'"),
        (get("/values/A1?valueInputOption=RAW"), "Invalid JSON payload received. Unknown name \"valueInputOption\""),
        (get("/values:batchGet"), "Must specify at least one range."),
        (get("/values:batchGet?ranges=A1&ranges=May"), "Unable to parse range: May"),
        (put("A1", x()), "'valueInputOption' is required but not specified"),
        (put("A1?valueInputOption=PLAIN", x()), "Invalid value at 'value_input_option'"),
        (
            put(&format!("A1:B1?{raw}"), json!({"values": [["x", "y", "z"]]})),
            "Requested writing within range [Payments!A1:B1], but tried writing to column [C]",
        ),
        (
            put(&format!("A1:B1?{raw}"), json!({"values": [["x"], ["y"]]})),
            "Requested writing within range [Payments!A1:B1], but tried writing to row [2]",
        ),
        (
            put(&format!("Z1?{raw}"), json!({"values": [["x", "y"]]})),
            "Requested writing within range [Payments!Z1:Z1001], but tried writing to column [AA]",
        ),
        (put(&format!("A2000?{raw}"), x()), "Range (Payments!A2000) exceeds grid limits."),
        (
            put(&format!("A1?{raw}"), json!({"range": "B1", "values": [["x"]]})),
            "Range in the address (A1) and in the body (B1) must match.",
        ),
        (put(&format!("A1?{raw}"), json!({"values": "x"})), "Invalid value at 'values' (Array), \"x\""),
        (
            put(&format!("A1?{raw}"), json!({"values": ["x"]})),
            "Invalid value at 'values[0]' (type.googleapis.com/google.protobuf.ListValue), \"x\"",
        ),
        (
            put(&format!("A1?{raw}"), json!({"values": [["x", {"stringValue": "y"}]]})),
            "Invalid values[0][1]: struct_value",
        ),
        (put(&format!("A1?{raw}"), json!({"values": [[["x"]]]})), "Invalid values[0][0]: list_value"),
        (
            put(&format!("A1?{raw}"), json!({"value": [["x"]]})),
            "Invalid JSON payload received. Unknown name \"value\": Cannot find field.",
        ),
        (put(&format!("A1?{raw}"), json!([["x"]])), "Invalid JSON payload received. Expected an object."),
        (
            put(&format!("A1?{raw}"), json!({"values": [["x".repeat(50_001)]]})),
            "Your input contains more than the maximum of 50000 characters in a single cell.",
        ),
        (post("/values/A1:append", x()), "'valueInputOption' is required but not specified"),
        (
            post(&format!("/values/A1:append?{raw}&insertDataOption=INSERT"), x()),
            "Invalid value at 'insert_data_option'",
        ),
        (
            post("/values:batchUpdate", json!({"data": [{"range": "A1", "values": [["x"]]}]})),
            "'valueInputOption' is required but not specified",
        ),
        (post("/values:batchUpdate", at(json!({"values": [["x"]]}))), "Unable to parse range: "),
        (
            post(
                "/values:batchUpdate",
                json!({"valueInputOption": "RAW", "data": [{"range": "A1", "values": [["x"]]}, {"range": "May!A1", "values": [["x"]]}]}),
            ),
            "Unable to parse range: May!A1",
        ),
        (post("/values:batchGetByDataFilter", json!({})), "Must specify at least one dataFilter."),
        (post("/values:batchGetByDataFilter", by(json!({}))), "Must specify exactly one filter."),
        (post("/values:batchGetByDataFilter", by(json!({"a1Range": "May"}))), "Unable to parse range: May"),
        (
            post("/values:batchGetByDataFilter", by(json!({"metadataId": 1}))),
            "Invalid JSON payload received. Unknown name \"metadataId\" at 'data_filters[0]': Cannot find field.",
        ),
        (post("/values:batchGetByDataFilter", by(json!({"gridRange": {"sheetId": 5}}))), "No grid with id: 5"),
        (
            post("/values:batchUpdateByDataFilter", json!({"data": []})),
            "'valueInputOption' is required but not specified",
        ),
        (post("/values:batchUpdateByDataFilter", at(json!({"values": [["x"]]}))), "Must specify exactly one filter."),
        (
            post("/values:batchUpdateByDataFilter", at(json!({"dataFilter": tagged(1), "values": [["x"], ["y"]]}))),
            "Requested writing within range [Payments!A2:Z2], but tried writing to row [3]",
        ),
        (post("/developerMetadata:search", json!({})), "Must specify at least one dataFilter."),
        (
            post(
                "/developerMetadata:search",
                by(json!({"developerMetadataLookup": {"locationMatchingStrategy": "EXACT_LOCATION"}})),
            ),
            "locationMatchingStrategy needs a metadataLocation.",
        ),
        (
            post(
                "/developerMetadata:search",
                by(
                    json!({"developerMetadataLookup": {"metadataLocation": {"spreadsheet": true}, "locationMatchingStrategy": "INTERSECTING_LOCATION"}}),
                ),
            ),
            "DeveloperMetadataLookup.spreadsheet is true, but locationMatchingStrategy was specified as INTERSECTING.",
        ),
        (
            post(
                "/developerMetadata:search",
                by(
                    json!({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}, "locationType": "SPREADSHEET"}}),
                ),
            ),
            "locationType does not go with this metadataLocation and its strategy.",
        ),
        (
            post(
                "/developerMetadata:search",
                by(
                    json!({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}, "locationType": "COLUMN", "locationMatchingStrategy": "EXACT_LOCATION"}}),
                ),
            ),
            "locationType does not go with this metadataLocation and its strategy.",
        ),
        (
            post(
                "/developerMetadata:search",
                by(
                    json!({"developerMetadataLookup": {"metadataLocation": {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 26, "endIndex": 27}}}}),
                ),
            ),
            "dimensionRange.endIndex[27] is after last column in sheet[26]",
        ),
        (
            post("/developerMetadata:search", by(json!({"developerMetadataLookup": {"metadataId": "one"}}))),
            "Invalid value at 'data_filters[0].developer_metadata_lookup.metadata_id' (TYPE_INT32), \"one\"",
        ),
        (
            post(
                "/developerMetadata:search",
                by(json!({"developerMetadataLookup": {"metadataId": 4_294_967_296_i64}})),
            ),
            "Invalid value at 'data_filters[0].developer_metadata_lookup.metadata_id' (TYPE_INT32)",
        ),
        (
            post("/developerMetadata:search", by(json!({"developerMetadataLookup": {"locationType": "CELL"}}))),
            "Invalid value at 'data_filters[0].developer_metadata_lookup.location_type'",
        ),
        (
            post(
                "/developerMetadata:search",
                by(json!({"developerMetadataLookup": {"metadataId": 1}, "a1Range": "A1"})),
            ),
            "Only one filter may be specified in a dataFilter.",
        ),
        (get("/developerMetadata/one"), "Invalid value at"),
    ];
    for ((method, path, body), message) in wrong {
        let answer = world.sheet(&token, method, &path, body).await;
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, &error["code"], error["status"].as_str()),
            (400, &json!(400), Some("INVALID_ARGUMENT")),
            "{path}: {}",
            answer.body
        );
        assert!(error["message"].as_str().unwrap().starts_with(message), "{path}: {error}");
    }
    unchanged(&world, &before);
}

#[tokio::test]
async fn wrong_doors_are_refused() {
    let (world, token, before) = world().await;
    let root = &world.sandbox.sheets_url;
    let own = format!("{root}/v4/spreadsheets/{MADE_UP}");
    let nowhere: [(Method, String); 10] = [
        (Method::GET, root.clone()),
        (Method::GET, format!("{root}/v4/spreadsheets")),
        (Method::GET, format!("{root}/v3/spreadsheets/{MADE_UP}")),
        (Method::POST, own.clone()),
        (Method::GET, format!("{own}:batchUpdate")),
        (Method::POST, format!("{own}:update")),
        (Method::POST, format!("{own}/values/A1")),
        (Method::PATCH, format!("{own}/values/A1")),
        (Method::DELETE, own.clone()),
        (Method::GET, format!("{own}/developerMetadata:search")),
    ];
    for (method, url) in nowhere {
        let answer =
            world.client.request(method.clone(), &url).bearer_auth(&token).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{method} {url}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{method} {url}");
    }
    for (header, reason) in [
        (None, "CREDENTIALS_MISSING"),
        (Some("Basic a2FtdXJq".to_owned()), "CREDENTIALS_MISSING"),
        (Some("Bearer ya29.other".to_owned()), "ACCESS_TOKEN_INVALID"),
        (Some("Bearer ".to_owned()), "CREDENTIALS_MISSING"),
        (Some(format!("Bearer {token}x")), "ACCESS_TOKEN_INVALID"),
    ] {
        let mut request = world.client.get(&own);
        if let Some(header) = &header {
            request = request.header("authorization", header);
        }
        let answer = reply(request).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["status"].as_str()), (401, Some("UNAUTHENTICATED")), "{header:?}");
        assert_eq!(error["details"][0]["reason"], reason, "{header:?}");
    }
    let in_address = reply(world.client.get(format!("{own}?access_token={token}"))).await;
    assert_eq!(in_address.status, 401, "a token in an address ends up in logs");

    let requests = json!({"requests": row(2, "B", 2)}).to_string();
    let send = |content_type: &'static str, body: String| {
        let request = world.client.post(format!("{own}:batchUpdate")).bearer_auth(&token);
        reply(request.header("content-type", content_type).body(body))
    };
    let padded = |length: usize| format!("{}{requests}", " ".repeat(length - requests.len()));
    for (content_type, body, message) in [
        ("text/plain", requests.clone(), "Invalid JSON payload received."),
        ("application/x-www-form-urlencoded", "requests=x".to_owned(), "Invalid JSON payload received."),
        ("application/json", "{".to_owned(), "Invalid JSON payload received."),
        ("application/json", "[]".to_owned(), "Invalid JSON payload received. Expected an object."),
        ("application/json", padded(2_097_153), "Request payload size exceeds the limit: 2097152 bytes."),
    ] {
        let answer = send(content_type, body).await;
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, error["status"].as_str()),
            (400, Some("INVALID_ARGUMENT")),
            "{content_type}: {error}"
        );
        assert!(error["message"].as_str().unwrap().starts_with(message), "{content_type}: {error}");
    }
    unchanged(&world, &before);
    assert_eq!(
        send("application/json; charset=utf-8", padded(2_097_152)).await.status,
        200,
        "exactly as much is taken"
    );
}

#[tokio::test]
async fn what_google_has_and_the_double_has_not_is_said_so() {
    let (world, token, before) = world().await;
    for (method, path) in [
        (Method::POST, ":getByDataFilter"),
        (Method::POST, "/values/A1:clear"),
        (Method::POST, "/values:batchClear"),
        (Method::POST, "/sheets/0:copyTo"),
        (Method::GET, "?includeGridData=true"),
    ] {
        let answer = world.sheet(&token, method, path, None).await;
        assert_eq!((answer.status, answer.body["error"]["status"].as_str()), (501, Some("UNIMPLEMENTED")), "{path}");
    }
    for request in [json!({"sortRange": {}}), json!({"mergeCells": {}}), json!({"updateBorders": {}})] {
        assert_eq!(world.batch(&token, json!([request])).await.status, 501, "{request}");
    }
    unchanged(&world, &before);
}
