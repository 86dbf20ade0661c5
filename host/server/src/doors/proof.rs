//! Proof of inbound messages for plugins, as their manifest declares it: the host checks, the guest never sees a secret.

use kamurj_plugins::contract::InboundRoute;
use kamurj_providers::standard_webhooks::{self, Secret};
use subtle::ConstantTimeEq;

/// Why a message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// What should prove it is not there.
    #[error("the header or field that proves it is missing")]
    Missing,
    /// It is there and wrong.
    #[error("the proof does not fit")]
    Wrong,
    /// The manifest names a scheme that this version does not have, or the secret cannot be used with it.
    #[error("the installation's verification cannot be done")]
    Unusable,
}

/// Checks a message by its route's scheme. The time that a comparison takes does not depend on where values differ.
pub fn check(
    route: &InboundRoute,
    secret: &str,
    headers: &[(String, String)],
    body: &[u8],
    now: i64,
) -> Result<(), Unproven> {
    let equal = |given: &[u8]| {
        if given.ct_eq(secret.as_bytes()).into() { Ok(()) } else { Err(Unproven::Wrong) }
    };
    match route.scheme.as_str() {
        "header-equals-secret" => {
            let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(&route.field));
            equal(header.ok_or(Unproven::Missing)?.1.as_bytes())
        }
        "form-field-equals-secret" => {
            let field = url::form_urlencoded::parse(body).find(|(name, _)| *name == route.field);
            equal(field.ok_or(Unproven::Missing)?.1.as_bytes())
        }
        "standard-webhooks" => {
            let secret = Secret::parse(secret).ok_or(Unproven::Unusable)?;
            match standard_webhooks::verify(&[secret], headers, body, now) {
                Ok(_) => Ok(()),
                Err(standard_webhooks::Unproven::HeaderMissing) => Err(Unproven::Missing),
                Err(_) => Err(Unproven::Wrong),
            }
        }
        _ => Err(Unproven::Unusable),
    }
}

/// The headers that the scheme reads.
pub fn headers_of(route: &InboundRoute) -> Vec<&str> {
    match route.scheme.as_str() {
        "header-equals-secret" => vec![route.field.as_str()],
        "standard-webhooks" => vec!["webhook-id", "webhook-timestamp", "webhook-signature"],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(scheme: &str, field: &str) -> InboundRoute {
        InboundRoute {
            path: "update".into(),
            scheme: scheme.into(),
            secret: "s".into(),
            field: field.into(),
            dedup: Vec::new(),
            lane: Vec::new(),
            headers: Vec::new(),
        }
    }

    #[test]
    fn each_scheme_takes_the_right_proof_and_no_other() {
        let header = |value: &str| vec![("x-secret".to_owned(), value.to_owned())];
        let by_header = route("header-equals-secret", "X-Secret");
        assert_eq!(check(&by_header, "right", &header("right"), b"", 0), Ok(()));
        for wrong in ["", "righ", "rightt", "Right"] {
            assert_eq!(check(&by_header, "right", &header(wrong), b"", 0), Err(Unproven::Wrong));
        }
        assert_eq!(check(&by_header, "right", &[], b"", 0), Err(Unproven::Missing));

        let by_field = route("form-field-equals-secret", "auth[application_token]");
        assert_eq!(check(&by_field, "a b", &[], b"auth%5Bapplication_token%5D=a+b&x=1", 0), Ok(()));
        assert_eq!(check(&by_field, "a b", &[], b"auth%5Bapplication_token%5D=ab", 0), Err(Unproven::Wrong));
        assert_eq!(check(&by_field, "a b", &[], b"x=1", 0), Err(Unproven::Missing));

        assert_eq!(check(&route("none", ""), "s", &[], b"", 0), Err(Unproven::Unusable));
        assert_eq!(check(&route("standard-webhooks", ""), "not a secret", &[], b"", 0), Err(Unproven::Unusable));
    }
}
