//! A payment's link is sent to its conversation because somebody wants it: once for each asking, never in a flood, to no
//! stranger, and everybody sees who sent it when and what became of it.

use crate::document::{described, document, fits};
use kamurj_domain::{Clock as _, Mode, time};
use kamurj_server::install;
use kamurj_store::installations::{self, Installation};
use kamurj_tests::acts::{cancels, exceptions, patches};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{at_once, id, posts, reads, with};
use kamurj_tests::world::every_scope;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A conversation of the channel that sends links.
fn chat(conversation: &str) -> Value {
    json!({ "plugin": "probing", "conversation": conversation, "handle": "@Ani_P" })
}

/// Installs a channel that sends links on demand, keeps what it was told by event, and ends its runs like this; answers the
/// installation's address.
async fn has_a_sender(world: &mut World, ends: &str) -> String {
    let mut settings = world.script(&json!([{ "do": "told_by_event" }]));
    settings["ends"] = json!(ends);
    world.runs_probing_with(|said| said["events"] = json!(["payment.paid", "payment.send"]), &settings).await
}

/// What the channel was told of this event, in order.
async fn told(world: &World, sender: &str, event: &str) -> Vec<Value> {
    let kept = world.kept(sender, event).await.unwrap_or_default();
    kept.lines().map(|line| serde_json::from_str(line).expect("what was told")).collect()
}

/// A payment in a conversation of the channel.
async fn sale_in(world: &World, order_id: &str, conversation: &str) -> Value {
    let made = world.creates(&with(order(order_id, "500"), "channel", chat(conversation))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

async fn sends(world: &World, payment: &Value, body: &Value) -> Answer {
    posts(world, &format!("/v1/payments/{}/send", id(payment)), body).await
}

async fn sent(world: &World, payment: &Value) -> String {
    let answer = sends(world, payment, &json!({})).await;
    assert_eq!((answer.status, &answer.body["state"]), (202, &json!("waiting")), "{}", answer.body);
    id(&answer.body).to_owned()
}

/// The payment's sends as the API shows them: id, state and outcome, the newest first.
async fn shown(world: &World, payment: &Value) -> Vec<(String, String, Value)> {
    let body = reads(world, &format!("/v1/payments/{}", id(payment))).await.body;
    let sends = body["sends"].as_array().expect("a list").clone();
    let word = |send: &Value, name: &str| send[name].as_str().expect("a text").to_owned();
    sends.iter().map(|send| (word(send, "id"), word(send, "state"), send["outcome"].clone())).collect()
}

/// The journal's entries of this kind.
async fn entries(world: &World, payment: &Value, kind: &str) -> Vec<Value> {
    let body = reads(world, &format!("/v1/payments/{}/journal?limit=200", id(payment))).await.body;
    let entries = body["entries"].as_array().expect("entries").clone();
    entries.into_iter().filter(|entry| entry["kind"] == kind).collect()
}

/// Lets the bot be one that does not send links on demand.
async fn the_bot_wants_no_sends(world: &World) {
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    let bot = installations::by_id(&mut tx, &world.telegram).await.expect("a read").expect("it is installed");
    let events = bot.events.iter().filter(|event| *event != "payment.send").cloned().collect();
    installations::put(&mut tx, &Installation { events, ..bot }, app.now()).await.expect("a write");
    tx.commit().await.expect("a commit");
}

/// Lets the merchant's CRM ask for the event as well.
async fn the_crm_wants_sends(world: &World) {
    let app = world.app();
    let mut tx = app.db.write().await.expect("the database writes");
    let crm = installations::by_id(&mut tx, &world.bitrix24).await.expect("a read").expect("it is installed");
    let events = [crm.events.clone(), vec!["payment.send".to_owned()]].concat();
    installations::put(&mut tx, &Installation { events, ..crm }, app.now()).await.expect("a write");
    tx.commit().await.expect("a commit");
}

story!(a_link_is_sent_on_demand_and_the_payment_shows_who_sent_it_when_and_what_became_of_it, |world| {
    let sender = has_a_sender(world, "done").await;
    the_crm_wants_sends(world).await;
    let payment = sale_in(world, "A-1", "1").await;
    world.settles().await;
    assert!(shown(world, &payment).await.is_empty() && told(world, &sender, "payment.send").await.is_empty());
    world.clock.pass(minutes(5));
    let send = sent(world, &payment).await;
    let at = time::rfc3339(world.clock.now());
    assert_eq!(shown(world, &payment).await, [(send.clone(), "waiting".to_owned(), Value::Null)]);
    world.clock.pass(minutes(1));
    world.settles().await;

    let told = told(world, &sender, "payment.send").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["extra"], &told[0]["conversation"]), (&json!([["send", send]]), &json!("1")));
    assert_eq!(told[0]["checkout_url"], payment["checkout_url"]);
    let whole = reads(world, &format!("/v1/payments/{}", id(&payment))).await.body;
    let kept = &whole["sends"][0];
    assert_eq!((&kept["at"], &kept["state"], &kept["outcome"]), (&json!(at), &json!("delivered"), &json!("done")));
    assert!(kept["by"].as_str().is_some_and(|by| by.starts_with("api key_")), "{kept}");
    let delivery = reads(world, &format!("/v1/deliveries/{}", kept["delivery"].as_str().expect("an id"))).await.body;
    assert_eq!((&delivery["event"], &delivery["plugin"]), (&json!("payment.send"), &json!("probing")));
    let owed = reads(world, &format!("/v1/deliveries?payment={}", id(&payment))).await.body;
    let owed =
        owed["deliveries"].as_array().expect("a list").iter().filter(|one| one["event"] == "payment.send").count();
    assert_eq!(owed, 1, "only the channel is asked to send a link");

    let entries = entries(world, &payment, "payment.send").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["at"], &entries[0]["body"]["send"]),
        (&kept["by"], &json!(at), &json!(send))
    );
    let news = reads(world, "/v1/events?types=payment.send").await.body;
    assert_eq!(news["events"][0]["payment"]["id"], payment["id"], "{news}");
    assert_eq!((&whole["status"], &whole["captured"]["value"]), (&json!("created"), &json!("0")), "it is no money");
    world.journals_are_whole().await;
});

