//! What amoCRM refuses: the table of wrong requests.

use reqwest::Method;
use serde_json::{Value, json};

use crate::amocrm::{COURSES, PAID, SALES};
use crate::world::World;

/// A code of `validation-errors` and the path it is told under.
type Mistake = (&'static str, &'static str);

#[tokio::test]
async fn wrong_bodies_are_refused_with_the_place_and_the_mistake() {
    let world = World::amo_start().await;
    let lead = world.cake();
    let made = json!([{"text": "x", "complete_till": 1, "entity_id": lead, "entity_type": "leads"}]);
    let task = world.amo_post("tasks", made).await.body["_embedded"]["tasks"][0]["id"].clone();
    let written = json!([{"note_type": "common", "params": {"text": "x"}}]);
    let note =
        world.amo_post(&format!("leads/{lead}/notes"), written).await.body["_embedded"]["notes"][0]["id"].clone();
    let invoice = world.sandbox.amocrm.add_invoice(lead).unwrap();
    world.sandbox.amocrm.change_faults(|faults| faults.no_invoice_notes = true);
    let before = json!(world.sandbox.amocrm.lead(lead));

    let notes = format!("leads/{lead}/notes");
    let lead_path = format!("leads/{lead}");
    let value = |field: Value, values: Value| {
        let mut one = field;
        one["values"] = values;
        json!({"custom_fields_values": [one]})
    };
    let by_code = |code: &str, sent: Value| value(json!({"field_code": code}), json!([sent]));
    let task_with = |name: &str, sent: Value| {
        let mut one = json!({"text": "x", "complete_till": 1});
        one[name] = sent;
        json!([one])
    };
    let many = |count: usize, one: &Value| Value::Array(vec![one.clone(); count]);
    let field = |sent: Value| json!([sent]);
    let element = format!("catalogs/9001/elements/{invoice}");
    let link = |sent: Value| json!([sent]);
    let hook = |to: &str, settings: Value| json!({"destination": to, "settings": settings});
    const TO: &str = "https://pay.example.am/hook/x";
    let (post, patch) = (Method::POST, Method::PATCH);
    let choice = "NotSupportedChoice";

    let wrong: Vec<(&Method, String, Value, Mistake)> = vec![
        // Leads
        (&post, "leads".into(), json!({"name": "x"}), ("InvalidType", "")),
        (&post, "leads".into(), json!([]), ("NotBlank", "")),
        (&post, "leads".into(), json!(["x"]), ("InvalidType", "")),
        (&post, "leads".into(), many(251, &json!({"name": "x"})), ("TooMany", "")),
        (&post, "leads".into(), json!([{"name": 5}]), ("InvalidType", "name")),
        (&post, "leads".into(), json!([{"pipeline_id": 1}]), (choice, "pipeline_id")),
        (&post, "leads".into(), json!([{"_embedded": {"contacts": [{"id": 1}]}}]), (choice, "_embedded.contacts.0.id")),
        (
            &post,
            "leads".into(),
            json!([{"_embedded": {"contacts": [{}]}}]),
            ("FieldMissing", "_embedded.contacts.0.id"),
        ),
        (&patch, "leads".into(), json!({"id": lead, "price": 1}), ("InvalidType", "")),
        (&patch, "leads".into(), json!([{"price": 1}]), ("FieldMissing", "id")),
        (&patch, "leads".into(), json!([{"id": 404, "price": 1}]), (choice, "id")),
        (&patch, "leads".into(), many(251, &json!({"id": lead})), ("TooMany", "")),
        (&patch, lead_path.clone(), json!([{"price": 1}]), ("InvalidType", "")),
        (&patch, lead_path.clone(), json!({"price": "12500"}), ("InvalidType", "price")),
        (&patch, lead_path.clone(), json!({"price": 12.5}), ("InvalidType", "price")),
        (&patch, lead_path.clone(), json!({"price": -1}), ("InvalidType", "price")),
        (&patch, lead_path.clone(), json!({"status_id": PAID.to_string()}), ("InvalidType", "status_id")),
        (&patch, lead_path.clone(), json!({"status_id": COURSES * 10 + 1}), (choice, "status_id")),
        (&patch, lead_path.clone(), json!({"status_id": PAID, "pipeline_id": COURSES}), (choice, "status_id")),
        (&patch, lead_path.clone(), json!({"status_id": SALES * 10}), (choice, "status_id")),
        (&patch, lead_path.clone(), json!({"status_id": 5}), (choice, "status_id")),
        (&patch, lead_path.clone(), json!({"pipeline_id": "x"}), ("InvalidType", "pipeline_id")),
        (&patch, lead_path.clone(), json!({"responsible_user_id": 1}), (choice, "responsible_user_id")),
        (&patch, lead_path.clone(), json!({"updated_at": "now"}), ("InvalidType", "updated_at")),
        (&patch, lead_path.clone(), json!({"status": "paid"}), ("FieldNotExpected", "status")),
        // Values of custom fields
        (&patch, lead_path.clone(), json!({"custom_fields_values": {}}), ("InvalidType", "custom_fields_values")),
        (&patch, lead_path.clone(), json!({"custom_fields_values": ["x"]}), ("InvalidType", "custom_fields_values.0")),
        (
            &patch,
            lead_path.clone(),
            by_code("PAY_REF", json!({"value": "x"})),
            (choice, "custom_fields_values.0.field_code"),
        ),
        (
            &patch,
            lead_path.clone(),
            value(json!({"field_id": 5}), json!([])),
            (choice, "custom_fields_values.0.field_id"),
        ),
        (
            &patch,
            lead_path.clone(),
            value(json!({"field_id": "771002"}), json!([])),
            ("InvalidType", "custom_fields_values.0.field_id"),
        ),
        (&patch, lead_path.clone(), value(json!({}), json!([])), ("FieldMissing", "custom_fields_values.0.field_id")),
        (
            &patch,
            lead_path.clone(),
            json!({"custom_fields_values": [{"field_code": "WISH"}]}),
            ("FieldMissing", "custom_fields_values.0.values"),
        ),
        (
            &patch,
            lead_path.clone(),
            value(json!({"field_code": "WISH"}), json!("x")),
            ("InvalidType", "custom_fields_values.0.values"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("WISH", json!({"value": 5})),
            ("InvalidType", "custom_fields_values.0.values.0.value"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("WISH", json!({})),
            ("FieldMissing", "custom_fields_values.0.values.0.value"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("WISH", json!({"value": "x", "enum_code": "X"})),
            ("FieldNotExpected", "custom_fields_values.0.values.0.enum_code"),
        ),
        (
            &patch,
            lead_path.clone(),
            value(json!({"field_code": "WISH"}), json!([{"value": "a"}, {"value": "b"}])),
            ("TooMany", "custom_fields_values.0.values"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("DELIVERY", json!({"value": "Drone"})),
            (choice, "custom_fields_values.0.values.0.value"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("DELIVERY", json!({"enum_code": "DRONE"})),
            (choice, "custom_fields_values.0.values.0.enum_code"),
        ),
        (
            &patch,
            lead_path.clone(),
            by_code("DELIVERY", json!({"enum_id": 5})),
            (choice, "custom_fields_values.0.values.0.enum_id"),
        ),
        // Notes
        (&post, notes.clone(), json!({"note_type": "common", "params": {"text": "x"}}), ("InvalidType", "")),
        (&post, notes.clone(), json!([]), ("NotBlank", "")),
        (&post, notes.clone(), json!([{"params": {"text": "x"}}]), ("FieldMissing", "note_type")),
        (&post, notes.clone(), json!([{"note_type": "common"}]), ("FieldMissing", "params")),
        (&post, notes.clone(), json!([{"note_type": "comment", "params": {"text": "x"}}]), (choice, "note_type")),
        (&post, notes.clone(), json!([{"note_type": 4, "params": {"text": "x"}}]), ("InvalidType", "note_type")),
        (&post, notes.clone(), json!([{"note_type": "common", "params": "x"}]), ("InvalidType", "params")),
        (&post, notes.clone(), json!([{"note_type": "common", "params": {}}]), ("FieldMissing", "params.text")),
        (&post, notes.clone(), json!([{"note_type": "common", "params": {"text": " "}}]), ("NotBlank", "params.text")),
        (&post, notes.clone(), json!([{"note_type": "common", "params": {"text": 5}}]), ("InvalidType", "params.text")),
        (
            &post,
            notes.clone(),
            json!([{"note_type": "service_message", "params": {"text": "x"}}]),
            ("FieldMissing", "params.service"),
        ),
        (
            &post,
            notes.clone(),
            json!([{"note_type": "invoice_paid", "params": {"service": "a", "text": "b", "icon_url": "c"}}]),
            (choice, "note_type"),
        ),
        (
            &post,
            notes.clone(),
            json!([{"text": "x", "note_type": "common", "params": {"text": "x"}}]),
            ("FieldNotExpected", "text"),
        ),
        (&patch, format!("{notes}/{note}"), json!([{"params": {"text": "x"}}]), ("InvalidType", "")),
        (&patch, format!("{notes}/{note}"), json!({"params": {"text": ""}}), ("NotBlank", "params.text")),
        (&patch, format!("{notes}/{note}"), json!({"note_type": "service_message"}), (choice, "note_type")),
        // Tasks
        (&post, "tasks".into(), json!({"text": "x", "complete_till": 1}), ("InvalidType", "")),
        (&post, "tasks".into(), json!([{"complete_till": 1}]), ("FieldMissing", "text")),
        (&post, "tasks".into(), json!([{"text": "x"}]), ("FieldMissing", "complete_till")),
        (&post, "tasks".into(), task_with("text", json!("")), ("NotBlank", "text")),
        (&post, "tasks".into(), task_with("complete_till", json!("1795340000")), ("InvalidType", "complete_till")),
        (&post, "tasks".into(), task_with("entity_id", json!(lead)), ("FieldMissing", "entity_type")),
        (&post, "tasks".into(), task_with("entity_type", json!("leads")), ("FieldMissing", "entity_id")),
        (
            &post,
            "tasks".into(),
            json!([{"text": "x", "complete_till": 1, "entity_id": 5, "entity_type": "leads"}]),
            (choice, "entity_id"),
        ),
        (
            &post,
            "tasks".into(),
            json!([{"text": "x", "complete_till": 1, "entity_id": lead, "entity_type": "deals"}]),
            (choice, "entity_type"),
        ),
        (&post, "tasks".into(), task_with("task_type_id", json!(99)), (choice, "task_type_id")),
        (&post, "tasks".into(), task_with("responsible_user_id", json!(5)), (choice, "responsible_user_id")),
        (&post, "tasks".into(), task_with("due", json!(5)), ("FieldNotExpected", "due")),
        (&patch, format!("tasks/{task}"), json!({"is_completed": 1}), ("InvalidType", "is_completed")),
        (&patch, format!("tasks/{task}"), json!({"result": "x"}), ("InvalidType", "result")),
        (&patch, format!("tasks/{task}"), json!({"result": {}}), ("FieldMissing", "result.text")),
        // Custom fields
        (&post, "leads/custom_fields".into(), field(json!({"type": "text"})), ("FieldMissing", "name")),
        (&post, "leads/custom_fields".into(), field(json!({"name": "x"})), ("FieldMissing", "type")),
        (&post, "leads/custom_fields".into(), field(json!({"name": "x", "type": "string"})), (choice, "type")),
        (
            &post,
            "leads/custom_fields".into(),
            field(json!({"name": "x", "type": "text", "code": "DELIVERY"})),
            ("NotUnique", "code"),
        ),
        (
            &post,
            "leads/custom_fields".into(),
            field(json!({"name": "x", "type": "text", "is_api_only": "yes"})),
            ("InvalidType", "is_api_only"),
        ),
        (&post, "leads/custom_fields".into(), field(json!({"name": "x", "type": "select"})), ("FieldMissing", "enums")),
        (
            &post,
            "leads/custom_fields".into(),
            field(json!({"name": "x", "type": "text", "enums": [{"value": "a"}]})),
            ("FieldNotExpected", "enums"),
        ),
        (
            &post,
            "leads/custom_fields".into(),
            field(json!({"name": "x", "type": "select", "enums": [{"sort": 1}]})),
            ("FieldMissing", "enums.0.value"),
        ),
        (&post, "leads/custom_fields".into(), json!("x"), ("InvalidType", "")),
        // Lists
        (&post, "catalogs/9001/elements".into(), json!({"name": "x"}), ("InvalidType", "")),
        (&post, "catalogs/9001/elements".into(), json!([{}]), ("FieldMissing", "name")),
        (&patch, "catalogs/9001/elements".into(), json!([{"name": "x"}]), ("FieldMissing", "id")),
        (&patch, "catalogs/9002/elements".into(), json!([{"id": invoice}]), (choice, "id")),
        (
            &patch,
            element.clone(),
            by_code("BILL_STATUS", json!({"enum_code": "settled"})),
            (choice, "custom_fields_values.0.values.0.enum_code"),
        ),
        (
            &patch,
            element.clone(),
            by_code("BILL_PAYMENT_DATE", json!({"value": "1795250000"})),
            ("InvalidType", "custom_fields_values.0.values.0.value"),
        ),
        (
            &patch,
            element.clone(),
            by_code("BILL_PRICE", json!({"value": "12 500"})),
            ("InvalidType", "custom_fields_values.0.values.0.value"),
        ),
        (
            &patch,
            element,
            by_code("DELIVERY", json!({"value": "Courier"})),
            (choice, "custom_fields_values.0.field_code"),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            json!({"to_entity_id": invoice, "to_entity_type": "catalog_elements"}),
            ("InvalidType", ""),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            link(json!({"to_entity_type": "contacts"})),
            ("FieldMissing", "to_entity_id"),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            link(json!({"to_entity_id": 5, "to_entity_type": "contacts"})),
            (choice, "to_entity_id"),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            link(json!({"to_entity_id": 5, "to_entity_type": "deals"})),
            (choice, "to_entity_type"),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            link(json!({"to_entity_id": invoice, "to_entity_type": "catalog_elements"})),
            ("FieldMissing", "metadata.catalog_id"),
        ),
        (
            &post,
            format!("{lead_path}/link"),
            link(
                json!({"to_entity_id": invoice, "to_entity_type": "catalog_elements", "metadata": {"catalog_id": 9002}}),
            ),
            (choice, "to_entity_id"),
        ),
        // Webhooks
        (&post, "webhooks".into(), json!([hook(TO, json!(["add_lead"]))]), ("InvalidType", "")),
        (&post, "webhooks".into(), json!({"settings": ["add_lead"]}), ("FieldMissing", "destination")),
        (&post, "webhooks".into(), hook("pay.example.am", json!(["add_lead"])), ("InvalidUrl", "destination")),
        (&post, "webhooks".into(), hook("http://pay.example.am", json!(["add_lead"])), ("InvalidUrl", "destination")),
        (&post, "webhooks".into(), json!({"destination": TO}), ("FieldMissing", "settings")),
        (&post, "webhooks".into(), hook(TO, json!([])), ("NotBlank", "settings")),
        (&post, "webhooks".into(), hook(TO, json!("add_lead")), ("InvalidType", "settings")),
        (&post, "webhooks".into(), hook(TO, json!(["add_lead", "lead_added"])), (choice, "settings.1")),
        (
            &post,
            "webhooks".into(),
            json!({"destination": TO, "settings": ["add_lead"], "secret": "x"}),
            ("FieldNotExpected", "secret"),
        ),
    ];
    for (method, path, body, (code, place)) in wrong {
        let answer = world.amo(method.clone(), &path, Some(body.clone())).await;
        let what = format!("{method} {path} {body}: {}", answer.body);
        assert_eq!((answer.status, answer.kind.as_str()), (400, "application/problem+json"), "{what}");
        assert_eq!((&answer.body["title"], &answer.body["status"]), (&json!("Bad Request"), &json!(400)), "{what}");
        assert_eq!(answer.body["detail"], "Request validation failed", "{what}");
        let item = &answer.body["validation-errors"][0];
        let told = &item["errors"][0];
        assert_eq!((told["code"].as_str(), told["path"].as_str()), (Some(code), Some(place)), "{what}");
        assert!(item["request_id"] == "0" && told["detail"].is_string(), "{what}");
    }
    let view = world.sandbox.amocrm.view();
    assert_eq!(json!(view.leads[0]), before, "nothing of it was done");
    assert_eq!((view.leads.len(), view.fields.len(), view.hooks.len()), (1, 2, 0));
}

#[tokio::test]
async fn of_a_batch_with_one_mistake_nothing_is_done_and_the_item_is_named() {
    let world = World::amo_start().await;
    let (first, second) = (world.cake(), world.cake());
    let batch = json!([{"id": first, "price": 1}, {"id": second, "price": "2", "request_id": "mine"}, {"id": 5}]);
    let refused = world.amo_patch("leads", batch).await;
    let items = &refused.body["validation-errors"];
    assert_eq!((&items[0]["request_id"], &items[1]["request_id"], items.get(2)), (&json!("mine"), &json!("2"), None));
    assert_eq!(world.sandbox.amocrm.lead(first).unwrap().price, 12_500);
}
