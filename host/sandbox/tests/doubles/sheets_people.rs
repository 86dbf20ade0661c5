//! People at a spreadsheet, by the handle and by the board's API, and what that does to rows that were written by a program.

use kamurj_sandbox::sheets::{Act, MADE_UP};
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::{EMAIL, row, tagged};
use crate::world::World;

/// The orders of the tagged rows by their ids, as a program finds them.
async fn found(world: &World, token: &str) -> Vec<Value> {
    let mut orders = Vec::new();
    for id in 1..=3 {
        let body = json!({"dataFilters": [tagged(id)]});
        let read = world.sheet(token, Method::POST, "/values:batchGetByDataFilter", Some(body)).await.body;
        orders.push(read["valueRanges"][0]["valueRange"]["values"][0][0].clone());
    }
    orders
}

async fn with_rows() -> (World, String) {
    let world = World::with_sheets().await;
    let token = world.token(json!({})).await;
    for (id, order, amount) in [(1, "b", 300), (2, "c", 100), (3, "a", 200)] {
        assert_eq!(world.batch(&token, row(id, order, amount)).await.status, 200);
    }
    let heading = json!({"values": [["Order", "Amount", "Status"]]});
    world.sheet(&token, Method::PUT, "/values/A1?valueInputOption=RAW", Some(heading)).await;
    (world, token)
}

#[tokio::test]
async fn a_sort_takes_tags_along_or_leaves_them_behind() {
    let (world, token) = with_rows().await;
    let sort = |column: &str, descending: bool| Act::Sort {
        tab: "Payments".to_owned(),
        column: column.to_owned(),
        descending,
    };
    let sheets = &world.sandbox.sheets;
    sheets.act(MADE_UP, sort("B", false)).unwrap();
    assert_eq!(
        world.values(&token, "A1:B4").await,
        json!([["Order", "Amount"], ["c", "100"], ["a", "200"], ["b", "300"]])
    );
    assert_eq!(found(&world, &token).await, ["b", "c", "a"]);
    sheets.act(MADE_UP, sort("a", true)).unwrap();
    assert_eq!(world.values(&token, "A1:A4").await, json!([["Order"], ["c"], ["b"], ["a"]]));

    sheets.change_faults(|faults| faults.sort_leaves_tags = true);
    sheets.act(MADE_UP, sort("A", false)).unwrap();
    assert_eq!(world.values(&token, "A2:A4").await, json!([["a"], ["b"], ["c"]]));
    assert_eq!(found(&world, &token).await, ["b", "a", "c"], "the tags stayed with the rows' numbers");
}

