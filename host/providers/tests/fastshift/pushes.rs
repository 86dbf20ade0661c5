//! Webhooks are unsigned: whatever they say, they only say that there is something to ask.

use crate::account::{AtFastShift, NOW, NUMBER, OTHER, adapter_at, of};
use axum::Router;
use axum::extract::{Request, State};
use kamurj_providers::{Lookup, Push, PushRefused, Pushed, SessionStatus, Tidings};
use kamurj_sandbox::gateways::fastshift::{Manner, Switches};
use kamurj_sandbox::gateways::{Act, Gateway};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A request as the host hands it to an adapter.
#[derive(Clone)]
struct Came {
    method: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Came {
    fn pushed(&self) -> Pushed<'_> {
        Pushed { method: &self.method, query: &self.query, headers: &self.headers, body: &self.body }
    }
}

type Kept = Arc<Mutex<Vec<Came>>>;

async fn take(State(kept): State<Kept>, request: Request) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap().to_vec();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let headers =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    kept.lock().unwrap().push(Came { method: parts.method.to_string(), query, headers, body });
}

fn hint() -> Push {
    Push::Hint { number: NUMBER.to_owned() }
}

#[tokio::test]
async fn a8_a_webhook_that_lies_leads_to_a_question_whose_answer_is_the_truth() {
    let kept = Kept::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let webhook_url = format!("http://{}/hook?account=1", listener.local_addr().unwrap());
    let routes = Router::new().fallback(take).with_state(kept.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });

    for manner in [Manner::Json, Manner::Form, Manner::Query] {
        let at = AtFastShift::with(&json!({ "webhook_url": webhook_url })).await;
        at.sandbox.fastshift.set_switches(Switches { webhook: manner, ..Switches::default() });
        let id = at.order().await;
        assert!(at.sandbox.fastshift.lies(&id, "completed"));
        assert_eq!(at.sandbox.deliver_due().await, 1);
        let lie = kept.lock().unwrap().pop().unwrap();
        assert_eq!(at.adapter.on_push(&lie.pushed(), NOW), Ok(hint()), "{manner:?}");
        assert_eq!(at.adapter.read_push(&lie.pushed()), Ok(Tidings::Nothing), "{manner:?}");
        let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("it is known") };
        assert_eq!(said.status, SessionStatus::Open, "{manner:?}: nothing was paid");

        at.sandbox.fastshift.act(&id, Act::Pay).unwrap();
        assert_eq!(at.sandbox.deliver_due().await, 1);
        let truth = kept.lock().unwrap().pop().unwrap();
        assert_eq!(at.adapter.on_push(&truth.pushed(), NOW), Ok(hint()), "{manner:?}");
        let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("it is known") };
        assert_eq!(said.status, SessionStatus::Approved, "{manner:?}");
    }
}

#[test]
fn only_the_order_is_read_and_it_must_be_one() {
    let adapter = adapter_at("http://127.0.0.1:9", &json!({}));
    let form = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let query = |number: &str| vec![("order_number".to_owned(), number.to_owned())];
    let upper = NUMBER.to_uppercase();
    let none = Vec::new();
    let body = |number: &str| format!(r#"{{"status":"completed","order_number":"{number}"}}"#);
    let written = format!("status=completed&order_number={NUMBER}");
    let (ours, capitals, other) = (body(NUMBER), body(&upper), body(OTHER));
    for (query, headers, body) in [
        (&query(NUMBER), &json[..0], ""),
        (&query(&upper), &json[..0], ""),
        (&none, &form[..], written.as_str()),
        (&none, &json[..], ours.as_str()),
        (&none, &json[..0], ours.as_str()),
        (&none, &json[..], capitals.as_str()),
        (&query(NUMBER), &json[..], capitals.as_str()),
    ] {
        let pushed = Pushed { method: "POST", query, headers, body: body.as_bytes() };
        assert_eq!(adapter.on_push(&pushed, NOW), Ok(hint()), "{query:?} {body}");
    }
    let number = r#"{"order_number":5}"#;
    for (query, headers, body) in [
        (&none, &json[..], ""),
        (&none, &json[..], "{}"),
        (&none, &json[..], "[]"),
        (&none, &json[..], number),
        (&none, &json[..0], written.as_str()),
        (&none, &form[..], "status=completed"),
        (&query(""), &json[..], ""),
        (&query("PL-2041"), &json[..], ""),
        (&query("../../../etc"), &json[..], ""),
        // Two orders at once: nobody knows which is meant.
        (&query(NUMBER), &json[..], other.as_str()),
    ] {
        let pushed = Pushed { method: "POST", query, headers, body: body.as_bytes() };
        let refused = adapter.on_push(&pushed, NOW);
        assert!(matches!(refused, Err(PushRefused::Unreadable(_))), "{query:?} {body}: {refused:?}");
    }
}
