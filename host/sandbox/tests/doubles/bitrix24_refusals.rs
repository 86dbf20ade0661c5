//! What the portal refuses.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::bitrix24::{comment, update};
use crate::world::{CRM_SECRET, World, reply};

/// Method, body, status and error of calls that are refused whoever calls, with one deal and one invoice there.
fn wrong_calls() -> Vec<(&'static str, Value, u16, Value)> {
    let invalid = || json!("CRM_FIELD_ERROR_VALUE_NOT_VALID");
    let unnamed = || json!("");
    let core = || json!("ERROR_CORE");
    let missing = || json!("100");
    let invoice = |fields: Value| json!({"entityTypeId": 31, "id": 1, "fields": fields});
    let note = |kind: Value, id: Value, title: &str| json!({"fields": {"entityTypeId": kind, "entityId": id, "title": title, "text": "x"}});
    let config = |entity: &str, name: &str, kind: &str| json!({"moduleId": "crm", "field": {"entityId": entity, "fieldName": name, "userTypeId": kind}});
    let deal_field = |name: &str, kind: &str| json!({"fields": {"FIELD_NAME": name, "USER_TYPE_ID": kind}});
    vec![
        ("crm.item.get", json!({"id": 1}), 400, missing()),
        ("crm.item.get", json!({"entityTypeId": 2}), 400, missing()),
        ("crm.item.get", json!({"entityTypeId": 2, "id": "one"}), 400, missing()),
        ("crm.item.get", json!({"entityTypeId": 2, "id": 404}), 400, json!(0)),
        ("crm.item.get", json!({"entityTypeId": 31, "id": 404}), 400, json!(0)),
        ("crm.item.get", json!({"entityTypeId": 3, "id": 404}), 400, json!(0)),
        ("crm.item.get", json!({"entityTypeId": 3}), 400, missing()),
        ("crm.item.get", json!({"entityTypeId": 4, "id": 1}), 400, json!("NOT_FOUND")),
        ("crm.item.list", json!({}), 400, missing()),
        ("crm.item.list", json!({"entityTypeId": 128}), 400, json!("NOT_FOUND")),
        ("crm.item.fields", json!({}), 400, missing()),
        ("crm.item.fields", json!({"entityTypeId": 1}), 400, json!("NOT_FOUND")),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 1}), 400, missing()),
        ("crm.item.update", json!({"entityTypeId": 2, "fields": {}}), 400, missing()),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 404, "fields": {"title": "x"}}), 400, json!(0)),
        ("crm.item.update", json!({"entityTypeId": 3, "id": 1, "fields": {"name": "x"}}), 400, json!("NOT_FOUND")),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 1, "fields": "x"}), 400, json!("INVALID_ARG_VALUE")),
        ("crm.item.update", json!({"entityTypeId": 2, "id": 1, "fields": ["x"]}), 400, json!("INVALID_ARG_VALUE")),
        ("crm.item.update", update(&json!({"stageId": "PAID"})), 400, invalid()),
        ("crm.item.update", update(&json!({"stageId": 5})), 400, invalid()),
        ("crm.item.update", update(&json!({"stageId": "C1:WON"})), 400, invalid()),
        ("crm.item.update", update(&json!({"stageId": "WON", "categoryId": 1})), 400, invalid()),
        ("crm.item.update", update(&json!({"categoryId": 404})), 400, invalid()),
        ("crm.item.update", update(&json!({"currencyId": "XYZ"})), 400, invalid()),
        ("crm.item.update", update(&json!({"opportunity": "12 500"})), 400, invalid()),
        ("crm.item.update", update(&json!({"opportunity": -1})), 400, invalid()),
        ("crm.item.update", update(&json!({"isManualOpportunity": "yes"})), 400, invalid()),
        ("crm.item.update", update(&json!({"assignedById": "Ani"})), 400, invalid()),
        ("crm.item.update", update(&json!({"contactIds": 7})), 400, invalid()),
        ("crm.item.update", update(&json!({"UF_CRM_PAY_REF": ["x"]})), 400, invalid()),
        ("crm.item.update", invoice(json!({"stageId": "WON"})), 400, invalid()),
        ("crm.item.update", invoice(json!({"stageId": "DT31_9:P"})), 400, invalid()),
        ("crm.item.update", invoice(json!({"parentId2": "x"})), 400, invalid()),
        ("crm.item.add", json!({"entityTypeId": 2}), 400, missing()),
        ("crm.item.add", json!({"fields": {}}), 400, missing()),
        ("crm.item.add", json!({"entityTypeId": 128, "fields": {}}), 400, json!("NOT_FOUND")),
        ("crm.item.add", json!({"entityTypeId": 2, "fields": {"stageId": "C9:WON"}}), 400, invalid()),
        ("crm.item.add", json!({"entityTypeId": 2, "fields": {"stageId": "C1:WON"}}), 400, invalid()),
        ("crm.category.list", json!({}), 400, missing()),
        ("crm.category.list", json!({"entityTypeId": 3}), 400, json!("ENTITY_TYPE_NOT_SUPPORTED")),
        ("crm.category.list", json!({"entityTypeId": 128}), 400, json!("NOT_FOUND")),
        ("crm.contact.get", json!({}), 400, unnamed()),
        ("crm.contact.get", json!({"id": 404}), 400, unnamed()),
        ("crm.item.productrow.list", json!({}), 400, missing()),
        ("crm.item.productrow.list", json!({"filter": {"=ownerId": 1}}), 400, json!("INVALID_ARG_VALUE")),
        ("crm.item.productrow.list", json!({"filter": {"=ownerType": "D"}}), 400, json!("INVALID_ARG_VALUE")),
        (
            "crm.item.productrow.list",
            json!({"filter": {"=ownerType": "X", "=ownerId": 1}}),
            400,
            json!("INVALID_ARG_VALUE"),
        ),
        (
            "crm.item.productrow.list",
            json!({"filter": {"=ownerType": "D", "=ownerId": 404}}),
            400,
            json!("ACCESS_DENIED"),
        ),
        ("crm.item.payment.list", json!({"entityTypeId": 2}), 400, missing()),
        ("crm.item.payment.list", json!({"entityId": 1}), 400, missing()),
        ("crm.item.payment.list", json!({"entityId": 404, "entityTypeId": 2}), 400, json!(0)),
        ("crm.item.payment.pay", json!({}), 400, missing()),
        ("crm.item.payment.pay", json!({"id": 404}), 400, json!(0)),
        ("crm.deal.userfield.add", json!({}), 400, missing()),
        ("crm.deal.userfield.add", deal_field("", "string"), 400, unnamed()),
        ("crm.deal.userfield.add", deal_field("PAY", ""), 400, unnamed()),
        ("crm.deal.userfield.add", deal_field("PAY", "colour"), 400, core()),
        ("crm.deal.userfield.add", deal_field("pay", "string"), 400, core()),
        ("crm.deal.userfield.add", deal_field(&"P".repeat(44), "string"), 400, core()),
        ("crm.deal.userfield.add", deal_field("PAY_REF", "string"), 400, core()),
        ("userfieldconfig.list", json!({}), 400, missing()),
        ("userfieldconfig.list", json!({"moduleId": "tasks"}), 400, unnamed()),
        ("userfieldconfig.add", json!({"moduleId": "crm"}), 400, missing()),
        ("userfieldconfig.add", config("CRM_LEAD", "UF_CRM_X", "string"), 400, unnamed()),
        ("userfieldconfig.add", config("CRM_SMART_INVOICE", "UF_CRM_X", "string"), 400, unnamed()),
        ("userfieldconfig.add", config("CRM_SMART_INVOICE", "UF_CRM_SMART_INVOICE_X", "colour"), 400, unnamed()),
        ("userfieldconfig.add", config("CRM_SMART_INVOICE", "", "string"), 400, unnamed()),
        ("userfieldconfig.add", config("CRM_DEAL", "UF_CRM_PAY_REF", "string"), 400, unnamed()),
        ("crm.timeline.comment.add", json!({}), 400, missing()),
        ("crm.timeline.comment.add", comment(&json!(1), "deal", " "), 400, unnamed()),
        ("crm.timeline.comment.add", comment(&json!(404), "deal", "x"), 400, unnamed()),
        ("crm.timeline.comment.add", comment(&json!(1), "order", "x"), 400, unnamed()),
        ("crm.timeline.comment.add", comment(&json!(1), "dynamic_31", "x"), 400, unnamed()),
        ("crm.timeline.comment.add", comment(&Value::Null, "deal", "x"), 400, unnamed()),
        ("crm.timeline.comment.update", json!({"fields": {"COMMENT": "x"}}), 400, missing()),
        ("crm.timeline.comment.update", json!({"id": 1}), 400, missing()),
        ("crm.timeline.comment.update", json!({"id": 1, "fields": {"COMMENT": ""}}), 400, unnamed()),
        ("crm.timeline.comment.update", json!({"id": 404, "fields": {"COMMENT": "x"}}), 400, unnamed()),
        ("crm.timeline.comment.list", json!({}), 400, unnamed()),
        ("crm.timeline.comment.list", json!({"filter": {"ENTITY_TYPE": "deal"}}), 400, unnamed()),
        ("crm.timeline.logmessage.add", json!({}), 400, missing()),
        ("crm.timeline.logmessage.add", note(Value::Null, json!(1), "t"), 400, missing()),
        ("crm.timeline.logmessage.add", note(json!(2), Value::Null, "t"), 400, missing()),
        ("crm.timeline.logmessage.add", note(json!(2), json!(1), ""), 400, missing()),
        ("crm.timeline.logmessage.add", note(json!(2), json!(404), "t"), 400, json!("OWNER_NOT_FOUND")),
        ("crm.timeline.logmessage.add", note(json!(128), json!(1), "t"), 400, json!("OWNER_NOT_FOUND")),
        ("crm.timeline.logmessage.list", json!({"entityId": 1}), 400, missing()),
        ("tasks.task.add", json!({}), 400, missing()),
        ("tasks.task.add", json!({"fields": {"RESPONSIBLE_ID": 1}}), 400, core()),
        ("tasks.task.add", json!({"fields": {"title": "x", "responsibleId": 1}}), 400, core()),
        ("tasks.task.add", json!({"fields": {"TITLE": "x"}}), 400, core()),
        ("tasks.task.add", json!({"fields": {"TITLE": "x", "RESPONSIBLE_ID": 404}}), 400, core()),
        ("tasks.task.get", json!({}), 400, missing()),
        ("tasks.task.get", json!({"taskId": "x"}), 400, json!("0")),
        ("tasks.task.complete", json!({"taskId": 404}), 400, core()),
        ("tasks.task.update", json!({"taskId": 404, "fields": {}}), 400, core()),
        ("batch", json!({}), 400, missing()),
        ("batch", json!({"cmd": "profile"}), 400, json!("INVALID_REQUEST")),
        ("event.bind", json!({"event": "ONCRMDEALADD", "handler": "https://x.am"}), 403, json!("WRONG_AUTH_TYPE")),
        ("event.unbind", json!({"event": "ONCRMDEALADD"}), 403, json!("WRONG_AUTH_TYPE")),
        ("event.get", json!({}), 403, json!("WRONG_AUTH_TYPE")),
        ("crm.deal.update", json!({"id": 1}), 404, json!("ERROR_METHOD_NOT_FOUND")),
    ]
}

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let deal = portal.add_deal("Cake");
    portal.add_invoice(deal);
    portal.comment_deal(deal, "by hand");
    portal.set_crm_admin(true);
    let before = json!([portal.view().deals, portal.view().invoices, portal.view().tasks, portal.view().custom_fields]);
    for (method, body, status, error) in wrong_calls() {
        let answer = world.crm(method, body.clone()).await;
        assert_eq!((answer.status, &answer.body["error"]), (status, &error), "{method} {body}");
        assert!(answer.body["error_description"].is_string(), "{method} {body}");
        world.pass_ms(1_000);
    }
    let after = json!([portal.view().deals, portal.view().invoices, portal.view().tasks, portal.view().custom_fields]);
    assert_eq!(before, after, "what is refused changes nothing");
}

