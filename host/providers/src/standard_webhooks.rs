//! Standard Webhooks 1.0.0, the receiving side: HMAC-SHA256 over `id.timestamp.body` with the raw body bytes.
//! Source: the specification of the standard-webhooks project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use crate::signatures::{TOLERANCE_MS, Unproven};

/// A signing secret: `whsec_` and base64 of 24 to 64 bytes.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads the secret's text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

/// Checks a message against every secret that is valid now (two while a secret is being changed) and answers its id. The
/// comparison takes the same time wherever a signature differs.
pub fn verify(secrets: &[Secret], headers: &[(String, String)], body: &[u8], now: i64) -> Result<String, Unproven> {
    let header = |name: &str| {
        headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
            .ok_or(Unproven::HeaderMissing)
    };
    let (id, timestamp, signatures) =
        (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let seconds: i64 = timestamp.parse().map_err(|_| Unproven::TimestampUnreadable)?;
    let off = seconds.checked_mul(1000).and_then(|sent| sent.checked_sub(now)).ok_or(Unproven::TimestampStale)?;
    let mut fits = false;
    for signature in signatures.split(' ').filter_map(|part| part.strip_prefix("v1,")) {
        let Ok(tag) = STANDARD.decode(signature) else { continue };
        for secret in secrets {
            fits |= secret.mac(id, timestamp, body).verify_slice(&tag).is_ok();
        }
    }
    if !fits {
        return Err(Unproven::SignatureWrong);
    }
    if off.abs() > TOLERANCE_MS {
        return Err(Unproven::TimestampStale);
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"pay_01"}}"#;
    const SIGNATURE: &str = "v1,oX6TJmnNkfhkDGjh0LAfem4cnW00M7t7+5HAo0KrWCE=";
    const SENT: i64 = 1_795_255_509_000;

    fn secret() -> Secret {
        Secret::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    fn headers(id: &str, timestamp: &str, signature: &str) -> Vec<(String, String)> {
        [("Webhook-Id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn check(headers: &[(String, String)], body: &[u8], now: i64, expected: Result<&str, Unproven>) {
        assert_eq!(verify(&[secret()], headers, body, now), expected.map(str::to_owned));
    }

    #[test]
    fn a_genuine_message_passes_within_five_minutes_either_way() {
        let genuine = headers("msg_pl2041", "1795255509", SIGNATURE);
        check(&genuine, BODY, SENT, Ok("msg_pl2041"));
        check(&genuine, BODY, SENT + TOLERANCE_MS, Ok("msg_pl2041"));
        check(&genuine, BODY, SENT - TOLERANCE_MS, Ok("msg_pl2041"));
        check(&genuine, BODY, SENT + TOLERANCE_MS + 1, Err(Unproven::TimestampStale));
        check(&genuine, BODY, SENT - TOLERANCE_MS - 1, Err(Unproven::TimestampStale));
    }

    #[test]
    fn a13_every_changed_byte_is_refused() {
        let genuine = headers("msg_pl2041", "1795255509", SIGNATURE);
        for place in 0..BODY.len() {
            let mut changed = BODY.to_vec();
            changed[place] ^= 1;
            check(&genuine, &changed, SENT, Err(Unproven::SignatureWrong));
        }
    }

    #[test]
    fn a14_a_replay_under_another_id_or_time_is_refused() {
        check(&headers("msg_other", "1795255509", SIGNATURE), BODY, SENT, Err(Unproven::SignatureWrong));
        check(&headers("msg_pl2041", "1795255510", SIGNATURE), BODY, SENT, Err(Unproven::SignatureWrong));
    }

    #[test]
    fn a8_a_message_without_proof_is_refused() {
        check(&[], BODY, SENT, Err(Unproven::HeaderMissing));
        check(&headers("msg_pl2041", "1795255509", ""), BODY, SENT, Err(Unproven::HeaderMissing));
        check(&headers("msg_pl2041", "soon", SIGNATURE), BODY, SENT, Err(Unproven::TimestampUnreadable));
        for signature in ["v1,", "v1", "v2,abc", "v1,!!!", "v1a,oX6TJmnNkfhkDGjh0LAfem4cnW00M7t7+5HAo0KrWCE="] {
            check(&headers("msg_pl2041", "1795255509", signature), BODY, SENT, Err(Unproven::SignatureWrong));
        }
        check(&headers("m", "9223372036854775807", SIGNATURE), BODY, SENT, Err(Unproven::TimestampStale));
    }

    #[test]
    fn a17_any_of_several_signatures_and_secrets_may_fit() {
        let several = headers("msg_pl2041", "1795255509", &format!("v1,AAAA v1a,BBBB {SIGNATURE}"));
        let old = Secret::parse("whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=").unwrap();
        assert!(verify(&[old.clone(), secret()], &several, BODY, SENT).is_ok());
        assert_eq!(verify(&[old], &several, BODY, SENT), Err(Unproven::SignatureWrong));
        assert!(Secret::parse("whsec_c2hvcnQ=").is_none(), "a short secret is no secret");
    }
}
