//! `kamurj trigger` and `kamurj listen` for real: processes beside a server's, with nothing but a key and addresses.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kamurj_sandbox::bank::sign;
use kamurj_sandbox::gateways::{Gateway, telcell};
use kamurj_tests::Engine;
use kamurj_tests::process::Process;
use serde_json::{Value, json};
use std::fs::File;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");
const SECRET: &str = "whsec_QSBkZXZlbG9wZXIncyBvd24gc2VjcmV0LCBtYWRlIHVw";

/// What came to the developer's own machine.
type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn receiver(answer: StatusCode) -> (String, Received) {
    let received = Received::default();
    let take = async move |State(received): State<Received>, headers: HeaderMap, body: String| {
        received.lock().expect("a list").push((headers, body));
        (answer, [("location", "/elsewhere")])
    };
    let routes = Router::new().fallback(take).with_state(received.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("its address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, received)
}

async fn server() -> Process {
    let mut server = Process::start(PROGRAM, Engine::Sqlite, ("never", 1)).await;
    let ready = format!("{}/readyz", server.url);
    server
        .eventually("the server answers", async |server| {
            server.http.get(&ready).send().await.ok().filter(|answer| answer.status() == 200)
        })
        .await;
    server
}

/// Runs a command to its end while everything else goes on.
async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("it ends")
}

async fn triggers(server: &Process, event: &str) -> Value {
    triggers_at(server, event, "vpos").await
}

async fn triggers_at(server: &Process, event: &str, provider: &str) -> Value {
    let of = ["--url", &server.url, "--sandbox", &server.sandbox.page_url, "--provider", provider];
    let output = output(server.tool(&[&["trigger", event], &of[..]].concat())).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{event}: {said}");
    assert!(!said.contains(&server.api_key), "the key is in no output");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(printed["event"], event);
    printed
}

#[test]
fn what_is_triggered_happens_and_what_is_listened_for_is_handed_on_signed() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut server = server().await;
        let (hook, received) = receiver(StatusCode::FOUND).await;
        let folder = TempDir::new().expect("a folder");
        let (lines, said) = (folder.path().join("lines"), folder.path().join("said"));
        let mut listen = server.tool(&["listen", "--url", &server.url, "--forward", &hook]);
        listen.args(["--events", "payment.paid,payment.failed"]).env("KAMURJ_LISTEN_SECRET", SECRET);
        listen.stdout(File::create(&lines).expect("a file")).stderr(File::create(&said).expect("a file"));
        let mut listening = listen.spawn().expect("the program runs");
        let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("a file");
        server.eventually("it listens", async |_| read(&said).contains("listening to").then_some(())).await;

        let paid = triggers(&server, "payment.paid").await;
        assert_eq!(paid["happened"], json!(["payment.created", "payment.pending", "payment.paid"]));
        assert_eq!((&paid["payment"]["status"], &paid["payment"]["mode"]), (&json!("paid"), &json!("test")));
        let failed = triggers(&server, "payment.failed").await;
        assert_eq!(failed["payment"]["status"], "failed");

        let count = |received: &Received| received.lock().expect("a list").len();
        server.eventually("both were handed on", async |_| (count(&received) == 2).then_some(())).await;
        let printed: Vec<Value> =
            read(&lines).lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
        let told: Vec<_> = printed.iter().map(|event| (&event["type"], &event["payment"]["id"])).collect();
        assert_eq!(
            told,
            [(&json!("payment.paid"), &paid["payment"]["id"]), (&json!("payment.failed"), &failed["payment"]["id"])]
        );
        for (event, (headers, body)) in printed.iter().zip(received.lock().expect("a list").iter()) {
            let header = |name: &str| headers[name].to_str().expect("a text");
            let at = header("webhook-timestamp").parse().expect("seconds");
            let signed = sign(SECRET, header("webhook-id"), at, body).expect("a secret");
            assert_eq!(header("webhook-signature"), signed);
            assert_eq!(
                (header("webhook-id"), header("content-type")),
                (event["id"].as_str().unwrap(), "application/json")
            );
            let body: Value = serde_json::from_str(body).expect("JSON");
            assert_eq!((&body["type"], &body["data"]["id"]), (&event["type"], &event["payment"]["id"]));
        }
        let killed = Command::new("kill").args(["-TERM", &listening.id().to_string()]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        let ended = tokio::task::spawn_blocking(move || listening.wait().expect("an end")).await.expect("it ends");
        assert!(ended.success(), "an interrupt is how it ends: {ended}");
        let said = read(&said);
        assert_eq!(said.matches("answered 302").count(), 2, "nothing is followed or repeated: {said}");
        assert!(said.contains("handed on once") && !said.contains(SECRET) && !said.contains(&server.api_key), "{said}");
    });
}