#[tokio::test]
async fn whoever_is_not_known_is_refused() {
    let world = World::start().await;
    let url = &world.sandbox.bitrix24_url;
    for path in [
        "/rest/1/other/profile",
        "/rest/2/crm-secret-canary/profile",
        "/rest/profile",
        "/",
        "/rest/api/1/other/tasks.task.add",
        "/rest/api/tasks.task.add",
        "/rest/1/crm-secret-canary/profile/more/parts",
    ] {
        let answer = reply(world.client.post(format!("{url}{path}"))).await;
        assert_eq!((answer.status, &answer.body["error"]), (401, &json!("NO_AUTH_FOUND")), "{path}");
    }
    let portal = &world.sandbox.bitrix24;
    portal.change_secret("another");
    assert_eq!(world.crm_error("profile", json!({})).await, (401, json!("NO_AUTH_FOUND")));
    let consent = async |query: &str| reply(world.client.get(format!("{url}/oauth/authorize/?{query}"))).await;
    assert_eq!(consent("client_id=other").await.body["error"], "invalid_client");
    assert_eq!(
        consent("client_id=local.sandbox.000001&redirect_uri=https://other.am").await.body["error"],
        "invalid_client"
    );
    assert_eq!(consent("client_id=local.sandbox.000001&response_type=token").await.body["error"], "invalid_request");
}

