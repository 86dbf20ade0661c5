//! What a plugin's comparison found: a step, kept by the server with the occurrence that compared.

use serde_json::json;

use super::RunState;
use crate::{
    bindings::imported::{comparisons, types},
    contract::Part,
};

impl comparisons::Host for RunState {
    async fn report(&mut self, part: comparisons::Part) -> wasmtime::Result<Result<(), types::Error>> {
        let part = Part::from(part);
        let made = self.recall("comparisons.report", json!(part), |ports| async move {
            ports.report_part(part).await?;
            Ok(json!(null))
        });
        Ok(made.await?.map(|_| ()).map_err(Into::into))
    }
}
