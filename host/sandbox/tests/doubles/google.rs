//! A world with a service account at Google, whose key is made once a run, and a plain client for it.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kamurj_sandbox::sheets::{Act, KeyFile, MADE_UP, ServiceAccount, new_key};
use reqwest::Method;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::world::{Reply, START_MS, World, reply};

pub(crate) const EMAIL: &str = "kamurj@bakery.iam.gserviceaccount.com";
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
pub(crate) const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The account's key, and what Google keeps of it.
pub(crate) fn key() -> &'static (KeyFile, ServiceAccount) {
    static KEY: OnceLock<(KeyFile, ServiceAccount)> = OnceLock::new();
    KEY.get_or_init(|| new_key(EMAIL, &[7; 32], AUDIENCE.to_owned()))
}

/// A key that Google was never told of.
pub(crate) fn strange_key() -> &'static KeyFile {
    static KEY: OnceLock<KeyFile> = OnceLock::new();
    KEY.get_or_init(|| new_key(EMAIL, &[8; 32], AUDIENCE.to_owned()).0)
}

pub(crate) fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A JWT by RS256 with another reader of keys than the double's own arithmetic: that it takes the key is a test of it.
pub(crate) fn signed(key: &KeyFile, header: &Value, claims: &Value) -> String {
    let pem: String = key.private_key.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(pem).unwrap()).unwrap();
    let text = format!("{}.{}", encoded(header), encoded(claims));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": key().1.key_id})
}

/// Claims that are right at the start of every world.
pub(crate) fn claims() -> Value {
    let now = START_MS / 1_000;
    json!({"iss": EMAIL, "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + 3_600})
}

impl World {
    /// The account is known, the made-up spreadsheet is shared with it, and nobody counts its calls.
    pub(crate) async fn with_sheets() -> Self {
        let world = Self::start().await;
        world.sandbox.sheets.add_service_account(&key().1).unwrap();
        world.sandbox.sheets.act(MADE_UP, Act::Share { client_email: EMAIL.to_owned() }).unwrap();
        world.sandbox.sheets.change_faults(|faults| faults.no_quota = true);
        world
    }

    /// Asks for a token with an assertion.
    pub(crate) async fn ask_token(&self, assertion: &str) -> Reply {
        let form = [("grant_type", GRANT), ("assertion", assertion)];
        reply(self.client.post(format!("{}/token", self.sandbox.sheets_url)).form(&form)).await
    }

    /// A token of the account, with these claims laid over the right ones.
    pub(crate) async fn token(&self, change: Value) -> String {
        let mut claims = claims();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = self.ask_token(&signed(&key().0, &header(), &claims)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// A call at the made-up spreadsheet; `path` is what follows its id.
    pub(crate) async fn sheet(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = format!("{}/v4/spreadsheets/{MADE_UP}{path}", self.sandbox.sheets_url);
        let request = self.client.request(method, url).bearer_auth(token);
        reply(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// `batchUpdate`
    pub(crate) async fn batch(&self, token: &str, requests: Value) -> Reply {
        self.sheet(token, Method::POST, ":batchUpdate", Some(json!({"requests": requests}))).await
    }

    /// What a range says, as plain values.
    pub(crate) async fn values(&self, token: &str, range: &str) -> Value {
        let answer = self.sheet(token, Method::GET, &format!("/values/{range}"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.get("values").cloned().unwrap_or(json!([]))
    }
}

/// A row put below the heading with a tag, in one batch, as a plugin writes it.
pub(crate) fn row(id: i64, order: &str, amount: i64) -> Value {
    json!([
        {"insertDimension": {"range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}, "inheritFromBefore": false}},
        {"updateCells": {"start": {"sheetId": 0, "rowIndex": 1, "columnIndex": 0}, "fields": "userEnteredValue", "rows": [{"values": [
            {"userEnteredValue": {"stringValue": order}}, {"userEnteredValue": {"numberValue": amount}},
            {"userEnteredValue": {"stringValue": "paid"}}]}]}},
        {"createDeveloperMetadata": {"developerMetadata": {"metadataId": id, "metadataKey": "p", "visibility": "PROJECT",
            "location": {"dimensionRange": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}}}},
    ])
}

/// The filter that finds a tag.
pub(crate) fn tagged(id: i64) -> Value {
    json!({"developerMetadataLookup": {"metadataId": id}})
}
