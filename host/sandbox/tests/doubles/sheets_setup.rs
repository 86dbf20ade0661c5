//! A program that keeps payments in a spreadsheet sets itself up and goes to work: its calls from the first look on, by a plain client, with
//! what each is answered.

use kamurj_sandbox::sheets::{Act, MADE_UP};
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::tagged;
use crate::world::World;

const COLUMNS: [(&str, &str); 4] =
    [("payment", "Վճարում"), ("status", "Կարգավիճակ"), ("amount", "Գումար"), ("version", "Տարբերակ")];

fn with_key(key: &str) -> Value {
    json!({"developerMetadataLookup": {"metadataKey": key}})
}

fn line(sheet: i64, dimension: &str, at: usize) -> Value {
    json!({"sheetId": sheet, "dimension": dimension, "startIndex": at, "endIndex": at + 1})
}

fn tag(id: i64, key: &str, value: &str, place: &Value) -> Value {
    let mut tag =
        json!({"metadataId": id, "metadataKey": key, "visibility": "PROJECT", "location": {"dimensionRange": place}});
    if !value.is_empty() {
        tag["metadataValue"] = value.into();
    }
    json!({"createDeveloperMetadata": {"developerMetadata": tag}})
}

fn freeze(sheet: i64, rows: usize) -> Value {
    json!({"updateSheetProperties": {"properties": {"sheetId": sheet, "gridProperties": {"frozenRowCount": rows}}, "fields": "gridProperties.frozenRowCount"}})
}

fn headings(sheet: i64, left: usize, texts: &[&str]) -> Value {
    let cells: Vec<_> = texts.iter().map(|text| json!({"userEnteredValue": {"stringValue": text}})).collect();
    json!({"updateCells": {"start": {"sheetId": sheet, "rowIndex": 0, "columnIndex": left}, "rows": [{"values": cells}], "fields": "userEnteredValue"}})
}

/// A program with its token.
struct Program {
    world: World,
    token: String,
}

