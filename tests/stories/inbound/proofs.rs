//! Who may send to a route, by each kind of proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::Clock as _;
use kamurj_tests::inbound::{component, entered, hmac, meta_signature, secret};
use kamurj_tests::integrator::Answer;
use kamurj_tests::plugins::hostile;
use kamurj_tests::process::Process;
use kamurj_tests::world::holds;
use kamurj_tests::{Engine, story};
use reqwest::Method;
use serde_json::json;

/// As Meta writes it: with escapes that another writer would not make.
const BODY: &str = r#"{"object":"page","entry":[{"messages":[{"id":"m_1","from":"7","text":"\u0532\/"}]}]}"#;

story!(a8_a_signed_body_is_taken_and_nothing_else, |world| {
    let doors = world.has_doors().await;
    let right = meta_signature(secret("app_secret"), BODY.as_bytes());
    let sends = async |signature: Option<&str>, body: &str| {
        let request = doors.post("meta", body);
        Answer::to(match signature {
            Some(signature) => request.header("x-hub-signature-256", signature),
            None => request,
        })
        .await
    };
    sends(None, BODY).await.is_problem(401, "unproven");
    let other_key = meta_signature(secret("verify_token"), BODY.as_bytes());
    let written_anew = serde_json::from_str::<serde_json::Value>(BODY).expect("JSON").to_string();
    let cut = &right[..right.len() - 2];
    for wrong in ["", "sha256=", cut, &right[7..], &right[..right.len() - 1], &format!("{right}00"), &other_key] {
        let refused = sends(Some(wrong), BODY).await;
        assert!(!refused.is_problem(401, "unproven").body.to_string().contains("canary"), "{}", refused.body);
    }
    sends(Some(&right), &written_anew).await.is_problem(401, "unproven");
    sends(Some(&right), &BODY[..BODY.len() - 1]).await.is_problem(401, "unproven");
    assert!(world.taken(&doors).await.is_empty(), "nothing of it is kept");

    assert_eq!(sends(Some(&right), BODY).await.status, 200);
    assert_eq!(world.taken(&doors).await, [("waiting".to_owned(), 1)], "it is kept before anybody works on it");
    world.settles().await;
    let told = world.told(&doors).await;
    assert_eq!((&told["body"], &told["path"], &told["headers"]), (&json!(BODY), &json!("meta"), &json!([])));

    let coded = STANDARD.encode(hmac(secret("app_secret").as_bytes(), b"{}"));
    let refused = Answer::to(doors.post("coded", "{ }").header("x-signature", &coded)).await;
    refused.is_problem(401, "unproven");
    assert_eq!(Answer::to(doors.post("coded", "{}").header("x-signature", &coded)).await.status, 200);
});

story!(a17_while_a_secret_is_changed_both_prove_and_then_the_new_one_alone, |world| {
    let doors = world.has_doors().await;
    let path = format!("/v1/installations/{}", doors.id);
    let (old, next) = (secret("app_secret"), secret("app_secret_next"));
    let message = |id: &str| json!({ "entry": [{ "messages": [{ "id": id }] }] });
    doors.meta("app_secret_next", &message("1")).await.is_problem(401, "unproven");
    doors.crm(secret("path_key_next"), "a=1").await.is_problem(401, "unproven");

    let both = json!({ "secrets": { "app_secret_next": next, "path_key_next": secret("path_key_next") } });
    world.changes(&path, &both).await;
    for key in ["app_secret", "app_secret_next"] {
        assert_eq!(doors.meta(key, &message(key)).await.status, 200, "{key}");
    }
    for key in ["path_key", "path_key_next"] {
        assert_eq!(doors.crm(secret(key), key).await.status, 200, "{key}");
    }

    world.changes(&path, &json!({ "secrets": { "app_secret": next, "app_secret_next": null } })).await;
    doors.meta("app_secret", &message("2")).await.is_problem(401, "unproven");
    assert_eq!(doors.meta("app_secret_next", &message("2")).await.status, 200);
    assert!(!world.sees(&path).await.to_string().contains(old));
});

story!(a8_the_secret_of_an_address_is_the_whole_last_segment, |world| {
    let doors = world.has_doors().await;
    let key = secret("path_key");
    for wrong in
        ["crm", "crm/", &format!("crm/{}", &key[1..]), &format!("crm/{key}x"), &format!("crm/{}", key.to_lowercase())]
    {
        Answer::to(doors.post(wrong, "a=1")).await.is_problem(401, "unproven");
    }
    for elsewhere in [format!("crm/x/{key}"), format!("crm/{key}/x"), format!("meta/{key}"), key.to_owned()] {
        Answer::to(doors.post(&elsewhere, "a=1")).await.is_problem(404, "not-found");
    }
    Answer::to(doors.post(&format!("crm?secret={key}"), "a=1")).await.is_problem(401, "unproven");
    for method in [Method::GET, Method::HEAD, Method::PUT] {
        let answer = Answer::to(world.http.request(method, format!("{}crm/{key}", doors.url))).await;
        assert_eq!(answer.status, 405);
    }
    assert!(world.taken(&doors).await.is_empty());
    assert_eq!(doors.crm(key, "a=1").await.status, 200);
});

