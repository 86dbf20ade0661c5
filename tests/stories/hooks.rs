//! The plugins' doors: who may knock, what is kept, and that a message which breaks its plugin harms nobody else.

use kamurj_sandbox::telegram::Side;
use kamurj_tests::clock::minutes;
use kamurj_tests::customer::{CUSTOMER, MANAGER};
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::plugins::hostile;
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

fn door(world: &World) -> String {
    format!("{}/hooks/{}/update", world.url, world.telegram)
}

/// Posts a body to the bot's door with the right secret.
async fn update(world: &World, body: impl Into<Vec<u8>>) -> Answer {
    let request = world.http.post(door(world)).header(SECRET_HEADER, canary("hook secret"));
    Answer::to(request.body(body.into())).await
}

/// An update in which the manager asks for a link.
fn asks_for_a_link(id: i64) -> Value {
    json!({ "update_id": id, "message": {
        "message_id": 900, "date": 1_795_248_000, "text": "/pay 7300 Ծաղկեփունջ",
        "chat": { "id": MANAGER, "type": "private", "first_name": "Մենեջեր" },
        "from": { "id": MANAGER, "is_bot": false, "first_name": "Մենեջեր", "language_code": "hy" },
    } })
}

async fn quarantined(world: &World, owner: &str) -> usize {
    world.inbox(owner).await.iter().filter(|message| message.state == "quarantined").count()
}

story!(a8_an_update_without_the_right_secret_header_is_refused_and_not_kept, |world| {
    world.manager_says("/start").await;
    let known = world.inbox(&world.telegram).await.len();
    let body = asks_for_a_link(7_001).to_string();
    let secret = canary("hook secret");
    let missing = world.http.post(door(world)).body(body.clone());
    Answer::to(missing).await.is_problem(401, "unproven");
    for wrong in
        ["", "wrong", &secret[1..], &secret[..secret.len() - 1], &secret.to_lowercase(), &format!("{secret} x")]
    {
        let request = world.http.post(door(world)).header(SECRET_HEADER, wrong).body(body.clone());
        Answer::to(request).await.is_problem(401, "unproven");
    }
    let in_the_query = world.http.post(format!("{}?{SECRET_HEADER}={secret}", door(world))).body(body.clone());
    Answer::to(in_the_query).await.is_problem(401, "unproven");
    world.settles().await;
    assert!(world.payments().await.is_empty());
    assert_eq!(world.inbox(&world.telegram).await.len(), known);

    assert_eq!(update(world, body).await.status, 200);
    world.settles().await;
    assert_eq!(world.payments().await.len(), 1, "with the right one it is taken");
});

story!(e3_what_is_no_update_is_acknowledged_and_put_aside, |world| {
    let bodies: [&[u8]; 6] = [b"", b"{\"update_id\":", b"not JSON", b"\xff\xfe\x00", b"<xml/>", b"{\"a\":1}}"];
    for body in bodies {
        assert_eq!(update(world, body).await.status, 200, "sending it again would not mend it");
    }
    world.settles().await;
    assert_eq!(quarantined(world, &world.telegram).await, bodies.len());
    // JSON that is no update reaches the plugin, which has no use for it: a person is told.
    let shapes = ["null", "[]", "{}", "7", "{\"update_id\":\"7\"}", "{\"update_id\":[{}]}"];
    for shape in shapes {
        assert_eq!(update(world, shape).await.status, 200);
    }
    world.settles().await;
    assert_eq!(quarantined(world, &world.telegram).await, bodies.len() + shapes.len());
    assert!(world.exceptions().await.iter().all(|exception| exception.kind == "inbound_failed"));
    assert!(world.payments().await.is_empty());
    world.customer_picks_the_cake().await;
    assert_eq!(world.payments().await.len(), 1, "the conversation goes on");
});

story!(updates_of_kinds_that_the_bot_does_not_know_are_done_and_do_nothing, |world| {
    let kinds = [
        json!({ "update_id": 8_001, "poll": { "id": "1" } }),
        json!({ "update_id": 8_002, "message_reaction": { "chat": { "id": CUSTOMER }, "new_reaction": [] } }),
        json!({ "update_id": 8_003, "something_of_next_year": { "deep": [1, { "deeper": null }] } }),
        json!({ "update_id": 8_004 }),
        json!({ "update_id": 8_005, "message": { "chat": { "id": CUSTOMER, "type": "private" }, "sticker": {} } }),
    ];
    for kind in &kinds {
        assert_eq!(update(world, kind.to_string()).await.status, 200);
    }
    world.settles().await;
    let messages = world.inbox(&world.telegram).await;
    assert_eq!(messages.iter().filter(|message| message.state == "done").count(), kinds.len(), "{messages:?}");
    assert!(world.payments().await.is_empty() && world.exceptions().await.is_empty());
    assert!(world.sandbox.telegram.view().chats.is_empty(), "nobody was written to");
});

