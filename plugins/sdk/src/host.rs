//! The host as a plugin sees it: one trait, so that the same logic runs inside the server and in a native test. The
//! real implementation is [`Imports`], which exists only in a component. Nothing here may keep anything between calls.

use serde::de::DeserializeOwned;

use crate::{
    Delivery, Entry, Error, Estimate, Failure, Finding, InboundRequest, ListItem, ListRequest, Money, Occurrence,
    Outcome, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Request, Response, Selection, Span,
    Standings, Wish,
};

/// How much a log line matters to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A person should act.
    Error,
    /// Something is not as it should be, and the plugin went on.
    Warn,
    /// Worth a line in ordinary operation.
    Info,
    /// For whoever writes the plugin.
    Debug,
}

impl Level {
    /// The contract's word for this level.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Everything that a plugin may ask of the host. Each method is one function of the WIT package and means the same.
/// Take it as `&impl Host`, never as a trait object: a table of methods would import them all, and the list of a
/// component's imports is what its operator is asked to allow.
pub trait Host {
    /// Sends one HTTP request; see [`Request::post_json`] and [`Request::step`].
    fn send(&self, request: &Request) -> Result<Response, Failure>;
    /// The live state entry under this key.
    fn state_get(&self, key: &str) -> Result<Option<Entry>, Error>;
    /// Writes the key whatever is there now; answers its new version.
    fn state_set(&self, key: &str, value: &[u8], ttl_ms: Option<u64>) -> Result<u64, Error>;
    /// Writes the key only if it stands at `expected` (none: only if absent); otherwise `conflict`.
    fn state_compare_and_set(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        ttl_ms: Option<u64>,
    ) -> Result<u64, Error>;
    /// Removes the key.
    fn state_delete(&self, key: &str) -> Result<(), Error>;
    /// The live keys that begin with this text, in order.
    fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Error>;
    /// Whether the installation has a usable secret of this name.
    fn has_secret(&self, name: &str) -> bool;
    /// Signs with a secret: `hmac-sha256`, `rs256` or `ed25519`.
    fn sign(&self, algorithm: &str, secret: &str, data: &[u8]) -> Result<Vec<u8>, Error>;
    /// Renews a secret in the way that the manifest declares; answers when the new one expires, Unix milliseconds.
    fn renew_secret(&self, name: &str) -> Result<u64, Error>;
    /// Asks for a payment; the same key gives the same payment.
    fn create_payment(&self, request: &PaymentRequest) -> Result<Payment, Error>;
    /// One of the merchant's payments as it stands now.
    fn payment(&self, id: &str) -> Result<Payment, Error>;
    /// Opens an expired payment again for the customer who asks for it.
    fn renew_payment(&self, id: &str) -> Result<Payment, Error>;
    /// Payment links in the order asked, in this language; what the merchant does not have is left out.
    fn links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, Error>;
    /// What the choices made so far come to, what is missing and what is wrong.
    fn quote(&self, selection: &Selection) -> Result<Estimate, Error>;
    /// Presses the link; the same key gives the same payment.
    fn press(&self, selection: &Selection) -> Result<Payment, Error>;
    /// Keeps what a remote told later about something that a delivery sent.
    fn note_receipt(&self, receipt: &Receipt) -> Result<(), Error>;
    /// Payments that this installation is told of and that changed in a span of time, the oldest change first.
    fn changed_payments(&self, span: &Span) -> Result<Standings, Error>;
    /// Hands in a part of what a comparison of the remote with the journal found.
    fn report(&self, part: &Part) -> Result<(), Error>;
    /// Puts something that a person should decide before the merchant's people.
    fn propose(&self, proposal: &Proposal) -> Result<(), Error>;
    /// Unix milliseconds, UTC; stands still during a run.
    fn now_ms(&self) -> u64;
    /// The installation's settings as a JSON object.
    fn settings(&self) -> String;
    /// `12 500 ֏`, as every page of Kamurj writes it. Languages: `hy`, `ru`, `en`.
    fn format_money(&self, amount: &Money, language: &str) -> String;
    /// Day, month in words and time in Asia/Yerevan; `at_ms` is Unix milliseconds.
    fn format_date_time(&self, at_ms: u64, language: &str) -> String;
    /// One line for the installation's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);
}

/// A chat service's plugin; [`channel!`](crate::channel) makes it a component.
pub trait Channel {
    /// Sends what a payment owes to its conversation.
    fn deliver(host: &impl Host, delivery: &Delivery) -> Outcome;
    /// Takes a verified request from one of the plugin's routes.
    fn handle(host: &impl Host, request: &InboundRequest) -> Outcome;
    /// Does what the manifest's schedule asks for.
    fn tick(_host: &impl Host, _occurrence: &Occurrence) -> Outcome {
        Outcome::done()
    }
    /// Finds out whether the installation can work, and says what it found. Changes nothing at the remote.
    fn check(_host: &impl Host) -> Outcome {
        Outcome::done()
    }
    /// Makes the service call this installation, or only looks whether it does, and says what is missing.
    fn connect(_host: &impl Host, _wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        Err(Outcome::bad_request("no-setup", "this plugin sets nothing up"))
    }
    /// Says what can be chosen for a setting now, by the name that its schema gives the list; an unknown list has nothing.
    fn offer(_host: &impl Host, _wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        Ok(Vec::new())
    }
}

/// A CRM's plugin; [`crm!`](crate::crm) makes it a component.
pub trait Crm {
    /// Brings a payment into the CRM.
    fn sync(host: &impl Host, delivery: &Delivery) -> Outcome;
    /// Takes a verified request from one of the plugin's routes.
    fn handle(_host: &impl Host, _request: &InboundRequest) -> Outcome {
        Outcome::bad_request("no-route", "this plugin takes no requests")
    }
    /// Does what the manifest's schedule asks for.
    fn tick(_host: &impl Host, _occurrence: &Occurrence) -> Outcome {
        Outcome::done()
    }
    /// Finds out whether the installation can work, and says what it found. Changes nothing at the remote.
    fn check(_host: &impl Host) -> Outcome {
        Outcome::done()
    }
    /// Makes the service call this installation, or only looks whether it does, and says what is missing.
    fn connect(_host: &impl Host, _wish: &Wish) -> Result<Vec<Finding>, Outcome> {
        Err(Outcome::bad_request("no-setup", "this plugin sets nothing up"))
    }
    /// Says what can be chosen for a setting now, by the name that its schema gives the list; an unknown list has nothing.
    fn offer(_host: &impl Host, _wanted: &ListRequest) -> Result<Vec<ListItem>, Outcome> {
        Ok(Vec::new())
    }
}

/// Reads the settings into the plugin's own type. The host checked them against the schema already, so a mismatch
/// means that schema and type differ; it ends as `bad-request`, which the operator sees.
pub fn read_settings<T: DeserializeOwned>(host: &impl Host) -> Result<T, Outcome> {
    serde_json::from_str(&host.settings())
        .map_err(|error| Outcome::bad_request("settings", &format!("the settings do not fit this version: {error}")))
}

/// The real host, reached through the component's imports.
#[cfg(target_arch = "wasm32")]
#[derive(Debug, Clone, Copy, Default)]
pub struct Imports;

#[cfg(target_arch = "wasm32")]
mod imports {
    use super::{
        Entry, Error, Estimate, Failure, Host, Imports, Level, Money, Part, Payment, PaymentLink, PaymentRequest,
        Proposal, Receipt, Request, Response, Selection, Span, Standings,
    };
    use crate::bindings::kamurj::plugin::{
        clock, comparisons, format, http, links, log, payments, receipts, secrets, settings, state,
    };

