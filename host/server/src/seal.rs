//! Sealing: secrets, link tokens and run records are encrypted at rest with keys of the ring that the master key opens. Looking
//! something up by a secret value goes through a keyed hash, so that the database alone answers no guess.

mod cipher;
pub mod ring;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cipher::Cipher;
pub use cipher::{beginning, key_of};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_domain::Ids;
use kamurj_domain::journal::checkpoint::Keyed;
use ring::{Kind, Ring};
use sha2::Sha256;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
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

    /// Its name: tells one from another, and says nothing about the key.
    pub fn id(&self) -> String {
        hex(&self.derive(b"master key id")[..8])
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

/// What is sealed does not open, because it was changed, moved, or sealed with a key that is not in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open: it was changed or moved, or no key of the ring sealed it")]
pub struct Unsealable;

/// Seals and opens, with the keys of the ring.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<RwLock<Keys>>,
    missed: Arc<AtomicBool>,
    hashes: Arc<Zeroizing<[u8; 32]>>,
    journal: Arc<Zeroizing<[u8; 32]>>,
    ids: Ids,
}

/// The sealing keys, and which of them seals.
struct Keys {
    all: Vec<Arc<Cipher>>,
    current: Arc<Cipher>,
}

impl Keys {
    fn of(ring: &Ring, now: i64) -> Self {
        let cipher = |key: &ring::RingKey| Arc::new(Cipher::new(&key.id, &key.bytes));
        let all: Vec<_> = ring.sealing().map(cipher).collect();
        // Where a clock stands before all of them, the oldest seals: every server knows it.
        let in_force = ring.sealing().filter(|key| key.in_force_from <= now).count().max(1);
        let current = all[in_force - 1].clone();
        Self { all, current }
    }
}

impl Sealer {
    /// A sealer with the keys that are in force now. `ids` gives the nonces.
    pub fn new(ring: &Ring, ids: Ids, now: i64) -> Self {
        Self {
            keys: Arc::new(RwLock::new(Keys::of(ring, now))),
            missed: Arc::default(),
            hashes: Arc::new(ring.one(Kind::Hash).bytes.clone()),
            journal: Arc::new(ring.one(Kind::Journal).bytes.clone()),
            ids,
        }
    }

