//! What a plugin run reaches of this server: its record, its secrets, its state, its merchant's payments. Everything is
//! bound to one installation; nothing here takes an installation's word for whose it is.

use super::plugin_run::keep_steps;
use super::remotes;
use super::view::{self, OfLink};
use crate::app::{App, secret_place};
use crate::connections::runs::{Declared, HandedOut};
use crate::connections::{self, declared};
use crate::milestones;
use crate::request::{self, Ask};
use async_trait::async_trait;
use kamurj_domain::format::{self, Language};
use kamurj_domain::{Currency, ExceptionKind, Money, money};
use kamurj_plugins::contract::{Payment, PaymentRequest, Proposal};
use kamurj_plugins::{
    Expected, Grants, Milestone, PaymentError, PortError, Ports, Secret, StateEntry, StateError, StateWrite, Step, Url,
};
use kamurj_store::defect::{self, Defect};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::Installation;
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::payments::View;
use kamurj_store::road::Created;
use kamurj_store::state::{self, Put, Room, Write};
use kamurj_store::{Tx, attempts, inbox, merchants, payments, secrets};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The largest value in it, in bytes.
const STATE_VALUE: usize = 8 * 1024;
/// The longest key in it, in bytes.
const STATE_KEY: usize = 128;

/// One run's reach.
pub struct RunPorts {
    pub(super) app: Arc<App>,
    /// The job under whose lease it runs; none for a run that is only looked at, which keeps nothing.
    pub(super) job: Option<Job>,
    pub(super) installation: Installation,
    pub(super) owner: String,
    pub(super) run: i64,
    /// The installation's rights.
    pub(super) grants: Grants,
    /// When the lease that the last record was kept under ends, Unix milliseconds.
    pub(super) lease_until: AtomicI64,
    /// The access tokens that it was given.
    pub(super) handed_out: HandedOut,
}

/// Where a step is sealed to.
pub(super) fn step_place(owner: &str, run: i64, place: i64) -> String {
    format!("step/{owner}/{run}/{place}")
}

fn failed(error: impl std::fmt::Display) -> PortError {
    PortError(error.to_string())
}

fn payment_failed(error: impl std::fmt::Display) -> PaymentError {
    PaymentError { code: "unavailable".into(), message: error.to_string(), retryable: true, retry_after_ms: None }
}

fn refused(code: &str, message: impl Into<String>) -> PaymentError {
    PaymentError { code: code.into(), message: message.into(), retryable: false, retry_after_ms: None }
}

