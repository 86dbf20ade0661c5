//! The portal's REST API.

use serde_json::{Value, json};

use crate::world::{CRM_SECRET, World, raw_post};

pub(crate) fn update(fields: &Value) -> Value {
    json!({"entityTypeId": 2, "id": 1, "useOriginalUfNames": "Y", "fields": fields})
}

pub(crate) fn comment(deal: &Value, kind: &str, text: &str) -> Value {
    json!({"fields": {"ENTITY_ID": deal, "ENTITY_TYPE": kind, "COMMENT": text}})
}

#[tokio::test]
async fn unknown_fields_are_dropped_without_a_word_and_equal_values_save_nothing() {
    let world = World::start().await;
    let fields = json!({"title": "Cake", "opportunity": "12500.00", "originatorId": "kamurj", "originId": "pay_1", "opportunty": 5, "id": 99});
    let made = world.crm("crm.item.add.json", json!({"entityTypeId": 2, "fields": fields})).await;
    let item = &made.body["result"]["item"];
    assert_eq!((&item["id"], &item["opportunity"], item.get("opportunty")), (&json!(1), &json!(12500), None));
    assert_eq!((item["stageId"].as_str(), item["stageSemanticId"].as_str()), (Some("NEW"), Some("P")));
    assert!(made.body["time"]["operating_reset_at"].is_i64());

    world.pass_ms(60_000);
    let change =
        json!({"stageId": "EXECUTING", "UF_CRM_PAY_STATUS": "paid", "UF_CRM_TYPO": "x", "ufCrmPayRef": "camel"});
    let saved = world.crm("crm.item.update", update(&change)).await.body["result"]["item"].clone();
    assert_eq!((saved["UF_CRM_PAY_STATUS"].as_str(), saved["UF_CRM_PAY_REF"].as_str()), (Some("paid"), None));
    assert_eq!(saved["updatedTime"], "2026-11-21T10:06:09Z");
    world.pass_ms(60_000);
    let again = world.crm("crm.item.update", update(&change)).await;
    assert_eq!((again.status, &again.body["result"]["item"]), (200, &saved));

    let camel = json!({"entityTypeId": 2, "id": "1", "fields": {"ufCrmPayRef": "arca:1", "UF_CRM_PAY_AT": "ignored"}});
    assert_eq!(world.crm("crm.item.update", camel).await.body["result"]["item"]["ufCrmPayRef"], "arca:1");
    let deal = &world.sandbox.bitrix24.view().deals[0];
    assert_eq!((deal.saves, &deal.moves), (2, &vec!["NEW".to_owned(), "EXECUTING".to_owned()]));
    assert_eq!(deal.fields.get("UF_CRM_PAY_AT"), None);
}

