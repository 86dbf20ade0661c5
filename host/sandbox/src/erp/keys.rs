//! Keys of Standard Webhooks 1.0.0, and what is signed and proven with them. HMAC is left to the specification's own library, so that
//! neither side's reading of the text can hide in this double; Ed25519 is not in it and comes from ring. It must not know what a
//! message says, nor what time it is.
//!
//! The library's `verify` looks at the machine's clock and has no way around that, while time here is injected. So its `sign` says which
//! signature would be right, and that one is looked for among those that came.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use standardwebhooks::Webhook;

/// A key, read from its text: `whsec_` for both sides of HMAC, `whsk_` to sign by Ed25519, `whpk_` to check that.
#[derive(Clone)]
pub struct Key(Kind);

#[derive(Clone)]
enum Kind {
    Secret(Arc<Webhook>),
    Private(Arc<Ed25519KeyPair>),
    Public([u8; 32]),
}

/// Why a text is no key. It does not repeat the text.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidKey {
    /// It begins with none of the prefixes.
    #[error("key: must begin with `whsec_`, `whsk_` or `whpk_`")]
    Prefix,
    /// Not an HMAC secret.
    #[error("key: `whsec_` and the base64 of 24 to 64 bytes")]
    Secret,
    /// Not an Ed25519 key to sign with.
    #[error("key: `whsk_` and the base64 of 32 bytes, or of those and the 32 of the public key after them")]
    Private,
    /// Not an Ed25519 key to check with.
    #[error("key: `whpk_` and the base64 of 32 bytes")]
    Public,
}

