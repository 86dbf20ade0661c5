//! E1 for real: `kill -9` of the server process at each named point, started again, and the sale ends as if nothing had
//! happened. The log of the whole affair, at its most talkative, holds no secret.

use kamurj_sandbox::bank::PayAction;
use kamurj_tests::Engine;
use kamurj_tests::customer::{CUSTOMER, Page};
use kamurj_tests::look::find_canaries;
use kamurj_tests::process::Process;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

async fn a_sale_with_a_murder(engine: Engine, point: &str, nth: u32) {
    let mut server = Process::start(PROGRAM, engine, (point, nth)).await;
    server.sandbox.telegram.say(CUSTOMER, "/start", None).expect("the chat takes it");
    let (message, item) =
        server.eventually("the catalogue", async |server| server.button(|button| button.data.clone())).await;
    server.sandbox.telegram.press(CUSTOMER, message, &item).expect("the press is taken");
    let (_, link) = server.eventually("the link", async |server| server.button(|button| button.url.clone())).await;

    server
        .eventually("the receipt", async |server| {
            let page = fetch(server.http.get(&link)).await?;
            if page.heading() == "Վճարումը կատարված է" {
                return Some(());
            }
            let (action, key) = page.form()?;
            let press = server.http.post(format!("{}{action}", server.url)).form(&[("form_key", key)]);
            let bank = fetch(press).await?.location?;
            let session = bank.strip_prefix(&format!("{}/pay/", server.sandbox.bank_url))?.to_owned();
            let back = server.sandbox.bank.act(&session, PayAction::Pay)?;
            fetch(server.http.get(back)).await?;
            None
        })
        .await;
    server
        .eventually("the paid message", async |server| {
            let view = server.sandbox.telegram.view();
            let messages = view.chats.iter().flat_map(|chat| &chat.messages);
            (messages.filter(|message| message.edited && message.buttons.is_empty()).count() == 1).then_some(())
        })
        .await;
    let deal = server
        .eventually("the deal", async |server| {
            let deals = server.sandbox.bitrix24.view().deals;
            deals.into_iter().find(|deal| deal.stage_id == "EXECUTING" && !deal.comments.is_empty())
        })
        .await;
    assert_eq!(server.deaths, 1, "the server was killed at {point}");
    assert_eq!(deal.comments.len(), 1);
    assert_eq!(server.sandbox.bitrix24.view().deals.len(), 1);
    assert_eq!(server.sandbox.bank.view().sessions.iter().filter(|session| session.status == "paid").count(), 1);

    let id = deal.comments[0]
        .text
        .split_once("[pay:")
        .and_then(|(_, rest)| rest.split_once(':'))
        .expect("a marker")
        .0
        .to_owned();
    let path = format!("{}/v1/payments/{id}", server.url);
    let payment = json(&server, &path).await;
    assert_eq!((payment["status"].as_str(), payment["captured"]["value"].as_str()), (Some("paid"), Some("12500")));
    let journal = json(&server, &format!("{path}/journal")).await;
    let entries = journal["entries"].as_array().expect("entries");
    assert_eq!(entries.iter().filter(|entry| entry["kind"] == "payment.paid").count(), 1);
    find_canaries("the server's log", &server.log());
    find_canaries("the API's answers", format!("{payment}{journal}").as_bytes());
}

async fn fetch(request: reqwest::RequestBuilder) -> Option<Page> {
    let response = request.send().await.ok()?;
    let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status();
    Some(Page { status, location, policy: String::new(), html: response.text().await.ok()? })
}

async fn json(server: &Process, path: &str) -> Value {
    let response = server.http.get(path).bearer_auth(&server.api_key).send().await.expect("the API answers");
    serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
}

fn murder(engine: Engine, point: &str, nth: u32) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(a_sale_with_a_murder(engine, point, nth));
}

macro_rules! killed_at {
    ($($name:ident: $point:literal, $nth:literal);+ $(;)?) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                murder(Engine::Sqlite, $point, $nth);
            }

            #[test]
            fn postgres() {
                murder(Engine::Postgres, $point, $nth);
            }
        })+
    };
}

killed_at! {
    e1_killed_after_the_inbox_is_written: "inbox-written", 2;
    e1_killed_before_a_commit: "before-commit", 3;
    e1_killed_after_a_commit: "after-commit", 3;
    e1_killed_before_the_provider_is_called: "before-provider-call", 1;
    e1_killed_after_the_provider_has_answered: "after-provider-call", 1;
    e1_killed_before_an_effect_is_sent: "before-send", 4;
    e1_killed_after_an_effect_is_sent: "after-send", 4;
    e1_killed_after_a_run_has_ended: "run-ended", 3;
}