story!(b12_a_manager_sends_five_times_and_it_stays_one_order_with_five_lines_and_the_same_link, |world| {
    let sender = has_a_sender(world, "done").await;
    let payment = sale_in(world, "A-1", "1").await;
    let mut sends_of_it = Vec::new();
    for _ in 0..5 {
        sends_of_it.push(sent(world, &payment).await);
        world.passes(minutes(1)).await;
    }
    // The second channel: a sale goes on in one conversation, so the same link is passed on by hand.
    let second = json!({ "channel": { "plugin": "telegram", "conversation": CUSTOMER.to_string() } });
    let refused = sends(world, &payment, &second).await;
    refused.is_problem(422, "invalid");
    assert_eq!(refused.pointers(), ["/channel"], "{}", refused.body);
    let share = reads(world, &format!("/v1/payments/{}/share", id(&payment))).await.body.to_string();
    assert!(share.contains(&link(&payment)), "{share}");

    let told = told(world, &sender, "payment.send").await;
    let order_told: Vec<&Value> = told.iter().map(|told| &told["extra"][0][1]).collect();
    assert_eq!(order_told, sends_of_it.iter().map(|send| json!(send)).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    assert!(told.iter().all(|told| told["checkout_url"] == payment["checkout_url"]), "{told:?}");
    assert_eq!(world.payments().await.len(), 1, "one order");
    let entries = entries(world, &payment, "payment.send").await;
    let lines: Vec<&str> = entries.iter().filter_map(|entry| entry["body"]["send"].as_str()).collect();
    assert_eq!(lines, sends_of_it, "five lines");
    let shown = shown(world, &payment).await;
    assert!(shown.iter().all(|(_, state, _)| state == "delivered"), "{shown:?}");
    assert_eq!(shown.iter().rev().map(|(id, ..)| id).collect::<Vec<_>>(), sends_of_it.iter().collect::<Vec<_>>());
    world.pays(&link(&payment)).await;
    world.settles().await;
    assert_eq!(reads(world, &format!("/v1/payments/{}", id(&payment))).await.body["status"], "paid");
});

story!(nobody_is_flooded_with_links, |world| {
    has_a_sender(world, "done").await;
    let payment = sale_in(world, "A-1", "1").await;
    let other = sale_in(world, "A-2", "1").await;
    for _ in 0..10 {
        sent(world, &payment).await;
        world.passes(minutes(1)).await;
    }
    let before = world.books().await;
    let refused = sends(world, &payment, &json!({})).await;
    refused.is_problem(429, "too-many");
    assert_eq!(world.books().await, before, "nothing is changed");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("T09:00:00")), "{}", refused.body);
    sent(world, &other).await;
    // Fifty minutes later the first of the ten is an hour old.
    world.clock.pass(minutes(50));
    sent(world, &payment).await;
    world.settles().await;
    sends(world, &payment, &json!({})).await.is_problem(429, "too-many");
});

