//! Scripts, played with the bank's orders under a hand-moved clock: each that ships, and what scripts promise of time.

use kamurj_sandbox::gateways::{Act, Faults, Gateway, Reply, Says};
use kamurj_sandbox::scripts::{Orders, READY, Script, ScriptView};
use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{START_MS, WEBHOOK_SECRET, World, order_of};

const HOUR_MS: i64 = 3_600_000;

async fn merchant() -> (World, Receiver) {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.sandbox.bank.set_endpoint(&receiver.url, WEBHOOK_SECRET).unwrap();
    (world, receiver)
}

fn give(world: &World, text: &str, orders: Orders) -> u64 {
    world.sandbox.scripts.give("vpos", Script::read(text).unwrap(), orders).unwrap()
}

fn give_ready(world: &World, name: &str) {
    let ready = READY.iter().find(|ready| ready.name == name).unwrap();
    give(world, ready.text, Orders::Next);
}

async fn settle(world: &World) {
    while world.sandbox.deliver_due().await > 0 {}
}

async fn pass(world: &World, ms: i64) {
    world.pass_ms(ms);
    settle(world).await;
}

fn kinds(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect()
}

fn view(world: &World) -> ScriptView {
    world.sandbox.scripts.view().pop().unwrap()
}

fn troubles(world: &World) -> Vec<String> {
    let troubles = view(world).log.into_iter().filter_map(|line| line.trouble);
    troubles.map(|why| why.split_once(" is ").map_or(why.clone(), |(_, rest)| rest.to_owned())).collect()
}

/// Asks for a session whose answer may be lost; answers its status, if any came.
async fn asks(world: &World, order: &str) -> Option<u16> {
    let request = world.client.request(Method::POST, format!("{}/v1/payment-sessions", world.sandbox.bank_url));
    let request = request.header("authorization", format!("Bearer {}", crate::world::BANK_TOKEN));
    let answer = request.header("idempotency-key", order).json(&order_of(order)).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_reply_is_lost_once_and_the_order_is_paid_all_the_same() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "lost-reply");
    assert_eq!(world.sandbox.bank.faults().start, Reply::DropReply, "it is in force before the order is there");
    assert_eq!(view(&world).state, "waiting");
    assert_eq!(asks(&world, "A-1").await, None);
    settle(&world).await;
    assert_eq!((kinds(&receiver), view(&world).state), (vec!["payment.paid".to_owned()], "over"));
    assert_eq!(world.sandbox.bank.faults(), Faults::default());
    assert_eq!(asks(&world, "A-1").await, Some(201), "the same request is answered now");
    assert_eq!(asks(&world, "A-2").await, Some(201));
    settle(&world).await;
    assert_eq!(world.sandbox.bank.orders()[1].status, "created", "the script was for one order");
}

#[tokio::test]
async fn a_push_comes_three_times_after_26_hours() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "late-push");
    let id = world.session("A-1").await;
    settle(&world).await;
    assert_eq!(world.look_up(&id).await["status"], "paid");
    pass(&world, 26 * HOUR_MS - 1).await;
    assert_eq!(receiver.count(), 0);
    pass(&world, 1).await;
    let received = receiver.received();
    assert_eq!(kinds(&receiver), ["payment.paid"; 3]);
    assert!(received.iter().all(|one| one.header("webhook-id") == received[0].header("webhook-id")));
    assert_eq!(received[0].header("webhook-timestamp"), ((START_MS + 26 * HOUR_MS) / 1000).to_string());
    pass(&world, HOUR_MS).await;
    assert_eq!((receiver.count(), world.sandbox.bank.faults()), (3, Faults::default()));
}

#[tokio::test]
async fn look_ups_say_pending_for_two_hours() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "pending-look-up");
    let id = world.session("A-1").await;
    settle(&world).await;
    pass(&world, 2 * HOUR_MS - 1).await;
    assert_eq!(world.look_up(&id).await["status"], "pending");
    pass(&world, 1).await;
    assert_eq!(world.look_up(&id).await["status"], "paid");
    assert_eq!(world.sandbox.bank.faults(), Faults::default());
    assert_eq!(receiver.count(), 0, "the push was lost");
}

#[tokio::test]
async fn a_hundred_times_the_amount_is_taken() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "wrong-amount");
    let id = world.session("A-1").await;
    settle(&world).await;
    assert_eq!(receiver.received()[0].json()["data"]["amountMinor"], 125_000_000);
    assert_eq!(world.look_up(&id).await["amountMinor"], 125_000_000);
    pass(&world, 60_000).await;
    let next = world.paid_session("A-2").await;
    assert_eq!(world.look_up(&next).await["amountMinor"], 1_250_000);
}

