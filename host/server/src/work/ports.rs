//! What a plugin run reaches of this server: its record, its secrets, its state, its merchant's payments. Everything is
//! bound to one installation; nothing here takes an installation's word for whose it is.

mod comparisons;
mod links;
mod payments;
mod receipts;
mod secrets;
mod selection;
mod state;

use super::plugin_run::keep_steps;
use super::remotes;
use crate::app::App;
use crate::connections::runs::HandedOut;
use crate::milestones;
use async_trait::async_trait;
use kamurj_domain::format::{self, Language};
use kamurj_plugins::contract::{
    Estimate, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Selection, Span, Standings,
};
use kamurj_plugins::{
    Grants, Milestone, PaymentError, PortError, Ports, Secret, StateEntry, StateError, StateWrite, Step, Url,
};
use kamurj_store::defect::{self, Defect};
use kamurj_store::installations::Installation;
use kamurj_store::jobs::{self, Job};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
pub(crate) fn step_place(owner: &str, run: i64, place: i64) -> String {
    format!("step/{owner}/{run}/{place}")
}

fn failed(error: impl std::fmt::Display) -> PortError {
    PortError(error.to_string())
}

fn call_failed(error: impl std::fmt::Display) -> PaymentError {
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
        self.secret_of_now(name).await
    }

    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        self.entry(key).await
    }

    async fn state_put(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError> {
        self.put_entry(key, value, write).await
    }

    async fn state_delete(&self, key: &str) -> Result<(), StateError> {
        self.remove_entry(key).await
    }

    async fn state_keys(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        self.keys(prefix).await
    }

    async fn take_budget(&self, url: &Url) -> Result<(), u64> {
        remotes::take(&self.app, &self.installation, &self.grants, url).await
    }

    async fn create_payment(&self, request: PaymentRequest) -> Result<Payment, PaymentError> {
        self.ask(request).await
    }

    async fn read_payment(&self, id: &str) -> Result<Payment, PaymentError> {
        self.look(id).await
    }

    async fn renew_payment(&self, id: &str) -> Result<Payment, PaymentError> {
        self.open_again(id).await
    }

    async fn read_links(&self, ids: &[String], language: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        self.links(ids, language).await
    }

    async fn quote_link(&self, selection: Selection) -> Result<Estimate, PaymentError> {
        self.estimate(&selection).await
    }

    async fn press_link(&self, selection: Selection) -> Result<Payment, PaymentError> {
        self.press(selection).await
    }

    async fn note_receipt(&self, receipt: Receipt) -> Result<(), PaymentError> {
        self.note(receipt).await
    }

    async fn changed_payments(&self, span: Span) -> Result<Standings, PaymentError> {
        self.changed(&span).await
    }

    async fn report_part(&self, part: Part) -> Result<(), PaymentError> {
        self.keep_part(part).await
    }

    async fn renew_secret(&self, name: &str) -> Result<i64, PaymentError> {
        self.renewed_secret(name).await
    }

    async fn propose(&self, proposal: Proposal) -> Result<(), PaymentError> {
        self.put_before_people(proposal).await
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
