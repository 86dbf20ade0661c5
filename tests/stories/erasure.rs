//! A customer wants to be forgotten: who they were goes from everywhere, what was sold and paid stays, and nobody else is touched.

use crate::back_office::roles::{asks, caller};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_access::Role;
use kamurj_tests::acts::{asks_back, cancels, shown, status, sums};
use kamurj_tests::clock::hours;
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::integrator::{Answer, link, order};
use kamurj_tests::links::{id, reads};
use kamurj_tests::records::{deliveries, delivery};
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
/// What must be nowhere afterwards: a name, a number, an address.
const THEIRS: [&str; 3] = ["Canarjan", "91778899", "shushan.canary@example.am"];

/// An order of somebody who has these for a number and a conversation.
fn order_of(number: &str, name: &str, phone: &str, conversation: &str) -> Value {
    let mut body = order(number, "500");
    body["customer"] = json!({ "name": name, "phone": phone, "email": format!("{}@example.am", name.to_lowercase().replace(' ', ".")) });
    body["channel"] = json!({ "plugin": "telegram", "conversation": conversation });
    body["description"] = json!(format!("Cake for {name}"));
    body["metadata"] = json!({ "note": format!("call {phone}") });
    body
}

async fn paid(world: &mut World, key: &str, body: &Value) -> String {
    let asked = world.asks(&world.api_key, Method::POST, "/v1/payments").header("idempotency-key", key).json(body);
    let made = Answer::to(asked).await;
    assert_eq!(made.status, 201, "{}", made.body);
    world.pays(&link(&made.body)).await;
    world.settles().await;
    id(&made.body).to_owned()
}

async fn erases(world: &World, role: Role, body: &Value) -> (u16, Value) {
    asks(world, &caller(world, &world.merchant, role, true), "POST", "/v1/erasures", &body.to_string()).await
}

async fn found(world: &World, query: &str) -> usize {
    reads(world, &format!("/v1/payments?{query}")).await.body["payments"].as_array().expect("a list").len()
}

/// The text itself, and what of it is the same in Base64 wherever in the whole it stands.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let in_base64 = (0..3).map(|shift| {
        let coded = STANDARD.encode([&vec![b' '; shift], text.as_bytes()].concat());
        coded.as_bytes()[4..coded.len() - 4].to_vec()
    });
    // Less than eight letters of Base64 stand somewhere by chance.
    in_base64.filter(|form| form.len() >= 8).chain([text.as_bytes().to_vec()]).collect()
}

/// In which files the text can be read.
fn lies_in(world: &World, text: &str) -> Vec<String> {
    let at_rest = world.bytes_at_rest().into_iter();
    at_rest.filter(|(_, bytes)| forms(text).iter().any(|form| holds(bytes, form))).map(|(name, _)| name).collect()
}

