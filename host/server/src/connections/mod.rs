//! Connections by OAuth: started through the API, finished by a person on a page, refreshed by whoever needs the token first, ended
//! with the installation. Tokens are kept before they are used, the service is called while no transaction is open, and nothing
//! here tells a token to anybody but the service that gave it and the run that was granted it.

pub mod assertion;
pub mod callback;
pub mod ending;
pub mod endpoints;
pub mod finish;
pub mod refresh;
pub mod revoke;
pub mod rights;
pub mod runs;
pub mod start;
pub mod tokens;

use crate::app::App;
use crate::seal::Unsealable;
use endpoints::Endpoints;
use kamurj_domain::ExceptionKind;
use kamurj_manifest::{ConnectionRequest, Grant};
use kamurj_plugins::Secret;
use kamurj_plugins::contract::Manifest;
use kamurj_store::connections::Connection;
use kamurj_store::{Error, Tx, connections, exceptions};
use serde_json::{Map, Value};

/// How long what needs a connection waits before it is looked at again. Connecting wakes it at once; this is for whatever
/// missed that.
pub const WAIT_MS: i64 = 60 * 60 * 1000;

/// How a declared connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody connected it.
    Absent,
    /// It was connected for other settings: its tokens are another account's or another client's.
    Elsewhere,
    /// It must be authorised anew.
    Broken,
    /// Its token must be refreshed before it is used.
    Due,
    /// Its token can be used.
    Usable,
}

impl Standing {
    /// How this row stands as what is declared under these settings.
    pub fn of(row: Option<&Connection>, declared: &ConnectionRequest, settings: &Map<String, Value>, now: i64) -> Self {
        let by_key = declared.grant == Grant::JwtBearer;
        let Some(row) = row else { return if by_key { Self::Due } else { Self::Absent } };
        if !row.is_connected() {
            return Self::Broken;
        }
        let here = Endpoints::of(declared, settings)
            .is_ok_and(|endpoints| endpoints.token.as_str() == row.token_url && endpoints.client_id == row.client_id);
        if !here {
            return if by_key { Self::Due } else { Self::Elsewhere };
        }
        if row.stale != 0 || row.refresh_at.is_some_and(|at| at <= now) { Self::Due } else { Self::Usable }
    }

    /// Whether a run may be begun with it, or will be able to in a moment.
    pub fn can_work(self) -> bool {
        matches!(self, Self::Due | Self::Usable)
    }
}

/// Where the access token is sealed to.
pub(crate) fn access_place(installation: &str, name: &str) -> String {
    format!("connection/{installation}/{name}/access")
}

/// Where the refresh token is sealed to.
pub(crate) fn refresh_place(installation: &str, name: &str) -> String {
    format!("connection/{installation}/{name}/refresh")
}

/// What the exception about a connection is about.
pub(crate) fn subject(installation: &str, name: &str) -> String {
    format!("{installation}/{name}")
}

/// The declared connection of this name.
pub fn declared<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m ConnectionRequest> {
    manifest.connections.iter().find(|one| one.name == name)
}

/// The access token of a connection as a run may use it now, with its generation. Nothing is refreshed here: a run that is only
/// looked at must change nothing.
pub async fn token(
    app: &App,
    tx: &mut Tx,
    installation: &str,
    of: (&ConnectionRequest, &Map<String, Value>),
) -> Result<Option<(Secret, i64)>, TokenError> {
    let (declared, settings) = of;
    let row = connections::one(tx, installation, &declared.name).await?;
    if !Standing::of(row.as_ref(), declared, settings, app.now()).can_work() {
        return Ok(None);
    }
    let Some(row) = row.filter(|row| row.stale == 0) else { return Ok(None) };
    let opened = app.sealer.open_text(&access_place(installation, &declared.name), &row.access_sealed)?;
    Ok(Some((Secret::new(opened.as_str().to_owned()), row.generation)))
}

/// Why a token cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] Unsealable),
}

/// Closes what was asked of a person about the connection.
pub(crate) async fn settled(app: &App, tx: &mut Tx, of: (&str, &str), actor: &str, how: &str) -> Result<(), Error> {
    let (installation, name) = of;
    let kind = ExceptionKind::ReauthorisationNeeded.word();
    exceptions::close(tx, kind, &subject(installation, name), actor, how, app.now()).await?;
    Ok(())
}
