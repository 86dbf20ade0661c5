//! What amoCRM refuses before it looks at a body: wrong addresses, ids, verbs, queries and tokens.

use reqwest::Method;
use serde_json::{Value, json};

use crate::amocrm::{LONG_LIVED, said};
use crate::amocrm_oauth::{BACK, CLIENT, SECRET, asking};
use crate::world::World;

#[tokio::test]
async fn unknown_ids_addresses_verbs_queries_and_bodies_are_refused() {
    let world = World::amo_start().await;
    let lead = world.cake();
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let note = json!([{"note_type": "common", "params": {"text": "x"}}]);
    let gone = json!({"destination": "https://nobody.example/hook"});
    let rows: Vec<(&Method, String, Option<Value>, u16)> = vec![
        (&get, "leads/404".into(), None, 404),
        (&get, "leads/x".into(), None, 404),
        (&get, "leads/-1".into(), None, 404),
        (&patch, "leads/404".into(), Some(json!({"price": 1})), 404),
        (&get, "leads/404/notes".into(), None, 404),
        (&post, "leads/404/notes".into(), Some(note.clone()), 404),
        (&get, format!("leads/{lead}/notes/404"), None, 404),
        (&patch, format!("leads/{lead}/notes/404"), Some(json!({"params": {"text": "x"}})), 404),
        (&post, "leads/404/link".into(), Some(json!([{}])), 404),
        (&get, "leads/pipelines/404".into(), None, 404),
        (&get, "leads/custom_fields/404".into(), None, 404),
        (&get, "contacts/404".into(), None, 404),
        (&get, "users/404".into(), None, 404),
        (&get, "tasks/404".into(), None, 404),
        (&patch, "tasks/404".into(), Some(json!({"is_completed": true})), 404),
        (&get, "catalogs/404/elements".into(), None, 404),
        (&get, "catalogs/9001/elements/404".into(), None, 404),
        (&patch, "catalogs/9001/elements/404".into(), Some(json!({})), 404),
        (&get, "deals".into(), None, 404),
        (&get, "../v3/leads".into(), None, 404),
        (&delete, "webhooks".into(), Some(gone), 404),
        (&delete, format!("leads/{lead}"), Some(json!({})), 405),
        (&post, format!("leads/{lead}"), Some(json!({})), 405),
        (&Method::PUT, format!("leads/{lead}"), Some(json!({})), 405),
        (&patch, "webhooks".into(), Some(json!({})), 405),
        (&post, "account".into(), Some(json!({})), 405),
        (&post, "leads/pipelines".into(), Some(json!([])), 405),
        (&get, format!("leads/{lead}/link"), None, 405),
        (&get, "leads?limit=251".into(), None, 400),
        (&get, "leads?limit=ten".into(), None, 400),
        (&get, "leads?page=0".into(), None, 400),
        (&get, "leads?filter[id][]=x".into(), None, 400),
        (&get, "leads?filter[statuses][0][status_id]=142".into(), None, 400),
        (&get, "leads?order[updated_at]=down".into(), None, 400),
        (&get, "leads?filter[updated_at][from]=today".into(), None, 400),
        (&get, format!("leads/{lead}/notes?filter[note_type][]=comment"), None, 400),
        (&get, format!("tasks?filter[entity_id][]={lead}"), None, 400),
        (&get, "tasks?filter[is_completed]=no".into(), None, 400),
        (&post, format!("leads/{lead}/notes"), None, 400),
    ];
    for (method, path, body, status) in rows {
        let answer = world.amo(method.clone(), &path, body).await;
        let what = format!("{method} {path}: {}", answer.body);
        assert_eq!((answer.status, answer.kind.as_str()), (status, "application/problem+json"), "{what}");
        assert_eq!(answer.body["status"], status, "{what}");
    }
    let notes = format!("leads/{lead}/notes");
    let raw = [("application/x-www-form-urlencoded", "text=x"), ("text/plain", "[]"), ("application/json", "[{")];
    for (content_type, body) in raw {
        let request = world.amo_request(Method::POST, &notes).header("content-type", content_type).body(body);
        assert_eq!(said(request).await.status, 400, "{content_type}");
        world.pass_ms(1_000);
    }
    assert_eq!(world.sandbox.amocrm.lead(lead).unwrap().notes, []);
}

