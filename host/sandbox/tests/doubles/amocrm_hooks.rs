//! amoCRM's webhooks: forms without a signature, tried again by a plan, and given up.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::amocrm::{PAID, SALES, WAITING};
use crate::receiver::{Received, Receiver};
use crate::world::World;

const MINUTE_MS: i64 = 60_000;

/// The form that came, by its decoded names.
fn form(received: &Received) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(received.body.as_bytes()).into_owned().collect()
}

async fn listening(settings: Value) -> (World, Receiver) {
    let (world, receiver) = (World::amo_start().await, Receiver::start().await);
    let made = world.amo_post("webhooks", json!({"destination": receiver.url, "settings": settings})).await;
    assert_eq!((made.status, &made.body["destination"]), (201, &json!(receiver.url)));
    (world, receiver)
}

#[tokio::test]
async fn a_move_is_told_as_a_form_with_bracketed_names_and_no_signature() {
    let (world, receiver) = listening(json!(["status_lead"])).await;
    let lead = world.cake();
    world.sandbox.amocrm.move_lead(lead, SALES, 142).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let received = &receiver.received()[0];
    assert_eq!(received.header("content-type"), "application/x-www-form-urlencoded");
    assert!(received.headers.keys().all(|name| !name.as_str().contains("signature")));
    let form = form(received);
    for (name, value) in [
        ("leads[status][0][id]", lead.to_string()),
        ("leads[status][0][status_id]", "142".to_owned()),
        ("leads[status][0][pipeline_id]", SALES.to_string()),
        ("leads[status][0][old_status_id]", (SALES * 10 + 1).to_string()),
        ("leads[status][0][old_pipeline_id]", SALES.to_string()),
        ("leads[status][0][price]", "12500".to_owned()),
        ("leads[status][0][last_modified]", "1795255510".to_owned()),
        ("account[id]", "7001".to_owned()),
        ("account[subdomain]", "shopam".to_owned()),
        ("account[_links][self]", "https://shopam.amocrm.ru".to_owned()),
    ] {
        assert_eq!(form.get(name), Some(&value), "{name}");
    }
}

#[tokio::test]
async fn each_thing_that_happens_is_told_to_whoever_listens_to_it() {
    let all = [
        "add_lead",
        "update_lead",
        "delete_lead",
        "restore_lead",
        "status_lead",
        "responsible_lead",
        "note_lead",
        "add_task",
        "update_task",
    ];
    let (world, receiver) = listening(json!(all)).await;
    let amocrm = &world.sandbox.amocrm;
    let lead = world.cake();
    let path = format!("leads/{lead}");
    world.amo_patch(&path, json!({"status_id": WAITING, "custom_fields_values": [{"field_code": "DELIVERY", "values": [{"value": "Courier"}]}]})).await;
    world.amo_patch(&path, json!({"responsible_user_id": 8_800_002})).await;
    world.amo_post(&format!("{path}/notes"), json!([{"note_type": "common", "params": {"text": "Բարև & +"}}])).await;
    world
        .amo_post("tasks", json!([{"text": "Look", "complete_till": 1, "entity_id": lead, "entity_type": "leads"}]))
        .await;
    amocrm.finish_task(amocrm.lead(lead).unwrap().tasks[0].id, "").unwrap();
    amocrm.delete_lead(lead).unwrap();
    amocrm.restore_lead(lead).unwrap();
    world.amo_patch(&path, json!({"price": 12_500})).await;
    world.sandbox.deliver_due().await;
    let heads: Vec<String> = receiver
        .received()
        .iter()
        .map(|one| {
            form(one).keys().find(|name| !name.starts_with("account")).unwrap().split(']').next().unwrap().to_owned()
        })
        .collect();
    let expected = [
        "leads[add",
        "leads[status",
        "leads[update",
        "leads[responsible",
        "leads[update",
        "leads[note",
        "task[add",
        "task[update",
        "leads[delete",
        "leads[restore",
    ];
    assert_eq!(heads, expected, "what changes nothing is told to nobody");
    let update = form(&receiver.received()[2]);
    assert_eq!(update["leads[update][0][custom_fields][0][values][0][value]"], "Courier");
    assert_eq!(form(&receiver.received()[5])["leads[note][0][note][text]"], "Բարև & +");
}

#[tokio::test]
async fn a_failed_webhook_is_tried_again_after_5_15_15_and_60_minutes() {
    let (world, receiver) = listening(json!(["update_lead"])).await;
    let lead = world.cake();
    receiver.will_answer(&[500, 404, 302, 500, 500]);
    world.sandbox.amocrm.set_price(lead, 1).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    for (count, minutes) in [(2, 5), (3, 15), (4, 15), (5, 60)] {
        world.pass_ms(minutes * MINUTE_MS - 1);
        assert_eq!(world.sandbox.deliver_due().await, 0, "not before {minutes} minutes");
        world.pass_ms(1);
        world.sandbox.deliver_due().await;
        assert_eq!(receiver.count(), count, "after {minutes} minutes");
    }
    world.pass_ms(24 * 60 * MINUTE_MS);
    assert_eq!(world.sandbox.deliver_due().await, 0, "it was given up");
    assert_eq!(world.sandbox.amocrm.view().waiting, 0);
}

