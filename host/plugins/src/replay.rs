//! The ports of a replayed run: they read secrets and format, and do nothing else, whatever the run would ask of them. What a
//! replay is answered with is in `record`.

use std::sync::Arc;

use async_trait::async_trait;
use kamurj_egress::Url;

use crate::{
    contract::{Estimate, Part, Payment, PaymentLink, PaymentRequest, Proposal, Receipt, Selection, Span, Standings},
    ports::{Milestone, PaymentError, PortError, Ports, StateEntry, StateError, StateWrite},
    record::Step,
    secrets::Secret,
};

/// Ports of which nothing that is in a record can be asked again.
pub(crate) struct Sealed(pub(crate) Arc<dyn Ports>);

fn closed() -> PortError {
    PortError("a replayed run is answered from its record alone".to_owned())
}

pub(crate) fn refused(message: &str) -> PaymentError {
    PaymentError { code: "unavailable".to_owned(), message: message.to_owned(), retryable: false, retry_after_ms: None }
}

#[async_trait]
impl Ports for Sealed {
    async fn record(&self, _: &[Step]) -> Result<(), PortError> {
        Err(closed())
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, PortError> {
        self.0.secret(name).await
    }

    async fn state_get(&self, _: &str) -> Result<Option<StateEntry>, StateError> {
        Err(closed().into())
    }

    async fn state_put(&self, _: &str, _: &[u8], _: StateWrite) -> Result<u64, StateError> {
        Err(closed().into())
    }

    async fn state_delete(&self, _: &str) -> Result<(), StateError> {
        Err(closed().into())
    }

    async fn state_keys(&self, _: &str) -> Result<Vec<String>, StateError> {
        Err(closed().into())
    }

    async fn take_budget(&self, _: &Url) -> Result<(), u64> {
        Err(u64::MAX)
    }

    async fn create_payment(&self, _: PaymentRequest) -> Result<Payment, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn read_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn renew_payment(&self, _: &str) -> Result<Payment, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn read_links(&self, _: &[String], _: &str) -> Result<Vec<PaymentLink>, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn quote_link(&self, _: Selection) -> Result<Estimate, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn press_link(&self, _: Selection) -> Result<Payment, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn note_receipt(&self, _: Receipt) -> Result<(), PaymentError> {
        Err(refused(&closed().0))
    }

    async fn changed_payments(&self, _: Span) -> Result<Standings, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn report_part(&self, _: Part) -> Result<(), PaymentError> {
        Err(refused(&closed().0))
    }

    async fn renew_secret(&self, _: &str) -> Result<i64, PaymentError> {
        Err(refused(&closed().0))
    }

    async fn propose(&self, _: Proposal) -> Result<(), PaymentError> {
        Err(refused(&closed().0))
    }

    async fn milestone(&self, _: Milestone) {}

    fn may_send(&self) -> bool {
        false
    }

    fn format_money(&self, minor: i64, currency: &str, language: &str) -> String {
        self.0.format_money(minor, currency, language)
    }

    fn format_date_time(&self, at: i64, language: &str) -> String {
        self.0.format_date_time(at, language)
    }
}
