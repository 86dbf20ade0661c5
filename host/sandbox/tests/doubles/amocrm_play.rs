//! amoCRM's board: what it shows, what people do by request, and that no secret is on it.

use serde_json::{Value, json};

use crate::amocrm::{LONG_LIVED, SALES, WAITING};
use crate::world::World;

async fn board(world: &World) -> Value {
    let url = format!("{}/play/amocrm/state", world.sandbox.page_url);
    world.client.get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn people_act_by_request_and_the_board_shows_it_without_a_secret() {
    let world = World::amo_start().await;
    let act = async |body: Value| world.play("/play/amocrm/act", body).await;
    let product = json!({"name": "Cake", "price": 12_500, "quantity": 2});
    let made = act(json!({"act": "add_lead", "name": "Տորթ", "price": 25_000, "contact": "Ani", "phone": "+374", "products": [product]})).await;
    let lead = made.body["id"].as_i64().unwrap();
    assert_eq!(act(json!({"act": "move_lead", "lead": lead, "pipeline": SALES, "status": WAITING})).await.status, 200);
    assert_eq!(act(json!({"act": "set_price", "lead": lead, "price": 24_000})).await.status, 200);
    assert!(act(json!({"act": "add_invoice", "lead": lead})).await.body["id"].is_i64());
    world.amo_post(&format!("leads/{lead}/notes"), json!([{"note_type": "common", "params": {"text": "Paid"}}])).await;
    let shown = board(&world).await;
    let one = &shown["leads"][0];
    assert_eq!((&one["name"], &one["status"], &one["price"]), (&json!("Տորթ"), &json!(WAITING), &json!(24_000)));
    assert_eq!((&one["notes"][0]["text"], &one["elements"][0]["quantity"]), (&json!("Paid"), &json!("2")));
    assert_eq!(one["elements"][1]["kind"], "invoices");
    assert_eq!(shown["address"], world.sandbox.amocrm_url);
    let text = shown.to_string();
    assert!(!text.contains(LONG_LIVED) && !text.contains("sandbox-amocrm-client-secret"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_done_is_told() {
    let world = World::amo_start().await;
    let lead = world.cake();
    for (body, why) in [
        (json!({"act": "add_lead", "name": " ", "price": 1}), "name: write one"),
        (json!({"act": "add_lead", "name": "x", "price": -1}), "price: write it in whole units, not below zero"),
        (json!({"act": "add_lead", "name": "x", "pipeline": 5}), "pipeline: there is no pipeline 5"),
        (json!({"act": "move_lead", "lead": 5, "pipeline": SALES, "status": WAITING}), "lead: there is no lead 5"),
        (
            json!({"act": "move_lead", "lead": lead, "pipeline": SALES, "status": 5}),
            "status: the pipeline has no status 5 that leads can be in",
        ),
        (json!({"act": "restore_lead", "lead": lead}), &format!("lead: {lead} is not in the trash")),
        (json!({"act": "finish_task", "task": 5}), "task: there is no open task 5"),
        (json!({"act": "remove_status", "pipeline": SALES, "status": 143}), "status: 143 has to stay"),
        (json!({"act": "remove_field", "field": 5}), "field: there is no custom field 5"),
        (
            json!({"act": "run_pipeline_hook", "lead": lead, "url": "ftp://x"}),
            "url: give an address with https, or one on this machine",
        ),
    ] {
        let answer = world.play("/play/amocrm/act", body.clone()).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some(why)), "{body}");
    }
    assert_eq!(world.play("/play/amocrm/act", json!({"act": "dance"})).await.status, 400);
}

#[tokio::test]
async fn faults_are_changed_one_by_one() {
    let world = World::amo_start().await;
    assert_eq!(world.play("/play/amocrm/faults", json!({"limit_next": 2, "unpaid": true})).await.status, 200);
    assert_eq!(world.play("/play/amocrm/faults", json!({"unpaid": false})).await.status, 200);
    let faults = &board(&world).await["faults"];
    assert_eq!(
        (&faults["limit_next"], &faults["unpaid"], &faults["retry_after_s"]),
        (&json!(2), &json!(false), &json!(60))
    );
    assert_eq!(world.play("/play/amocrm/faults", json!({"unpayed": true})).await.status, 400);
}

#[tokio::test]
async fn the_page_brings_no_script_or_style_of_its_own_within() {
    let world = World::start().await;
    for path in ["/amocrm", "/amocrm.js", "/amocrm.css"] {
        let answer = world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("innerHTML") && !text.contains(" style=\"") && !text.contains("<style"), "{path}");
    }
}