#[tokio::test]
async fn an_order_is_declined_and_the_next_one_paid() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "declined-then-paid");
    world.session("A-1").await;
    settle(&world).await;
    assert_eq!((kinds(&receiver), view(&world).state), (vec!["payment.failed".to_owned()], "playing"));
    pass(&world, HOUR_MS).await;
    world.session("A-1-2").await;
    settle(&world).await;
    assert_eq!(
        (kinds(&receiver), view(&world).state),
        (["payment.failed", "payment.paid"].map(str::to_owned).to_vec(), "over")
    );
}

#[tokio::test]
async fn staff_reverse_a_payment_the_next_day() {
    let (world, receiver) = merchant().await;
    give_ready(&world, "reversed-next-day");
    let id = world.session("A-1").await;
    settle(&world).await;
    pass(&world, 24 * HOUR_MS - 1).await;
    assert_eq!(world.look_up(&id).await["status"], "paid");
    pass(&world, 1).await;
    assert_eq!(world.look_up(&id).await["status"], "reversed");
    assert_eq!(kinds(&receiver), ["payment.paid", "payment.reversed"]);
}

#[tokio::test]
async fn nothing_works_during_an_outage_and_everything_after_it() {
    let (world, receiver) = merchant().await;
    let before = world.session("A-0").await;
    give_ready(&world, "outage");
    assert_eq!(asks(&world, "A-1").await, Some(500));
    let found = world.merchant(Method::GET, &format!("/v1/payment-sessions/{before}"), "", None).await;
    assert_eq!(found.status, 500);
    let page = world.client.get(format!("{}/pay/{before}", world.sandbox.bank_url)).send().await.unwrap();
    assert_eq!(page.status(), 303, "the page sends the payer back");
    world.at_the_pay_page(&before, "pay").await;
    pass(&world, 600_000 - 1).await;
    assert_eq!((world.sandbox.bank.orders()[0].status.as_str(), receiver.count()), ("created", 0));
    pass(&world, 1).await;
    assert_eq!(world.sandbox.bank.faults(), Faults::default());
    assert_eq!(asks(&world, "A-1").await, Some(201));
    settle(&world).await;
    assert_eq!(kinds(&receiver), ["payment.paid"]);
}

#[tokio::test]
async fn a_script_for_all_orders_plays_with_each_by_its_own_time() {
    let (world, receiver) = merchant().await;
    let id = give(
        &world,
        "drop the reply of start; pay; after 1h staff give back 500; after 1h staff give back everything",
        Orders::All,
    );
    assert_eq!(asks(&world, "A-1").await, None);
    settle(&world).await;
    pass(&world, HOUR_MS / 2).await;
    assert_eq!(asks(&world, "A-2").await, None, "the start of every order is hit");
    settle(&world).await;
    pass(&world, HOUR_MS / 2).await;
    let given =
        |world: &World| world.sandbox.bank.orders().iter().map(|order| order.refunded_minor).collect::<Vec<_>>();
    assert_eq!(given(&world), [50_000, 0]);
    pass(&world, HOUR_MS / 2).await;
    assert_eq!(given(&world), [50_000, 50_000]);
    pass(&world, HOUR_MS).await;
    assert_eq!(given(&world), [1_250_000, 1_250_000]);
    assert_eq!((view(&world).state, receiver.count()), ("waiting", 6));
    assert!(world.sandbox.scripts.stop(id) && !world.sandbox.scripts.stop(id));
    assert_eq!(world.sandbox.bank.faults(), Faults::default(), "what it put in force ends with it");
    assert_eq!(asks(&world, "A-3").await, Some(201));
}

