//! How a connection begins: the address at which the operator consents, with a state that only we can tell again. Nothing is asked
//! of the service here.

use super::endpoints::{Asking, Endpoints, authorize_url, redirect_uri};
use crate::app::App;
use crate::lifecycle::permissions::NoAddress;
use crate::seal::Purpose;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kamurj_manifest::ConnectionRequest;
use kamurj_store::connections::starts::{self, Start};
use kamurj_store::{Error, Tx};
use serde_json::{Map, Value};

/// How long the operator has at the service: ten minutes.
pub const TIME_MS: i64 = 10 * 60 * 1000;

/// A flow that was started.
pub struct Started {
    /// Where the operator consents.
    pub url: String,
    /// Until when the way back counts, Unix milliseconds.
    pub expires_at: i64,
}

/// For what a flow is started.
pub struct For<'a> {
    /// The installation.
    pub installation: &'a str,
    /// The number of the version whose manifest and settings count.
    pub version: i64,
    /// Its settings.
    pub settings: &'a Map<String, Value>,
    /// The connection, as it declares it.
    pub declared: &'a ConnectionRequest,
    /// The actor who starts it.
    pub by: &'a str,
}

/// The keyed hash under which a start is found by its state.
pub(super) fn state_hash(app: &App, state: &str) -> String {
    app.sealer.hash_text(Purpose::ConnectionState, state)
}

/// Where a start's code verifier is sealed to.
pub(crate) fn verifier_place(state_hash: &str) -> String {
    format!("connection-start/{state_hash}")
}

/// Starts a flow in the caller's transaction. The inner error names the setting that stands against it.
pub async fn start(app: &App, tx: &mut Tx, what: &For<'_>) -> Result<Result<Started, NoAddress>, Error> {
    let endpoints = match Endpoints::of(what.declared, what.settings) {
        Ok(endpoints) => endpoints,
        Err(none) => return Ok(Err(none)),
    };
    // 256 random bits each: as long as RFC 7636, section 7.1, wants a verifier.
    let [state, verifier] = [(); 2].map(|()| URL_SAFE_NO_PAD.encode(app.ids.bytes::<32>()));
    let verifier = if what.declared.pkce { verifier } else { String::new() };
    let state_hash = state_hash(app, &state);
    let verifier_sealed = if verifier.is_empty() {
        String::new()
    } else {
        app.sealer.seal(&verifier_place(&state_hash), verifier.as_bytes())
    };
    let expires_at = app.now() + TIME_MS;
    let kept = Start {
        state_hash,
        installation_id: what.installation.to_owned(),
        name: what.declared.name.clone(),
        version: what.version,
        verifier_sealed,
        started_by: what.by.to_owned(),
        expires_at,
        used_at: None,
    };
    starts::put(tx, &kept, app.now()).await?;
    let redirect_uri = redirect_uri(app.operators_url());
    let asking = Asking { redirect_uri: &redirect_uri, state: &state, verifier: &verifier };
    let Some(url) = authorize_url(&endpoints, what.declared, &asking) else {
        let detail = format!("nobody has to consent for {}: its key is enough", what.declared.label);
        return Ok(Err(NoAddress { setting: what.declared.client_id.clone(), detail }));
    };
    Ok(Ok(Started { url: url.to_string(), expires_at }))
}
