//! The three schemes that an account's webhooks can be proven by.

use crate::account::{AtTheBank, NOW, TOKEN, WEBHOOK_SECRET, adapter_with, secrets_of};
use crate::push::pushed;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use kamurj_egress::Egress;
use kamurj_providers::{Line, Provider, Push, PushRefused, SessionStatus, SettingsError, Tidings, adapter};
use kamurj_sandbox::bank::{Encoding, Scheme, Signature};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const BASE: &str = "http://127.0.0.1:9";
const BODY: &[u8] = br#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"pay_01"}}"#;
/// When the published examples were signed.
const SENT: i64 = 1_795_255_509_000;
const STRIPE_TAG: &str = "762f5a110e1bccf5947b5f8b4c7fa6e2d347e787f3023dc5c3736675a4a93530";
/// HMAC-SHA256 of [`BODY`] under `whsec_test`.
const BODY_TAG: &str = "cb5f66cae99273336fe84f0c0640f5f68100e5f277241bf5ddb80c71539ffa06";
const BODY_TAG_BASE64: &str = "y19myumSczNv6E8MBkD19oEA5fJ3JBv13bgMcVOf+gY=";
/// SHA-256 of [`BODY`].
const NAME: &str = "sha256:d139ade8e4c1090eb8891fb7a74af7ef0238ef4d0477cac91b355a89564c265a";

fn account(webhook: &Value, secret: &str, old: Option<&str>) -> Box<dyn Provider> {
    let mut secrets = vec![("api_token", TOKEN), ("webhook_secret", secret)];
    secrets.extend(old.map(|old| ("webhook_secret_old", old)));
    let secrets = match secrets[..] {
        [one, two] => secrets_of([one, two]),
        [one, two, three] => secrets_of([one, two, three]),
        _ => unreachable!("two or three"),
    };
    adapter_with(BASE, &json!({ "webhook": webhook }), &secrets)
}

fn shown(vpos: &dyn Provider, header: &str, value: &str, body: &[u8], now: i64) -> Result<Push, PushRefused> {
    vpos.on_push(&pushed(&[(header.to_owned(), value.to_owned())], body), now)
}

fn refused(reason: &'static str) -> Result<Push, PushRefused> {
    Err(PushRefused::Unproven(reason))
}