#[tokio::test]
async fn a_wrong_form_or_verb_is_refused() {
    let world = World::start().await;
    world.sandbox.bitrix24.add_deal("Cake");
    let own = format!("{}/rest/1/{CRM_SECRET}/crm.item.get", world.sandbox.bitrix24_url);
    let refused = async |request: RequestBuilder| {
        let answer = reply(request).await;
        (answer.status, answer.body["error"].clone())
    };
    let invalid = (400, json!("INVALID_REQUEST"));
    let as_form = world.client.post(&own).form(&[("entityTypeId", "2"), ("id", "1")]);
    assert_eq!(refused(as_form).await, invalid);
    let typed = |body: &'static str, kind: &str| world.client.post(&own).header("content-type", kind).body(body);
    assert_eq!(refused(typed("{", "application/json")).await, invalid);
    assert_eq!(refused(typed("[1]", "application/json")).await, invalid);
    assert_eq!(refused(typed("{\"entityTypeId\":2,\"id\":1}", "text/plain")).await, invalid);
    for request in [world.client.put(&own), world.client.delete(&own), world.client.patch(&own)] {
        assert_eq!(refused(request).await, (405, json!("METHOD_NOT_ALLOWED")));
    }
    let by_query = world.client.get(format!("{own}.json?entityTypeId=2&id=1"));
    assert_eq!(reply(by_query).await.status, 200, "a query is as good as a body");
}

