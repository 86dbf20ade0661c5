//! Recovery codes: for the operator whose telephone is gone, each good for once. Which were used is not known here.

use sha2::{Digest, Sha256};

/// Codes in a set.
pub const CODES: usize = 10;
/// Letters of a code, five bits each: 50 bits.
const LETTERS: usize = 10;
/// Random bytes that a set is made of.
pub const CHANCE_BYTES: usize = CODES * LETTERS;

/// Crockford's base32 in small letters: no i, l, o, u, so that a code survives a pen.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A set of codes such as `7kq2m-x03vd`, of bytes that must be random. To be shown once.
pub fn codes(chance: &[u8; CHANCE_BYTES]) -> [String; CODES] {
    std::array::from_fn(|code| {
        let bytes = &chance[code * LETTERS..][..LETTERS];
        let letters: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
        format!("{}-{}", &letters[..LETTERS / 2], &letters[LETTERS / 2..])
    })
}

/// What is kept of a code that was made, and looked up for one that was typed: SHA-256 in hex of its letters, however they were written.
/// None where it can be no code.
///
/// Online guesses do not find 50 bits, but whoever copied the rows and has a good graphics card finds them within days. Keep the hash under
/// the server's key, as tokens of links are, so that rows alone answer no guess.
pub fn hash(code: &str) -> Option<String> {
    let letters = normalised(code)?;
    Some(data_encoding::HEXLOWER.encode(&Sha256::digest(letters.as_bytes())))
}

/// The letters of a code as they were made: any case, with spaces and dashes or without, and with letters for the digits they look like.
fn normalised(code: &str) -> Option<String> {
    let mut letters = String::with_capacity(LETTERS);
    for symbol in code.chars().filter(|symbol| !symbol.is_whitespace() && !is_dash(*symbol)) {
        let letter = match symbol.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let is_known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !is_known || letters.len() == LETTERS {
            return None;
        }
        letters.push(letter);
    }
    (letters.len() == LETTERS).then_some(letters)
}

/// Telephones make long dashes of short ones.
fn is_dash(symbol: char) -> bool {
    matches!(symbol, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn set() -> [String; CODES] {
        codes(&std::array::from_fn(|place| u8::try_from(place * 151 % 256).unwrap()))
    }

    #[test]
    fn a_set_is_ten_different_codes_of_two_groups() {
        let set = set();
        assert_eq!(set.iter().collect::<BTreeSet<_>>().len(), 10);
        for code in &set {
            let groups: Vec<usize> = code.split('-').map(str::len).collect();
            assert_eq!(groups, [5, 5], "{code}");
            assert!(code.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{code}");
        }
    }

    #[test]
    fn every_random_letter_counts() {
        let whole = codes(&[0; CHANCE_BYTES]);
        for place in 0..CHANCE_BYTES {
            let mut chance = [0; CHANCE_BYTES];
            chance[place] = 31;
            let changed = codes(&chance);
            let differ: Vec<usize> = (0..CODES).filter(|code| whole[*code] != changed[*code]).collect();
            assert_eq!(differ, [place / LETTERS]);
            assert_ne!(hash(&whole[differ[0]]), hash(&changed[differ[0]]));
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_written() {
        let kept = hash("01abc-defgh");
        assert_eq!(kept.as_deref().map(str::len), Some(64));
        for written in ["01ABC-DEFGH", "01abcdefgh", " o1abc – defgh\n", "Olabc defgh", "oIabc\u{a0}d-e-f-g-h"] {
            assert_eq!(hash(written), kept, "{written:?}");
        }
        assert_ne!(hash("01abc-defgj"), kept);
    }

    #[test]
    fn what_can_be_no_code_has_no_hash() {
        for wrong in ["", "-", "01abc-defg", "01abc-defghj", "01abc-defgu", "01abc_defgh", "01abc-defgԱ", "٠1abc-defgh"]
        {
            assert_eq!(hash(wrong), None, "{wrong:?}");
        }
    }
}
