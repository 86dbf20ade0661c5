//! Spreadsheets by Google's API: properties, values, batches, quotas and faults.

use kamurj_sandbox::sheets::MADE_UP;
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::row;
use crate::world::World;

#[tokio::test]
async fn properties_come_as_the_mask_asks() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let get = async |mask: &str| world.sheet(&token, Method::GET, mask, None).await.body;
    let tab = json!({"sheetId": 0, "title": "Payments", "index": 0, "sheetType": "GRID", "gridProperties": {"rowCount": 1000, "columnCount": 26}});
    assert_eq!(get("?fields=sheets.properties").await, json!({"sheets": [{"properties": tab}]}));
    assert_eq!(
        get("?fields=spreadsheetId,properties.title,sheets(properties(sheetId,title))").await,
        json!({"spreadsheetId": MADE_UP, "properties": {"title": "Orders"}, "sheets": [{"properties": {"sheetId": 0, "title": "Payments"}}]})
    );
    assert_eq!(get("").await["sheets"][0]["properties"], tab);
}

#[tokio::test]
async fn values_are_written_and_read_by_rows_and_by_columns() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    assert_eq!(
        world.sheet(&token, Method::GET, "/values/Payments!A1:C3", None).await.body,
        json!({"range": "Payments!A1:C3", "majorDimension": "ROWS"}),
        "nothing is no list at all"
    );
    let body = json!({"range": "Payments!A1:C3", "values": [["0077", 12500, true], [], [null, "", 0.5]]});
    let put = world.sheet(&token, Method::PUT, "/values/Payments!A1:C3?valueInputOption=RAW", Some(body)).await;
    assert_eq!(
        put.body,
        json!({"spreadsheetId": MADE_UP, "updatedRange": "Payments!A1:C3", "updatedRows": 3, "updatedColumns": 3, "updatedCells": 5})
    );
    for (asked, values) in [
        ("A1:C3", json!([["0077", "12500", "TRUE"], [], ["", "", "0.5"]])),
        ("A1:C3?valueRenderOption=UNFORMATTED_VALUE", json!([["0077", 12500, true], [], ["", "", 0.5]])),
        ("A1:C3?majorDimension=COLUMNS", json!([["0077"], ["12500"], ["TRUE", "", "0.5"]])),
        ("Payments!B:B?majorDimension=COLUMNS", json!([["12500"]])),
        ("'Payments'!C2%3AC", json!([[], ["0.5"]])),
        ("Payments", json!([["0077", "12500", "TRUE"], [], ["", "", "0.5"]])),
    ] {
        assert_eq!(world.values(&token, asked).await, values, "{asked}");
    }
    let several = world.sheet(&token, Method::GET, "/values:batchGet?ranges=A1&ranges=Payments!B1:B2", None).await.body;
    assert_eq!(
        several["valueRanges"][1],
        json!({"range": "Payments!B1:B2", "majorDimension": "ROWS", "values": [["12500"]]})
    );
    let write = json!({"valueInputOption": "RAW", "data": [
        {"range": "A5", "majorDimension": "COLUMNS", "values": [["a", "b"], ["c"]]}, {"range": "Payments!D5", "values": [["d"]]}]});
    let written = world.sheet(&token, Method::POST, "/values:batchUpdate", Some(write)).await.body;
    assert_eq!(
        (&written["totalUpdatedCells"], &written["responses"][0]["updatedRange"]),
        (&json!(4), &json!("Payments!A5:B6"))
    );
    assert_eq!(world.values(&token, "A5:D6").await, json!([["a", "c", "", "d"], ["b"]]));
}

