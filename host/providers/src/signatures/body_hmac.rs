//! HMAC-SHA256 of the raw body in a header of the provider's choice, as hexadecimal or Base64, perhaps behind a prefix:
//! `x-signature: sha256=<hex>`. The scheme has no time in it, so an old message proves itself for ever; it is the same message
//! then, by the name that its bytes give it ([`super::name_of_bytes`]).

use super::{Unproven, any_fits, header, hex};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How the signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, in either case.
    Hex,
    /// Base64 with padding (RFC 4648, section 4).
    Base64,
}

/// Where the signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The header, in lower case.
    pub header: String,
    /// How it is written there.
    pub encoding: Encoding,
    /// What stands before it; empty where nothing does.
    pub prefix: String,
}

/// Checks a message against every secret that is valid now.
pub fn verify(secrets: &[Vec<u8>], place: &Place, headers: &[(String, String)], body: &[u8]) -> Result<(), Unproven> {
    let shown = header(headers, &place.header)?.strip_prefix(&place.prefix).ok_or(Unproven::SignatureWrong)?;
    let tag = match place.encoding {
        Encoding::Hex => hex::decode(shown),
        Encoding::Base64 => STANDARD.decode(shown).ok(),
    };
    if any_fits(secrets, &[body], tag.as_slice()) { Ok(()) } else { Err(Unproven::SignatureWrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4231, test case 2.
    const KEY: &[u8] = b"Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const TAG: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn place(encoding: Encoding, prefix: &str) -> Place {
        Place { header: "x-signature".to_owned(), encoding, prefix: prefix.to_owned() }
    }

    fn check(place: &Place, signature: &str, body: &[u8], expected: Result<(), Unproven>) {
        let headers = [("X-Signature".to_owned(), signature.to_owned())];
        assert_eq!(verify(&[b"old".to_vec(), KEY.to_vec()], place, &headers, body), expected, "{signature}");
    }

    #[test]
    fn a_genuine_message_passes_in_the_form_that_was_agreed_on_and_in_no_other() {
        let base64 = STANDARD.encode(hex::decode(TAG).unwrap());
        let wrong = Err(Unproven::SignatureWrong);
        check(&place(Encoding::Hex, ""), TAG, BODY, Ok(()));
        check(&place(Encoding::Hex, ""), &TAG.to_uppercase(), BODY, Ok(()));
        check(&place(Encoding::Hex, "sha256="), &format!("sha256={TAG}"), BODY, Ok(()));
        check(&place(Encoding::Base64, "v1:"), &format!("v1:{base64}"), BODY, Ok(()));
        check(&place(Encoding::Hex, "sha256="), TAG, BODY, wrong);
        check(&place(Encoding::Hex, ""), &format!("sha256={TAG}"), BODY, wrong);
        check(&place(Encoding::Hex, ""), &base64, BODY, wrong);
        check(&place(Encoding::Base64, ""), TAG, BODY, wrong);
        check(&place(Encoding::Hex, ""), &format!("{TAG} "), BODY, wrong);
        check(&place(Encoding::Hex, ""), "", BODY, Err(Unproven::HeaderMissing));
    }

    #[test]
    fn a13_every_changed_bit_is_refused() {
        let place = place(Encoding::Hex, "");
        for bit in 0..BODY.len() * 8 {
            let mut changed = BODY.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            check(&place, TAG, &changed, Err(Unproven::SignatureWrong));
        }
        for digit in 0..TAG.len() {
            let mut changed = TAG.as_bytes().to_vec();
            changed[digit] ^= 1;
            check(&place, &String::from_utf8(changed).unwrap(), BODY, Err(Unproven::SignatureWrong));
            // A shorter tag that is right so far.
            let expected = if digit == 0 { Unproven::HeaderMissing } else { Unproven::SignatureWrong };
            check(&place, &TAG[..digit], BODY, Err(expected));
        }
    }

    #[test]
    fn a8_a_message_without_proof_or_secret_is_refused() {
        let place = place(Encoding::Hex, "");
        assert_eq!(verify(&[KEY.to_vec()], &place, &[], BODY), Err(Unproven::HeaderMissing));
        let headers = [("x-signature".to_owned(), TAG.to_owned())];
        assert_eq!(verify(&[], &place, &headers, BODY), Err(Unproven::SignatureWrong));
        assert_eq!(verify(&[b"old".to_vec()], &place, &headers, BODY), Err(Unproven::SignatureWrong));
    }
}
