//! Card data has no place in Kamurj: where a text looks like a card number it is refused, not kept and not repeated.

use kamurj_tests::customer::MANAGER;
use kamurj_tests::integrator::{Answer, order};
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// Test numbers of card schemes; none of them is anybody's card.
const CARDS: [&str; 4] =
    ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "pay with 4012888888881881 12/27 123"];

fn with(pointer: &str, text: &str) -> Value {
    let mut body = order("A-1", "100");
    body["items"] = json!([{ "name": "x", "unit_price": "100" }]);
    body["customer"] = json!({});
    body["channel"] = json!({ "plugin": "telegram", "conversation": "1", "handle": "x" });
    body["metadata"] = json!({});
    match pointer {
        "/metadata" => body["metadata"] = json!({ "notes": [{ "card": text }] }),
        "/return_url" => body["return_url"] = json!(format!("https://shop.example/{text}")),
        "/customer/name" => body["customer"]["name"] = json!(text),
        "/customer/email" => body["customer"]["email"] = json!(text),
        _ => *body.pointer_mut(pointer).unwrap_or(&mut Value::Null) = json!(text),
    }
    if pointer.matches('/').count() == 1 && body.pointer(pointer).is_none() {
        body[&pointer[1..]] = json!(text);
    }
    body
}

/// Nothing at rest holds the digits of a card.
fn no_card_is_at_rest(world: &World) {
    for (place, bytes) in world.bytes_at_rest() {
        for card in ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "4012888888881881"] {
            let found = holds(&bytes, card);
            assert!(!found, "a card number lies in {place}");
        }
    }
}

story!(a_card_number_in_any_text_is_refused_and_kept_nowhere, |world| {
    let pointers = [
        "/order_id",
        "/description",
        "/delivery",
        "/items/0/name",
        "/customer/name",
        "/customer/email",
        "/channel/handle",
        "/metadata",
        "/return_url",
    ];
    for pointer in pointers {
        for card in CARDS {
            let body = with(pointer, card);
            assert!(body.to_string().contains(card), "the story puts {card} at {pointer}");
            let request = world.asks(&world.api_key, Method::POST, "/v1/payments").header("idempotency-key", "key-1");
            let answer = Answer::to(request.json(&body)).await;
            answer.is_problem(422, "invalid");
            assert!(answer.pointers().contains(&pointer), "{pointer}: {}", answer.body);
            assert!(!answer.body.to_string().contains(card), "an answer does not repeat it");
        }
    }
    assert!(world.payments().await.is_empty());
    no_card_is_at_rest(world);
});

story!(ids_of_other_systems_may_look_like_card_numbers, |world| {
    let mut body = order("A-1", "100");
    body["channel"] = json!({ "plugin": "messenger", "conversation": "4111111111111111" });
    body["crm"] = json!({ "plugin": "bitrix24", "entity_type": "deal", "entity_id": "4111111111111111" });
    body["customer"] = json!({ "id": "4111111111111111" });
    body["metadata"] = json!({ "at": 1_795_248_000_006_i64, "phone": "+374 91 12 34 56" });
    assert_eq!(world.creates(&body).await.status, 201);
});

story!(a_manager_who_types_a_card_number_gets_no_link, |world| {
    world.manager_says("/start").await;
    world.manager_says("/pay 7300 քարտ 4111 1111 1111 1111").await;
    assert!(world.payments().await.is_empty());
    assert!(world.link(MANAGER).is_none());
    let last = world.chat(MANAGER).pop().expect("an answer");
    assert!(last.by_bot && !last.text.contains("4111"), "{}", last.text);
    world.manager_says("/pay 7300 ծաղիկ").await;
    assert!(world.link(MANAGER).is_some(), "the next try works");
});
