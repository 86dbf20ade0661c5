//! The portal's deals, invoices and what belongs to them, as people and calls change them.

use kamurj_sandbox::bitrix24::{CustomKind, NewDeal, Row};
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// A call of the CRM webhook that must succeed; returns its result.
    pub(crate) async fn crm_result(&self, method: &str, body: Value) -> Value {
        let answer = self.crm(method, body.clone()).await;
        assert_eq!(answer.status, 200, "{method} {body}: {}", answer.body);
        answer.body["result"].clone()
    }

    /// The code with which the portal refuses a call.
    pub(crate) async fn crm_error(&self, method: &str, body: Value) -> (u16, Value) {
        let answer = self.crm(method, body).await;
        (answer.status, answer.body["error"].clone())
    }
}

fn cake() -> NewDeal {
    let row = |name: &str, price: &str, quantity| Row { name: name.into(), price: json!(price), quantity };
    NewDeal {
        title: "Cake".into(),
        rows: vec![row("Napoleon", "4500.50", 2), row("Candle", "99", 1)],
        ..NewDeal::default()
    }
}

#[tokio::test]
async fn funnels_have_stages_of_their_own_and_a_stage_of_another_is_refused() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let listed = world.crm_result("crm.category.list", json!({"entityTypeId": 2})).await;
    let names: Vec<_> =
        listed["categories"].as_array().unwrap().iter().map(|row| (&row["id"], &row["isDefault"])).collect();
    assert_eq!(names, [(&json!(0), &json!("Y")), (&json!(1), &json!("N"))]);

    let funnel = portal.add_funnel("Weddings");
    let stage = portal.add_stage(&format!("DEAL_STAGE_{funnel}"), "Deposit").unwrap();
    assert!(stage.starts_with(&format!("C{funnel}:UC_")), "{stage}");
    let of_funnel = json!({"filter": {"ENTITY_ID": format!("DEAL_STAGE_{funnel}")}});
    let rows = world.crm_result("crm.status.list", of_funnel.clone()).await;
    let ids: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["STATUS_ID"].as_str().unwrap().to_owned()).collect();
    assert_eq!((ids[0].clone(), &ids[4], ids.len()), (format!("C{funnel}:NEW"), &stage, 7));

    let deal = portal.make_deal(NewDeal { funnel, ..cake() }).unwrap();
    let move_to = |stage: &str| json!({"entityTypeId": 2, "id": deal, "fields": {"stageId": stage}});
    let moved = world.crm_result("crm.item.update", move_to(&stage)).await;
    assert_eq!((&moved["item"]["stageId"], &moved["item"]["categoryId"]), (&json!(stage), &json!(funnel)));
    for wrong in ["EXECUTING", "C1:NEW", "DT31_2:P", "C77:NEW"] {
        let refused = (400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID"));
        assert_eq!(world.crm_error("crm.item.update", move_to(wrong)).await, refused, "{wrong}");
    }
    let changed = json!({"entityTypeId": 2, "id": deal, "fields": {"categoryId": 1}});
    assert_eq!(world.crm_result("crm.item.update", changed).await["item"]["stageId"], "C1:NEW");

    assert!(portal.rename_stage(&stage, "Paid in part"));
    let renamed = world.crm_result("crm.status.list", json!({"filter": {"STATUS_ID": stage}})).await;
    assert_eq!(renamed[0]["NAME"], "Paid in part");
    assert!(!portal.remove_stage("C1:NEW"), "a deal is in it");
    assert!(portal.remove_stage(&stage) && !portal.move_deal(deal, &stage));
    assert_eq!(world.crm_result("crm.status.list", of_funnel).await.as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn an_invoice_is_made_from_a_deal_and_moves_through_its_own_stages() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let ani = portal.add_contact("Ani", "+37491000001", "ani@example.am");
    let deal = portal.make_deal(NewDeal { contact: Some(ani), ..cake() }).unwrap();
    let invoice = portal.add_invoice(deal).unwrap();
    let of = |id: i64| json!({"entityTypeId": 31, "id": id, "useOriginalUfNames": "Y"});
    let item = world.crm_result("crm.item.get", of(invoice)).await["item"].clone();
    assert_eq!(
        (&item["stageId"], &item["parentId2"], &item["opportunity"]),
        (&json!("DT31_2:N"), &json!(deal), &json!(9100))
    );
    assert_eq!((&item["accountNumber"], item.get("originId")), (&json!("1"), None));
    let mut paid = of(invoice);
    paid["fields"] = json!({"stageId": "DT31_2:P", "xmlId": "pay_1", "originId": "dropped"});
    let item = world.crm_result("crm.item.update", paid).await["item"].clone();
    assert_eq!((&item["stageSemanticId"], &item["xmlId"]), (&json!("S"), &json!("pay_1")));
    assert!(portal.move_invoice(invoice, "DT31_2:D") && !portal.move_invoice(invoice, "LOSE"));
    let found = json!({"entityTypeId": 31, "filter": {"=parentId2": deal, "@stageId": ["DT31_2:P", "DT31_2:D"]}});
    assert_eq!(world.crm_result("crm.item.list", found).await["items"][0]["id"], json!(invoice));
    assert_eq!(world.crm_result("crm.category.list", json!({"entityTypeId": 31})).await["categories"][0]["id"], 2);

    for (owner, kind) in [(deal, "D"), (invoice, "SI")] {
        let filter = json!({"filter": {"=ownerType": kind, "=ownerId": owner}});
        let rows = world.crm_result("crm.item.productrow.list", filter).await["productRows"].clone();
        let told = |place: usize| {
            (rows[place]["productName"].clone(), rows[place]["price"].clone(), rows[place]["quantity"].clone())
        };
        assert_eq!(told(0), (json!("Napoleon"), json!(4500.5), json!(2)));
        assert_eq!(told(1), (json!("Candle"), json!(99), json!(1)));
    }
    // The sum is that of the rows until somebody takes it into their own hands.
    let sum = |fields: Value| json!({"entityTypeId": 2, "id": deal, "fields": fields});
    assert_eq!(world.crm_result("crm.item.update", sum(json!({"opportunity": 5}))).await["item"]["opportunity"], 9100);
    let manual = json!({"opportunity": 5, "isManualOpportunity": "Y"});
    assert_eq!(world.crm_result("crm.item.update", sum(manual)).await["item"]["opportunity"], 5);

    let contact = world.crm_result("crm.item.get", json!({"entityTypeId": 3, "id": ani})).await["item"].clone();
    assert_eq!((&contact["name"], &contact["fm"][0]["value"]), (&json!("Ani"), &json!("+37491000001")));
    let contact = world.crm_result("crm.contact.get", json!({"id": ani})).await;
    assert_eq!(
        (&contact["PHONE"][0]["VALUE"], &contact["EMAIL"][0]["VALUE"]),
        (&json!("+37491000001"), &json!("ani@example.am"))
    );
    assert!(portal.delete_deal(deal) && !portal.delete_deal(deal));
    assert_eq!(world.crm_error("crm.item.get", json!({"entityTypeId": 2, "id": deal})).await, (400, json!(0)));
    assert_eq!(portal.add_deal("next"), deal + 1, "an id is never given again");
}

#[tokio::test]
async fn custom_fields_are_made_with_the_administrators_right_and_exist_from_then_on() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let (deal, field) = (
        portal.add_deal("Cake"),
        json!({"FIELD_NAME": "PAY_SUM", "USER_TYPE_ID": "double", "EDIT_FORM_LABEL": {"en": "Sum"}}),
    );
    let add = json!({ "fields": field });
    assert_eq!(world.crm_error("crm.deal.userfield.add", add.clone()).await, (403, json!("ACCESS_DENIED")));
    portal.set_crm_admin(true);
    assert!(world.crm_result("crm.deal.userfield.add", add.clone()).await.is_i64());
    assert_eq!(world.crm_error("crm.deal.userfield.add", add).await, (400, json!("ERROR_CORE")));
    let listed = json!({"filter": {"FIELD_NAME": "UF_CRM_PAY_SUM"}});
    let listed = world.crm_result("crm.deal.userfield.list", listed).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["USER_TYPE_ID"]), (1, &json!("double")));
    assert_eq!(world.crm_result("crm.deal.userfield.list", json!({})).await.as_array().unwrap().len(), 4);

    let config = json!({"moduleId": "crm", "field": {"entityId": "CRM_SMART_INVOICE", "fieldName": "UF_CRM_SMART_INVOICE_PAY_REF", "userTypeId": "string"}});
    let made = world.crm_result("userfieldconfig.add", config).await["field"].clone();
    assert_eq!(made["fieldName"], "UF_CRM_SMART_INVOICE_PAY_REF");
    let invoices = json!({"moduleId": "crm", "filter": {"entityId": "CRM_SMART_INVOICE"}});
    assert_eq!(world.crm_result("userfieldconfig.list", invoices).await["fields"], json!([made]));
    let invoice = portal.add_invoice(deal).unwrap();
    let set = json!({"entityTypeId": 31, "id": invoice, "fields": {"ufCrmSmartInvoicePayRef": "arca:1"}});
    assert_eq!(world.crm_result("crm.item.update", set).await["item"]["ufCrmSmartInvoicePayRef"], "arca:1");

    for (name, kind, good, bad) in [
        ("UF_CRM_A", CustomKind::Integer, json!("7"), json!("7.5")),
        ("UF_CRM_B", CustomKind::Double, json!("12.50"), json!("much")),
        ("UF_CRM_C", CustomKind::Datetime, json!("2026-11-21T12:33:11+04:00"), json!("yesterday")),
        ("UF_CRM_D", CustomKind::Money, json!("12500|AMD"), json!("12500|XYZ")),
        ("UF_CRM_E", CustomKind::Boolean, json!(true), json!("perhaps")),
        ("UF_CRM_F", CustomKind::Url, json!("https://pay.example.am"), json!([1])),
    ] {
        assert!(portal.add_typed_field(name, kind) && !portal.add_typed_field(name, kind));
        let set =
            |value: &Value| json!({"entityTypeId": 2, "id": deal, "useOriginalUfNames": "Y", "fields": {name: value}});
        assert_eq!(world.crm("crm.item.update", set(&good)).await.status, 200, "{name}");
        assert_eq!(world.crm_error("crm.item.update", set(&bad)).await.0, 400, "{name}");
    }
    let fields =
        world.crm_result("crm.item.fields", json!({"entityTypeId": 2, "useOriginalUfNames": "Y"})).await["fields"]
            .clone();
    assert_eq!(
        (&fields["UF_CRM_D"]["type"], fields["UF_CRM_PAY_REF"]["isReadOnly"].clone()),
        (&json!("money"), json!(false))
    );
    portal.edit_deal(deal, "UF_CRM_PAY_STATUS", "paid").unwrap();
    assert!(
        portal.remove_custom_field("UF_CRM_PAY_STATUS") && portal.edit_deal(deal, "UF_CRM_PAY_STATUS", "x").is_err()
    );
    let shown =
        world.crm_result("crm.item.get", json!({"entityTypeId": 2, "id": deal, "useOriginalUfNames": "Y"})).await;
    assert_eq!(shown["item"].get("UF_CRM_PAY_STATUS"), None, "a field that is gone shows no value");
}

