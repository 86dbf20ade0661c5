//! amoCRM's API: leads, notes, tasks, custom fields, lists, and the limits.

use kamurj_sandbox::amocrm::{NewLead, Product};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, raw_post};

pub(crate) const LONG_LIVED: &str = "amo-long-lived-canary";
pub(crate) const SALES: i64 = 6_200_001;
pub(crate) const COURSES: i64 = 6_200_002;
pub(crate) const WAITING: i64 = SALES * 10 + 2;
pub(crate) const PAID: i64 = SALES * 10 + 3;

/// What came back, with the type of the body.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn amo_start() -> Self {
        Self::start_with("amocrm", json!({"long_lived_token": LONG_LIVED})).await
    }

    pub(crate) fn amo_request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}/api/v4/{path}", self.sandbox.amocrm_url));
        request.header("authorization", format!("Bearer {LONG_LIVED}"))
    }

    /// A call of the API with the long-lived token. The limit's second passes after it.
    pub(crate) async fn amo(&self, method: Method, path: &str, body: Option<Value>) -> Said {
        let request = self.amo_request(method, path);
        let said = said(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await;
        self.pass_ms(1_000);
        said
    }

    pub(crate) async fn amo_get(&self, path: &str) -> Said {
        self.amo(Method::GET, path, None).await
    }

    pub(crate) async fn amo_post(&self, path: &str, body: Value) -> Said {
        self.amo(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn amo_patch(&self, path: &str, body: Value) -> Said {
        self.amo(Method::PATCH, path, Some(body)).await
    }

    /// A manager makes a lead with a contact and a product.
    pub(crate) fn cake(&self) -> i64 {
        let product = Product { name: "Cake".to_owned(), price: 12_500, quantity: 1 };
        let (contact, phone) = ("Ani Petrosyan".to_owned(), "+37491234567".to_owned());
        let lead = NewLead { name: "Cake".to_owned(), price: 12_500, contact, phone, ..NewLead::default() };
        self.sandbox.amocrm.add_lead(&NewLead { products: vec![product], ..lead }).unwrap()
    }
}

pub(crate) async fn said(request: reqwest::RequestBuilder) -> Said {
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    Said { status, kind: kind.unwrap_or_default(), body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

#[tokio::test]
async fn the_account_says_who_it_is() {
    let world = World::start_with(
        "amocrm",
        json!({"long_lived_token": LONG_LIVED, "domain": "kommo.com", "subdomain": "bakery", "id": 7009}),
    )
    .await;
    let account = world.amo_get("account").await;
    assert_eq!((account.status, account.kind.as_str()), (200, "application/hal+json"));
    assert_eq!((&account.body["id"], &account.body["subdomain"]), (&json!(7009), &json!("bakery")));
    assert_eq!(account.body["_links"]["self"]["href"], "https://bakery.kommo.com/api/v4/account");
    let users = world.amo_get("users").await.body;
    assert_eq!(users["_embedded"]["users"][0]["rights"]["is_admin"], true);
    let pipelines = world.amo_get("leads/pipelines").await.body;
    let list = pipelines["_embedded"]["pipelines"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    for pipeline in list {
        let statuses = pipeline["_embedded"]["statuses"].as_array().unwrap();
        let ids: Vec<i64> = statuses.iter().map(|status| status["id"].as_i64().unwrap()).collect();
        assert_eq!(ids[ids.len() - 2..], [142, 143], "won and lost are in each");
        assert_eq!(statuses[0]["type"], 1, "and so are incoming leads");
    }
}

#[tokio::test]
async fn a_lead_is_made_changed_and_shown_with_what_hangs_at_it() {
    let world = World::amo_start().await;
    let id = world.cake();
    let path = format!("leads/{id}");
    let whole = world.amo_get(&format!("{path}?with=contacts,catalog_elements")).await.body;
    assert_eq!((&whole["price"], &whole["status_id"]), (&json!(12_500), &json!(SALES * 10 + 1)));
    assert_eq!(whole["_embedded"]["catalog_elements"][0]["metadata"]["catalog_id"], 9002);
    let contact = whole["_embedded"]["contacts"][0]["id"].as_i64().unwrap();
    let contact = world.amo_get(&format!("contacts/{contact}")).await.body;
    assert_eq!(contact["custom_fields_values"][0]["values"][0]["value"], "+37491234567");
    assert_eq!(world.amo_get(&path).await.body["_embedded"].get("contacts"), None, "only when asked for");

    let made = world
        .amo_post(
            "leads/custom_fields",
            json!([{"name": "Payment", "type": "text", "code": "PAY_STATUS", "is_api_only": true}]),
        )
        .await;
    let field = &made.body["_embedded"]["custom_fields"][0];
    assert_eq!((made.status, &field["code"], &field["is_api_only"]), (200, &json!("PAY_STATUS"), &json!(true)));
    let change = json!({"status_id": WAITING, "price": 13_000, "custom_fields_values": [
        {"field_id": field["id"], "values": [{"value": "awaiting"}]},
        {"field_code": "DELIVERY", "values": [{"enum_code": "PICKUP"}]},
    ]});
    let saved = world.amo_patch(&path, change).await;
    assert_eq!((saved.status, &saved.body["id"]), (200, &json!(id)));
    let values = world.amo_get(&path).await.body["custom_fields_values"].clone();
    assert_eq!(values[0]["values"][0]["value"], "Pick-up");
    assert_eq!(values[1]["field_code"], "PAY_STATUS");
    let view = world.sandbox.amocrm.lead(id).unwrap();
    assert_eq!((view.value("PAY_STATUS"), view.price, view.saves), (Some("awaiting"), 13_000, 1));
    assert_eq!(view.moves, [(SALES, SALES * 10 + 1), (SALES, WAITING)]);

    world.amo_patch(&path, json!({"status_id": 142})).await;
    assert!(world.amo_get(&path).await.body["closed_at"].is_i64());
    let emptied =
        json!({"pipeline_id": COURSES, "custom_fields_values": [{"field_code": "PAY_STATUS", "values": null}]});
    world.amo_patch(&path, emptied).await;
    let view = world.sandbox.amocrm.lead(id).unwrap();
    assert_eq!(
        (view.value("PAY_STATUS"), view.status),
        (None, COURSES * 10 + 1),
        "a pipeline alone means its first status"
    );
    assert_eq!(world.amo_get(&path).await.body["closed_at"], Value::Null);
}

#[tokio::test]
async fn leads_are_found_in_pages_and_an_empty_list_has_no_body() {
    let world = World::amo_start().await;
    let none = world.amo_get("leads").await;
    assert_eq!((none.status, none.body, none.kind.as_str()), (204, json!(""), ""));
    let batch: Vec<Value> = (0..60).map(|number| json!({"name": format!("Lead {number}"), "price": number})).collect();
    let made = world.amo_post("leads", Value::Array(batch)).await;
    let ids: Vec<i64> =
        made.body["_embedded"]["leads"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
    assert_eq!((made.status, ids.len()), (200, 60));
    assert_eq!(made.body["_embedded"]["leads"][7]["request_id"], "7");

    let first = world.amo_get("leads?limit=25").await.body;
    assert_eq!(first["_embedded"]["leads"].as_array().unwrap().len(), 25);
    let next = first["_links"]["next"]["href"].as_str().unwrap();
    assert_eq!(next, "https://shopam.amocrm.ru/api/v4/leads?limit=25&page=2");
    let last = world.amo_get("leads?limit=25&page=3").await.body;
    assert_eq!((last["_embedded"]["leads"].as_array().unwrap().len(), last["_links"].get("next")), (10, None));
    assert_eq!(world.amo_get("leads?limit=25&page=4").await.status, 204);

    let found = async |query: &str| {
        let body = world.amo_get(&format!("leads?{query}")).await.body;
        let leads = body["_embedded"]["leads"].as_array().cloned().unwrap_or_default();
        leads.iter().map(|lead| lead["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("filter[id][]={}&filter[id][]={}", ids[3], ids[9])).await, [ids[3], ids[9]]);
    assert_eq!(found("query=lead%2059").await, [ids[59]]);
    world.pass_ms(60_000);
    let now = 1_795_255_509 + 60;
    world.amo_patch("leads", json!([{"id": ids[1], "price": 5}, {"id": ids[2], "price": 6}])).await;
    assert_eq!(found(&format!("filter[updated_at][from]={now}")).await, [ids[1], ids[2]]);
    world.sandbox.amocrm.move_lead(ids[4], COURSES, 142).unwrap();
    world.sandbox.amocrm.move_lead(ids[5], SALES, 142).unwrap();
    world.sandbox.amocrm.move_lead(ids[6], SALES, PAID).unwrap();
    let place = |number: usize, status: i64| {
        format!("filter[statuses][{number}][pipeline_id]={SALES}&filter[statuses][{number}][status_id]={status}")
    };
    assert_eq!(found(&format!("{}&{}", place(0, PAID), place(1, 142))).await, [ids[5], ids[6]]);
    world.sandbox.amocrm.delete_lead(ids[1]).unwrap();
    assert_eq!(found(&format!("filter[updated_at][from]={now}&query=lead%202")).await, [ids[2]]);
    assert_eq!(found("with=only_deleted").await, [ids[1]]);
}

#[tokio::test]
async fn notes_are_written_listed_and_changed() {
    let world = World::amo_start().await;
    let path = format!("leads/{}/notes", world.cake());
    assert_eq!(world.amo_get(&format!("{path}?filter[note_type][]=common")).await.status, 204);
    let made = world
        .amo_post(
            &path,
            json!([
                {"note_type": "common", "params": {"text": "Վճարված է 12 500 ֏ [pay:1]"}, "request_id": "one"},
                {"note_type": "extended_service_message", "params": {"service": "Kamurj", "text": "x"}, "is_need_to_trigger_digital_pipeline": false},
                {"note_type": "invoice_paid", "params": {"service": "Kamurj", "text": "paid", "icon_url": "https://pay.example.am/i.png"}},
            ]),
        )
        .await;
    assert_eq!((made.status, &made.body["_embedded"]["notes"][0]["request_id"]), (200, &json!("one")));
    let note = made.body["_embedded"]["notes"][0]["id"].as_i64().unwrap();
    world.amo_patch(&format!("{path}/{note}"), json!({"params": {"text": "Changed [pay:1]"}})).await;
    let newest = world.amo_get(&format!("{path}?limit=250&order[updated_at]=desc")).await.body;
    assert_eq!(newest["_embedded"]["notes"][0]["params"]["text"], "Changed [pay:1]");
    let common = world.amo_get(&format!("{path}?filter[note_type][]=common")).await.body;
    assert_eq!(common["_embedded"]["notes"].as_array().unwrap().len(), 1);
    let notes = &world.sandbox.amocrm.view().leads[0].notes;
    assert_eq!(
        notes.iter().map(|note| (note.kind, note.triggers)).collect::<Vec<_>>(),
        [("common", true), ("extended_service_message", false), ("invoice_paid", true)]
    );
}

#[tokio::test]
async fn tasks_are_given_found_by_their_lead_and_finished() {
    let world = World::amo_start().await;
    let (lead, other) = (world.cake(), world.cake());
    let task = |lead: i64| {
        json!([{"text": "Ստուգել վճարումը [pay:1]", "complete_till": 1_795_340_000, "entity_id": lead, "entity_type": "leads",
                "task_type_id": 1, "responsible_user_id": 8_800_002}])
    };
    let made = world.amo_post("tasks", task(lead)).await;
    let id = made.body["_embedded"]["tasks"][0]["id"].as_i64().unwrap();
    world.amo_post("tasks", task(other)).await;
    let open = format!("tasks?filter[entity_type]=leads&filter[entity_id][]={lead}&filter[is_completed]=0");
    let found = world.amo_get(&open).await.body;
    let list = found["_embedded"]["tasks"].as_array().unwrap();
    assert_eq!((list.len(), &list[0]["id"], &list[0]["result"]), (1, &json!(id), &json!([])));
    assert_eq!(world.amo_get(&format!("leads/{lead}")).await.body["closest_task_at"], 1_795_340_000);
    world.amo_patch(&format!("tasks/{id}"), json!({"is_completed": true, "result": {"text": "Looked"}})).await;
    assert_eq!(world.amo_get(&open).await.status, 204);
    assert_eq!(world.amo_get(&format!("tasks/{id}")).await.body["result"]["text"], "Looked");
    let other = world.sandbox.amocrm.lead(other).unwrap().tasks[0].id;
    world.sandbox.amocrm.finish_task(other, "By hand").unwrap();
    assert_eq!(world.sandbox.amocrm.view().leads[1].tasks[0].result.as_deref(), Some("By hand"));
}

#[tokio::test]
async fn an_invoice_hangs_at_its_lead_and_is_paid() {
    let world = World::amo_start().await;
    let lead = world.cake();
    let catalogs = world.amo_get("catalogs?filter[type]=invoices").await.body;
    assert_eq!(catalogs["_embedded"]["catalogs"][0]["id"], 9001);
    let made = world
        .amo_post(
            "catalogs/9001/elements",
            json!([{"name": "Invoice", "custom_fields_values": [{"field_code": "BILL_STATUS", "values": [{"enum_code": "created"}]}]}]),
        )
        .await;
    let element = made.body["_embedded"]["elements"][0]["id"].as_i64().unwrap();
    let link = json!([{"to_entity_id": element, "to_entity_type": "catalog_elements", "metadata": {"catalog_id": 9001, "quantity": 1}}]);
    assert_eq!(world.amo_post(&format!("leads/{lead}/link"), link.clone()).await.status, 200);
    let path = format!("catalogs/9001/elements/{element}");
    let paid = json!({"custom_fields_values": [
        {"field_code": "BILL_STATUS", "values": [{"enum_code": "paid"}]},
        {"field_code": "BILL_PAYMENT_DATE", "values": [{"value": 1_795_250_000}]},
    ]});
    assert_eq!(world.amo_patch(&path, paid).await.status, 200);
    let shown = world.amo_get(&format!("{path}?with=invoice_link")).await.body;
    assert_eq!(shown["custom_fields_values"][0]["values"][0]["enum_code"], "paid");
    assert!(shown["invoice_link"].as_str().unwrap().starts_with("https://shopam.amocrm.ru/"));
    let view = world.sandbox.amocrm.lead(lead).unwrap();
    assert_eq!((view.elements[1].kind, view.elements[1].values[0].text.as_str()), ("invoices", "Paid"));
    assert_eq!(world.amo_post(&format!("leads/{lead}/unlink"), link).await.status, 204);

    let by_hand = world.sandbox.amocrm.add_invoice(lead).unwrap();
    let fields = world.amo_get("catalogs/9001/custom_fields").await.body;
    let status = fields["_embedded"]["custom_fields"][0]["id"].as_i64().unwrap();
    world.sandbox.amocrm.remove_field(status).unwrap();
    let paid = json!([{"id": by_hand, "custom_fields_values": [{"field_code": "BILL_STATUS", "values": [{"enum_code": "paid"}]}]}]);
    assert_eq!(world.amo_patch("catalogs/9001/elements", paid).await.status, 400, "a merchant removed the field");
    world.sandbox.amocrm.remove_invoices().unwrap();
    assert_eq!(world.amo_get("catalogs?filter[type]=invoices").await.status, 204);
    assert_eq!(world.amo_get(&path).await.status, 404);
}

#[tokio::test]
async fn people_rename_and_remove_and_calls_meet_what_is_left() {
    let world = World::amo_start().await;
    let (amocrm, lead) = (&world.sandbox.amocrm, world.cake());
    amocrm.move_lead(lead, SALES, PAID).unwrap();
    amocrm.rename_status(SALES, PAID, "Վճարված").unwrap();
    amocrm.remove_status(SALES, PAID).unwrap();
    assert_eq!(amocrm.lead(lead).unwrap().status, SALES * 10 + 1, "its leads went to the first one");
    assert_eq!(world.amo_patch(&format!("leads/{lead}"), json!({"status_id": PAID})).await.status, 400);
    assert_eq!(amocrm.remove_status(SALES, 142).unwrap_err().to_string(), "status: 142 has to stay");
    amocrm.set_price(lead, 9_000).unwrap();
    amocrm.delete_lead(lead).unwrap();
    assert_eq!(world.amo_get(&format!("leads/{lead}")).await.status, 404);
    assert_eq!(world.amo_patch(&format!("leads/{lead}"), json!({"price": 1})).await.status, 404);
    amocrm.restore_lead(lead).unwrap();
    assert_eq!(world.amo_get(&format!("leads/{lead}")).await.body["price"], 9_000);
}

#[tokio::test]
async fn the_eighth_call_of_a_second_waits_and_going_on_blocks_the_address() {
    let world = World::amo_start().await;
    let get = async || said(world.amo_request(Method::GET, "account")).await;
    for _ in 0..7 {
        assert_eq!(get().await.status, 200);
    }
    world.sandbox.amocrm.change_faults(|faults| faults.retry_after_s = 300);
    let limited = get().await;
    assert_eq!((limited.status, limited.kind.as_str()), (429, "application/problem+json"));
    assert_eq!((&limited.body["retry_after"], &limited.body["title"]), (&json!(300), &json!("Too Many Requests")));
    world.pass_ms(300_000);
    assert_eq!(get().await.status, 200);

    world.sandbox.amocrm.change_faults(|faults| (faults.limit_next, faults.plain_limit) = (1, true));
    let plain = get().await;
    assert_eq!(
        (plain.status, plain.kind.as_str(), plain.body),
        (429, "text/plain; charset=utf-8", json!("Too Many Requests"))
    );
    for _ in 0..10 {
        assert_eq!(get().await.status, 429);
    }
    let blocked = get().await;
    assert_eq!((blocked.status, blocked.kind.as_str()), (403, "text/plain; charset=utf-8"));
    assert!(world.sandbox.amocrm.view().banned);
    world.pass_ms(24 * 3_600_000);
    assert_eq!(get().await.status, 403, "no wait ends it");
    let token = world.client.post(format!("{}/oauth2/access_token", world.sandbox.amocrm_url)).json(&json!({}));
    assert_eq!(said(token).await.status, 403, "and it is for the whole address");
    world.sandbox.amocrm.lift_ban();
    assert_eq!(get().await.status, 200);
}

#[tokio::test]
async fn faults_come_and_go_and_a_dropped_reply_was_done() {
    let world = World::amo_start().await;
    let lead = world.cake();
    let amocrm = &world.sandbox.amocrm;
    let path = format!("leads/{lead}/notes");
    let note = |text: &str| json!([{"note_type": "common", "params": {"text": text}}]);
    for (fault, status, kind) in [
        ("fail_next", 500, "application/problem+json"),
        ("down", 503, "text/html"),
        ("unpaid", 402, "application/problem+json"),
        ("no_rights", 403, "application/problem+json"),
    ] {
        amocrm.change_faults(|faults| match fault {
            "fail_next" => faults.fail_next = 1,
            "down" => faults.down = true,
            "unpaid" => faults.unpaid = true,
            _ => faults.no_rights = true,
        });
        let refused = world.amo_post(&path, note("never")).await;
        assert_eq!((refused.status, refused.kind.as_str()), (status, kind), "{fault}");
        amocrm.change_faults(|faults| *faults = kamurj_sandbox::amocrm::AmocrmFaults::default());
    }
    amocrm.change_faults(|faults| faults.slow_batch_over = 1);
    let two = json!([{"id": lead, "price": 1}, {"id": lead, "price": 2}]);
    assert_eq!(world.amo_patch("leads", two).await.status, 504);
    assert_eq!(amocrm.lead(lead).unwrap().price, 12_500);

    amocrm.change_faults(|faults| (faults.drop_request_next, faults.drop_reply_next) = (1, 1));
    let url = format!("{}/api/v4/{path}", world.sandbox.amocrm_url);
    let bearer = format!("authorization: Bearer {LONG_LIVED}\r\n");
    for text in ["never", "done"] {
        assert_eq!(raw_post(&url, &bearer, &note(text)).await, b"");
    }
    let view = amocrm.view();
    assert_eq!(view.leads[0].notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["done"]);
    assert_eq!(view.calls.last().map(|call| (call.method, call.status)), Some(("notes", None)));
}
