//! One account during one run: its calls, its settings, and what was read of it already. It must not know what a payment owes it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use kamurj_crm::Trouble;
use kamurj_sdk::{Host, Outcome, plain};
use serde_json::Value;

use crate::api::Api;
use crate::settings::Settings;

/// An account.
pub(crate) struct Account<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) api: Api<'a, H>,
    pub(crate) settings: &'a Settings,
    /// Its page of leads that a search for lost events looks at.
    pub(crate) page: u32,
    /// Whether there is a page after it.
    pub(crate) has_more: std::cell::Cell<bool>,
    currency: OnceCell<String>,
    /// Leads that were read in this run.
    leads: RefCell<BTreeMap<String, Value>>,
}

impl<'a, H: Host> Account<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings) -> Self {
        Self {
            host,
            api: Api::new(host, settings),
            settings,
            page: 1,
            has_more: std::cell::Cell::new(false),
            currency: OnceCell::new(),
            leads: RefCell::default(),
        }
    }

    /// What the service calls itself.
    pub(crate) fn brand(&self) -> &'static str {
        self.settings.brand()
    }

    /// The currency of prices: the one that was entered, or the account's own.
    pub(crate) fn currency(&self) -> Result<&str, Trouble> {
        if let Some(known) = self.settings.currency.as_deref().or(self.currency.get().map(String::as_str)) {
            return Ok(known);
        }
        let account = self.api.get("account")?;
        let code = account["currency"].as_str().unwrap_or_default().to_ascii_uppercase();
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let message = format!("{} does not say what prices are in: enter `currency`, such as AMD", self.brand());
            return Err(Trouble::Setting(Outcome::bad_request("currency", &message)));
        }
        Ok(self.currency.get_or_init(|| code))
    }

    /// Keeps a lead that was read.
    pub(crate) fn remember(&self, lead: &Value) {
        if let Some(id) = crate::api::id_of(lead) {
            self.leads.borrow_mut().insert(id.to_string(), lead.clone());
        }
    }

    /// A lead that was read in this run, if it was.
    pub(crate) fn remembered(&self, id: &str) -> Option<Value> {
        self.leads.borrow().get(id).cloned()
    }
}

/// A record that is not there any more.
pub(crate) fn gone(kind: &str, id: &str) -> Trouble {
    let message = format!("The {kind} {} is gone: restore it and retry, or skip", plain(id, 40));
    Trouble::Gone(Outcome::bad_request("record-gone", &message))
}

/// The number of a record, as an address may hold it.
pub(crate) fn number<'t>(kind: &str, id: &'t str) -> Result<&'t str, Trouble> {
    if !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(id);
    }
    let message = format!("`{}` is not the number of a {kind}", plain(id, 40));
    Err(Trouble::Ended(Outcome::bad_request("entity-id", &message)))
}
