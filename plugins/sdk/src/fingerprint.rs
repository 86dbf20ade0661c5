//! A short name for a long one. It must not be taken for proof of anything: whoever tries finds two texts with the same.

/// FNV-1a of the text, 64 bits: even, tiny, and the same in every version of a plugin.
pub fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_published_vectors_hold() {
        // From the reference list of the Fowler/Noll/Vo hash.
        assert_eq!(fingerprint(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint("foobar"), 0x8594_4171_f739_67e8);
    }
}