story!(a14_a_signed_message_that_is_old_is_refused, |world| {
    let doors = world.has_doors().await;
    let now = world.clock.now() / 1_000;
    for at in [now - 301, now + 301, 0] {
        doors.standard("msg_1", at, "{}").await.is_problem(401, "unproven");
    }
    for at in [now - 300, now + 300] {
        assert_eq!(doors.standard("msg_1", at, "{}").await.status, 200);
    }
    assert_eq!(world.taken(&doors).await, [("waiting".to_owned(), 2)]);
});

story!(h5_the_secret_of_an_address_is_nowhere, |world| {
    let script = json!([
        { "do": "keep_told", "key": "told" },
        { "do": "log", "message": "a message came" },
        { "do": "panic" },
    ]);
    let quiet = world.has_doors().await;
    let key = secret("path_key");
    let post = |body: &str| {
        let uri = format!("/hooks/{}/crm/{key}", quiet.id);
        quiet.post(&format!("crm/{key}?from=crm"), body).header("x-original-uri", uri)
    };
    assert_eq!(Answer::to(post("leads[status][0][id]=7&leads[status][0][last_modified]=1")).await.status, 200);
    world.settles().await;
    let told = world.told(&quiet).await;
    assert_eq!((&told["path"], &told["query"]), (&json!("crm"), &json!([["from", "crm"]])));
    let uri = format!("/hooks/{}/crm/[secret]", quiet.id);
    assert_eq!(told["headers"], json!([["x-original-uri", uri]]), "what a proxy adds is kept without it");
    let mut shown = vec![told, world.sees(&format!("/v1/installations/{}", quiet.id)).await];

    let breaking = world.has_doors_doing(&script).await;
    assert_eq!(breaking.id, quiet.id);
    assert_eq!(Answer::to(post("a=2")).await.status, 200);
    world.passes(600_000).await;
    for place in ["runs", "logs"] {
        shown.push(world.sees(&format!("/v1/installations/{}/{place}", quiet.id)).await);
    }
    shown.extend(world.exceptions().await.into_iter().map(|one| json!(one.detail)));
    shown.extend(world.inbox(&quiet.id).await.into_iter().map(|one| json!([one.natural_key, one.note])));
    assert!(shown.len() >= 7, "{shown:?}");
    for method in [Method::GET, Method::HEAD] {
        let address = format!("{}crm/{key}", quiet.url);
        shown.push(Answer::to(world.http.request(method, address)).await.body);
    }
    shown.push(
        Answer::to(quiet.post(&format!("crm/{key}"), vec![b'a'; 64 * 1024 + 1]))
            .await
            .is_problem(413, "too-large")
            .body
            .clone(),
    );
    shown.push(Answer::to(quiet.post(&format!("crm/{key}/x"), "")).await.is_problem(404, "not-found").body.clone());
    for text in shown {
        assert!(!text.to_string().contains(key), "{text}");
    }
    for (name, bytes) in world.bytes_at_rest() {
        for form in [key.to_owned(), STANDARD.encode(key).trim_end_matches('=').to_owned()] {
            assert!(!holds(&bytes, form), "it is readable in {name}");
        }
    }
});

#[tokio::test]
async fn h5_the_secret_of_an_address_is_in_no_log_of_the_server() {
    let program = env!("CARGO_BIN_EXE_kamurj-under-test");
    let mut process = Process::start(program, Engine::Sqlite, ("never", 1)).await;
    let ready = format!("{}/readyz", process.url);
    process
        .eventually("the server answers", async |process| {
            process.http.get(&ready).send().await.ok().filter(|answer| answer.status() == 200)
        })
        .await;
    let installed = process.installs_beside(&component(), &entered(&json!([{ "do": "panic" }])));
    let hooks = installed["hooks"].as_array().expect("addresses");
    let hook = hooks.iter().find(|hook| hook["path"] == "crm").expect("the address")["url"].as_str().expect("a text");
    let address = hook.strip_suffix("/{path_key}").expect("the secret stands there by its name");
    let key = secret("path_key");
    let wrong = "CANARY-of-a-stranger-CANARY";
    for (method, segment, status) in [
        (Method::POST, key, 200),
        (Method::POST, wrong, 401),
        (Method::GET, key, 405),
        (Method::HEAD, key, 405),
        (Method::POST, &format!("{key}/x"), 404),
    ] {
        let request = process.http.request(method, format!("{address}/{segment}")).body("a=1");
        assert_eq!(Answer::to(request).await.status, status);
    }
    let log = process
        .eventually("the message was tried", async |process| {
            let log = String::from_utf8_lossy(&process.log()).into_owned();
            log.contains("a message is handed over again").then_some(log)
        })
        .await;
    assert!(log.contains("an inbound message was refused"), "{log}");
    for secret in [key, wrong] {
        assert!(!log.contains(secret), "{log}");
    }
}

story!(e3_messages_are_acknowledged_while_their_plugin_hangs, |world| {
    let installed = world.installs(hostile("looping"), json!({ "secrets": { "token": "poison-token" } })).await;
    let knocks = async |body: &'static str| {
        let request = world.http.post(format!("{}/hooks/{}/update", world.url, installed.id));
        Answer::to(request.header("x-token", "poison-token").body(body)).await.status
    };
    for body in ["1", "2", "3"] {
        assert_eq!(knocks(body).await, 200);
    }
    let waiting = world.inbox(&installed.id).await;
    assert!(
        waiting.len() == 3 && waiting.iter().all(|message| message.state == "waiting"),
        "no run has ended: {waiting:?}"
    );
});
