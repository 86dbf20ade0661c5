//! Developer metadata of columns: how it is found, and that it goes where its column goes.

use kamurj_sandbox::sheets::{Act, MADE_UP};
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::{row, tagged};
use crate::world::World;

const SEARCH: &str = "/developerMetadata:search";

/// The request that tags a column of the first tab.
fn tag(id: i64, value: &str, column: i64) -> Value {
    json!({"createDeveloperMetadata": {"developerMetadata": {"metadataId": id, "metadataKey": "column", "metadataValue": value,
        "visibility": "PROJECT", "location": {"dimensionRange": lines("COLUMNS", column, column + 1)}}}})
}

fn lines(dimension: &str, start: i64, end: i64) -> Value {
    json!({"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end})
}

/// A row with the tag 9, and three columns with tags: the order's, the amount's and an empty one.
async fn with_columns() -> (World, String) {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    assert_eq!(world.batch(&token, row(9, "A-1", 12_500)).await.status, 200);
    let made = world.batch(&token, json!([tag(1, "order", 0), tag(2, "amount", 1), tag(3, "note", 25)])).await;
    assert_eq!(made.status, 200, "{}", made.body);
    (world, token)
}

/// The names of the tagged columns with their places, as a program finds them.
async fn places(world: &World, token: &str) -> Vec<(String, i64)> {
    let body = json!({"dataFilters": [{"developerMetadataLookup": {"metadataKey": "column"}}]});
    let found = world.sheet(token, Method::POST, SEARCH, Some(body)).await.body;
    let all = found["matchedDeveloperMetadata"].as_array().cloned().unwrap_or_default();
    let place = |one: Value| {
        let tag = &one["developerMetadata"];
        let range = &tag["location"]["dimensionRange"];
        let (start, end) = (range["startIndex"].as_i64().unwrap(), range["endIndex"].as_i64().unwrap());
        assert_eq!(
            (&range["dimension"], &tag["location"]["locationType"], end),
            (&json!("COLUMNS"), &json!("COLUMN"), start + 1)
        );
        (tag["metadataValue"].as_str().unwrap().to_owned(), start)
    };
    all.into_iter().map(place).collect()
}

fn said(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(name, place)| ((*name).to_owned(), *place)).collect()
}

#[tokio::test]
async fn a_tagged_column_is_answered_found_and_read_whole() {
    let (world, token) = with_columns().await;
    let made = world.batch(&token, json!([tag(4, "more", 5)])).await.body;
    let whole = json!({"metadataId": 4, "metadataKey": "column", "metadataValue": "more", "visibility": "PROJECT",
        "location": {"locationType": "COLUMN", "dimensionRange": lines("COLUMNS", 5, 6)}});
    assert_eq!(made["replies"], json!([{"createDeveloperMetadata": {"developerMetadata": whole}}]));
    assert_eq!(world.sheet(&token, Method::GET, "/developerMetadata/4", None).await.body, whole);
    assert_eq!(places(&world, &token).await, said(&[("order", 0), ("amount", 1), ("more", 5), ("note", 25)]));

    let read =
        json!({"dataFilters": [tagged(2)], "majorDimension": "COLUMNS", "valueRenderOption": "UNFORMATTED_VALUE"});
    let read = world.sheet(&token, Method::POST, "/values:batchGetByDataFilter", Some(read)).await.body;
    assert_eq!(
        read["valueRanges"],
        json!([{"valueRange": {"range": "Payments!B1:B1001", "majorDimension": "COLUMNS", "values": [["", 12500]]}, "dataFilters": [tagged(2)]}])
    );
    let write = json!({"valueInputOption": "RAW", "data": [{"dataFilter": tagged(2), "majorDimension": "COLUMNS", "values": [["Amount", null]]}]});
    let written = world.sheet(&token, Method::POST, "/values:batchUpdateByDataFilter", Some(write)).await.body;
    assert_eq!(
        (&written["totalUpdatedCells"], &written["responses"][0]["updatedRange"]),
        (&json!(1), &json!("Payments!B1:B2"))
    );
    assert_eq!(world.values(&token, "B1:B2").await, json!([["Amount"], ["12500"]]));
}

#[tokio::test]
async fn filters_find_columns_by_what_they_are_and_by_where() {
    let (world, token) = with_columns().await;
    let lookup = |fields: Value| json!({"developerMetadataLookup": fields});
    let at = |dimension: &str, start: i64| json!({"dimensionRange": lines(dimension, start, start + 1)});
    for (filter, ids) in [
        (lookup(json!({"locationType": "COLUMN"})), vec![1, 2, 3]),
        (lookup(json!({"locationType": "ROW"})), vec![9]),
        (lookup(json!({"metadataValue": "amount"})), vec![2]),
        (lookup(json!({"metadataKey": "p", "locationType": "COLUMN"})), vec![]),
        (lookup(json!({"metadataLocation": {"sheetId": 0}})), vec![9, 1, 2, 3]),
        (lookup(json!({"metadataLocation": at("COLUMNS", 1)})), vec![9, 2]),
        (lookup(json!({"metadataLocation": at("COLUMNS", 1), "locationMatchingStrategy": "EXACT_LOCATION"})), vec![2]),
        (lookup(json!({"metadataLocation": at("COLUMNS", 1), "locationType": "COLUMN"})), vec![2]),
        (lookup(json!({"metadataLocation": at("ROWS", 1)})), vec![9, 1, 2, 3]),
        (lookup(json!({"metadataLocation": at("ROWS", 1), "locationMatchingStrategy": "EXACT_LOCATION"})), vec![9]),
        (lookup(json!({"metadataLocation": at("ROWS", 2)})), vec![1, 2, 3]),
        (json!({"a1Range": "Payments!B5:Y5"}), vec![2]),
        (json!({"gridRange": {"sheetId": 0, "startColumnIndex": 25}}), vec![9, 3]),
    ] {
        let body = json!({"dataFilters": [filter]});
        let found = world.sheet(&token, Method::POST, SEARCH, Some(body)).await.body;
        let found = found["matchedDeveloperMetadata"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|one| one["developerMetadata"]["metadataId"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{filter}");
    }
    let both = [tagged(2), lookup(json!({"metadataKey": "column"}))];
    let found = world.sheet(&token, Method::POST, SEARCH, Some(json!({"dataFilters": both}))).await.body;
    let found = found["matchedDeveloperMetadata"].as_array().unwrap().clone();
    assert_eq!((found.len(), &found[0]["dataFilters"]), (3, &json!(both)), "a tag that two filters find is said once");
}

#[tokio::test]
async fn tags_go_with_columns_that_programs_insert_and_delete() {
    let (world, token) = with_columns().await;
    let batch = async |request: Value| {
        let done = world.batch(&token, json!([request])).await;
        assert_eq!(done.status, 200, "{}", done.body);
    };
    batch(json!({"insertDimension": {"range": lines("COLUMNS", 1, 3), "inheritFromBefore": true}})).await;
    assert_eq!(places(&world, &token).await, said(&[("order", 0), ("amount", 3), ("note", 27)]));
    assert_eq!(world.values(&token, "A2:D2").await, json!([["A-1", "", "", "12500"]]));
    batch(json!({"insertDimension": {"range": lines("COLUMNS", 28, 30), "inheritFromBefore": true}})).await;
    batch(json!({"appendDimension": {"sheetId": 0, "dimension": "COLUMNS", "length": 1}})).await;
    assert_eq!(world.sandbox.sheets.view().spreadsheets[0].tabs[0].columns.len(), 31);
    assert_eq!(places(&world, &token).await[2].1, 27, "what is added to the right moves nothing");
    batch(json!({"deleteDimension": {"range": lines("COLUMNS", 0, 2)}})).await;
    assert_eq!(
        places(&world, &token).await,
        said(&[("amount", 1), ("note", 25)]),
        "a deleted column takes its tag along"
    );
    batch(tag(1, "order", 0)).await;
    // Rows leave the tags of columns where they are.
    batch(json!({"insertDimension": {"range": lines("ROWS", 0, 4)}})).await;
    batch(json!({"deleteDimension": {"range": lines("ROWS", 0, 5)}})).await;
    assert_eq!(places(&world, &token).await, said(&[("order", 0), ("amount", 1), ("note", 25)]));
    let moved = json!({"updateDeveloperMetadata": {"dataFilters": [tagged(3)], "fields": "location",
        "developerMetadata": {"location": {"dimensionRange": lines("COLUMNS", 4, 5)}}}});
    batch(moved).await;
    assert_eq!(places(&world, &token).await[2], ("note".to_owned(), 4));
    batch(json!({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataKey": "column"}}}}))
        .await;
    assert_eq!(places(&world, &token).await, []);
}

#[tokio::test]
async fn tags_go_with_columns_that_people_insert_and_delete() {
    let (world, token) = with_columns().await;
    let act = async |body: Value| {
        let mut whole = json!({"spreadsheet": MADE_UP, "tab": "Payments"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let answer = world.play("/play/sheets/act", whole).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    act(json!({"act": "hide_column", "column": "B", "hidden": true})).await;
    act(json!({"act": "insert_column", "column": "A"})).await;
    assert_eq!(places(&world, &token).await, said(&[("order", 1), ("amount", 2), ("note", 26)]));
    act(json!({"act": "delete_column", "column": "b"})).await;
    assert_eq!(places(&world, &token).await, said(&[("amount", 1), ("note", 25)]));
    assert_eq!(world.values(&token, "A2:C2").await, json!([["", "12500", "paid"]]));
    act(json!({"act": "sort", "column": "B", "descending": true})).await;
    assert_eq!(places(&world, &token).await, said(&[("amount", 1), ("note", 25)]), "a sort moves rows");

    let state = world.client.get(format!("{}/play/sheets/state", world.sandbox.page_url)).send().await.unwrap();
    let state: Value = state.json().await.unwrap();
    let tab = &state["spreadsheets"][0]["tabs"][0];
    let shown = |id: i64, value: &str| json!([{"id": id, "key": "column", "value": value, "visibility": "PROJECT"}]);
    assert_eq!(tab["column_tags"], json!({"B": shown(2, "amount"), "Z": shown(3, "note")}));
    assert_eq!((&tab["hidden_columns"], &tab["frozen_rows"]), (&json!(["B"]), &json!(0)));

    let narrow = json!([{"deleteDimension": {"range": lines("COLUMNS", 1, 26)}}]);
    assert_eq!(world.batch(&token, narrow).await.status, 200);
    let last = Act::DeleteColumn { tab: "Payments".to_owned(), column: "A".to_owned() };
    assert_eq!(world.sandbox.sheets.act(MADE_UP, last), Err("column: the last one cannot be deleted".to_owned()));
}

#[tokio::test]
async fn tags_of_columns_take_the_room_that_rows_have_too() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let characters = || world.sandbox.sheets.view().spreadsheets[0].tabs[0].tag_characters;
    assert_eq!(world.batch(&token, json!([tag(1, &"v".repeat(29_993), 0)])).await.status, 200);
    assert_eq!(world.batch(&token, row(2, "A-1", 1)).await.status, 200, "a key of one character fits");
    assert_eq!(characters(), 30_000);
    for request in [tag(3, "", 1), row(3, "A-2", 1)[2].clone()] {
        let full = world.batch(&token, json!([request])).await;
        let message = full.body["error"]["message"].as_str().unwrap();
        assert!(full.status == 400 && message.contains("the limit of 30000 characters"), "{message}");
    }
    let deleted = json!([{"deleteDimension": {"range": lines("COLUMNS", 0, 1)}}]);
    assert_eq!(world.batch(&token, deleted).await.status, 200);
    assert_eq!(characters(), 1);
    assert_eq!(world.batch(&token, json!([tag(1, "order", 0)])).await.status, 200, "its id is free again, too");
}

#[tokio::test]
async fn a_tab_goes_as_far_as_column_zzz() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let wide = json!([{"addSheet": {"properties": {"sheetId": 7, "title": "Wide", "gridProperties": {"rowCount": 1, "columnCount": 18_278}}}}]);
    assert_eq!(world.batch(&token, wide).await.status, 200);
    let end = json!({"sheetId": 7, "dimension": "COLUMNS", "startIndex": 18_278, "endIndex": 18_279});
    for request in [
        json!({"insertDimension": {"range": end, "inheritFromBefore": true}}),
        json!({"appendDimension": {"sheetId": 7, "dimension": "COLUMNS", "length": 1}}),
    ] {
        let full = world.batch(&token, json!([request])).await;
        let message = full.body["error"]["message"].as_str().unwrap();
        assert!(full.status == 400 && message.ends_with("above the limit of 18278 columns."), "{request}: {message}");
    }
    assert_eq!(world.sandbox.sheets.view().spreadsheets[0].tabs[1].columns.last().unwrap(), "ZZZ");
}