#[tokio::test]
async fn scopes_that_were_not_granted_are_refused_in_the_shape_of_their_address() {
    let world = World::start().await;
    world.sandbox.bitrix24.add_deal("Cake");
    world.sandbox.bitrix24.set_scopes(&["task"]);
    let insufficient = (403, json!("insufficient_scope"));
    for method in ["crm.item.list", "crm.status.list", "user.get", "userfieldconfig.list"] {
        assert_eq!(world.crm_error(method, json!({"entityTypeId": 2})).await, insufficient, "{method}");
    }
    let part = json!({"cmd": {"a": "crm.item.get?entityTypeId=2&id=1"}});
    assert_eq!(world.crm_result("batch", part).await["result_error"]["a"]["error"], "insufficient_scope");
    assert_eq!(world.crm("tasks.task.list", json!({})).await.status, 200);
    let at_new = format!("{}/rest/api/1/{CRM_SECRET}/tasks.task.add", world.sandbox.bitrix24_url);
    let answer = world.post(&at_new, json!({"fields": {}})).await;
    assert_eq!(
        (answer.status, &answer.body["error"]["code"]),
        (403, &json!("BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION"))
    );
    world.sandbox.bitrix24.set_scopes(&["crm", "tasks"]);
    assert_eq!(world.crm_error("tasks.task.list", json!({})).await, insufficient);
    assert_eq!(world.post(&at_new, json!({"fields": {}})).await.status, 400);
}

