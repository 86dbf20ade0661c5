//! Secrets by name for what needs more than to be sent: signatures, tags, digests. What they answer follows from the run's input
//! alone, so none of that is a step; renewing one is. The values never reach the guest.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::RunState;
use crate::{
    adapter::time_to_wire,
    bindings::imported::{secrets, types},
    secrets::Secret,
};

/// Marks a secret of Standard Webhooks, whose bytes stand behind it in Base64.
const STANDARD_WEBHOOKS: &str = "whsec_";

type Answer<T> = wasmtime::Result<Result<T, types::Error>>;

impl secrets::Host for RunState {
    fn available(&mut self, name: String) -> wasmtime::Result<bool> {
        self.count();
        Ok(self.keyring.get(&name).is_some())
    }

    fn sign(&mut self, algorithm: String, secret: String, data: Vec<u8>) -> Answer<Vec<u8>> {
        self.count();
        Ok(self.keyed(&secret, "sign").and_then(|value| sign(&algorithm, &secret, value, &data)))
    }

    async fn renew(&mut self, name: String) -> Answer<u64> {
        if !self.grants.secrets.contains_key(&name) {
            self.count();
            self.refused += 1;
            let shown: String = name.chars().take(32).collect();
            return Ok(Err(refused("not-granted", format!("the secret `{shown}` is not granted"))));
        }
        let secret = name.clone();
        let made = self.recall("secrets.renew", json!({ "name": name }), |ports| async move {
            Ok(json!(ports.renew_secret(&secret).await?))
        });
        match made.await? {
            Ok(expires_at) => {
                self.take_up(&name).await;
                Ok(Ok(time_to_wire(self.read(expires_at)?)))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    fn verify(&mut self, algorithm: String, secret: String, data: Vec<u8>, tag: Vec<u8>) -> Answer<bool> {
        self.count();
        Ok(self.keyed(&secret, "verify").and_then(|value| match algorithm.as_str() {
            // `verify_slice` compares in constant time.
            "hmac-sha256" => Ok(hmac(&secret, value, &data)?.verify_slice(&tag).is_ok()),
            other => Err(unknown(other, "`hmac-sha256`")),
        }))
    }

    fn digest(&mut self, algorithm: String, data: Vec<u8>) -> Answer<Vec<u8>> {
        self.count();
        Ok(match algorithm.as_str() {
            "sha256" => Ok(Sha256::digest(&data).to_vec()),
            other => Err(unknown(other, "`sha256`")),
        })
    }
}

impl RunState {
    /// Goes on with the secret's value of now. The old one stays blacked out.
    async fn take_up(&mut self, name: &str) {
        let (ports, wanted) = (Arc::clone(&self.outside.ports), name.to_owned());
        let read = self.outside.on_host(async move { ports.secret(&wanted).await }).await;
        match read.and_then(|read| read) {
            Ok(Some(value)) => self.keyring.replace(name, value),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, secret = name, "a renewed secret could not be read"),
        }
    }

    /// The value of a secret that is granted for this use.
    fn keyed(&mut self, secret: &str, placement: &str) -> Result<&Secret, types::Error> {
        if let Err(reason) = self.grants.check_use(secret, placement) {
            self.refused += 1;
            return Err(refused("not-granted", reason));
        }
        self.keyring
            .get(secret)
            .ok_or_else(|| refused("not-found", format!("the secret `{secret}` has no usable value")))
    }
}

fn sign(algorithm: &str, name: &str, secret: &Secret, data: &[u8]) -> Result<Vec<u8>, types::Error> {
    let unfit =
        |_| refused("invalid", format!("the secret `{name}` is no PKCS#8 private key in PEM for `{algorithm}`"));
    match algorithm {
        "hmac-sha256" => Ok(hmac(name, secret, data)?.finalize().into_bytes().to_vec()),
        "rs256" => sign_rs256(name, secret, data).map_err(|why| refused("invalid", why)),
        "ed25519" => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8(name, secret)?).map_err(unfit)?;
            Ok(pair.sign(data).as_ref().to_vec())
        }
        other => Err(unknown(other, "`hmac-sha256`, `rs256` and `ed25519`")),
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256, by a PKCS#8 private key in PEM. The error says in words what is wrong with the secret of this name.
pub fn sign_rs256(name: &str, secret: &Secret, data: &[u8]) -> Result<Vec<u8>, String> {
    let pair = RsaKeyPair::from_pkcs8(&pkcs8(name, secret).map_err(|error| error.message)?)
        .map_err(|_| format!("the secret `{name}` is no PKCS#8 private key in PEM for `rs256`"))?;
    let mut signature = vec![0; pair.public().modulus_len()];
    // PKCS#1 v1.5 draws no randomness for the signature: `ring` asks for it to blind the computation.
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
        .map_err(|_| format!("the secret `{name}` does not sign"))?;
    Ok(signature)
}

fn hmac(name: &str, secret: &Secret, data: &[u8]) -> Result<Hmac<Sha256>, types::Error> {
    let key = match secret.reveal().strip_prefix(STANDARD_WEBHOOKS) {
        None => Zeroizing::new(secret.reveal().as_bytes().to_vec()),
        Some(encoded) => Zeroizing::new(STANDARD.decode(encoded).map_err(|_| {
            refused("invalid", format!("the secret `{name}` must be Base64 behind `{STANDARD_WEBHOOKS}`"))
        })?),
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(data);
    Ok(mac)
}

/// The key inside the PEM armour (RFC 7468). Service account files write line ends as `\n`, which is taken, too.
fn pkcs8(name: &str, secret: &Secret) -> Result<Zeroizing<Vec<u8>>, types::Error> {
    let text = Zeroizing::new(secret.reveal().replace("\\n", "\n"));
    let inside = text
        .split_once("-----BEGIN PRIVATE KEY-----")
        .and_then(|(_, rest)| rest.split_once("-----END PRIVATE KEY-----"))
        .map(|(inside, _)| Zeroizing::new(inside.split_whitespace().collect::<String>()));
    let decoded = inside.and_then(|inside| STANDARD.decode(inside.as_bytes()).ok());
    decoded
        .map(Zeroizing::new)
        .ok_or_else(|| refused("invalid", format!("the secret `{name}` is no PKCS#8 private key in PEM")))
}

fn unknown(algorithm: &str, known: &str) -> types::Error {
    let shown: String = algorithm.chars().take(32).collect();
    refused("invalid", format!("the algorithm `{shown}` is not known here; there is {known}"))
}

fn refused(code: &str, message: String) -> types::Error {
    types::Error { code: code.to_owned(), message, retryable: false, retry_after_ms: None }
}