#[tokio::test]
async fn calls_without_a_living_token_are_refused_before_anything_else() {
    let world = World::amo_start().await;
    let lead = world.cake();
    let url = format!("{}/api/v4/leads/{lead}", world.sandbox.amocrm_url);
    let with = |value: &str| {
        let request = world.client.patch(&url).json(&json!({"price": 1}));
        if value.is_empty() { request } else { request.header("authorization", value) }
    };
    let basic = format!("Basic {LONG_LIVED}");
    for header in ["", "Bearer", "Bearer other", LONG_LIVED, basic.as_str()] {
        for _ in 0..3 {
            let answer = said(with(header)).await;
            assert_eq!((answer.status, answer.kind.as_str()), (401, "application/problem+json"), "{header}");
            assert_eq!((&answer.body["title"], &answer.body["status"]), (&json!("Unauthorized"), &json!(401)));
        }
    }
    let in_query = world.client.get(format!("{url}?access_token={LONG_LIVED}"));
    assert_eq!(said(in_query).await.status, 401);
    assert_eq!(world.sandbox.amocrm.lead(lead).unwrap().price, 12_500);
}

#[tokio::test]
async fn the_token_endpoint_refuses_what_is_not_right() {
    let world = World::start().await;
    let code = world.amo_code().await;
    let right = asking("authorization_code", "code", &code);
    let without = |name: &str| {
        let mut sent = right.clone();
        sent.as_object_mut().unwrap().remove(name);
        sent
    };
    let with = |name: &str, value: &str| {
        let mut sent = right.clone();
        sent[name] = value.into();
        sent
    };
    let rows = [
        (without("client_id"), 400),
        (without("client_secret"), 400),
        (without("redirect_uri"), 400),
        (without("grant_type"), 400),
        (without("code"), 400),
        (with("client_id", "other"), 401),
        (with("client_secret", "other"), 401),
        (with("redirect_uri", "https://evil.example/"), 400),
        (with("grant_type", "password"), 400),
        (with("code", "other"), 400),
        (asking("refresh_token", "refresh_token", "other"), 400),
        (asking("refresh_token", "code", &code), 400),
        (json!([]), 400),
    ];
    for (body, status) in rows {
        let answer = world.amo_token(body.clone()).await;
        assert_eq!((answer.status, answer.kind.as_str()), (status, "application/problem+json"), "{body}");
        assert!(answer.body["hint"].is_string(), "{body}");
    }
    let url = format!("{}/oauth2/access_token", world.sandbox.amocrm_url);
    let as_form = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("redirect_uri", BACK),
        ("grant_type", "authorization_code"),
        ("code", &code),
    ];
    assert_eq!(said(world.client.post(&url).form(&as_form)).await.status, 400);
    assert_eq!(said(world.client.get(&url)).await.status, 405);
    let stranger = world.client.get(format!("{}/oauth?client_id=other", world.sandbox.amocrm_url));
    assert_eq!(said(stranger).await.status, 404);
    assert_eq!(world.amo_token(right).await.status, 200, "and none of it used the code up");
}

#[tokio::test]
async fn an_account_has_a_hundred_webhooks_at_most() {
    let world = World::amo_start().await;
    let hook =
        |number: usize| json!({"destination": format!("https://pay.example.am/{number}"), "settings": ["add_lead"]});
    for number in 0..100 {
        assert_eq!(world.amo_post("webhooks", hook(number)).await.status, 201);
    }
    let refused = world.amo_post("webhooks", hook(100)).await;
    assert_eq!((refused.status, &refused.body["validation-errors"][0]["errors"][0]["code"]), (400, &json!("TooMany")));
    assert_eq!(world.amo_post("webhooks", hook(7)).await.status, 201, "a known one is set anew");
}
