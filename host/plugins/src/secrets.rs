//! Secrets: how values are written on the way out, and how they are blacked out on the way back. Whether a slot may
//! be filled is decided in `grants`; where values come from is a port.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;
use zeroize::Zeroizing;

/// Shorter values cannot be told from ordinary text, so they could not be blacked out; they count as missing.
pub const SECRET_MIN_BYTES: usize = 6;

/// A secret's value. Its `Debug` output hides it, and its memory is wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place that puts it into a request or a key.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// How a value must be written at the place where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As it is.
    Plain,
    /// Inside one path segment (RFC 3986, `pchar`).
    Path,
    /// Inside a query or a form field.
    Query,
    /// Inside a JSON string.
    Json,
}

impl Writing {
    pub(crate) fn write(self, value: &str) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Plain => value.to_owned(),
            Self::Path => percent(value, b"-._~!$&'()*+,;=:@"),
            Self::Query => percent(value, b"-._~"),
            Self::Json => {
                let quoted = Value::String(value.to_owned()).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        })
    }
}

fn percent(value: &str, plain: &[u8]) -> String {
    let mut written = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push('%');
            written.push(char::from(HEX[usize::from(byte >> 4)]));
            written.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    written
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The values of one installation's secrets during one run.
#[derive(Default)]
pub(crate) struct Keyring {
    values: BTreeMap<String, Secret>,
    /// Every spelling of every value, longest first, with what stands in its place.
    spellings: Vec<(Zeroizing<String>, String)>,
}

impl Keyring {
    pub(crate) fn new(values: BTreeMap<String, Secret>) -> Self {
        let mut keyring = Self::default();
        for (name, value) in values {
            keyring.replace(&name, value);
        }
        keyring
    }

    /// From now on this is the value of the secret; what it was before stays blacked out. A value that is too short to be one
    /// changes nothing.
    pub(crate) fn replace(&mut self, name: &str, value: Secret) {
        if value.reveal().len() < SECRET_MIN_BYTES {
            return;
        }
        for spelling in spellings_of(value.reveal()) {
            if !self.spellings.iter().any(|(known, _)| *known == spelling) {
                self.spellings.push((spelling, format!("[secret {name}]")));
            }
        }
        self.spellings.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
        self.values.insert(name.to_owned(), value);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.values.get(name)
    }

    /// Text without any value.
    pub(crate) fn scrub(&self, text: String) -> String {
        self.spellings.iter().fold(text, |text, (spelling, mark)| {
            if text.contains(spelling.as_str()) { text.replace(spelling.as_str(), mark) } else { text }
        })
    }

    /// Bytes without any value.
    pub(crate) fn scrub_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(bytes) {
            Ok(text) => self.scrub(text).into_bytes(),
            Err(error) => self.spellings.iter().fold(error.into_bytes(), |bytes, (spelling, mark)| {
                replace(bytes, spelling.as_bytes(), mark.as_bytes())
            }),
        }
    }

    /// A JSON value without any value of a secret in its strings.
    pub(crate) fn scrub_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.scrub(text)),
            Value::Array(items) => items.into_iter().map(|item| self.scrub_json(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields.into_iter().map(|(name, field)| (self.scrub(name), self.scrub_json(field))).collect(),
            ),
            other => other,
        }
    }
}

/// How remotes may spell a value when they tell it back: as it was sent, with the other case of hexadecimal digits,
/// with JSON's optional `\\/`, and inside a JSON text that is itself a JSON string.
fn spellings_of(value: &str) -> Vec<Zeroizing<String>> {
    let [plain, path, query, json] =
        [Writing::Plain, Writing::Path, Writing::Query, Writing::Json].map(|writing| writing.write(value));
    let lower = |text: &str| {
        let mut escaped = 0;
        let lowered = text.chars().map(|character| {
            escaped = if character == '%' { 2 } else { i32::max(escaped - 1, -1) };
            if escaped >= 0 { character.to_ascii_lowercase() } else { character }
        });
        Zeroizing::new(lowered.collect::<String>())
    };
    let slashed = Zeroizing::new(json.replace('/', "\\/"));
    let nested = Writing::Json.write(&json);
    let (path_lower, query_lower) = (lower(&path), lower(&query));
    vec![plain, path, query, json, path_lower, query_lower, slashed, nested]
}

fn replace(bytes: Vec<u8>, wanted: &[u8], mark: &[u8]) -> Vec<u8> {
    if position(&bytes, wanted).is_none() {
        return bytes;
    }
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(start) = position(rest, wanted) {
        replaced.extend_from_slice(&rest[..start]);
        replaced.extend_from_slice(mark);
        rest = &rest[start + wanted.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(value: &str) -> Keyring {
        Keyring::new([("token".to_owned(), Secret::new(value.to_owned()))].into())
    }

    #[test]
    fn a_value_is_written_as_its_place_demands() {
        let value = "12:a/b?\"é ";
        assert_eq!(*Writing::Path.write(value), "12:a%2Fb%3F%22%C3%A9%20");
        assert_eq!(*Writing::Query.write(value), "12%3Aa%2Fb%3F%22%C3%A9%20");
        assert_eq!(*Writing::Json.write(value), "12:a/b?\\\"é ");
        assert_eq!(*Writing::Plain.write(value), value);
    }

    #[test]
    fn every_spelling_of_a_value_is_blacked_out() {
        let keyring = keyring("12:a/b\"c");
        for text in [
            "12:a/b\"c",
            "12:a%2Fb%22c",
            "12%3Aa%2Fb%22c",
            "12%3aa%2fb%22c",
            "12:a/b\\\"c",
            "12:a\\/b\\\"c",
            "12:a/b\\\\\\\"c",
        ] {
            assert_eq!(keyring.scrub(format!("<{text}>")), "<[secret token]>", "{text}");
            let with_binary = [b"\xff<", text.as_bytes(), b">"].concat();
            assert_eq!(keyring.scrub_bytes(with_binary), b"\xff<[secret token]>", "{text}");
        }
    }

    #[test]
    fn a_value_too_short_to_be_told_from_text_counts_as_missing() {
        assert!(keyring("12345").get("token").is_none());
        assert_eq!(keyring("12345").scrub("12345".to_owned()), "12345");
    }

    #[test]
    fn debug_output_hides_the_value() {
        assert_eq!(format!("{:?}", Secret::new("swordfish".to_owned())), "Secret(hidden)");
    }
}
