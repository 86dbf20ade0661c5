//! Refreshing a token once for all who need it, on every node: whoever takes the row's lease asks the service, everybody else waits
//! a little for what that one keeps. A pair is committed before it is used, and a lost answer is asked for once more with the
//! same token, since it may have been taken or not.

use super::finish::sealed;
use super::tokens::{self, Asked, NoTokens, PATIENCE, Tokens};
use super::{assertion, ending, refresh_place, subject};
use crate::app::{App, secret_place};
use crate::connections::endpoints::redirect_uri;
use crate::milestones::Milestone;
use crate::work::Fault;
use kamurj_domain::ExceptionKind;
use kamurj_manifest::{ConnectionRequest, Grant};
use kamurj_plugins::Secret;
use kamurj_store::connections::{self, Connection};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::Installation;
use kamurj_store::{Error, Tx, secrets};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// How long a lease lasts: two calls at their longest, and as much again for a slow machine.
const LEASE_MS: i64 = 60 * 1000;
const _: () = assert!(LEASE_MS as u128 >= 4 * PATIENCE.as_millis(), "a lease outlasts its calls");
/// How often somebody else's refresh is looked at, and how long in between. They hold no place for calls meanwhile.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(50);
/// How long those wait who saw no end of it, in milliseconds.
const LATER_MS: i64 = 2_000;
/// The wait after a first failure, in milliseconds, doubled after each further one, and the longest.
const FIRST_WAIT_MS: i64 = 5_000;
const LONGEST_WAIT_MS: i64 = 10 * 60 * 1000;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// There is another token, kept.
    Fresh,
    /// There is none yet: look again at this time, Unix milliseconds.
    NotYet(i64),
    /// There will be none before the account is connected anew.
    Broken,
}

/// Has the token refreshed that was seen, by this caller or by somebody else.
pub async fn refresh(
    app: &App,
    installation: &Installation,
    declared: &ConnectionRequest,
    seen: &Connection,
) -> Result<Refreshed, Fault> {
    for _ in 0..LOOKS {
        let mut tx = app.db.read().await?;
        let row = connections::one(&mut tx, &seen.installation_id, &seen.name).await?;
        drop(tx);
        let now = app.now();
        match row {
            None => return Ok(Refreshed::Broken),
            Some(row) if !row.is_connected() => return Ok(Refreshed::Broken),
            Some(row) if row.generation != seen.generation => return Ok(Refreshed::Fresh),
            Some(row) if row.retry_at > now => return Ok(Refreshed::NotYet(row.retry_at)),
            Some(row) if row.lease_until > now => tokio::time::sleep(LOOK).await,
            Some(_) => {
                if let Some((seen, fence)) = claimed(app, seen).await? {
                    return Holder { app, installation, declared, seen: &seen, fence }.works().await;
                }
            }
        }
    }
    Ok(Refreshed::NotYet(app.now() + LATER_MS))
}

/// Takes the lease; answers the row as it stands under it, with the fence.
async fn claimed(app: &App, seen: &Connection) -> Result<Option<(Connection, i64)>, Fault> {
    let mut tx = app.db.write().await?;
    let now = app.now();
    let Some(fence) = connections::claim(&mut tx, seen, now, now + LEASE_MS).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let row = connections::one(&mut tx, &seen.installation_id, &seen.name).await?;
    tx.commit().await?;
    Ok(row.map(|row| (row, fence)))
}

/// Whoever holds the lease.
struct Holder<'a> {
    app: &'a App,
    installation: &'a Installation,
    declared: &'a ConnectionRequest,
    seen: &'a Connection,
    fence: i64,
}

