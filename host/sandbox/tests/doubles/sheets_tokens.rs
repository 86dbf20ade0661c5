//! Tokens for service accounts: what they are given for, how long they live, and who may then do what.

use kamurj_sandbox::sheets::{MADE_UP, Spreadsheet};
use reqwest::Method;
use serde_json::{Value, json};

use crate::google::{AUDIENCE, EMAIL, GRANT, SCOPE, claims, encoded, header, key, row, signed, strange_key};
use crate::world::{START_MS, World, reply};

const NOW: i64 = START_MS / 1_000;

#[tokio::test]
async fn a_signed_assertion_gives_a_token_for_an_hour() {
    let world = World::with_sheets().await;
    let answer = world.ask_token(&signed(&key().0, &header(), &claims())).await;
    assert_eq!(
        (answer.status, &answer.body["expires_in"], &answer.body["token_type"]),
        (200, &json!(3_599), &json!("Bearer"))
    );
    let token = answer.body["access_token"].as_str().unwrap();
    world.pass_ms(3_598_999);
    assert_eq!(world.sheet(token, Method::GET, "", None).await.status, 200);
    world.pass_ms(1);
    let ended = world.sheet(token, Method::GET, "", None).await;
    assert_eq!((ended.status, ended.body["error"]["status"].as_str()), (401, Some("UNAUTHENTICATED")));
    let view = serde_json::to_string(&world.sandbox.sheets.view()).unwrap();
    assert!(!view.contains(token) && !view.contains("PRIVATE"), "nobody is shown a secret");
}

/// Claims with a change to them; `null` takes one out.
fn changed(change: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name)
        } else {
            claims.as_object_mut().unwrap().insert(name.clone(), value.clone())
        };
    }
    claims
}

#[tokio::test]
async fn clocks_may_be_five_minutes_apart_and_both_audiences_are_good() {
    let world = World::with_sheets().await;
    let own = format!("{}/token", world.sandbox.sheets_url);
    for change in [
        json!({"iat": NOW + 300, "exp": NOW + 3_900}),
        json!({"iat": NOW - 3_899, "exp": NOW - 299}),
        json!({"exp": NOW + 60}),
        json!({"aud": own}),
        json!({"scope": format!("{SCOPE} https://www.googleapis.com/auth/drive.file")}),
        json!({"jti": "one more claim"}),
    ] {
        let answer = world.ask_token(&signed(&key().0, &header(), &changed(&change))).await;
        assert_eq!(answer.status, 200, "{change}: {}", answer.body);
    }
}

