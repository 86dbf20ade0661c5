//! The sandbox without listeners: its doubles are called in this process and hand their webhooks to a carrier, so that a
//! simulation decides what arrives, when, and how often. It must not know what a simulation is after.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::bank::Bank;
use crate::bitrix24::Bitrix24;
use crate::gateways::All;
use crate::listener::Wire;
use crate::scripts::Scripts;
use crate::sender::{Carrier, Sender};
use crate::telegram::Telegram;
use crate::{Clock, Sandbox, Settings, bank, bitrix24, telegram};

/// The roots of the doubles' URLs, each without a slash at its end. Nobody listens there.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// What stands for `https://api.telegram.org`.
    pub telegram: String,
    /// What stands for the portal's address.
    pub bitrix24: String,
    /// What stands for the bank's.
    pub bank: String,
}

impl Sandbox {
    /// The three doubles without listeners and without the play page. `settings.listen` is not used.
    pub fn without_listeners(
        settings: &Settings,
        clock: Clock,
        addresses: Addresses,
        carrier: Arc<dyn Carrier>,
    ) -> Self {
        let sender = Sender::Carrier(carrier);
        let telegram = Telegram::new(settings, clock.clone(), sender.clone());
        let bitrix24 = Bitrix24::new(settings, clock.clone());
        let gateways = All::new(settings, &addresses.bank, &clock, &sender);
        let bank = Bank::new(settings, addresses.bank.clone(), clock.clone(), sender);
        let listed = gateways.list(&bank);
        let scripts = Scripts::new(listed.clone().into(), clock);
        let doubles = vec![
            (addresses.telegram.clone(), telegram::routes(telegram.clone())),
            (addresses.bitrix24.clone(), bitrix24::routes(bitrix24.clone())),
            (addresses.bank.clone(), gateways.routes(bank::routes(bank.clone()))),
        ];
        Self {
            page_url: String::new(),
            telegram_url: addresses.telegram,
            bitrix24_url: addresses.bitrix24,
            bank_url: addresses.bank,
            telegram,
            bitrix24,
            scripts,
            gateways: listed,
            bank,
            ameriabank: gateways.ameriabank,
            rbs: gateways.rbs,
            fastshift: gateways.fastshift,
            telcell: gateways.telcell,
            idram: gateways.idram,
            stopping: watch::channel(false).0,
            listeners: Vec::new(),
            doubles,
        }
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
