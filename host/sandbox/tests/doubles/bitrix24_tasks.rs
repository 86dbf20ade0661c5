//! Tasks at the old address and at that of REST 3.0, and calls in batches.

use reqwest::Response;
use serde_json::{Value, json};

use crate::world::{CRM_SECRET, World, raw_post};

/// A call of REST 3.0, with a key or without.
async fn new_call(world: &World, method: &str, key: Option<&str>, body: &Value) -> Response {
    let url = format!("{}/rest/api/1/{CRM_SECRET}/{method}", world.sandbox.bitrix24_url);
    let mut request = world.client.post(url).json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.send().await.unwrap()
}

async fn read(answer: Response) -> (u16, bool, Value) {
    let is_replay = answer.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
    (answer.status().as_u16(), is_replay, answer.json().await.unwrap())
}

fn task(title: &str) -> Value {
    json!({"fields": {"title": title, "creatorId": 1, "responsibleId": 1, "deadline": "2026-11-22T18:00:00+04:00", "crmItemIds": ["D_1"]}})
}

#[tokio::test]
async fn the_old_address_makes_a_task_each_time_whatever_the_key() {
    let world = World::start().await;
    let fields = json!({"fields": {"TITLE": "Look [pay:1]", "RESPONSIBLE_ID": 1, "CREATED_BY": 1, "DESCRIPTION": "twice paid", "UF_CRM_TASK": ["D_1"]}});
    let url = format!("{}/rest/1/{CRM_SECRET}/tasks.task.add", world.sandbox.bitrix24_url);
    for _ in 0..2 {
        let answer = world.client.post(&url).header("idempotency-key", "one").json(&fields).send().await.unwrap();
        let (status, is_replay, body) = read(answer).await;
        assert_eq!((status, is_replay, &body["result"]["task"]["status"]), (200, false, &json!("2")));
    }
    world.crm_result("tasks.task.add", json!({"fields": {"TITLE": "Other", "RESPONSIBLE_ID": "1"}})).await;
    let listed = world.crm_result("tasks.task.list", json!({"filter": {"UF_CRM_TASK": "D_1"}})).await["tasks"].clone();
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!((ids, &listed[0]["title"]), (vec!["1", "2"], &json!("Look [pay:1]")));
    let done = world.crm_result("tasks.task.complete", json!({"taskId": 2})).await;
    assert_eq!((&done["task"]["status"], world.sandbox.bitrix24.view().tasks[1].is_closed), (&json!("5"), true));
    assert!(world.sandbox.bitrix24.reopen_task(2) && world.sandbox.bitrix24.close_task(1));
    let open = json!({"filter": {"UF_CRM_TASK": ["D_1"], "!STATUS": 5}});
    assert_eq!(world.crm_result("tasks.task.list", open).await["tasks"][0]["id"], "2");
    let change = json!({"taskId": 2, "fields": {"DESCRIPTION": "look again"}});
    assert_eq!(world.crm_result("tasks.task.update", change).await["task"]["description"], "look again");
    assert_eq!(world.crm_result("tasks.task.get", json!({"taskId": "2"})).await["task"]["ufCrmTask"], json!(["D_1"]));
}

