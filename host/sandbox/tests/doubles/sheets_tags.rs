//! Developer metadata: rows that are found again by their tags, and what becomes of tags.

use kamurj_sandbox::sheets::{Act, MADE_UP, ServiceAccount};
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::{EMAIL, claims, header, key, row, signed, tagged};
use crate::world::World;

#[tokio::test]
async fn a_row_with_a_tag_cannot_be_made_twice() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let made = world.batch(&token, row(1_203_341_977, "01J9ZB", 12_500)).await;
    let location = json!({"locationType": "ROW", "dimensionRange": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}});
    let tag = json!({"metadataId": 1_203_341_977, "metadataKey": "p", "location": location, "visibility": "PROJECT"});
    assert_eq!(
        made.body,
        json!({"spreadsheetId": MADE_UP, "replies": [{}, {}, {"createDeveloperMetadata": {"developerMetadata": tag}}]})
    );
    let again = world.batch(&token, row(1_203_341_977, "other", 1)).await;
    assert_eq!((again.status, again.body["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")));
    assert!(
        again.body["error"]["message"].as_str().unwrap().starts_with("Invalid requests[2].createDeveloperMetadata: ")
    );
    assert_eq!(world.values(&token, "A1:C3").await, json!([[], ["01J9ZB", "12500", "paid"]]));

    let search = |filter: Value| json!({"dataFilters": [filter]});
    let find = async |filter: Value| {
        let found = world.sheet(&token, Method::POST, "/developerMetadata:search", Some(search(filter))).await;
        assert_eq!(found.status, 200, "{}", found.body);
        found.body
    };
    let found = find(tagged(1_203_341_977)).await;
    assert_eq!(
        found["matchedDeveloperMetadata"],
        json!([{"developerMetadata": tag, "dataFilters": [tagged(1_203_341_977)]}])
    );
    assert_eq!(find(tagged(5)).await, json!({}));
    for (filter, count) in [
        (json!({"developerMetadataLookup": {"metadataKey": "p", "locationType": "ROW", "visibility": "PROJECT"}}), 1),
        (json!({"developerMetadataLookup": {"metadataKey": "p", "locationType": "SHEET"}}), 0),
        (json!({"developerMetadataLookup": {"metadataKey": "q"}}), 0),
        (json!({"developerMetadataLookup": {"metadataKey": "p", "metadataValue": "x"}}), 0),
        (json!({"developerMetadataLookup": {}}), 1),
        (json!({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}}}), 1),
        (
            json!({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}, "locationMatchingStrategy": "EXACT_LOCATION"}}),
            0,
        ),
        (json!({"developerMetadataLookup": {"metadataLocation": {"spreadsheet": true}}}), 0),
        (
            json!({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}, "locationMatchingStrategy": "INTERSECTING_LOCATION"}}),
            1,
        ),
        (json!({"a1Range": "Payments!A2:B2"}), 1),
        (json!({"gridRange": {"sheetId": 0, "startRowIndex": 2}}), 0),
    ] {
        let found = find(filter.clone()).await["matchedDeveloperMetadata"].as_array().map_or(0, Vec::len);
        assert_eq!(found, count, "{filter}");
    }
    let one = world.sheet(&token, Method::GET, "/developerMetadata/1203341977", None).await;
    assert_eq!((one.status, one.body), (200, tag));
    assert_eq!(world.sheet(&token, Method::GET, "/developerMetadata/6", None).await.status, 404);
}

