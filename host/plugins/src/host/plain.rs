//! Imports whose answers follow from the run's input alone, and which are therefore no steps: log, clock, settings,
//! crypto and format.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::RunState;
use crate::{
    adapter::time_to_wire,
    bindings::imported::{clock, crypto, format, log, settings, types},
};

impl types::Host for RunState {}

impl log::Host for RunState {
    fn write(&mut self, level: String, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        self.logbook.write(&level, message, fields, &self.keyring);
        Ok(())
    }
}

impl clock::Host for RunState {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(time_to_wire(self.now))
    }
}

impl settings::Host for RunState {
    fn read(&mut self) -> wasmtime::Result<String> {
        Ok(self.settings.clone())
    }
}

impl crypto::Host for RunState {
    fn hmac_sha256(&mut self, secret: String, data: Vec<u8>) -> wasmtime::Result<Result<Vec<u8>, types::Error>> {
        Ok(self.keyed(&secret, &data).map(|mac| mac.finalize().into_bytes().to_vec()))
    }

    fn verify_hmac_sha256(
        &mut self,
        secret: String,
        data: Vec<u8>,
        tag: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, types::Error>> {
        // `verify_slice` compares in constant time.
        Ok(self.keyed(&secret, &data).map(|mac| mac.verify_slice(&tag).is_ok()))
    }

    fn sha256(&mut self, data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        Ok(Sha256::digest(&data).to_vec())
    }
}

impl RunState {
    fn keyed(&self, secret: &str, data: &[u8]) -> Result<Hmac<Sha256>, types::Error> {
        let refused = |code: &str, message: String| types::Error {
            code: code.to_owned(),
            message,
            retryable: false,
            retry_after_ms: None,
        };
        self.grants.check_signing(secret).map_err(|reason| refused("not-granted", reason))?;
        let value = self
            .keyring
            .get(secret)
            .ok_or_else(|| refused("not-found", format!("the secret `{secret}` has no usable value")))?;
        let mut mac = Hmac::<Sha256>::new_from_slice(value.reveal().as_bytes()).expect("HMAC takes keys of any length");
        mac.update(data);
        Ok(mac)
    }
}

impl format::Host for RunState {
    fn money(&mut self, amount: types::Money, language: String) -> wasmtime::Result<String> {
        Ok(self.outside()?.ports.format_money(amount.minor, &amount.currency, &language))
    }

    fn date_time(&mut self, at: u64, language: String) -> wasmtime::Result<String> {
        Ok(self.outside()?.ports.format_date_time(i64::try_from(at).unwrap_or(i64::MAX), &language))
    }

    fn utf8_bytes(&mut self, text: String) -> wasmtime::Result<u32> {
        Ok(u32::try_from(text.len()).unwrap_or(u32::MAX))
    }

    fn utf16_units(&mut self, text: String) -> wasmtime::Result<u32> {
        Ok(u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX))
    }
}