#[tokio::test]
async fn only_what_is_entered_as_by_a_person_becomes_a_formula_or_loses_its_zeros() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let evil =
        json!({"values": [["=IMPORTXML(\"http://evil.example\",\"//a\")", "0077", "+37477123456", "TRUE", "'=1"]]});
    let put = async |at: &str, how: &str| {
        let path = format!("/values/{at}?valueInputOption={how}");
        assert_eq!(world.sheet(&token, Method::PUT, &path, Some(evil.clone())).await.status, 200);
    };
    put("A1", "RAW").await;
    let cells = json!([{"updateCells": {"start": {"rowIndex": 1}, "fields": "*", "rows": [{"values": [{"userEnteredValue": {"stringValue": "=1+1"}}]}]}}]);
    assert_eq!(world.batch(&token, cells).await.status, 200);
    assert_eq!(world.values(&token, "A1:E1").await, evil["values"]);
    assert_eq!(world.sandbox.sheets.view().formulas_run, []);

    put("A3", "USER_ENTERED").await;
    assert_eq!(
        world.values(&token, "A3:E3?valueRenderOption=UNFORMATTED_VALUE").await,
        json!([["#ERROR!", 77, 37_477_123_456_i64, true, "=1"]])
    );
    assert_eq!(world.values(&token, "A3?valueRenderOption=FORMULA").await[0][0], evil["values"][0][0]);
    let run = world.sandbox.sheets.view().formulas_run;
    assert_eq!(run.iter().map(|one| one.cell.as_str()).collect::<Vec<_>>(), ["Payments!A3"]);
    let cells = json!([{"updateCells": {"start": {}, "fields": "userEnteredValue", "rows": [{"values": [{"userEnteredValue": {"formulaValue": "=A1"}}]}]}}]);
    assert_eq!(world.batch(&token, cells).await.status, 200);
    assert_eq!(world.sandbox.sheets.view().formulas_run[1].formula, "=A1");
}

#[tokio::test]
async fn an_append_finds_the_table_by_itself_and_is_thrown_off_by_blanks() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let append = async |range: &str, how: &str, values: Value| {
        let path = format!("/values/{range}:append?valueInputOption=RAW&insertDataOption={how}");
        world.sheet(&token, Method::POST, &path, Some(json!({"values": values}))).await.body
    };
    let first = append("Payments!A1", "INSERT_ROWS", json!([["Order", "Amount"]])).await;
    assert_eq!((first.get("tableRange"), &first["updates"]["updatedRange"]), (None, &json!("Payments!A1:B1")));
    let second = append("Payments!A:B", "INSERT_ROWS", json!([["A-1", 1], ["A-2", 2]])).await;
    assert_eq!(
        (&second["tableRange"], &second["updates"]["updatedRange"]),
        (&json!("Payments!A1:B1"), &json!("Payments!A2:B3"))
    );
    let again = append("Payments!A:B", "INSERT_ROWS", json!([["A-2", 2]])).await;
    assert_eq!(again["updates"]["updatedRange"], "Payments!A4:B4", "the same twice is two rows");
    // Somebody writes a remark two columns on and further down: the range's last table is now another.
    let put = json!({"values": [["remark"]]});
    world.sheet(&token, Method::PUT, "/values/D9?valueInputOption=RAW", Some(put)).await;
    let moved = append("Payments", "OVERWRITE", json!([["A-3", 3]])).await;
    assert_eq!(
        (&moved["tableRange"], &moved["updates"]["updatedRange"]),
        (&json!("Payments!D9"), &json!("Payments!D10:E10"))
    );
    let grown = append("Payments!A1003", "OVERWRITE", json!([["x"], ["y"]])).await;
    assert_eq!(grown["updates"]["updatedRange"], "Payments!A1003:A1004");
    assert_eq!(
        world.sandbox.sheets.view().spreadsheets[0].tabs[0].row_count,
        1_004,
        "three were inserted and one was added"
    );
}

#[tokio::test]
async fn a_batch_is_all_or_nothing_and_answers_each_request() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let tab =
        |title: &str| json!({"addSheet": {"properties": {"title": title, "gridProperties": {"frozenRowCount": 1}}}});
    let done = world
        .batch(&token, json!([
            tab("May"),
            {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "All"}, "fields": "title"}},
            {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 5}},
            {"appendCells": {"sheetId": 0, "fields": "userEnteredValue", "rows": [{"values": [{"userEnteredValue": {"boolValue": true}}]}]}},
            {"repeatCell": {"range": {"sheetId": 0, "startColumnIndex": 1, "endColumnIndex": 2}, "fields": "userEnteredFormat.numberFormat",
                "cell": {"userEnteredFormat": {"numberFormat": {"type": "NUMBER", "pattern": "#,##0"}}}}},
            {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0, "endRowIndex": 1}, "warningOnly": true}}},
        ]))
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let replies = done.body["replies"].as_array().unwrap();
    assert_eq!(replies[0]["addSheet"]["properties"]["title"], "May");
    assert_eq!(
        (replies[1..5].to_vec(), &replies[5]["addProtectedRange"]["protectedRange"]["protectedRangeId"]),
        (vec![json!({}); 4], &json!(1))
    );
    let view = world.sandbox.sheets.view().spreadsheets[0].clone();
    let (titles, rows): (Vec<_>, Vec<_>) = view.tabs.iter().map(|tab| (tab.title.as_str(), tab.row_count)).unzip();
    assert_eq!((titles, rows, view.tabs[0].protected), (vec!["All", "May"], vec![1_005, 1_000], 1));

    let refused = world.batch(&token, json!([tab("June"), tab("May")])).await;
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid requests[1].addSheet: A sheet with the name \"May\""), "{message}");
    assert_eq!(world.sandbox.sheets.view().spreadsheets[0].tabs.len(), 2, "June was undone");
}

