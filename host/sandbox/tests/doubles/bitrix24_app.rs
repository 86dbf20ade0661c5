//! The local app: how it is let in, what its tokens are worth, and what it is told of.

use kamurj_sandbox::bitrix24::App;
use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{Reply, World, reply};

const BACK: &str = "https://shop.example.am/back?keep=1";

/// A portal with the app, and the app's own requests.
struct AtTheApp {
    world: World,
}

impl AtTheApp {
    async fn start() -> Self {
        let world = World::start().await;
        let app = App {
            client_id: "local.1".into(),
            client_secret: "client-secret-canary".into(),
            redirect_uri: BACK.into(),
        };
        world.sandbox.bitrix24.register_app(app);
        Self { world }
    }

    /// Presses a button of the consent page; answers where the browser goes.
    async fn presses(&self, button: &str) -> url::Url {
        let url = format!("{}/oauth/authorize/?client_id=local.1&state=s1", self.world.sandbox.bitrix24_url);
        let page = self.world.client.get(&url).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("value=\"allow\""));
        let answer = self.world.client.post(&url).form(&[("action", button)]).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
    }

    async fn code(&self) -> String {
        let back = self.presses("allow").await;
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.unwrap()
    }

    async fn token(&self, grant: &str, name: &str, value: &str) -> Reply {
        let query =
            [("grant_type", grant), ("client_id", "local.1"), ("client_secret", "client-secret-canary"), (name, value)];
        reply(self.world.client.get(format!("{}/oauth/token/", self.world.sandbox.bitrix24_url)).query(&query)).await
    }

    /// Tokens of an app that was just let in, as access and refresh.
    async fn let_in(&self) -> (String, String) {
        let code = self.code().await;
        both(&self.token("authorization_code", "code", &code).await.body)
    }

    async fn renew(&self, refresh: &str) -> Reply {
        self.token("refresh_token", "refresh_token", refresh).await
    }

    async fn call(&self, method: &str, access: &str, mut body: Value) -> Reply {
        body["auth"] = json!(access);
        self.world.post(&format!("{}/rest/{method}", self.world.sandbox.bitrix24_url), body).await
    }
}

