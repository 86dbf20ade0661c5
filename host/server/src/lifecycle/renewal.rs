//! A secret that expires, renewed at its service for all who ask: whoever takes the row's lease calls the service, everybody else
//! waits a little for what that one keeps. The next value is committed before it is used, and a lost answer is asked for once
//! more with the same value, which the service has not taken back.

use crate::app::{App, secret_place};
use crate::connections::endpoints::address;
use crate::milestones::Milestone;
use crate::work::{Fault, remotes};
use kamurj_egress::{Method, Request, Response, SendError};
use kamurj_manifest::{Manifest, Renewal};
use kamurj_plugins::{Grants, SECRET_MIN_BYTES};
use kamurj_store::installations::Installation;
use kamurj_store::secrets::{self, renewals};
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a lease lasts: two calls at their longest, and as much again for a slow machine.
const LEASE_MS: i64 = 60 * 1000;
const _: () = assert!(LEASE_MS as u128 >= 4 * PATIENCE.as_millis(), "a lease outlasts its calls");
/// How often somebody else's renewal is looked at, and how long in between.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(50);
/// How long those wait who saw no end of it, in milliseconds.
const LATER_MS: u64 = 2_000;
/// Longest value, in bytes.
const MOST_BYTES: usize = 16 * 1024;
/// Longest life that is believed: ten years, in seconds.
const MOST_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;
/// Codes with which Meta's services say that it may be otherwise in a moment: an unknown error, a service that is down, limits of
/// calls (Graph API, "Handling errors").
const PASSING: [i64; 7] = [1, 2, 4, 17, 32, 341, 613];

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// The value that is in force is good until then, Unix milliseconds, where the service said so. It may be the old one, if that
    /// is too young to be renewed.
    Until(Option<i64>),
    /// The manifest, or a setting, does not say how; in words.
    NotDeclared(String),
    /// The secret may not go there; in words.
    NotGranted(String),
    /// There is nothing to renew.
    NoValue,
    /// The service does not take the present value; in words.
    Refused(String),
    /// It may work later.
    Later {
        /// In words.
        why: String,
        /// How long to wait, in milliseconds, where that is known.
        after_ms: Option<u64>,
    },
}

fn later(why: impl Into<String>) -> Renewed {
    Renewed::Later { why: why.into(), after_ms: None }
}

/// Renews this secret of the installation, by this caller or by somebody else.
pub async fn renew(app: &App, installation: &Installation, grants: &Grants, name: &str) -> Result<Renewed, Fault> {
    let unreadable = || Fault::Broken(format!("the manifest of installation {} cannot be read", installation.id));
    let manifest: Manifest = serde_json::from_str(&installation.manifest).map_err(|_| unreadable())?;
    let settings: Map<String, Value> = serde_json::from_str(&installation.settings).map_err(|_| unreadable())?;
    let declared = manifest.secrets.into_iter().find(|secret| secret.name == name).and_then(|secret| secret.renewal);
    let Some(declared) = declared else {
        return Ok(Renewed::NotDeclared(
            "the manifest declares no renewal of this secret, or it was not granted".into(),
        ));
    };
    let url = match address(&declared.url, Some(&settings)) {
        Ok(url) => url,
        Err(no) => return Ok(Renewed::NotDeclared(format!("the setting `{}` {}", no.setting, no.detail))),
    };
    if let Err(why) = grants.check_renewal(name, &url) {
        return Ok(Renewed::NotGranted(why));
    }
    let holder = Holder { app, installation, grants, declared: &declared, url: &url, name };
    let mut seen = None;
    for _ in 0..LOOKS {
        let Some((row, has_value)) = holder.row().await? else {
            let mut tx = app.db.write().await?;
            renewals::known(&mut tx, &installation.id, name).await?;
            tx.commit().await?;
            continue;
        };
        if !has_value {
            return Ok(Renewed::NoValue);
        }
        let now = app.now();
        let is_young = now < row.since().saturating_add(i64::from(declared.min_age_seconds) * 1000);
        let is_done = *seen.get_or_insert(row.since()) != row.since();
        if is_young || is_done {
            return Ok(Renewed::Until(row.expires_at));
        }
        if row.lease_until > now {
            tokio::time::sleep(LOOK).await;
            continue;
        }
        let mut tx = app.db.write().await?;
        let fence = renewals::claim(&mut tx, (&installation.id, name), row.since(), (now, now + LEASE_MS)).await?;
        tx.commit().await?;
        if let Some(fence) = fence {
            return holder.works(fence).await;
        }
    }
    Ok(Renewed::Later { why: "another renewal is under way".to_owned(), after_ms: Some(LATER_MS) })
}

