//! How a connection is made once the operator has agreed: the start is used up and committed, the code is exchanged while no
//! transaction is open, and the tokens are kept before anybody may use them.

use super::endpoints::{Endpoints, is_host_of, redirect_uri};
use super::start::{state_hash, verifier_place};
use super::tokens::{self, Asked, NoTokens, Tokens};
use super::{access_place, declared, ending, refresh_place, settled};
use crate::app::{App, secret_place};
use crate::lifecycle::versions;
use crate::milestones::Milestone;
use crate::work::Fault;
use kamurj_manifest::ConnectionRequest;
use kamurj_pages::NotConnected;
use kamurj_store::connections::starts::{self, Start};
use kamurj_store::connections::{self, New};
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Kind};
use kamurj_store::merchants::{self, Merchant};
use kamurj_store::{Tx, secrets};
use serde_json::{Map, Value};

/// A way back that leads to something.
pub struct Found {
    /// The flow.
    pub start: Start,
    /// What it is for.
    pub installation: Installation,
    /// Whose that is.
    pub merchant: Merchant,
    /// The plugin's name.
    pub plugin: String,
    /// The connection as the version declares it.
    pub declared: ConnectionRequest,
    /// Where it leads.
    pub endpoints: Endpoints,
    settings: Map<String, Value>,
}

/// What a state leads to, and why it can no longer be finished, where it cannot.
pub async fn find(app: &App, tx: &mut Tx, state: &str) -> Result<(Option<Found>, Option<NotConnected>), Fault> {
    let Some(start) = starts::by_state(tx, &state_hash(app, state)).await? else {
        return Ok((None, Some(NotConnected::Unknown)));
    };
    let changed = Ok((None, Some(NotConnected::Changed)));
    let Some(installation) = installations::by_id(tx, &start.installation_id).await? else { return changed };
    let Some(merchant) = merchants::by_id(tx, &installation.merchant_id).await? else { return changed };
    let version = installations::versions::by_number(tx, &installation.id, start.version).await?;
    let Some(version) = version.filter(|_| installation.removed_at.is_none()) else { return changed };
    let (manifest, settings) = (versions::manifest_in_force(&version)?, versions::settings(&version)?);
    let Some(declared) = declared(&manifest, &start.name).cloned() else { return changed };
    let Ok(endpoints) = Endpoints::of(&declared, &settings) else { return changed };
    let obstacle = if start.used_at.is_some() {
        Some(NotConnected::Used)
    } else if start.expires_at <= app.now() {
        Some(NotConnected::Expired)
    } else {
        None
    };
    let plugin = manifest.name;
    Ok((Some(Found { start, installation, merchant, plugin, declared, endpoints, settings }), obstacle))
}

impl Found {
    /// Whether the service connected the account that the settings name. `named`: what it called the account's host.
    pub fn is_right_account(&self, named: Option<&str>) -> bool {
        match &self.declared.callback_host {
            None => true,
            Some(host) => named.is_some_and(|named| is_host_of(named, &host.setting, &self.settings)),
        }
    }

    /// Finishes the flow with the service's code.
    pub async fn finish(&self, app: &App, code: &str) -> Result<Result<(), NotConnected>, Fault> {
        let mut tx = app.db.write().await?;
        if !starts::use_up(&mut tx, &self.start.state_hash, app.now()).await? {
            tx.rollback().await?;
            return Ok(Err(NotConnected::Used));
        }
        let owner = &self.installation.id;
        let name = &self.declared.client_secret;
        let Some(sealed) = secrets::get(&mut tx, owner, name).await? else {
            tx.rollback().await?;
            return Ok(Err(NotConnected::Refused(format!("{name}: missing"))));
        };
        tx.commit().await?;
        let client_secret = app.sealer.open_text(&secret_place(owner, name), &sealed)?;
        let verifier = match self.start.verifier_sealed.as_str() {
            "" => None,
            sealed => Some(app.sealer.open_text(&verifier_place(&self.start.state_hash), sealed)?),
        };
        let redirect_uri = redirect_uri(app.operators_url());
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("client_id", self.endpoints.client_id.as_str()),
            ("client_secret", client_secret.as_str()),
        ];
        fields.extend(verifier.as_ref().map(|verifier| ("code_verifier", verifier.as_str())));
        let asked_at = app.now();
        let asked = Asked { url: &self.endpoints.token, how: self.declared.token_request, fields: &fields };
        app.milestones.reached(Milestone::BeforeTokenCall).await;
        let answer = tokens::ask(app, &asked).await;
        app.milestones.reached(Milestone::AfterTokenCall).await;
        match answer {
            Ok(tokens) => self.keep(app, &tokens, asked_at, &client_secret).await,
            Err(NoTokens::Refused(word)) => Ok(Err(NotConnected::Refused(word))),
            Err(NoTokens::Later(why) | NoTokens::Lost(why)) => {
                tracing::warn!(
                    installation.id = owner,
                    connection = self.declared.name,
                    why,
                    "a code was not exchanged"
                );
                Ok(Err(NotConnected::NoAnswer))
            }
        }
    }

    async fn keep(
        &self,
        app: &App,
        tokens: &Tokens,
        asked_at: i64,
        client_secret: &str,
    ) -> Result<Result<(), NotConnected>, Fault> {
        let (id, name) = (&self.installation.id, &self.declared.name);
        let mut tx = app.db.write().await?;
        let installation = installations::lock(&mut tx, id).await?;
        if installation.is_none_or(|installation| installation.removed_at.is_some()) {
            let client = ending::Client { id: &self.endpoints.client_id, secret: client_secret };
            ending::revoke_later(app, &mut tx, id, self.endpoints.revoke.as_ref(), client, tokens.both()).await?;
            app.commit(tx).await?;
            return Ok(Err(NotConnected::Changed));
        }
        let new = New {
            installation_id: id,
            name,
            token_url: self.endpoints.token.as_str(),
            client_id: &self.endpoints.client_id,
            client_secret: &self.declared.client_secret,
            revoke_url: self.endpoints.revoke.as_ref().map(url::Url::as_str),
            tokens: &sealed(app, (id, name), tokens, asked_at),
            by: &self.start.started_by,
        };
        connections::put(&mut tx, &new, app.now()).await?;
        settled(app, &mut tx, (id, name), &self.start.started_by, "connected again").await?;
        // What waited for the connection; what a plugin does by the clock keeps its own times.
        for kind in [Kind::Delivery, Kind::Hook] {
            jobs::wake(&mut tx, kind, id, app.now()).await?;
        }
        app.commit(tx).await?;
        tracing::info!(installation.id = id, connection = name, "an account was connected");
        Ok(Ok(()))
    }
}

/// Tokens sealed to the connection's places.
pub(super) fn sealed(app: &App, of: (&str, &str), tokens: &Tokens, asked_at: i64) -> connections::Tokens {
    let (id, name) = of;
    let (expires_at, refresh_at) = tokens.times(asked_at);
    let seal = |place: &str, secret: &kamurj_plugins::Secret| app.sealer.seal(place, secret.reveal().as_bytes());
    connections::Tokens {
        access_sealed: seal(&access_place(id, name), &tokens.access),
        refresh_sealed: tokens.refresh.as_ref().map(|token| seal(&refresh_place(id, name), token)),
        expires_at,
        refresh_at,
    }
}
