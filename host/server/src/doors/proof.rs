//! Proof of inbound messages for plugins, as their manifest declares it: the host checks, the guest never sees a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kamurj_plugins::contract::{Encoding, InboundRoute, Scheme};
use kamurj_providers::standard_webhooks::{self, Secret};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// What should prove it is not there.
    #[error("what proves it is missing")]
    Missing,
    /// It is there and wrong.
    #[error("the proof does not fit")]
    Wrong,
    /// It was made too long ago, or in the future.
    #[error("its time is more than five minutes off")]
    Stale,
    /// A secret cannot be used with this scheme.
    #[error("the installation's verification cannot be done")]
    Unusable,
}

/// What a message brings that may prove it.
pub struct Shown<'a> {
    /// The headers that the scheme reads.
    pub headers: &'a [(String, String)],
    /// What stands in the address behind the route's own path.
    pub segment: Option<&'a str>,
    /// The bytes as they came.
    pub body: &'a [u8],
}

/// Checks a message by its route's scheme against every secret that is valid now. The answer is the message's own name, where the
/// scheme proves one. The time that a comparison takes does not depend on where values differ.
pub fn check<S: AsRef<str>>(
    route: &InboundRoute,
    secrets: &[S],
    shown: &Shown<'_>,
    now: i64,
) -> Result<Option<String>, Unproven> {
    let header = || {
        let found = shown.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(&route.field));
        found.map(|(_, value)| value.as_str()).ok_or(Unproven::Missing)
    };
    let equal = |given: &str| {
        let one_of = |fits: Choice, secret: &S| fits | given.as_bytes().ct_eq(secret.as_ref().as_bytes());
        if secrets.iter().fold(Choice::from(0), one_of).into() { Ok(None) } else { Err(Unproven::Wrong) }
    };
    match route.scheme {
        Scheme::HeaderEqualsSecret => equal(header()?),
        Scheme::FormFieldEqualsSecret => {
            let mut fields = url::form_urlencoded::parse(shown.body);
            equal(&fields.find(|(name, _)| *name == route.field).ok_or(Unproven::Missing)?.1)
        }
        Scheme::PathEqualsSecret => equal(shown.segment.ok_or(Unproven::Missing)?),
        Scheme::HmacSha256 => {
            let tag = tag(route, header()?).ok_or(Unproven::Wrong)?;
            let mut fits = false;
            for secret in secrets {
                fits |= mac(secret.as_ref(), shown.body).ok_or(Unproven::Unusable)?.verify_slice(&tag).is_ok();
            }
            if fits { Ok(None) } else { Err(Unproven::Wrong) }
        }
        Scheme::StandardWebhooks => {
            let secrets: Option<Vec<Secret>> = secrets.iter().map(|secret| Secret::parse(secret.as_ref())).collect();
            let secrets = secrets.ok_or(Unproven::Unusable)?;
            match standard_webhooks::verify(&secrets, shown.headers, shown.body, now) {
                Ok(id) => Ok(Some(id)),
                Err(standard_webhooks::Unproven::HeaderMissing) => Err(Unproven::Missing),
                Err(standard_webhooks::Unproven::TimestampStale) => Err(Unproven::Stale),
                Err(_) => Err(Unproven::Wrong),
            }
        }
    }
}

/// The signature behind the route's prefix.
fn tag(route: &InboundRoute, given: &str) -> Option<Vec<u8>> {
    let text = given.strip_prefix(&route.prefix)?;
    match route.encoding {
        Encoding::Hex => from_hex(text),
        Encoding::Base64 => STANDARD.decode(text).ok(),
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = pair { Some((digit(*high)? << 4) | digit(*low)?) } else { None }).collect()
}

/// The key is what it is for `secrets.sign` of the contract, too: the secret's bytes, or what stands in Base64 behind `whsec_`.
fn mac(secret: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = match secret.strip_prefix("whsec_") {
        Some(encoded) => Hmac::<Sha256>::new_from_slice(&zeroize::Zeroizing::new(STANDARD.decode(encoded).ok()?)),
        None => Hmac::<Sha256>::new_from_slice(secret.as_bytes()),
    };
    Some(mac.expect("HMAC takes keys of any length").chain_update(body))
}