/// Whoever renews it.
struct Holder<'a> {
    app: &'a App,
    installation: &'a Installation,
    grants: &'a Grants,
    declared: &'a Renewal,
    url: &'a Url,
    name: &'a str,
}

impl Holder<'_> {
    /// How the secret stands, and whether it has a value.
    async fn row(&self) -> Result<Option<(renewals::Renewable, bool)>, Fault> {
        let mut tx = self.app.db.read().await?;
        let has_value = secrets::get(&mut tx, &self.installation.id, self.name).await?.is_some();
        let row = renewals::one(&mut tx, &self.installation.id, self.name).await?;
        Ok(row.map(|row| (row, has_value)))
    }

    async fn works(&self, fence: i64) -> Result<Renewed, Fault> {
        let app = self.app;
        let Some(value) = self.value().await? else { return self.gives_back(fence, Renewed::NoValue).await };
        if let Err(wait) = remotes::take(app, self.installation, self.grants, self.url).await {
            let why = "the budget of requests to this remote is used up".to_owned();
            return self.gives_back(fence, Renewed::Later { why, after_ms: Some(wait) }).await;
        }
        app.milestones.reached(Milestone::BeforeTokenCall).await;
        let asked_at = app.now();
        let mut answer = self.asks(&value).await;
        if matches!(answer, Err(NoValue::Lost(_))) {
            tracing::warn!(
                installation.id = self.installation.id,
                secret = self.name,
                "a renewal was not answered; it is asked for again"
            );
            answer = self.asks(&value).await;
        }
        app.milestones.reached(Milestone::AfterTokenCall).await;
        match answer {
            Ok((value, life_ms)) => self.keeps(fence, &value, life_ms.map(|life| asked_at + life)).await,
            Err(NoValue::Refused(why)) => self.gives_back(fence, Renewed::Refused(why)).await,
            Err(NoValue::Later(why) | NoValue::Lost(why)) => self.gives_back(fence, later(why)).await,
        }
    }

    async fn value(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let (owner, name) = (&self.installation.id, self.name);
        let mut tx = self.app.db.read().await?;
        let Some(sealed) = secrets::get(&mut tx, owner, name).await? else { return Ok(None) };
        Ok(Some(self.app.sealer.open_text(&secret_place(owner, name), &sealed)?))
    }

    async fn asks(&self, value: &str) -> Result<(Zeroizing<String>, Option<i64>), NoValue> {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(&self.declared.query).append_pair(&self.declared.token_parameter, value);
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let request = Request { method: Method::GET, url, headers, body: Vec::new(), timeout: PATIENCE };
        match self.app.egress.send(request).await {
            Ok(response) => read(&response, self.declared),
            Err(SendError::Refused(refusal)) => Err(NoValue::Later(format!("its address is refused: {refusal}"))),
            Err(SendError::NotSent(_)) => Err(NoValue::Later("the service cannot be reached".to_owned())),
            // What the client says of a call may name its address, and the value stands in it.
            Err(SendError::Ambiguous(_) | SendError::TooLarge { .. }) => {
                Err(NoValue::Lost("the answer did not arrive".to_owned()))
            }
        }
    }

    async fn keeps(&self, fence: i64, value: &str, expires_at: Option<i64>) -> Result<Renewed, Fault> {
        let (app, owner) = (self.app, &self.installation.id);
        let sealed = app.sealer.seal(&secret_place(owner, self.name), value.as_bytes());
        let mut tx = app.db.write().await?;
        let kept = renewals::store(&mut tx, (owner, self.name), fence, &sealed, (app.now(), expires_at)).await?;
        let row = renewals::one(&mut tx, owner, self.name).await?;
        tx.commit().await?;
        if kept {
            tracing::info!(installation.id = owner, secret = self.name, "a secret was renewed");
            return Ok(Renewed::Until(expires_at));
        }
        // Entered anew or forgotten meanwhile: what came of the old one belongs to nobody.
        Ok(row.map_or(Renewed::NoValue, |row| Renewed::Until(row.expires_at)))
    }

    async fn gives_back(&self, fence: i64, renewed: Renewed) -> Result<Renewed, Fault> {
        let mut tx = self.app.db.write().await?;
        renewals::give_back(&mut tx, &self.installation.id, self.name, fence).await?;
        tx.commit().await?;
        Ok(renewed)
    }
}

