//! How a sandbox comes to be: its doubles, and a listener for each, always in the same place after the page's. It must not know what
//! any of them answers.

use std::net::SocketAddr;

use tokio::sync::watch;

use crate::amocrm::Amocrm;
use crate::bank::Bank;
use crate::bitrix24::Bitrix24;
use crate::erp::Erp;
use crate::gateways::All;
use crate::listener::{Socket, bind};
use crate::scripts::Scripts;
use crate::sender::Sender;
use crate::sheets::{self, Sheets};
use crate::telegram::Telegram;
use crate::whatsapp::WhatsApp;
use crate::{
    Addresses, Clock, Sandbox, Settings, amocrm, bank, bitrix24, erp, instagram, messenger, play, telegram, whatsapp,
};

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The play page lets anybody act as customer and bank, so it must not be reachable from outside.
    #[error("the sandbox listens on loopback addresses only: `{0}` is not one")]
    NotLoopback(SocketAddr),
    /// The first port is too high for those after it.
    #[error("port {0} leaves no room for the services' ports after it")]
    PortTooHigh(u16),
    /// An address could not be taken.
    #[error("cannot listen on {address}: is another sandbox running?")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The client that delivers webhooks could not be built.
    #[error("cannot build the client that delivers webhooks")]
    Client(#[source] reqwest::Error),
}

impl Sandbox {
    /// Takes the listeners and starts answering: `settings.listen` is the page's, and the next ten ports are those of Telegram,
    /// Bitrix24, the bank, WhatsApp, Messenger, Instagram, Instagram through pages, amoCRM, Google Sheets and the ERP, whatever the
    /// settings say of them. Port 0 takes eleven free ones. Must be called inside a tokio runtime.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let first = settings.listen;
        if !first.ip().is_loopback() {
            return Err(StartError::NotLoopback(first));
        }
        let page = bind(first, 0).await?;
        let sockets: [Socket; 10] = [
            bind(first, 1).await?,
            bind(first, 2).await?,
            bind(first, 3).await?,
            bind(first, 4).await?,
            bind(first, 5).await?,
            bind(first, 6).await?,
            bind(first, 7).await?,
            bind(first, 8).await?,
            bind(first, 9).await?,
            bind(first, 10).await?,
        ];
        let [telegram, bitrix24, bank, whatsapp, messenger, instagram, instagram_page, amocrm, sheets, erp] =
            sockets.each_ref().map(Socket::url);
        let addresses =
            Addresses { telegram, bitrix24, bank, whatsapp, messenger, instagram, instagram_page, amocrm, sheets, erp };
        let sender = Sender::new().map_err(StartError::Client)?;
        let mut sandbox = Self::assembled(&settings, clock, addresses.clone(), sender);
        sandbox.page_url = page.url();
        let play_routes = play::routes(play::Play {
            telegram: sandbox.telegram.clone(),
            whatsapp: sandbox.whatsapp.clone(),
            messenger: sandbox.messenger.clone(),
            instagram: sandbox.instagram.clone(),
            bitrix24: sandbox.bitrix24.clone(),
            amocrm: sandbox.amocrm.clone(),
            sheets: sandbox.sheets.clone(),
            erp: sandbox.erp.clone(),
            bank: sandbox.bank.clone(),
            gateways: sandbox.gateways.clone().into(),
            scripts: sandbox.scripts.clone(),
            addresses,
        });
        let stop = sandbox.stopping.subscribe();
        sandbox.listeners.push(page.serve(play_routes, stop.clone()));
        for (socket, (_, routes)) in sockets.into_iter().zip(&sandbox.doubles) {
            sandbox.listeners.push(socket.serve(routes.clone(), stop.clone()));
        }
        Ok(sandbox)
    }

    /// The doubles, each of which says these addresses where it has to say its own, and nobody who listens.
    pub(crate) fn assembled(settings: &Settings, clock: Clock, addresses: Addresses, sender: Sender) -> Self {
        let telegram = Telegram::new(settings, clock.clone(), sender.clone());
        let bitrix24 = Bitrix24::new(settings, addresses.bitrix24.clone(), clock.clone(), sender.clone());
        let whatsapp = WhatsApp::new(settings.whatsapp.clone(), clock.clone(), sender.clone());
        let messenger = messenger::start(settings, clock.clone(), sender.clone());
        let instagram = instagram::start(settings, clock.clone(), sender.clone());
        let amocrm = Amocrm::new(settings.amocrm.clone(), addresses.amocrm.clone(), clock.clone(), sender.clone());
        let sheets = Sheets::new(&settings.sheets, &addresses.sheets, clock.clone());
        let erp = Erp::new(settings.erp.clone(), addresses.erp.clone(), clock.clone(), sender.clone());
        let gateways = All::new(settings, &addresses.bank, &clock, &sender);
        let bank = Bank::new(settings, addresses.bank.clone(), clock.clone(), sender);
        let listed = gateways.list(&bank);
        let scripts = Scripts::new(listed.clone().into(), clock);
        let doubles = vec![
            (addresses.telegram.clone(), telegram::routes(telegram.clone())),
            (addresses.bitrix24.clone(), bitrix24::routes(bitrix24.clone())),
            (addresses.bank.clone(), gateways.routes(bank::routes(bank.clone()))),
            (addresses.whatsapp.clone(), whatsapp::routes(whatsapp.clone())),
            (addresses.messenger.clone(), messenger::routes(messenger.clone())),
            (addresses.instagram.clone(), instagram::routes(instagram.clone())),
            (addresses.instagram_page.clone(), instagram::page_routes(instagram.clone())),
            (addresses.amocrm.clone(), amocrm::routes(amocrm.clone())),
            (addresses.sheets.clone(), sheets::routes(sheets.clone())),
            (addresses.erp.clone(), erp::routes(erp.clone())),
        ];
        Self {
            page_url: String::new(),
            telegram_url: addresses.telegram,
            bitrix24_url: addresses.bitrix24,
            bank_url: addresses.bank,
            whatsapp_url: addresses.whatsapp,
            messenger_url: addresses.messenger,
            instagram_url: addresses.instagram,
            instagram_page_url: addresses.instagram_page,
            amocrm_url: addresses.amocrm,
            sheets_url: addresses.sheets,
            erp_url: addresses.erp,
            telegram,
            whatsapp,
            messenger,
            instagram,
            bitrix24,
            amocrm,
            sheets,
            erp,
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
}
