//! Stripe's way of signing, the receiving side: `Stripe-Signature: t=<Unix seconds>,v1=<hex>[,v1=…]`, HMAC-SHA256 over
//! `t.body` with the secret's own text as the key: its `whsec_` is a part of it, unlike in Standard Webhooks. Source: Stripe's
//! public description of webhook signatures.

use super::{TOLERANCE_MS, Unproven, any_fits, header, hex};

/// Checks a message whose signatures are in this header against every secret that is valid now. Schemes that are not `v1` are
/// passed over, and any `v1` may fit.
pub fn verify(
    secrets: &[Vec<u8>],
    name: &str,
    headers: &[(String, String)],
    body: &[u8],
    now: i64,
) -> Result<(), Unproven> {
    let parts: Vec<(&str, &str)> = header(headers, name)?.split(',').filter_map(|part| part.split_once('=')).collect();
    let mut times = parts.iter().filter(|(key, _)| *key == "t").map(|(_, value)| *value);
    // Two times would leave open which of them was signed.
    let (Some(time), None) = (times.next(), times.next()) else { return Err(Unproven::TimestampUnreadable) };
    let seconds: i64 = time.parse().map_err(|_| Unproven::TimestampUnreadable)?;
    let tags: Vec<Vec<u8>> =
        parts.iter().filter(|(key, _)| *key == "v1").filter_map(|(_, value)| hex::decode(value)).collect();
    if !any_fits(secrets, &[time.as_bytes(), b".", body], &tags) {
        return Err(Unproven::SignatureWrong);
    }
    let off = seconds.checked_mul(1000).and_then(|sent| sent.checked_sub(now)).ok_or(Unproven::TimestampStale)?;
    if off.unsigned_abs() > TOLERANCE_MS.unsigned_abs() {
        return Err(Unproven::TimestampStale);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"pay_01"}}"#;
    const TAG: &str = "762f5a110e1bccf5947b5f8b4c7fa6e2d347e787f3023dc5c3736675a4a93530";
    const SENT: i64 = 1_795_255_509_000;

    fn check(signature: &str, body: &[u8], now: i64, expected: Result<(), Unproven>) {
        let headers = [("Stripe-Signature".to_owned(), signature.to_owned())];
        let verified = verify(&[b"whsec_test".to_vec()], "stripe-signature", &headers, body, now);
        assert_eq!(verified, expected, "{signature}");
    }

    fn genuine() -> String {
        format!("t=1795255509,v1={TAG}")
    }

    #[test]
    fn a_genuine_message_passes_within_five_minutes_either_way() {
        for (now, expected) in [
            (SENT, Ok(())),
            (SENT + TOLERANCE_MS, Ok(())),
            (SENT - TOLERANCE_MS, Ok(())),
            (SENT + TOLERANCE_MS + 1, Err(Unproven::TimestampStale)),
            (SENT - TOLERANCE_MS - 1, Err(Unproven::TimestampStale)),
            (i64::MIN, Err(Unproven::TimestampStale)),
        ] {
            check(&genuine(), BODY, now, expected);
        }
    }

    #[test]
    fn a13_every_changed_bit_of_body_time_and_signature_is_refused() {
        for place in 0..BODY.len() * 8 {
            let mut changed = BODY.to_vec();
            changed[place / 8] ^= 1 << (place % 8);
            check(&genuine(), &changed, SENT, Err(Unproven::SignatureWrong));
        }
        for place in 0..TAG.len() {
            let mut changed = TAG.as_bytes().to_vec();
            changed[place] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            check(&format!("t=1795255509,v1={changed}"), BODY, SENT, Err(Unproven::SignatureWrong));
        }
        for length in 0..TAG.len() {
            check(&format!("t=1795255509,v1={}", &TAG[..length]), BODY, SENT, Err(Unproven::SignatureWrong));
        }
        check(&format!("t=1795255510,v1={TAG}"), BODY, SENT, Err(Unproven::SignatureWrong));
        check(&format!("t=01795255509,v1={TAG}"), BODY, SENT, Err(Unproven::SignatureWrong));
    }

    #[test]
    fn a8_a_message_without_proof_is_refused() {
        assert_eq!(verify(&[b"k".to_vec()], "stripe-signature", &[], BODY, SENT), Err(Unproven::HeaderMissing));
        for (signature, expected) in [
            ("", Unproven::HeaderMissing),
            ("nonsense", Unproven::TimestampUnreadable),
            (&format!("v1={TAG}"), Unproven::TimestampUnreadable),
            (&format!("t=soon,v1={TAG}"), Unproven::TimestampUnreadable),
            (&format!("t=1795255509,t=1795255509,v1={TAG}"), Unproven::TimestampUnreadable),
            ("t=1795255509", Unproven::SignatureWrong),
            ("t=1795255509,v1=", Unproven::SignatureWrong),
            (&format!("t=1795255509,v0={TAG}"), Unproven::SignatureWrong),
            (&format!("t=1795255509,V1={TAG}"), Unproven::SignatureWrong),
            (&format!("t=9223372036854775807,v1={TAG}"), Unproven::SignatureWrong),
        ] {
            check(signature, BODY, SENT, Err(expected));
        }
        // The key of Standard Webhooks would be what stands behind `whsec_`.
        let headers = [("stripe-signature".to_owned(), genuine())];
        let other = verify(&[b"test".to_vec()], "stripe-signature", &headers, BODY, SENT);
        assert_eq!(other, Err(Unproven::SignatureWrong));
        assert_eq!(verify(&[], "stripe-signature", &headers, BODY, SENT), Err(Unproven::SignatureWrong));
    }

    #[test]
    fn a17_any_of_several_signatures_and_secrets_may_fit_and_unknown_schemes_are_passed_over() {
        let zeros = "0".repeat(64);
        check(&format!("t=1795255509,v1={zeros},v0={zeros},v2=what,v1={TAG},v1=short"), BODY, SENT, Ok(()));
        let headers = [("x-signed".to_owned(), genuine())];
        let both = [b"another".to_vec(), b"whsec_test".to_vec()];
        assert_eq!(verify(&both, "x-signed", &headers, BODY, SENT), Ok(()));
        assert_eq!(verify(&both[..1], "x-signed", &headers, BODY, SENT), Err(Unproven::SignatureWrong));
    }
}
