//! The sandbox: a bank simulator, doubles of Telegram, WhatsApp, Messenger, Instagram, Bitrix24, amoCRM, Google Sheets and an ERP on
//! loopback listeners, a play page that shows them side by side, and scripts that rehearse bad days with them; apart from them, an
//! authorisation server. It speaks only the protocols of those services and knows nothing of the host: no crate of the project is
//! used here, so that host and double cannot share a mistake.
//!
//! Time is injected ([`Clock`]) and nothing is sent by itself: [`Sandbox::deliver_due`] sends what is due by that clock.
//! Only [`Sandbox::keep_delivering`], meant for stand-alone use, waits on the machine's timer.

pub mod amocrm;
pub mod authority;
pub mod bank;
pub mod bitrix24;
mod calls;
mod direct;
pub mod erp;
pub mod gateways;
pub mod graph;
mod ids;
pub mod instagram;
mod listener;
pub mod long_lived;
pub mod messenger;
mod play;
mod rate;
pub mod scripts;
mod sender;
mod settings;
pub mod sheets;
mod start;
pub mod telegram;
pub mod whatsapp;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use calls::Call;
pub use direct::Addresses;
pub use sender::{Carried, Carrier};
pub use settings::Settings;
pub use start::StartError;

use crate::amocrm::Amocrm;
use crate::bank::Bank;
use crate::bitrix24::Bitrix24;
use crate::erp::Erp;
use crate::gateways::Gateway;
use crate::gateways::ameriabank::Ameriabank;
use crate::gateways::fastshift::FastShift;
use crate::gateways::idram::Idram;
use crate::gateways::rbs::Rbs;
use crate::gateways::telcell::Telcell;
use crate::graph::Chats;
use crate::scripts::Scripts;
use crate::sheets::Sheets;
use crate::telegram::Telegram;
use crate::whatsapp::WhatsApp;

/// The injected clock: Unix time in milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How long [`Sandbox::stop`] waits for requests in flight before it gives them up.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// A running sandbox. Dropping it closes the listeners; [`Sandbox::stop`] also waits until they are closed.
pub struct Sandbox {
    /// The play page and its API, without a slash at the end.
    pub page_url: String,
    /// What stands for `https://api.telegram.org`.
    pub telegram_url: String,
    /// What stands for the portal's address, such as `https://shop.bitrix24.ru`.
    pub bitrix24_url: String,
    /// What stands for `https://api.vpos.am`; the hosted pay pages live here too.
    pub bank_url: String,
    /// What stands for `https://graph.facebook.com`, for WhatsApp.
    pub whatsapp_url: String,
    /// What stands for `https://graph.facebook.com`, for Messenger.
    pub messenger_url: String,
    /// What stands for `https://graph.instagram.com`.
    pub instagram_url: String,
    /// What stands for `https://graph.facebook.com`, for Instagram accounts that are reached through a page.
    pub instagram_page_url: String,
    /// What stands for the address of an amoCRM account, such as `https://shop.amocrm.ru`.
    pub amocrm_url: String,
    /// What stands for `https://sheets.googleapis.com` and, with `/token`, for `https://oauth2.googleapis.com`.
    pub sheets_url: String,
    /// The merchant's ERP; its endpoints are at `{erp_url}/hooks/{name}`.
    pub erp_url: String,
    /// The Telegram double: customers' actions, faults, and what was seen.
    pub telegram: Telegram,
    /// The WhatsApp double: customers' actions, faults, and what was seen.
    pub whatsapp: WhatsApp,
    /// The Messenger double.
    pub messenger: Chats,
    /// The Instagram double.
    pub instagram: Chats,
    /// The Bitrix24 double: faults, deals, and what was seen.
    pub bitrix24: Bitrix24,
    /// The amoCRM double: what people do there, faults, and what was seen.
    pub amocrm: Amocrm,
    /// The Google Sheets double: people's actions, faults, and what was seen.
    pub sheets: Sheets,
    /// The ERP double: its endpoints and orders, faults, and what was seen.
    pub erp: Erp,
    /// The bank simulator: merchant's webhook settings, faults, and what was seen.
    pub bank: Bank,
    /// Scripts that are played with the gateways' orders.
    pub scripts: Scripts,
    /// Every gateway, the plain bank first, to be treated alike.
    pub gateways: Vec<Arc<dyn Gateway>>,
    /// The double of Ameriabank's vPOS, at `{bank_url}/ameriabank/`.
    pub ameriabank: Ameriabank,
    /// The double of Idram, at `{bank_url}/idram/`.
    pub idram: Idram,
    /// The double of Telcell, at `{bank_url}/telcell/`.
    pub telcell: Telcell,
    /// The double of FastShift, at `{bank_url}/fastshift/`.
    pub fastshift: FastShift,
    /// The double of ArCa's gateway, at `{bank_url}/rbs/`.
    pub rbs: Rbs,
    stopping: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    /// The doubles by their addresses, in the order of their ports.
    doubles: Vec<(String, axum::Router)>,
}

