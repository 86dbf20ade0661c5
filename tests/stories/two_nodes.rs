//! Two server processes on one PostgreSQL database: whatever comes to both at once is done once, and work is shared without
//! a leader.

use kamurj_domain::Clock;
use kamurj_sandbox::bank::{PayAction, SessionView, Webhooks};
use kamurj_sandbox::telegram::Side;
use kamurj_server::ambient::SystemClock;
use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::links::{at_once, id, lesson, with};
use kamurj_tests::notice::{Notice, tidings};
use kamurj_tests::process::Process;
use kamurj_tests::world::canary;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
const MANY: usize = 64;

macro_rules! on_two_servers {
    ($name:ident, |$servers:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn tell($servers: &mut Process) {
                $body
            }

            #[test]
            fn postgres() {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                runtime.block_on(async { tell(&mut Process::start_two(PROGRAM).await).await });
            }
        }
    };
}

/// The two servers in turn.
fn server(servers: &Process, number: usize) -> &str {
    if number.is_multiple_of(2) { &servers.url } else { &servers.other_url }
}

async fn gets(servers: &Process, path: &str) -> Value {
    let answer = Answer::to(servers.asks(&servers.other_url, Method::GET, path)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

async fn posts(servers: &Process, path: &str, body: &Value) -> Value {
    let answer = Answer::to(servers.asks(&servers.url, Method::POST, path).json(body)).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.body);
    answer.body
}

/// Makes a payment and has it paid.
async fn a_paid_payment(servers: &mut Process, order_id: &str, drams: &str) -> Value {
    let made = posts(servers, "/v1/payments", &order(order_id, drams)).await;
    servers.visits_the_bank(made["checkout_url"].as_str().expect("a link"), PayAction::Pay).await;
    stands(servers, id(&made), "paid").await
}

/// Waits until the payment has this status; answers it.
async fn stands(servers: &mut Process, payment: &str, status: &str) -> Value {
    let path = format!("/v1/payments/{payment}");
    servers
        .eventually(status, async |servers| Some(gets(servers, &path).await).filter(|shown| shown["status"] == status))
        .await
}

/// Sends the same request 64 times with one key, half to each server. It is done once: whoever is answered is answered the
/// same, whoever is not is told that it is in flight, and the key leads both servers to that answer ever after.
async fn many_times(servers: &Process, method: Method, path: &str, body: &Value) -> Value {
    let ask = |number: usize, body: &Value| {
        let key = format!("key of {path}");
        servers.asks(server(servers, number), method.clone(), path).header("idempotency-key", key).json(body)
    };
    let answers = at_once((0..MANY).map(|number| ask(number, body)).collect()).await;
    let (done, waiting): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status < 300);
    let first = done.first().unwrap_or_else(|| panic!("{path}: nobody was answered: {waiting:?}"));
    for answer in &done {
        assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{path}");
    }
    for answer in &waiting {
        answer.is_problem(409, "idempotency-key-in-flight");
    }
    for number in 0..2 {
        let again = Answer::to(ask(number, body)).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        Answer::to(ask(number, &json!({ "another": "body" }))).await.is_problem(422, "idempotency-key-reused");
    }
    first.body.clone()
}