#[tokio::test]
async fn rows_and_columns_that_people_move_take_tags_along() {
    let (world, token) = with_rows().await;
    let act = async |body: Value| {
        let mut whole = json!({"spreadsheet": MADE_UP, "tab": "Payments"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let answer = world.play("/play/sheets/act", whole).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    act(json!({"act": "insert_row", "row": 2})).await;
    act(json!({"act": "edit_cell", "cell": "A2", "text": "=SUM(B:B)"})).await;
    act(json!({"act": "delete_row", "row": 3})).await;
    assert_eq!(found(&world, &token).await, [json!("b"), json!("c"), Value::Null]);
    act(json!({"act": "insert_column", "column": "A"})).await;
    act(json!({"act": "hide_column", "column": "B", "hidden": true})).await;
    assert_eq!(
        world.values(&token, "A1:C3").await,
        json!([["", "Order", "Amount"], ["", "#ERROR!"], ["", "c", "100"]])
    );
    act(json!({"act": "rename_tab", "title": "Վճարումներ"})).await;
    let gone = world.sheet(&token, Method::GET, "/values/Payments!A1", None).await;
    assert_eq!(
        (gone.status, gone.body["error"]["message"].as_str()),
        (400, Some("Unable to parse range: Payments!A1"))
    );
    assert_eq!(
        world.values(&token, "'%D5%8E%D5%B3%D5%A1%D6%80%D5%B8%D6%82%D5%B4%D5%B6%D5%A5%D6%80'!B3").await,
        json!([["c"]])
    );

    let state = world.client.get(format!("{}/play/sheets/state", world.sandbox.page_url)).send().await.unwrap();
    let state: Value = state.json().await.unwrap();
    let tab = &state["spreadsheets"][0]["tabs"][0];
    assert_eq!((&tab["title"], &tab["hidden_columns"]), (&json!("Վճարումներ"), &json!(["B"])));
    assert_eq!(tab["rows"][1]["cells"][1], json!({"shown": "#ERROR!", "kind": "formula", "formula": "=SUM(B:B)"}));
    assert_eq!(tab["rows"][2]["tags"], json!([{"id": 2, "key": "p", "value": "", "visibility": "PROJECT"}]));
    assert_eq!(state["formulas_run"], json!([]), "what a person types is nobody's attack");
    assert_eq!(
        (&state["address"], &state["accounts"][0]["client_email"]),
        (&json!(world.sandbox.sheets_url), &json!(EMAIL))
    );
}

#[tokio::test]
async fn tabs_and_sharing_end_what_a_program_may() {
    let (world, token) = with_rows().await;
    let sheets = &world.sandbox.sheets;
    assert!(sheets.act(MADE_UP, Act::DeleteTab { tab: "Payments".to_owned() }).is_err(), "the last one stays");
    sheets.act(MADE_UP, Act::AddTab { tab: "May".to_owned() }).unwrap();
    sheets.act(MADE_UP, Act::DeleteTab { tab: "Payments".to_owned() }).unwrap();
    let lost = world.batch(&token, row(1, "b", 300)).await;
    assert_eq!(lost.body["error"]["message"], "Invalid requests[0].insertDimension: No grid with id: 0");
    sheets.act(MADE_UP, Act::Unshare { client_email: EMAIL.to_owned() }).unwrap();
    assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 403);
    sheets.act(MADE_UP, Act::Delete).unwrap();
    assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 404);
}

#[tokio::test]
async fn what_people_cannot_do_is_said() {
    let world = World::with_sheets().await;
    let wrong: Vec<(&str, Value, &str)> = vec![
        ("act", json!({"act": "add_tab", "tab": "x"}), "spreadsheet: write its id"),
        ("act", json!({"spreadsheet": "other", "act": "add_tab", "tab": "x"}), "spreadsheet: there is no other"),
        ("act", json!({"spreadsheet": MADE_UP, "act": "paint"}), "act: unknown variant"),
        ("act", json!({"spreadsheet": MADE_UP, "act": "add_tab", "tab": " "}), "tab: choose a name"),
        ("act", json!({"spreadsheet": MADE_UP, "act": "add_tab", "tab": "Payments"}), "tab: choose a name"),
        ("act", json!({"spreadsheet": MADE_UP, "act": "delete_row", "tab": "May", "row": 1}), "tab: there is no May"),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "delete_row", "tab": "Payments", "row": 0}),
            "row: there is no 0",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "insert_row", "tab": "Payments", "row": 1001}),
            "row: there is no 1001",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "sort", "tab": "Payments", "column": "AA"}),
            "column: there is no AA",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "delete_column", "tab": "Payments", "column": "AA"}),
            "column: there is no AA",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "delete_column", "tab": "May", "column": "A"}),
            "tab: there is no May",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "delete_column", "tab": "Payments"}),
            "act: missing field `column`",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "edit_cell", "tab": "Payments", "cell": "A", "text": "x"}),
            "cell: write it as",
        ),
        (
            "act",
            json!({"spreadsheet": MADE_UP, "act": "edit_cell", "tab": "Payments", "cell": "AA1", "text": "x"}),
            "cell: the grid",
        ),
        ("key", json!({"client_email": "nobody"}), "client_email: write an address"),
        ("key/delete", json!({"client_email": EMAIL, "key_id": "x"}), "key_id: the account has no such key"),
        (
            "account",
            json!({"client_email": EMAIL, "key_id": "x", "public_key_pem": "x"}),
            "public_key_pem: give an RSA key",
        ),
        ("faults", json!({"limit": 1}), "unknown field `limit`"),
        ("spreadsheet", json!({"id": "x"}), "missing field `title`"),
    ];
    for (path, body, error) in wrong {
        let answer = world.play(&format!("/play/sheets/{path}"), body.clone()).await;
        let said = answer.body["error"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 400 && said.starts_with(error), "{path} {body}: {said}");
    }
    for (path, kind) in [("/sheets", "text/html"), ("/sheets.css", "text/css"), ("/sheets.js", "text/javascript")] {
        let answer = world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        assert!(
            answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"),
            "{path}"
        );
    }
}
