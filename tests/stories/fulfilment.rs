//! What a link gives for the money: the channel hears it once, with "paid", and no journal, log or list tells it.

use kamurj_tests::integrator::{link, order};
use kamurj_tests::links::{id, lesson, makes, posts, presses, reads, with};
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use serde_json::{Value, json};

const GIVEN: &str = "CANARY invitation to room 7";

/// A channel that does this with each delivery; answers the installation's address.
async fn has_a_channel(world: &mut World, script: &Value) -> String {
    let settings = world.script(script);
    let events = json!(["payment.paid", "payment.send"]);
    world.runs_probing_with(|said| said["events"] = events, &settings).await
}

/// A payment of a link that gives something, in a chat, paid.
async fn is_bought(world: &mut World) -> Value {
    let chat = json!({ "plugin": "probing", "conversation": "1" });
    let known = world.creates(&with(order("A-0", "500"), "channel", chat.clone())).await;
    assert_eq!(known.status, 201, "{}", known.body);
    let given = makes(world, &with(lesson(), "fulfilment", json!({ "hy": GIVEN }))).await;
    let payment = presses(world, &given, "buyer-1", &json!({})).await.body;
    let sent = posts(world, &format!("/v1/payments/{}/send", id(&payment)), &json!({ "channel": chat })).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settles().await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    payment
}

story!(a_channel_hears_what_a_link_gives_once_and_not_before_it_is_paid, |world| {
    let channel = has_a_channel(world, &json!([{ "do": "told_by_event" }])).await;
    is_bought(world).await;
    let told = async |event: &str| {
        let kept = world.kept(&channel, event).await.unwrap_or_default();
        kept.lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("what was told")["fulfilment"].clone())
            .collect()
    };
    let (sent, paid): (Vec<Value>, Vec<Value>) = (told("payment.send").await, told("payment.paid").await);
    assert_eq!((sent, paid), (vec![Value::Null], vec![json!(GIVEN)]));
});

story!(what_a_link_gives_is_in_no_journal_no_log_and_no_list, |world| {
    let log = json!([{ "do": "log", "message": "a delivery" }]);
    let channel = has_a_channel(world, &log).await;
    let payment = is_bought(world).await;
    let owed = world.owed(id(&payment)).await;
    let paid: Vec<_> = owed.iter().filter(|delivery| delivery.event == "payment.paid").collect();
    assert_eq!((paid.len(), paid[0].state.as_str()), (1, "done"));
    let places = [
        format!("/v1/payments/{}/journal?limit=200", id(&payment)),
        format!("{channel}/logs"),
        format!("{channel}/runs"),
        format!("/v1/deliveries/{}", paid[0].id),
        "/v1/deliveries".to_owned(),
        "/v1/events".to_owned(),
        "/v1/payments".to_owned(),
    ];
    for place in places {
        let answer = reads(world, &place).await;
        assert_eq!(answer.status, 200, "{place}: {}", answer.body);
        assert!(!answer.body.to_string().contains(GIVEN), "{place}");
    }
    for (name, bytes) in world.bytes_at_rest() {
        let found = holds(&bytes, GIVEN);
        assert!(!found, "what is given lies readable in {name}");
    }
});