story!(asking_again_while_a_link_waits_to_be_sent_answers_that_one, |world| {
    let sender = has_a_sender(world, "done").await;
    let payment = sale_in(world, "A-1", "1").await;
    world.settles().await;
    let path = format!("/v1/payments/{}/send", id(&payment));
    let ask = |world: &World, number: usize| {
        let key = format!("press-{number}");
        world.asks(&world.api_key, Method::POST, &path).header("idempotency-key", key).json(&json!({}))
    };
    let answers = at_once((0..8).map(|number| ask(world, number)).collect()).await;
    let first = id(&answers[0].body).to_owned();
    for answer in &answers {
        assert_eq!((answer.status, id(&answer.body)), (202, first.as_str()), "{}", answer.body);
    }
    assert_eq!(entries(world, &payment, "payment.send").await.len(), 1);
    world.settles().await;
    assert_eq!(told(world, &sender, "payment.send").await.len(), 1);
    // The key remembers its answer when the link has long been sent.
    let again = Answer::to(ask(world, 3)).await;
    assert_eq!((again.status, &again.body["state"], id(&again.body)), (202, &json!("waiting"), first.as_str()));
    assert_ne!(sent(world, &payment).await, first, "now it is sent once more");
});

story!(a_payment_without_a_conversation_takes_a_known_one_for_its_own, |world| {
    let sender = has_a_sender(world, "done").await;
    let payment = world.orders("A-1", "500").await;
    sale_in(world, "A-0", "1").await;
    // A neighbour's conversation, and one of the other mode, are unknown here.
    let neighbour = world.flower_shop().await;
    let app = world.app();
    let (_, live) = install::api_key(&app, &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    for key in [&neighbour.api_key, &live] {
        let body = with(order("A-1", "500"), "channel", chat("2"));
        let made = Answer::to(world.asks(key, Method::POST, "/v1/payments").json(&body)).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    the_bot_wants_no_sends(world).await;
    let before = world.books().await;
    let cases = [
        (json!({}), "/channel"),
        (json!({ "channel": null }), "/channel"),
        (json!({ "channel": chat("2") }), "/channel/conversation"),
        (json!({ "channel": chat("") }), "/channel/conversation"),
        // A handle is no conversation.
        (json!({ "channel": chat("Ani_P") }), "/channel/conversation"),
        (json!({ "channel": { "plugin": "viber", "conversation": "1" } }), "/channel/plugin"),
        (json!({ "channel": { "plugin": "bitrix24", "conversation": "1" } }), "/channel/plugin"),
        // It is a channel, but does not send links on demand.
        (json!({ "channel": { "plugin": "telegram", "conversation": "1" } }), "/channel/plugin"),
        (json!({ "channel": { "plugin": "probing" } }), "/channel/conversation"),
        (json!({ "chanel": {} }), "/chanel"),
    ];
    for (body, pointer) in cases {
        let refused = sends(world, &payment, &body).await;
        refused.is_problem(422, "invalid");
        assert_eq!(refused.pointers(), [pointer], "{body}: {}", refused.body);
    }
    assert_eq!(world.books().await, before, "nothing is changed");

    let answer = sends(world, &payment, &json!({ "channel": chat("1") })).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.settles().await;
    assert_eq!(told(world, &sender, "payment.send").await[0]["conversation"], "1");
    let whole = reads(world, &format!("/v1/payments/{}", id(&payment))).await.body;
    assert_eq!((&whole["channel"]["conversation"], &whole["channel"]["handle"]), (&json!("1"), &json!("@Ani_P")));
    let entry = entries(world, &payment, "payment.send").await[0]["body"].clone();
    assert_eq!((&entry["plugin"], &entry["becomes_its_own"]), (&json!("probing"), &json!(true)));
    assert!(entry["conversation"].is_null(), "what the journal has stays for ever: {entry}");
    let found = reads(world, "/v1/payments?customer=ani_p").await.body;
    assert_eq!(found["payments"].as_array().map(Vec::len), Some(2), "it is found by its customer now");
    // What happens to it later is told there as well, and it stays there.
    sends(world, &payment, &json!({ "channel": chat("2") })).await.is_problem(422, "invalid");
    world.pays(&link(&payment)).await;
    world.settles().await;
    assert_eq!(told(world, &sender, "payment.paid").await[0]["conversation"], "1");
    world.journals_are_whole().await;
});

story!(only_what_can_be_paid_is_sent, |world| {
    has_a_sender(world, "done").await;
    let [paid, cancelled, expired] = ["A-1", "A-2", "A-3"];
    let paid = sale_in(world, paid, "1").await;
    world.pays(&link(&paid)).await;
    let cancelled = sale_in(world, cancelled, "1").await;
    cancels(world, id(&cancelled)).await;
    let expired = sale_in(world, expired, "1").await;
    world.passes(hours(73)).await;
    for (payment, way) in [(&paid, "paid already"), (&cancelled, "new payment"), (&expired, "expires_in")] {
        let before = world.books().await;
        let refused = sends(world, payment, &json!({})).await;
        refused.is_problem(409, "not-now");
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains(way)), "{}", refused.body);
        assert_eq!(world.books().await, before);
    }
    let opened = patches(world, id(&expired), &json!({ "expires_in": 3600 })).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    sent(world, &expired).await;
});