#[tokio::test]
async fn comments_are_for_deals_and_log_messages_for_invoices_too() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let deal = portal.add_deal("Cake");
    let invoice = portal.add_invoice(deal).unwrap();
    for kind in ["smart_invoice", "dynamic_31", "SMART_INVOICE"] {
        let comment = json!({"fields": {"ENTITY_ID": invoice, "ENTITY_TYPE": kind, "COMMENT": "paid"}});
        assert_eq!(world.crm_error("crm.timeline.comment.add", comment).await, (400, json!("")), "{kind}");
    }
    let note = |id: i64| json!({"fields": {"entityTypeId": 31, "entityId": id, "title": "Kamurj", "text": "Paid [pay:1]", "iconCode": "info"}});
    let made = world.crm_result("crm.timeline.logmessage.add", note(invoice)).await["logMessage"].clone();
    assert_eq!((&made["title"], &made["text"]), (&json!("Kamurj"), &json!("Paid [pay:1]")));
    let listed =
        world.crm_result("crm.timeline.logmessage.list", json!({"entityTypeId": 31, "entityId": invoice})).await;
    assert_eq!(listed, json!([made]));
    assert_eq!(world.crm_error("crm.timeline.logmessage.add", note(77)).await, (400, json!("OWNER_NOT_FOUND")));

    let comment = json!({"fields": {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "waiting"}});
    let id = world.crm_result("crm.timeline.comment.add", comment).await;
    let change = json!({"id": id, "fields": {"COMMENT": "paid"}});
    assert_eq!(world.crm_result("crm.timeline.comment.update", change).await, json!(true));
    let view = portal.view();
    assert_eq!((view.deals[0].comments[0].text.as_str(), view.invoices[0].logs.len()), ("paid", 1));
}

