//! How providers prove their messages, beside Standard Webhooks: schemes over the raw body that an account can be set to. They
//! must not know what a message says.

pub mod body_hmac;
pub(crate) mod hex;
pub mod stripe;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// How far the sender's clock may be off, in milliseconds. Standard Webhooks leaves it open, its libraries and Stripe's use 5
/// minutes.
pub const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// Why a message is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// A header is missing, empty or not of the scheme's form.
    #[error("the signature headers are missing")]
    HeaderMissing,
    /// The timestamp is no number of seconds.
    #[error("the timestamp is unreadable")]
    TimestampUnreadable,
    /// Too old or from the future.
    #[error("the timestamp is more than five minutes off")]
    TimestampStale,
    /// No signature fits any of the secrets.
    #[error("the signature does not fit")]
    SignatureWrong,
}

impl Unproven {
    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::HeaderMissing => "the signature headers are missing",
            Self::TimestampUnreadable => "the timestamp is unreadable",
            Self::TimestampStale => "the timestamp is more than five minutes off",
            Self::SignatureWrong => "the signature does not fit",
        }
    }
}

/// The name of a message that brings no id of its own: SHA-256 of its raw body, so that the same bytes are the same message.
/// Whoever sends two messages with equal bytes says the same thing twice.
pub fn name_of_bytes(body: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&Sha256::digest(body)))
}

/// A header's value, where it is there and not empty.
fn header<'h>(headers: &'h [(String, String)], name: &str) -> Result<&'h str, Unproven> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
        .ok_or(Unproven::HeaderMissing)
}

/// Whether any of these tags is the HMAC-SHA256 of these parts under any of these keys. It takes the same time wherever a tag
/// differs.
fn any_fits(keys: &[Vec<u8>], parts: &[&[u8]], tags: &[Vec<u8>]) -> bool {
    let mut fits = false;
    for key in keys {
        let mac = parts
            .iter()
            .fold(Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length"), |mac, part| {
                mac.chain_update(part)
            });
        for tag in tags {
            fits |= mac.clone().verify_slice(tag).is_ok();
        }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_the_same_wherever_it_is_said() {
        for unproven in
            [Unproven::HeaderMissing, Unproven::TimestampUnreadable, Unproven::TimestampStale, Unproven::SignatureWrong]
        {
            assert_eq!(unproven.to_string(), unproven.words());
        }
    }

    #[test]
    fn a9_the_same_bytes_are_the_same_message_and_others_are_not() {
        // FIPS 180-2, appendix B.1.
        let known = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(name_of_bytes(b"abc"), known);
        assert_ne!(name_of_bytes(b"abc "), known);
    }
}