story!(a_customer_is_erased_and_found_by_no_door_while_the_books_stay, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let sale = world.payment().await.id;
    let conversation = CUSTOMER.to_string();
    let theirs = order_of("A-2", "Shushan Canarjan", "+374 91 77-88-99", &conversation);
    let mut theirs_body = theirs.clone();
    theirs_body["customer"]["email"] = json!(THEIRS[2]);
    let second = paid(world, "second", &theirs_body).await;
    // By the number alone, as it is written at home.
    let mut third = order("A-3", "700");
    third["customer"] = json!({ "phone": "091 778899" });
    let third = paid(world, "third", &third).await;
    let other = paid(world, "other", &order_of("B-1", "Mariam Otherjan", "+374 91 000111", "5550009999")).await;
    let before = (sums(world, &sale).await, sums(world, &second).await);
    for text in THEIRS.into_iter().chain([conversation.as_str()]) {
        assert!(text == THEIRS[1] || !lies_in(world, text).is_empty(), "{text}: the story looks in the right places");
    }

    let asked = json!({ "payment": sale, "reason": "their letter of 22 November" });
    let mut only_asked = asked.clone();
    only_asked["dry_run"] = json!(true);
    let (code, would_be) = erases(world, Role::Owner, &only_asked).await;
    assert_eq!(code, 200, "{would_be}");
    assert!(shown(world, &second).await.to_string().contains(THEIRS[0]), "nothing is gone yet");
    let (code, done) = erases(world, Role::Owner, &asked).await;
    assert_eq!(code, 201, "{done}");
    let mut ids = vec![sale.clone(), second.clone(), third.clone()];
    ids.sort();
    assert_eq!((&done["payments"], &would_be["payments"]), (&json!(ids), &json!(ids)));
    assert_eq!(done["same_by"], json!({ &second: ["conversation"], &third: ["phone"] }));
    for (name, least) in [("fields", 8), ("messages", 2), ("runs", 6), ("states", 1)] {
        assert!(done["erased"][name].as_i64().is_some_and(|count| count >= least), "{name}: {done}");
    }

    // By no door.
    for text in THEIRS.into_iter().chain([conversation.as_str()]) {
        assert_eq!(found(world, &format!("q={text}")).await + found(world, &format!("customer={text}")).await, 0);
        assert_eq!(lies_in(world, text), Vec::<String>::new(), "{text} can be read");
    }
    let mut told = vec![done.to_string()];
    for payment in &ids {
        for path in ["", "/journal?limit=200", "/explain", "/share"] {
            told.push(reads(world, &format!("/v1/payments/{payment}{path}")).await.body.to_string());
        }
        for owed in deliveries(world, &format!("payment={payment}")).await {
            told.push(delivery(world, id(&owed)).await.to_string());
        }
    }
    told.push(reads(world, &format!("/v1/installations/{}/logs?limit=200", world.telegram)).await.body.to_string());
    told.push(reads(world, "/v1/events?limit=200").await.body.to_string());
    // The same request gets its answer, and makes nothing.
    let again = world.asks(&world.api_key, Method::POST, "/v1/payments").header("idempotency-key", "second");
    let again = Answer::to(again.json(&theirs_body)).await;
    assert_eq!((again.status, id(&again.body)), (201, second.as_str()), "{}", again.body);
    told.push(again.body.to_string());
    let owner = caller(world, &world.merchant, Role::Owner, true);
    let (_, listed) = asks(world, &owner, "GET", "/v1/erasures", "").await;
    assert_eq!((&listed["erasures"][0]["id"], &listed["erasures"][0]["payments"]), (&done["id"], &json!(3)));
    assert_eq!((&listed["erasures"][0]["erased"], &listed["next_cursor"]), (&done["erased"], &Value::Null));
    let (_, log) = asks(world, &owner, "GET", "/v1/audit?limit=200", "").await;
    assert_eq!(log["entries"][0]["action"], "POST /v1/erasures");
    told.extend([listed.to_string(), log.to_string()]);
    for said in &told {
        for text in THEIRS.into_iter().chain([conversation.as_str()]) {
            let digits: String = said.chars().filter(|symbol| !" -".contains(*symbol)).collect();
            assert!(!said.contains(text) && !digits.contains(text), "{text}: {said}");
        }
    }

    // The books stay.
    assert_eq!((sums(world, &sale).await, sums(world, &second).await), before);
    assert_eq!((&shown(world, &second).await["order_id"], found(world, "order_id=A-2").await), (&json!("A-2"), 1));
    for payment in &ids {
        let kinds = world.journal(payment).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "customer.erased").count(), 1, "{kinds:?}");
    }
    world.journals_are_whole().await;
    let verified = world.runs(PROGRAM, &["journal", "verify"]);
    assert!(verified.status.success(), "{verified:?}");

    // Nobody else is touched.
    let untouched = shown(world, &other).await.to_string();
    assert!(["Otherjan", "000111", "5550009999"].iter().all(|text| untouched.contains(text)), "{untouched}");
    assert_eq!(found(world, "customer=091000111").await, 1);
    assert!(!lies_in(world, "Otherjan").is_empty());

    // Money goes on moving, and nobody is told in a chat that is not known any more.
    let chat = world.chat(CUSTOMER).len();
    assert_eq!(asks_back(world, &sale, None).await.status, 201);
    world.settles().await;
    assert_eq!((status(world, &sale).await, world.chat(CUSTOMER).len()), ("refunded".to_owned(), chat));
    // The neighbour's chat is one that Telegram does not know; nothing waits about this sale.
    let waits = world.exceptions().await;
    assert!(waits.iter().all(|one| one.payment_id.as_deref() != Some(&sale)), "{waits:?}");
    let (code, again) = erases(world, Role::Owner, &asked).await;
    assert_eq!((code, again["payments"].as_array().map(Vec::len)), (201, Some(1)), "{again}");
    world.journals_are_whole().await;
});