#[test]
fn every_event_that_can_be_caused_happens() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = server().await;
        for (event, status) in [
            ("payment.created", "created"),
            ("payment.pending", "pending"),
            ("payment.cancelled", "cancelled"),
            ("payment.partially_refunded", "partially_refunded"),
            ("payment.refunded", "refunded"),
            ("payment.manual_review", "manual_review"),
            ("exception.opened", "manual_review"),
        ] {
            let triggered = triggers(&server, event).await;
            assert_eq!(triggered["payment"]["status"], status, "{event}");
            let happened = triggered["happened"].as_array().expect("a list");
            assert!(happened.contains(&json!(event)), "{event}: {happened:?}");
        }
        let faults = server.sandbox.gateways[0].faults();
        assert_eq!(faults, kamurj_sandbox::gateways::Faults::default(), "the sandbox is left as it was");
    });
}

/// An account at Telcell, where customers are handed over by a form of their own browser's.
fn takes_up_telcell(server: &Process) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("telcell.json");
    let base = format!("{}/telcell/", server.sandbox.bank_url);
    let entered = json!({
        "settings": { "base_url": base, "issuer": "shop@example.am", "server_calls": true },
        "secrets": { "shop_key": "a key between two" },
    });
    std::fs::write(&file, entered.to_string()).expect("a file");
    let file = file.display().to_string();
    let of = ["--merchant", &server.merchant, "--mode", "test", "--file", &file];
    let account = server.admin(&[&["set-provider-account", "--provider", "telcell"], &of[..]].concat());
    let url = |text: &str| text.parse().expect("an address");
    server.sandbox.telcell.registers(telcell::Merchant {
        issuer: "shop@example.am".to_owned(),
        shop_key: "a key between two".to_owned(),
        callback_url: Some(url(account["webhook_url"].as_str().expect("an address"))),
        return_url: Some(url(&format!("{}/r/telcell/none", server.url))),
    });
}

#[test]
fn a_payment_is_triggered_at_a_gateway_that_is_reached_by_a_form() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = server().await;
        takes_up_telcell(&server);
        let paid = triggers_at(&server, "payment.paid", "telcell").await;
        assert_eq!(paid["payment"]["status"], "paid");
        assert_eq!(server.sandbox.telcell.orders().len(), 1);
        assert!(server.sandbox.bank.view().sessions.is_empty(), "the bank has nothing to do with it");
        let failed = triggers_at(&server, "payment.failed", "telcell").await;
        assert_eq!(failed["payment"]["status"], "failed");
    });
}

/// Runs it with this key alone, and answers its one line.
fn refused(arguments: &[&str], key: &str) -> String {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("KAMURJ_API_KEY", key)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1, "{said}");
    assert!(key.is_empty() || !said.contains(key), "{said}");
    said
}

#[test]
fn a_live_key_an_unknown_event_and_another_machine_are_refused() {
    let (live, test) = ("kmj_live_CANARYCANARYCANARY", "kmj_test_CANARYCANARYCANARY");
    for (arguments, key, expected) in [
        (&["trigger", "payment.paid"][..], live, "KAMURJ_API_KEY: is a live key"),
        (&["listen"], live, "KAMURJ_API_KEY: is a live key"),
        (&["trigger", "payment.paid"], "CANARYCANARY", "KAMURJ_API_KEY: is no API key"),
        (&["listen"], "", "KAMURJ_API_KEY: has no key"),
        (&["listen", "--api-key-file", "/nowhere"], test, "--api-key-file /nowhere:"),
        (&["trigger", "payment.lost"], test, "EVENT: `payment.lost` cannot be caused; there are payment.created, "),
        (&["trigger", "payment.paid", "--url", "shop"], test, "--url: write an address"),
        (&["listen", "--url", "http://127.0.0.1:1"], test, "--url http://127.0.0.1:1:"),
        (&["listen", "--forward", "http://10.0.0.1/hook"], test, "--forward: write an address on this machine"),
        (&["listen", "--forward", "ftp://127.0.0.1/hook"], test, "--forward: write an address on this machine"),
    ] {
        let said = refused(arguments, key);
        assert!(said.starts_with(&format!("kamurj: {expected}")), "{arguments:?}: {said}");
    }
}

#[test]
fn a_wrong_script_stops_the_sandbox_with_its_line() {
    let folder = TempDir::new().expect("a folder");
    let (settings, script) = (folder.path().join("settings.json"), folder.path().join("bad-day.txt"));
    let tokens = json!({
        "telegram_token": "1:x", "bitrix24_user": "1", "bitrix24_secret": "x", "bank_token": "x",
    });
    std::fs::write(&settings, tokens.to_string()).expect("a file");
    let (settings, path) = (settings.display().to_string(), script.display().to_string());
    for (text, expected) in
        [("pay\npray", "line 2: no step begins with `pray`"), ("gateway abc\npay", "gateway: none is called `abc`")]
    {
        std::fs::write(&script, text).expect("a file");
        let said = refused(&["sandbox", "--listen", "127.0.0.1:0", "--settings", &settings, "--script", &path], "");
        assert!(said.contains(&format!("--script {path}: {expected}")), "{said}");
    }
}
