//! A host in memory for native tests of a plugin: state, payments, a log, and the server's rule for named effects,
//! with a remote that the test writes. It must not reach any network, clock or file. Not part of a component.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::{
    Entry, Error, Estimate, Failure, Host, Level, Money, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt,
    Request, Response, Selection, Span, Standing, Standings, minor_to_decimal,
};

mod effects;
mod links;
mod samples;

use effects::Effects;

pub use samples::{answer, channel, choice, delivery, failure, inbound, payment, payment_link, question};

/// Keys that one installation may keep.
const STATE_KEYS: usize = 300;
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
    links: RefCell<Vec<PaymentLink>>,
    receipts: RefCell<Vec<Receipt>>,
    reports: RefCell<Vec<Part>>,
    renewable: RefCell<BTreeMap<String, Result<u64, Error>>>,
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
            links: RefCell::default(),
            receipts: RefCell::default(),
            reports: RefCell::default(),
            renewable: RefCell::default(),
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

    /// Lets the merchant have this payment link, in place of the one with its id.
    pub fn put_link(&self, link: PaymentLink) {
        let mut links = self.links.borrow_mut();
        links.retain(|known| known.id != link.id);
        links.push(link);
    }

    /// What was told later about what was sent, in order.
    pub fn receipts(&self) -> Vec<Receipt> {
        self.receipts.borrow().clone()
    }

    /// What comparisons found, part by part.
    pub fn reports(&self) -> Vec<Part> {
        self.reports.borrow().clone()
    }

    /// Says what renewing this secret comes to: when the new one expires, or why it is not renewed.
    pub fn renewal(&self, name: &str, end: Result<u64, Error>) {
        self.renewable.borrow_mut().insert(name.to_owned(), end);
    }

    /// What was proposed, in order.
    pub fn proposals(&self) -> Vec<Proposal> {
        self.proposals.borrow().clone()
    }

    /// Begins a run of this delivery or inbound request. A second run of the same owner gets the effects that the remote
    /// accepted from the record, and each effect whose answer was lost as `ambiguous`, once.
    pub fn new_run(&self, owner: &str) {
        owner.clone_into(&mut self.owner.borrow_mut());
        self.effects.borrow_mut().entry(owner.to_owned()).or_default().begin_run();
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
        let known = self.effects.borrow_mut().entry(owner.clone()).or_default().known(step);
        if let Some(answer) = known {
            return answer;
        }
        let answer = self.remote.borrow_mut().answer(request);
        self.effects.borrow_mut().entry(owner).or_default().keep(step, &answer);
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

    fn renew_secret(&self, name: &str) -> Result<u64, Error> {
        self.renewable.borrow().get(name).cloned().unwrap_or_else(|| Err(error("invalid")))
    }

    fn renew_payment(&self, id: &str) -> Result<Payment, Error> {
        let mut payment = self.payment(id)?;
        match payment.status.as_str() {
            "expired" => {
                "created".clone_into(&mut payment.status);
                payment.version += 1;
                payment.expires_at = self.now_ms() + 3_600_000;
                self.put_payment(payment.clone());
                Ok(payment)
            }
            "created" | "pending" | "failed" => Ok(payment),
            _ => Err(error("conflict")),
        }
    }

    fn links(&self, ids: &[String], _language: &str) -> Result<Vec<PaymentLink>, Error> {
        let links = self.links.borrow();
        Ok(ids.iter().filter_map(|id| links.iter().find(|link| link.id == *id)).cloned().collect())
    }

    fn quote(&self, selection: &Selection) -> Result<Estimate, Error> {
        links::quote(&self.links.borrow(), selection)
    }

    fn press(&self, selection: &Selection) -> Result<Payment, Error> {
        let request = links::press(&self.links.borrow(), selection)?;
        let mut payment = self.create_payment(&request)?;
        payment.link_id = Some(selection.link_id.clone());
        self.put_payment(payment.clone());
        Ok(payment)
    }

    fn note_receipt(&self, receipt: &Receipt) -> Result<(), Error> {
        self.receipts.borrow_mut().push(receipt.clone());
        Ok(())
    }

    /// All payments that were put, in their order, as if each had changed at its `created_at`.
    fn changed_payments(&self, span: &Span) -> Result<Standings, Error> {
        let payments = self.payments.borrow();
        let from: usize = span.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let all: Vec<&Payment> = payments
            .iter()
            .map(|(_, payment)| payment)
            .filter(|payment| (span.since..span.until).contains(&payment.created_at))
            .collect();
        let to = (from + span.limit as usize).min(all.len());
        let next = (to < all.len()).then(|| to.to_string());
        Ok(Standings {
            payments: all[from.min(to)..to].iter().map(|payment| standing(payment)).collect(),
            next,
            extra: Vec::new(),
        })
    }

    fn report(&self, part: &Part) -> Result<(), Error> {
        self.reports.borrow_mut().push(part.clone());
        Ok(())
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

fn standing(payment: &Payment) -> Standing {
    Standing {
        id: payment.id.clone(),
        order_id: payment.order_id.clone(),
        status: payment.status.clone(),
        version: payment.version,
        amount: payment.amount.clone(),
        captured: payment.captured.clone(),
        refunded: payment.refunded.clone(),
        crm: payment.crm.clone(),
        changed_at: payment.created_at,
        owing: false,
        extra: Vec::new(),
    }
}

fn error(code: &str) -> Error {
    Error { code: code.to_owned(), message: code.to_owned(), retryable: false, retry_after_ms: None }
}
