//! Who asks, as limits know them: by a keyed hash of where they are. The address itself goes no further than this.

use super::address;
use crate::app::App;
use crate::seal::Purpose;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

/// The keyed hash of the asker's network; `None` where nobody can be told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker(pub Option<String>);

impl FromRequestParts<Arc<App>> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::of(app, parts))
    }
}

impl Asker {
    /// The asker of a request.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let address = peer.map(|peer| address::of(peer, &parts.headers, &app.front.settings.proxies));
        let prefix = address.and_then(address::prefix);
        Self(prefix.map(|prefix| app.sealer.hash_text(Purpose::Origin, &prefix)))
    }
}