fn key_of(push: Result<Push, PushRefused>) -> String {
    match push.unwrap() {
        Push::News { natural_key } => natural_key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_webhook_of_each_scheme_is_proven_by_the_header_that_the_account_names() {
    let stripe = format!("t=1795255509,v1={STRIPE_TAG}");
    let prefixed = format!("sha256={BODY_TAG}");
    for (webhook, header, value) in [
        (json!({ "scheme": "stripe" }), "stripe-signature", stripe.as_str()),
        (json!({ "scheme": "stripe", "header": "X-Signed" }), "x-signed", &stripe),
        (json!({ "scheme": "header", "header": "X-Tag", "encoding": "hex" }), "x-tag", BODY_TAG),
        (json!({ "scheme": "header", "header": "x-tag", "encoding": "hex", "prefix": "sha256=" }), "x-tag", &prefixed),
        (json!({ "scheme": "header", "header": "x-tag", "encoding": "base64" }), "x-tag", BODY_TAG_BASE64),
    ] {
        let vpos = account(&webhook, "whsec_test", None);
        assert_eq!(vpos.proof_headers(), [header], "{webhook}");
        let key = key_of(shown(&*vpos, header, value, BODY, SENT));
        assert_eq!(key, NAME);
        // A repeat is the same message, signed a minute later or not.
        assert_eq!(key, key_of(shown(&*vpos, header, value, BODY, SENT + 60_000)), "{webhook}");
        for place in 0..BODY.len() {
            let mut changed = BODY.to_vec();
            changed[place] ^= 1;
            assert_eq!(shown(&*vpos, header, value, &changed, SENT), refused("the signature does not fit"));
        }
        assert_eq!(shown(&*vpos, "x-other", value, BODY, SENT), refused("the signature headers are missing"));
        let other = account(&webhook, "another-secret", None);
        assert_eq!(shown(&*other, header, value, BODY, SENT), refused("the signature does not fit"), "{webhook}");
        let changing = account(&webhook, "another-secret", Some("whsec_test"));
        assert_eq!(key_of(shown(&*changing, header, value, BODY, SENT)), key, "{webhook}");
    }
}

#[test]
fn a14_only_schemes_with_a_time_in_them_know_old_messages() {
    let stripe = account(&json!({ "scheme": "stripe" }), "whsec_test", None);
    let value = format!("t=1795255509,v1={STRIPE_TAG}");
    for now in [SENT + 300_001, SENT - 300_001] {
        let stale = shown(&*stripe, "stripe-signature", &value, BODY, now);
        assert_eq!(stale, refused("the timestamp is more than five minutes off"));
    }
    let header = account(&json!({ "scheme": "header", "header": "x-tag", "encoding": "hex" }), "whsec_test", None);
    let fresh = key_of(shown(&*header, "x-tag", BODY_TAG, BODY, SENT));
    assert_eq!(key_of(shown(&*header, "x-tag", BODY_TAG, BODY, SENT + 86_400_000)), fresh, "the same message again");
}

#[test]
fn a8_one_scheme_does_not_take_what_another_would() {
    let standard = account(&json!({}), WEBHOOK_SECRET, None);
    assert_eq!(standard.proof_headers(), Vec::<String>::new());
    let value = format!("t=1795255509,v1={STRIPE_TAG}");
    let taken = shown(&*standard, "stripe-signature", &value, BODY, SENT);
    assert_eq!(taken, refused("the signature headers are missing"));
    let stripe = account(&json!({ "scheme": "stripe" }), WEBHOOK_SECRET, None);
    let body = String::from_utf8(BODY.to_vec()).unwrap();
    let headers = crate::push::headers(WEBHOOK_SECRET, NOW / 1000, &body);
    assert_eq!(stripe.on_push(&pushed(&headers, BODY), NOW), refused("the signature headers are missing"));
    let explicit = account(&json!({ "scheme": "standard" }), WEBHOOK_SECRET, None);
    assert_eq!(key_of(explicit.on_push(&pushed(&headers, BODY), NOW)), "msg_1");
}

fn error_of(webhook: &Value, secret: &str) -> SettingsError {
    let settings = json!({ "base_url": "https://bank.example", "webhook": webhook });
    let secrets = secrets_of([("api_token", TOKEN), ("webhook_secret", secret)]);
    adapter("vpos", &settings.to_string(), &secrets, Line::unwatched(Egress::new(Vec::new()))).err().unwrap()
}

#[test]
fn an_error_names_what_the_scheme_lacks() {
    let hex = |header: &str| json!({ "scheme": "header", "header": header, "encoding": "hex" });
    for (webhook, pointer) in [
        (json!({ "scheme": "hmac" }), "/settings/webhook/scheme"),
        (json!({ "scheme": 1 }), "/settings/webhook/scheme"),
        (json!({ "schema": "stripe" }), "/settings/webhook/schema"),
        (json!({ "verify": false }), "/settings/webhook/verify"),
        (json!("stripe"), "/settings/webhook"),
        (json!({ "scheme": "standard", "header": "x-tag" }), "/settings/webhook/header"),
        (json!({ "scheme": "stripe", "encoding": "hex" }), "/settings/webhook/encoding"),
        (json!({ "scheme": "stripe", "prefix": "x" }), "/settings/webhook/prefix"),
        (json!({ "scheme": "header", "encoding": "hex" }), "/settings/webhook/header"),
        (json!({ "scheme": "header", "header": "x-tag" }), "/settings/webhook/encoding"),
        (json!({ "scheme": "header", "header": "x-tag", "encoding": "Hex" }), "/settings/webhook/encoding"),
        (json!({ "scheme": "header", "header": "x", "encoding": "hex", "prefix": "a b" }), "/settings/webhook/prefix"),
        (hex(""), "/settings/webhook/header"),
        (hex("x tag"), "/settings/webhook/header"),
        (hex("x-tag:"), "/settings/webhook/header"),
        (hex("Authorization"), "/settings/webhook/header"),
        (hex("content-type"), "/settings/webhook/header"),
    ] {
        let error = error_of(&webhook, "whsec_test");
        assert_eq!(error.pointer, pointer, "{webhook}: {error}");
    }
    for (webhook, secret) in [
        (json!({}), "whsec_test"),
        (json!({ "scheme": "stripe" }), "short"),
        (json!({ "scheme": "stripe" }), "copied with a blank "),
        (hex("x-tag"), "1234567"),
    ] {
        let error = error_of(&webhook, secret);
        assert_eq!(error.pointer, "/secrets/webhook_secret", "{webhook}: {error}");
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

/// The headers and body of each webhook that came.
type Came = Arc<Mutex<Vec<(Vec<(String, String)>, Vec<u8>)>>>;

async fn receiver() -> (String, Came) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let came = Came::default();
    let kept = came.clone();
    let take = move |headers: HeaderMap, body: Bytes| {
        let headers =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        kept.lock().unwrap().push((headers, body.to_vec()));
        async { "" }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
    (url, came)
}

#[tokio::test]
async fn a13_the_banks_own_webhooks_are_taken_in_each_scheme_until_they_are_forged_or_old() {
    let (url, came) = receiver().await;
    let prefixed = Scheme::Header { header: "x-tag".into(), encoding: Encoding::Base64, prefix: "sha256=".into() };
    for (scheme, webhook, secret, has_time) in [
        (Scheme::Standard, json!({}), WEBHOOK_SECRET, true),
        (
            Scheme::Stripe { header: "x-signed".into() },
            json!({ "scheme": "stripe", "header": "x-signed" }),
            "whsec_test",
            true,
        ),
        (
            prefixed,
            json!({ "scheme": "header", "header": "x-tag", "encoding": "base64", "prefix": "sha256=" }),
            "whsec_test",
            false,
        ),
    ] {
        let at = AtTheBank::open().await;
        at.sandbox.bank.set_endpoint_signed(&url, secret, scheme).unwrap();
        let ours = account(&webhook, secret, None);
        let reference = at.paid().await;
        let send = async |signature: Signature, shift_s: i64| {
            at.sandbox.bank.change_faults(|faults| {
                (faults.signature, faults.timestamp_shift_s) = (signature, shift_s);
            });
            let id = at.sandbox.bank.view().webhooks[0].id.clone();
            assert_eq!(at.sandbox.bank.send_at_once(&id, 1).await, [Some(200)]);
            let (headers, body) = came.lock().unwrap().pop().unwrap();
            let pushed = pushed(&headers, &body);
            (ours.on_push(&pushed, NOW), ours.read_push(&pushed))
        };
        let (right, read) = send(Signature::Right, 0).await;
        let Ok(Tidings::Session(statement)) = read else { panic!("{read:?}") };
        assert_eq!((statement.reference, statement.status), (reference, SessionStatus::Approved), "{webhook}");
        let key = key_of(right);
        assert_eq!(key_of(send(Signature::Rotated, 0).await.0), key, "{webhook}");
        assert_eq!(send(Signature::Wrong, 0).await.0, refused("the signature does not fit"), "{webhook}");
        let old = send(Signature::Right, -600).await.0;
        if has_time {
            assert_eq!(old, refused("the timestamp is more than five minutes off"), "{webhook}");
        } else {
            assert_eq!(key_of(old), key, "{webhook}: nothing in it is old");
        }
    }
}
