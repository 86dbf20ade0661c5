//! How a connection ends: its tokens are forgotten at once, and where the service has a place for it, a job tells the service to
//! forget them too. What that call needs is sealed with the job and goes with it.

use super::{access_place, refresh_place, settled};
use crate::app::{App, secret_place};
use kamurj_store::connections::{self, Connection, revocations, starts};
use kamurj_store::{Error, Tx, secrets};
use serde::{Deserialize, Serialize};
use url::Url;

/// Who we are at the service.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// The client's id.
    pub id: &'a str,
    /// The client's secret.
    pub secret: &'a str,
}

/// What a revocation needs.
#[derive(Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Tokens with what they are, in the words of RFC 7009, section 2.1.
    pub(super) tokens: Vec<(String, String)>,
}

/// Where a revocation's call is sealed to.
pub(crate) fn revocation_place(id: &str) -> String {
    format!("revocation/{id}")
}

/// Forgets a connection and its starts; answers whether there was one.
pub async fn forget(app: &App, tx: &mut Tx, installation: &str, name: &str, actor: &str) -> Result<bool, Error> {
    let row = connections::one(tx, installation, name).await?;
    if let Some(row) = &row {
        end(app, tx, row, actor, "disconnected").await?;
    }
    starts::forget(tx, installation, name).await?;
    Ok(row.is_some())
}

/// Forgets all connections and starts of an installation. To be called while its secrets are still there.
pub async fn forget_all(app: &App, tx: &mut Tx, installation: &str, actor: &str) -> Result<(), Error> {
    for row in connections::of(tx, installation).await? {
        end(app, tx, &row, actor, "removed").await?;
    }
    starts::forget_all(tx, installation).await
}

async fn end(app: &App, tx: &mut Tx, row: &Connection, actor: &str, how: &str) -> Result<(), Error> {
    let (id, name) = (&row.installation_id, &row.name);
    connections::forget(tx, id, name).await?;
    settled(app, tx, (id, name), actor, how).await?;
    let url = row.revoke_url.as_deref().and_then(|url| url.parse::<Url>().ok());
    let (Some(url), true) = (url, row.is_connected()) else { return Ok(()) };
    // A token that does not open any more cannot be told to anybody; forgetting goes on without.
    let open = |place: String, sealed: &str| app.sealer.open_text(&place, sealed).ok();
    let secret = secrets::get(tx, id, &row.client_secret).await?;
    let secret = secret.and_then(|sealed| open(secret_place(id, &row.client_secret), &sealed)).unwrap_or_default();
    let refresh = row.refresh_sealed.as_deref().and_then(|sealed| open(refresh_place(id, name), sealed));
    let access = open(access_place(id, name), &row.access_sealed);
    let tokens = [("refresh_token", refresh), ("access_token", access)];
    let tokens = tokens.into_iter().filter_map(|(what, token)| Some((what, token?.as_str().to_owned()))).collect();
    revoke_later(app, tx, id, Some(&url), Client { id: &row.client_id, secret: &secret }, tokens).await
}

/// Has tokens revoked at this address, where there is one.
pub(super) async fn revoke_later(
    app: &App,
    tx: &mut Tx,
    installation: &str,
    url: Option<&Url>,
    client: Client<'_>,
    tokens: Vec<(&str, String)>,
) -> Result<(), Error> {
    let Some(url) = url.filter(|_| !tokens.is_empty()) else { return Ok(()) };
    let call = Call {
        url: url.to_string(),
        client_id: client.id.to_owned(),
        client_secret: client.secret.to_owned(),
        tokens: tokens.into_iter().map(|(what, token)| (what.to_owned(), token)).collect(),
    };
    let id = app.ids.new_id("rev");
    let json = serde_json::to_vec(&call).expect("a call is made of texts");
    let sealed = app.sealer.seal(&revocation_place(&id), &json);
    revocations::put(tx, &id, installation, &sealed, app.now()).await
}