#[async_trait]
impl Ports for RunPorts {
    async fn record(&self, steps: &[Step]) -> Result<(), PortError> {
        let app = &self.app;
        let job = self.job.as_ref().ok_or_else(|| PortError("this run keeps nothing".into()))?;
        let mut tx = app.db.write().await.map_err(failed)?;
        // Whoever lost the lease may send nothing more: another worker has this run now.
        let lease_until = app.now() + app.lease_ms;
        self.lease_until.store(lease_until, Ordering::Relaxed);
        if !jobs::hold(&mut tx, job, lease_until).await.map_err(failed)? {
            return Err(PortError("the lease of this run is lost".into()));
        }
        if defect::has(Defect::RecordSkipped) {
            return tx.commit().await.map_err(failed);
        }
        keep_steps(app, &mut tx, &self.owner, self.run, steps).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, PortError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        let owner = &self.installation.id;
        let declares = Declared::of(&self.installation).map_err(failed)?;
        if let Some((declares, one)) = declares.as_ref().and_then(|it| Some((it, declared(&it.manifest, name)?))) {
            let token = connections::token(&self.app, &mut tx, owner, (one, &declares.settings)).await;
            return Ok(token.map_err(failed)?.map(|(token, generation)| {
                self.handed_out.note(name, generation);
                token
            }));
        }
        let Some(sealed) = secrets::get(&mut tx, owner, name).await.map_err(failed)? else { return Ok(None) };
        let value = self.app.sealer.open_text(&secret_place(owner, name), &sealed).map_err(failed)?;
        Ok(Some(Secret::new(value.as_str().to_owned())))
    }

    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        let entry = state::get(&mut tx, &self.installation.id, key, self.app.now()).await.map_err(failed)?;
        Ok(entry.map(|entry| StateEntry { value: entry.value, version: entry.version.unsigned_abs() }))
    }

    async fn state_put(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError> {
        if key.is_empty() || key.len() > STATE_KEY || value.len() > STATE_VALUE {
            return Err(StateError::TooLarge);
        }
        let expected = match write.expected {
            Expected::Any => state::Expected::Any,
            Expected::Absent => state::Expected::Absent,
            Expected::Version(version) => {
                state::Expected::Version(i64::try_from(version).map_err(|_| StateError::Conflict)?)
            }
        };
        let written_by = format!("{}/{}/{}", self.owner, self.run, write.step);
        let write = Write { name: key, value, expected, expires_at: write.expires_at, written_by: &written_by };
        let room = Room { keys: self.grants.state.keys.into(), bytes: self.grants.state.bytes.into() };
        let mut tx = self.app.db.write().await.map_err(failed)?;
        let put = state::put(&mut tx, &self.installation.id, write, room, self.app.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        match put {
            Put::Version(version) => Ok(version.unsigned_abs()),
            Put::Conflict => Err(StateError::Conflict),
            Put::Full => Err(StateError::Full),
        }
    }

    async fn state_delete(&self, key: &str) -> Result<(), StateError> {
        let mut tx = self.app.db.write().await.map_err(failed)?;
        state::delete(&mut tx, &self.installation.id, key).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(())
    }

    async fn state_keys(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        Ok(state::keys(&mut tx, &self.installation.id, prefix, self.app.now()).await.map_err(failed)?)
    }

    async fn take_budget(&self, url: &Url) -> Result<(), u64> {
        remotes::take(&self.app, &self.installation, &self.grants, url).await
    }

    async fn propose(&self, proposal: Proposal) -> Result<(), PaymentError> {
        let invalid = |field: &str, detail: &str| Err(refused("invalid", format!("{field}: {detail}")));
        if proposal.key.is_empty() || proposal.key.len() > 128 {
            return invalid("key", "must have 1 to 128 bytes");
        }
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if proposal.kind.is_empty() || proposal.kind.len() > 32 || !proposal.kind.bytes().all(is_word) {
            return invalid("kind", "must be one word such as `cancel`: 1 to 32 of `a-z _`");
        }
        if proposal.reason.trim().is_empty() || proposal.reason.chars().count() > request::MAX_TEXT {
            return invalid("reason", "must have 1 to 500 characters");
        }
        if request::holds_card_number(&proposal.reason) {
            return invalid("reason", "looks like a card number");
        }
        let mut tx = self.app.db.write().await.map_err(payment_failed)?;
        let payment = self.own_payment(&mut tx, &proposal.payment_id).await?;
        let exception = Exception {
            id: self.app.ids.new_id("exc"),
            merchant_id: payment.merchant_id,
            mode: payment.mode,
            payment_id: Some(payment.id),
            kind: ExceptionKind::PluginProposal.word().to_owned(),
            subject: format!("{}/{}", self.installation.id, proposal.key),
            detail: format!("{} proposes {}: {}", self.installation.plugin, proposal.kind, proposal.reason.trim()),
        };
        exceptions::open(&mut tx, &exception, self.app.now()).await.map_err(payment_failed)?;
        self.app.commit(tx).await.map_err(payment_failed)
    }

    async fn create_payment(&self, request: PaymentRequest) -> Result<Payment, PaymentError> {
        let app = &self.app;
        let mut tx = app.db.write().await.map_err(payment_failed)?;
        let merchant = merchants::by_id(&mut tx, &self.installation.merchant_id)
            .await
            .map_err(payment_failed)?
            .ok_or_else(|| refused("not-found", "the merchant is gone"))?;
        let ask = self.check(request, &merchant.locale)?;
        let actor = format!("plugin {}", self.installation.plugin);
        let created = request::create(app, &mut tx, ask, &actor).await.map_err(payment_failed)?;
        let payment = match created {
            Created::Made(payment) => {
                if let Some(message) = self.job.as_ref().filter(|job| job.kind == Kind::Hook) {
                    inbox::asked_in(&mut tx, &payment.id, &message.subject).await.map_err(payment_failed)?;
                }
                payment
            }
            Created::Known(payment) => payment,
            Created::OrderTaken(_) => {
                return Err(refused("conflict", "order-id: another payment has this order number"));
            }
        };
        let attempts = attempts::of_payment(&mut tx, &payment.id).await.map_err(payment_failed)?.len();
        let of_link = OfLink::read(app, &mut tx, &payment).await.map_err(payment_failed)?;
        let shown = view::payment(app, &payment, View::of(&payment, attempts), of_link).map_err(payment_failed)?;
        app.commit(tx).await.map_err(payment_failed)?;
        Ok(shown)
    }

    async fn read_payment(&self, id: &str) -> Result<Payment, PaymentError> {
        let mut tx = self.app.db.read().await.map_err(payment_failed)?;
        let payment = self.own_payment(&mut tx, id).await?;
        let attempts = attempts::of_payment(&mut tx, id).await.map_err(payment_failed)?.len();
        let of_link = OfLink::read(&self.app, &mut tx, &payment).await.map_err(payment_failed)?;
        view::payment(&self.app, &payment, View::of(&payment, attempts), of_link).map_err(payment_failed)
    }

    async fn milestone(&self, milestone: Milestone) {
        let point = match milestone {
            Milestone::BeforeSend => milestones::Milestone::BeforeSend,
            Milestone::AfterSend => milestones::Milestone::AfterSend,
        };
        self.app.milestones.reached(point).await;
    }

    /// A worker that stood still for longer than its lease must not send what another may have sent meanwhile.
    fn may_send(&self) -> bool {
        self.app.now() < self.lease_until.load(Ordering::Relaxed)
    }

    fn format_money(&self, minor: i64, currency: &str, language: &str) -> String {
        format::money(minor, currency, Language::parse(language).unwrap_or(Language::Hy))
    }

    fn format_date_time(&self, at: i64, language: &str) -> String {
        format::date_time(at, None, Language::parse(language).unwrap_or(Language::Hy))
    }
}

impl RunPorts {
    /// A payment of the installation's merchant in its mode. Another's looks like none.
    async fn own_payment(&self, tx: &mut Tx, id: &str) -> Result<payments::Payment, PaymentError> {
        payments::by_id(tx, id)
            .await
            .map_err(payment_failed)?
            .filter(|payment| payment.merchant_id == self.installation.merchant_id)
            .filter(|payment| payment.mode == self.installation.mode)
            .ok_or_else(|| refused("not-found", "this installation has no payment with this id"))
    }

    /// A plugin's request by the same rules as the API's.
    fn check(&self, request: PaymentRequest, locale: &str) -> Result<Ask, PaymentError> {
        let invalid = |field: &str, detail: &str| Err(refused("invalid", format!("{field}: {detail}")));
        let Some(currency) = view::currency(&request.amount) else {
            return invalid("amount", "the currency must be AMD, RUB, USD or EUR");
        };
        let amount = Money::new(request.amount.minor, currency);
        if amount.minor <= 0 || amount.minor > money::MAX_MINOR {
            return invalid("amount", "must be above zero and not absurd");
        }
        if currency == Currency::Amd && amount.minor % 100 != 0 {
            return invalid("amount", "AMD amounts are whole drams");
        }
        if request.key.is_empty() || request.key.len() > 128 {
            return invalid("key", "must have 1 to 128 bytes");
        }
        if let Some(fault) = request.order_id.as_deref().and_then(request::order_id_fault) {
            return invalid("order-id", fault);
        }
        if request.description.chars().count() > request::MAX_TEXT {
            return invalid("description", "must have at most 500 characters");
        }
        if request::holds_card_number(&request.description) {
            return invalid("description", "looks like a card number");
        }
        if request.items.iter().any(|item| request::holds_card_number(&item.name)) {
            return invalid("items", "a name looks like a card number");
        }
        let customer = [&request.customer.name, &request.customer.phone, &request.customer.email];
        if customer.into_iter().flatten().any(|text| request::holds_card_number(text)) {
            return invalid("customer", "looks like a card number");
        }
        if request.order_id.as_deref().is_some_and(request::holds_card_number) {
            return invalid("order-id", "looks like a card number");
        }
        if request.items.len() > request::MAX_ITEMS {
            return invalid("items", "must have at most 100 lines");
        }
        let in_currency = request.items.iter().all(|item| item.unit_price.currency == request.amount.currency);
        let sum: i128 =
            request.items.iter().map(|item| i128::from(item.unit_price.minor) * i128::from(item.quantity)).sum();
        if !request.items.is_empty() && (!in_currency || sum != i128::from(amount.minor)) {
            return invalid("items", "must add up to the amount, in its currency");
        }
        let life = match request.expires_in_ms {
            None => request::DEFAULT_LIFE_MS,
            Some(life) => i64::try_from(life).unwrap_or(i64::MAX),
        };
        if !(request::MIN_LIFE_MS..=request::MAX_LIFE_MS).contains(&life) {
            return invalid("expires-in-ms", "must be between five minutes and 180 days");
        }
        if let Some(locale) = &request.locale
            && Language::parse(locale).is_none()
        {
            return invalid("locale", "must be hy, ru or en");
        }
        Ok(Ask {
            merchant_id: self.installation.merchant_id.clone(),
            mode: self.installation.mode,
            order_id: request.order_id.clone(),
            request_key: Some(format!("{}/{}", self.installation.id, request.key)),
            amount,
            expires_at: self.app.now() + life,
            particulars: view::particulars(request, locale),
            provider_account: None,
        })
    }
}
