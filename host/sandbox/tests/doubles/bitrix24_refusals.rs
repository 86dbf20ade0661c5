//! What the portal refuses.

use serde_json::{Value, json};

use crate::bitrix24::{comment, update};
use crate::world::{CRM_SECRET, World, reply};

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = World::start().await;
    world.sandbox.bitrix24.add_deal("Cake");
    let wrong: Vec<(&str, Value, u16, Value)> = vec![
        ("crm.item.get", json!({"id": 1}), 400, json!("100")),
        ("crm.item.get", json!({"entityTypeId": 2}), 400, json!("100")),
        ("crm.item.get", json!({"entityTypeId": 2, "id": 404}), 400, json!(0)),
        ("crm.item.get", json!({"entityTypeId": 31, "id": 1}), 400, json!(0)),
        ("crm.item.get", json!({"entityTypeId": 4, "id": 1}), 400, json!("NOT_FOUND")),
        ("crm.item.list", json!({}), 400, json!("100")),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 1}), 400, json!("100")),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 404, "fields": {"title": "x"}}), 400, json!(0)),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 1, "fields": "x"}), 400, json!("INVALID_ARG_VALUE")),
        ("crm.item.update", update(&json!({"stageId": "PAID"})), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        ("crm.item.update", update(&json!({"stageId": 5})), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        ("crm.item.update", update(&json!({"currencyId": "XYZ"})), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        ("crm.item.update", update(&json!({"opportunity": "12 500"})), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        ("crm.item.update", update(&json!({"UF_CRM_PAY_REF": ["x"]})), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        ("crm.item.add", json!({"entityTypeId": 2}), 400, json!("100")),
        ("crm.item.add", json!({"entityTypeId": 128, "fields": {}}), 400, json!("NOT_FOUND")),
        (
            "crm.item.add",
            json!({"entityTypeId": 2, "fields": {"stageId": "C9:WON"}}),
            400,
            json!("CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ),
        ("crm.timeline.comment.add", json!({}), 400, json!("100")),
        ("crm.timeline.comment.add", comment(&json!(1), "deal", " "), 400, json!("")),
        ("crm.timeline.comment.add", comment(&json!(404), "deal", "x"), 400, json!("")),
        ("crm.timeline.comment.add", comment(&json!(1), "order", "x"), 400, json!("")),
        ("crm.timeline.comment.add", comment(&Value::Null, "deal", "x"), 400, json!("")),
        ("crm.timeline.comment.list", json!({}), 400, json!("")),
        ("crm.timeline.comment.list", json!({"filter": {"ENTITY_TYPE": "deal"}}), 400, json!("")),
        ("crm.deal.update", json!({"id": 1}), 404, json!("ERROR_METHOD_NOT_FOUND")),
    ];
    for (method, body, status, error) in wrong {
        let answer = world.crm(method, body.clone()).await;
        assert_eq!((answer.status, &answer.body["error"]), (status, &error), "{method} {body}");
        assert!(answer.body["error_description"].is_string(), "{method} {body}");
        world.pass_ms(1_000);
    }
    let url = &world.sandbox.bitrix24_url;
    for path in [
        "/rest/1/other/profile",
        "/rest/2/crm-secret-canary/profile",
        "/rest/profile",
        "/",
        "/rest/api/1/other/tasks.task.add",
    ] {
        let answer = reply(world.client.post(format!("{url}{path}"))).await;
        assert_eq!((answer.status, &answer.body["error"]), (401, &json!("NO_AUTH_FOUND")), "{path}");
    }
    let own = format!("{url}/rest/1/{CRM_SECRET}/crm.item.get");
    let as_form = world.client.post(&own).form(&[("entityTypeId", "2"), ("id", "1")]);
    assert_eq!(reply(as_form).await.status, 400);
    let broken = world.client.post(&own).header("content-type", "application/json").body("{");
    assert_eq!(reply(broken).await.status, 400);
    assert_eq!(reply(world.client.put(&own)).await.status, 405);
    let deal = &world.sandbox.bitrix24.view().deals[0];
    assert_eq!((deal.saves, deal.comments.len(), deal.stage_id.as_str()), (0, 0, "NEW"));
}