impl Program {
    async fn new() -> Self {
        let world = World::with_sheets().await;
        let token = world.token(json!({})).await;
        Self { world, token }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.world.sheet(&self.token, Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    async fn batch(&self, requests: Value) -> Value {
        self.post(":batchUpdate", json!({"requests": requests})).await
    }

    async fn look(&self) -> Value {
        let path = "?fields=properties.title,sheets.properties";
        self.world.sheet(&self.token, Method::GET, path, None).await.body
    }

    async fn read(&self, filters: Value, major: &str) -> Value {
        let body = json!({"dataFilters": filters, "majorDimension": major, "valueRenderOption": "UNFORMATTED_VALUE"});
        self.post("/values:batchGetByDataFilter", body).await
    }

    /// Tags by their values, or by their ids where they have none, each with its dimension and place.
    async fn search(&self, filters: Value) -> Vec<(String, String, u64)> {
        let found = self.post("/developerMetadata:search", json!({"dataFilters": filters})).await;
        let all = found["matchedDeveloperMetadata"].as_array().cloned().unwrap_or_default();
        let tag = |one: &Value| {
            let tag = &one["developerMetadata"];
            let range = &tag["location"]["dimensionRange"];
            let name = tag["metadataValue"].as_str().map_or_else(|| tag["metadataId"].to_string(), str::to_owned);
            (name, range["dimension"].as_str().unwrap().to_owned(), range["startIndex"].as_u64().unwrap())
        };
        all.iter().map(tag).collect()
    }

    /// Sets the tab up that has this number: its headings, the tags of its columns and of the headings' row, and the frozen row.
    async fn set_up(&self, sheet: i64, first: Option<Value>) -> Value {
        let key = format!("kamurj:{sheet}");
        let mut requests: Vec<Value> = first.into_iter().collect();
        requests.push(headings(sheet, 0, &COLUMNS.map(|(_, heading)| heading)));
        for (place, (name, _)) in COLUMNS.iter().enumerate() {
            let id = sheet + 100 + i64::try_from(place).unwrap();
            requests.push(tag(id, &key, name, &line(sheet, "COLUMNS", place)));
        }
        requests.push(tag(sheet + 200, &key, "heading", &line(sheet, "ROWS", 0)));
        requests.push(freeze(sheet, 1));
        self.batch(json!(requests)).await
    }
}

fn places(pairs: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    pairs.iter().map(|(name, dimension, at)| ((*name).to_owned(), (*dimension).to_owned(), *at)).collect()
}

#[tokio::test]
async fn a_set_up_is_taken_from_the_first_look_to_the_last() {
    let program = Program::new().await;
    let first = program.look().await;
    assert_eq!((&first["properties"], first["sheets"].as_array().unwrap().len()), (&json!({"title": "Orders"}), 1));
    let add =
        |title: &str| json!({"addSheet": {"properties": {"title": title, "gridProperties": {"frozenRowCount": 1}}}});
    program.batch(json!([add("Kamurj"), add("History")])).await;
    let look = program.look().await;
    let properties = &look["sheets"][1]["properties"];
    let sheet = properties["sheetId"].as_i64().unwrap();
    assert_eq!(
        properties,
        &json!({"sheetId": sheet, "title": "Kamurj", "index": 1, "sheetType": "GRID", "gridProperties": {"rowCount": 1000, "columnCount": 26, "frozenRowCount": 1}})
    );
    let history = look["sheets"][2]["properties"]["sheetId"].as_i64().unwrap();
    let keys = json!([with_key(&format!("kamurj:{sheet}")), with_key(&format!("kamurj:{history}"))]);
    assert_eq!(program.search(keys.clone()).await, []);
    for rows in [0..1, 0..50] {
        let rows = json!([{"gridRange": {"sheetId": sheet, "startRowIndex": rows.start, "endRowIndex": rows.end}}]);
        assert!(program.read(rows, "ROWS").await["valueRanges"][0]["valueRange"].get("values").is_none());
    }

    let made = program.set_up(sheet, None).await;
    let replies = made["replies"].as_array().unwrap();
    assert_eq!((replies.len(), &replies[0], &replies[6]), (7, &json!({}), &json!({})));
    assert_eq!(
        replies[3]["createDeveloperMetadata"]["developerMetadata"]["location"],
        json!({"locationType": "COLUMN", "dimensionRange": line(sheet, "COLUMNS", 2)})
    );
    let there = [
        ("heading", "ROWS", 0),
        ("payment", "COLUMNS", 0),
        ("status", "COLUMNS", 1),
        ("amount", "COLUMNS", 2),
        ("version", "COLUMNS", 3),
    ];
    assert_eq!(program.search(keys).await, places(&there));
    let tab = program.world.sandbox.sheets.view().spreadsheets[0].tabs[1].clone();
    assert_eq!(
        tab.rows[0].cells.iter().map(|cell| cell.shown.as_str()).collect::<Vec<_>>(),
        COLUMNS.map(|(_, heading)| heading)
    );
    assert_eq!(
        (tab.frozen_rows, tab.column_tags["C"][0].value.as_str(), tab.rows[0].tags[0].value.as_str()),
        (1, "amount", "heading")
    );
    let taken: usize = there.iter().map(|(name, ..)| name.len() + format!("kamurj:{sheet}").len()).sum();
    assert_eq!(tab.tag_characters, taken);

    // A second set-up would repeat the tags' ids, so that nothing of it is done.
    let again = json!({"requests": [headings(sheet, 4, &["Event"]), tag(sheet + 100, "kamurj:0", "event", &line(sheet, "COLUMNS", 4))]});
    let again = program.world.sheet(&program.token, Method::POST, ":batchUpdate", Some(again)).await;
    assert_eq!((again.status, again.body["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")));
    assert_eq!(program.world.sandbox.sheets.view().spreadsheets[0].tabs[1].rows[0].cells.len(), 4);
}

#[tokio::test]
async fn a_narrow_tab_is_widened_and_a_column_added_to_the_right_of_the_others() {
    let program = Program::new().await;
    let narrow = json!([{"deleteDimension": {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 26}}}]);
    program.batch(narrow).await;
    let wider = json!({"insertDimension": {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 4}, "inheritFromBefore": true}});
    program.set_up(0, Some(wider)).await;
    let phone = json!([
        {"insertDimension": {"range": line(0, "COLUMNS", 4), "inheritFromBefore": true}},
        headings(0, 4, &["Phone"]), tag(150, "kamurj:0", "phone", &line(0, "COLUMNS", 4)),
    ]);
    program.batch(phone).await;
    let found = program.search(json!([with_key("kamurj:0")])).await;
    assert_eq!(found.last(), places(&[("phone", "COLUMNS", 4)]).first());
    assert_eq!(
        program.look().await["sheets"][0]["properties"]["gridProperties"],
        json!({"rowCount": 1000, "columnCount": 5, "frozenRowCount": 1})
    );
}