impl Holder<'_> {
    async fn works(&self) -> Result<Refreshed, Fault> {
        match self.declared.grant {
            Grant::AuthorizationCode => self.refreshes().await,
            Grant::JwtBearer => self.proves_itself().await,
        }
    }

    /// Fetches a token with an assertion that the account's key signs.
    async fn proves_itself(&self) -> Result<Refreshed, Fault> {
        let (app, seen) = (self.app, self.seen);
        let Some(key) = self.client_secret().await? else {
            return self.waits(&format!("the secret `{}` is missing: enter it", self.declared.client_secret)).await;
        };
        let settings = serde_json::from_str(&self.installation.settings).unwrap_or_default();
        let key = Secret::new(key.as_str().to_owned());
        let assertion = match assertion::signed(self.declared, &settings, seen, &key, app.now()) {
            Ok(assertion) => assertion,
            Err(why) => return self.breaks(&why).await,
        };
        let Ok(url) = seen.token_url.parse::<Url>() else {
            return self.waits("its address cannot be read").await;
        };
        let asked_at = app.now();
        app.milestones.reached(Milestone::BeforeTokenCall).await;
        // Whether an answer is lost does not matter: each assertion fetches a token of its own.
        let fields = assertion::fields(&assertion);
        let answer = tokens::ask(app, &assertion::asked(&url, &fields)).await;
        app.milestones.reached(Milestone::AfterTokenCall).await;
        match answer {
            Ok(tokens) => self.keeps(&tokens, asked_at, "").await,
            Err(NoTokens::Refused(word)) => {
                self.breaks(&format!("the service does not take the account's key (`{word}`)")).await
            }
            Err(no) => self.waits(&no.words()).await,
        }
    }

    async fn refreshes(&self) -> Result<Refreshed, Fault> {
        let (app, seen) = (self.app, self.seen);
        let (id, name) = (&seen.installation_id, &seen.name);
        let Some(kept) = &seen.refresh_sealed else {
            let why = if seen.stale == 0 { "its access has ended" } else { "the service refuses its access" };
            return self.breaks(&format!("{why}, and the service gave nothing to renew it with")).await;
        };
        let Some(client_secret) = self.client_secret().await? else {
            return self.waits(&format!("the secret `{}` is missing: enter it", self.declared.client_secret)).await;
        };
        let Ok(url) = seen.token_url.parse::<Url>() else {
            return self.waits("its address cannot be read").await;
        };
        let token = app.sealer.open_text(&refresh_place(id, name), kept)?;
        let redirect_uri = redirect_uri(app.operators_url());
        // RFC 6749, section 6. The redirect address is amoCRM's wish; others ignore it, as section 3.2 has it.
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str()),
            ("redirect_uri", redirect_uri.as_str()),
            ("client_id", seen.client_id.as_str()),
            ("client_secret", client_secret.as_str()),
        ];
        let asked = Asked { url: &url, how: self.declared.token_request, fields: &fields };
        let asked_at = app.now();
        app.milestones.reached(Milestone::BeforeTokenCall).await;
        let mut answer = tokens::ask(app, &asked).await;
        if let Err(NoTokens::Lost(why)) = &answer {
            tracing::warn!(
                installation.id = id,
                connection = name,
                why,
                "a refresh was not answered; it is asked for again"
            );
            answer = tokens::ask(app, &asked).await;
        }
        app.milestones.reached(Milestone::AfterTokenCall).await;
        match answer {
            Ok(tokens) => self.keeps(&tokens, asked_at, &client_secret).await,
            Err(NoTokens::Refused(word)) => {
                self.breaks(&format!("the service refuses to renew its access (`{word}`)")).await
            }
            Err(no) => self.waits(&no.words()).await,
        }
    }

    async fn client_secret(&self) -> Result<Option<Zeroizing<String>>, Fault> {
        let (owner, name) = (&self.seen.installation_id, &self.seen.client_secret);
        let mut tx = self.app.db.read().await?;
        let Some(sealed) = secrets::get(&mut tx, owner, name).await? else { return Ok(None) };
        Ok(Some(self.app.sealer.open_text(&secret_place(owner, name), &sealed)?))
    }

    async fn keeps(&self, tokens: &Tokens, asked_at: i64, client_secret: &str) -> Result<Refreshed, Fault> {
        let (app, seen) = (self.app, self.seen);
        let id = &seen.installation_id;
        let mut tx = app.db.write().await?;
        let sealed = sealed(app, (id, &seen.name), tokens, asked_at);
        if connections::store(&mut tx, seen, self.fence, &sealed, app.now()).await? {
            tx.commit().await?;
            return Ok(Refreshed::Fresh);
        }
        // Forgotten or connected anew meanwhile: these belong to nobody.
        let client = ending::Client { id: &seen.client_id, secret: client_secret };
        let revoke = seen.revoke_url.as_deref().and_then(|url| url.parse().ok());
        let row = connections::one(&mut tx, id, &seen.name).await?;
        if row.is_none() {
            ending::revoke_later(app, &mut tx, id, revoke.as_ref(), client, tokens.both()).await?;
        }
        app.commit(tx).await?;
        Ok(match row {
            Some(row) if row.is_connected() => Refreshed::NotYet(app.now()),
            _ => Refreshed::Broken,
        })
    }

    async fn waits(&self, why: &str) -> Result<Refreshed, Fault> {
        let (app, seen) = (self.app, self.seen);
        let doublings = u32::try_from(seen.failures.clamp(0, 16)).unwrap_or_default();
        let retry_at = app.now() + (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
        let (id, name) = (&seen.installation_id, &seen.name);
        tracing::warn!(installation.id = id, connection = name, why, "a token was not refreshed");
        let mut tx = app.db.write().await?;
        connections::failed(&mut tx, seen, self.fence, why, retry_at).await?;
        tx.commit().await?;
        Ok(Refreshed::NotYet(retry_at))
    }

    async fn breaks(&self, why: &str) -> Result<Refreshed, Fault> {
        let mut tx = self.app.db.write().await?;
        broke(self.app, &mut tx, self.installation, self.declared, self.seen, why).await?;
        self.app.commit(tx).await?;
        Ok(Refreshed::Broken)
    }
}

/// Marks a connection as broken, and asks a person to connect it anew.
pub(super) async fn broke(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    declared: &ConnectionRequest,
    seen: &Connection,
    why: &str,
) -> Result<(), Error> {
    if !connections::broke(tx, seen, why).await? {
        return Ok(());
    }
    let (id, name) = (&installation.id, &declared.name);
    tracing::error!(installation.id = id, connection = name, why, "a connection is broken");
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: installation.merchant_id.clone(),
        mode: installation.mode,
        payment_id: None,
        kind: ExceptionKind::ReauthorisationNeeded.word().to_owned(),
        subject: subject(id, name),
        detail: match declared.grant {
            Grant::AuthorizationCode => format!(
                "{}, {}: {why}. Connect it anew: POST /v1/installations/{id}/connections/{name}/start",
                installation.plugin, declared.label
            ),
            Grant::JwtBearer => format!(
                "{}, {}: {why}. Enter its key anew, as the secret `{}`, with PATCH /v1/installations/{id}",
                installation.plugin, declared.label, declared.client_secret
            ),
        },
    };
    exceptions::open(tx, &exception, app.now()).await?;
    Ok(())
}
