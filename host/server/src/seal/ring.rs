//! The key ring: the keys that seal, hash and prove, each sealed under a master key, which does nothing else. The first of them come
//! from the master key of the first start; sealing keys that come later are drawn. Knows no database.

use super::cipher::{Cipher, beginning};
use super::{MasterKey, Unsealable, hex};
use kamurj_domain::Ids;
use kamurj_store::key_ring::Wrapped;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sealing values.
    Seal,
    /// Keyed hashes.
    Hash,
    /// The journal's checkpoints.
    Journal,
}

impl Kind {
    /// As it is kept.
    pub fn word(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Hash => "hash",
            Self::Journal => "journal",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Seal, Self::Hash, Self::Journal].into_iter().find(|kind| kind.word() == word)
    }
}

/// A key of the ring, open.
pub struct RingKey {
    /// As sealed values name it; the kind's word for the two that seal nothing.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// From when servers seal with it, Unix milliseconds.
    pub in_force_from: i64,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

/// Why the ring does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// It is under other master keys.
    #[error(
        "is not the key that this database is sealed with: that is {expected}, and this is {held}; write that one, or, while \
         it is being changed, the one before into KAMURJ_MASTER_KEY_OLD"
    )]
    Other {
        /// What would open it, by id.
        expected: String,
        /// What was tried, by id.
        held: String,
    },
    /// A key of it was changed in the database.
    #[error(
        "does not open the key `{0}` of the database's key ring, though it is under this master key: the database was changed"
    )]
    Damaged(String),
}

/// All keys, in the order in which they came into force.
pub struct Ring {
    keys: Vec<RingKey>,
    masters: BTreeSet<String>,
}

impl Ring {
    /// The ring that a master key begins with: what it sealed before there were rings opens with it.
    pub fn first(master: &MasterKey) -> Self {
        let id = hex(&Sha256::digest(master.derive(b"key id").as_slice())[..4]);
        let key = |id: &str, kind, info: &[u8]| RingKey {
            id: id.to_owned(),
            kind,
            made_at: 0,
            in_force_from: 0,
            bytes: master.derive(info),
        };
        let keys = vec![
            key(&id, Kind::Seal, b"seal"),
            key("hash", Kind::Hash, b"hash"),
            key("journal", Kind::Journal, b"journal"),
        ];
        Self { keys, masters: BTreeSet::from([master.id()]) }
    }

    /// Opens what is kept with whichever of these master keys does.
    pub fn open(kept: &[Wrapped], held: &[MasterKey]) -> Result<Self, RingError> {
        let masters: BTreeSet<String> = kept.iter().map(|key| key.master_id.clone()).collect();
        let known: BTreeSet<&str> = kept.iter().map(|key| key.id.as_str()).collect();
        let mut keys: Vec<RingKey> = Vec::new();
        for wrapped in kept {
            let Some(master) = held.iter().find(|master| master.id() == wrapped.master_id) else { continue };
            if keys.iter().any(|key| key.id == wrapped.id) {
                continue;
            }
            keys.push(unwrap(wrapped, master).map_err(|Unsealable| RingError::Damaged(wrapped.id.clone()))?);
        }
        if keys.len() < known.len() {
            let expected = masters.into_iter().collect::<Vec<_>>().join(" or ");
            let held = held.iter().map(MasterKey::id).collect::<Vec<_>>().join(" or ");
            return Err(RingError::Other { expected, held });
        }
        for kind in [Kind::Seal, Kind::Hash, Kind::Journal] {
            if !keys.iter().any(|key| key.kind == kind) {
                return Err(RingError::Damaged(kind.word().to_owned()));
            }
        }
        Ok(Self { keys, masters })
    }

    /// The master keys that open it, by id.
    pub fn masters(&self) -> &BTreeSet<String> {
        &self.masters
    }

    /// All keys.
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The sealing keys, in the order in which they came into force.
    pub fn sealing(&self) -> impl DoubleEndedIterator<Item = &RingKey> {
        self.keys.iter().filter(|key| key.kind == Kind::Seal)
    }

    /// The sealing key that came last, in force or not yet.
    pub fn newest(&self) -> &RingKey {
        self.sealing().next_back().expect("a ring has a sealing key, or it does not open")
    }

    pub(super) fn one(&self, kind: Kind) -> &RingKey {
        self.keys.iter().find(|key| key.kind == kind).expect("a ring has a key of each kind, or it does not open")
    }
}

/// A new sealing key, in force from this time on, Unix milliseconds.
pub fn drawn(ids: &Ids, made_at: i64, in_force_from: i64) -> RingKey {
    let id = hex(&ids.bytes::<4>());
    RingKey { id, kind: Kind::Seal, made_at, in_force_from, bytes: Zeroizing::new(ids.bytes::<32>()) }
}

/// Seals a key under a master key.
pub fn wrapped(key: &RingKey, master: &MasterKey, ids: &Ids) -> Wrapped {
    Wrapped {
        id: key.id.clone(),
        kind: key.kind.word().to_owned(),
        made_at: key.made_at,
        in_force_from: key.in_force_from,
        master_id: master.id(),
        wrapped: wrapping(master).seal(ids, &place(key.kind, &key.id), key.bytes.as_slice()),
    }
}

fn unwrap(wrapped: &Wrapped, master: &MasterKey) -> Result<RingKey, Unsealable> {
    let kind = Kind::from_word(&wrapped.kind).ok_or(Unsealable)?;
    let opened = wrapping(master).open(&place(kind, &wrapped.id), &wrapped.wrapped)?;
    let bytes: [u8; 32] = opened.as_slice().try_into().map_err(|_| Unsealable)?;
    let Wrapped { id, made_at, in_force_from, .. } = wrapped.clone();
    Ok(RingKey { id, kind, made_at, in_force_from, bytes: Zeroizing::new(bytes) })
}

fn wrapping(master: &MasterKey) -> Cipher {
    Cipher::new(&master.id(), &master.derive(b"key ring"))
}

fn place(kind: Kind, id: &str) -> String {
    format!("key ring/{}/{id}", kind.word())
}

/// How everything begins that the first sealing key of this master key sealed.
pub fn first_beginning(master: &MasterKey) -> String {
    beginning(&Ring::first(master).newest().id)
}