#[tokio::test]
async fn payments_of_the_crm_are_marked_once_and_stay_marked() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let deal = portal.add_deal("Cake");
    let id = portal.add_payment(deal, &json!("12500.00"), "AMD").unwrap();
    let list = json!({"entityId": deal, "entityTypeId": 2});
    let before = world.crm_result("crm.item.payment.list", list.clone()).await;
    assert_eq!(
        (&before[0]["paid"], &before[0]["sum"], &before[0]["datePaid"]),
        (&json!("N"), &json!(12500), &Value::Null)
    );
    assert_eq!(world.crm_result("crm.item.payment.pay", json!({ "id": id })).await, json!(true));
    world.pass_ms(60_000);
    assert_eq!(world.crm_result("crm.item.payment.pay", json!({ "id": id })).await, json!(true));
    let after = world.crm_result("crm.item.payment.list", list).await;
    assert_eq!((&after[0]["paid"], &after[0]["datePaid"]), (&json!("Y"), &json!("2026-11-21T10:05:09Z")));
    assert_eq!(world.crm_result("crm.item.payment.unpay", json!({ "id": id })).await, json!(true));
    assert!(!portal.view().payments[0].is_paid);
}

#[tokio::test]
async fn changes_are_found_by_their_time_whatever_the_offset() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let (first, second) = (portal.add_deal("first"), portal.add_deal("second"));
    world.pass_ms(60_000);
    portal.move_deal(second, "WON");
    let since = |at: &str| json!({"entityTypeId": 2, "filter": {">=updatedTime": at}, "select": ["id"]});
    for (at, ids) in [
        ("2026-11-21T14:05:09+04:00", vec![first, second]),
        ("2026-11-21T14:05:10+04:00", vec![second]),
        ("2026-11-21T10:06:09Z", vec![second]),
        ("2026-11-21T10:06:10Z", vec![]),
    ] {
        let found = world.crm_result("crm.item.list", since(at)).await["items"].clone();
        let found: Vec<i64> = found.as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{at}");
    }
    let users = world.crm_result("user.get", json!({"ID": 1})).await;
    assert_eq!(
        (&users[0]["ID"], world.crm_result("user.current", json!({})).await["ID"].clone()),
        (&json!("1"), json!("1"))
    );
    let currencies = world.crm_result("crm.currency.list", json!({})).await;
    assert_eq!((&currencies[0]["CURRENCY"], &currencies[0]["BASE"]), (&json!("AMD"), &json!("Y")));
}
