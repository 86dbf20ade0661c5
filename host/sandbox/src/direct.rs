//! The sandbox without listeners: its doubles are called in this process and hand their webhooks to a carrier, so that a
//! simulation decides what arrives, when, and how often. It must not know what a simulation is after.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use serde::Serialize;
use tower::ServiceExt;

use crate::listener::Wire;
use crate::sender::{Carrier, Sender};
use crate::{Clock, Sandbox, Settings};

/// The roots of the doubles' URLs, each without a slash at its end. Of a sandbox without listeners nobody listens there, and a double
/// whose address is empty cannot be asked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Addresses {
    /// What stands for `https://api.telegram.org`.
    pub telegram: String,
    /// What stands for the portal's address.
    pub bitrix24: String,
    /// What stands for the bank's.
    pub bank: String,
    /// What stands for `https://graph.facebook.com`, for WhatsApp.
    pub whatsapp: String,
    /// What stands for `https://graph.facebook.com`, for Messenger.
    pub messenger: String,
    /// What stands for `https://graph.instagram.com`.
    pub instagram: String,
    /// What stands for `https://graph.facebook.com`, for Instagram accounts that are reached through a page.
    pub instagram_page: String,
    /// What stands for the address of an amoCRM account.
    pub amocrm: String,
    /// What stands for `https://sheets.googleapis.com` and for `https://oauth2.googleapis.com`.
    pub sheets: String,
    /// What stands for the merchant's ERP.
    pub erp: String,
}

impl Sandbox {
    /// The doubles without listeners and without the play page. `settings.listen` is not used. A carrier carries no challenge, so
    /// Meta's messengers take callbacks as they are.
    pub fn without_listeners(
        settings: &Settings,
        clock: Clock,
        addresses: Addresses,
        carrier: Arc<dyn Carrier>,
    ) -> Self {
        let mut sandbox = Self::assembled(settings, clock, addresses, Sender::Carrier(carrier));
        sandbox.doubles.retain(|(root, _)| !root.is_empty());
        sandbox
    }

    /// Asks the double whose address the request's URL begins with. `None`: it cut the connection, or nobody has that
    /// address.
    pub async fn answer(&self, mut request: Request<Body>) -> Option<Response<Body>> {
        let url = request.uri().to_string();
        let routes = self.doubles.iter().find_map(|(root, routes)| {
            let rest = url.strip_prefix(root.as_str())?;
            (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| routes.clone())
        })?;
        let wire = Wire::default();
        request.extensions_mut().insert(ConnectInfo(wire.clone()));
        let Ok(response) = routes.oneshot(request).await;
        (!wire.is_cut()).then_some(response)
    }
}