    impl Host for Imports {
        fn send(&self, request: &Request) -> Result<Response, Failure> {
            http::send(request)
        }
        fn state_get(&self, key: &str) -> Result<Option<Entry>, Error> {
            state::get(key)
        }
        fn state_set(&self, key: &str, value: &[u8], ttl_ms: Option<u64>) -> Result<u64, Error> {
            state::set(key, value, ttl_ms)
        }
        fn state_compare_and_set(
            &self,
            key: &str,
            expected: Option<u64>,
            value: &[u8],
            ttl_ms: Option<u64>,
        ) -> Result<u64, Error> {
            state::compare_and_set(key, expected, value, ttl_ms)
        }
        fn state_delete(&self, key: &str) -> Result<(), Error> {
            state::delete(key)
        }
        fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Error> {
            state::list_keys(prefix)
        }
        fn has_secret(&self, name: &str) -> bool {
            secrets::available(name)
        }
        fn sign(&self, algorithm: &str, secret: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
            secrets::sign(algorithm, secret, data)
        }
        fn renew_secret(&self, name: &str) -> Result<u64, Error> {
            secrets::renew(name)
        }
        fn create_payment(&self, request: &PaymentRequest) -> Result<Payment, Error> {
            payments::create(request)
        }
        fn payment(&self, id: &str) -> Result<Payment, Error> {
            payments::get(id)
        }
        fn renew_payment(&self, id: &str) -> Result<Payment, Error> {
            payments::renew(id)
        }
        fn links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, Error> {
            links::read(ids, language)
        }
        fn quote(&self, selection: &Selection) -> Result<Estimate, Error> {
            links::quote(selection)
        }
        fn press(&self, selection: &Selection) -> Result<Payment, Error> {
            links::press(selection)
        }
        fn note_receipt(&self, receipt: &Receipt) -> Result<(), Error> {
            receipts::note(receipt)
        }
        fn changed_payments(&self, span: &Span) -> Result<Standings, Error> {
            payments::changed(span)
        }
        fn report(&self, part: &Part) -> Result<(), Error> {
            comparisons::report(part)
        }
        fn propose(&self, proposal: &Proposal) -> Result<(), Error> {
            payments::propose(proposal)
        }
        fn now_ms(&self) -> u64 {
            clock::now()
        }
        fn settings(&self) -> String {
            settings::read()
        }
        fn format_money(&self, amount: &Money, language: &str) -> String {
            format::money(amount, language)
        }
        fn format_date_time(&self, at_ms: u64, language: &str) -> String {
            format::date_time(at_ms, language)
        }
        fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
            let fields: Vec<(String, String)> =
                fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            log::write(level.word(), message, &fields);
        }
    }
}