#[tokio::test]
async fn a_tagged_row_is_read_and_written_wherever_it_went() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    for (id, order) in [(1, "first"), (2, "second")] {
        assert_eq!(world.batch(&token, row(id, order, id)).await.status, 200);
    }
    let read = async |id: i64| {
        let body = json!({"dataFilters": [tagged(id)], "majorDimension": "ROWS"});
        world.sheet(&token, Method::POST, "/values:batchGetByDataFilter", Some(body)).await.body
    };
    let first = read(1).await["valueRanges"][0].clone();
    assert_eq!(
        first["valueRange"],
        json!({"range": "Payments!A3:Z3", "majorDimension": "ROWS", "values": [["first", "1", "paid"]]})
    );
    assert_eq!(first["dataFilters"], json!([tagged(1)]));
    // Moved to below its neighbour.
    let moved = json!([{"moveDimension": {"source": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}, "destinationIndex": 5}}]);
    assert_eq!(world.batch(&token, moved).await.status, 200);
    assert_eq!(read(2).await["valueRanges"][0]["valueRange"]["range"], "Payments!A5:Z5");
    let write = |id: i64| json!({"valueInputOption": "RAW", "data": [{"dataFilter": tagged(id), "majorDimension": "ROWS", "values": [[null, null, "refunded"]]}]});
    let written = world.sheet(&token, Method::POST, "/values:batchUpdateByDataFilter", Some(write(2))).await;
    assert_eq!(
        written.body,
        json!({"spreadsheetId": MADE_UP, "totalUpdatedRows": 1, "totalUpdatedColumns": 3, "totalUpdatedCells": 1, "totalUpdatedSheets": 1,
            "responses": [{"updatedRange": "Payments!A5:C5", "updatedRows": 1, "updatedColumns": 3, "updatedCells": 1, "dataFilter": tagged(2)}]})
    );
    assert_eq!(
        world.values(&token, "A1:C6").await,
        json!([[], ["first", "1", "paid"], [], [], ["second", "2", "refunded"]])
    );
    let nobody = world.sheet(&token, Method::POST, "/values:batchUpdateByDataFilter", Some(write(9))).await;
    assert_eq!((nobody.status, nobody.body), (200, json!({"spreadsheetId": MADE_UP})), "no row, no error");
    // The row goes, and its tag with it, so that its id is free again.
    let deleted =
        json!([{"deleteDimension": {"range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 4, "endIndex": 5}}}]);
    assert_eq!(world.batch(&token, deleted).await.status, 200);
    assert_eq!(read(2).await, json!({"spreadsheetId": MADE_UP}));
    assert_eq!(world.batch(&token, row(2, "second", 2)).await.status, 200);
}

#[tokio::test]
async fn tags_are_changed_and_deleted_by_filters() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    world.batch(&token, row(1, "A", 1)).await;
    let changed = json!([{"updateDeveloperMetadata": {"dataFilters": [tagged(1)], "fields": "metadataValue,visibility",
        "developerMetadata": {"metadataValue": "v", "visibility": "DOCUMENT"}}}]);
    let changed = world.batch(&token, changed).await.body["replies"][0]["updateDeveloperMetadata"]["developerMetadata"]
        [0]
    .clone();
    assert_eq!(
        (&changed["metadataKey"], &changed["metadataValue"], &changed["visibility"]),
        (&json!("p"), &json!("v"), &json!("DOCUMENT"))
    );
    let whole = |id: i64, location: Value| json!({"createDeveloperMetadata": {"developerMetadata": {"metadataId": id, "metadataKey": "k", "visibility": "DOCUMENT", "location": location}}});
    let made =
        world.batch(&token, json!([whole(7, json!({"spreadsheet": true})), whole(8, json!({"sheetId": 0}))])).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let free = json!([{"createDeveloperMetadata": {"developerMetadata": {"metadataKey": "k", "visibility": "DOCUMENT", "location": {"sheetId": 0}}}}]);
    let free = world.batch(&token, free).await.body["replies"][0]["createDeveloperMetadata"]["developerMetadata"]["metadataId"].clone();
    assert_eq!(free, 2, "an id is chosen where none was given");
    let deleted =
        json!([{"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataKey": "k"}}}}]);
    let deleted = world.batch(&token, deleted).await.body;
    assert_eq!(
        deleted["replies"][0]["deleteDeveloperMetadata"]["deletedDeveloperMetadata"].as_array().unwrap().len(),
        3
    );
    let left = &world.sandbox.sheets.view().spreadsheets[0].tabs[0];
    assert_eq!((left.rows[1].tags[0].id, left.tag_characters), (1, 2));
}

#[tokio::test]
async fn a_tab_has_room_for_thirty_thousand_characters_of_tags() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let tag = |id: i64, length: usize, location: Value| {
        json!([{"createDeveloperMetadata": {"developerMetadata": {
        "metadataId": id, "metadataKey": "p", "metadataValue": "v".repeat(length), "visibility": "DOCUMENT", "location": location}}}])
    };
    let at = |row: i64| json!({"dimensionRange": {"sheetId": 0, "dimension": "ROWS", "startIndex": row, "endIndex": row + 1}});
    assert_eq!(world.batch(&token, tag(1, 29_998, at(3))).await.status, 200);
    assert_eq!(world.batch(&token, tag(2, 0, at(4))).await.status, 200, "a key alone is enough for a tag");
    assert_eq!(world.sandbox.sheets.view().spreadsheets[0].tabs[0].tag_characters, 30_000);
    let full = world.batch(&token, tag(3, 0, at(5))).await;
    assert_eq!((full.status, full.body["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")));
    assert_eq!(
        world.batch(&token, tag(3, 0, json!({"sheetId": 0}))).await.status,
        400,
        "the tab's own tags count, too"
    );
    assert_eq!(
        world.batch(&token, tag(3, 29_999, json!({"spreadsheet": true}))).await.status,
        200,
        "the spreadsheet has as much again"
    );
}

#[tokio::test]
async fn tags_of_a_project_are_not_seen_by_another_and_their_ids_are_taken_all_the_same() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    world.batch(&token, row(1, "A", 1)).await;
    let other = "books@accountant.iam.gserviceaccount.com";
    let account = ServiceAccount { client_email: other.to_owned(), ..key().1.clone() };
    world.sandbox.sheets.add_service_account(&account).unwrap();
    world.sandbox.sheets.act(MADE_UP, Act::Share { client_email: other.to_owned() }).unwrap();
    let mut claims = claims();
    claims["iss"] = other.into();
    let answer = world.ask_token(&signed(&key().0, &header(), &claims)).await;
    let theirs = answer.body["access_token"].as_str().unwrap();
    let search = async |token: &str| {
        world
            .sheet(token, Method::POST, "/developerMetadata:search", Some(json!({"dataFilters": [tagged(1)]})))
            .await
            .body
    };
    assert_eq!(search(theirs).await, json!({}));
    assert!(search(&token).await.get("matchedDeveloperMetadata").is_some());
    assert_eq!(world.batch(theirs, row(1, "B", 1)).await.status, 400);
    assert!(world.sandbox.sheets.view().accounts.iter().any(|account| account.client_email == EMAIL));
}
