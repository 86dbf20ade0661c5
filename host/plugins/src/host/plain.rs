//! Imports whose answers follow from the run's input alone, and which are therefore no steps: log, clock, settings,
//! secrets and format.

use super::RunState;
use crate::{
    adapter::time_to_wire,
    bindings::imported::{clock, format, log, settings, types},
};

impl types::Host for RunState {}

impl log::Host for RunState {
    fn write(&mut self, level: String, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        self.count();
        self.logbook.write(&level, message, fields, &self.keyring);
        Ok(())
    }
}

impl clock::Host for RunState {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.count();
        Ok(time_to_wire(self.now))
    }
}

impl settings::Host for RunState {
    fn read(&mut self) -> wasmtime::Result<String> {
        self.count();
        Ok(self.settings.clone())
    }
}

impl format::Host for RunState {
    fn money(&mut self, amount: types::Money, language: String) -> wasmtime::Result<String> {
        self.count();
        Ok(self.outside.ports.format_money(amount.minor, &amount.currency, &language))
    }

    fn date_time(&mut self, at: u64, language: String) -> wasmtime::Result<String> {
        self.count();
        Ok(self.outside.ports.format_date_time(i64::try_from(at).unwrap_or(i64::MAX), &language))
    }

    fn utf8_bytes(&mut self, text: String) -> wasmtime::Result<u32> {
        self.count();
        Ok(u32::try_from(text.len()).unwrap_or(u32::MAX))
    }

    fn utf16_units(&mut self, text: String) -> wasmtime::Result<u32> {
        self.count();
        Ok(u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX))
    }
}

impl RunState {
    /// A host call that is no step.
    pub(super) fn count(&mut self) {
        self.calls = self.calls.saturating_add(1);
    }
}