#[tokio::test]
async fn sixty_writes_and_sixty_reads_a_minute_and_a_batch_is_one() {
    let world = World::with_sheets().await;
    world.sandbox.sheets.change_faults(|faults| faults.no_quota = false);
    let token = world.token(json!({})).await;
    let write = async |id: i64| world.batch(&token, row(id, "A", 1)).await;
    for id in 1..=60 {
        assert_eq!(write(id).await.status, 200, "{id}");
    }
    let limited = write(61).await;
    assert_eq!((limited.status, limited.body["error"]["status"].as_str()), (429, Some("RESOURCE_EXHAUSTED")));
    assert_eq!(limited.body["error"]["details"][0]["reason"], "RATE_LIMIT_EXCEEDED");
    for _ in 0..60 {
        assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 200);
    }
    assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 429);
    // Nine seconds into a minute: at its end the counting begins anew.
    world.pass_ms(50_999);
    assert_eq!(write(61).await.status, 429);
    world.pass_ms(1);
    assert_eq!(write(61).await.status, 200);
    world.sandbox.sheets.change_faults(|faults| faults.quota_per_minute = 1);
    assert_eq!(write(62).await.status, 429);
    world.sandbox.sheets.change_faults(|faults| faults.no_quota = true);
    assert_eq!(write(62).await.status, 200);
}

#[tokio::test]
async fn faults_count_down_and_a_lost_answer_was_done() {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    let rows =
        || world.sandbox.sheets.view().spreadsheets[0].tabs[0].rows.iter().filter(|row| !row.tags.is_empty()).count();
    world.sandbox.sheets.change_faults(|faults| {
        (faults.limit_next, faults.fail_next, faults.fail_done_next) = (1, 1, 1);
        (faults.drop_request_next, faults.drop_reply_next) = (1, 1);
    });
    for (status, done) in [(429, 0), (500, 0)] {
        assert_eq!((world.batch(&token, row(1, "A", 1)).await.status, rows()), (status, done));
    }
    let url = format!("{}/v4/spreadsheets/{MADE_UP}:batchUpdate", world.sandbox.sheets_url);
    let cut = async |id: i64| {
        world.client.post(&url).bearer_auth(&token).json(&json!({"requests": row(id, "A", 1)})).send().await.is_err()
    };
    assert_eq!((cut(1).await, rows()), (true, 0), "the request was lost");
    assert_eq!(world.batch(&token, json!([])).await.status, 400, "a refused call uses nothing up");
    assert_eq!((cut(1).await, rows()), (true, 1), "the answer was lost");
    assert_eq!((world.batch(&token, row(2, "B", 1)).await.status, rows()), (500, 2), "done, and yet an error");
    assert_eq!(world.batch(&token, row(3, "C", 1)).await.status, 200);

    for (change, status, word) in [
        (json!({"down": true}), 503, "UNAVAILABLE"),
        (json!({"down": false, "token_refused": true}), 401, "UNAUTHENTICATED"),
        (json!({"token_refused": false, "api_disabled": true}), 403, "PERMISSION_DENIED"),
    ] {
        assert_eq!(world.play("/play/sheets/faults", change).await.status, 200);
        let refused = world.batch(&token, row(4, "D", 1)).await;
        assert_eq!((refused.status, refused.body["error"]["status"].as_str()), (status, Some(word)));
    }
    let statuses: Vec<_> = world.sandbox.sheets.view().calls.iter().map(|call| call.status).collect();
    let expected =
        [Some(200), Some(429), Some(500), None, Some(400), None, Some(500), Some(200), Some(503), Some(401), Some(403)];
    assert_eq!(statuses, expected);
}
