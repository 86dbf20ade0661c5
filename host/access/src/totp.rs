//! Codes of authenticator apps: RFC 6238 as all of them know it, with HMAC-SHA-1, six digits and steps of thirty seconds. Where a secret
//! and the last step are kept is not known here; the secret is in no `Debug`.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4, R6).
pub const SECRET_BYTES: usize = 20;
/// Milliseconds of a step (RFC 6238, section 5.2).
pub const STEP_MS: i64 = 30_000;
/// Digits of a code.
pub const DIGITS: usize = 6;

/// What stays as it is in an address (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an operator's app and the server both know.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; SECRET_BYTES]>);

impl Secret {
    /// A secret of these bytes, which must be random.
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, to be sealed.
    pub fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// As people type it into an app: base32 without padding (RFC 4648, section 6).
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.bytes()))
    }

    /// The `otpauth://` address that apps read from a QR code, by Google Authenticator's "Key Uri Format". A colon stands between issuer
    /// and account there, and so in neither of them.
    pub fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let encoded = |text: &str| utf8_percent_encode(&text.replace(':', " "), ENCODED).to_string();
        let (issuer, account, secret) = (encoded(issuer), encoded(account), self.base32());
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={}",
            secret.as_str(),
            STEP_MS / 1000
        ))
    }

    /// The code of a step: RFC 4226, section 5.3.
    fn code(&self, step: i64) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(self.bytes()).expect("HMAC takes keys of any length");
        let digest: [u8; 20] = mac.chain_update(step.to_be_bytes()).finalize().into_bytes().into();
        let start = usize::from(digest[19] & 15);
        let four: [u8; 4] = digest[start..start + 4].try_into().expect("the last start is 15");
        let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(6);
        format!("{number:0DIGITS$}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// The step that a code is of, to be kept as the new `last_step`; none where the code is wrong or was used. It may be of the step now, or
/// of one before or after (RFC 6238, section 6), and never of `last_step` or before it: so a code works once, also for whoever looked
/// over a shoulder. Spaces are passed over, as apps show some in the middle.
pub fn verify(secret: &Secret, code: &str, now_ms: i64, last_step: Option<i64>) -> Option<i64> {
    let code: String = code.chars().filter(|symbol| !symbol.is_whitespace()).collect();
    let now = now_ms.div_euclid(STEP_MS);
    // All three are worked out whatever the first was. Should two of them be alike, the later counts, so that neither works again.
    let mut found = None;
    for step in [now - 1, now, now + 1] {
        let is_right = bool::from(secret.code(step).as_bytes().ct_eq(code.as_bytes()));
        if is_right && last_step.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's appendix B for SHA-1.
    const KNOWN: [u8; 20] = *b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B has eight digits; six are the last of them.
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = seconds / 30;
            assert_eq!(Secret::new(KNOWN).code(step), code[2..]);
            assert_eq!(verify(&Secret::new(KNOWN), &code[2..], seconds * 1000, None), Some(step));
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let secret = Secret::new(KNOWN);
        let code = secret.code(1000);
        let at = |step: i64| verify(&secret, &code, step * STEP_MS, None);
        assert_eq!([998, 999, 1000, 1001, 1002].map(at), [None, Some(1000), Some(1000), Some(1000), None]);
        assert_eq!(verify(&secret, &code, 1002 * STEP_MS - 1, None), Some(1000), "to its last millisecond");
    }

    #[test]
    fn a_code_works_once_and_none_before_it_works_again() {
        let secret = Secret::new(KNOWN);
        let now = 1000 * STEP_MS;
        let used = verify(&secret, &secret.code(1000), now, Some(998));
        assert_eq!(used, Some(1000));
        assert_eq!(verify(&secret, &secret.code(1000), now + 1, used), None);
        assert_eq!(verify(&secret, &secret.code(999), now + 1, used), None);
        assert_eq!(verify(&secret, &secret.code(1001), now + 1, used), Some(1001));
    }

    #[test]
    fn what_is_no_code_is_refused_and_spaces_are_passed_over() {
        let secret = Secret::new(KNOWN);
        assert_eq!(verify(&secret, " 287 082 ", 59_000, None), Some(1));
        for wrong in ["", "28708", "2870820", "94287082", "287083", "+287082", "٢٨٧٠٨٢", "28708\u{0}"] {
            assert_eq!(verify(&secret, wrong, 59_000, None), None, "{wrong:?}");
        }
        assert_eq!(verify(&Secret::new([7; 20]), "287082", 59_000, None), None);
    }

    #[test]
    fn an_app_reads_issuer_account_and_secret_from_the_address() {
        assert_eq!(
            Secret::new(KNOWN).address("Kamurj: Նուռ", "anna+a@example.am").as_str(),
            "otpauth://totp/Kamurj%20%20%D5%86%D5%B8%D6%82%D5%BC:anna%2Ba%40example.am?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Kamurj%20%20%D5%86%D5%B8%D6%82%D5%BC&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn h5_a_secret_is_in_no_debug() {
        assert_eq!(format!("{:?}", Secret::new(KNOWN)), "Secret { .. }");
    }
}