story!(nobody_is_erased_while_something_of_theirs_is_under_way, |world| {
    let conversation = "5550007777";
    let done = paid(world, "done", &order_of("A-1", "Shushan Canarjan", "+37491778899", conversation)).await;
    let open = world.creates(&order_of("A-2", "Shushan Canarjan", "091778899", "5550007778")).await.body;
    let asked = json!({ "payment": done, "reason": "ticket 17" });
    let before = world.books().await;
    let (code, refused) = erases(world, Role::Owner, &asked).await;
    assert_eq!((code, refused["type"].as_str()), (409, Some("urn:kamurj:problem:not-now")), "{refused}");
    let detail = refused["detail"].as_str().expect("a sentence");
    assert!(detail.contains(id(&open)) && detail.contains("withdraw"), "{detail}");
    assert_eq!(world.books().await, before, "nothing is changed");

    for (reason, why) in
        [("", "is needed"), ("Mrs Canarjan asked", "who they are"), ("call 091 77 88 99", "who they are")]
    {
        let (code, wrong) = erases(world, Role::Owner, &json!({ "payment": done, "reason": reason })).await;
        assert_eq!((code, wrong["errors"][0]["pointer"].as_str()), (422, Some("/reason")), "{wrong}");
        assert!(wrong["errors"][0]["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{wrong}");
    }
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Owner) {
        assert_eq!(erases(world, role, &asked).await.0, 403, "{}", role.word());
    }
    let unknown = json!({ "payment": "pay_unknown", "reason": "ticket 17" });
    assert_eq!(erases(world, Role::Owner, &unknown).await.0, 404);
    let neighbour = world.flower_shop().await;
    let stranger = caller(world, &neighbour.merchant, Role::Owner, true);
    assert_eq!(asks(world, &stranger, "POST", "/v1/erasures", &asked.to_string()).await.0, 404);

    cancels(world, id(&open)).await;
    world.settles().await;
    world.passes(hours(1)).await;
    let (code, answer) = erases(world, Role::Owner, &asked).await;
    assert_eq!((code, answer["payments"].as_array().map(Vec::len)), (201, Some(2)), "{answer}");
});

story!(what_was_given_up_before_is_left_out_when_it_is_tried_again, |world| {
    let mut settings = world.script(&json!([]));
    settings["ends"] = json!("unreachable");
    world.runs_probing_with(|said| said["events"] = json!(["payment.paid"]), &settings).await;
    let mut body = order_of("A-1", "Shushan Canarjan", "+37491778899", "5550007777");
    body["channel"]["plugin"] = json!("probing");
    let payment = paid(world, "one", &body).await;
    let dead = deliveries(world, &format!("payment={payment}&state=failed")).await;
    assert_eq!(dead.len(), 1, "{dead:?}");
    let (code, answer) = erases(world, Role::Owner, &json!({ "payment": payment, "reason": "ticket 17" })).await;
    assert_eq!(code, 201, "{answer}");
    let path = format!("/v1/deliveries/{}/retry", id(&dead[0]));
    let retried = Answer::to(world.asks(&world.api_key, Method::POST, &path).body("{}")).await;
    assert_eq!(retried.status, 200, "{}", retried.body);
    world.settles().await;
    let left = delivery(world, id(&dead[0])).await;
    assert_eq!(left["state"], "skipped", "{left}");
    assert!(left["outcome"].as_str().is_some_and(|why| why.contains("erased")), "{left}");
    assert!(world.journal(&payment).await.contains(&"delivery.skipped".to_owned()));
    world.journals_are_whole().await;
});

story!(h4_calls_of_plugins_show_no_customer_to_who_may_not_see_them, |world| {
    let body = order_of("A-1", "Shushan Canarjan", "+37491778899", &CUSTOMER.to_string());
    world.customer_says("/start").await;
    let payment = paid(world, "one", &body).await;
    let owed = deliveries(world, &format!("payment={payment}")).await;
    assert!(owed.len() >= 2, "{owed:?}");
    let mut seen_by_owners = String::new();
    for one in &owed {
        let path = format!("/v1/deliveries/{}", id(one));
        let owner = asks(world, &caller(world, &world.merchant, Role::Owner, true), "GET", &path, "").await.1;
        seen_by_owners += &owner.to_string();
        for role in Role::ALL.into_iter().filter(|role| !role.may(kamurj_access::Permission::Personal)) {
            let (code, masked) = asks(world, &caller(world, &world.merchant, role, true), "GET", &path, "").await;
            assert_eq!(code, 200, "{masked}");
            assert_eq!(
                masked["runs"][0]["calls"].as_array().map(Vec::len),
                owner["runs"][0]["calls"].as_array().map(Vec::len)
            );
            let masked = masked.to_string();
            for text in ["Shushan", "Canarjan", "778899", &CUSTOMER.to_string()] {
                assert!(!masked.contains(text), "{} {text}: {masked}", role.word());
            }
        }
    }
    assert!(seen_by_owners.contains("Canarjan") && seen_by_owners.contains(&CUSTOMER.to_string()), "{seen_by_owners}");
});
