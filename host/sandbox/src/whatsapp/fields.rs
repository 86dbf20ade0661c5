//! Reading the parameters of a call the way the Graph API does, with its words where one is missing, wrong or too long. It must
//! not know what the parameters are for.
//!
//! Keys that are not known are ignored at the top and refused below it, as the Cloud API does ("Unexpected key … on param …").

use serde_json::Value;

use crate::graph::Refusal;

/// Parameters of a call, or an object below them.
pub(super) type Fields = crate::graph::Parameters;

/// A string; numbers count as their digits, as everywhere in the Graph API. `None` where it is absent or empty.
pub(super) fn text(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A string that has to be there. `path` is how Graph names the parameter.
pub(super) fn required(fields: &Fields, name: &str, path: &str) -> Result<String, Refusal> {
    text(fields, name).ok_or_else(|| Refusal::parameter(format!("The parameter {path} is required.")))
}

/// An object that has to be there, with no keys but these.
pub(super) fn object<'a>(fields: &'a Fields, name: &str, path: &str, keys: &[&str]) -> Result<&'a Fields, Refusal> {
    let value = fields.get(name).filter(|value| !value.is_null());
    let value = value.ok_or_else(|| Refusal::parameter(format!("The parameter {path} is required.")))?;
    as_object(value, path, keys)
}

/// This value as an object with no keys but these.
pub(super) fn as_object<'a>(value: &'a Value, path: &str, keys: &[&str]) -> Result<&'a Fields, Refusal> {
    let object = value.as_object().ok_or_else(|| Refusal::parameter(format!("Param {path} must be a JSON object.")))?;
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(object),
        Some(key) => Err(Refusal::parameter(format!("Unexpected key \"{key}\" on param \"{path}\"."))),
    }
}

/// A list; absent is empty.
pub(super) fn list<'a>(fields: &'a Fields, name: &str, path: &str) -> Result<&'a [Value], Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refusal::parameter(format!("Param {path} must be an array."))),
    }
}

/// A text of 1 to `most` characters inside an interactive message; `what` is how the refusal names it.
pub(super) fn sized(fields: &Fields, name: &str, what: &str, most: usize) -> Result<String, Refusal> {
    let text = text(fields, name).unwrap_or_default();
    let count = text.chars().count();
    if text.trim().is_empty() || count > most {
        return Err(Refusal::value(format!("{what} length invalid. Min length: 1, Max length: {most}")));
    }
    Ok(text)
}

/// The same, where it may be left out.
pub(super) fn sized_if_there(fields: &Fields, name: &str, what: &str, most: usize) -> Result<Option<String>, Refusal> {
    if fields.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    sized(fields, name, what, most).map(Some)
}

/// Refuses any other than these names, in Graph's words.
pub(super) fn one_of(given: &str, path: &str, names: &[&str]) -> Result<(), Refusal> {
    if names.contains(&given) {
        return Ok(());
    }
    let known = names.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>().join(", ");
    Err(Refusal::parameter(format!("Param {path} must be one of {{{known}}} - got \"{given}\".")))
}
