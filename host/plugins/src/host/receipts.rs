//! What a remote told of a message that it had accepted: a step, kept by the server with the delivery that sent it.

use serde_json::json;

use super::RunState;
use crate::{
    bindings::imported::{receipts, types},
    contract::Receipt,
};

impl receipts::Host for RunState {
    async fn note(&mut self, receipt: receipts::Receipt) -> wasmtime::Result<Result<(), types::Error>> {
        let receipt = Receipt::from(receipt);
        let made = self.recall("receipts.note", json!(receipt), |ports| async move {
            ports.note_receipt(receipt).await?;
            Ok(json!(null))
        });
        Ok(made.await?.map(|_| ()).map_err(Into::into))
    }
}
