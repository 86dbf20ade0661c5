//! The server's side of a run, kept in memory: what the runtime costs beside it is the runtime's own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kamurj_plugins::contract::{Estimate, Part, PaymentLink, Receipt, Selection, Span, Standings};
use kamurj_plugins::{
    Milestone, Payment, PaymentError, PaymentRequest, PortError, Ports, Proposal, Secret, StateEntry, StateError,
    StateWrite, Step, Url,
};

/// What stands for every secret: one that signs, and that a path can hold.
const SECRET: &str = "whsec_YmVuY2gtMDEyMzQ1Njc4OS0wMTIzNDU2Nzg5";

/// State under its keys, one value for all secrets, and nothing else.
#[derive(Default)]
pub(crate) struct InMemory(Mutex<BTreeMap<String, StateEntry>>);

impl InMemory {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, StateEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_here() -> PaymentError {
    PaymentError {
        code: "unavailable".to_owned(),
        message: "a benchmark has no payments".to_owned(),
        retryable: false,
        retry_after_ms: None,
    }
}

#[async_trait]
impl Ports for InMemory {
    async fn record(&self, _: &[Step]) -> Result<(), PortError> {
        Ok(())
    }

    async fn secret(&self, _: &str) -> Result<Option<Secret>, PortError> {
        Ok(Some(Secret::new(SECRET.to_owned())))
    }

    async fn state_get(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        Ok(self.kept().get(key).cloned())
    }

    async fn state_put(&self, key: &str, value: &[u8], _: StateWrite) -> Result<u64, StateError> {
        let mut kept = self.kept();
        let version = kept.get(key).map_or(1, |entry| entry.version + 1);
        kept.insert(key.to_owned(), StateEntry { value: value.to_vec(), version });
        Ok(version)
    }

    async fn state_delete(&self, key: &str) -> Result<(), StateError> {
        self.kept().remove(key);
        Ok(())
    }

    async fn state_keys(&self, _: &str) -> Result<Vec<String>, StateError> {
        Ok(self.kept().keys().cloned().collect())
    }

    async fn take_budget(&self, _: &Url) -> Result<(), u64> {
        Ok(())
    }

    async fn propose(&self, _: Proposal) -> Result<(), PaymentError> {
        Err(not_here())
    }

    async fn create_payment(&self, _: PaymentRequest) -> Result<Payment, PaymentError> {
        Err(not_here())
    }

    async fn read_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(not_here())
    }

    async fn renew_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(not_here())
    }

    async fn read_links(&self, _: &[String], _: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        Err(not_here())
    }

    async fn quote_link(&self, _: Selection) -> Result<Estimate, PaymentError> {
        Err(not_here())
    }

    async fn press_link(&self, _: Selection) -> Result<Payment, PaymentError> {
        Err(not_here())
    }

    async fn note_receipt(&self, _: Receipt) -> Result<(), PaymentError> {
        Err(not_here())
    }

    async fn changed_payments(&self, _: Span) -> Result<Standings, PaymentError> {
        Err(not_here())
    }

    async fn report_part(&self, _: Part) -> Result<(), PaymentError> {
        Err(not_here())
    }

    async fn renew_secret(&self, _: &str) -> Result<i64, PaymentError> {
        Err(not_here())
    }

    async fn milestone(&self, _: Milestone) {}

    fn format_money(&self, minor: i64, currency: &str, _: &str) -> String {
        format!("{minor} {currency}")
    }

    fn format_date_time(&self, at: i64, _: &str) -> String {
        at.to_string()
    }
}