impl Sandbox {
    /// Plays what scripts have due first, then sends every webhook, push and update that is due by the injected clock, once
    /// each; returns how much that was. A failed request is put off by its service's plan, so calling this until it returns
    /// 0 always ends while the clock stands still.
    pub async fn deliver_due(&self) -> usize {
        let played = self.scripts.play_due();
        let pushes = gateways::deliver(&self.gateways);
        let chats = async {
            let whatsapp = self.whatsapp.deliver_due();
            let (whatsapp, messenger, instagram) =
                tokio::join!(whatsapp, self.messenger.deliver_due(), self.instagram.deliver_due());
            whatsapp + messenger + instagram
        };
        let back_offices = async {
            let (bitrix24, amocrm) = (self.bitrix24.deliver_due(), self.amocrm.deliver_due());
            let (bitrix24, amocrm, erp) = tokio::join!(bitrix24, amocrm, self.erp.deliver_due());
            bitrix24 + amocrm + erp
        };
        let (updates, chats, events, pushes) = tokio::join!(self.telegram.deliver_due(), chats, back_offices, pushes);
        played + updates + chats + events + pushes
    }

    /// Stand-alone mode: plays and delivers what is due every `period` until the sandbox stops. The services tick apart, so
    /// that a receiver that hangs on one does not hold up the others.
    pub fn keep_delivering(&self, period: Duration) {
        let (telegram, scripts) = (self.telegram.clone(), self.scripts.clone());
        tick(period, self.stopping.subscribe(), move || std::future::ready(scripts.play_due()));
        tick(period, self.stopping.subscribe(), move || {
            let telegram = telegram.clone();
            async move { telegram.deliver_due().await }
        });
        let bitrix24 = self.bitrix24.clone();
        tick(period, self.stopping.subscribe(), move || {
            let bitrix24 = bitrix24.clone();
            async move { bitrix24.deliver_due().await }
        });
        let whatsapp = self.whatsapp.clone();
        tick(period, self.stopping.subscribe(), move || {
            let whatsapp = whatsapp.clone();
            async move { whatsapp.deliver_due().await }
        });
        let amocrm = self.amocrm.clone();
        tick(period, self.stopping.subscribe(), move || {
            let amocrm = amocrm.clone();
            async move { amocrm.deliver_due().await }
        });
        for chats in [self.messenger.clone(), self.instagram.clone()] {
            tick(period, self.stopping.subscribe(), move || {
                let chats = chats.clone();
                async move { chats.deliver_due().await }
            });
        }
        let erp = self.erp.clone();
        tick(period, self.stopping.subscribe(), move || {
            let erp = erp.clone();
            async move { erp.deliver_due().await }
        });
        for gateway in self.gateways.clone() {
            tick(period, self.stopping.subscribe(), move || {
                let gateway = gateway.clone();
                async move { gateway.deliver_due().await }
            });
        }
    }

    /// Closes the listeners and waits until they are closed.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        for mut task in self.listeners.drain(..) {
            if tokio::time::timeout(STOP_GRACE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
        for task in &self.listeners {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("page_url", &self.page_url).finish_non_exhaustive()
    }
}

/// Calls `deliver` every `period` until told to stop.
fn tick<F, D>(period: Duration, mut stop: watch::Receiver<bool>, deliver: F)
where
    F: Fn() -> D + Send + 'static,
    D: Future<Output = usize> + Send,
{
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // A dropped sender means that the sandbox is gone, which ends the ticking just as well.
                () = async { stop.wait_for(|stopping| *stopping).await.ok(); } => return,
                _ = interval.tick() => { deliver().await; }
            }
        }
    });
}

/// Takes a double's lock. A test that panicked while holding it must not hide what the others saw.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// RFC 3339 in UTC of a Unix time in milliseconds.
fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}

/// Lays the keys of a JSON object over a set of faults: keys that are absent stay as they are.
fn overlay<T>(current: &T, change: serde_json::Value) -> Result<T, String>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let serde_json::Value::Object(change) = change else {
        return Err("send a JSON object with the faults to change".to_owned());
    };
    let mut merged = serde_json::to_value(current).map_err(|error| error.to_string())?;
    if let Some(fields) = merged.as_object_mut() {
        fields.extend(change);
    }
    serde_json::from_value(merged).map_err(|error| error.to_string())
}

/// Whether plain HTTP may go to this host: `localhost`, names below it, and loopback addresses.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