#[tokio::test]
async fn wrong_assertions_are_refused() {
    let world = World::with_sheets().await;
    let (good, other) = (&key().0, strange_key());
    let renamed = |change: Value| {
        let mut header = header();
        header.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        header
    };
    let by = |change: Value| signed(good, &header(), &changed(&change));
    let whole = signed(good, &header(), &claims());
    let (text, signature) = whole.rsplit_once('.').unwrap();
    let hmac = {
        use base64::Engine;
        use hmac::{Hmac, KeyInit, Mac};
        let text = format!("{}.{}", encoded(&renamed(json!({"alg": "HS256"}))), encoded(&claims()));
        // The public key as a shared secret: the oldest trick there is.
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key().1.public_key_pem.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let mut last = signature.to_owned();
    last.replace_range(0..1, if last.starts_with('A') { "B" } else { "A" });
    let swapped = format!(
        "{}.{}.{signature}",
        text.split('.').next().unwrap(),
        encoded(&changed(&json!({"scope": format!("{SCOPE}.readonly")})))
    );
    let wrong: Vec<(&str, String, &str, &str)> = vec![
        ("another key", signed(other, &header(), &claims()), "invalid_grant", "Invalid JWT Signature."),
        (
            "another key under its own id",
            signed(other, &renamed(json!({"kid": other.private_key_id})), &claims()),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        (
            "the right key under another id",
            signed(good, &renamed(json!({"kid": "0000"})), &claims()),
            "invalid_grant",
            "Invalid JWT Signature.",
        ),
        ("no id", signed(good, &renamed(json!({"kid": null})), &claims()), "invalid_grant", "Invalid JWT Signature."),
        ("a changed signature", format!("{text}.{last}"), "invalid_grant", "Invalid JWT Signature."),
        ("changed claims", swapped, "invalid_grant", "Invalid JWT Signature."),
        ("no signature", format!("{text}."), "invalid_grant", "Invalid JWT Signature."),
        (
            "alg none",
            format!("{}.{}.", encoded(&renamed(json!({"alg": "none"}))), encoded(&claims())),
            "invalid_grant",
            "Invalid JWT: its header",
        ),
        ("alg HS256", hmac, "invalid_grant", "Invalid JWT: its header"),
        (
            "alg RS512 in the header alone",
            signed(good, &renamed(json!({"alg": "RS512"})), &claims()),
            "invalid_grant",
            "Invalid JWT: its header",
        ),
        (
            "another type",
            signed(good, &renamed(json!({"typ": "at+jwt"})), &claims()),
            "invalid_grant",
            "Invalid JWT: its header",
        ),
        ("two parts", text.to_owned(), "invalid_grant", "Invalid JWT: it must have three parts."),
        ("no JSON", "e30.x.y".to_owned(), "invalid_grant", "Invalid JWT: header and claims"),
        (
            "nobody's",
            by(json!({"iss": "nobody@bakery.iam.gserviceaccount.com"})),
            "invalid_grant",
            "Invalid grant: account not found",
        ),
        ("no issuer", by(json!({"iss": null})), "invalid_grant", "Invalid JWT: iss is missing."),
        (
            "another audience",
            by(json!({"aud": "https://sheets.googleapis.com/"})),
            "invalid_grant",
            "Invalid JWT: Failed audience check.",
        ),
        ("no audience", by(json!({"aud": null})), "invalid_grant", "Invalid JWT: Failed audience check."),
        ("two audiences", by(json!({"aud": [AUDIENCE]})), "invalid_grant", "Invalid JWT: Failed audience check."),
        ("ended", by(json!({"iat": NOW - 3_900, "exp": NOW - 300})), "invalid_grant", "Invalid JWT: Token must be"),
        (
            "from the future",
            by(json!({"iat": NOW + 301, "exp": NOW + 3_901})),
            "invalid_grant",
            "Invalid JWT: Token must be",
        ),
        ("longer than an hour", by(json!({"exp": NOW + 3_601})), "invalid_grant", "Invalid JWT: Token must be"),
        ("ends before it begins", by(json!({"exp": NOW - 1})), "invalid_grant", "Invalid JWT: Token must be"),
        ("no end", by(json!({"exp": null})), "invalid_grant", "Invalid JWT: Token must be"),
        (
            "milliseconds",
            by(json!({"iat": START_MS, "exp": START_MS + 3_600})),
            "invalid_grant",
            "Invalid JWT: Token must be",
        ),
        ("times as text", by(json!({"iat": NOW.to_string()})), "invalid_grant", "Invalid JWT: Token must be"),
        (
            "times beyond all",
            by(json!({"iat": i64::MIN, "exp": i64::MAX})),
            "invalid_grant",
            "Invalid JWT: Token must be",
        ),
        ("no scope", by(json!({"scope": null})), "invalid_scope", "Invalid OAuth scope"),
        ("an empty scope", by(json!({"scope": ""})), "invalid_scope", "Invalid OAuth scope"),
        ("an unknown scope", by(json!({"scope": "spreadsheets"})), "invalid_scope", "Invalid OAuth scope"),
    ];
    for (what, assertion, error, description) in wrong {
        let answer = world.ask_token(&assertion).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some(error)), "{what}: {}", answer.body);
        assert!(answer.body["error_description"].as_str().unwrap().starts_with(description), "{what}: {}", answer.body);
    }
    let url = format!("{}/token", world.sandbox.sheets_url);
    let forms: [(&[(&str, &str)], &str); 4] = [
        (&[], "invalid_request"),
        (&[("grant_type", GRANT)], "invalid_request"),
        (&[("grant_type", "client_credentials"), ("assertion", &whole)], "unsupported_grant_type"),
        (&[("assertion", &whole)], "invalid_request"),
    ];
    for (form, error) in forms {
        let answer = reply(world.client.post(&url).form(form)).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some(error)), "{form:?}");
    }
    let as_json = world.post(&url, json!({"grant_type": GRANT, "assertion": whole})).await;
    assert_eq!((as_json.status, as_json.body["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(reply(world.client.get(&url)).await.status, 404);
    assert_eq!(world.sandbox.sheets.view().accounts[0].tokens, 0, "none of them was given a token");
}

#[tokio::test]
async fn tokens_do_what_their_scopes_say_where_the_account_was_let_in() {
    let world = World::with_sheets().await;
    let reader = world.token(json!({"scope": format!("{SCOPE}.readonly")})).await;
    assert_eq!(world.sheet(&reader, Method::GET, "", None).await.status, 200);
    let narrow = world.batch(&reader, row(1, "A", 1)).await;
    assert_eq!(
        (narrow.status, narrow.body["error"]["details"][0]["reason"].as_str()),
        (403, Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    );
    let mail = world.token(json!({"scope": "https://www.googleapis.com/auth/gmail.send"})).await;
    assert_eq!(world.sheet(&mail, Method::GET, "", None).await.status, 403);

    let token = world.token(json!({})).await;
    let own = Spreadsheet {
        id: "private".to_owned(),
        title: "Private".to_owned(),
        tabs: Vec::new(),
        shared_with: Vec::new(),
    };
    world.sandbox.sheets.add_spreadsheet(&own);
    for (id, status, word) in [("private", 403, "PERMISSION_DENIED"), ("unknown", 404, "NOT_FOUND")] {
        let url = format!("{}/v4/spreadsheets/{id}", world.sandbox.sheets_url);
        let answer = reply(world.client.get(url).bearer_auth(&token)).await;
        assert_eq!((answer.status, answer.body["error"]["status"].as_str()), (status, Some(word)), "{id}");
    }
    let key_id = key().1.key_id.clone();
    assert!(world.sandbox.sheets.delete_key(EMAIL, &key_id) && !world.sandbox.sheets.delete_key(EMAIL, &key_id));
    let refused = world.ask_token(&signed(&key().0, &header(), &claims())).await;
    assert_eq!((refused.status, refused.body["error"].as_str()), (400, Some("invalid_grant")));
    assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 200, "a token outlives its key");
    world.sandbox.sheets.revoke_tokens();
    assert_eq!(world.sheet(&token, Method::GET, "", None).await.status, 401);
}

#[tokio::test]
async fn the_token_service_can_fail_apart() {
    let world = World::with_sheets().await;
    world.sandbox.sheets.change_faults(|faults| faults.token_fail_next = 1);
    let assertion = signed(&key().0, &header(), &claims());
    assert_eq!(world.ask_token(&assertion).await.status, 503);
    assert_eq!(world.ask_token(&assertion).await.status, 200);
    world.sandbox.sheets.change_faults(|faults| faults.down = true);
    assert_eq!(world.ask_token(&assertion).await.status, 503);
}

#[tokio::test]
async fn a_key_file_of_the_board_opens_the_door() {
    let world = World::start().await;
    let made = world.play("/play/sheets/key", json!({"client_email": EMAIL})).await;
    assert_eq!((made.status, made.body["type"].as_str()), (200, Some("service_account")), "{}", made.body);
    assert_eq!((made.body["project_id"].as_str(), made.body["client_email"].as_str()), (Some("bakery"), Some(EMAIL)));
    let uri = made.body["token_uri"].as_str().unwrap();
    assert_eq!(uri, format!("{}/token", world.sandbox.sheets_url));
    let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
    let file = kamurj_sandbox::sheets::KeyFile {
        kind: "service_account",
        project_id: text("project_id"),
        private_key_id: text("private_key_id"),
        private_key: text("private_key"),
        client_email: text("client_email"),
        token_uri: uri.to_owned(),
    };
    let mut header = header();
    header["kid"] = file.private_key_id.clone().into();
    assert_eq!(world.ask_token(&signed(&file, &header, &changed(&json!({"aud": uri})))).await.status, 200);
    assert!(!format!("{file:?}").contains("PRIVATE"));
    assert_eq!(world.sandbox.sheets.view().spreadsheets[0].id, MADE_UP);
}
