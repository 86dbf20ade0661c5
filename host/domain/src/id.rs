//! Ids: opaque, prefixed, and growing with time, so that rows of one hour lie together.

use crate::{Clock, Entropy};
use std::sync::Arc;

/// Crockford's base32: no I, L, O, U, so that an id survives being read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes ids and tokens from the injected clock and random bytes.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Ids {
    /// Ids that carry this clock's time and this source's bytes.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// A new id such as `pay_01JD…`: the prefix, 48 bits of time and 80 random bits (the layout of a ULID).
    pub fn new_id(&self, prefix: &str) -> String {
        let mut bytes = [0u8; 16];
        self.entropy.fill(&mut bytes[6..]);
        bytes[..6].copy_from_slice(&self.clock.now().to_be_bytes()[2..]);
        let number = u128::from_be_bytes(bytes);
        let mut text = String::with_capacity(prefix.len() + 27);
        text.push_str(prefix);
        text.push('_');
        for place in (0..26).rev() {
            let digit = usize::try_from((number >> (place * 5)) & 31).expect("five bits fit");
            text.push(char::from(ALPHABET[digit]));
        }
        text
    }

    /// A random UUID of version 4 (RFC 9562) in lower case.
    pub fn new_uuid(&self) -> String {
        let mut bytes: [u8; 16] = self.bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let number = u128::from_be_bytes(bytes);
        let part = |shift: u32, digits: usize| {
            let mask = (1u128 << (digits * 4)) - 1;
            format!("{:0digits$x}", (number >> shift) & mask)
        };
        format!("{}-{}-{}-{}-{}", part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12))
    }

    /// 128 random bits as 22 base64url characters: the token of a link or of a bank return.
    pub fn new_token(&self) -> String {
        let mut bytes = [0u8; 16];
        self.entropy.fill(&mut bytes);
        base64url(&bytes)
    }

    /// Random bytes for keys and nonces.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0u8; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

/// Base64url without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0u8; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes(group);
        for place in 0..=chunk.len() {
            let digit = (number >> (18 - 6 * place)) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> i64 {
            1_795_250_000_000
        }
    }
    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xff);
        }
    }

    #[test]
    fn an_id_has_its_prefix_and_26_digits_and_a_token_22() {
        let ids = Ids::new(Arc::new(Fixed), Arc::new(Fixed));
        let id = ids.new_id("pay");
        assert_eq!(id.len(), 4 + 26);
        assert!(id.starts_with("pay_01") && id.ends_with("ZZZZ"), "{id}");
        assert_eq!(ids.new_token(), "_____________________w");
        assert_eq!(base64url(b"Kamurj"), "S2FtdXJq");
        assert_eq!(ids.bytes(), [0xff; 3]);
    }
}
