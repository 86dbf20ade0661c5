//! Apps, their addresses for webhooks, and the signature. It must not know what an event says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// An app of a developer.
pub(crate) struct App {
    pub(crate) secret: String,
    pub(crate) other_secret: Option<String>,
    pub(crate) hook: Option<Hook>,
}

/// Where an app's events go.
pub(crate) struct Hook {
    pub(crate) url: String,
    pub(crate) fields: BTreeSet<String>,
    /// Why the last delivery failed.
    pub(super) last_error: Option<String>,
    /// Since when every delivery has failed, as Unix milliseconds.
    pub(super) failing_since: Option<i64>,
    /// It failed for too long and gets nothing until it is subscribed again.
    pub(super) disabled: bool,
}

impl Hook {
    pub(super) fn new(url: String, fields: BTreeSet<String>) -> Self {
        Self { url, fields, last_error: None, failing_since: None, disabled: false }
    }
}

/// JSON as Meta writes it: every character outside ASCII as `\uXXXX` in lower case, and every slash escaped. The signature is
/// over these bytes ("Webhooks", Validate Payloads), so whoever reads and writes them anew before the check fails.
pub(crate) fn escaped(json: &serde_json::Value) -> String {
    let mut written = String::new();
    for character in json.to_string().chars() {
        match character {
            // Outside of texts JSON has no slashes and nothing but ASCII.
            '/' => written.push_str("\\/"),
            character if character.is_ascii() => written.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(written, "\\u{unit:04x}").expect("writing to a String cannot fail");
                }
            }
        }
    }
    written
}

/// The value of `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the body under the app's secret, in hexadecimal.
pub(crate) fn signature(secret: &str, body: &str) -> String {
    format!("sha256={}", hmac_hex(secret, body))
}

/// HMAC-SHA256 of a text under a secret, in lower-case hexadecimal digits.
pub(crate) fn hmac_hex(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    let mut digits = String::new();
    for byte in mac.finalize().into_bytes() {
        write!(digits, "{byte:02x}").expect("writing to a String cannot fail");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::{escaped, signature};

    #[test]
    fn texts_are_escaped_as_meta_does() {
        let event = serde_json::json!({"text": "Բ/\u{1f382}\n", "n": 1});
        assert_eq!(escaped(&event), r#"{"text":"\u0532\/\ud83c\udf82\n","n":1}"#);
    }

    #[test]
    fn a_signature_is_that_of_rfc_4231_case_2() {
        let right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), right);
    }
}
