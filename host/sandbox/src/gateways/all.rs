//! All gateways at once: made together, put below the bank's address together, and gone through together. It must not know
//! what any of them does.

use std::sync::Arc;

use axum::Router;

use super::Gateway;
use super::ameriabank::{self, Ameriabank};
use super::fastshift::{self, FastShift};
use super::idram::{self, Idram};
use super::rbs::{self, Rbs};
use super::telcell::{self, Telcell};
use crate::bank::Bank;
use crate::sender::Sender;
use crate::{Clock, Settings};

/// Each gateway beside the bank, by its name.
#[derive(Clone)]
pub(crate) struct All {
    pub(crate) ameriabank: Ameriabank,
    pub(crate) rbs: Rbs,
    pub(crate) fastshift: FastShift,
    pub(crate) telcell: Telcell,
    pub(crate) idram: Idram,
}

impl All {
    /// The gateways below this address, each under its own word.
    pub(crate) fn new(settings: &Settings, bank_url: &str, clock: &Clock, sender: &Sender) -> Self {
        let at = |word: &str| format!("{bank_url}/{word}");
        Self {
            ameriabank: Ameriabank::new(settings, at("ameriabank"), clock.clone()),
            idram: Idram::new(settings, at("idram"), clock.clone(), sender.clone()),
            telcell: Telcell::new(settings, at("telcell"), clock.clone(), sender.clone()),
            fastshift: FastShift::new(settings, at("fastshift"), clock.clone(), sender.clone()),
            rbs: Rbs::new(settings.rbs.clone(), at("rbs"), clock.clone(), sender.clone()),
        }
    }

    /// The bank's routes with those of the gateways.
    pub(crate) fn routes(&self, bank: Router) -> Router {
        bank.nest("/ameriabank", ameriabank::routes(self.ameriabank.clone()))
            .nest("/idram", idram::routes(self.idram.clone()))
            .nest("/telcell", telcell::routes(self.telcell.clone()))
            .nest("/fastshift", fastshift::routes(self.fastshift.clone()))
            .nest("/rbs", rbs::routes(self.rbs.clone()))
    }

    /// All of them and the bank, to be treated alike.
    pub(crate) fn list(&self, bank: &Bank) -> Vec<Arc<dyn Gateway>> {
        vec![
            Arc::new(bank.clone()),
            Arc::new(self.ameriabank.clone()),
            Arc::new(self.rbs.clone()),
            Arc::new(self.fastshift.clone()),
            Arc::new(self.telcell.clone()),
            Arc::new(self.idram.clone()),
        ]
    }
}

/// Sends every push of these that is due, and answers how many were sent.
pub(crate) async fn deliver(gateways: &[Arc<dyn Gateway>]) -> usize {
    let mut sent = 0;
    for gateway in gateways {
        sent += gateway.deliver_due().await;
    }
    sent
}