impl Key {
    /// Reads a key.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let bytes = |rest: &str| STANDARD.decode(rest).unwrap_or_default();
        if let Some(rest) = text.strip_prefix("whsec_") {
            let known = Webhook::new(text).ok().filter(|_| (24..=64).contains(&bytes(rest).len()));
            return known.map(|known| Self(Kind::Secret(Arc::new(known)))).ok_or(InvalidKey::Secret);
        }
        if let Some(rest) = text.strip_prefix("whsk_") {
            let bytes = bytes(rest);
            let pair = match bytes.split_at_checked(32) {
                Some((seed, [])) => Ed25519KeyPair::from_seed_unchecked(seed).ok(),
                Some((seed, public)) => Ed25519KeyPair::from_seed_and_public_key(seed, public).ok(),
                None => None,
            };
            return pair.map(|pair| Self(Kind::Private(Arc::new(pair)))).ok_or(InvalidKey::Private);
        }
        let rest = text.strip_prefix("whpk_").ok_or(InvalidKey::Prefix)?;
        let public = bytes(rest).try_into().map_err(|_| InvalidKey::Public)?;
        Ok(Self(Kind::Public(public)))
    }

    /// The prefix without its line: `whsec`, `whsk` or `whpk`.
    pub(super) fn word(&self) -> &'static str {
        match self.0 {
            Kind::Secret(_) => "whsec",
            Kind::Private(_) => "whsk",
            Kind::Public(_) => "whpk",
        }
    }

    /// Whether messages can be signed with it.
    pub(super) fn signs(&self) -> bool {
        matches!(self.0, Kind::Secret(_) | Kind::Private(_))
    }

    /// Whether signatures can be checked with it and it may lie with a receiver: a key to sign by Ed25519 may not.
    pub(super) fn checks(&self) -> bool {
        matches!(self.0, Kind::Secret(_) | Kind::Public(_))
    }

    /// What a receiver checks this key's signatures with, where that is no secret: `whpk_…`.
    pub fn public(&self) -> Option<String> {
        match &self.0 {
            Kind::Secret(_) => None,
            Kind::Private(pair) => Some(format!("whpk_{}", STANDARD.encode(pair.public_key().as_ref()))),
            Kind::Public(bytes) => Some(format!("whpk_{}", STANDARD.encode(bytes))),
        }
    }

    /// One part of a `webhook-signature`: `v1,…` or `v1a,…`. `None` where the key cannot sign.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
        match &self.0 {
            Kind::Secret(library) => library.sign(id, timestamp_s, body.as_bytes()).ok(),
            Kind::Private(pair) => {
                let signature = pair.sign(format!("{id}.{timestamp_s}.{body}").as_bytes());
                Some(format!("v1a,{}", STANDARD.encode(signature)))
            }
            Kind::Public(_) => None,
        }
    }

    /// Whether one of these signatures, divided by blanks, was made with this key's other half over exactly these bytes.
    pub(super) fn proves(&self, signatures: &str, id: &str, timestamp_s: i64, body: &[u8]) -> bool {
        let mut parts = signatures.split(' ');
        match &self.0 {
            Kind::Secret(library) => {
                library.sign(id, timestamp_s, body).is_ok_and(|right| parts.any(|part| part == right))
            }
            Kind::Public(bytes) => {
                let signed = [format!("{id}.{timestamp_s}.").as_bytes(), body].concat();
                let key = UnparsedPublicKey::new(&ED25519, bytes);
                let given = parts.filter_map(|part| STANDARD.decode(part.strip_prefix("v1a,")?).ok());
                given.into_iter().any(|signature| key.verify(&signed, &signature).is_ok())
            }
            Kind::Private(_) => false,
        }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({}_…)", self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidKey, Key};

    /// The example of the specification's own library.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    /// RFC 8032, section 7.1, test 1: the seed and the public key.
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    #[test]
    fn a_key_is_told_by_its_prefix_and_its_length() {
        let both = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
        for (text, word) in [
            (SECRET.to_owned(), "whsec"),
            (format!("whsk_{SEED}"), "whsk"),
            (format!("whsk_{both}"), "whsk"),
            (format!("whpk_{PUBLIC}"), "whpk"),
        ] {
            assert_eq!(Key::parse(&text).map(|key| key.word()), Ok(word));
        }
        for (text, why) in [
            ("", InvalidKey::Prefix),
            ("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", InvalidKey::Prefix),
            ("whsec_", InvalidKey::Secret),
            ("whsec_AAEC", InvalidKey::Secret),
            ("whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD", InvalidKey::Secret),
            ("whsk_AAEC", InvalidKey::Private),
            // The second half is not the public key of the first.
            (
                "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2CdYbGd7/1aYLqESvSS7CzEREnFaXsyaRlwO6wDHK5/YA==",
                InvalidKey::Private,
            ),
            ("whpk_AAEC", InvalidKey::Public),
        ] {
            assert_eq!(Key::parse(text).err(), Some(why), "{text}");
        }
    }

    #[test]
    fn the_public_half_is_known_from_the_private_one_alone() {
        let private = Key::parse(&format!("whsk_{SEED}")).unwrap();
        assert_eq!(private.public(), Some(format!("whpk_{PUBLIC}")));
        assert_eq!(Key::parse(SECRET).unwrap().public(), None);
        assert_eq!(format!("{private:?}"), "Key(whsk_…)");
    }

    #[test]
    fn hmac_is_signed_as_the_specification_shows() {
        let key = Key::parse(SECRET).unwrap();
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let (id, at) = ("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553);
        let right = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        assert_eq!(key.sign(id, at, body).as_deref(), Some(right));
        assert!(key.proves(&format!("v1,AAAA {right} v2,x"), id, at, body.as_bytes()));
        for (signatures, id, at, body) in [
            ("", id, at, body),
            ("v1,", id, at, body),
            (&right[..20], id, at, body),
            (&right.replace("v1,", "v1a,"), id, at, body),
            (right, "msg_2", at, body),
            (right, id, at + 1, body),
            (right, id, at, "{}"),
        ] {
            assert!(!key.proves(signatures, id, at, body.as_bytes()), "{signatures} {id} {at} {body}");
        }
    }

    #[test]
    fn ed25519_is_checked_with_the_public_key_alone() {
        let private = Key::parse(&format!("whsk_{SEED}")).unwrap();
        let public = Key::parse(&format!("whpk_{PUBLIC}")).unwrap();
        // Ed25519 leaves nothing to chance, so there is one right signature; this one was computed apart, by OpenSSL.
        let expected = "v1a,lUtWhLK+2QeeF0b4K519csrg0DAb3+mHm7r+CndurRVXORkMElRBtG9bT8VTv0Z8yA8qg6xHWdz5GKNNSsH6Cw==";
        let right = private.sign("msg_1", 5, "{}").unwrap();
        assert_eq!(right, expected);
        assert!(public.proves(&format!("v1,AAAA {right}"), "msg_1", 5, b"{}"));
        assert!(!public.proves(&right, "msg_1", 5, b"{ }"));
        assert!(!public.proves(&right.replace("v1a,", "v1,"), "msg_1", 5, b"{}"));
        assert!(!private.proves(&right, "msg_1", 5, b"{}"), "a key to sign with lies with no receiver");
        assert_eq!(public.sign("msg_1", 5, "{}"), None);
    }
}