on_two_servers!(e13_sixty_four_writes_with_one_key_are_one_write, |servers| {
    let made = many_times(servers, Method::POST, "/v1/payments", &order("A-1", "100")).await;
    let listed = gets(servers, "/v1/payments").await;
    assert_eq!(listed["payments"].as_array().expect("a list").len(), 1);
    let journal = gets(servers, &format!("/v1/payments/{}/journal", id(&made))).await;
    let entries = journal["entries"].as_array().expect("entries");
    assert_eq!(entries.iter().filter(|entry| entry["kind"] == "payment.created").count(), 1);

    let cancel = format!("/v1/payments/{}/cancel", id(&made));
    let cancelled = many_times(servers, Method::POST, &cancel, &json!({ "reason": "sold out" })).await;
    assert_eq!(cancelled["status"], "cancelled");
    let journal = gets(servers, &format!("/v1/payments/{}/journal", id(&made))).await;
    let entries = journal["entries"].as_array().expect("entries");
    assert_eq!(entries.iter().filter(|entry| entry["kind"] == "payment.cancelled").count(), 1, "{journal}");

    let link = many_times(servers, Method::POST, "/v1/payment-links", &lesson()).await;
    let listed = gets(servers, "/v1/payment-links").await;
    assert_eq!(listed["links"].as_array().expect("a list").len(), 1);
    let change = format!("/v1/payment-links/{}", id(&link));
    let changed = many_times(servers, Method::PATCH, &change, &json!({ "metadata": { "room": 7 } })).await;
    assert_eq!(changed["version"], json!(2), "changed once");
    let pressed = many_times(servers, Method::POST, &format!("{change}/payments"), &json!({})).await;
    assert_eq!(gets(servers, "/v1/payments?status=created").await["payments"][0]["id"], pressed["id"]);
    assert_eq!(gets(servers, "/v1/payments").await["payments"].as_array().expect("a list").len(), 2);

    let paid = a_paid_payment(servers, "A-2", "100").await;
    let refunds = format!("/v1/payments/{}/refunds", id(&paid));
    let amount = json!({ "value": "30", "currency": "AMD" });
    many_times(servers, Method::POST, &refunds, &json!({ "amount": amount, "reason": "one piece too few" })).await;
    let shown = stands(servers, id(&paid), "partially_refunded").await;
    assert_eq!(shown["refunded"]["value"], "30");
    assert_eq!(gets(servers, &refunds).await["refunds"].as_array().expect("a list").len(), 1);
    assert_eq!(servers.sandbox.bank.view().refunds.len(), 1);
});

on_two_servers!(e13_sixty_four_creates_for_one_order_number_make_one_payment, |servers| {
    let asked = (0..MANY).map(|number| {
        let request = servers.asks(server(servers, number), Method::POST, "/v1/payments");
        request.header("idempotency-key", format!("key-{number}")).json(&order("A-1", "100"))
    });
    let answers = at_once(asked.collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.is_problem(409, "order-taken");
        let detail = answer.body["detail"].as_str().expect("a detail");
        assert!(detail.contains(id(&made[0].body)), "the refusal names the payment: {detail}");
    }
});

on_two_servers!(d1_of_sixty_four_refunds_of_ten_on_a_hundred_exactly_ten_are_made, |servers| {
    let paid = a_paid_payment(servers, "A-1", "100").await;
    let refunds = format!("/v1/payments/{}/refunds", id(&paid));
    let body = json!({ "amount": { "value": "10", "currency": "AMD" }, "reason": "one piece came back" });
    let asked = (0..MANY).map(|number| {
        let request = servers.asks(server(servers, number), Method::POST, &refunds);
        request.header("idempotency-key", format!("refund-{number}")).json(&body)
    });
    let answers = at_once(asked.collect()).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 10, "{answers:?}");
    for answer in refused {
        answer.is_problem(409, "not-now");
    }
    let ids: BTreeSet<&str> = made.iter().map(|answer| id(&answer.body)).collect();
    assert_eq!(ids.len(), 10);
    let shown = stands(servers, id(&paid), "refunded").await;
    assert_eq!((&shown["captured"]["value"], &shown["refunded"]["value"]), (&json!("100"), &json!("100")));
    let listed = gets(servers, &refunds).await;
    let listed = listed["refunds"].as_array().expect("a list");
    assert!(listed.len() == 10 && listed.iter().all(|refund| refund["status"] == "done"), "{listed:?}");
    let given_back = servers.sandbox.bank.view().refunds;
    assert_eq!(given_back.iter().map(|refund| refund.amount_minor).sum::<i64>(), 10_000, "the bank gave back 100");
    assert_eq!(given_back.len(), 10);
});

/// What the bank posts to this server when the session is paid.
fn notice(servers: &Process, server: &str, session: &SessionView, now: i64) -> RequestBuilder {
    let told = tidings(session, "paid", now);
    let body = json!({ "type": "payment.paid", "timestamp": told["updatedAt"], "data": told }).to_string();
    let url = format!("{server}{}", servers.webhook_path);
    let id = format!("msg_{}", session.id);
    Notice::sealed(url, &canary("webhook secret"), &id, now.div_euclid(1_000), &body).request(&servers.http)
}