story!(a_link_that_waits_is_not_sent_once_nobody_can_pay_it, |world| {
    let sender = has_a_sender(world, "done").await;
    let payment = sale_in(world, "A-1", "1").await;
    world.settles().await;
    let send = sent(world, &payment).await;
    cancels(world, id(&payment)).await;
    world.settles().await;
    assert!(told(world, &sender, "payment.send").await.is_empty());
    assert_eq!(shown(world, &payment).await, [(send, "dropped".to_owned(), json!("not-payable"))]);

    let payment = sale_in(world, "A-2", "1").await;
    let send = sent(world, &payment).await;
    world.changes(&sender, &json!({ "active": false })).await;
    world.settles().await;
    assert_eq!(shown(world, &payment).await, [(send, "dropped".to_owned(), json!("switched-off"))]);
    let refused = sends(world, &payment, &json!({})).await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("`probing`")), "{}", refused.body);
    assert!(exceptions(world, "state=open").await.is_empty());
});

story!(what_a_service_says_of_a_link_is_shown_in_its_own_word, |world| {
    let sender = has_a_sender(world, "window-closed").await;
    for (number, ends) in ["window-closed", "unreachable", "in-doubt"].into_iter().enumerate() {
        let mut settings = world.script(&json!([]));
        settings["ends"] = json!(ends);
        world.changes(&sender, &json!({ "settings": settings })).await;
        world.activates(&sender, &json!({ "skip_check": true })).await;
        let payment = sale_in(world, &format!("A-{number}"), "1").await;
        let send = sent(world, &payment).await;
        world.settles().await;
        assert_eq!(shown(world, &payment).await, [(send, "failed".to_owned(), json!(ends))]);
        let whole = reads(world, &format!("/v1/payments/{}", id(&payment))).await.body;
        assert!(whole["sends"][0]["detail"].as_str().is_some_and(|detail| detail.contains(ends)), "{whole}");
        let open = exceptions(world, &format!("payment={}", id(&payment))).await;
        assert_eq!(open.iter().map(|one| &one["kind"]).collect::<Vec<_>>(), [&json!("delivery_failed")]);
    }
});

story!(a_sends_answers_are_as_the_document_says, |world| {
    has_a_sender(world, "done").await;
    let document = document(world).await;
    let payment = sale_in(world, "A-1", "1").await;
    let path = "/v1/payments/{id}/send";
    for round in 0..11 {
        let answer = sends(world, &payment, &json!({})).await;
        assert_eq!(answer.status, if round < 10 { 202 } else { 429 }, "{}", answer.body);
        fits(&document, described(&document, "post", path, &answer), &answer.body, path);
        world.settles().await;
    }
    let place = "/v1/payments/{id}";
    let whole = reads(world, &format!("/v1/payments/{}", id(&payment))).await;
    fits(&document, described(&document, "get", place, &whole), &whole.body, place);
    let schema = document.pointer("/components/schemas/SendBody").expect("a schema");
    let sends = whole.body["sends"].as_array().expect("a list");
    assert_eq!(sends.len(), 10);
    for send in sends {
        fits(&document, schema, send, "sends");
    }
});

story!(h1_nobody_sends_another_merchants_link, |world| {
    has_a_sender(world, "done").await;
    let payment = sale_in(world, "A-1", "1").await;
    let neighbour = world.flower_shop().await;
    let before = world.books().await;
    let ask = |place: &str| world.asks(&neighbour.api_key, Method::POST, &format!("/v1/payments/{place}/send"));
    let theirs = Answer::to(ask(id(&payment)).json(&json!({ "channel": chat("1") }))).await;
    let nobodys = Answer::to(ask("pay_00000000000000000000000000").json(&json!({ "channel": chat("1") }))).await;
    theirs.is_problem(404, "not-found");
    assert_eq!(theirs.body, nobodys.body);
    assert_eq!(world.books().await, before);
});