/// Why there is no next value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NoValue {
    /// The service says no to the present one.
    Refused(String),
    /// It could not be asked, or said something that settles nothing.
    Later(String),
    /// It may have seen the question, and its answer did not arrive.
    Lost(String),
}

/// The next value and how long it lives, in milliseconds. No text of the service gets any further: it might hold a value.
fn read(response: &Response, declared: &Renewal) -> Result<(Zeroizing<String>, Option<i64>), NoValue> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let said = format!("the service answered {}", response.status);
    match response.status {
        200..=299 => {
            let value = body[&declared.answer_token].as_str();
            let value = value.filter(|value| (SECRET_MIN_BYTES..=MOST_BYTES).contains(&value.len()));
            let value = value.ok_or_else(|| NoValue::Later(format!("{said} without a usable value")))?;
            let seconds: Option<i64> = match &body[&declared.answer_expires_in] {
                Value::String(text) => text.parse().ok(),
                Value::Number(number) => number.as_i64(),
                _ => None,
            };
            let life = seconds.map(|seconds| seconds.clamp(0, MOST_SECONDS) * 1000);
            Ok((Zeroizing::new(value.to_owned()), life))
        }
        400 | 401 | 403 if !is_passing(&body) => Err(NoValue::Refused(format!("{said}: enter a new value"))),
        _ => Err(NoValue::Later(said)),
    }
}

/// Whether an error says of itself that it passes.
fn is_passing(body: &Value) -> bool {
    let error = &body["error"];
    error["is_transient"] == true
        || error["code"].as_i64().is_some_and(|code| PASSING.contains(&code))
        || error.as_str().is_some_and(|word| ["temporarily_unavailable", "server_error", "slow_down"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &Value) -> Result<(String, Option<i64>), NoValue> {
        let declared: Renewal = serde_json::from_value(json!({ "url": "https://graph.example/refresh" })).expect("one");
        let response = Response { status, headers: Vec::new(), body: body.to_string().into_bytes() };
        read(&response, &declared).map(|(value, life)| (value.to_string(), life))
    }

    #[test]
    fn the_next_value_is_read_with_its_life() {
        let good = json!({ "access_token": "abcdef", "token_type": "bearer", "expires_in": 5_183_944 });
        assert_eq!(answer(200, &good), Ok(("abcdef".to_owned(), Some(5_183_944_000))));
        let endless = json!({ "access_token": "abcdef" });
        assert_eq!(answer(200, &endless), Ok(("abcdef".to_owned(), None)));
    }

    #[test]
    fn only_what_the_service_settles_counts_as_refused() {
        let refused = |status, body: &Value| matches!(answer(status, body), Err(NoValue::Refused(_)));
        let dead = json!({ "error": { "message": "Error validating access token", "code": 190 } });
        assert!(refused(400, &dead) && refused(401, &json!({})) && refused(403, &json!({ "error": "invalid_grant" })));
        for (status, body) in [
            (400, json!({ "error": { "code": 4 } })),
            (400, json!({ "error": { "code": 190, "is_transient": true } })),
            (403, json!({ "error": { "code": 613 } })),
            (400, json!({ "error": "temporarily_unavailable" })),
            (404, dead.clone()),
            (429, dead.clone()),
            (503, dead),
            (302, json!({})),
            (200, json!({ "access_token": "abc" })),
            (200, json!("<html>")),
        ] {
            assert!(matches!(answer(status, &body), Err(NoValue::Later(_))), "{status} {body}");
        }
        let told = answer(400, &json!({ "error": { "message": "token abcdef is dead" } })).unwrap_err();
        assert!(!format!("{told:?}").contains("abcdef"), "its words stay there");
    }
}
