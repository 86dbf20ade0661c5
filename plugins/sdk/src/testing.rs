//! A host in memory for native tests of a plugin: state, payments, a log, and the server's rule for named effects,
//! with a remote that the test writes. It must not reach any network, clock or file. Not part of a component.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::{
    ChannelRef, Customer, Delivery, Entry, Error, Failure, Host, InboundRequest, Level, Money, Payment, PaymentRequest,
    Proposal, Request, Response, minor_to_decimal,
};

/// Keys that one installation may keep.
const STATE_KEYS: usize = 100;
/// Bytes of one value.
const STATE_BYTES: usize = 8 * 1024;

/// A double of the outside service.
pub trait Remote {
    /// Answers one request that has really left the plugin.
    fn answer(&mut self, request: &Request) -> Result<Response, Failure>;
}

impl<F: FnMut(&Request) -> Result<Response, Failure>> Remote for F {
    fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        self(request)
    }
}

/// One line that the plugin logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The message, followed by ` name=value` for each field.
    pub text: String,
}

#[derive(Default)]
struct Effects {
    accepted: BTreeMap<String, Response>,
    lost: BTreeSet<String>,
    lost_in_this_run: BTreeSet<String>,
}

/// The host. Begin each run with [`new_run`](Self::new_run), so that effects are remembered under their owner as the
/// server remembers them.
pub struct MemoryHost {
    settings: String,
    now_ms: Cell<u64>,
    remote: RefCell<Box<dyn Remote>>,
    owner: RefCell<String>,
    effects: RefCell<BTreeMap<String, Effects>>,
    state: RefCell<BTreeMap<String, Entry>>,
    payments: RefCell<Vec<(String, Payment)>>,
    refusal: RefCell<Option<Error>>,
    secrets: RefCell<BTreeSet<String>>,
    proposals: RefCell<Vec<Proposal>>,
    lines: RefCell<Vec<Line>>,
}

impl MemoryHost {
    /// A host with these settings, an empty state and no remote: every request is `not-granted`.
    pub fn new(settings: &str) -> Self {
        let nobody = |_: &Request| -> Result<Response, Failure> { Err(failure("not-granted")) };
        Self {
            settings: settings.to_owned(),
            now_ms: Cell::new(1_795_250_000_000),
            remote: RefCell::new(Box::new(nobody)),
            owner: RefCell::default(),
            effects: RefCell::default(),
            state: RefCell::default(),
            payments: RefCell::default(),
            refusal: RefCell::default(),
            secrets: RefCell::default(),
            proposals: RefCell::default(),
            lines: RefCell::default(),
        }
    }

    /// Connects the double of the outside service.
    #[must_use]
    pub fn with_remote(self, remote: impl Remote + 'static) -> Self {
        *self.remote.borrow_mut() = Box::new(remote);
        self
    }

    /// Gives the installation a secret of this name.
    #[must_use]
    pub fn with_secret(self, name: &str) -> Self {
        self.secrets.borrow_mut().insert(name.to_owned());
        self
    }

    /// What was proposed, in order.
    pub fn proposals(&self) -> Vec<Proposal> {
        self.proposals.borrow().clone()
    }

    /// Begins a run of this delivery or inbound request. A second run of the same owner gets the effects that the remote
    /// accepted from the record, and each effect whose answer was lost as `ambiguous`, once.
    pub fn new_run(&self, owner: &str) {
        owner.clone_into(&mut self.owner.borrow_mut());
        let mut all = self.effects.borrow_mut();
        let effects = all.entry(owner.to_owned()).or_default();
        let lost = std::mem::take(&mut effects.lost_in_this_run);
        effects.lost.extend(lost);
    }

    /// Moves the clock.
    pub fn set_now_ms(&self, now_ms: u64) {
        self.now_ms.set(now_ms);
    }

    /// Makes the next [`Host::create_payment`] fail in this way.
    pub fn refuse_next_payment(&self, error: Error) {
        *self.refusal.borrow_mut() = Some(error);
    }

