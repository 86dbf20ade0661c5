//! The authorisation server: what it gives, what it refuses, and that what was used is used.

use std::sync::Arc;

use kamurj_sandbox::authority::{Authority, Client, Dialect};

use crate::world::{START_MS, reply};

const BACK: &str = "https://shop.example.am/back";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn started() -> (Authority, reqwest::Client) {
    let authority = Authority::start(Arc::new(|| START_MS)).await.unwrap();
    let (id, secret, redirect_uri) = ("shop".to_owned(), "shop-secret".to_owned(), BACK.to_owned());
    authority.registers(Client { id, secret, redirect_uri });
    (authority, crate::world::client())
}

/// A code that is bound to the challenge of RFC 7636, appendix B.
async fn code(authority: &Authority, client: &reqwest::Client) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", "shop"),
        ("redirect_uri", BACK),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = client.get(format!("{}/oauth/authorize", authority.url)).query(&query).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let back = answer.headers()["location"].to_str().unwrap();
    let code = back.split_once("code=").unwrap().1;
    code.split('&').next().unwrap().to_owned()
}

#[tokio::test]
async fn codes_and_refresh_tokens_are_for_one_use() {
    let (authority, client) = started().await;
    let code = code(&authority, &client).await;
    let ask = |fields: Vec<(&'static str, String)>| {
        let fields: Vec<_> =
            fields.into_iter().chain([("client_id", "shop".into()), ("client_secret", "shop-secret".into())]).collect();
        reply(client.post(format!("{}/oauth/token", authority.url)).form(&fields))
    };
    let exchange = |code: &str, verifier: &str| {
        ask(vec![
            ("grant_type", "authorization_code".into()),
            ("code", code.to_owned()),
            ("redirect_uri", BACK.into()),
            ("code_verifier", verifier.to_owned()),
        ])
    };
    assert_eq!(exchange(&code, &VERIFIER.replace('d', "e")).await.body["error"], "invalid_grant");
    assert_eq!(exchange("code-unknown", VERIFIER).await.body["error"], "invalid_grant");
    let given = exchange(&code, VERIFIER).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let refresh = given.body["refresh_token"].as_str().unwrap().to_owned();
    let renew = || ask(vec![("grant_type", "refresh_token".into()), ("refresh_token", refresh.clone())]);
    assert_eq!(renew().await.status, 200);
    assert_eq!((renew().await.status, authority.seen().most_uses_of_one), (400, 2));
    let bearer = |token: &str| client.get(format!("{}/api/me", authority.url)).bearer_auth(token);
    assert_eq!(reply(bearer(given.body["access_token"].as_str().unwrap())).await.status, 200);
    assert_eq!(reply(bearer("access-unknown")).await.status, 401);
    // A code that comes back takes with it what it gave.
    assert_eq!((exchange(&code, VERIFIER).await.status, authority.living_tokens()), (400, 0));
}

#[tokio::test]
async fn each_dialect_takes_no_other() {
    let (authority, client) = started().await;
    let url = format!("{}/oauth/token", authority.url);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "shop")];
    let with_secret: Vec<_> = fields.into_iter().chain([("client_secret", "shop-secret")]).collect();
    let object: std::collections::BTreeMap<_, _> = with_secret.iter().copied().collect();
    for (dialect, own) in [(Dialect::Form, 0), (Dialect::Json, 1), (Dialect::Query, 2)] {
        authority.speaks(dialect);
        let requests = [
            client.post(&url).form(&with_secret),
            client.post(&url).json(&object),
            client.get(&url).query(&with_secret),
        ];
        for (index, request) in requests.into_iter().enumerate() {
            let answer = reply(request).await;
            assert_eq!(answer.status, 400, "{dialect:?} {index}");
            let word = if index == own { "invalid_grant" } else { "invalid_request" };
            assert!(dialect == Dialect::Json || answer.body["error"] == word, "{dialect:?} {index}: {}", answer.body);
        }
    }
    let nobody = reply(client.get(&url).query(&fields)).await;
    assert_eq!((nobody.status, &nobody.body["error"]), (401, &"invalid_client".into()));
}
