//! Sealing: secrets, link tokens and run records are encrypted at rest with keys that come from the master key. Looking
//! something up by a secret value goes through a keyed hash, so that the database alone answers no guess.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use kamurj_domain::Ids;
use kamurj_domain::journal::checkpoint::Keyed;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The master key: 32 bytes.
#[derive(Clone)]
pub struct MasterKey(Arc<Zeroizing<[u8; 32]>>);

impl MasterKey {
    /// Reads 32 bytes from base64.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
        let key: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Self(Arc::new(Zeroizing::new(key))))
    }

    /// The key that authenticates compiled plugins: the server runs as machine code what carries its tag.
    pub fn of_compiled_plugins(&self) -> Zeroizing<[u8; 32]> {
        self.derive(b"compiled plugins")
    }

    /// HKDF-SHA256, RFC 5869.
    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha256>::new(Some(b"kamurj 1"), self.0.as_slice())
            .expand(info, key.as_mut_slice())
            .expect("32 bytes are within what HKDF gives");
        key
    }
}

/// What a keyed hash is for. Hashes of one purpose say nothing about another's.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Finding a payment by its link's token.
    LinkToken,
    /// Finding an attempt by its return token.
    ReturnToken,
    /// The seed of a plugin run's randomness.
    RunSeed,
    /// Comparing the bodies of requests with one idempotency key.
    Fingerprint,
    /// Finding a flow that was started by the state that it comes back with.
    ConnectionState,
    /// Telling networks apart without keeping their addresses.
    Origin,
    /// Finding an operator's session by what the browser keeps.
    Session,
    /// Finding an invitation by its token.
    Invitation,
    /// Knowing a recovery code: fifty random bits need more than a plain hash.
    RecoveryCode,
    /// Counting failures to sign in with an address, without keeping what was typed.
    SignIn,
    /// The name under which the nodes of one deployment meet in Redis.
    Nodes,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::LinkToken => b"link token",
            Self::ReturnToken => b"return token",
            Self::RunSeed => b"run seed",
            Self::Fingerprint => b"fingerprint",
            Self::ConnectionState => b"connection state",
            Self::Origin => b"origin",
            Self::Session => b"session",
            Self::Invitation => b"invitation",
            Self::RecoveryCode => b"recovery code",
            Self::SignIn => b"sign in",
            Self::Nodes => b"nodes",
        }
    }
}

/// What is sealed does not open, because it was changed, moved, or sealed with another master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was changed, or KAMURJ_MASTER_KEY is not the key that sealed it")]
pub struct Unsealable;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: String,
    hashes: Arc<Zeroizing<[u8; 32]>>,
    journal: Arc<Zeroizing<[u8; 32]>>,
    ids: Ids,
}

impl Sealer {
    /// A sealer with keys drawn from the master key. `ids` gives the nonces.
    pub fn new(master: &MasterKey, ids: Ids) -> Self {
        let derive = |info| master.derive(info);
        let sealing = derive(b"seal");
        let key_id = hex(&Sha256::digest(derive(b"key id").as_slice())[..4]);
        Self {
            cipher: XChaCha20Poly1305::new(sealing.as_slice().try_into().expect("a key of 32 bytes")),
            key_id,
            hashes: Arc::new(derive(b"hash")),
            journal: Arc::new(derive(b"journal")),
            ids,
        }
    }

    /// Seals a value. `place` says where it belongs (`secret/ins_…/bot_token`): it opens nowhere else.
    pub fn seal(&self, place: &str, value: &[u8]) -> String {
        let nonce = self.ids.bytes::<24>();
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: place.as_bytes() })
            .expect("sealing fails only for values beyond 256 GiB");
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        format!("s1.{}.{}", self.key_id, URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (key_id, text) = sealed.strip_prefix("s1.").and_then(|rest| rest.split_once('.')).ok_or(Unsealable)?;
        if key_id != self.key_id {
            return Err(Unsealable);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unsealable)?;
        let (nonce, body) = bytes.split_at_checked(24).ok_or(Unsealable)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| Unsealable)?;
        self.cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| Unsealable)
    }

    /// Opens sealed text.
    pub fn open_text(&self, place: &str, sealed: &str) -> Result<Zeroizing<String>, Unsealable> {
        let bytes = self.open(place, sealed)?;
        String::from_utf8(bytes.to_vec()).map(Zeroizing::new).map_err(|_| Unsealable)
    }

    /// A keyed hash: 32 bytes.
    pub fn hash(&self, purpose: Purpose, value: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.hashes.as_slice()).expect("HMAC takes keys of any length");
        mac.update(purpose.label());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// A keyed hash as hex.
    pub fn hash_text(&self, purpose: Purpose, value: &str) -> String {
        hex(&self.hash(purpose, value.as_bytes()))
    }
}

/// The journal's checkpoints have a key of their own.
impl Keyed for Sealer {
    fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(self.journal.as_slice()).expect("HMAC takes keys of any length");
        mac.chain_update(bytes).finalize().into_bytes().into()
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{SystemClock, SystemEntropy};

    fn sealer(key: &str) -> Sealer {
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        Sealer::new(&MasterKey::parse(key).unwrap(), ids)
    }

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "//ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn h5_a_sealed_value_opens_only_in_its_place_and_with_its_key() {
        let sealer = sealer(KEY);
        let sealed = sealer.seal("secret/ins_1/token", b"canary");
        assert!(!sealed.contains("canary"));
        assert_ne!(sealed, sealer.seal("secret/ins_1/token", b"canary"), "every sealing has its own nonce");
        assert_eq!(sealer.open("secret/ins_1/token", &sealed).unwrap().as_slice(), b"canary");
        assert_eq!(sealer.open("secret/ins_2/token", &sealed).unwrap_err(), Unsealable);
        assert_eq!(super::tests::sealer(OTHER).open("secret/ins_1/token", &sealed).unwrap_err(), Unsealable);
        let mut changed = sealed.clone();
        let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
        changed.push(last);
        assert!(sealer.open("secret/ins_1/token", &changed).is_err());
    }

    #[test]
    fn e12_checkpoints_are_made_with_the_master_key_and_like_no_other_hash() {
        let mac = sealer(KEY).mac(b"head");
        assert_eq!(sealer(KEY).mac(b"head"), mac, "the same on every server");
        assert_ne!(sealer(OTHER).mac(b"head"), mac);
        assert_ne!(sealer(KEY).mac(b"heae"), mac);
        assert_ne!(sealer(KEY).hash(Purpose::Fingerprint, b"head"), mac);
    }

    #[test]
    fn a_master_key_is_exactly_32_bytes() {
        assert!(MasterKey::parse(KEY).is_some());
        assert!(MasterKey::parse("c2hvcnQ=").is_none());
        assert!(MasterKey::parse("not base64").is_none());
    }
}