    /// Payments that were asked for, in order.
    pub fn payments(&self) -> Vec<Payment> {
        self.payments.borrow().iter().map(|(_, payment)| payment.clone()).collect()
    }

    /// Stores the payment as it now stands, in place of the one with its id.
    pub fn put_payment(&self, payment: Payment) {
        let mut payments = self.payments.borrow_mut();
        match payments.iter_mut().find(|(_, known)| known.id == payment.id) {
            Some((_, known)) => *known = payment,
            None => payments.push((payment.id.clone(), payment)),
        }
    }

    /// Lines that were logged.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.borrow().clone()
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<u64, Error> {
        let mut state = self.state.borrow_mut();
        if value.len() > STATE_BYTES {
            return Err(error("too-large"));
        }
        if !state.contains_key(key) && state.len() >= STATE_KEYS {
            return Err(error("limit"));
        }
        let version = state.get(key).map_or(1, |entry| entry.version + 1);
        state.insert(key.to_owned(), Entry { value: value.to_vec(), version });
        Ok(version)
    }
}

impl Host for MemoryHost {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let Some(step) = &request.step else {
            return self.remote.borrow_mut().answer(request);
        };
        let owner = self.owner.borrow().clone();
        {
            let mut all = self.effects.borrow_mut();
            let effects = all.entry(owner.clone()).or_default();
            if let Some(response) = effects.accepted.get(step) {
                return Ok(response.clone());
            }
            if effects.lost.remove(step) {
                return Err(failure("ambiguous"));
            }
        }
        let answer = self.remote.borrow_mut().answer(request);
        let mut all = self.effects.borrow_mut();
        let effects = all.entry(owner).or_default();
        effects.lost_in_this_run.remove(step);
        match &answer {
            Ok(response) if response.is_success() => {
                effects.accepted.insert(step.clone(), response.clone());
            }
            Err(failure) if failure.is_ambiguous() => {
                effects.lost_in_this_run.insert(step.clone());
            }
            _ => {}
        }
        answer
    }

    fn state_get(&self, key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.state.borrow().get(key).cloned())
    }

    fn state_set(&self, key: &str, value: &[u8], _ttl_ms: Option<u64>) -> Result<u64, Error> {
        self.write(key, value)
    }

    fn state_compare_and_set(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        _ttl_ms: Option<u64>,
    ) -> Result<u64, Error> {
        if self.state.borrow().get(key).map(|entry| entry.version) == expected {
            self.write(key, value)
        } else {
            Err(error("conflict"))
        }
    }

    fn state_delete(&self, key: &str) -> Result<(), Error> {
        self.state.borrow_mut().remove(key);
        Ok(())
    }

    fn state_keys(&self, prefix: &str) -> Result<Vec<String>, Error> {
        Ok(self.state.borrow().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    fn has_secret(&self, name: &str) -> bool {
        self.secrets.borrow().contains(name)
    }

    /// The algorithm, the secret's name and the data as they stand: a native test knows no secret.
    fn sign(&self, algorithm: &str, secret: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
        if !self.has_secret(secret) {
            return Err(error("not-granted"));
        }
        Ok([algorithm.as_bytes(), b":", secret.as_bytes(), b":", data].concat())
    }

    fn propose(&self, proposal: &Proposal) -> Result<(), Error> {
        let mut proposals = self.proposals.borrow_mut();
        if proposals.iter().all(|known| known.key != proposal.key) {
            proposals.push(proposal.clone());
        }
        Ok(())
    }

    fn create_payment(&self, request: &PaymentRequest) -> Result<Payment, Error> {
        if let Some(error) = self.refusal.borrow_mut().take() {
            return Err(error);
        }
        let mut payments = self.payments.borrow_mut();
        if let Some((_, payment)) = payments.iter().find(|(key, _)| *key == request.key) {
            return Ok(payment.clone());
        }
        let number = payments.len() + 1;
        let mut payment = payment(&format!("pay_{number}"));
        payment.order_id = request.order_id.clone().unwrap_or_else(|| format!("K-{number}"));
        payment.amount = request.amount.clone();
        payment.description.clone_from(&request.description);
        payment.items.clone_from(&request.items);
        payment.customer = request.customer.clone();
        payment.channel.clone_from(&request.channel);
        payment.crm.clone_from(&request.crm);
        payment.locale = request.locale.clone().unwrap_or_else(|| "hy".to_owned());
        payments.push((request.key.clone(), payment.clone()));
        Ok(payment)
    }

    fn payment(&self, id: &str) -> Result<Payment, Error> {
        let payments = self.payments.borrow();
        payments.iter().find(|(_, payment)| payment.id == id).map(|(_, p)| p.clone()).ok_or_else(|| error("not-found"))
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn settings(&self) -> String {
        self.settings.clone()
    }

    fn format_money(&self, amount: &Money, _language: &str) -> String {
        let decimal = minor_to_decimal(amount);
        match amount.currency.as_str() {
            "AMD" => format!("{decimal}\u{a0}֏"),
            code => format!("{decimal}\u{a0}{code}"),
        }
    }

    fn format_date_time(&self, at_ms: u64, language: &str) -> String {
        format!("{language}:{at_ms}")
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let mut text = message.to_owned();
        for (name, value) in fields {
            let _infallible = write!(text, " {name}={value}");
        }
        self.lines.borrow_mut().push(Line { level, text });
    }
}

/// A payment of 12 500 dram that was just made, for a test to change.
pub fn payment(id: &str) -> Payment {
    Payment {
        id: id.to_owned(),
        order_id: "A-1042".to_owned(),
        mode: "test".to_owned(),
        status: "created".to_owned(),
        version: 1,
        amount: Money { minor: 1_250_000, currency: "AMD".to_owned() },
        captured: Money { minor: 0, currency: "AMD".to_owned() },
        refunded: Money { minor: 0, currency: "AMD".to_owned() },
        description: "Cake".to_owned(),
        items: Vec::new(),
        customer: Customer { name: None, phone: None, email: None, id: None, extra: Vec::new() },
        channel: None,
        crm: None,
        locale: "en".to_owned(),
        checkout_url: format!("https://pay.example.am/p/{id}"),
        created_at: 1_795_250_000_000,
        expires_at: 1_795_336_400_000,
        paid_at: None,
        provider_reference: None,
        evidence: String::new(),
        attempts: 0,
        link_id: None,
        answers: Vec::new(),
        fulfilment: None,
        metadata: Vec::new(),
        extra: Vec::new(),
    }
}

/// A reference to a chat in English.
pub fn channel(plugin: &str, conversation: &str) -> ChannelRef {
    ChannelRef {
        plugin: plugin.to_owned(),
        conversation: conversation.to_owned(),
        handle: None,
        language: Some("en".to_owned()),
        extra: Vec::new(),
    }
}

/// The first run of a delivery of this event.
pub fn delivery(event: &str, payment: Payment) -> Delivery {
    Delivery {
        id: format!("dlv_{}_{}_{event}", payment.id, payment.version),
        event: event.to_owned(),
        payment,
        run: 1,
        extra: Vec::new(),
    }
}

/// A verified POST on this route.
pub fn inbound(path: &str, body: &serde_json::Value) -> InboundRequest {
    InboundRequest {
        id: "inb_1".to_owned(),
        path: path.to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
        received_at: 1_795_250_000_000,
        run: 1,
        extra: Vec::new(),
    }
}

/// An answer with a JSON body.
pub fn answer(status: u16, body: &serde_json::Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes(), extra: Vec::new() }
}

/// No answer, of this kind: `ambiguous`, `not-sent`, ….
pub fn failure(kind: &str) -> Failure {
    Failure { kind: kind.to_owned(), message: format!("the double says {kind}"), retry_after_ms: None }
}

fn error(code: &str) -> Error {
    Error { code: code.to_owned(), message: code.to_owned(), retryable: false, retry_after_ms: None }
}
