//! What the portal sends: events of people's changes and of calls, and what its robots post.

use serde_json::{Value, json};

use crate::receiver::{Received, Receiver};
use crate::world::World;

const TOKEN: &str = "application-token-canary";
const ALL: [&str; 4] = ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDYNAMICITEMUPDATE_31"];

/// A form's pairs in their order.
fn pairs(received: &Received) -> Vec<(String, String)> {
    assert_eq!(received.header("content-type"), "application/x-www-form-urlencoded");
    url::form_urlencoded::parse(received.body.as_bytes()).into_owned().collect()
}

fn said(received: &Received, name: &str) -> String {
    pairs(received).into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

fn names(receiver: &Receiver) -> Vec<(String, String)> {
    receiver.received().iter().map(|one| (said(one, "event"), said(one, "data[FIELDS][ID]"))).collect()
}

#[tokio::test]
async fn people_and_calls_alike_cause_events_and_an_equal_value_causes_none() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let portal = &world.sandbox.bitrix24;
    portal.set_outgoing_webhook(&receiver.url, TOKEN, &ALL).unwrap();
    let deal = portal.add_deal("Cake");
    let move_to = |stage: &str| json!({"entityTypeId": 2, "id": deal, "fields": {"stageId": stage}});
    world.crm_result("crm.item.update", move_to("EXECUTING")).await;
    world.crm_result("crm.item.update", move_to("EXECUTING")).await;
    let invoice = portal.add_invoice(deal).unwrap();
    portal.move_invoice(invoice, "DT31_2:P");
    portal.delete_deal(deal);
    assert_eq!(portal.deliver_due().await, 4);
    let told = |event: &str, id: i64| (event.to_owned(), id.to_string());
    let expected = [
        told("ONCRMDEALADD", deal),
        told("ONCRMDEALUPDATE", deal),
        told("ONCRMDYNAMICITEMUPDATE_31", invoice),
        told("ONCRMDEALDELETE", deal),
    ];
    assert_eq!(names(&receiver), expected);

    let host = world.sandbox.bitrix24_url.trim_start_matches("http://").to_owned();
    let endpoint = format!("{}/rest/", world.sandbox.bitrix24_url);
    let whole: Vec<(&str, String)> = vec![
        ("event", "ONCRMDYNAMICITEMUPDATE_31".into()),
        ("event_handler_id", "1".into()),
        ("data[FIELDS][ID]", invoice.to_string()),
        ("data[FIELDS][ENTITY_TYPE_ID]", "31".into()),
        ("ts", "1795255509".into()),
        ("auth[domain]", host),
        ("auth[client_endpoint]", endpoint.clone()),
        ("auth[server_endpoint]", endpoint),
        ("auth[member_id]", "00112233445566778899aabbccddeeff".into()),
        ("auth[application_token]", TOKEN.into()),
    ];
    let whole: Vec<(String, String)> = whole.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(pairs(&receiver.received()[2]), whole);
}

#[tokio::test]
async fn an_event_that_failed_is_never_sent_again() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let portal = &world.sandbox.bitrix24;
    portal.set_outgoing_webhook(&receiver.url, TOKEN, &ALL).unwrap();
    receiver.will_answer(&[500]);
    portal.add_deal("Cake");
    assert_eq!(portal.deliver_due().await, 1);
    world.pass_ms(86_400_000);
    assert_eq!((portal.deliver_due().await, receiver.count()), (0, 1));
    assert_eq!(portal.view().events.posted[0].status, Some(500));

    portal.change_faults(|faults| faults.lose_events = true);
    portal.add_deal("lost");
    portal.change_faults(|faults| (faults.lose_events, faults.duplicate_events) = (false, true));
    let third = portal.add_deal("twice");
    assert_eq!(portal.deliver_due().await, 2);
    let ids: Vec<String> = names(&receiver).into_iter().map(|(_, id)| id).collect();
    assert_eq!((ids, portal.view().events.lost), (vec!["1".to_owned(), third.to_string(), third.to_string()], 1));
    let received = receiver.received();
    assert_eq!(received[1].body, received[2].body, "nothing tells the two apart");
}

#[tokio::test]
async fn a_robot_posts_the_documents_name() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let portal = &world.sandbox.bitrix24;
    let deal = portal.add_deal("Cake");
    let invoice = portal.add_invoice(deal).unwrap();
    portal.run_robot(2, deal, &receiver.url).unwrap();
    portal.run_robot(31, invoice, &receiver.url).unwrap();
    for (kind, id, url) in
        [(2, 77, receiver.url.as_str()), (3, 1, receiver.url.as_str()), (2, deal, "http://example.am/x")]
    {
        assert!(portal.run_robot(kind, id, url).is_err(), "{kind} {id} {url}");
    }
    assert_eq!(world.sandbox.deliver_due().await, 2);
    let received = receiver.received();
    let document = |one: &Received| [0, 1, 2].map(|place| said(one, &format!("document_id[{place}]")));
    assert_eq!(document(&received[0]), ["crm", "CCrmDocumentDeal", "DEAL_1"]);
    let class = "Bitrix\\Crm\\Integration\\BizProc\\Document\\SmartInvoice";
    assert_eq!(document(&received[1]), ["crm", class, "SMART_INVOICE_1"]);
    assert_eq!(said(&received[0], "auth[member_id]"), "00112233445566778899aabbccddeeff");
    assert_eq!(said(&received[0], "auth[application_token]"), "", "robots have none");
    let posted: Value = json!(portal.view().events.posted);
    assert_eq!(posted[0], json!({"what": "robot", "about": "DEAL_1", "status": 200}));
}
