//! Reading what an operator entered for an account, with errors that name the field.

use crate::contract::SettingsError;
use crate::line::Line;
use kamurj_egress::Url;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// Reads settings, a JSON object; what cannot be read is named.
pub fn read<T: DeserializeOwned>(settings: &str) -> Result<T, SettingsError> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(settings)).map_err(|error| {
        let mut pointer = "/settings".to_owned();
        for segment in error.path() {
            match segment {
                Segment::Map { key } => pointer.extend(["/", key]),
                Segment::Seq { index } => pointer.extend(["/", &index.to_string()]),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        SettingsError { pointer, detail: error.into_inner().to_string() }
    })
}

/// A fault of this setting.
pub fn fault(field: &str, detail: impl Into<String>) -> SettingsError {
    SettingsError { pointer: format!("/settings/{field}"), detail: detail.into() }
}

/// Checks that the way out leads to this address.
pub fn reachable(line: &Line, field: &str, url: &Url) -> Result<(), SettingsError> {
    line.check(url).map_err(|refusal| fault(field, refusal.to_string()))
}

/// The exact origins of these addresses, each once.
pub fn origins<'u>(urls: impl IntoIterator<Item = &'u Url>) -> Vec<String> {
    let mut origins = Vec::new();
    for url in urls {
        let origin = url.origin().ascii_serialization();
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

/// Whether an address lies on one of these origins, so that a customer may be sent there.
pub fn lies_on(origins: &[String], url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| origins.contains(&url.origin().ascii_serialization()))
}

/// A provider's words as people may see them: one line, not long, without the account's secrets.
pub fn one_line(line: &Line, text: &str) -> String {
    let words: Vec<&str> =
        text.split(|mark: char| mark.is_whitespace() || mark.is_control()).filter(|word| !word.is_empty()).collect();
    line.shown(&words.join(" ")).chars().take(200).collect()
}