#[tokio::test]
async fn a_script_for_a_number_leaves_the_others_alone() {
    let (world, _receiver) = merchant().await;
    give(&world, "pay", Orders::read("B-*").unwrap());
    for number in ["A-1", "B-1", "A-2", "B-2"] {
        world.session(number).await;
    }
    settle(&world).await;
    let orders = world.sandbox.bank.orders();
    let paid = |wanted: &str| {
        orders.iter().filter(|order| order.status == wanted).map(|order| order.number.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((paid("paid"), paid("created")), (vec!["B-1", "B-2"], vec!["A-1", "A-2"]));
}

#[tokio::test]
async fn what_cannot_be_done_is_told_and_the_script_goes_on() {
    let (world, _receiver) = merchant().await;
    give(&world, "staff reverse\npay\ndecline\nstaff give back 99999\nlet the time run out", Orders::Next);
    world.session("A-1").await;
    settle(&world).await;
    assert_eq!(
        troubles(&world),
        [
            "created: only a paid one can be reversed",
            "paid: nobody can pay it any more",
            "paid: it has not so much to give back",
            "paid: its time does not run any more"
        ]
    );
    assert_eq!(world.sandbox.bank.orders()[0].status, "paid");
}

#[tokio::test]
async fn a_later_step_ends_what_an_earlier_one_put_in_force() {
    let (world, receiver) = merchant().await;
    give(
        &world,
        "hold pushes for 3h; look-up says pending; pay; after 1h send pushes; after 1h look-up says the truth",
        Orders::Next,
    );
    world.session("A-1").await;
    settle(&world).await;
    assert_eq!((receiver.count(), world.sandbox.bank.faults().says), (0, Says::Pending));
    pass(&world, HOUR_MS).await;
    assert_eq!(receiver.count(), 1);
    pass(&world, HOUR_MS).await;
    assert_eq!(world.sandbox.bank.faults(), Faults::default());
    world.sandbox.bank.set_faults(Faults { refund: Reply::Fail, ..Faults::default() });
    pass(&world, HOUR_MS).await;
    assert_eq!(world.sandbox.bank.faults().refund, Reply::Fail, "what a person sets is not the script's to end");
}

#[tokio::test]
async fn time_that_jumps_plays_everything_in_its_order() {
    let (world, receiver) = merchant().await;
    give(&world, "pay; after 1h lose pushes; staff give back 1; after 1h send pushes; staff give back 1", Orders::Next);
    world.session("A-1").await;
    settle(&world).await;
    pass(&world, 48 * HOUR_MS).await;
    assert_eq!(kinds(&receiver), ["payment.paid", "payment.refunded"], "the one of the second hour was lost");
    assert_eq!(receiver.received()[1].json()["data"]["refundedMinor"], 200);
    assert_eq!(troubles(&world), Vec::<String>::new());
}

#[tokio::test]
async fn scripts_are_given_and_stopped_by_the_play_api() {
    let (world, _receiver) = merchant().await;
    let listed = world.client.get(format!("{}/play/scripts", world.sandbox.page_url)).send().await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    assert_eq!((listed["ready"].as_array().unwrap().len(), &listed["given"]), (READY.len(), &json!([])));
    let given = world.play("/play/script", json!({"gateway": "vpos", "script": "pay", "orders": "A-*"})).await;
    assert_eq!((given.status, &given.body), (200, &json!({"id": 1})));
    let in_text = json!({"script": "gateway vpos\norders all\nhold pushes\nwait 1h\npay"});
    assert_eq!(world.play("/play/script", in_text).await.status, 200);
    world.session("A-1").await;
    settle(&world).await;
    let state = world.state().await;
    assert_eq!((&state["scripts"][0]["orders"], &state["scripts"][1]["state"]), (&json!("A-*"), &json!("playing")));
    assert_eq!(state["scripts"][0]["log"][0]["line"], 1);
    assert_eq!(state["gateways"][0]["word"], "vpos");
    assert_eq!(state["gateways"][0]["orders"][0]["status"], "paid");
    assert_eq!(state["gateways"][0]["faults"]["push"], "hold");
    assert_eq!(state["gateways"][0]["calls"][0]["method"], "POST /v1/payment-sessions");
    assert_eq!(world.play("/play/script/stop", json!({"id": 2})).await.status, 200);
    assert_eq!(world.sandbox.bank.faults(), Faults::default());
    for (body, part) in [
        (json!({"gateway": "vpos", "script": "pay\npray"}), "script: line 2: no step begins with `pray`"),
        (json!({"gateway": "abc", "script": "pay"}), "gateway: none is called `abc`; there are vpos, "),
        (json!({"script": "pay"}), "gateway: say which one plays"),
        (json!({"gateway": "vpos", "script": "pay", "orders": ""}), "orders: write `next`"),
        (json!({"gateway": "vpos"}), "script"),
        (json!({"gateway": "vpos", "script": "pay", "when": "now"}), "when"),
    ] {
        let refused = world.play("/play/script", body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.body["error"].as_str().unwrap().contains(part), "{} for {body}", refused.body);
    }
    assert_eq!(world.play("/play/script/stop", json!({"id": 2})).await.status, 400);
}

#[tokio::test]
async fn gateways_are_driven_by_the_play_api() {
    let (world, _receiver) = merchant().await;
    let id = world.session("A-1").await;
    let wrong = json!({"push_repeat": 2, "paid": "one_less", "says": "pending"});
    assert_eq!(world.play("/play/gateways/vpos/faults", wrong).await.body["faults"]["push_repeat"], 2);
    let paid = world.play("/play/gateways/vpos/act", json!({"order": id, "act": "pay"})).await;
    assert_eq!(paid.status, 200, "{}", paid.body);
    assert!(paid.body["back"].as_str().unwrap().starts_with("http://127.0.0.1:8080/r/token?keep=1"));
    assert_eq!(world.sandbox.bank.orders()[0].amount_minor, 1_249_900);
    let back = world.play("/play/gateways/vpos/act", json!({"order": id, "act": "give_back", "minor": 100})).await;
    assert_eq!((back.status, &back.body["back"]), (200, &Value::Null));
    assert!(world.sandbox.bank.act(&id, kamurj_sandbox::bank::PayAction::Close).is_some());
    for (path, body, status, part) in [
        ("vpos/act", json!({"order": id, "act": "pay"}), 400, "nobody can pay it any more"),
        ("vpos/act", json!({"order": "ps_0", "act": "pay"}), 400, "is no session of this bank"),
        ("vpos/act", json!({"act": "pay"}), 400, "order: write"),
        ("vpos/act", json!({"order": id, "act": "settle"}), 400, "act: unknown variant `settle`"),
        ("vpos/faults", json!({"pushes": "hold"}), 400, "unknown field `pushes`"),
        ("abc/faults", json!({}), 404, "no such gateway; there are vpos, "),
    ] {
        let refused = world.play(&format!("/play/gateways/{path}"), body.clone()).await;
        assert_eq!(refused.status, status, "{path} {body}");
        assert!(refused.body["error"].as_str().unwrap().contains(part), "{} for {body}", refused.body);
    }
    let other = world.session("A-2").await;
    let gateway: &dyn Gateway = &world.sandbox.bank;
    assert!(gateway.act(&other, Act::Expire).is_ok());
    assert_eq!(world.sandbox.bank.orders()[1].status, "expired");
}

#[tokio::test]
async fn every_fault_of_a_gateway_is_kept_as_it_was_set() {
    use kamurj_sandbox::gateways::{DeclinedBy, Lie, Pushing};
    let world = World::start().await;
    let replies = [Reply::Ok, Reply::DropReply, Reply::DropRequest, Reply::Fail];
    for (place, reply) in replies.into_iter().enumerate() {
        let faults = Faults {
            start: reply,
            lookup: reply,
            refund: reply,
            cancel: reply,
            says: if place % 2 == 0 { Says::Pending } else { Says::Truth },
            push: [Pushing::Send, Pushing::Hold, Pushing::Drop, Pushing::Send][place],
            push_repeat: 2,
            push_delay_s: 5,
            push_forged: place % 2 == 1,
            paid: [Lie::None, Lie::Times100, Lie::DividedBy100, Lie::OneLess][place],
            paid_currency: Some("USD".to_owned()),
            outage: place % 2 == 0,
            declined_by: [DeclinedBy::Bank, DeclinedBy::Authentication, DeclinedBy::Payer, DeclinedBy::Nobody][place],
        };
        world.sandbox.bank.set_faults(faults.clone());
        assert_eq!(world.sandbox.bank.faults(), faults);
    }
    world.sandbox.bank.set_faults(Faults { paid_currency: Some("USD".to_owned()), ..Faults::default() });
    let id = world.paid_session("A-1").await;
    assert_eq!(world.look_up(&id).await["currency"], "USD");
}

#[tokio::test]
async fn every_gateway_takes_scripts_and_is_shown() {
    let world = World::start().await;
    let state = world.state().await;
    assert_eq!(state["gateways"].as_array().unwrap().len(), world.sandbox.gateways.len());
    for gateway in &world.sandbox.gateways {
        let script = Script::read("outage for 10m; pay").unwrap();
        let id = world.sandbox.scripts.give(gateway.word(), script, Orders::Next).unwrap();
        assert!(gateway.faults().outage && gateway.faults().start == Reply::Fail, "{}", gateway.word());
        world.pass_ms(600_000);
        settle(&world).await;
        assert_eq!(gateway.faults(), Faults::default(), "{}", gateway.word());
        assert!(world.sandbox.scripts.stop(id));
    }
}