#[tokio::test]
async fn wrong_calls_of_the_new_address_are_refused_in_its_own_shape() {
    let world = World::start().await;
    let root = format!("{}/rest/api/1/{CRM_SECRET}", world.sandbox.bitrix24_url);
    let whole = json!({"title": "x", "creatorId": 1, "responsibleId": 1});
    let with = |name: &str, value: Value| {
        let mut fields = whole.clone();
        fields[name] = value;
        json!({ "fields": fields })
    };
    let validation = "VALIDATION_REQUESTVALIDATIONEXCEPTION";
    for (method, body, status, word, fields) in [
        ("tasks.task.add", json!({}), 400, validation, vec!["fields"]),
        ("tasks.task.add", json!({"fields": {}}), 400, validation, vec!["title", "creatorId", "responsibleId"]),
        ("tasks.task.add", with("title", json!(5)), 400, validation, vec!["title"]),
        ("tasks.task.add", with("responsibleId", json!("1")), 400, validation, vec!["responsibleId"]),
        ("tasks.task.add", with("responsibleId", json!(404)), 400, validation, vec!["responsibleId"]),
        ("tasks.task.add", with("deadline", json!("tomorrow")), 400, validation, vec!["deadline"]),
        ("tasks.task.add", with("crmItemIds", json!("D_1")), 400, validation, vec!["crmItemIds"]),
        ("tasks.task.get", json!({}), 400, validation, vec!["id"]),
        ("tasks.task.get", json!({"id": "1"}), 400, validation, vec!["id"]),
        ("tasks.task.get", json!({"id": 404}), 400, "ENTITYNOTFOUNDEXCEPTION", vec![]),
        ("crm.item.get", json!({"entityTypeId": 2, "id": 1}), 404, "METHODNOTFOUNDEXCEPTION", vec![]),
    ] {
        let answer = world.post(&format!("{root}/{method}"), body.clone()).await;
        let error = &answer.body["error"];
        assert_eq!(
            (answer.status, &error["code"]),
            (status, &json!(format!("BITRIX_REST_V3_EXCEPTION_{word}"))),
            "{body}"
        );
        let named = error["validation"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(named.iter().map(|one| one["field"].as_str().unwrap()).collect::<Vec<_>>(), fields, "{body}");
        assert!(error["message"].is_string() && answer.body.get("result").is_none(), "{body}");
    }
    let as_form = world.client.post(format!("{root}/tasks.task.add")).form(&[("fields[title]", "x")]);
    assert_eq!(reply(as_form).await.body["error"]["code"], "BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION");
    let by_query = world.client.get(format!("{root}/tasks.task.get?id=1"));
    assert_eq!(reply(by_query).await.body["error"]["validation"][0]["field"], "id", "no query is read here");
    assert!(world.sandbox.bitrix24.view().tasks.is_empty());
}

#[tokio::test]
async fn an_app_that_binds_wrongly_is_refused() {
    let world = World::start().await;
    let url = &world.sandbox.bitrix24_url;
    let consent = format!("{url}/oauth/authorize/?client_id=local.sandbox.000001");
    let answer = world.client.post(consent).form(&[("action", "allow")]).send().await.unwrap();
    let back = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let query = [
        ("grant_type", "authorization_code"),
        ("client_id", "local.sandbox.000001"),
        ("client_secret", "sandbox-bitrix24-client-secret"),
        ("code", code.as_str()),
    ];
    let given = reply(world.client.get(format!("{url}/oauth/token/")).query(&query)).await;
    for (method, event, handler, error) in [
        ("event.bind", None, Some("https://x.am"), "ERROR_ARGUMENT"),
        ("event.bind", Some("ONCRMDEALADD"), None, "ERROR_ARGUMENT"),
        ("event.bind", Some("ONCRMDEALADD"), Some("x"), "ERROR_ARGUMENT"),
        ("event.bind", Some("ONCRMDEALPAID"), Some("https://x.am"), "ERROR_EVENT_NOT_FOUND"),
        ("event.bind", Some("ONTASKADD"), Some("https://x.am"), "ERROR_EVENT_NOT_FOUND"),
        ("event.unbind", None, None, "ERROR_ARGUMENT"),
    ] {
        let body = json!({"auth": given.body["access_token"], "event": event, "handler": handler});
        let answer = world.post(&format!("{url}/rest/{method}"), body).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!(error)), "{method} {event:?} {handler:?}");
    }
    let offline = json!({"auth": given.body["access_token"], "event": "ONCRMDEALADD", "handler": "https://x.am", "event_type": "offline"});
    let answer = world.post(&format!("{url}/rest/event.bind"), offline).await;
    assert_eq!((answer.status, &answer.body["error"]), (403, &json!("ACCESS_DENIED")));
    assert!(world.sandbox.bitrix24.view().events.bound.is_empty());
}
