//! The ways in which the bank can sign its webhooks: VPOS.am does not publish its own, so a merchant's endpoint is set to one
//! of three. It must not know what a webhook says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderName;
use serde::Deserialize;
use sha2::Sha256;

use super::{InvalidEndpoint, Signature};

/// A key that no merchant was ever given.
const ANOTHER_KEY: &[u8] = b"another key, which the merchant never had";

/// How webhooks to an endpoint are signed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scheme {
    /// Standard Webhooks 1.0.0, in its three headers.
    #[default]
    Standard,
    /// Stripe's form: time and signatures in one header, the secret's own text as the key.
    Stripe {
        /// The header.
        #[serde(default = "stripe_signature")]
        header: String,
    },
    /// HMAC-SHA256 of the body and nothing else in a header.
    Header {
        /// The header.
        header: String,
        /// How the tag is written.
        encoding: Encoding,
        /// What stands before it.
        #[serde(default)]
        prefix: String,
    },
}

/// How a tag is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Two digits a byte, in lower case.
    Hex,
    /// Base64 with padding.
    Base64,
}

fn stripe_signature() -> String {
    "stripe-signature".to_owned()
}

/// A scheme with its key, ready to sign.
pub(super) struct Signer {
    key: Vec<u8>,
    form: Form,
}

enum Form {
    Standard,
    Stripe(&'static str),
    Header(&'static str, Encoding, String),
}

impl Signer {
    pub(super) fn new(scheme: Scheme, secret: &str) -> Result<Self, InvalidEndpoint> {
        let text = || {
            let fits = secret.len() >= 8 && secret.bytes().all(|byte| byte.is_ascii_graphic());
            if fits { Ok(secret.as_bytes().to_vec()) } else { Err(InvalidEndpoint::Text) }
        };
        Ok(match scheme {
            Scheme::Standard => Self { key: key_of(secret).ok_or(InvalidEndpoint::Secret)?, form: Form::Standard },
            Scheme::Stripe { header } => Self { key: text()?, form: Form::Stripe(header_name(&header)?) },
            Scheme::Header { header, encoding, prefix } => {
                Self { key: text()?, form: Form::Header(header_name(&header)?, encoding, prefix) }
            }
        })
    }

    /// The headers that prove this body, sent at this time.
    pub(super) fn headers(
        &self,
        how: Signature,
        id: &str,
        timestamp_s: i64,
        body: &str,
    ) -> Vec<(&'static str, String)> {
        let keys: &[&[u8]] = match how {
            Signature::Right => &[&self.key],
            Signature::Wrong => &[ANOTHER_KEY],
            Signature::Rotated => &[ANOTHER_KEY, &self.key],
        };
        match &self.form {
            Form::Standard => {
                let signatures: Vec<String> = keys.iter().map(|key| signature(key, id, timestamp_s, body)).collect();
                vec![
                    ("webhook-id", id.to_owned()),
                    ("webhook-timestamp", timestamp_s.to_string()),
                    ("webhook-signature", signatures.join(" ")),
                ]
            }
            Form::Stripe(header) => {
                let mut parts = vec![format!("t={timestamp_s}")];
                let signed = format!("{timestamp_s}.{body}");
                parts.extend(keys.iter().map(|key| format!("v1={}", hex(&tag(key, &signed)))));
                vec![(*header, parts.join(","))]
            }
            Form::Header(header, encoding, prefix) => {
                // There is room for one signature; while keys are being changed it is the endpoint's own.
                let tag = tag(keys.last().copied().unwrap_or_default(), body);
                let written = match encoding {
                    Encoding::Hex => hex(&tag),
                    Encoding::Base64 => STANDARD.encode(tag),
                };
                vec![(*header, format!("{prefix}{written}"))]
            }
        }
    }
}

/// Carriers take names that live for ever; an endpoint is set a few times in the life of a sandbox.
fn header_name(name: &str) -> Result<&'static str, InvalidEndpoint> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| InvalidEndpoint::Header)?;
    Ok(name.as_str().to_owned().leak())
}

/// The `webhook-signature` value over `id.timestamp.body`, or `None` where the secret is not a `whsec_` one.
pub fn sign(secret: &str, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
    Some(signature(&key_of(secret)?, id, timestamp_s, body))
}

fn key_of(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

fn signature(key: &[u8], id: &str, timestamp_s: i64, body: &str) -> String {
    format!("v1,{}", STANDARD.encode(tag(key, &format!("{id}.{timestamp_s}.{body}"))))
}

fn tag(key: &[u8], signed: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Scheme, Signature, Signer, sign};

    const BODY: &str = r#"{"type":"payment.paid","timestamp":"2026-11-21T10:05:09Z","data":{"id":"pay_01"}}"#;

    #[test]
    fn the_published_vectors_are_signed_alike() {
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let signature = sign(secret, "msg_pl2041", 1_795_255_509, BODY);
        assert_eq!(signature.as_deref(), Some("v1,oX6TJmnNkfhkDGjh0LAfem4cnW00M7t7+5HAo0KrWCE="));
        let stripe = Signer::new(Scheme::Stripe { header: "Stripe-Signature".into() }, "whsec_test").unwrap();
        let expected = "t=1795255509,v1=762f5a110e1bccf5947b5f8b4c7fa6e2d347e787f3023dc5c3736675a4a93530";
        assert_eq!(
            stripe.headers(Signature::Right, "", 1_795_255_509, BODY),
            [("stripe-signature", expected.to_owned())]
        );
        // RFC 4231 has no test case with a key that a merchant could have, so this one was computed apart.
        let scheme = Scheme::Header { header: "x-tag".into(), encoding: Encoding::Hex, prefix: "sha256=".into() };
        let expected = "sha256=cb5f66cae99273336fe84f0c0640f5f68100e5f277241bf5ddb80c71539ffa06";
        let header = Signer::new(scheme, "whsec_test").unwrap();
        assert_eq!(header.headers(Signature::Right, "", 0, BODY), [("x-tag", expected.to_owned())]);
    }

    #[test]
    fn a_secret_of_another_form_signs_nothing() {
        for secret in ["", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_!!", "whsec_AAEC"] {
            assert_eq!(sign(secret, "msg_1", 0, "{}"), None, "{secret}");
        }
        for secret in ["", "short", "with a blank"] {
            assert!(Signer::new(Scheme::Stripe { header: "x".into() }, secret).is_err(), "{secret}");
        }
        assert!(Signer::new(Scheme::Stripe { header: "no header".into() }, "whsec_test").is_err());
    }
}
