//! Which scheme proves VPOS.am's webhooks. VPOS.am promises signed webhooks and publishes neither header nor algorithm, so the
//! account says what it agreed on with the provider:
//!
//! - `{"scheme": "standard"}`: Standard Webhooks, which holds where nothing is said;
//! - `{"scheme": "stripe", "header"?: "stripe-signature"}`: Stripe's form;
//! - `{"scheme": "header", "header": NAME, "encoding": "hex" or "base64", "prefix"?: "sha256="}`: HMAC-SHA256 of the raw body.
//!
//! `webhook_secret_old` proves as well while a secret is being changed, in each of them.

use crate::contract::{Pushed, Secrets, SettingsError};
use crate::entered::fault;
use crate::signatures::body_hmac::{self, Encoding, Place};
use crate::signatures::{Unproven, name_of_bytes, stripe};
use crate::standard_webhooks;
use serde::Deserialize;

/// Shorter secrets could be found by trying; what providers hand out is far longer.
const SHORTEST_SECRET: usize = 8;
/// Headers that HTTP, browsers or proxies write, or that carry credentials which must not be kept with a message.
const TAKEN: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "user-agent",
];

/// The setting as it was entered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entered {
    scheme: Option<String>,
    header: Option<String>,
    encoding: Option<String>,
    prefix: Option<String>,
}

/// How webhooks of one account are checked.
pub(super) enum Webhook {
    Standard(Vec<standard_webhooks::Secret>),
    Stripe { header: String, secrets: Vec<Vec<u8>> },
    Header { place: Place, secrets: Vec<Vec<u8>> },
}

impl Webhook {
    /// Reads the setting and the secrets `webhook_secret` and `webhook_secret_old`, whose form is the scheme's.
    pub(super) fn open(entered: Entered, secrets: &Secrets) -> Result<Self, SettingsError> {
        let scheme = entered.scheme.as_deref().unwrap_or("standard");
        let unused = |field: &str, value: &Option<String>| match value {
            Some(_) => Err(fault(&format!("webhook/{field}"), format!("the scheme `{scheme}` has none; leave it out"))),
            None => Ok(()),
        };
        match scheme {
            "standard" => {
                unused("header", &entered.header)?;
                unused("encoding", &entered.encoding)?;
                unused("prefix", &entered.prefix)?;
                let of_the_standard = |text: &str| standard_webhooks::Secret::parse(text);
                let form = "must be `whsec_` followed by base64 of 24 to 64 bytes";
                Ok(Self::Standard(each(secrets, form, of_the_standard)?))
            }
            "stripe" => {
                unused("encoding", &entered.encoding)?;
                unused("prefix", &entered.prefix)?;
                let header = header_name(entered.header.as_deref().unwrap_or("stripe-signature"))?;
                Ok(Self::Stripe { header, secrets: each(secrets, TEXT, of_text)? })
            }
            "header" => {
                let name = entered.header.as_deref();
                let name = name.ok_or_else(|| fault("webhook/header", "is missing; write the signature's header"))?;
                let encoding = match entered.encoding.as_deref() {
                    Some("hex") => Encoding::Hex,
                    Some("base64") => Encoding::Base64,
                    _ => return Err(fault("webhook/encoding", "write `hex` or `base64`")),
                };
                let prefix = entered.prefix.unwrap_or_default();
                if prefix.len() > 32 || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(fault(
                        "webhook/prefix",
                        "write at most 32 visible ASCII characters, such as `sha256=`",
                    ));
                }
                let place = Place { header: header_name(name)?, encoding, prefix };
                Ok(Self::Header { place, secrets: each(secrets, TEXT, of_text)? })
            }
            _ => Err(fault("webhook/scheme", "write `standard`, `stripe` or `header`")),
        }
    }

    /// Checks a message and answers its name: the provider's id where the scheme has one, otherwise one made of its bytes.
    pub(super) fn verify(&self, pushed: &Pushed<'_>, now: i64) -> Result<String, Unproven> {
        match self {
            Self::Standard(secrets) => standard_webhooks::verify(secrets, pushed.headers, pushed.body, now),
            Self::Stripe { header, secrets } => {
                stripe::verify(secrets, header, pushed.headers, pushed.body, now).map(|()| name_of_bytes(pushed.body))
            }
            Self::Header { place, secrets } => {
                body_hmac::verify(secrets, place, pushed.headers, pushed.body).map(|()| name_of_bytes(pushed.body))
            }
        }
    }

    /// The headers that it reads, beside those of Standard Webhooks, which the family names.
    pub(super) fn headers(&self) -> Vec<String> {
        match self {
            Self::Standard(_) => Vec::new(),
            Self::Stripe { header, .. } => vec![header.clone()],
            Self::Header { place, .. } => vec![place.header.clone()],
        }
    }
}

const TEXT: &str = "must be the secret's text as the provider shows it: at least 8 characters, no blanks";

fn of_text(text: &str) -> Option<Vec<u8>> {
    let fits = text.len() >= SHORTEST_SECRET && !text.chars().any(|mark| mark.is_whitespace() || mark.is_control());
    fits.then(|| text.as_bytes().to_vec())
}

/// The secret of today and, while it is being changed, the one before.
fn each<T>(secrets: &Secrets, form: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, SettingsError> {
    let of = |name: &str, text: &str| {
        read(text).ok_or_else(|| SettingsError { pointer: format!("/secrets/{name}"), detail: form.to_owned() })
    };
    let mut all = vec![of("webhook_secret", secrets.required("webhook_secret")?)?];
    if let Some(old) = secrets.optional("webhook_secret_old") {
        all.push(of("webhook_secret_old", old)?);
    }
    Ok(all)
}

/// A header's name in lower case (RFC 9110, section 5.6.2: a token).
fn header_name(name: &str) -> Result<String, SettingsError> {
    let name = name.to_ascii_lowercase();
    let is_token =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'+');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_token) || TAKEN.contains(&name.as_str()) {
        return Err(fault(
            "webhook/header",
            "write the name of the header that carries the signature, such as `x-signature`",
        ));
    }
    Ok(name)
}
