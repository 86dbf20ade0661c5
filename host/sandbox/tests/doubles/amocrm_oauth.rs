//! amoCRM's tokens: consent, codes and refresh tokens for one use each, and what kills them.

use kamurj_sandbox::amocrm::TokensView;
use reqwest::Method;
use serde_json::{Value, json};

use crate::amocrm::{Said, said};
use crate::world::{World, raw_post};

pub(crate) const CLIENT: &str = "5a3d0000-0000-4000-8000-000000007001";
pub(crate) const SECRET: &str = "sandbox-amocrm-client-secret";
pub(crate) const BACK: &str = "http://127.0.0.1:8080/oauth/callback";

pub(crate) fn asking(grant: &str, name: &str, value: &str) -> Value {
    json!({"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": BACK, "grant_type": grant, name: value})
}

impl World {
    pub(crate) async fn amo_token(&self, body: Value) -> Said {
        said(self.client.post(format!("{}/oauth2/access_token", self.sandbox.amocrm_url)).json(&body)).await
    }

    /// Presses a button of the page that asks for consent; what the browser carries back.
    pub(crate) async fn amo_consent(&self, decision: &str) -> Vec<(String, String)> {
        let form = [("client_id", CLIENT), ("state", "s=1"), ("decision", decision)];
        let answer = self.client.post(format!("{}/oauth", self.sandbox.amocrm_url)).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        let location = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        assert!(location.as_str().starts_with(BACK));
        location.query_pairs().into_owned().collect()
    }

    pub(crate) async fn amo_code(&self) -> String {
        let carried = self.amo_consent("allow").await;
        carried.into_iter().find(|(name, _)| name == "code").unwrap().1
    }

    async fn amo_pair(&self) -> Value {
        let code = self.amo_code().await;
        let given = self.amo_token(asking("authorization_code", "code", &code)).await;
        assert_eq!(given.status, 200, "{}", given.body);
        given.body
    }

    async fn amo_as(&self, token: &Value) -> u16 {
        let request = self.client.request(Method::GET, format!("{}/api/v4/account", self.sandbox.amocrm_url));
        self.pass_ms(1_000);
        said(request.bearer_auth(token.as_str().unwrap())).await.status
    }
}

#[tokio::test]
async fn consent_gives_a_code_that_gives_a_pair_once() {
    let world = World::start().await;
    let page = format!("{}/oauth?client_id={CLIENT}&state=%22%3E%3Cb%3E", world.sandbox.amocrm_url);
    let page = world.client.get(page).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("value=\"&quot;&gt;&lt;b&gt;\"") && page.contains("name=\"decision\" value=\"allow\""),
        "{page}"
    );
    let carried = world.amo_consent("allow").await;
    let of = |name: &str| carried.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let host = world.sandbox.amocrm_url.trim_start_matches("http://");
    assert_eq!((of("state"), of("referer"), of("client_id")), (Some("s=1"), Some(host), Some(CLIENT)));
    let code = of("code").unwrap();
    let pair = world.amo_token(asking("authorization_code", "code", code)).await;
    assert_eq!(
        (pair.status, &pair.body["expires_in"], &pair.body["token_type"]),
        (200, &json!(86_400), &json!("Bearer"))
    );
    assert_eq!(world.amo_as(&pair.body["access_token"]).await, 200);
    let again = world.amo_token(asking("authorization_code", "code", code)).await;
    assert_eq!((again.status, again.body["hint"].as_str()), (400, Some("Authorization code has expired")));

    let denied = world.amo_consent("deny").await;
    assert_eq!(denied, [("error".to_owned(), "access_denied".to_owned()), ("state".to_owned(), "s=1".to_owned())]);
    let late = world.amo_code().await;
    world.pass_ms(20 * 60_000);
    assert_eq!(world.amo_token(asking("authorization_code", "code", &late)).await.status, 400);
    world.sandbox.amocrm.change_faults(|faults| faults.referer = Some("evil.example".to_owned()));
    assert!(world.amo_consent("allow").await.contains(&("referer".to_owned(), "evil.example".to_owned())));
}

#[tokio::test]
async fn a_refresh_token_dies_when_it_is_used_even_if_its_answer_is_lost() {
    let world = World::start().await;
    let first = world.amo_pair().await;
    let refresh = |pair: &Value| asking("refresh_token", "refresh_token", pair["refresh_token"].as_str().unwrap());
    world.pass_ms(86_400_000);
    assert_eq!(world.amo_as(&first["access_token"]).await, 401, "an access token lives for a day");
    let second = world.amo_token(refresh(&first)).await.body;
    assert_eq!(world.amo_as(&second["access_token"]).await, 200);
    assert_eq!(world.amo_token(refresh(&first)).await.status, 400);

    let amocrm = &world.sandbox.amocrm;
    amocrm.change_faults(|faults| faults.refuse_refresh_next = 1);
    assert_eq!(world.amo_token(refresh(&second)).await.body["hint"], "Token has been revoked");
    amocrm.change_faults(|faults| faults.drop_refresh_reply_next = 1);
    let url = format!("{}/oauth2/access_token", world.sandbox.amocrm_url);
    assert_eq!(raw_post(&url, "", &refresh(&second)).await, b"");
    assert_eq!(world.amo_token(refresh(&second)).await.status, 400, "the new pair never came, and the old one is dead");
    let expected = TokensView { long_lived: true, access: 2, refresh: 1, refreshed: 2 };
    assert_eq!(amocrm.view().tokens, expected);

    let third = world.amo_pair().await;
    amocrm.expire_access();
    assert_eq!(world.amo_as(&third["access_token"]).await, 401);
    let fourth = world.amo_token(refresh(&third)).await.body;
    let moved = world.client.get(format!("{}/oauth2/account/current/subdomain", world.sandbox.amocrm_url));
    let moved = said(moved.header("x-refresh-token", fourth["refresh_token"].as_str().unwrap())).await;
    assert_eq!((moved.status, &moved.body["domain"]), (200, &json!("shopam.amocrm.ru")));
    world.pass_ms(92 * 24 * 3_600_000);
    assert_eq!(world.amo_token(refresh(&fourth)).await.status, 400, "three months are over");
    let fifth = world.amo_pair().await;
    amocrm.withdraw();
    assert_eq!(world.amo_as(&fifth["access_token"]).await, 401);
    assert_eq!(world.amo_token(refresh(&fifth)).await.status, 400);
}

#[tokio::test]
async fn a_long_lived_token_lives_until_it_is_taken_back() {
    let world = World::start().await;
    let (old, new) = (json!("sandbox-amocrm-long-lived-token"), json!("another-token"));
    assert_eq!(world.amo_as(&old).await, 200);
    world.sandbox.amocrm.revoke_long_lived();
    assert_eq!(world.amo_as(&old).await, 401);
    world.sandbox.amocrm.issue_long_lived("another-token");
    assert_eq!((world.amo_as(&old).await, world.amo_as(&new).await), (401, 200));
}