#[tokio::test]
async fn rows_are_made_read_written_and_compared_after_the_set_up() {
    let program = Program::new().await;
    program.set_up(0, None).await;
    let text = |text: &str| json!({"userEnteredValue": {"stringValue": text}});
    let new_row = json!([
        {"insertDimension": {"range": line(0, "ROWS", 1), "inheritFromBefore": false}},
        {"updateCells": {"start": {"sheetId": 0, "rowIndex": 1, "columnIndex": 0}, "fields": "userEnteredValue",
            "rows": [{"values": [text("pay_1"), text("pending"), {}, {"userEnteredValue": {"numberValue": 1}}]}]}},
        tag(1_203_341_977, "p", "", &line(0, "ROWS", 1)),
    ]);
    program.batch(new_row).await;
    // People put a column of their own between, and throw one of the program's away.
    let act = |act: Act| program.world.sandbox.sheets.act(MADE_UP, act).unwrap();
    act(Act::InsertColumn { tab: "Payments".to_owned(), column: "B".to_owned() });
    act(Act::DeleteColumn { tab: "Payments".to_owned(), column: "D".to_owned() });
    let found = program.search(json!([tagged(1_203_341_977), tagged(7), with_key("kamurj:0")])).await;
    let there = [
        ("1203341977", "ROWS", 1),
        ("heading", "ROWS", 0),
        ("payment", "COLUMNS", 0),
        ("status", "COLUMNS", 2),
        ("version", "COLUMNS", 3),
    ];
    assert_eq!(found, places(&there));
    let read = program.read(json!([tagged(1_203_341_977)]), "ROWS").await;
    assert_eq!(
        read["valueRanges"],
        json!([{"valueRange": {"range": "Payments!A2:Z2", "majorDimension": "ROWS", "values": [["pay_1", "", "pending", 1]]}, "dataFilters": [tagged(1_203_341_977)]}])
    );
    let data =
        json!([{"dataFilter": tagged(1_203_341_977), "majorDimension": "ROWS", "values": [[null, null, "paid", 2]]}]);
    let written =
        program.post("/values:batchUpdateByDataFilter", json!({"valueInputOption": "RAW", "data": data})).await;
    assert_eq!(written["responses"].as_array().unwrap().len(), 1);

    let cells = |column: usize| json!({"gridRange": {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 1001, "startColumnIndex": column, "endColumnIndex": column + 1}});
    let read = program.read(json!([cells(0), cells(2)]), "COLUMNS").await;
    let values = |at: usize| read["valueRanges"][at]["valueRange"]["values"].clone();
    assert_eq!((values(0), values(1)), (json!([["pay_1"]]), json!([["paid"]])));
    // A stale tag is taken away and put on the right row in one batch; what nobody asks for any more goes by its key.
    let unmake = json!({"deleteDeveloperMetadata": {"dataFilter": tagged(1_203_341_977)}});
    program.batch(json!([unmake, tag(1_203_341_977, "p", "", &line(0, "ROWS", 2))])).await;
    let forgotten = program.batch(json!([{"deleteDeveloperMetadata": {"dataFilter": with_key("b")}}])).await;
    assert_eq!(forgotten["replies"], json!([{"deleteDeveloperMetadata": {"deletedDeveloperMetadata": []}}]));
    assert_eq!(program.search(json!([tagged(1_203_341_977)])).await, places(&[("1203341977", "ROWS", 2)]));
    assert_eq!(program.world.sandbox.sheets.view().formulas_run, []);
}