on_two_servers!(a2_sixty_four_copies_of_one_notice_are_one_fact_and_one_announcement, |servers| {
    servers.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let made = posts(servers, "/v1/payments", &order("A-1", "100")).await;
    let link = made["checkout_url"].as_str().expect("a link").to_owned();
    let session = servers.visits_the_bank(&link, PayAction::Pay).await;
    let now = SystemClock.now();
    let notice = |number: usize| notice(servers, server(servers, number), &session, now);
    let answers = at_once((0..MANY).map(notice).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    stands(servers, id(&made), "paid").await;
    let path = format!("/v1/payments/{}/journal", id(&made));
    let entries = servers
        .eventually("the CRM is told", async |servers| {
            let journal = gets(servers, &path).await;
            let entries = journal["entries"].as_array().expect("entries").clone();
            let told = |entry: &Value| entry["kind"] == "delivery.done" && entry["body"]["event"] == "payment.paid";
            entries.iter().any(told).then_some(entries)
        })
        .await;
    let count = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!(count("payment.paid"), 1, "announced once");
    let by_notice = |entry: &&Value| entry["kind"] == "fact.approved" && entry["body"]["evidence"] == "signed_notice";
    assert_eq!(entries.iter().filter(by_notice).count(), 1, "one fact: {entries:?}");
    let deals = servers.sandbox.bitrix24.view().deals;
    assert_eq!((deals.len(), deals[0].comments.len()), (1, 1));
});

on_two_servers!(e7_what_twenty_payments_owe_is_shared_by_two_servers_and_sent_once, |servers| {
    // A chat each: the chat service takes one message a second for a chat.
    let chats: Vec<i64> = (0..20).map(|number| 5_550_100 + number).collect();
    let by_bot = |servers: &Process, chat: i64| {
        let known = servers.sandbox.telegram.view().chats;
        let messages = known.into_iter().filter(|known| known.id == chat).flat_map(|known| known.messages);
        messages.filter(|message| message.from == Side::Bot).count()
    };
    for chat in &chats {
        servers.sandbox.telegram.say(*chat, "/start", None).expect("the chat takes it");
    }
    servers
        .eventually("the bot greets everybody", async |servers| {
            chats.iter().all(|chat| by_bot(servers, *chat) == 1).then_some(())
        })
        .await;
    let asked = (0..20).map(|number| {
        let channel = json!({ "plugin": "telegram", "conversation": chats[number].to_string() });
        let body = with(order(&format!("A-{number}"), "100"), "channel", channel);
        // A record of another CRM: the portal, which takes two calls a second, is owed nothing.
        let crm = json!({ "plugin": "another", "entity_type": "deal", "entity_id": "1" });
        servers.asks(server(servers, number), Method::POST, "/v1/payments").json(&with(body, "crm", crm))
    });
    let made = at_once(asked.collect()).await;
    assert!(made.iter().all(|answer| answer.status == 201), "{made:?}");
    // Each server hears of half of the payments, and rings for its own hands first.
    servers.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let mut notices = Vec::new();
    for (number, answer) in made.iter().enumerate() {
        let link = answer.body["checkout_url"].as_str().expect("a link");
        let session = servers.visits_the_bank(link, PayAction::Pay).await;
        notices.push(notice(servers, server(servers, number), &session, SystemClock.now()));
    }
    assert!(at_once(notices).await.iter().all(|answer| answer.status == 200));
    for answer in &made {
        let path = format!("/v1/payments/{}/journal", id(&answer.body));
        let done = servers
            .eventually("everything owed is done", async |servers| {
                let journal = gets(servers, &path).await;
                let entries = journal["entries"].as_array().expect("entries").clone();
                let done = |entry: &&Value| entry["kind"] == "delivery.done" || entry["kind"] == "delivery.failed";
                let done: Vec<String> = entries
                    .iter()
                    .filter(done)
                    .map(|entry| format!("{} {} {}", entry["kind"], entry["body"]["plugin"], entry["body"]["event"]))
                    .collect();
                done.iter().any(|line| line.contains("payment.paid")).then_some(done)
            })
            .await;
        let once: BTreeSet<&String> = done.iter().collect();
        assert_eq!(once.len(), done.len(), "each event once: {done:?}");
        assert!(done.iter().all(|line| line.contains("delivery.done")), "{done:?}");
    }
    for chat in &chats {
        assert_eq!(by_bot(servers, *chat), 2, "the greeting, and the payment announced once");
    }
    for (log, which) in [(servers.log(), "first"), (servers.other_log(), "second")] {
        let took_one_up = String::from_utf8_lossy(&log).contains("UPDATE deliveries");
        assert!(took_one_up, "the {which} server did its share");
    }
});