#[tokio::test]
async fn more_than_a_hundred_failures_in_two_hours_switch_an_address_off() {
    let (world, receiver) = listening(json!(["update_lead"])).await;
    let lead = world.cake();
    receiver.will_answer(&[500; 101]);
    for price in 1..=101 {
        world.sandbox.amocrm.set_price(lead, price).unwrap();
    }
    world.sandbox.deliver_due().await;
    let hook = &world.sandbox.amocrm.view().hooks[0];
    assert_eq!((hook.disabled, hook.failures), (true, 101));
    world.pass_ms(5 * MINUTE_MS);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    let again = json!({"destination": receiver.url, "settings": ["update_lead"]});
    assert_eq!(world.amo_post("webhooks", again).await.body["disabled"], false);
    assert_eq!(world.sandbox.amocrm.view().hooks.len(), 1, "it is set anew, not twice");
    world.sandbox.amocrm.set_price(lead, 5).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
}

#[tokio::test]
async fn webhooks_are_bundled_doubled_turned_around_held_and_lost() {
    let (world, receiver) = listening(json!(["update_lead"])).await;
    let amocrm = &world.sandbox.amocrm;
    let lead = world.cake();
    let change = |price: i64| {
        world.pass_ms(1_000);
        amocrm.set_price(lead, price).unwrap();
    };
    amocrm.change_faults(|faults| faults.bundle_hooks = true);
    change(1);
    change(2);
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let together = form(&receiver.received()[0]);
    assert_eq!(
        (together["leads[update][0][price]"].as_str(), together["leads[update][1][price]"].as_str()),
        ("1", "2")
    );

    amocrm.change_faults(|faults| (faults.bundle_hooks, faults.newest_first) = (false, true));
    change(3);
    change(4);
    world.sandbox.deliver_due().await;
    let modified =
        |place: usize| form(&receiver.received()[place])["leads[update][0][last_modified]"].parse::<i64>().unwrap();
    assert!(modified(1) > modified(2), "the older one comes after the newer");

    amocrm
        .change_faults(|faults| (faults.newest_first, faults.duplicate_hooks, faults.hold_hooks) = (false, true, true));
    change(5);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    amocrm.change_faults(|faults| faults.hold_hooks = false);
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(receiver.received()[3].body, receiver.received()[4].body);

    amocrm.change_faults(|faults| faults.lose_hooks = true);
    change(6);
    amocrm.change_faults(|faults| faults.lose_hooks = false);
    assert_eq!(world.sandbox.deliver_due().await, 0);
}

#[tokio::test]
async fn a_stage_sends_its_own_webhook_and_hooks_can_be_removed() {
    let (world, receiver) = listening(json!(["add_lead"])).await;
    let amocrm = &world.sandbox.amocrm;
    let list = world.amo_get("webhooks").await.body;
    assert_eq!(
        (&list["_total_items"], &list["_embedded"]["webhooks"][0]["settings"]),
        (&json!(1), &json!(["add_lead"]))
    );
    let removed = world.amo(reqwest::Method::DELETE, "webhooks", Some(json!({"destination": receiver.url}))).await;
    assert_eq!(removed.status, 204);
    assert_eq!(world.amo_get("webhooks").await.status, 204);

    let lead = world.cake();
    amocrm.move_lead(lead, SALES, PAID).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 0, "nobody listens any more");
    amocrm.run_pipeline_hook(lead, &receiver.url).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let told = form(&receiver.received()[0]);
    assert_eq!(
        (told["leads[status][0][status_id]"].clone(), told["leads[status][0][old_status_id]"].clone()),
        (PAID.to_string(), (SALES * 10 + 1).to_string())
    );
    assert!(amocrm.run_pipeline_hook(lead, "http://elsewhere.example/hook").is_err());
}

/// A receiver that takes the connection and says nothing. The two seconds are the machine's: that is what a deadline is.
#[tokio::test]
async fn an_answer_that_does_not_come_within_two_seconds_is_a_failure() {
    let world = World::amo_start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    world.amo_post("webhooks", json!({"destination": url, "settings": ["add_lead"]})).await;
    world.cake();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let hook = &world.sandbox.amocrm.view().hooks[0];
    assert_eq!((hook.failures, hook.last_error.as_deref()), (1, Some("Read timeout expired")));
    drop(silent);
}