story!(f8_the_same_update_five_times_is_one_payment_and_one_link, |world| {
    world.manager_says("/start").await;
    // Messages of one moment stand in the order of their ids, which is any.
    world.clock.pass(1_000);
    let body = asks_for_a_link(7_001).to_string();
    for _ in 0..5 {
        assert_eq!(update(world, body.clone()).await.status, 200);
        world.settles().await;
    }
    assert_eq!(world.payments().await.len(), 1);
    let view = world.sandbox.telegram.view();
    let messages = view.chats.iter().flat_map(|chat| &chat.messages).filter(|message| message.from == Side::Bot);
    let links = messages.flat_map(|message| message.buttons.iter().flatten()).filter(|button| button.url.is_some());
    assert_eq!(links.count(), 1);
    let mut seen: Vec<i64> = world.inbox(&world.telegram).await.iter().map(|message| message.seen).collect();
    // Both came at the same moment, so their order is that of their ids.
    seen.sort_unstable();
    assert_eq!(seen, [1, 5], "the start, and one update that is counted");
});

story!(f8_the_same_update_many_times_at_once_is_one_payment, |world| {
    world.manager_says("/start").await;
    // Messages of one moment stand in the order of their ids, which is any.
    world.clock.pass(1_000);
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let request = world.http.post(door(world)).header(SECRET_HEADER, canary("hook secret"));
        posts.spawn(Answer::to(request.body(asks_for_a_link(7_001).to_string())));
    }
    assert!(posts.join_all().await.iter().all(|answer| answer.status == 200));
    world.settles().await;
    assert_eq!(world.payments().await.len(), 1);
    assert!(world.inbox(&world.telegram).await.iter().any(|message| message.seen == 32));
});

story!(the_plugins_doors_are_where_they_are_and_take_posts_of_a_bearable_size, |world| {
    let secret = canary("hook secret");
    let mut large = asks_for_a_link(7_001).to_string();
    large.extend(std::iter::repeat_n(' ', 64 * 1024 + 1 - large.len()));
    update(world, large.clone()).await.is_problem(413, "too-large");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = world.http.request(method, door(world)).header(SECRET_HEADER, &secret);
        Answer::to(request).await.is_problem(405, "method-not-allowed");
    }
    let neighbours_place = format!("{}/update", world.bitrix24);
    for place in ["ins_unknown/update", &format!("{}/other", world.telegram), &neighbours_place, "%FF/update"] {
        let request = world.http.post(format!("{}/hooks/{place}", world.url)).header(SECRET_HEADER, &secret);
        Answer::to(request.body("{}")).await.is_problem(404, "not-found");
    }
    assert!(world.inbox(&world.telegram).await.is_empty());
    large.pop();
    assert_eq!(update(world, large).await.status, 200, "64 KiB are taken");
});

/// A hostile plugin is sent a message and, with it, the bot goes on selling.
async fn a_poisoned_message_harms_nobody(world: &mut World, guest: &str) {
    let installed = world.installs(hostile(guest), json!({ "secrets": { "token": "poison-token" } })).await;
    let knock = |body: &'static str| {
        world
            .http
            .post(format!("{}/hooks/{}/update", world.url, installed.id))
            .header("x-token", "poison-token")
            .body(body)
    };
    for poison in ["first", "second"] {
        assert_eq!(Answer::to(knock(poison)).await.status, 200);
    }
    let customer_link = world.customer_picks_the_cake().await;
    assert_eq!(quarantined(world, &installed.id).await, 0, "it is tried more than once");
    let receipt = world.pays(&customer_link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.settles().await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.paid_messages, ending.undone), ("paid", 1, 0));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);

    world.passes(minutes(10)).await;
    assert_eq!(quarantined(world, &installed.id).await, 2);
    let opened = world.exceptions().await;
    assert_eq!(opened.len(), 2, "{opened:?}");
    assert!(opened.iter().all(|exception| exception.kind == "inbound_failed" && exception.detail.contains("7 runs")));
}

story!(e3_a_message_that_loops_its_plugin_is_put_aside_and_harms_nobody, |world| {
    a_poisoned_message_harms_nobody(world, "looping").await;
});

story!(e3_a_message_on_which_its_plugin_grabs_memory_is_put_aside_and_harms_nobody, |world| {
    a_poisoned_message_harms_nobody(world, "grabbing").await;
});

story!(e3_a_delivery_that_loops_its_plugin_delays_no_other, |world| {
    world.installs(hostile("looping"), json!({})).await;
    let mut body = order("A-1", "12500");
    body["channel"] = json!({ "plugin": "looping", "conversation": "1" });
    let made = world.creates(&body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let receipt = world.pays(&link(&made.body)).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.passes(minutes(1)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.undone), ("paid", 1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)], "the CRM was told");
    let customer_link = world.customer_picks_the_cake().await;
    world.pays(&customer_link).await;
    world.settles().await;
    assert_eq!(world.ending().await.paid_messages, 1, "and the chat of another sale too");
});