    /// Takes the sealing keys of the ring as it is now, here and in every clone.
    pub fn take(&self, ring: &Ring, now: i64) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Keys::of(ring, now);
    }

    /// Whether something was met since this was asked last that names a key it does not have: another server may have a newer ring.
    pub fn missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    /// The id of the key that seals now.
    pub fn key_id(&self) -> String {
        self.current().id().to_owned()
    }

    fn current(&self) -> Arc<Cipher> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    fn key_of(&self, sealed: &str) -> Option<Arc<Cipher>> {
        let id = cipher::key_of(sealed)?;
        let known = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            keys.all.iter().find(|key| key.id() == id).cloned()
        };
        if known.is_none() {
            self.missed.store(true, Ordering::Relaxed);
        }
        known
    }

    /// Seals a value. `place` says where it belongs (`secret/ins_…/bot_token`): it opens nowhere else.
    pub fn seal(&self, place: &str, value: &[u8]) -> String {
        self.current().seal(&self.ids, place, value)
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        self.key_of(sealed).ok_or(Unsealable)?.open(place, sealed)
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
        Sealer::new(&Ring::first(&MasterKey::parse(key).unwrap()), ids, 0)
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

    /// What versions without a ring sealed and hashed under `KEY`, worked out by another program from RFC 5869 and the draft of
    /// XChaCha20-Poly1305.
    const OF_OLD: &str = "s1.dbbc853b.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXDzLOcnA86ZyUYolRO26mlaKxVrEO316XzLBX";

    #[test]
    fn h6_the_first_ring_opens_and_finds_what_was_sealed_before_there_were_rings() {
        let sealer = sealer(KEY);
        assert_eq!(sealer.open("secret/ins_1/token", OF_OLD).unwrap().as_slice(), b"from before");
        let hash = "bef897057e3645a19feb81fd0eb1608e25289e19ea5b788b2fc7868dc0cd10d3";
        assert_eq!(sealer.hash_text(Purpose::LinkToken, "tok"), hash);
        let mac = "1173bc6fc06751e1b26458ee8574e6885da3418f5fd2c3956954f51e67845e26";
        assert_eq!(hex(&sealer.mac(b"head")), mac);
        assert!(OF_OLD.starts_with(&ring::first_beginning(&MasterKey::parse(KEY).unwrap())));
    }

    fn under(ring: &Ring, masters: &[&str], extra: Option<&ring::RingKey>) -> Vec<kamurj_store::key_ring::Wrapped> {
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        let keys = ring.keys().iter().chain(extra);
        let masters: Vec<_> = masters.iter().map(|key| MasterKey::parse(key).unwrap()).collect();
        keys.flat_map(|key| masters.iter().map(|master| ring::wrapped(key, master, &ids)).collect::<Vec<_>>()).collect()
    }

    fn opened(kept: &[kamurj_store::key_ring::Wrapped], held: &[&str]) -> Result<Ring, ring::RingError> {
        let held: Vec<_> = held.iter().map(|key| MasterKey::parse(key).unwrap()).collect();
        Ring::open(kept, &held)
    }

    #[test]
    fn h6_a_ring_opens_with_each_of_its_master_keys_and_says_which_one_is_missing() {
        let first = Ring::first(&MasterKey::parse(KEY).unwrap());
        let kept = under(&first, &[KEY, OTHER], None);
        for held in [&[KEY][..], &[OTHER], &[OTHER, KEY]] {
            let ring = opened(&kept, held).unwrap();
            assert_eq!((ring.keys().len(), ring.masters().len()), (3, 2));
            let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
            let sealer = Sealer::new(&ring, ids, 0);
            assert_eq!(sealer.open("secret/ins_1/token", OF_OLD).unwrap().as_slice(), b"from before");
            assert_eq!(
                sealer.mac(b"head"),
                super::tests::sealer(KEY).mac(b"head"),
                "hashes and proofs stay what they are"
            );
        }
        let kept = under(&first, &[KEY], None);
        let Err(error) = opened(&kept, &[OTHER]) else { panic!("it opened") };
        let [mine, other] = [KEY, OTHER].map(|key| MasterKey::parse(key).unwrap().id());
        let line = error.to_string();
        assert!(line.contains(&mine) && line.contains(&other) && !line.contains('\n'), "{line}");
        assert!(!line.contains(KEY) && !line.contains(OTHER), "{line}");
    }

    #[test]
    fn h6_a_key_that_was_changed_or_put_in_anothers_place_opens_no_ring() {
        let first = Ring::first(&MasterKey::parse(KEY).unwrap());
        let kept = under(&first, &[KEY], None);
        let mut swapped = kept.clone();
        (swapped[1].wrapped, swapped[2].wrapped) = (kept[2].wrapped.clone(), kept[1].wrapped.clone());
        let damaged = |kept: &[_]| matches!(opened(kept, &[KEY]), Err(ring::RingError::Damaged(_)));
        assert!(damaged(&swapped));
        let mut renamed = kept.clone();
        renamed[0].id = "00000000".to_owned();
        assert!(damaged(&renamed));
        assert!(damaged(&kept[..2]), "a ring without a key of a kind");
        assert!(!damaged(&kept));
    }

    #[test]
    fn h6_a_new_key_seals_when_its_time_has_come_and_the_old_one_still_opens() {
        let first = Ring::first(&MasterKey::parse(KEY).unwrap());
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        let fresh = ring::drawn(&ids, 1_000, 5_000);
        let ring = opened(&under(&first, &[KEY, OTHER], Some(&fresh)), &[OTHER]).unwrap();
        let sealer = Sealer::new(&first, ids, 2_000);
        let clone = sealer.clone();
        let before = sealer.seal("p", b"before");
        sealer.take(&ring, 4_999);
        assert_eq!(sealer.key_id(), first.newest().id);
        sealer.take(&ring, 5_000);
        assert_eq!(clone.key_id(), fresh.id, "every clone seals with it");
        let after = clone.seal("p", b"after");
        assert_eq!(key_of(&after), Some(fresh.id.as_str()));
        assert_eq!(sealer.open("p", &before).unwrap().as_slice(), b"before");
        assert_eq!(sealer.open("p", &after).unwrap().as_slice(), b"after");

        let late = super::tests::sealer(KEY);
        assert!(late.open("p", &after).is_err() && late.missed(), "whoever does not know a key says so");
        assert!(!late.missed());
        late.take(&ring, 3_000);
        assert_eq!(late.open("p", &after).unwrap().as_slice(), b"after", "it opens before it seals");
    }

    #[test]
    fn a_master_key_is_exactly_32_bytes() {
        assert!(MasterKey::parse(KEY).is_some());
        assert!(MasterKey::parse("c2hvcnQ=").is_none());
        assert!(MasterKey::parse("not base64").is_none());
    }
}