#[tokio::test]
async fn under_one_key_a_task_is_made_once_a_day() {
    let world = World::start().await;
    let add = async |key: Option<&str>, body: Value| read(new_call(&world, "tasks.task.add", key, &body).await).await;
    let first = add(Some("outbox-1"), task("Look")).await;
    assert_eq!((first.0, first.1, &first.2["result"]["item"]["crmItemIds"]), (200, false, &json!(["D_1"])));
    world.pass_ms(60_000);
    assert_eq!(add(Some("outbox-1"), task("Look")).await, (200, true, first.2.clone()));
    let other = add(Some("outbox-1"), task("Other")).await;
    assert_eq!(
        (other.0, &other.2["error"]["code"]),
        (422, &json!("BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION"))
    );
    for bad in ["", &"k".repeat(256), "tab\there"] {
        let refused = add(Some(bad), task("Look")).await;
        let code = "BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION";
        assert_eq!((refused.0, &refused.2["error"]["code"]), (400, &json!(code)), "{bad:?}");
    }
    // A call that failed is not kept, so the same key may do better.
    let incomplete = json!({"fields": {"title": "Look"}});
    assert_eq!(add(Some("outbox-2"), incomplete).await.0, 400);
    let mended = add(Some("outbox-2"), task("Look")).await;
    assert_eq!((mended.0, mended.1), (200, false));
    // And one whose answer got lost is.
    world.sandbox.bitrix24.change_faults(|faults| faults.drop_reply_next = 1);
    let url = format!("{}/rest/api/1/{CRM_SECRET}/tasks.task.add", world.sandbox.bitrix24_url);
    assert_eq!(raw_post(&url, "idempotency-key: outbox-3\r\n", &task("Look")).await, b"");
    let again = add(Some("outbox-3"), task("Look")).await;
    assert_eq!((again.1, &again.2["result"]["item"]["id"]), (true, &json!(3)));
    world.pass_ms(86_400_000);
    let late = add(Some("outbox-1"), task("Look")).await;
    assert_eq!((late.1, &late.2["result"]["item"]["id"]), (false, &json!(4)));
    assert_eq!(add(None, task("Look")).await.2["result"]["item"]["id"], json!(5));
    let got = read(new_call(&world, "tasks.task.get", None, &json!({"id": 4, "select": ["title"]})).await).await;
    assert_eq!(got.2["result"]["item"], json!({"id": 4, "title": "Look"}));
}

#[tokio::test]
async fn a_batch_answers_two_hundred_though_parts_fail() {
    let world = World::start().await;
    let deal = world.sandbox.bitrix24.add_deal("Cake");
    let cmd = json!({
        "a": format!("crm.item.get?entityTypeId=2&id={deal}"),
        "b": "crm.item.get?entityTypeId=2&id=404",
        "c": "crm.item.update?entityTypeId=2&id=$result[a][item][id]&fields[stageId]=EXECUTING&fields[title]=was%20$result[a][item][title]",
        "d": "crm.item.list?entityTypeId=2&filter[@id][]=1",
        "e": "batch?cmd[a]=profile",
        "f": "crm.nothing",
    });
    let whole = world.crm_result("batch", json!({"halt": 0, "cmd": cmd})).await;
    assert_eq!(
        (&whole["result"]["c"]["item"]["stageId"], &whole["result"]["c"]["item"]["title"]),
        (&json!("EXECUTING"), &json!("was Cake"))
    );
    assert_eq!((&whole["result_total"]["d"], &whole["result_next"]), (&json!(1), &json!([])));
    assert_eq!(whole["result_error"]["b"]["error"], json!(0));
    assert_eq!(whole["result_error"]["e"]["error"], "ERROR_BATCH_METHOD_NOT_ALLOWED");
    assert_eq!(whole["result_error"]["f"]["error"], "ERROR_METHOD_NOT_FOUND");
    let halted = world.crm_result("batch", json!({"halt": 1, "cmd": cmd})).await;
    assert_eq!(
        (halted["result"].as_object().unwrap().len(), halted["result_error"].as_object().unwrap().len()),
        (1, 1)
    );

    let many: Value =
        (0..60).map(|place| (format!("p{place:02}"), json!("profile"))).collect::<serde_json::Map<_, _>>().into();
    let whole = world.crm_result("batch", json!({ "cmd": many })).await;
    assert_eq!(whole["result"].as_object().unwrap().len(), 50);
    assert_eq!(whole["result_error"]["p59"]["error"], "ERROR_BATCH_LENGTH_EXCEEDED");
    // Three calls so far, as the bucket counts: forty-seven more are let in.
    let mut statuses = Vec::new();
    for _ in 0..48 {
        statuses.push(world.crm("profile", json!({})).await.status);
    }
    assert_eq!((statuses.iter().filter(|status| **status == 200).count(), statuses[47]), (47, 503));
}
