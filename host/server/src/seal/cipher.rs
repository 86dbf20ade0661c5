//! One key and what it does to values: seals them to a place, and opens them there. Knows no other key and no database.

use super::Unsealable;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kamurj_domain::Ids;
use zeroize::Zeroizing;

/// The form of sealed texts: `s1.<id of the key>.<nonce, ciphertext and tag in base64url>`.
const FORM: &str = "s1.";

/// A key under its id.
pub(super) struct Cipher {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Cipher {
    pub(super) fn new(id: &str, key: &[u8; 32]) -> Self {
        Self { id: id.to_owned(), cipher: XChaCha20Poly1305::new(key.into()) }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn seal(&self, ids: &Ids, place: &str, value: &[u8]) -> String {
        let nonce = ids.bytes::<24>();
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: place.as_bytes() })
            .expect("sealing fails only for values beyond 256 GiB");
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        format!("{}{}", beginning(&self.id), URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(super) fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let text = sealed.strip_prefix(&beginning(&self.id)).ok_or(Unsealable)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unsealable)?;
        let (nonce, body) = bytes.split_at_checked(24).ok_or(Unsealable)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Unsealable)?;
        self.cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| Unsealable)
    }
}

/// How everything begins that is sealed with this key.
pub fn beginning(key_id: &str) -> String {
    format!("{FORM}{key_id}.")
}

/// The id of the key that this is sealed with, where it is sealed.
pub fn key_of(sealed: &str) -> Option<&str> {
    sealed.strip_prefix(FORM)?.split_once('.').map(|(id, _)| id)
}
