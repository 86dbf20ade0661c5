//! Payments for plugins: ask for one, read one, propose something about one. Each is a step; what may be asked for is decided by the server.

use serde_json::json;

use super::RunState;
use crate::{
    bindings::imported::{payments, types},
    contract::{Payment, PaymentRequest, Proposal, Span, Standings},
    ports::PaymentError,
};

impl payments::Host for RunState {
    async fn create(
        &mut self,
        request: payments::PaymentRequest,
    ) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        let request = PaymentRequest::from(request);
        let recorded = json!(request);
        let made =
            self.recall(
                "payments.create",
                recorded,
                |ports| async move { Ok(json!(ports.create_payment(request).await?)) },
            );
        let made = made.await?;
        self.payment(made)
    }

    async fn get(&mut self, id: String) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        let recorded = json!({ "id": id });
        let made =
            self.recall("payments.get", recorded, |ports| async move { Ok(json!(ports.read_payment(&id).await?)) });
        let made = made.await?;
        self.payment(made)
    }

    async fn renew(&mut self, id: String) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        let recorded = json!({ "id": id });
        let made =
            self.recall("payments.renew", recorded, |ports| async move { Ok(json!(ports.renew_payment(&id).await?)) });
        let made = made.await?;
        self.payment(made)
    }

    async fn changed(&mut self, span: payments::Span) -> wasmtime::Result<Result<payments::Standings, types::Error>> {
        let span = Span::from(span);
        let recorded = json!(span);
        let made =
            self.recall(
                "payments.changed",
                recorded,
                |ports| async move { Ok(json!(ports.changed_payments(span).await?)) },
            );
        match made.await? {
            Ok(page) => Ok(Ok(self.read::<Standings>(page)?.into())),
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn propose(&mut self, proposal: payments::Proposal) -> wasmtime::Result<Result<(), types::Error>> {
        let proposal = Proposal::from(proposal);
        let made = self.recall("payments.propose", json!(proposal), |ports| async move {
            ports.propose(proposal).await?;
            Ok(json!(null))
        });
        Ok(made.await?.map(|_| ()).map_err(Into::into))
    }
}

impl RunState {
    pub(super) fn payment(
        &mut self,
        made: Result<serde_json::Value, PaymentError>,
    ) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        match made {
            Ok(value) => Ok(Ok(self.read::<Payment>(value)?.into())),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl From<PaymentError> for types::Error {
    fn from(error: PaymentError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
        }
    }
}
