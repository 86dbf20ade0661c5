//! Payment links for plugins: read, count what was chosen, press. Each is a step; what may be pressed and what it costs is decided
//! by the server.

use serde_json::json;

use super::RunState;
use crate::{
    bindings::imported::{links, types},
    contract::{Estimate, PaymentLink, Selection},
};

impl links::Host for RunState {
    async fn read(
        &mut self,
        ids: Vec<String>,
        language: String,
    ) -> wasmtime::Result<Result<Vec<links::PaymentLink>, types::Error>> {
        let recorded = json!({ "ids": ids, "language": language });
        let made = self
            .recall("links.read", recorded, |ports| async move { Ok(json!(ports.read_links(&ids, &language).await?)) });
        match made.await? {
            Ok(value) => Ok(Ok(self.read::<Vec<PaymentLink>>(value)?.into_iter().map(Into::into).collect())),
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn quote(&mut self, selection: links::Selection) -> wasmtime::Result<Result<links::Estimate, types::Error>> {
        let selection = Selection::from(selection);
        let made = self.recall("links.quote", json!(selection), |ports| async move {
            Ok(json!(ports.quote_link(selection).await?))
        });
        match made.await? {
            Ok(value) => Ok(Ok(self.read::<Estimate>(value)?.into())),
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn press(&mut self, selection: links::Selection) -> wasmtime::Result<Result<types::Payment, types::Error>> {
        let selection = Selection::from(selection);
        let made = self.recall("links.press", json!(selection), |ports| async move {
            Ok(json!(ports.press_link(selection).await?))
        });
        let made = made.await?;
        self.payment(made)
    }
}
