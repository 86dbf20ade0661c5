//! The sandbox's bank beside a shop: sessions, payers who pay at once, signed webhooks, and faults on demand. It runs in the
//! benchmark's process, so that its memory is none of the server's, and listens on loopback alone.

use std::sync::Arc;
use std::time::Duration;

use kamurj_domain::{Clock, Mode};
use kamurj_sandbox::bank::{BankFaults, Lookup, PayAction, Start, Webhooks};
use kamurj_sandbox::{Sandbox, Settings};
use kamurj_server::ambient::SystemClock;
use kamurj_server::app::App;
use kamurj_server::install::{self, Entered};
use serde_json::json;

use crate::Failed;

/// What the shop's webhooks are signed with: 32 bytes in base64.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_YSBiZW5jaG1hcmsncyBvd24ga2V5IG9mIDMyIGJ5dGU=";
/// The shop's token at the bank.
const TOKEN: &str = "a-token-of-the-benchmark";
/// How often webhooks that are due are sent.
const TICK: Duration = Duration::from_millis(50);

/// A bank with one merchant.
pub(crate) struct Bank {
    sandbox: Sandbox,
}

impl Bank {
    /// Opens it.
    pub(crate) async fn open() -> Result<Self, Failed> {
        let settings = json!({
            "telegram_token": "1:unused", "bitrix24_user": "1", "bitrix24_secret": "unused", "bank_token": TOKEN,
        });
        let clock = Arc::new(|| SystemClock.now());
        let sandbox = Sandbox::start(Settings::from_json(&settings.to_string())?, clock).await?;
        sandbox.keep_delivering(TICK);
        Ok(Self { sandbox })
    }

    /// What the shop's server must be told: that it may call the bank, and that buyers come through a proxy on this machine.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let host = self.sandbox.bank_url.trim_start_matches("http://").to_owned();
        vec![("KAMURJ_EGRESS_ALLOW", host), ("KAMURJ_TRUSTED_PROXIES", "127.0.0.1".to_owned())]
    }

    /// Gives the merchant of the shop at this address an account.
    pub(crate) async fn takes(&self, app: &App, merchant: &str, shop: &str) -> Result<(), Failed> {
        let entered: Entered = serde_json::from_value(json!({
            "settings": { "base_url": self.sandbox.bank_url },
            "secrets": { "api_token": TOKEN, "webhook_secret": WEBHOOK_SECRET },
        }))?;
        let account = install::provider_account(app, merchant, Mode::Test, "vpos", entered).await?;
        let webhook = format!("{shop}/webhooks/providers/vpos/{account}");
        Ok(self.sandbox.bank.set_endpoint(&webhook, WEBHOOK_SECRET)?)
    }

    /// The buyer pays on this page; answers where they are sent back to. `None`: it is none of the bank's pages.
    pub(crate) fn is_paid(&self, page: &str) -> Option<String> {
        let session = page.strip_prefix(&self.sandbox.bank_url)?.strip_prefix("/pay/")?;
        self.sandbox.bank.act(session, PayAction::Pay)
    }

    /// What goes wrong in this round, one after the other; the sixth is without a fault. Forged signatures are not among these:
    /// whoever sends many is kept out for a while, and the bank has one address.
    pub(crate) fn misbehaves(&self, round: usize) {
        let well = BankFaults::default();
        let faults = match round % 6 {
            0 => BankFaults { duplicate: 2, newest_first: true, ..well },
            1 => BankFaults { lookup: Lookup::Fail, ..well },
            2 => BankFaults { start: Start::DropReply, ..well },
            3 => BankFaults { webhooks: Webhooks::Hold, ..well },
            4 => BankFaults { lookup: Lookup::Cut, webhooks: Webhooks::Drop, ..well },
            _ => well,
        };
        self.sandbox.bank.change_faults(|now| *now = faults);
    }

    /// From here on nothing goes wrong.
    pub(crate) fn behaves(&self) {
        self.sandbox.bank.change_faults(|now| *now = BankFaults::default());
    }
}