/// The headers that the scheme reads.
pub fn headers_of(route: &InboundRoute) -> Vec<&str> {
    match route.scheme {
        Scheme::HeaderEqualsSecret | Scheme::HmacSha256 => vec![route.field.as_str()],
        Scheme::StandardWebhooks => vec!["webhook-id", "webhook-timestamp", "webhook-signature"],
        Scheme::FormFieldEqualsSecret | Scheme::PathEqualsSecret => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn route(scheme: &str, field: &str, more: [(&str, &str); 2]) -> InboundRoute {
        let [(first, one), (second, two)] = more;
        let route = json!({ "path": "in", "scheme": scheme, "secret": "s", "field": field, first: one, second: two });
        serde_json::from_value(route).expect("a route")
    }

    fn plain(scheme: &str, field: &str) -> InboundRoute {
        route(scheme, field, [("prefix", ""), ("encoding", "hex")])
    }

    fn by_header(route: &InboundRoute, secrets: &[&str], value: Option<&str>, body: &[u8]) -> Result<(), Unproven> {
        let headers: Vec<_> = value.map(|value| ("x-proof".to_owned(), value.to_owned())).into_iter().collect();
        check(route, secrets, &Shown { headers: &headers, segment: None, body }, 0).map(|_| ())
    }

    #[test]
    fn a8_a_constant_in_a_header_a_field_or_the_path_is_equal_or_refused() {
        let header = plain("header-equals-secret", "X-Proof");
        assert_eq!(by_header(&header, &["right"], Some("right"), b""), Ok(()));
        assert_eq!(by_header(&header, &["next", "right"], Some("right"), b""), Ok(()), "while it is being changed");
        for wrong in ["", "righ", "rightt", "Right", "rightnext"] {
            assert_eq!(by_header(&header, &["right", "next"], Some(wrong), b""), Err(Unproven::Wrong));
        }
        assert_eq!(by_header(&header, &["right"], None, b""), Err(Unproven::Missing));
        assert_eq!(by_header(&header, &[], Some(""), b""), Err(Unproven::Wrong), "no secret, nothing is proven");

        let field = plain("form-field-equals-secret", "auth[application_token]");
        let by_field = |body: &[u8]| check(&field, &["a b"], &Shown { headers: &[], segment: None, body }, 0);
        assert_eq!(by_field(b"auth%5Bapplication_token%5D=a+b&x=1"), Ok(None));
        assert_eq!(by_field(b"auth%5Bapplication_token%5D=ab"), Err(Unproven::Wrong));
        assert_eq!(by_field(b"x=1"), Err(Unproven::Missing));

        let path = plain("path-equals-secret", "");
        let by_path = |segment| check(&path, &["right", "next"], &Shown { headers: &[], segment, body: b"right" }, 0);
        assert_eq!((by_path(Some("right")), by_path(Some("next"))), (Ok(None), Ok(None)));
        assert_eq!((by_path(Some("righ")), by_path(Some(""))), (Err(Unproven::Wrong), Err(Unproven::Wrong)));
        assert_eq!(by_path(None), Err(Unproven::Missing));
    }

    /// As Meta writes it, with escapes that another writer would not make. The signatures are those of Python's `hmac`.
    const BODY: &[u8] = br#"{"object":"page","text":"\u0532\u0561\u0580\u0587","url":"https:\/\/example.am"}"#;
    const KEY: &str = "app-secret-of-the-story";
    const HEX: &str = "ada7d50b35cbfcf1acc63e101875ab55466333b2a46b8cb35a0b7afbe6757b36";
    const BASE64: &str = "rafVCzXL/PGsxj4QGHWrVUZjM7Kka4yzWgt6++Z1ezY=";
    const NEXT: &str = "the-next-app-secret";
    const BY_NEXT: &str = "e53efacdd899bfc8081730fd56a8b8070b9d3920addce705e0351c1b298a0470";

    #[test]
    fn a13_a_signature_over_the_body_fits_these_bytes_and_no_others() {
        let meta = route("hmac-sha256", "X-Proof", [("prefix", "sha256="), ("encoding", "hex")]);
        let proven = |value: &str, body: &[u8]| by_header(&meta, &[KEY], Some(value), body);
        assert_eq!(proven(&format!("sha256={HEX}"), BODY), Ok(()));
        assert_eq!(proven(&format!("sha256={}", HEX.to_uppercase()), BODY), Ok(()), "capitals are the same digits");
        for place in 0..BODY.len() {
            let mut changed = BODY.to_vec();
            changed[place] ^= 1;
            assert_eq!(proven(&format!("sha256={HEX}"), &changed), Err(Unproven::Wrong));
        }
        let short = &HEX[..62];
        for wrong in
            [HEX, "", "sha256=", &format!("sha256={short}"), &format!("sha256={HEX}00"), &format!("sha1={HEX}")]
        {
            assert_eq!(proven(wrong, BODY), Err(Unproven::Wrong), "{wrong}");
        }
        for wrong in
            [&format!("sha256={}", &HEX[..63]), &format!("sha256= {HEX}"), &format!("sha256={BASE64}"), "sha256=+f"]
        {
            assert_eq!(proven(wrong, BODY), Err(Unproven::Wrong), "{wrong}");
        }
        assert_eq!(by_header(&meta, &[KEY], None, BODY), Err(Unproven::Missing));
        assert_eq!(by_header(&meta, &[], Some(&format!("sha256={HEX}")), BODY), Err(Unproven::Wrong));

        let base64 = route("hmac-sha256", "X-Proof", [("prefix", ""), ("encoding", "base64")]);
        assert_eq!(by_header(&base64, &[KEY], Some(BASE64), BODY), Ok(()));
        assert_eq!(by_header(&base64, &[KEY], Some(HEX), BODY), Err(Unproven::Wrong));
        assert_eq!(by_header(&base64, &[KEY], Some(BASE64.trim_end_matches('=')), BODY), Err(Unproven::Wrong));
    }

    #[test]
    fn a17_any_of_several_keys_may_have_signed() {
        let meta = plain("hmac-sha256", "X-Proof");
        for signature in [HEX, BY_NEXT] {
            assert_eq!(by_header(&meta, &[KEY, NEXT], Some(signature), BODY), Ok(()));
            assert_eq!(by_header(&meta, &[NEXT, KEY], Some(signature), BODY), Ok(()));
        }
        assert_eq!(by_header(&meta, &[NEXT], Some(HEX), BODY), Err(Unproven::Wrong), "the old key is gone");
        let coded = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let by_coded = "e3b700ee1940d78e5def572ec8b2f5e823efcc5ddf1c498458eecb17f54f8d2f";
        assert_eq!(by_header(&meta, &[coded], Some(by_coded), BODY), Ok(()));
        assert_eq!(by_header(&meta, &["whsec_?"], Some(by_coded), BODY), Err(Unproven::Unusable));
    }

    #[test]
    fn a_secret_that_cannot_be_used_is_told_apart() {
        let standard = plain("standard-webhooks", "");
        assert_eq!(by_header(&standard, &["not a secret"], None, b""), Err(Unproven::Unusable));
    }
}