#[tokio::test]
async fn deals_are_found_by_filter_in_pages() {
    let world = World::start().await;
    for number in 0..60 {
        world.sandbox.bitrix24.add_deal(&format!("Deal {number}"));
    }
    assert!(world.sandbox.bitrix24.move_deal(7, "WON"));
    let list = async |body: Value| {
        let mut whole = json!({"entityTypeId": 2});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        world.crm("crm.item.list", whole).await.body
    };
    let ids = |body: &Value| {
        body["result"]["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };

    let first = list(json!({})).await;
    assert_eq!((ids(&first).len(), &first["total"], &first["next"]), (50, &json!(60), &json!(50)));
    let rest = list(json!({"start": 50, "order": {"id": "DESC"}})).await;
    assert_eq!((ids(&rest), rest.get("next")), ((1..=10).rev().collect(), None));
    assert_eq!(ids(&list(json!({"filter": {"=stageId": "WON"}})).await), [7]);
    assert_eq!(ids(&list(json!({"filter": {"@id": [3, "5"], "!id": 3}})).await), [5]);
    assert_eq!(ids(&list(json!({"filter": {">=id": 59, "%title": "DEAL"}})).await), [59, 60]);
    assert_eq!(list(json!({"filter": {"=originId": "pay_1"}})).await["total"], 0);
    assert_eq!(list(json!({"filter": {"=orginId": "pay_1"}})).await["total"], 60, "a typo finds everything");
    let short = list(json!({"filter": {"id": 7}, "select": ["title"]})).await;
    assert_eq!(short["result"]["items"], json!([{"id": 7, "title": "Deal 6"}]));
}

#[tokio::test]
async fn comments_are_added_and_listed() {
    let world = World::start().await;
    world.sandbox.bitrix24.add_deal("Cake");
    for text in ["Վճարված է [pay:1]", "second"] {
        assert!(
            world.crm("crm.timeline.comment.add", comment(&json!("1"), "deal", text)).await.body["result"].is_i64()
        );
    }
    let list =
        world.crm("crm.timeline.comment.list", json!({"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}})).await.body;
    assert_eq!((&list["total"], list["result"][0]["COMMENT"].as_str()), (&json!(2), Some("Վճարված է [pay:1]")));
    let newest = json!({"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}, "order": {"ID": "DESC"}});
    assert_eq!(world.crm("crm.timeline.comment.list", newest).await.body["result"][0]["COMMENT"], "second");
}

#[tokio::test]
async fn stages_come_in_order_with_their_meaning() {
    let world = World::start().await;
    let body = world.crm("crm.status.list", json!({"filter": {"ENTITY_ID": "DEAL_STAGE"}})).await.body;
    let rows = body["result"].as_array().unwrap();
    assert_eq!((rows[0]["STATUS_ID"].as_str(), &rows[0]["SEMANTICS"]), (Some("NEW"), &Value::Null));
    let meaning = |id: &str| rows.iter().find(|row| row["STATUS_ID"] == id).unwrap()["SEMANTICS"].clone();
    assert_eq!((meaning("WON"), meaning("LOSE")), (json!("S"), json!("F")));
    assert_eq!(
        world.crm("crm.status.list", json!({"filter": {"ENTITY_ID": "DEAL_STAGE_9"}})).await.body["result"],
        json!([])
    );
    assert_eq!(world.crm("profile", json!({})).await.body["result"]["ID"], "1");
}

#[tokio::test]
async fn the_bucket_blocks_at_fifty_calls_and_drains_two_a_second() {
    let world = World::start().await;
    for _ in 0..50 {
        assert_eq!(world.crm("profile", json!({})).await.status, 200);
    }
    let limited = world.crm("profile", json!({})).await;
    assert_eq!((limited.status, limited.body["error"].as_str()), (503, Some("QUERY_LIMIT_EXCEEDED")));
    world.pass_ms(1_000);
    let statuses = [
        world.crm("profile", json!({})).await.status,
        world.crm("profile", json!({})).await.status,
        world.crm("profile", json!({})).await.status,
    ];
    assert_eq!(statuses, [200, 200, 503]);
}

#[tokio::test]
async fn faults_count_down_and_a_dropped_reply_was_done() {
    let world = World::start().await;
    world.sandbox.bitrix24.add_deal("Cake");
    world.sandbox.bitrix24.change_faults(|faults| {
        (faults.limit_next, faults.fail_next, faults.drop_reply_next) = (3, 1, 1);
    });
    for status in [503, 503, 503, 500] {
        assert_eq!(world.crm("crm.timeline.comment.add", comment(&json!(1), "deal", "x")).await.status, status);
    }
    let url = format!("{}/rest/1/{CRM_SECRET}/crm.timeline.comment.add", world.sandbox.bitrix24_url);
    assert_eq!(raw_post(&url, "", &comment(&json!(1), "deal", "done")).await, b"");
    let view = world.sandbox.bitrix24.view();
    assert_eq!(view.deals[0].comments.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["done"]);
    let statuses: Vec<_> = view.calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(503), Some(500), None]);
    assert_eq!(world.crm("profile", json!({})).await.status, 200);
}