fn both(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

#[tokio::test]
async fn a_code_lives_for_thirty_seconds_and_is_for_one_use() {
    let app = AtTheApp::start().await;
    let back = app.presses("deny").await;
    assert!(back.as_str().starts_with(BACK) && back.as_str().contains("error=access_denied"), "{back}");
    let back = app.presses("allow").await;
    let told = |name: &str| back.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    assert_eq!(
        (told("state").as_deref(), told("member_id").as_deref()),
        (Some("s1"), Some("00112233445566778899aabbccddeeff"))
    );

    let code = app.code().await;
    app.world.pass_ms(30_000);
    assert_eq!(app.token("authorization_code", "code", &code).await.body["error"], "invalid_grant");
    let code = app.code().await;
    let given = app.token("authorization_code", "code", &code).await;
    assert_eq!((given.status, &given.body["expires_in"], &given.body["user_id"]), (200, &json!(3600), &json!(1)));
    assert_eq!(app.token("authorization_code", "code", &code).await.status, 400);
    for (id, secret, grant, error) in [
        ("local.2", "client-secret-canary", "refresh_token", (401, "invalid_client")),
        ("local.1", "other", "refresh_token", (401, "invalid_client")),
        ("local.1", "client-secret-canary", "password", (400, "invalid_request")),
        ("local.1", "client-secret-canary", "refresh_token", (400, "invalid_grant")),
    ] {
        let url = format!("{}/oauth/token/", app.world.sandbox.bitrix24_url);
        let query = [("client_id", id), ("client_secret", secret), ("grant_type", grant), ("refresh_token", "x")];
        let refused = reply(app.world.client.get(&url).query(&query)).await;
        assert_eq!((refused.status, refused.body["error"].as_str()), (error.0, Some(error.1)), "{id} {grant}");
        assert_eq!(reply(app.world.client.request(Method::POST, &url).form(&query)).await.status, 400);
    }
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour_and_a_refresh_token_with_its_use() {
    let app = AtTheApp::start().await;
    let (access, refresh) = app.let_in().await;
    assert_eq!(app.call("profile", &access, json!({})).await.status, 200);
    let by_query = format!("{}/rest/profile?auth={access}", app.world.sandbox.bitrix24_url);
    assert_eq!(reply(app.world.client.get(by_query)).await.status, 200);
    assert_eq!(app.call("profile", "x", json!({})).await.body["error"], "invalid_token");
    app.world.pass_ms(3_600_000);
    let late = app.call("profile", &access, json!({})).await;
    assert_eq!((late.status, &late.body["error"]), (401, &json!("expired_token")));

    let (second, next) = both(&app.renew(&refresh).await.body);
    assert_eq!(app.renew(&refresh).await.body["error"], "invalid_grant");
    assert_eq!(app.call("profile", &second, json!({})).await.status, 200);
    app.world.sandbox.bitrix24.expire_tokens();
    assert_eq!(app.call("profile", &second, json!({})).await.body["error"], "expired_token");
    app.world.pass_ms(180 * 86_400_000);
    assert_eq!(app.renew(&next).await.status, 400, "180 days are over");
}

#[tokio::test]
async fn refreshes_go_wrong_before_or_after_their_effect() {
    let app = AtTheApp::start().await;
    let portal = &app.world.sandbox.bitrix24;
    let (_, refresh) = app.let_in().await;
    portal.change_faults(|faults| faults.refuse_refresh_next = 1);
    assert_eq!(app.renew(&refresh).await.body["error"], "invalid_grant");
    let (access, refresh) = both(&app.renew(&refresh).await.body);
    portal.change_faults(|faults| faults.expire_token = true);
    assert_eq!(app.call("profile", &access, json!({})).await.body["error"], "expired_token");
    portal.change_faults(|faults| (faults.expire_token, faults.drop_refresh_reply_next) = (false, 1));
    let query = [
        ("grant_type", "refresh_token"),
        ("client_id", "local.1"),
        ("client_secret", "client-secret-canary"),
        ("refresh_token", refresh.as_str()),
    ];
    let lost =
        app.world.client.get(format!("{}/oauth/token/", app.world.sandbox.bitrix24_url)).query(&query).send().await;
    assert!(lost.is_err());
    assert_eq!(app.renew(&refresh).await.status, 400, "the old token died with the answer that was lost");
    assert!(portal.tokens().iter().any(|token| token.starts_with("b24refresh-")));
    portal.uninstall_app();
    assert_eq!((app.call("profile", &access, json!({})).await.status, portal.tokens()), (401, Vec::new()));
}

#[tokio::test]
async fn an_apps_events_carry_tokens() {
    let app = AtTheApp::start().await;
    let receiver = Receiver::start().await;
    let portal = &app.world.sandbox.bitrix24;
    let (access, _) = app.let_in().await;
    let handler = json!({"event": "OnCrmDealUpdate", "handler": receiver.url});
    assert_eq!(app.call("event.bind", &access, handler.clone()).await.body["result"], true);
    assert_eq!(app.call("event.bind", &access, handler.clone()).await.status, 400);
    let bound = app.call("event.get", &access, json!({})).await.body["result"].clone();
    assert_eq!((&bound[0]["event"], &bound[0]["handler"]), (&json!("ONCRMDEALUPDATE"), &json!(receiver.url)));
    let deal = portal.add_deal("Cake");
    portal.move_deal(deal, "WON");
    assert_eq!(portal.deliver_due().await, 1);
    let body = receiver.received()[0].body.clone();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let said =
        |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default();
    assert_eq!(
        app.call("profile", &said("auth[access_token]"), json!({})).await.status,
        200,
        "the token in it is a living one"
    );
    assert!(
        said("auth[refresh_token]").starts_with("b24refresh-")
            && said("auth[application_token]").starts_with("app-token-")
    );
    assert_eq!(app.call("event.unbind", &access, handler).await.body["result"], json!({"count": 1}));
    portal.move_deal(deal, "LOSE");
    assert_eq!(portal.deliver_due().await, 0);
    // What the app notes, the webhook does not find.
    let note = json!({"fields": {"entityTypeId": 2, "entityId": deal, "title": "t", "text": "x"}});
    assert_eq!(app.call("crm.timeline.logmessage.add", &access, note).await.status, 200);
    let list = json!({"entityTypeId": 2, "entityId": deal});
    assert_eq!(app.world.crm_result("crm.timeline.logmessage.list", list.clone()).await, json!([]));
    assert_eq!(app.call("crm.timeline.logmessage.list", &access, list).await.body["total"], 1);
}

#[tokio::test]
async fn an_apps_key_holds_though_its_token_was_renewed() {
    let app = AtTheApp::start().await;
    let (access, refresh) = app.let_in().await;
    let url = format!("{}/rest/api/tasks.task.add", app.world.sandbox.bitrix24_url);
    let add = async |access: &str, title: &str| {
        let body = json!({"auth": access, "fields": {"title": title, "creatorId": 1, "responsibleId": 1}});
        let answer =
            app.world.client.post(&url).header("idempotency-key", "outbox-1").json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().contains_key("idempotent-replayed"))
    };
    assert_eq!(add(&access, "Look").await, (200, false));
    let (renewed, _) = both(&app.renew(&refresh).await.body);
    assert_eq!(add(&renewed, "Look").await, (200, true));
    assert_eq!(add(&renewed, "Other").await, (422, false));
    assert_eq!(app.world.sandbox.bitrix24.view().tasks.len(), 1);
}
