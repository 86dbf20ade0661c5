//! Hexadecimal text (RFC 4648, section 8), which providers write in either case.

/// The bytes that this text stands for; `None` where it is no such text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some((digit(pair[0])? << 4) | digit(pair[1])?)).collect()
}

/// These bytes, in lower case.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn text_is_read_in_either_case_and_written_in_lower() {
        assert_eq!(decode("00fFA7").as_deref(), Some(&[0, 255, 167][..]));
        assert_eq!(encode(&[0, 255, 167]), "00ffa7");
        for wrong in ["0", "0g", "+1", " 0", "0x", "é"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
